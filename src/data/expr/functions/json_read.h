#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "data/builder.h"
#include "data/expr/functions/json_tree.h"
#include "data/expr/time/pattern.h"

namespace millrace {

// How from_json reads; the patterns are those of its options, absent where values are read as CAST reads them.
struct JsonReadOptions {
  bool fail_fast = false;
  std::shared_ptr<const Pattern> date_pattern;
  std::shared_ptr<const Pattern> timestamp_pattern;
};

// The field that gets the whole text when a part of it does not fit.
inline constexpr std::string_view kCorruptRecord = "_corrupt_record";

// Turns JSON values into values of a type, as Spark's from_json does in its PERMISSIVE mode: a field that does not fit
// is null, and so is an array or a map of which a part does not fit. Belongs to one thread.
class JsonValueReader {
 public:
  JsonValueReader(const JsonReadOptions& options, int64_t now_us) : options_(options), now_us_(now_us) {}

  // Whether the type can be read at all; else what is wrong.
  static std::optional<std::string> refusal(const Type& type);

  // Appends one row. False when something of the text did not fit (only that is null then).
  bool read(std::string_view text, const Type& type, ColumnBuilder& out);

 private:
  enum class Fit { kGood, kPartly, kBad };
  Fit fit(uint32_t index, const Type& type);
  Fit fit_struct(uint32_t index, const Type& type);
  bool fits_leaf(const JsonNode& node, const Type& type);
  void append(uint32_t index, const Type& type, ColumnBuilder& out);
  void append_struct(uint32_t index, const Type& type, std::optional<std::string_view> corrupt, ColumnBuilder& out);
  void append_map(uint32_t index, const Type& type, ColumnBuilder& out);
  void append_leaf(const JsonNode& node, uint32_t index, const Type& type, ColumnBuilder& out);
  std::optional<double> number(const JsonNode& node) const;
  std::optional<Int128> decimal(const JsonNode& node, const Type& type) const;
  std::optional<int32_t> date(const JsonNode& node);
  std::optional<int64_t> timestamp(const JsonNode& node);

  const JsonReadOptions& options_;
  int64_t now_us_;
  JsonTree tree_;
  ZoneFinder zones_;
  std::string text_;
};

}  // namespace millrace
