#include "data/expr/collection_access.h"
#include "data/expr/functions/collection_binds.h"
#include "data/expr/kernels.h"

namespace millrace::collection {
namespace {

// A map's row under construction: refuses null keys and keys that are there already, as Spark does.
class MapRow {
 public:
  MapRow(const Call& call, size_t row, ColumnBuilder& out) : call_(call), row_(row), out_(out) {}

  void put(const Column& keys, size_t key_row, const Column& values, size_t value_row) {
    if (failed_) return;
    if (keys.is_null(key_row)) return fail("a map's key is null");
    if (!seen_.insert({&keys, key_row}).second) {
      return fail(fmt::format("the key {} is twice in the map", format_value(keys, key_row)));
    }
    if (keys.type.is(TypeKind::kDouble)) {
      out_.child(0).append_double(keys.at<double>(key_row) + 0.0);  // -0.0 becomes 0.0
    } else {
      out_.child(0).append_from(keys, key_row);
    }
    out_.child(1).append_from(values, value_row);
  }
  void fail(std::string_view why) {
    failed_ = true;
    call_.fault(row_, why);
  }
  void end() { failed_ ? out_.append_null() : out_.end_nested(); }

 private:
  const Call& call_;
  size_t row_;
  ColumnBuilder& out_;
  RowSet seen_;
  bool failed_ = false;
};

bool holds_map(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kMap: return true;
    case TypeKind::kArray: return holds_map(type.element());
    case TypeKind::kStruct:
      for (const Field& field : type.fields()) {
        if (holds_map(field.type)) return true;
      }
      return false;
    default: return false;
  }
}

BindError unfit_key(size_t argument, const Type& key) { return wants(argument, "a key that holds no map", key); }

BindResult bind_part(BindArgs args, size_t child) {
  const Type map = args[0].type.is(TypeKind::kNull) ? Type::map(TypeKind::kNull, TypeKind::kNull) : args[0].type;
  if (!map.is(TypeKind::kMap)) return wants(0, "a map", map);
  const Type part = Type::array(child == 0 ? map.key() : map.value());
  return Binding{part, {map}, [part, child](const Call& call) {
                   Column out = call.arg(0);
                   out.type = part;
                   out.children = {call.arg(0).children[child]};
                   return out;
                 }};
}

}  // namespace

BindResult bind_map(BindArgs args) {
  if (args.size() % 2 != 0) return BindError{-1, "a map takes keys and values by turns; the last key has no value", ""};
  Type key;
  Type value;
  for (size_t i = 0; i < args.size(); ++i) {
    Type& into = i % 2 == 0 ? key : value;
    const auto common = i < 2 ? std::optional(args[i].type) : common_type(into, args[i].type);
    if (!common)
      return wants(i, fmt::format("a {} like those before it, {}", i % 2 == 0 ? "key" : "value", into.text()),
                   args[i].type);
    into = *common;
  }
  if (holds_map(key)) return unfit_key(0, key);
  std::vector<Type> types;
  for (size_t i = 0; i < args.size(); ++i) types.push_back(i % 2 == 0 ? key : value);
  const Type type = Type::map(key, value);
  return Binding{type, std::move(types), [type](const Call& call) {
                   return build_rows(call, type, kAllMayBeNull, [&](size_t row, ColumnBuilder& out) {
                     MapRow map(call, row, out);
                     for (size_t i = 0; i < call.args().size(); i += 2) map.put(call.arg(i), row, call.arg(i + 1), row);
                     map.end();
                   });
                 }};
}

BindResult bind_map_from_arrays(BindArgs args) {
  for (size_t i = 0; i < 2; ++i) {
    if (!args[i].type.is(TypeKind::kArray)) return wants(i, "an array", args[i].type);
  }
  if (holds_map(args[0].type.element())) return unfit_key(0, args[0].type.element());
  const Type type = Type::map(args[0].type.element(), args[1].type.element());
  return Binding{type, {args[0].type, args[1].type}, [type](const Call& call) {
                   return build_rows(call, type, 0, [&](size_t row, ColumnBuilder& out) {
                     const Column::Range keys = call.arg(0).range_at(row);
                     const Column::Range values = call.arg(1).range_at(row);
                     const size_t count = keys.end - keys.begin;
                     MapRow map(call, row, out);
                     if (count != values.end - values.begin) {
                       map.fail(fmt::format("{} keys for {} values", count, values.end - values.begin));
                     }
                     for (size_t i = 0; i < std::min(count, values.end - values.begin); ++i) {
                       map.put(call.arg(0).children[0], keys.begin + i, call.arg(1).children[0], values.begin + i);
                     }
                     map.end();
                   });
                 }};
}

