#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace millrace {

// What texts may be beside texts.
enum class TextForm { kDate, kTimestamp, kUuid, kEmail, kUrl, kPhone };
inline constexpr size_t kTextForms = 6;
inline constexpr size_t kDistinctMax = 1000;  // counted exactly up to here

struct SampleMember;

// What was seen at one place of the records of a sample.
struct SampleShape {
  uint64_t seen = 0;  // nulls among them
  uint64_t nulls = 0;
  uint64_t bools = 0;
  uint64_t ints = 0;     // fit 32 bits
  uint64_t bigints = 0;  // need 64
  uint64_t doubles = 0;
  uint64_t texts = 0;
  uint64_t arrays = 0;
  uint64_t objects = 0;
  double least = 0;  // of numbers
  double most = 0;
  size_t shortest = SIZE_MAX;  // of texts, in characters
  size_t longest = 0;
  std::string first_text;  // in the order of bytes
  std::string last_text;
  std::array<uint64_t, kTextForms> forms{};
  std::set<std::string> distinct;        // scalars as texts, up to kDistinctMax
  std::unique_ptr<SampleShape> element;  // of arrays
  std::vector<SampleMember> members;     // of objects, in the order they came

  uint64_t values() const { return seen - nulls; }
  bool all(TextForm form) const { return texts > 0 && texts == values() && forms[static_cast<size_t>(form)] == texts; }
  bool is_object() const { return objects > 0 && objects == values(); }
  bool is_number() const { return values() > 0 && ints + bigints + doubles == values(); }
  // As a column is declared: "int", "timestamp", "array<struct<a:string>>"; what does not go together is a string.
  std::string type_text() const;
};

struct SampleMember {
  std::string key;
  SampleShape shape;
};

// A sample of records.
struct Sample {
  uint64_t records = 0;
  uint64_t broken = 0;
  bool flat = false;  // CSV: the members of the root are columns, and dots in their names are paths
  SampleShape root;
};
void add_record(std::string_view json, Sample& sample);
// The records that a document holds below a path of keys.
void add_records_below(std::string_view json, const std::vector<std::string>& path, uint64_t records_max,
                       Sample& sample);
// A record of fields as texts, which may stand for something else; nullopt is null.
void add_fields(const std::vector<std::string>& names, const std::vector<std::optional<std::string>>& fields,
                Sample& sample);

// Whether a field of CSV is a value rather than a name: a number, a date, an address.
bool is_value(const std::string& field);

// Where the longest array of objects is in a sample of one document; nullopt when there is none.
std::optional<std::vector<std::string>> records_path(const Sample& sample);

// A leaf of the records: a path of keys and what is there.
struct SampleColumn {
  std::vector<std::string> path;
  const SampleShape* shape = nullptr;
  uint64_t missing = 0;  // records without it, or where it is null
};
std::vector<SampleColumn> columns_of(const Sample& sample);

// "homePhone.areaCode" as "home_phone_area_code".
std::string snake_case(const std::vector<std::string>& path);

}  // namespace millrace
