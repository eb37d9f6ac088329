#include "data/formats/avro/columns.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

namespace millrace {
namespace {

// "users_created" as "UsersCreated".
std::string pascal_case(std::string_view text) {
  std::string out;
  bool upper = true;
  for (const char c : text) {
    if (!is_avro_name(std::string("_") + c) || c == '_') {
      upper = true;
      continue;
    }
    out += upper && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    upper = false;
  }
  if (!is_avro_name(out)) out.insert(out.begin(), '_');
  return out;
}

std::string name_part(std::string_view text) {
  std::string out;
  for (const char c : text) out += is_avro_name(std::string("_") + c) ? c : '_';
  if (!is_avro_name(out)) out.insert(out.begin(), '_');
  return out;
}

class Deriver {
 public:
  AvroSchema derive(std::span<const Field> columns, std::string_view name) {
    record(columns, std::string(name));
    return AvroSchema(std::move(types_));
  }

 private:
  uint32_t add(AvroType type) {
    types_.push_back(std::move(type));
    return static_cast<uint32_t>(types_.size() - 1);
  }

  uint32_t record(std::span<const Field> fields, const std::string& name) {
    std::string free = name;
    for (int i = 2; !names_.insert(free).second; ++i) free = fmt::format("{}{}", name, i);
    const uint32_t at = add({.kind = AvroKind::kRecord, .name = free});
    for (const Field& field : fields) {
      const uint32_t type = optional(field.type, free + pascal_case(field.name));
      types_[at].fields.push_back({.name = field.name, .type = type, .default_value = "null"});
    }
    return at;
  }

  uint32_t optional(const Type& type, const std::string& name) {
    if (type.is(TypeKind::kNull)) return add({.kind = AvroKind::kNull});
    const uint32_t at = add({.kind = AvroKind::kUnion});
    const uint32_t null = add({.kind = AvroKind::kNull});
    const uint32_t value = this->value(type, name);
    types_[at].branches = {null, value};
    return at;
  }

  uint32_t value(const Type& type, const std::string& name) {
    switch (type.kind()) {
      case TypeKind::kNull: return add({.kind = AvroKind::kNull});
      case TypeKind::kBool: return add({.kind = AvroKind::kBoolean});
      case TypeKind::kInt: return add({.kind = AvroKind::kInt});
      case TypeKind::kBigint: return add({.kind = AvroKind::kLong});
      case TypeKind::kDouble: return add({.kind = AvroKind::kDouble});
      case TypeKind::kDecimal:
        return add({.kind = AvroKind::kBytes,
                    .logical = AvroLogical::kDecimal,
                    .precision = type.precision(),
                    .scale = type.scale()});
      case TypeKind::kString: return add({.kind = AvroKind::kString});
      case TypeKind::kBinary: return add({.kind = AvroKind::kBytes});
      case TypeKind::kDate: return add({.kind = AvroKind::kInt, .logical = AvroLogical::kDate});
      case TypeKind::kTimestamp: return add({.kind = AvroKind::kLong, .logical = AvroLogical::kTimestampMicros});
      case TypeKind::kStruct: return record(type.fields(), name);
      case TypeKind::kArray: {
        const uint32_t at = add({.kind = AvroKind::kArray});
        const uint32_t element = optional(type.element(), name);
        types_[at].branches.push_back(element);
        return at;
      }
      case TypeKind::kMap: return map(type, name);
      case TypeKind::kInterval: break;
    }
    MILLRACE_UNREACHABLE("intervals are in no column");
  }

  uint32_t map(const Type& type, const std::string& name) {
    if (type.key().is(TypeKind::kString)) {
      const uint32_t at = add({.kind = AvroKind::kMap});
      const uint32_t element = optional(type.value(), name);
      types_[at].branches.push_back(element);
      return at;
    }
    const uint32_t at = add({.kind = AvroKind::kArray, .logical = AvroLogical::kMap});
    const uint32_t entry = add({.kind = AvroKind::kRecord, .name = name + "Entry"});
    names_.insert(name + "Entry");
    types_[at].branches.push_back(entry);
    const uint32_t key = value(type.key(), name + "Key");
    const uint32_t element = optional(type.value(), name + "Value");
    types_[entry].fields = {{.name = "key", .type = key}, {.name = "value", .type = element, .default_value = "null"}};
    return at;
  }

  std::vector<AvroType> types_;
  std::set<std::string> names_;
};

class ColumnFinder {
 public:
  explicit ColumnFinder(const AvroSchema& schema) : schema_(schema) {}

