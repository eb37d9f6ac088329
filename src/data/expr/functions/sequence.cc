// sequence(start, stop [, step]): whole numbers, dates and timestamps.
#include <cstdlib>

#include "data/expr/functions/collection_binds.h"
#include "data/expr/kernels.h"
#include "data/expr/time/calendar.h"
#include "data/expr/time/interval.h"

namespace millrace::collection {
namespace {

// Spark's guess at a month, only to see which way an interval goes.
constexpr int64_t kShortMonthDays = 28;

// Builds one array per row, with the limit on what a batch may hold.
template <typename T>
class SequenceBuilder {
 public:
  SequenceBuilder(const Call& call, const Type& type)
      : call_(call), type_(type), items_(type.element()), offsets_((call.rows().total() + 1) * sizeof(int32_t)) {
    offsets_.as<int32_t>()[0] = 0;
  }
  // Whether there is room for so many more; a fault of the row otherwise.
  bool has_room(size_t row, Int128 count) {
    if (count <= kElementsMax - static_cast<int64_t>(items_.rows())) return true;
    call_.fault(row, fmt::format("the sequence has more than {} elements", kElementsMax));
    return false;
  }
  void append(T value) { items_.append(value); }
  size_t items() const { return items_.rows(); }
  void end_row(bool valid) {
    validity_.append(valid);
    offsets_.as<int32_t>()[validity_.rows()] = static_cast<int32_t>(items_.rows());
  }
  size_t rows() const { return validity_.rows(); }
  Column finish() {
    Column column{.type = type_, .rows = validity_.rows()};
    column.validity = validity_.finish();
    column.offsets = share(std::move(offsets_));
    column.children.push_back(items_.finish());
    return column;
  }

 private:
  const Call& call_;
  const Type& type_;
  FixedBuilder<T> items_;
  ValidityBuilder validity_;
  Buffer offsets_;
};

// f(row, builder) -> whether the row has a value.
template <typename T, typename F>
Column build_sequences(const Call& call, const Type& type, F&& f) {
  SequenceBuilder<T> out(call, type);
  call.rows().for_each([&](size_t row) {
    while (out.rows() < row) out.end_row(false);
    bool valid = true;
    for (const Column& arg : call.args()) valid = valid && !arg.is_null(row);
    out.end_row(valid && f(row, out));
  });
  while (out.rows() < call.rows().total()) out.end_row(false);
  return out.finish();
}

// Whether the step leads from start to stop; a fault otherwise.
bool leads_there(const Call& call, size_t row, Int128 start, Int128 stop, Int128 step) {
  if ((step > 0 && start <= stop) || (step < 0 && start >= stop) || (step == 0 && start == stop)) return true;
  call.fault(row, step == 0 ? "a step of 0 leads nowhere" : "the step leads away from the end of the sequence");
  return false;
}

template <typename T>
Kernel number_sequence(const Type& type) {
  return [type](const Call& call) {
    const Reader<T> starts(call.arg(0));
    const Reader<T> stops(call.arg(1));
    return build_sequences<T>(call, type, [&](size_t row, SequenceBuilder<T>& out) {
      const Int128 start = starts[row];
      const Int128 stop = stops[row];
      const Int128 step = call.args().size() == 3 ? Int128{call.arg(2).template at<T>(row)} : start <= stop ? 1 : -1;
      if (!leads_there(call, row, start, stop, step)) return false;
      const Int128 count = step == 0 ? 1 : (stop - start) / step + 1;
      if (!out.has_room(row, count)) return false;
      for (Int128 i = 0; i < count; ++i) out.append(static_cast<T>(start + i * step));
      return true;
    });
  };
}

// `step` taken `times` times; nullopt when it does not fit.
std::optional<Interval> times(const Interval& step, int64_t times) {
  Interval product{};
  if (__builtin_mul_overflow(step.months, times, &product.months) ||
      __builtin_mul_overflow(step.days, times, &product.days) || __builtin_mul_overflow(step.us, times, &product.us)) {
    return std::nullopt;
  }
  return product;
}

std::optional<int32_t> moved(int32_t days, const Interval& by) { return add_interval_to_date(days, by); }
std::optional<int64_t> moved(int64_t us, const Interval& by) { return add_interval(us, by); }

template <typename T>
Kernel time_sequence(const Type& type) {
  constexpr bool kDates = std::is_same_v<T, int32_t>;
  return [type](const Call& call) {
    const Reader<T> starts(call.arg(0));
    const Reader<T> stops(call.arg(1));
    return build_sequences<T>(call, type, [&](size_t row, SequenceBuilder<T>& out) {
      const T start = starts[row];
      const T stop = stops[row];
      Interval step = call.args().size() == 3 ? call.arg(2).template at<Interval>(row)
                                              : Interval{.months = 0, .days = start <= stop ? 1 : -1, .us = 0};
      const Int128 estimate = (Int128{step.months} * kShortMonthDays + step.days) * kUsPerDay + step.us;
      if (kDates) {
        const int64_t days = step.days + step.us / kUsPerDay;
        if (step.us % kUsPerDay != 0 || days != static_cast<int32_t>(days)) {
          call.fault(row, "the step of a sequence of dates is whole days");
          return false;
        }
        if (estimate == 0) {
          call.fault(row, "a step of 0 leads nowhere");
          return false;
        }
        step = {.months = step.months, .days = static_cast<int32_t>(days), .us = 0};
      }
      if (!leads_there(call, row, start, stop, estimate)) return false;
      if (estimate == 0) {
        if (!out.has_room(row, 1)) return false;
        out.append(start);
        return true;
      }
      const int way = estimate > 0 ? 1 : -1;
      std::optional<T> at = start;
      for (int64_t i = 1; at && (way > 0 ? *at <= stop : *at >= stop); ++i) {
        if (!out.has_room(row, 1)) return false;
        out.append(*at);
        const auto by = times(step, i);
        at = by ? moved(start, *by) : std::nullopt;
      }
      return true;
    });
  };
}

}  // namespace

BindResult bind_sequence(BindArgs args) {
  const auto ends = common_type(args[0].type, args[1].type);
  if (!ends) return wants(1, "an end like the start, " + args[0].type.text(), args[1].type);
  Type item = *ends;
  const bool time = item.is(TypeKind::kDate) || item.is(TypeKind::kTimestamp);
  if (!time && !item.is(TypeKind::kInt) && !item.is(TypeKind::kBigint)) {
    return wants(0, "a whole number, a date or a timestamp", item);
  }
  Type step = time ? Type(TypeKind::kInterval) : item;
  if (args.size() == 3 && !args[2].type.is(TypeKind::kNull)) {
    const Type& given = args[2].type;
    if (time && !given.is(TypeKind::kInterval)) return wants(2, "an interval", given);
    const bool whole = given.is(TypeKind::kInt) || given.is(TypeKind::kBigint) || given.is(TypeKind::kString);
    if (!time && !whole) return wants(2, "a whole number", given);
    if (!time) step = item = *common_type(item, given);
  }
  const Type type = Type::array(item);
  std::vector<Type> types{item, item};
  if (args.size() == 3) types.push_back(step);
  switch (item.kind()) {
    case TypeKind::kInt: return Binding{type, std::move(types), number_sequence<int32_t>(type)};
    case TypeKind::kBigint: return Binding{type, std::move(types), number_sequence<int64_t>(type)};
    case TypeKind::kDate: return Binding{type, std::move(types), time_sequence<int32_t>(type)};
    default: return Binding{type, std::move(types), time_sequence<int64_t>(type)};
  }
}

}  // namespace millrace::collection
