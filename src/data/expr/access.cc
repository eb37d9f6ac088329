// What is inside arrays, maps and structs: a[i], m[k], s.f.
#include <array>

#include <fmt/format.h>

#include "data/builder.h"
#include "data/expr/bits.h"
#include "data/expr/cast.h"
#include "data/expr/collection_access.h"
#include "data/expr/comparison.h"
#include "data/expr/operators.h"

namespace millrace {
namespace {

BindResult bind_array_element(std::span<const BindArg> args) {
  if (!coerces_to(args[1].type, TypeKind::kInt)) {
    return BindError{1, fmt::format("an array's index is an int, this is {}", args[1].type.text()), ""};
  }
  const Kernel kernel = [](const Call& call) {
    const Column& array = call.arg(0);
    const Reader<int32_t> index(call.arg(1));
    return pick_one(call, array.children[0], [&](size_t row) {
      const Column::Range range = array.range_at(row);
      const int64_t wanted = index[row];
      const auto size = static_cast<int64_t>(range.end - range.begin);
      if (wanted >= 0 && wanted < size) [[likely]]
        return static_cast<uint32_t>(range.begin + static_cast<size_t>(wanted));
      call.fault(row, fmt::format("index {} is outside the array, it has {} elements", wanted, size));
      return kNullIndex;
    });
  };
  return Binding{args[0].type.element(), {args[0].type, TypeKind::kInt}, kernel};
}

BindResult bind_map_value(std::span<const BindArg> args) {
  const Type& map = args[0].type;
  if (!args[1].type.is(TypeKind::kNull) && !comparison_type(map.key(), args[1].type)) {
    return BindError{1, fmt::format("the map's keys are {}, this is {}", map.key().text(), args[1].type.text()), ""};
  }
  const Kernel kernel = [](const Call& call) {
    const Column& column = call.arg(0);
    const Column& key = call.arg(1);
    return pick_one(call, column.children[1], [&](size_t row) {
      const Column::Range range = column.range_at(row);
      for (size_t i = range.begin; i < range.end; ++i) {
        if (compare_rows(column.children[0], i, key, row) == 0) return static_cast<uint32_t>(i);
      }
      return kNullIndex;
    });
  };
  return Binding{map.value(), {map, map.key()}, kernel};
}

constexpr Function kArrayElement = {
    "[]", "operator",        "a[i]", "The element at an index, counted from 0.", "array(1, 2)[0] -> 1", 2,
    2,    bind_array_element};
constexpr Function kMapValue = {"[key]", "operator", "m[k]",        "The value under a key.", "map('a', 1)['a'] -> 1",
                                2,       2,          bind_map_value};

}  // namespace

const Function& array_element_function() { return kArrayElement; }
const Function& map_value_function() { return kMapValue; }

Kernel field_kernel(size_t index) {
  return [index](const Call& call) {
    const Column& of = call.arg(0);
    Column field = of.children[index];
    if (of.constant) field = repeat(field, of.rows);
    if (!of.may_have_nulls()) return field;
    // Null where the struct is null, whatever its field holds there.
    const std::array both = {of, field};
    Column out = flatten(field);
    out.validity = and_validity(both, of.rows);
    return out;
  };
}

Kernel array_field_kernel(size_t index) {
  return [index](const Call& call) {
    Column out = call.arg(0);
    const Column& element = out.children[0];
    out.type = Type::array(element.type.fields()[index].type);
    Column field = element.children[index];
    if (element.may_have_nulls()) {
      const std::array both = {element, field};
      field = flatten(field);
      field.validity = and_validity(both, element.rows);
    }
    out.children = {std::move(field)};
    return out;
  };
}

}  // namespace millrace
