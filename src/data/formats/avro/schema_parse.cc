#include <map>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "data/formats/avro/names.h"
#include "data/formats/avro/schema.h"

namespace millrace {
namespace {

using Json = nlohmann::ordered_json;

class Parser {
 public:
  Result<AvroSchema> parse(const Json& json) {
    TRY(root, type(json, "", 0));
    if (root != 0) return wrong("a schema is a type, not the name of one");
    AvroSchema schema(std::move(types_));
    for (const auto& [place, field] : defaults_) {
      const AvroField& one = schema.type(place).fields[field];
      std::string bytes;
      if (!append_avro_default(schema, one.type, *one.default_value, bytes)) {
        return Error(ErrorCode::kInvalidArgument,
                     fmt::format("the Avro schema is wrong: the default of field {} of {}, {}, is no {}", one.name,
                                 schema.type(place).text(), *one.default_value, schema.type(one.type).text()));
      }
    }
    return schema;
  }

 private:
  static Error wrong(std::string_view why) {
    return {ErrorCode::kInvalidArgument, fmt::format("the Avro schema is wrong: {}", why)};
  }

  // The index of a type; `space`: the namespace that it stands in.
  Result<uint32_t> type(const Json& json, const std::string& space, int depth) {
    if (depth > kAvroSchemaDepthMax) return wrong(fmt::format("its types go deeper than {}", kAvroSchemaDepthMax));
    if (json.is_string()) return named(json.get<std::string>(), space);
    if (json.is_array()) return union_of(json, space, depth);
    if (!json.is_object()) return wrong(fmt::format("{} is no type", json.dump()));
    const auto kind = json.find("type");
    if (kind == json.end()) return wrong(fmt::format("{} has no 'type'", shown(json)));
    if (!kind->is_string()) return type(*kind, space, depth + 1);
    const std::string word = kind->get<std::string>();
    const auto known = word == "error" ? std::optional(AvroKind::kRecord) : avro_kind_of_name(word);
    if (!known) return named(word, space);
    switch (*known) {
      case AvroKind::kRecord: return record(json, space, depth);
      case AvroKind::kEnum: return enumeration(json, space);
      case AvroKind::kFixed: return fixed(json, space);
      case AvroKind::kArray: return elements(json, AvroKind::kArray, "items", space, depth);
      case AvroKind::kMap: return elements(json, AvroKind::kMap, "values", space, depth);
      case AvroKind::kUnion: return wrong("a union is written as a list of types");
      default: return primitive(json, *known);
    }
  }

  Result<uint32_t> named(const std::string& word, const std::string& space) {
    const auto known = avro_kind_of_name(word);
    if (known && *known < AvroKind::kRecord) return add({.kind = *known});
    const auto inside =
        word.find('.') == std::string::npos && !space.empty() ? names_.find(space + "." + word) : names_.find(word);
    if (inside != names_.end()) return inside->second;
    const auto outside = names_.find(word);
    if (outside != names_.end()) return outside->second;
    return wrong(fmt::format("there is no type '{}'", word));
  }

  uint32_t add(AvroType type) {
    types_.push_back(std::move(type));
    return static_cast<uint32_t>(types_.size() - 1);
  }

  Result<uint32_t> primitive(const Json& json, AvroKind kind) {
    AvroType type{.kind = kind};
    set_logical(json, type);
    return add(std::move(type));
  }

  static void set_logical(const Json& json, AvroType& type) {
    const auto word = json.find("logicalType");
    if (word == json.end() || !word->is_string()) return;
    const AvroLogical logical = avro_logical_of_name(word->get<std::string>());
    const auto fits = [&](AvroKind kind) { type.logical = type.kind == kind ? logical : AvroLogical::kNone; };
    switch (logical) {
      case AvroLogical::kNone: return;
      case AvroLogical::kDecimal: return set_decimal(json, type);
      case AvroLogical::kUuid:
        if (type.kind == AvroKind::kString || (type.kind == AvroKind::kFixed && type.bytes == 16))
          type.logical = logical;
        return;
      case AvroLogical::kDate:
      case AvroLogical::kTimeMillis: return fits(AvroKind::kInt);
      case AvroLogical::kMap: return;  // of an array, once it is known what of
      default: return fits(AvroKind::kLong);
    }
  }

