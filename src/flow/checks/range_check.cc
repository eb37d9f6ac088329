#include "flow/checks/range_check.h"

#include <cmath>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "data/builder.h"
#include "data/expr/cast.h"
#include "flow/checks/column_check.h"

namespace millrace {
namespace {

template <typename T>
struct Bounds {
  T min = std::numeric_limits<T>::lowest();
  T max = std::numeric_limits<T>::max();
};

template <typename T>
class RangeCheck final : public ColumnCheck {
 public:
  RangeCheck(const VisibleColumn& column, Bounds<T> bounds, std::string wanted, std::string explained)
      : ColumnCheck("range", column), bounds_(bounds), wanted_(std::move(wanted)), explained_(std::move(explained)) {}

  void run(const Batch& batch, const Rows& rows, std::vector<Fault>& faults) const override {
    const Column& column = column_of(batch);
    const Reader<T> values(column);
    for_each_value(column, rows, [&](size_t row) {
      const T value = values[row];
      if (value >= bounds_.min && value <= bounds_.max) [[likely]]
        return;
      faults.push_back({.row = static_cast<uint32_t>(row),
                        .reason = fmt::format("{} is not {}", shown_value(column, row), wanted_)});
    });
  }
  std::string explain() const override { return explained_; }

 private:
  Bounds<T> bounds_;
  std::string wanted_;
  std::string explained_;
};

// The text as CAST reads it; nullopt where it faults.
std::optional<Column> cast_text(const std::string& text, const Type& type) {
  struct Faults final : FaultSink {
    bool any = false;
    void fault(size_t, std::string_view) override { any = true; }
  } faults;
  const auto kernel = cast_kernel(TypeKind::kString, type);
  const Column value = constant_string(text);
  const EvalContext context;
  const Column cast = (*kernel)(Call({&value, 1}, Rows::all(1), context, &faults));
  return faults.any || cast.is_null(0) ? std::nullopt : std::optional(cast);
}

// Sets a bound; false when it cannot be one of T. Without a text the bound stays what it is.
template <typename T>
bool set_bound(const std::optional<std::string>& text, const Type& type, T& bound) {
  if (!text) return true;
  const auto value = cast_text(*text, type);
  if (value) bound = value->at<T>(0);
  if constexpr (std::is_same_v<T, double>) return value && !std::isnan(bound);
  return value.has_value();
}

// A column of whole numbers may well have the end 2.5: the least above it and the greatest below it.
template <typename T>
bool set_whole_bounds(const RangeText& range, Bounds<T>& bounds) {
  const Type type = Type::decimal(38, 10);
  constexpr Int128 kOne = 10'000'000'000;
  const auto fits = [](Int128 value) {
    return value >= std::numeric_limits<T>::min() && value <= std::numeric_limits<T>::max();
  };
  Int128 from = Int128{bounds.min} * kOne;
  Int128 to = Int128{bounds.max} * kOne;
  if (!set_bound(range.from, type, from) || !set_bound(range.to, type, to)) return false;
  from = from / kOne + (from % kOne > 0 ? 1 : 0);
  to = to / kOne - (to % kOne < 0 ? 1 : 0);
  if (!fits(from) || !fits(to)) return false;
  bounds = {static_cast<T>(from), static_cast<T>(to)};
  return true;
}

template <typename T>
bool set_bounds(const RangeText& range, const Type& type, Bounds<T>& bounds) {
  if (type.is(TypeKind::kInt) || type.is(TypeKind::kBigint)) {
    if constexpr (std::is_integral_v<T>) return set_whole_bounds(range, bounds);
  }
  // NaN is above every other double, so without an upper end it passes: that is for the program.
  if (type.is(TypeKind::kDouble) && !range.to) return false;
  if constexpr (std::is_same_v<T, double>) bounds = {-std::numeric_limits<T>::infinity(), bounds.max};
  return set_bound(range.from, type, bounds.min) && set_bound(range.to, type, bounds.max);
}

template <typename T>
std::unique_ptr<Check> make_of(const VisibleColumn& column, const RangeText& range, std::string wanted,
                               std::string explained) {
  Bounds<T> bounds;
  if (!set_bounds(range, column.type, bounds)) return nullptr;
  return std::make_unique<RangeCheck<T>>(column, bounds, std::move(wanted), std::move(explained));
}

}  // namespace

std::unique_ptr<Check> make_range_check(const VisibleColumn& column, const RangeText& range, std::string wanted,
                                        std::string explained) {
  switch (column.type.kind()) {
    case TypeKind::kInt:
    case TypeKind::kDate: return make_of<int32_t>(column, range, std::move(wanted), std::move(explained));
    case TypeKind::kBigint:
    case TypeKind::kTimestamp: return make_of<int64_t>(column, range, std::move(wanted), std::move(explained));
    case TypeKind::kDouble: return make_of<double>(column, range, std::move(wanted), std::move(explained));
    default: return nullptr;
  }
}

}  // namespace millrace
