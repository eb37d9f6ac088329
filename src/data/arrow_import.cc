#include <charconv>
#include <cstring>
#include <limits>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "data/arrow.h"

namespace millrace {
namespace {

Error refuse(std::string message) { return {ErrorCode::kInvalidArgument, std::move(message)}; }

// Releases what an import took over, whichever way it ends.
template <typename Imported>
class Taken {
 public:
  explicit Taken(Imported* imported) : imported_(imported) {}
  Taken(const Taken&) = delete;
  Taken& operator=(const Taken&) = delete;
  ~Taken() {
    if (imported_->release != nullptr) imported_->release(imported_);
  }

 private:
  Imported* imported_;
};

Result<Type> type_of(const ArrowSchema& schema, int depth);

Result<Type> decimal_type(std::string_view text) {
  int precision = 0;
  int scale = 0;
  const char* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, precision);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != ',') return refuse("a decimal without its scale");
  const auto second = std::from_chars(first.ptr + 1, end, scale);
  if (second.ec != std::errc() || second.ptr != end) return refuse("only decimals of 128 bits are taken");
  if (precision < 1 || precision > kDecimalPrecisionMax || scale < 0 || scale > precision) {
    return refuse(fmt::format("decimal({},{}) is out of bounds", precision, scale));
  }
  return Type::decimal(precision, scale);
}

Result<Type> nested_type(const ArrowSchema& schema, std::string_view format, int depth) {
  if (format == "+s") {
    std::vector<Field> fields;
    for (int64_t i = 0; i < schema.n_children; ++i) {
      const ArrowSchema& child = *schema.children[i];
      TRY(type, type_of(child, depth + 1));
      fields.push_back({child.name == nullptr ? "" : child.name, std::move(type)});
    }
    return Type::structure(std::move(fields));
  }
  if (schema.n_children != 1) return refuse(fmt::format("'{}' needs one child, not {}", format, schema.n_children));
  TRY(child, type_of(*schema.children[0], depth + 1));
  if (format == "+l") return Type::array(std::move(child));
  if (!child.is(TypeKind::kStruct) || child.fields().size() != 2)
    return refuse("a map's entries are struct<key, value>");
  return Type::map(child.fields()[0].type, child.fields()[1].type);
}

Result<Type> type_of(const ArrowSchema& schema, int depth) {
  if (depth > kArrowDepthMax) return refuse(fmt::format("nested deeper than {} levels", kArrowDepthMax));
  if (schema.dictionary != nullptr) return refuse("dictionary-encoded values are not taken; decode them first");
  const std::string_view format = schema.format;
  if (format == "n") return Type(TypeKind::kNull);
  if (format == "b") return Type(TypeKind::kBool);
  if (format == "i") return Type(TypeKind::kInt);
  if (format == "l") return Type(TypeKind::kBigint);
  if (format == "g") return Type(TypeKind::kDouble);
  if (format == "u") return Type(TypeKind::kString);
  if (format == "z") return Type(TypeKind::kBinary);
  if (format == "tdD") return Type(TypeKind::kDate);
  // Every zone counts microseconds from the same instant; without one they are local times, which is another type.
  if (format.starts_with("tsu:") && format.size() > 4) return Type(TypeKind::kTimestamp);
  if (format.starts_with("d:")) return decimal_type(format.substr(2));
  if (format == "+l" || format == "+m" || format == "+s") return nested_type(schema, format, depth);
  return refuse(fmt::format("the Arrow format '{}' is none that millrace has", format));
}

struct Slice {
  size_t begin, rows;
};

BufferRef copy_bits(const void* bits, Slice slice) {
  Buffer copy = Buffer::zeroed(slice.rows / 8 + 1);
  const auto* from = static_cast<const uint8_t*>(bits);
  if (slice.begin % 8 == 0) {
    std::memcpy(copy.bytes(), from + slice.begin / 8, (slice.rows + 7) / 8);
  } else {
    for (size_t i = 0; i < slice.rows; ++i) {
      const size_t at = slice.begin + i;
      copy.as<uint8_t>()[i / 8] |= static_cast<uint8_t>(((from[at / 8] >> (at % 8)) & 1) << (i % 8));
    }
  }
  return share(std::move(copy));
}

BufferRef copy_bytes(const void* from, size_t begin, size_t bytes) {
  Buffer copy(bytes);
  if (bytes > 0) std::memcpy(copy.bytes(), static_cast<const std::byte*>(from) + begin, bytes);
  return share(std::move(copy));
}