  Result<Type> type_of(uint32_t index) {
    if (++types_ > kTypesMax) return no(fmt::format("it has more than {} types inside", kTypesMax));
    const AvroType& type = schema_.type(index);
    switch (type.logical) {
      case AvroLogical::kDecimal:
        if (type.precision > kDecimalPrecisionMax) {
          return no(fmt::format("decimals have at most {} digits here, not {}", kDecimalPrecisionMax, type.precision));
        }
        return Type::decimal(type.precision, type.scale);
      case AvroLogical::kUuid: return Type(TypeKind::kString);
      case AvroLogical::kDate: return Type(TypeKind::kDate);
      case AvroLogical::kTimeMillis: return Type(TypeKind::kInt);
      case AvroLogical::kTimeMicros: return Type(TypeKind::kBigint);
      case AvroLogical::kNone: return plain(type, index);
      case AvroLogical::kMap: return entries(type);
      default: return Type(TypeKind::kTimestamp);
    }
  }

 private:
  static Error no(std::string why) { return {ErrorCode::kInvalidArgument, std::move(why)}; }

  Result<Type> plain(const AvroType& type, uint32_t index) {
    switch (type.kind) {
      case AvroKind::kNull: return no("it is always null");
      case AvroKind::kBoolean: return Type(TypeKind::kBool);
      case AvroKind::kInt: return Type(TypeKind::kInt);
      case AvroKind::kLong: return Type(TypeKind::kBigint);
      case AvroKind::kFloat:
      case AvroKind::kDouble: return Type(TypeKind::kDouble);
      case AvroKind::kString:
      case AvroKind::kEnum: return Type(TypeKind::kString);
      case AvroKind::kBytes:
      case AvroKind::kFixed: return Type(TypeKind::kBinary);
      case AvroKind::kArray: {
        TRY(element, type_of(type.branches[0]));
        return Type::array(std::move(element));
      }
      case AvroKind::kMap: {
        TRY(value, type_of(type.branches[0]));
        return Type::map(TypeKind::kString, std::move(value));
      }
      case AvroKind::kUnion: return of_union(type);
      case AvroKind::kRecord: return record(type, index);
    }
    MILLRACE_UNREACHABLE("a kind of Avro types");
  }

  Result<Type> of_union(const AvroType& type) {
    std::vector<Field> members;
    for (const uint32_t branch : type.branches) {
      if (schema_.type(branch).kind == AvroKind::kNull) continue;
      TRY(member, type_of(branch));
      members.push_back({fmt::format("member{}", members.size()), std::move(member)});
    }
    if (members.empty()) return no("it is always null");
    return members.size() == 1 ? members[0].type : Type::structure(std::move(members));
  }

  Result<Type> record(const AvroType& type, uint32_t index) {
    if (!inside_.insert(index).second) return no("a type inside of itself");
    std::vector<Field> fields;
    for (const AvroField& field : type.fields) {
      TRY(of, type_of(field.type));
      fields.push_back({field.name, std::move(of)});
    }
    inside_.erase(index);
    if (fields.empty()) return no("a record without fields");
    return Type::structure(std::move(fields));
  }

  Result<Type> entries(const AvroType& type) {
    const AvroType& entry = schema_.type(type.branches[0]);
    TRY(key, type_of(entry.fields[0].type));
    TRY(value, type_of(entry.fields[1].type));
    return Type::map(std::move(key), std::move(value));
  }

  static constexpr size_t kTypesMax = 10'000;  // of one column; types that are used twice count twice

  const AvroSchema& schema_;
  std::set<uint32_t> inside_;
  size_t types_ = 0;
};

std::optional<std::string> name_problem(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kStruct: return avro_name_problem(type.fields());
    case TypeKind::kArray: return name_problem(type.element());
    case TypeKind::kMap: {
      auto in_key = name_problem(type.key());
      return in_key ? in_key : name_problem(type.value());
    }
    default: return std::nullopt;
  }
}

}  // namespace

AvroSchema avro_schema_of(std::span<const Field> columns, std::string_view record_name) {
  return Deriver().derive(columns, record_name);
}

std::string avro_record_name(std::string_view pipeline, std::string_view topic) {
  return fmt::format("{}.{}", name_part(pipeline), pascal_case(topic));
}

std::optional<std::string> avro_name_problem(std::span<const Field> columns) {
  for (const Field& field : columns) {
    if (!is_avro_name(field.name)) return field.name;
    if (auto inside = name_problem(field.type)) return inside;
  }
  return std::nullopt;
}

Result<AvroColumns> avro_columns_of(const AvroSchema& schema) {
  const AvroType& root = schema.root();
  if (root.kind != AvroKind::kRecord) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("an Avro schema of {}, not of a record", root.text()));
  }
  AvroColumns found;
  for (const AvroField& field : root.fields) {
    auto type = ColumnFinder(schema).type_of(field.type);
    if (type.ok()) {
      found.columns.push_back({field.name, std::move(*type)});
    } else {
      found.left_out.push_back(fmt::format("{}: {}", field.name, type.error().message()));
    }
  }
  return found;
}

}  // namespace millrace
