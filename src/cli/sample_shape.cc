#include "cli/sample_shape.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "data/expr/parse.h"
#include "data/matchers.h"
#include "data/utf8.h"

namespace millrace {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kDateBytes = 10;          // 2026-11-21
constexpr size_t kTimestampBytesMin = 16;  // 2026-11-21 07:47

bool looks_like_day(std::string_view text) { return text.size() >= kDateBytes && text[4] == '-' && text[7] == '-'; }

void add_text(const std::string& text, SampleShape& shape) {
  ++shape.texts;
  const size_t chars = count_chars(text);
  shape.shortest = std::min(shape.shortest, chars);
  shape.longest = std::max(shape.longest, chars);
  const auto count = [&](TextForm form, bool is) { shape.forms[static_cast<size_t>(form)] += is ? 1 : 0; };
  count(TextForm::kDate, text.size() == kDateBytes && looks_like_day(text) && parse_date_days(text).has_value());
  count(TextForm::kTimestamp,
        text.size() >= kTimestampBytesMin && looks_like_day(text) && parse_timestamp_us(text).has_value());
  count(TextForm::kUuid, is_uuid(text));
  count(TextForm::kEmail, is_email(text));
  count(TextForm::kUrl, is_url(text));
  count(TextForm::kPhone, is_phone(text));
}

void add_number(const Json& json, SampleShape& shape) {
  const auto value = json.get<double>();
  const bool first = shape.ints + shape.bigints + shape.doubles == 0;
  shape.least = first ? value : std::min(shape.least, value);
  shape.most = first ? value : std::max(shape.most, value);
  const bool whole = json.is_number_integer() && (!json.is_number_unsigned() || json.get<uint64_t>() <= INT64_MAX);
  if (!whole) {
    ++shape.doubles;
  } else if (json.get<int64_t>() >= INT32_MIN && json.get<int64_t>() <= INT32_MAX) {
    ++shape.ints;
  } else {
    ++shape.bigints;
  }
}

void add(const Json& json, SampleShape& shape) {
  ++shape.seen;
  if (json.is_null()) {
    ++shape.nulls;
  } else if (json.is_object()) {
    ++shape.objects;
    for (const auto& [key, value] : json.items()) {
      auto there = std::find_if(shape.members.begin(), shape.members.end(),
                                [&, name = std::string_view(key)](const auto& one) { return one.key == name; });
      if (there == shape.members.end()) there = shape.members.insert(there, SampleMember{key, SampleShape()});
      add(value, there->shape);
    }
  } else if (json.is_array()) {
    ++shape.arrays;
    if (shape.element == nullptr) shape.element = std::make_unique<SampleShape>();
    for (const Json& item : json) add(item, *shape.element);
  } else {
    if (json.is_string()) add_text(json.get_ref<const std::string&>(), shape);
    if (json.is_number()) add_number(json, shape);
    if (json.is_boolean()) ++shape.bools;
    if (shape.distinct.size() < kDistinctMax) {
      shape.distinct.insert(json.is_string() ? json.get<std::string>() : json.dump());
    }
  }
}

void leaves(const SampleShape& shape, uint64_t records, std::vector<std::string>& path,
            std::vector<SampleColumn>& out) {
  if (shape.is_object() && !shape.members.empty()) {
    for (const auto& [key, member] : shape.members) {
      path.push_back(key);
      leaves(member, records, path, out);
      path.pop_back();
    }
  } else if (!path.empty()) {
    out.push_back({path, &shape, records - shape.values()});
  }
}

}  // namespace

std::string SampleShape::type_text() const {
  const uint64_t all_values = values();
  if (all_values == 0) return "string";
  if (bools == all_values) return "boolean";
  if (ints == all_values) return "int";
  if (ints + bigints == all_values) return "bigint";
  if (ints + bigints + doubles == all_values) return "double";
  if (all(TextForm::kDate)) return "date";
  if (all(TextForm::kTimestamp)) return "timestamp";
  if (arrays == all_values) return "array<" + (element == nullptr ? "string" : element->type_text()) + ">";
  if (is_object() && !members.empty()) {
    std::string out;
    for (const auto& [key, member] : members) {
      // A name that a type cannot be written with leaves the whole as its JSON text.
      const auto plain = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; };
      if (!std::all_of(key.begin(), key.end(), plain) || key.empty()) return "string";
      out += (out.empty() ? "" : ",") + key + ":" + member.type_text();
    }
    return "struct<" + out + ">";
  }
  return "string";
}

void add_record(std::string_view json, Sample& sample) {
  const Json record = Json::parse(json, nullptr, false);
  if (!record.is_object()) {
    ++sample.broken;
    return;
  }
  ++sample.records;
  add(record, sample.root);
}

std::vector<SampleColumn> columns_of(const Sample& sample) {
  std::vector<SampleColumn> out;
  std::vector<std::string> path;
  leaves(sample.root, sample.records, path, out);
  return out;
}

std::string snake_case(const std::vector<std::string>& path) {
  std::string out;
  for (const std::string& key : path) {
    if (!out.empty() && !out.ends_with('_')) out += '_';
    for (size_t i = 0; i < key.size(); ++i) {
      const auto c = static_cast<unsigned char>(key[i]);
      const bool upper = c >= 'A' && c <= 'Z';
      if (upper && i > 0 && std::islower(static_cast<unsigned char>(key[i - 1])) != 0) out += '_';
      if (std::isalnum(c) != 0 && c < 0x80) {
        out += static_cast<char>(std::tolower(c));
      } else if (!out.ends_with('_')) {
        out += '_';
      }
    }
  }
  if (out.empty() || std::isdigit(static_cast<unsigned char>(out[0])) != 0) out.insert(0, "_");
  return out;
}

}  // namespace millrace
