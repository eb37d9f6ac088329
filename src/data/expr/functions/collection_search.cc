#include <algorithm>
#include <array>

#include "data/expr/collection_access.h"
#include "data/expr/functions/collection_binds.h"
#include "data/expr/kernels.h"

namespace millrace::collection {
namespace {

// Binds f(array, element): both are brought to one element type.
BindResult bind_with_element(BindArgs args, Type (*result)(const Type& array), Kernel kernel) {
  if (!args[0].type.is(TypeKind::kArray)) return wants(0, "an array", args[0].type);
  const auto element = common_type(args[0].type.element(), args[1].type);
  if (!element || args[1].type.is(TypeKind::kNull))
    return wants(1, "a value like the array's elements, " + args[0].type.element().text(), args[1].type);
  const Type array = Type::array(*element);
  return Binding{result(array), {array, *element}, std::move(kernel)};
}

BindResult bind_two_arrays(BindArgs args, Type (*result)(const Type& array), Kernel kernel) {
  for (size_t i = 0; i < 2; ++i) {
    if (!args[i].type.is(TypeKind::kArray)) return wants(i, "an array", args[i].type);
  }
  const auto element = common_type(args[0].type.element(), args[1].type.element());
  if (!element) return wants(1, "an array like the first, " + args[0].type.text(), args[1].type);
  const Type array = Type::array(*element);
  return Binding{result(array), {array, array}, std::move(kernel)};
}

Type same(const Type& array) { return array; }
Type boolean(const Type&) { return TypeKind::kBool; }
Type bigint(const Type&) { return TypeKind::kBigint; }

RowSet rows_of(const Column& array, size_t row) {
  const Column::Range range = array.range_at(row);
  RowSet set;
  for (size_t at = range.begin; at < range.end; ++at) set.insert({&array.children[0], at});
  return set;
}

Column contains_any(const Call& call) {
  const Column& array = call.arg(0);
  return lift_rows<bool>(call, TypeKind::kBool, [&](size_t row, BoolBuilder& out) {
    const Column::Range range = array.range_at(row);
    bool null_seen = false;
    for (size_t at = range.begin; at < range.end; ++at) {
      if (array.children[0].is_null(at)) {
        null_seen = true;
      } else if (equal_rows(array.children[0], at, call.arg(1), row)) {
        return out.append(true);
      }
    }
    if (null_seen) return out.append_null();  // the null might be it
    out.append(false);
  });
}

bool any_bit(const uint64_t* words, Column::Range range) {
  uint64_t any = 0;
  while (range.begin < range.end) {
    const size_t bit = range.begin % 64;
    const size_t count = std::min(64 - bit, range.end - range.begin);
    any |= (words[range.begin / 64] >> bit) << (64 - count);
    range.begin += count;
  }
  return any != 0;
}

// A constant is compared with all elements at once.
Column contains(const Call& call) {
  const Column& array = call.arg(0);
  const Column& elements = array.children[0];
  if (!call.arg(1).constant || elements.type.is_nested()) return contains_any(call);
  const std::array pair = {elements, repeat(call.arg(1), elements.rows)};
  const Column equal = comparison_kernel(Comparison::kEqual,
                                         elements.type)(Call(pair, Rows::all(elements.rows), call.context(), nullptr));
  const RowBits found = RowBits(Rows::all(elements.rows)).take_true(equal);
  Column out = fill_bools(call, [&](size_t row) { return any_bit(found.words().data(), array.range_at(row)); });
  if (!elements.may_have_nulls()) return out;
  RowBits nulls(Rows::all(elements.rows));
  nulls.take_valid(elements);
  std::vector<uint32_t> unknown;  // the null might be it
  call.rows().for_each([&](size_t row) {
    if (!out.is_null(row) && !out.bool_at(row) && any_bit(nulls.words().data(), array.range_at(row))) {
      unknown.push_back(static_cast<uint32_t>(row));
    }
  });
  out.validity = without_rows(out.validity, out.rows, unknown);
  return out;
}

Column position(const Call& call) {
  const Column& array = call.arg(0);
  return lift_rows<int64_t>(call, TypeKind::kBigint, [&](size_t row, FixedBuilder<int64_t>& out) {
    const Column::Range range = array.range_at(row);
    for (size_t at = range.begin; at < range.end; ++at) {
      if (equal_rows(array.children[0], at, call.arg(1), row))
        return out.append(static_cast<int64_t>(at - range.begin) + 1);
    }
    out.append(0);
  });
}

Column without(const Call& call) {
  const Column& array = call.arg(0);
  return pick_elements(call, [&](size_t row, std::vector<uint32_t>& picked) {
    const Column::Range range = array.range_at(row);
    for (size_t at = range.begin; at < range.end; ++at) {
      if (!equal_rows(array.children[0], at, call.arg(1), row)) picked.push_back(static_cast<uint32_t>(at));
    }
  });
}

// The first of equal elements, of those in (or not in) the second argument where there is one.
Column distinct(const Call& call, bool wanted_in_second) {
  const Column& array = call.arg(0);
  return pick_elements(call, [&](size_t row, std::vector<uint32_t>& picked) {
    const RowSet second = call.args().size() > 1 ? rows_of(call.arg(1), row) : RowSet();
    const Column::Range range = array.range_at(row);
    RowSet seen;
    for (size_t at = range.begin; at < range.end; ++at) {
      const RowRef ref{&array.children[0], at};
      if (second.contains(ref) == wanted_in_second && seen.insert(ref).second)
        picked.push_back(static_cast<uint32_t>(at));
    }
  });
}

Column all_distinct(const Call& call) {
  return build_rows(call, call.arg(0).type, 0, [&](size_t row, ColumnBuilder& out) {
    RowSet seen;
    for (const Column& array : call.args()) {
      const Column::Range range = array.range_at(row);
      for (size_t at = range.begin; at < range.end; ++at) {
        if (seen.insert({&array.children[0], at}).second) out.child(0).append_from(array.children[0], at);
      }
    }
    out.end_nested();
  });
}

Column overlap(const Call& call) {
  return lift_rows<bool>(call, TypeKind::kBool, [&](size_t row, BoolBuilder& out) {
    const RowSet first = rows_of(call.arg(0), row);
    const Column& elements = call.arg(1).children[0];
    const Column::Range range = call.arg(1).range_at(row);
    bool null_seen = false;
    for (const RowRef& ref : first) null_seen |= ref.column->is_null(ref.row);
    for (size_t at = range.begin; at < range.end; ++at) {
      if (elements.is_null(at)) {
        null_seen = true;
      } else if (first.contains({&elements, at})) {
        return out.append(true);
      }
    }
    if (null_seen && !first.empty() && range.begin != range.end) return out.append_null();
    out.append(false);
  });
}

// better(at, best): whether one element is to be taken in place of another.
template <typename F>
Column pick_best(const Call& call, F&& better) {
  const Column& array = call.arg(0);
  const Column& child = array.children[0];
  const ValidRows valid(child.validity);
  return pick_one(call, child, [&](size_t row) {
    const Column::Range range = array.range_at(row);
    uint32_t best = kNullIndex;
    for (size_t at = range.begin; at < range.end; ++at) {
      if (valid[at] && (best == kNullIndex || better(at, best))) best = static_cast<uint32_t>(at);
    }
    return best;
  });
}

template <typename T>
Column pick_extreme(const Call& call, int sign) {
  const Reader<T> values(call.arg(0).children[0]);
  if (sign > 0) return pick_best(call, [&](size_t at, size_t best) { return values[at] > values[best]; });
  return pick_best(call, [&](size_t at, size_t best) { return values[at] < values[best]; });
}

BindResult bind_extreme(BindArgs args, int sign) {
  if (!args[0].type.is(TypeKind::kArray)) return wants(0, "an array", args[0].type);
  if (!has_order(args[0].type)) return wants(0, "an array of values that have an order", args[0].type);
  return Binding{args[0].type.element(), {args[0].type}, [sign](const Call& call) {
                   const Column& child = call.arg(0).children[0];
                   switch (child.type.kind()) {
                     case TypeKind::kInt:
                     case TypeKind::kDate: return pick_extreme<int32_t>(call, sign);
                     case TypeKind::kBigint:
                     case TypeKind::kTimestamp: return pick_extreme<int64_t>(call, sign);
                     case TypeKind::kNull: return null_column(TypeKind::kNull, call.rows().total());
                     default: break;
                   }
                   return pick_best(
                       call, [&](size_t at, size_t best) { return compare_rows(child, at, child, best) * sign > 0; });
                 }};
}

Column count_children(const Call& call) {
  const auto* const offsets = call.arg(0).offsets->as<int32_t>();
  const size_t mask = call.arg(0).constant ? 0 : ~size_t{0};
  return fill_all<int32_t>(call, TypeKind::kInt,
                           [=](size_t row) { return offsets[(row & mask) + 1] - offsets[row & mask]; });
}

// Index 0 raises in both forms; beyond the ends only without try_.
Kernel element_kernel(bool forgiving) {
  return [forgiving](const Call& call) {
    const Column& array = call.arg(0);
    const Reader<int32_t> indices(call.arg(1));
    return pick_one(call, array.children[0], [&](size_t row) {
      const int32_t index = indices[row];
      const Column::Range range = array.range_at(row);
      const uint32_t found = index == 0 ? kNullIndex : array_element(range, index);
      if (found != kNullIndex) [[likely]]
        return found;
      if (index == 0) {
        call.fault(row, "index 0 is not valid: elements count from 1");
      } else if (!forgiving) {
        call.fault(row,
                   fmt::format("index {} is out of bounds: the array has {} elements", index, range.end - range.begin));
      }
      return kNullIndex;
    });
  };
}

BindResult bind_element(BindArgs args, bool forgiving) {
  const Type& type = args[0].type;
  if (type.is(TypeKind::kArray)) {
    if (!is_int(args[1].type)) return wants(1, "an int", args[1].type);
    return Binding{type.element(), {type, TypeKind::kInt}, element_kernel(forgiving)};
  }
  if (!type.is(TypeKind::kMap)) return wants(0, "an array or a map", type);
  const auto key = common_type(type.key(), args[1].type);
  if (!key) return wants(1, "a key like the map's, " + type.key().text(), args[1].type);
  return Binding{type.value(), {Type::map(*key, type.value()), *key}, [](const Call& call) {
                   const Column& map = call.arg(0);
                   return pick_one(call, map.children[1],
                                   [&](size_t row) { return map_entry(map, row, call.arg(1), row); });
                 }};
}

}  // namespace

BindResult bind_array_contains(BindArgs args) { return bind_with_element(args, boolean, contains); }
BindResult bind_array_position(BindArgs args) { return bind_with_element(args, bigint, position); }
BindResult bind_array_remove(BindArgs args) { return bind_with_element(args, same, without); }
BindResult bind_array_max(BindArgs args) { return bind_extreme(args, 1); }
BindResult bind_array_min(BindArgs args) { return bind_extreme(args, -1); }

BindResult bind_array_distinct(BindArgs args) {
  if (!args[0].type.is(TypeKind::kArray)) return wants(0, "an array", args[0].type);
  return Binding{args[0].type, {args[0].type}, [](const Call& call) { return distinct(call, false); }};
}
BindResult bind_array_union(BindArgs args) { return bind_two_arrays(args, same, all_distinct); }
BindResult bind_array_intersect(BindArgs args) {
  return bind_two_arrays(args, same, [](const Call& call) { return distinct(call, true); });
}
BindResult bind_array_except(BindArgs args) {
  return bind_two_arrays(args, same, [](const Call& call) { return distinct(call, false); });
}
BindResult bind_arrays_overlap(BindArgs args) { return bind_two_arrays(args, boolean, overlap); }

BindResult bind_size(BindArgs args) {
  const Type type = args[0].type.is(TypeKind::kNull) ? Type::array(TypeKind::kNull) : args[0].type;
  if (!type.is(TypeKind::kArray) && !type.is(TypeKind::kMap)) return wants(0, "an array or a map", type);
  return Binding{TypeKind::kInt, {type}, count_children};
}
BindResult bind_array_size(BindArgs args) {
  if (!args[0].type.is(TypeKind::kArray)) return wants(0, "an array", args[0].type);
  return Binding{TypeKind::kInt, {args[0].type}, count_children};
}

BindResult bind_element_at(BindArgs args) { return bind_element(args, false); }
BindResult bind_try_element_at(BindArgs args) { return bind_element(args, true); }

BindResult bind_get(BindArgs args) {
  if (!args[0].type.is(TypeKind::kArray)) return wants(0, "an array", args[0].type);
  if (!is_int(args[1].type)) return wants(1, "an int", args[1].type);
  return Binding{args[0].type.element(), {args[0].type, TypeKind::kInt}, [](const Call& call) {
                   const Column& array = call.arg(0);
                   return pick_one(call, array.children[0], [&](size_t row) {
                     const int64_t index = call.arg(1).at<int32_t>(row);
                     return index < 0 ? kNullIndex : array_element(array.range_at(row), index + 1);
                   });
                 }};
}

}  // namespace millrace::collection