  static void set_decimal(const Json& json, AvroType& type) {
    if (type.kind != AvroKind::kBytes && type.kind != AvroKind::kFixed) return;
    const auto number = [&](const char* name, int64_t otherwise) {
      const auto found = json.find(name);
      if (found == json.end()) return otherwise;
      return found->is_number_integer() ? found->get<int64_t>() : int64_t{-1};
    };
    const int64_t precision = number("precision", -1);
    const int64_t scale = number("scale", 0);
    if (precision < 1 || precision > INT16_MAX || scale < 0 || scale > precision) return;
    type.logical = AvroLogical::kDecimal;
    type.precision = static_cast<int>(precision);
    type.scale = static_cast<int>(scale);
  }

  // Takes the name and the aliases of a type, and gives its namespace.
  Result<std::string> take_name(const Json& json, const std::string& space, AvroType& type) {
    const auto name = json.find("name");
    if (name == json.end() || !name->is_string()) {
      return wrong(fmt::format("a type of kind {} needs a 'name'", avro_kind_name(type.kind)));
    }
    std::string inner = space;
    if (const auto said = json.find("namespace"); said != json.end() && said->is_string())
      inner = said->get<std::string>();
    type.name = full_name(name->get<std::string>(), inner);
    if (!is_full_name(type.name)) return wrong(fmt::format("'{}' is no name: letters, digits and _", type.name));
    if (avro_kind_of_name(type.short_name()))
      return wrong(fmt::format("'{}' is the name of a type of Avro's", type.name));
    if (names_.contains(type.name)) return wrong(fmt::format("type '{}' is defined twice", type.name));
    const size_t dot = type.name.rfind('.');
    inner = dot == std::string::npos ? "" : type.name.substr(0, dot);
    TRY(aliases, texts(json, "aliases"));
    for (const std::string& alias : aliases) type.aliases.push_back(full_name(alias, inner));
    return inner;
  }

  static std::string full_name(const std::string& name, const std::string& space) {
    return name.find('.') != std::string::npos || space.empty() ? name : space + "." + name;
  }
  static bool is_full_name(std::string_view name) {
    while (true) {
      const size_t dot = name.find('.');
      if (!is_avro_name(name.substr(0, dot))) return false;
      if (dot == std::string_view::npos) return true;
      name.remove_prefix(dot + 1);
    }
  }

  static Result<std::vector<std::string>> texts(const Json& json, const char* name) {
    std::vector<std::string> out;
    const auto list = json.find(name);
    if (list == json.end()) return out;
    if (!list->is_array()) return wrong(fmt::format("'{}' is a list of names", name));
    for (const Json& one : *list) {
      if (!one.is_string()) return wrong(fmt::format("'{}' is a list of names", name));
      out.push_back(one.get<std::string>());
    }
    return out;
  }

  Result<uint32_t> record(const Json& json, const std::string& space, int depth) {
    AvroType type{.kind = AvroKind::kRecord};
    TRY(inner, take_name(json, space, type));
    const auto fields = json.find("fields");
    if (fields == json.end() || !fields->is_array()) return wrong(fmt::format("{} has no list 'fields'", type.text()));
    const std::string text = type.text();
    names_[type.name] = static_cast<uint32_t>(types_.size());
    const uint32_t at = add(std::move(type));
    for (const Json& one : *fields) {
      AvroField field;
      if (!one.is_object() || !one.contains("name") || !one["name"].is_string() || !one.contains("type")) {
        return wrong(fmt::format("a field of {} has no 'name' or no 'type'", text));
      }
      field.name = one["name"].get<std::string>();
      if (!is_avro_name(field.name)) return wrong(fmt::format("'{}' is no name: letters, digits and _", field.name));
      for (const AvroField& before : types_[at].fields) {
        if (before.name == field.name) return wrong(fmt::format("{} has field '{}' twice", text, field.name));
      }
      TRY(aliases, texts(one, "aliases"));
      field.aliases = std::move(aliases);
      auto of = this->type(one["type"], inner, depth + 1);
      if (!of.ok()) return of.error();
      field.type = *of;
      if (const auto value = one.find("default"); value != one.end()) {
        field.default_value = value->dump();
        defaults_.emplace_back(at, types_[at].fields.size());
      }
      types_[at].fields.push_back(std::move(field));
    }
    return at;
  }

