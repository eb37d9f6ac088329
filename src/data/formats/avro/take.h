#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/builder.h"
#include "data/formats/avro/schema.h"
#include "data/formats/avro/walk.h"

namespace millrace {

inline constexpr size_t kAvroDefaultBytesMax = size_t{4} << 10;  // of the default of a column
inline constexpr size_t kAvroInnerDefaultBytesMax = 64;          // of a field inside of one: there may be any number
// Of the texts that stand for less in records read at once: symbols, uuids, defaults.
inline constexpr size_t kAvroMadeBytesMax = size_t{256} << 20;

// How a value of a writer's type becomes one of a column's type: Avro's schema resolution, worked out once. Immutable.
struct AvroTake {
  enum class Op : uint8_t {
    kNull,
    kBool,
    kInt,        // int, date
    kLong,       // bigint
    kTimestamp,  // times `up`, divided by `down`
    kDouble,
    kDecimal,
    kText,    // a text as it is
    kBinary,  // bytes as they are
    kUtf8,    // bytes, as a text if they are one
    kUuid,    // 16 bytes
    kSymbol,
    kArray,
    kMap,
    kEntries,  // a map from an array of records of key and value
    kRecord,
    kUnion,
    kMember,  // of a struct that stands for a union
    kMisfit,  // the value is skipped, and the record has a fault
  };
  struct Part {  // of a record, in the order of its writer
    uint32_t writer;
    int child;  // index into `children`, which is also the field's; -1: nobody wants it
  };

  Op op = Op::kNull;
  AvroKind wire = AvroKind::kNull;
  uint32_t writer = 0;  // the type's index
  Type type;
  size_t bytes = 0;  // fixed
  int64_t up = 1;
  int64_t down = 1;
  int scale = 0;                                    // decimals: the writer's
  std::vector<std::optional<std::string>> symbols;  // nullopt: one that the reader does not know
  std::vector<AvroTake> children;                   // kRecord: by field; kUnion: by branch; else what is inside
  std::vector<Part> parts;                          // kRecord
  std::vector<std::optional<Column>> defaults;  // kRecord, by field: one row of what it is where the writer has none
  size_t default_bytes = 0;                     // of all of them
  size_t member = 0;
  std::string why;  // kMisfit
};

// `reader`: the type that the reader's schema has in its place, where it has one; else the type of the column decides
// alone, and what is missing is null. kInvalidArgument says what does not fit.
struct AvroResolver {
  const AvroSchema& writer;
  const AvroSchema* reader = nullptr;

  Result<AvroTake> resolve(uint32_t writer_type, std::optional<uint32_t> reader_type, const Type& type) const;
  // One row of what a field is that the writer does not have; `field`: the reader's, nullptr: it has no schema, and the
  // row is null. Adds to `bytes` what it takes.
  Result<Column> default_of(const AvroField* field, const Type& type, size_t bytes_max, size_t& bytes) const;

 private:
  Result<AvroTake> of_union(uint32_t writer_type, std::optional<uint32_t> reader_type, const Type& type) const;
  Result<AvroTake> to_union(uint32_t writer_type, const AvroType& reader_type, const Type& type) const;
  Result<AvroTake> record(const AvroType& from, AvroTake take, std::optional<uint32_t> reader_type) const;
  Result<AvroTake> nested(const AvroType& from, AvroTake take, std::optional<uint32_t> reader_type) const;
  Result<AvroTake> scalar(const AvroType& from, AvroTake take, std::optional<uint32_t> reader_type) const;
};

// The field of the writer's record that the reader calls so, by its name or by one of the aliases; nullopt: none.
std::optional<size_t> find_avro_field(const AvroType& writer, std::string_view name, const AvroField* reader);

// Reads values as a plan says, which have been walked.
class AvroTaker {
 public:
  explicit AvroTaker(AvroWalk& walk) : walk_(walk) {}

  // A value that begins at `at`, in bytes that go on to `end`, as a row of the builder; gives the value's end. What
  // does not fit is null, and misfit() says why.
  const char* take(const AvroTake& take, const char* at, const char* end, ColumnBuilder& to);
  // Of values that are no others' inside. False when it does not fit.
  bool decimal(const AvroTake& take, const char*& at, Int128& value);
  bool timestamp(const AvroTake& take, const char*& at, int64_t& value);
  bool text(const AvroTake& take, const char*& at, std::string_view& value);
  static double number(const AvroTake& take, const char*& at);

  std::string& misfit() { return misfit_; }
  void begin_records() { made_bytes_ = 0; }
  // Whether so many more bytes may be made of less; sets misfit() else.
  bool make(size_t bytes);

 private:
  const char* record(const AvroTake& take, const char* at, const char* end, ColumnBuilder& to);
  const char* elements(const AvroTake& take, const char* at, const char* end, ColumnBuilder& to);

  AvroWalk& walk_;
  std::string misfit_;
  std::string scratch_;
  size_t made_bytes_ = 0;
};

}  // namespace millrace
