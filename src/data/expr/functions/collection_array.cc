#include <algorithm>

#include "data/expr/collection_access.h"
#include "data/expr/functions/collection_binds.h"
#include "data/expr/kernels.h"
#include "data/utf8.h"

namespace millrace::collection {
namespace {

void append_all(const Column& array, size_t row, ColumnBuilder& out) {
  const Column::Range range = array.range_at(row);
  out.child(0).append_range(array.children[0], range.begin, range.end);
}

void append_nulls(int64_t count, ColumnBuilder& out) {
  for (; count > 0; --count) out.child(0).append_null();
}

// The array and the value at `value`, brought to one element type.
BindResult bind_into(BindArgs args, size_t value, Kernel (*kernel)(const Type& array)) {
  if (!args[0].type.is(TypeKind::kArray)) return wants(0, "an array", args[0].type);
  const auto element = common_type(args[0].type.element(), args[value].type);
  if (!element)
    return wants(value, "a value like the array's elements, " + args[0].type.element().text(), args[value].type);
  const Type array = Type::array(*element);
  if (value == 2) return Binding{array, {array, TypeKind::kInt, *element}, kernel(array)};
  return Binding{array, {array, *element}, kernel(array)};
}

void insert_at(const Call& call, size_t row, ColumnBuilder& out) {
  const Column& array = call.arg(0);
  const Column::Range range = array.range_at(row);
  const auto size = static_cast<int64_t>(range.end - range.begin);
  const int64_t position = call.arg(1).at<int32_t>(row);
  if (position == 0 || std::abs(position) > kElementsMax) {
    call.fault(row, position == 0
                        ? "index 0 is not valid: elements count from 1"
                        : fmt::format("index {} makes an array of more than {} elements", position, kElementsMax));
    return out.append_null();
  }
  ColumnBuilder& elements = out.child(0);
  if (-position > size) {  // before the first: nulls fill up between
    elements.append_from(call.arg(2), row);
    append_nulls(-position - size - 1, out);
    append_all(array, row, out);
    return out.end_nested();
  }
  const int64_t at = position > 0 ? position - 1 : size + position + 1;
  const size_t split = range.begin + static_cast<size_t>(std::min(at, size));
  elements.append_range(array.children[0], range.begin, split);
  append_nulls(at - size, out);
  elements.append_from(call.arg(2), row);
  elements.append_range(array.children[0], split, range.end);
  out.end_nested();
}

Column sort_elements(const Call& call, bool nulls_last) {
  const Column& array = call.arg(0);
  const Column& child = array.children[0];
  return pick_elements(call, [&](size_t row, std::vector<uint32_t>& picked) {
    const bool ascending = call.args().size() < 2 || call.arg(1).bool_at(row);
    const Column::Range range = array.range_at(row);
    const auto first = static_cast<std::ptrdiff_t>(picked.size());
    for (size_t at = range.begin; at < range.end; ++at) picked.push_back(static_cast<uint32_t>(at));
    std::stable_sort(picked.begin() + first, picked.end(), [&](uint32_t a, uint32_t b) {
      if (nulls_last && child.is_null(a) != child.is_null(b)) return child.is_null(b);
      const int order = compare_rows(child, a, child, b);
      return ascending ? order < 0 : order > 0;
    });
  });
}

void add_reversed(std::string_view text, StringBuilder& out) {
  char* to = out.room(text.size()) + text.size();
  for (size_t at = 0; at < text.size();) {
    const size_t size = std::min(char_size(text[at]), text.size() - at);
    to -= size;
    for (size_t i = 0; i < size; ++i) to[i] = text[at + i];
    at += size;
  }
  out.commit(text.size());
  out.end_row();
}

Column join(const Call& call) {
  const Column& array = call.arg(0);
  const StringReader elements(array.children[0]);
  const StringReader delimiter(call.arg(1));
  return lift_rows<std::string>(call, TypeKind::kString, [&](size_t row, StringBuilder& out) {
    const Column::Range range = array.range_at(row);
    bool first = true;
    for (size_t at = range.begin; at < range.end; ++at) {
      const bool null = array.children[0].is_null(at);
      if (null && call.args().size() < 3) continue;
      if (!first) out.add(delimiter[row]);
      out.add(null ? call.arg(2).string_at(row) : elements[at]);
      first = false;
    }
    out.end_row();
  });
}

template <typename T>
BufferRef interleave_values(std::span<const Column> columns, size_t rows) {
  Buffer values(rows * columns.size() * sizeof(T));
  for (size_t c = 0; c < columns.size(); ++c) {
    const Reader<T> reader(columns[c]);
    T* const out = values.as<T>() + c;
    for (size_t row = 0; row < rows; ++row) out[row * columns.size()] = reader[row];
  }
  return share(std::move(values));
}

// An array of one value of each argument per row, of a type of fixed width.
Column interleave(const Call& call, const Type& type) {
  const std::span<const Column> columns = call.args();
  const size_t rows = call.rows().total();
  Column elements{.type = type.element(), .rows = rows * columns.size()};
  if (std::any_of(columns.begin(), columns.end(), [](const Column& column) { return column.may_have_nulls(); })) {
    ValidityBuilder validity;
    for (size_t row = 0; row < rows; ++row) {
      for (const Column& column : columns) validity.append(!column.is_null(row));
    }
    elements.validity = validity.finish();
  }
  switch (type.element().width()) {
    case 4: elements.values = interleave_values<int32_t>(columns, rows); break;
    case 8: elements.values = interleave_values<int64_t>(columns, rows); break;
    default: elements.values = interleave_values<Int128>(columns, rows); break;
  }
  Buffer offsets((rows + 1) * sizeof(int32_t));
  for (size_t row = 0; row <= rows; ++row) offsets.as<int32_t>()[row] = static_cast<int32_t>(row * columns.size());
  Column out{.type = type, .rows = rows};
  out.offsets = share(std::move(offsets));
  out.children.push_back(std::move(elements));
  return out;
}

}  // namespace

BindResult bind_array(BindArgs args) {
  Type element;
  for (size_t i = 0; i < args.size(); ++i) {
    const auto common = common_type(element, args[i].type);
    if (!common) return wants(i, "a value like those before it, " + element.text(), args[i].type);
    element = *common;
  }
  const Type type = Type::array(element);
  return Binding{type, std::vector<Type>(args.size(), element), [type](const Call& call) {
                   if (type.element().width() > 0 && !call.args().empty()) return interleave(call, type);
                   return build_rows(call, type, kAllMayBeNull, [&](size_t row, ColumnBuilder& out) {
                     for (const Column& arg : call.args()) out.child(0).append_from(arg, row);
                     out.end_nested();
                   });
                 }};
}

BindResult bind_array_append(BindArgs args) {
  return bind_into(args, 1, [](const Type& type) -> Kernel {
    return [type](const Call& call) {
      return build_rows(call, type, 0b10, [&](size_t row, ColumnBuilder& out) {
        append_all(call.arg(0), row, out);
        out.child(0).append_from(call.arg(1), row);
        out.end_nested();
      });
    };
  });
}

BindResult bind_array_prepend(BindArgs args) {
  return bind_into(args, 1, [](const Type& type) -> Kernel {
    return [type](const Call& call) {
      return build_rows(call, type, 0b10, [&](size_t row, ColumnBuilder& out) {
        out.child(0).append_from(call.arg(1), row);
        append_all(call.arg(0), row, out);
        out.end_nested();
      });
    };
  });
}

BindResult bind_array_insert(BindArgs args) {
  if (!is_int(args[1].type)) return wants(1, "an int", args[1].type);
  return bind_into(args, 2, [](const Type& type) -> Kernel {
    return [type](const Call& call) {
      return build_rows(call, type, 0b100, [&](size_t row, ColumnBuilder& out) { insert_at(call, row, out); });
    };
  });
}

BindResult bind_array_compact(BindArgs args) {
  if (!args[0].type.is(TypeKind::kArray)) return wants(0, "an array", args[0].type);
  return Binding{args[0].type, {args[0].type}, [](const Call& call) {
                   return pick_elements(call, [&](size_t row, std::vector<uint32_t>& picked) {
                     const Column::Range range = call.arg(0).range_at(row);
                     for (size_t at = range.begin; at < range.end; ++at) {
                       if (!call.arg(0).children[0].is_null(at)) picked.push_back(static_cast<uint32_t>(at));
                     }
                   });
                 }};
}

BindResult bind_array_repeat(BindArgs args) {
  if (!is_int(args[1].type)) return wants(1, "an int", args[1].type);
  const Type type = Type::array(args[0].type);
  return Binding{type, {args[0].type, TypeKind::kInt}, [type](const Call& call) {
                   return build_rows(call, type, 0b1, [&](size_t row, ColumnBuilder& out) {
                     const int32_t count = call.arg(1).at<int32_t>(row);
                     if (count > kElementsMax - static_cast<int64_t>(out.child(0).rows())) {
                       call.fault(row, fmt::format("{} elements are more than {}", count, kElementsMax));
                       return out.append_null();
                     }
                     for (int32_t i = 0; i < count; ++i) out.child(0).append_from(call.arg(0), row);
                     out.end_nested();
                   });
                 }};
}

BindResult bind_array_join(BindArgs args) {
  if (!args[0].type.is(TypeKind::kArray)) return wants(0, "an array", args[0].type);
  std::vector<Type> types(args.size(), TypeKind::kString);
  types[0] = Type::array(TypeKind::kString);
  return Binding{TypeKind::kString, std::move(types), join};
}

BindResult bind_sort_array(BindArgs args) {
  if (!args[0].type.is(TypeKind::kArray) || !has_order(args[0].type)) {
    return wants(0, "an array of values that have an order", args[0].type);
  }
  if (args.size() == 1)
    return Binding{args[0].type, {args[0].type}, [](const Call& c) { return sort_elements(c, false); }};
  if (!args[1].type.is(TypeKind::kBool)) return wants(1, "true (ascending) or false", args[1].type);
  return Binding{args[0].type, {args[0].type, TypeKind::kBool}, [](const Call& c) { return sort_elements(c, false); }};
}

BindResult bind_array_sort(BindArgs args) {
  if (!args[0].type.is(TypeKind::kArray) || !has_order(args[0].type)) {
    return wants(0, "an array of values that have an order", args[0].type);
  }
  if (args.size() == 2) return wants(1, "a lambda of two elements that gives their order", args[1].type);
  return Binding{args[0].type, {args[0].type}, [](const Call& call) { return sort_elements(call, true); }};
}

BindResult bind_slice(BindArgs args) {
  if (!args[0].type.is(TypeKind::kArray)) return wants(0, "an array", args[0].type);
  for (size_t i = 1; i < 3; ++i) {
    if (!is_int(args[i].type)) return wants(i, "an int", args[i].type);
  }
  const Type type = args[0].type;
  return Binding{type, {type, TypeKind::kInt, TypeKind::kInt}, [type](const Call& call) {
                   return build_rows(call, type, 0, [&](size_t row, ColumnBuilder& out) {
                     const Column::Range range = call.arg(0).range_at(row);
                     const auto size = static_cast<int64_t>(range.end - range.begin);
                     const int64_t start = call.arg(1).at<int32_t>(row);
                     const int64_t length = call.arg(2).at<int32_t>(row);
                     if (start == 0 || length < 0) {
                       call.fault(row, start == 0 ? std::string("slice starts at 0: elements count from 1")
                                                  : fmt::format("slice of {} elements", length));
                       return out.append_null();
                     }
                     const int64_t begin = start > 0 ? start - 1 : size + start;
                     if (begin >= 0 && begin < size) {
                       const int64_t end = std::min(size, begin + length);
                       out.child(0).append_range(call.arg(0).children[0], range.begin + static_cast<size_t>(begin),
                                                 range.begin + static_cast<size_t>(end));
                     }
                     out.end_nested();
                   });
                 }};
}

BindResult bind_flatten(BindArgs args) {
  if (!args[0].type.is(TypeKind::kArray) || !args[0].type.element().is(TypeKind::kArray)) {
    return wants(0, "an array of arrays", args[0].type);
  }
  const Type type = args[0].type.element();
  return Binding{type, {args[0].type}, [type](const Call& call) {
                   const Column& inner = call.arg(0).children[0];
                   return build_rows(call, type, 0, [&](size_t row, ColumnBuilder& out) {
                     const Column::Range range = call.arg(0).range_at(row);
                     for (size_t at = range.begin; at < range.end; ++at) {
                       if (inner.is_null(at)) return out.append_null();
                     }
                     for (size_t at = range.begin; at < range.end; ++at) append_all(inner, at, out);
                     out.end_nested();
                   });
                 }};
}

BindResult bind_reverse(BindArgs args) {
  if (args[0].type.is(TypeKind::kArray)) {
    return Binding{args[0].type, {args[0].type}, [](const Call& call) {
                     return pick_elements(call, [&](size_t row, std::vector<uint32_t>& picked) {
                       const Column::Range range = call.arg(0).range_at(row);
                       for (size_t at = range.end; at > range.begin; --at)
                         picked.push_back(static_cast<uint32_t>(at - 1));
                     });
                   }};
  }
  return Binding{TypeKind::kString, {TypeKind::kString}, [](const Call& call) {
                   const StringReader text(call.arg(0));
                   return lift_rows<std::string>(call, TypeKind::kString,
                                                 [&](size_t row, StringBuilder& out) { add_reversed(text[row], out); });
                 }};
}

}  // namespace millrace::collection
