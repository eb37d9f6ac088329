#include "data/formats/record_reader.h"

#include <fmt/format.h>

#include "data/expr/cast.h"
#include "data/utf8.h"

namespace millrace {
namespace {

constexpr size_t kValueShownMax = 60;

// Notes what a cast cannot take, as faults of the column.
class CastFaults final : public FaultSink {
 public:
  CastFaults(std::string_view name, std::vector<Fault>& faults) : name_(name), faults_(faults) {}
  void fault(size_t row, std::string_view message) override {
    faults_.push_back(
        {.row = static_cast<uint32_t>(row), .rule = "read", .reason = fmt::format("{}: {}", name_, message)});
  }

 private:
  std::string_view name_;
  std::vector<Fault>& faults_;
};

}  // namespace

Column read_as(Column text, const Type& type, std::string_view name, int64_t now_us, std::vector<Fault>& faults) {
  if (text.type == type) return text;
  const auto kernel = cast_kernel(text.type, type);
  MILLRACE_ASSERT(kernel.has_value(), "every type can be read from text");
  CastFaults sink(name, faults);
  const EvalContext context{.now_us = now_us};
  const Call call(std::span(&text, 1), Rows::all(text.rows), context, &sink);
  return (*kernel)(call);
}

std::string shown_text(std::string_view text) {
  if (text.size() <= kValueShownMax) return std::string(text);
  size_t end = kValueShownMax;
  while (end > 0 && is_continuation(text[end])) --end;
  return fmt::format("{}...", text.substr(0, end));
}

}  // namespace millrace