// Offsets of the slice, from zero on; `begin` is where its first child or byte is in the foreign buffer.
struct Offsets {
  BufferRef buffer;
  Slice children;
};
Result<Offsets> copy_offsets(const void* offsets, Slice slice) {
  Buffer copy((slice.rows + 1) * sizeof(int32_t));
  if (slice.rows == 0) {
    copy.as<int32_t>()[0] = 0;  // an empty array may come without offsets
    return Offsets{share(std::move(copy)), {0, 0}};
  }
  const int32_t* from = static_cast<const int32_t*>(offsets) + slice.begin;
  if (from[0] < 0) return refuse("an offset below zero");
  for (size_t i = 0; i <= slice.rows; ++i) {
    if (i > 0 && from[i] < from[i - 1]) return refuse(fmt::format("offsets go back at row {}", i - 1));
    copy.as<int32_t>()[i] = from[i] - from[0];
  }
  const Slice children{static_cast<size_t>(from[0]), static_cast<size_t>(from[slice.rows] - from[0])};
  return Offsets{share(std::move(copy)), children};
}

Status check_shape(const ArrowArray& array, int64_t buffers, size_t children, Slice slice) {
  if (array.n_buffers != buffers || array.n_children != static_cast<int64_t>(children)) {
    return refuse(fmt::format("{} buffers and {} children where {} and {} belong", array.n_buffers, array.n_children,
                              buffers, children));
  }
  if (array.length < 0 || array.offset < 0 || array.length > std::numeric_limits<int32_t>::max()) {
    return refuse(fmt::format("{} rows from {} on", array.length, array.offset));
  }
  if (slice.begin + slice.rows > static_cast<size_t>(array.length)) {
    return refuse(fmt::format("rows up to {} of {} are wanted", slice.begin + slice.rows, array.length));
  }
  return {};
}

Result<Column> copy_column(const Type& type, const ArrowArray& array, Slice slice);

Status copy_children(const Type& type, const ArrowArray& array, Slice slice, Column& out) {
  if (type.is(TypeKind::kStruct)) {
    for (size_t c = 0; c < type.fields().size(); ++c) {
      TRY(child, copy_column(type.fields()[c].type, *array.children[c], slice));
      out.children.push_back(std::move(child));
    }
    return {};
  }
  TRY(offsets, copy_offsets(array.buffers[1], slice));
  out.offsets = std::move(offsets.buffer);
  if (type.is(TypeKind::kArray)) {
    TRY(child, copy_column(type.element(), *array.children[0], offsets.children));
    out.children.push_back(std::move(child));
    return {};
  }
  const Type entries = Type::structure({{"key", type.key()}, {"value", type.value()}});
  TRY(child, copy_column(entries, *array.children[0], offsets.children));
  out.children = std::move(child.children);
  return {};
}

// `slice` counts from the array's own offset; a struct's offset counts for its children too.
Result<Column> copy_column(const Type& type, const ArrowArray& array, Slice slice) {
  const size_t children = type.is(TypeKind::kStruct) ? type.fields().size() : (type.is_nested() ? 1 : 0);
  int64_t buffers = 2;
  if (type.is(TypeKind::kNull)) buffers = 0;
  if (type.is(TypeKind::kStruct)) buffers = 1;
  if (type.is_variable()) buffers = 3;
  TRY_STATUS(check_shape(array, buffers, children, slice));
  slice.begin += static_cast<size_t>(array.offset);

  Column out{.type = type, .rows = slice.rows};
  if (type.is(TypeKind::kNull)) return out;
  if (array.buffers[0] != nullptr && array.null_count != 0) out.validity = copy_bits(array.buffers[0], slice);
  if (type.is_nested()) {
    TRY_STATUS(copy_children(type, array, slice, out));
  } else if (type.is(TypeKind::kBool)) {
    out.values = slice.rows == 0 ? share(Buffer::zeroed(1)) : copy_bits(array.buffers[1], slice);
  } else if (type.is_variable()) {
    TRY(offsets, copy_offsets(array.buffers[1], slice));
    out.offsets = std::move(offsets.buffer);
    out.values = copy_bytes(array.buffers[2], offsets.children.begin, offsets.children.rows);
  } else {
    out.values = copy_bytes(array.buffers[1], slice.begin * type.width(), slice.rows * type.width());
  }
  return out;
}

}  // namespace

Result<Column> import_column(ArrowSchema* schema, ArrowArray* array) {
  const Taken taken_schema(schema);
  const Taken taken_array(array);
  if (schema->release == nullptr || array->release == nullptr)
    return refuse("the Arrow array has been released already");
  TRY(type, type_of(*schema, 0));
  if (array->length < 0) return refuse(fmt::format("{} rows", array->length));
  return copy_column(type, *array, {0, static_cast<size_t>(array->length)});
}

Result<Batch> import_batch(ArrowSchema* schema, ArrowArray* array) {
  TRY(whole, import_column(schema, array));
  if (!whole.type.is(TypeKind::kStruct)) return refuse("a record batch is a struct, not " + whole.type.text());
  if (whole.validity != nullptr) return refuse("a record batch with null rows");
  Batch batch;
  const auto fields = whole.type.fields();
  batch.schema = std::make_shared<const Schema>(Schema{{fields.begin(), fields.end()}});
  batch.rows = whole.rows;
  batch.columns = std::move(whole.children);
  return batch;
}

}  // namespace millrace
