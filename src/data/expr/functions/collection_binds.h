#pragma once

// The binds behind the list in collection.cc, by file.

#include <fmt/format.h>

#include "data/expr/cast.h"
#include "data/expr/function.h"

namespace millrace::collection {

using BindArgs = std::span<const BindArg>;

// Elements that one call may make for a batch; one more is a fault, not a memory exhausted.
inline constexpr int64_t kElementsMax = 16'000'000;

// collection_array.cc
BindResult bind_array(BindArgs args);
BindResult bind_array_append(BindArgs args);
BindResult bind_array_prepend(BindArgs args);
BindResult bind_array_insert(BindArgs args);
BindResult bind_array_compact(BindArgs args);
BindResult bind_array_repeat(BindArgs args);
BindResult bind_array_join(BindArgs args);
BindResult bind_sort_array(BindArgs args);
BindResult bind_array_sort(BindArgs args);
BindResult bind_slice(BindArgs args);
BindResult bind_flatten(BindArgs args);
BindResult bind_reverse(BindArgs args);
// collection_make.cc
BindResult bind_concat_arrays(BindArgs args);
BindResult bind_arrays_zip(BindArgs args);
BindResult bind_shuffle(BindArgs args);
BindResult bind_str_to_map(BindArgs args);
// sequence.cc
BindResult bind_sequence(BindArgs args);
// collection_search.cc
BindResult bind_array_contains(BindArgs args);
BindResult bind_array_position(BindArgs args);
BindResult bind_array_remove(BindArgs args);
BindResult bind_array_max(BindArgs args);
BindResult bind_array_min(BindArgs args);
BindResult bind_array_distinct(BindArgs args);
BindResult bind_array_union(BindArgs args);
BindResult bind_array_intersect(BindArgs args);
BindResult bind_array_except(BindArgs args);
BindResult bind_arrays_overlap(BindArgs args);
BindResult bind_size(BindArgs args);
BindResult bind_array_size(BindArgs args);
BindResult bind_element_at(BindArgs args);
BindResult bind_try_element_at(BindArgs args);
BindResult bind_get(BindArgs args);
// collection_map.cc
BindResult bind_map(BindArgs args);
BindResult bind_map_from_arrays(BindArgs args);
BindResult bind_map_from_entries(BindArgs args);
BindResult bind_map_keys(BindArgs args);
BindResult bind_map_values(BindArgs args);
BindResult bind_map_entries(BindArgs args);
BindResult bind_map_concat(BindArgs args);
BindResult bind_map_contains_key(BindArgs args);
BindResult bind_struct(BindArgs args);
BindResult bind_named_struct(BindArgs args);

inline BindError wants(size_t argument, std::string_view wanted, const Type& given) {
  return {.argument = static_cast<int>(argument),
          .message = fmt::format("{} is wanted, this is {}", wanted, given.text()),
          .hint = ""};
}

inline bool is_int(const Type& type) { return type.is(TypeKind::kInt) || type.is(TypeKind::kNull); }

// Whether values of the type can be sorted; maps and intervals cannot.
inline bool has_order(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kMap:
    case TypeKind::kInterval: return false;
    case TypeKind::kArray: return has_order(type.element());
    case TypeKind::kStruct:
      for (const Field& field : type.fields()) {
        if (!has_order(field.type)) return false;
      }
      return true;
    default: return true;
  }
}

}  // namespace millrace::collection
