// format_string and printf.
#include <memory>

#include "data/expr/functions/format_binds.h"
#include "data/expr/functions/java_format.h"
#include "data/expr/functions/text_kernel.h"

namespace millrace::formats {

BindResult bind_format_string(Args args) {
  if (!args[0].type.is(TypeKind::kString) && !args[0].type.is(TypeKind::kNull)) {
    return BindError{0, "a format is wanted, this is " + args[0].type.text(), "put it in quotes"};
  }
  std::vector<Type> types{TypeKind::kString};
  for (const BindArg& arg : args.subspan(1)) types.push_back(arg.type);
  std::shared_ptr<const JavaFormat> constant;
  if (const Column* text = known(args[0])) {
    auto compiled = JavaFormat::compile(text->string_at(0));
    if (!compiled.ok()) return BindError{0, compiled.error().message(), ""};
    if (auto misfit = compiled->misfit(std::span(types).subspan(1))) {
      return BindError{misfit->index + 1, std::move(misfit->message), misfit->index < 0 ? "" : "cast it"};
    }
    constant = std::make_shared<const JavaFormat>(*std::move(compiled));
  }
  const Kernel kernel = [constant, types](const Call& call) {
    const Call format_only(call.args().first(1), call.rows(), call.context(), nullptr);
    const std::span<const Column> values = call.args().subspan(1);
    std::optional<JavaFormat> current;
    std::string current_text, text;
    return lift_rows<std::string>(format_only, TypeKind::kString, [&](size_t row, StringBuilder& out) {
      const auto fail = [&](std::string_view why) {
        call.fault(row, why);
        out.append_null();
      };
      const std::string_view asked = call.arg(0).string_at(row);
      if (constant == nullptr && (!current || asked != current_text)) {
        current.reset();
        auto compiled = JavaFormat::compile(asked);
        if (!compiled.ok()) return fail(compiled.error().message());
        if (const auto misfit = compiled->misfit(std::span(types).subspan(1))) return fail(misfit->message);
        current = *std::move(compiled);
        current_text = asked;
      }
      const Status written = (constant != nullptr ? *constant : *current).write(values, row, text);
      if (!written.ok()) return fail(written.error().message());
      TextRow value(out, call, row);
      if (value.fits(text.size())) out.add(text);
      end_text(value);
    });
  };
  return bound(TypeKind::kString, std::move(types), kernel);
}

}  // namespace millrace::formats