BindResult bind_map_from_entries(BindArgs args) {
  const Type& from = args[0].type;
  if (!from.is(TypeKind::kArray) || !from.element().is(TypeKind::kStruct) || from.element().fields().size() != 2) {
    return wants(0, "an array of structs of a key and a value", from);
  }
  const auto fields = from.element().fields();
  if (holds_map(fields[0].type)) return unfit_key(0, fields[0].type);
  const Type type = Type::map(fields[0].type, fields[1].type);
  return Binding{type, {from}, [type](const Call& call) {
                   const Column& entries = call.arg(0).children[0];
                   return build_rows(call, type, 0, [&](size_t row, ColumnBuilder& out) {
                     const Column::Range range = call.arg(0).range_at(row);
                     for (size_t at = range.begin; at < range.end; ++at) {
                       if (entries.is_null(at)) return out.append_null();
                     }
                     MapRow map(call, row, out);
                     for (size_t at = range.begin; at < range.end; ++at) {
                       const size_t entry = entries.constant ? 0 : at;
                       map.put(entries.children[0], entry, entries.children[1], entry);
                     }
                     map.end();
                   });
                 }};
}

BindResult bind_map_keys(BindArgs args) { return bind_part(args, 0); }
BindResult bind_map_values(BindArgs args) { return bind_part(args, 1); }

BindResult bind_map_entries(BindArgs args) {
  const Type& map = args[0].type;
  if (!map.is(TypeKind::kMap)) return wants(0, "a map", map);
  const Type entry = Type::structure({{"key", map.key()}, {"value", map.value()}});
  const Type type = Type::array(entry);
  return Binding{type, {map}, [type](const Call& call) {
                   Column entries{.type = type.element(), .rows = call.arg(0).children[0].rows};
                   entries.children = call.arg(0).children;
                   Column out = call.arg(0);
                   out.type = type;
                   out.children = {std::move(entries)};
                   return out;
                 }};
}

BindResult bind_map_concat(BindArgs args) {
  Type key = TypeKind::kString;
  Type value = TypeKind::kString;
  for (size_t i = 0; i < args.size(); ++i) {
    if (!args[i].type.is(TypeKind::kMap)) return wants(i, "a map", args[i].type);
    const auto keys = i == 0 ? std::optional(args[i].type.key()) : common_type(key, args[i].type.key());
    const auto values = i == 0 ? std::optional(args[i].type.value()) : common_type(value, args[i].type.value());
    if (!keys || !values) return wants(i, "a map like the first, " + args[0].type.text(), args[i].type);
    key = *keys;
    value = *values;
  }
  const Type type = Type::map(key, value);
  return Binding{type, std::vector<Type>(args.size(), type), [type](const Call& call) {
                   return build_rows(call, type, 0, [&](size_t row, ColumnBuilder& out) {
                     MapRow map(call, row, out);
                     for (const Column& from : call.args()) {
                       const Column::Range range = from.range_at(row);
                       for (size_t at = range.begin; at < range.end; ++at)
                         map.put(from.children[0], at, from.children[1], at);
                     }
                     map.end();
                   });
                 }};
}

BindResult bind_map_contains_key(BindArgs args) {
  const Type& map = args[0].type;
  if (!map.is(TypeKind::kMap)) return wants(0, "a map", map);
  const auto key = common_type(map.key(), args[1].type);
  if (!key) return wants(1, "a key like the map's, " + map.key().text(), args[1].type);
  return Binding{TypeKind::kBool, {Type::map(*key, map.value()), *key}, [](const Call& call) {
                   return lift_rows<bool>(call, TypeKind::kBool, [&](size_t row, BoolBuilder& out) {
                     out.append(map_entry(call.arg(0), row, call.arg(1), row) != kNullIndex);
                   });
                 }};
}

BindResult bind_named_struct(BindArgs args) {
  if (args.size() % 2 != 0)
    return BindError{-1, "named_struct takes names and values by turns; the last name has no value", ""};
  std::vector<Field> fields;
  std::vector<Type> types;
  for (size_t i = 0; i < args.size(); i += 2) {
    const Column* name = args[i].constant;
    if (name == nullptr || !args[i].type.is(TypeKind::kString) || name->is_null(0)) {
      return wants(i, "a constant name", args[i].type);
    }
    fields.push_back({std::string(name->string_at(0)), args[i + 1].type});
    types.push_back(TypeKind::kString);
    types.push_back(args[i + 1].type);
  }
  const Type type = Type::structure(std::move(fields));
  return Binding{type, std::move(types), [type](const Call& call) {
                   Column out{.type = type, .rows = call.rows().total()};
                   for (size_t i = 1; i < call.args().size(); i += 2) out.children.push_back(flatten(call.arg(i)));
                   return out;
                 }};
}

BindResult bind_struct(BindArgs args) {
  std::vector<Field> fields;
  std::vector<Type> types;
  for (size_t i = 0; i < args.size(); ++i) {
    fields.push_back({args[i].name.empty() ? fmt::format("col{}", i + 1) : std::string(args[i].name), args[i].type});
    types.push_back(args[i].type);
  }
  const Type type = Type::structure(std::move(fields));
  return Binding{type, std::move(types), [type](const Call& call) {
                   Column out{.type = type, .rows = call.rows().total()};
                   for (const Column& arg : call.args()) out.children.push_back(flatten(arg));
                   return out;
                 }};
}

}  // namespace millrace::collection
