#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/formats/avro/schema.h"

namespace millrace {

inline constexpr int kAvroDepthMax = 256;  // values inside of values
inline constexpr size_t kAvroEmptyValuesMax =
    64 * 1024;  // of one record: values that take no bytes, in arrays and records

// Goes through values of one schema and proves every byte of them. Belongs to one thread.
class AvroWalk {
 public:
  explicit AvroWalk(const AvroSchema& schema);

  // Where the fields of a record begin, one place for each in `places`: behind the branch where a field is a union of
  // null and one other type, and kNullPlace where it is null then. nullptr, or what is wrong, in the record's words.
  // The record must lie in a Buffer, whose slack may be read.
  static constexpr const char* kNullPlace = nullptr;
  const char* record(std::string_view bytes, const char** places);
  // The field that record() was in when it found something wrong, or SIZE_MAX.
  size_t wrong_field() const { return wrong_field_; }

  // The end of a value that is known to be well, in bytes that go on to `end`.
  const char* skip(uint32_t type, const char* at, const char* end);

  size_t fields() const { return fields_.size(); }
  // Whether the places of a field are behind the branch, and the type that is there.
  bool is_optional(size_t field) const { return fields_[field].optional; }

 private:
  struct Node {
    AvroKind kind;
    uint32_t first = 0;  // of its parts in parts_
    uint32_t count = 0;  // of them; enum: of symbols
    size_t bytes = 0;    // fixed
    std::optional<size_t> bytes_min = std::nullopt;
  };
  struct FieldNode {
    uint32_t type;
    bool optional = false;
    uint32_t null_branch = 0;
    uint32_t value = 0;  // optional: the other type
  };

  const char* value(uint32_t type, const char* at, int depth);
  const char* elements(const Node& node, const char* at, int depth);
  const char* text(const char* at, bool utf8);
  bool take_empty(uint64_t values);
  const char* wrong(const char* what) {
    wrong_ = what;
    return nullptr;
  }
  size_t bytes_min_of(uint32_t type);

  std::vector<Node> nodes_;  // by type
  std::vector<uint32_t> parts_;
  std::vector<FieldNode> fields_;
  // Of the record being walked.
  const char* end_ = nullptr;
  size_t empty_left_ = 0;
  const char* wrong_ = nullptr;
  size_t wrong_field_ = SIZE_MAX;
};

}  // namespace millrace