  Result<uint32_t> enumeration(const Json& json, const std::string& space) {
    AvroType type{.kind = AvroKind::kEnum};
    TRY(inner, take_name(json, space, type));
    TRY(symbols, texts(json, "symbols"));
    if (symbols.empty()) return wrong(fmt::format("{} has no 'symbols'", type.text()));
    for (size_t i = 0; i < symbols.size(); ++i) {
      if (!is_avro_name(symbols[i])) return wrong(fmt::format("'{}' is no name: letters, digits and _", symbols[i]));
    }
    std::vector<std::string> sorted = symbols;
    std::sort(sorted.begin(), sorted.end());
    if (const auto twice = std::adjacent_find(sorted.begin(), sorted.end()); twice != sorted.end()) {
      return wrong(fmt::format("{} has symbol '{}' twice", type.text(), *twice));
    }
    if (const auto value = json.find("default"); value != json.end()) {
      if (!value->is_string() || !std::binary_search(sorted.begin(), sorted.end(), value->get<std::string>())) {
        return wrong(fmt::format("the default of {}, {}, is none of its symbols", type.text(), value->dump()));
      }
      type.default_symbol = value->get<std::string>();
    }
    type.symbols = std::move(symbols);
    names_[type.name] = static_cast<uint32_t>(types_.size());
    return add(std::move(type));
  }

  Result<uint32_t> fixed(const Json& json, const std::string& space) {
    AvroType type{.kind = AvroKind::kFixed};
    TRY(inner, take_name(json, space, type));
    const auto size = json.find("size");
    if (size == json.end() || !size->is_number_unsigned() || size->get<uint64_t>() > kAvroFixedBytesMax) {
      return wrong(fmt::format("{} needs a 'size' of 0 to {} bytes", type.text(), kAvroFixedBytesMax));
    }
    type.bytes = size->get<size_t>();
    set_logical(json, type);
    names_[type.name] = static_cast<uint32_t>(types_.size());
    return add(std::move(type));
  }

  Result<uint32_t> elements(const Json& json, AvroKind kind, const char* name, const std::string& space, int depth) {
    const auto of = json.find(name);
    if (of == json.end()) return wrong(fmt::format("a type of kind {} needs '{}'", avro_kind_name(kind), name));
    const uint32_t at = add({.kind = kind});
    TRY(element, type(*of, space, depth + 1));
    types_[at].branches.push_back(element);
    if (kind == AvroKind::kArray && json.value("logicalType", Json()) == "map" && is_entry(types_[element])) {
      types_[at].logical = AvroLogical::kMap;
    }
    return at;
  }
  static bool is_entry(const AvroType& type) {
    return type.kind == AvroKind::kRecord && type.fields.size() == 2 && type.fields[0].name == "key" &&
           type.fields[1].name == "value";
  }

  Result<uint32_t> union_of(const Json& json, const std::string& space, int depth) {
    const uint32_t at = add({.kind = AvroKind::kUnion});
    if (json.empty()) return wrong("a union of no types");
    for (const Json& one : json) {
      TRY(branch, type(one, space, depth + 1));
      const AvroType& added = types_[branch];
      if (added.kind == AvroKind::kUnion) return wrong("a union inside of a union");
      for (const uint32_t before : types_[at].branches) {
        const AvroType& other = types_[before];
        if (other.kind == added.kind && other.name == added.name) {
          return wrong(fmt::format("a union has {} twice", added.text()));
        }
      }
      types_[at].branches.push_back(branch);
    }
    return at;
  }

  static std::string shown(const Json& json) {
    const std::string text = json.dump();
    return text.size() <= 60 ? text : text.substr(0, 60) + "...";
  }

  std::vector<AvroType> types_;
  std::map<std::string, uint32_t> names_;
  std::vector<std::pair<uint32_t, size_t>> defaults_;  // of which record and field
};

}  // namespace

Result<AvroSchema> AvroSchema::parse(std::string_view text) {
  if (text.size() > kAvroSchemaBytesMax) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("the Avro schema has {} bytes, and {} is the most", text.size(), kAvroSchemaBytesMax));
  }
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded()) return Error(ErrorCode::kInvalidArgument, "the Avro schema is not JSON");
  try {
    return Parser().parse(json.is_string() ? Json{{"type", json}} : json);
  } catch (const Json::exception& failure) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("the Avro schema is wrong: {}", failure.what()));
  }
}

}  // namespace millrace
