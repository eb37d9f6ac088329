// Dates and timestamps from and to text, with patterns and without.
#include <memory>
#include <utility>

#include <fmt/format.h>

#include "data/expr/functions/date_binds.h"
#include "data/expr/kernels.h"
#include "data/expr/parse.h"
#include "data/expr/time/calendar.h"
#include "data/expr/time/pattern.h"

namespace millrace::dates {
namespace {

constexpr std::string_view kDefaultPattern = "yyyy-MM-dd HH:mm:ss";

// The pattern of a call: known at bind, or changing from row to row.
class PatternSource {
 public:
  PatternSource(std::shared_ptr<const Pattern> constant, Pattern::Use use)
      : constant_(std::move(constant)), use_(use) {}
  // nullptr after a fault.
  const Pattern* at(const Call& call, size_t row, size_t arg) {
    if (constant_ != nullptr) return constant_.get();
    const std::string_view text = call.arg(arg).string_at(row);
    if (!current_ || text != text_) {
      Result<Pattern> compiled = Pattern::compile(text, use_);
      if (!compiled.ok()) {
        call.fault(row, compiled.error().message());
        return nullptr;
      }
      current_ = std::move(compiled).value();
      text_ = text;
    }
    return &*current_;
  }

 private:
  std::shared_ptr<const Pattern> constant_;
  Pattern::Use use_;
  std::optional<Pattern> current_;
  std::string text_;
};

struct Prepared {
  std::shared_ptr<const Pattern> pattern;  // null when the pattern is not a constant
  std::optional<BindError> error;
};
Prepared prepare(Args args, size_t index, Pattern::Use use) {
  std::optional<std::string_view> text = kDefaultPattern;
  if (args.size() > index) text = constant_text(args[index]);
  if (!text) return {};
  Result<Pattern> compiled = Pattern::compile(*text, use);
  if (!compiled.ok()) return {.error = BindError{static_cast<int>(index), compiled.error().message(), ""}};
  return {.pattern = std::make_shared<const Pattern>(std::move(compiled).value()), .error = std::nullopt};
}

// kUnit: microseconds in one unit of the result.
template <typename T, int64_t kUnit>
BindResult parse_with_pattern(Args args, TypeKind result) {
  Prepared prepared = prepare(args, 1, Pattern::Use::kParse);
  if (prepared.error) return *prepared.error;
  return binding(result, std::vector<Type>(args.size(), TypeKind::kString),
                 [result, pattern = std::move(prepared.pattern)](const Call& call) {
                   const ValueReader<std::string_view> values(call.arg(0));
                   PatternSource source(pattern, Pattern::Use::kParse);
                   ZoneFinder zones;
                   return lift_rows<T>(call, result, [&](size_t row, auto& out) {
                     const Pattern* usable = source.at(call, row, 1);
                     if (usable != nullptr) {
                       if (const std::optional<int64_t> us = usable->parse(values[row], zones)) {
                         // Days round down, seconds towards 1970, as in Spark.
                         const int64_t value = kUnit == kUsPerSecond ? *us / kUnit : floor_div(*us, kUnit);
                         out.append(static_cast<T>(value));
                         return;
                       }
                       call.fault(row, fmt::format("'{}' does not fit the datetime pattern", values[row]));
                     }
                     out.append_null();
                   });
                 });
}

BindResult format_with_pattern(Args args, TypeKind from, int64_t unit) {
  Prepared prepared = prepare(args, 1, Pattern::Use::kFormat);
  if (prepared.error) return *prepared.error;
  std::vector<Type> types{from};
  if (args.size() > 1) types.emplace_back(TypeKind::kString);
  return binding(TypeKind::kString, std::move(types), [unit, pattern = std::move(prepared.pattern)](const Call& call) {
    const ValueReader<int64_t> values(call.arg(0));
    PatternSource source(pattern, Pattern::Use::kFormat);
    std::string text;
    return lift_rows<std::string>(call, TypeKind::kString, [&](size_t row, auto& out) {
      int64_t us = 0;
      if (__builtin_mul_overflow(values[row], unit, &us)) {
        call.fault(row, fmt::format("{} is out of the range of timestamps", values[row]));
        out.append_null();
        return;
      }
      const Pattern* usable = source.at(call, row, 1);
      if (usable == nullptr) {
        out.append_null();
        return;
      }
      text.clear();
      usable->format(us, text);
      out.append(text);
    });
  });
}

// Without a pattern: text as CAST reads it, other types by the evaluator's own cast.
BindResult as_date(Args args) {
  if (!args[0].type.is(TypeKind::kString)) {
    return binding(TypeKind::kDate, {TypeKind::kDate}, [](const Call& call) { return call.arg(0); });
  }
  return binding(
      TypeKind::kDate, {TypeKind::kString},
      lift_faulting<int32_t, std::string_view>(TypeKind::kDate, [](std::string_view text) -> Result<int32_t> {
        if (const std::optional<int32_t> days = parse_date_days(text)) return *days;
        return Error(ErrorCode::kInvalidArgument, fmt::format("'{}' is not a date", text));
      }));
}

BindResult as_timestamp(Args args) {
  if (!args[0].type.is(TypeKind::kString)) {
    return binding(TypeKind::kTimestamp, {TypeKind::kTimestamp}, [](const Call& call) { return call.arg(0); });
  }
  return binding(TypeKind::kTimestamp, {TypeKind::kString}, [](const Call& call) {
    const ValueReader<std::string_view> values(call.arg(0));
    return lift_rows<int64_t>(call, TypeKind::kTimestamp, [&](size_t row, auto& out) {
      if (const std::optional<int64_t> us = parse_timestamp_us(values[row], call.context().now_us)) {
        out.append(*us);
        return;
      }
      call.fault(row, fmt::format("'{}' is not a timestamp", values[row]));
      out.append_null();
    });
  });
}

}  // namespace

BindResult bind_date_format(Args args) { return format_with_pattern(args, TypeKind::kTimestamp, 1); }
BindResult bind_from_unixtime(Args args) { return format_with_pattern(args, TypeKind::kBigint, kUsPerSecond); }

BindResult bind_to_date(Args args) {
  if (args.size() == 1) return as_date(args);
  if (!args[0].type.is(TypeKind::kString)) return BindError{0, "a pattern is for text only", "leave it out"};
  return parse_with_pattern<int32_t, kUsPerDay>(args, TypeKind::kDate);
}

BindResult bind_to_timestamp(Args args) {
  if (args.size() == 1) return as_timestamp(args);
  if (!args[0].type.is(TypeKind::kString)) return BindError{0, "a pattern is for text only", "leave it out"};
  return parse_with_pattern<int64_t, 1>(args, TypeKind::kTimestamp);
}

BindResult bind_unix_timestamp(Args args) {
  if (args.empty()) {
    return binding(TypeKind::kBigint, {}, [](const Call& call) {
      const int64_t now = call.context().now_us / kUsPerSecond;
      return repeat(constant_fixed(TypeKind::kBigint, now), call.rows().total());
    });
  }
  if (args[0].type.is(TypeKind::kString)) return parse_with_pattern<int64_t, kUsPerSecond>(args, TypeKind::kBigint);
  if (args.size() == 2) return BindError{1, "a pattern is for text only", "leave it out"};
  return binding(TypeKind::kBigint, {TypeKind::kTimestamp},
                 lift<int64_t, int64_t>(TypeKind::kBigint, [](int64_t us) { return us / kUsPerSecond; }));
}

}  // namespace millrace::dates
