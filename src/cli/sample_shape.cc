#include "cli/sample_shape.h"

#include <algorithm>
#include <array>
#include <charconv>

#include <nlohmann/json.hpp>

#include "connect/file/file_format.h"
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
  if (shape.texts == 1 || text < shape.first_text) shape.first_text = text;
  if (shape.texts == 1 || text > shape.last_text) shape.last_text = text;
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

// `whole`: the number itself when it is one and fits 64 bits.
void add_number(double value, std::optional<int64_t> whole, SampleShape& shape) {
  const bool first = shape.ints + shape.bigints + shape.doubles == 0;
  shape.least = first ? value : std::min(shape.least, value);
  shape.most = first ? value : std::max(shape.most, value);
  if (!whole) {
    ++shape.doubles;
  } else if (*whole >= INT32_MIN && *whole <= INT32_MAX) {
    ++shape.ints;
  } else {
    ++shape.bigints;
  }
}

void add_number(const Json& json, SampleShape& shape) {
  const bool whole = json.is_number_integer() && (!json.is_number_unsigned() || json.get<uint64_t>() <= INT64_MAX);
  add_number(json.get<double>(), whole ? std::optional(json.get<int64_t>()) : std::nullopt, shape);
}

void count_distinct(std::string text, SampleShape& shape) {
  if (shape.distinct.size() < kDistinctMax) shape.distinct.insert(std::move(text));
}

template <typename T>
std::optional<T> number_of(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

// Digits that are written as a number is: not 007, which is a key, and not inf.
bool is_written_as_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const bool leading_zero = text.size() > 1 && text[0] == '0' && text[1] != '.';
  return !text.empty() && text[0] >= '0' && text[0] <= '9' && !leading_zero && text.back() != '.';
}

bool is_bool_word(std::string_view text) {
  constexpr std::array<std::string_view, 6> kWords = {"true", "false", "TRUE", "FALSE", "True", "False"};
  return std::find(kWords.begin(), kWords.end(), text) != kWords.end();
}

void add_field(const std::string& text, SampleShape& shape) {
  const bool number = is_written_as_number(text);
  const auto whole = number ? number_of<int64_t>(text) : std::nullopt;
  const auto real = number ? number_of<double>(text) : std::nullopt;
  const bool digits = text.find_first_not_of("-0123456789") == std::string::npos;
  // More digits than 64 bits hold are a key too: as a double they would change.
  if (whole || (real && !digits)) {
    add_number(*real, whole, shape);
  } else if (is_bool_word(text)) {
    ++shape.bools;
  } else {
    add_text(text, shape);
  }
  count_distinct(text, shape);
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
    count_distinct(json.is_string() ? json.get<std::string>() : json.dump(), shape);
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

void longest_array(const SampleShape& shape, std::vector<std::string>& path, uint64_t& most,
                   std::optional<std::vector<std::string>>& best) {
  for (const auto& [key, member] : shape.members) {
    if (key.empty() || key.find('.') != std::string::npos) continue;  // a setting could not name it
    path.push_back(key);
    if (member.arrays > 0 && member.element->is_object() && member.element->seen > most) {
      most = member.element->seen;
      best = path;
    } else if (member.is_object()) {
      longest_array(member, path, most, best);
    }
    path.pop_back();
  }
}

void add_parsed(const Json& record, Sample& sample) {
  if (!record.is_object()) {
    ++sample.broken;
    return;
  }
  ++sample.records;
  add(record, sample.root);
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

void add_record(std::string_view json, Sample& sample) { add_parsed(Json::parse(json, nullptr, false), sample); }

void add_records_below(std::string_view json, const std::vector<std::string>& path, uint64_t records_max,
                       Sample& sample) {
  const Json document = Json::parse(json, nullptr, false);
  const Json* at = &document;
  for (const std::string& key : path) {
    if (!at->is_object() || !at->contains(key)) return;
    at = &at->at(key);
  }
  for (const Json& record : *at) {
    if (sample.records + sample.broken == records_max) return;
    add_parsed(record, sample);
  }
}

void add_fields(const std::vector<std::string>& names, const std::vector<std::optional<std::string>>& fields,
                Sample& sample) {
  sample.flat = true;
  ++sample.records;
  ++sample.root.seen;
  ++sample.root.objects;
  for (size_t i = 0; i < names.size(); ++i) {
    if (i == sample.root.members.size()) sample.root.members.push_back({names[i], SampleShape()});
    SampleShape& shape = sample.root.members[i].shape;
    ++shape.seen;
    if (fields[i]) {
      add_field(*fields[i], shape);
    } else {
      ++shape.nulls;
    }
  }
}

bool is_value(const std::string& field) {
  SampleShape shape;
  add_field(field, shape);
  const bool has_form = std::any_of(shape.forms.begin(), shape.forms.end(), [](uint64_t of) { return of > 0; });
  return shape.texts == 0 || has_form;
}

std::optional<std::vector<std::string>> records_path(const Sample& sample) {
  std::optional<std::vector<std::string>> best;
  std::vector<std::string> path;
  uint64_t most = 0;
  longest_array(sample.root, path, most, best);
  return best;
}

std::vector<SampleColumn> columns_of(const Sample& sample) {
  std::vector<SampleColumn> out;
  std::vector<std::string> path;
  leaves(sample.root, sample.records, path, out);
  if (sample.flat) {
    for (SampleColumn& column : out) column.path = split_path(column.path[0]);
  }
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
