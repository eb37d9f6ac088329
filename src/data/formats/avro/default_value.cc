#include <cmath>
#include <limits>

#include <nlohmann/json.hpp>

#include "data/formats/avro/bytes.h"
#include "data/formats/avro/schema.h"
#include "data/utf8.h"

namespace millrace {
namespace {

using Json = nlohmann::ordered_json;

// A type that is inside of itself several times would have a default without end.
constexpr size_t kValuesMax = 10'000;

class Encoder {
 public:
  Encoder(const AvroSchema& schema, std::string& to) : schema_(schema), to_(to) {}

  bool value(uint32_t index, const Json& json, int depth) {
    const AvroType& type = schema_.type(index);
    if (depth > kAvroSchemaDepthMax || ++values_ > kValuesMax) return false;
    switch (type.kind) {
      case AvroKind::kNull: return json.is_null();
      case AvroKind::kBoolean:
        if (!json.is_boolean()) return false;
        to_ += json.get<bool>() ? '\1' : '\0';
        return true;
      case AvroKind::kInt:
        return number(json, std::numeric_limits<int32_t>::min(), std::numeric_limits<int32_t>::max());
      case AvroKind::kLong:
        return number(json, std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max());
      case AvroKind::kFloat:
        if (!json.is_number()) return false;
        return raw(json.get<float>());
      case AvroKind::kDouble:
        if (!json.is_number()) return false;
        return raw(json.get<double>());
      case AvroKind::kString:
        if (!json.is_string()) return false;
        return text(json.get_ref<const std::string&>());
      case AvroKind::kBytes:
      case AvroKind::kFixed: return bytes(type, json);
      case AvroKind::kEnum: return symbol(type, json);
      case AvroKind::kRecord: return record(type, json, depth);
      case AvroKind::kArray:
      case AvroKind::kMap: return elements(type, json, depth);
      case AvroKind::kUnion: return branch(type, json, depth);
    }
    return false;
  }

 private:
  bool number(const Json& json, int64_t min, int64_t max) {
    if (!json.is_number_integer()) return false;
    if (json.is_number_unsigned() && json.get<uint64_t>() > static_cast<uint64_t>(max)) return false;
    const auto value = json.get<int64_t>();
    if (value < min || value > max) return false;
    append_avro_long(value, to_);
    return true;
  }
  template <typename T>
  bool raw(T value) {
    to_.append(reinterpret_cast<const char*>(&value), sizeof value);
    return true;
  }
  bool text(const std::string& value) {
    append_avro_long(static_cast<int64_t>(value.size()), to_);
    to_ += value;
    return true;
  }
  // Each character stands for the byte of its code.
  bool bytes(const AvroType& type, const Json& json) {
    if (!json.is_string()) return false;
    const auto& text = json.get_ref<const std::string&>();
    std::string raw_bytes;
    for (size_t at = 0; at < text.size();) {
      const char32_t c = next_char(text, at);
      if (c > 0xff) return false;
      raw_bytes += static_cast<char>(c);
    }
    if (type.kind == AvroKind::kBytes) return this->text(raw_bytes);
    if (raw_bytes.size() != type.bytes) return false;
    to_ += raw_bytes;
    return true;
  }
  bool symbol(const AvroType& type, const Json& json) {
    if (!json.is_string()) return false;
    for (size_t i = 0; i < type.symbols.size(); ++i) {
      if (type.symbols[i] != json.get_ref<const std::string&>()) continue;
      append_avro_long(static_cast<int64_t>(i), to_);
      return true;
    }
    return false;
  }
  bool record(const AvroType& type, const Json& json, int depth) {
    if (!json.is_object()) return false;
    for (const AvroField& field : type.fields) {
      const auto found = json.find(field.name);
      if (found == json.end() && !field.default_value) return false;
      if (!value(field.type, found == json.end() ? Json::parse(*field.default_value) : *found, depth + 1)) return false;
    }
    return true;
  }
  bool elements(const AvroType& type, const Json& json, int depth) {
    const bool map = type.kind == AvroKind::kMap;
    if (map ? !json.is_object() : !json.is_array()) return false;
    if (!json.empty()) append_avro_long(static_cast<int64_t>(json.size()), to_);
    for (const auto& [key, element] : json.items()) {
      if (map) text(key);
      if (!value(type.branches[0], element, depth + 1)) return false;
    }
    append_avro_long(0, to_);
    return true;
  }
  bool branch(const AvroType& type, const Json& json, int depth) {
    const size_t begin = to_.size();
    for (size_t i = 0; i < type.branches.size(); ++i) {
      append_avro_long(static_cast<int64_t>(i), to_);
      if (value(type.branches[i], json, depth + 1)) return true;
      to_.resize(begin);
    }
    return false;
  }

  const AvroSchema& schema_;
  std::string& to_;
  size_t values_ = 0;
};

}  // namespace

bool append_avro_default(const AvroSchema& schema, uint32_t type, std::string_view json, std::string& to) {
  const Json value = Json::parse(json, nullptr, false);
  const size_t begin = to.size();
  if (!value.is_discarded() && Encoder(schema, to).value(type, value, 0)) return true;
  to.resize(begin);
  return false;
}

}  // namespace millrace
