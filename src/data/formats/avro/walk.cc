#include "data/formats/avro/walk.h"

#include <algorithm>
#include <cstring>

#include "base/assert.h"
#include "data/formats/avro/bytes.h"
#include "data/formats/json_index.h"

namespace millrace {
namespace {

constexpr const char* kCutOff = "the bytes end inside of it";
constexpr const char* kTooDeep = "values go deeper than 256";
constexpr const char* kTooEmpty = "more than 65536 values that take no bytes";

// Eight bytes at a time; those behind the end may be read and do not count.
bool is_ascii_padded(const char* at, size_t bytes) {
  constexpr uint64_t kHighBits = 0x8080808080808080ULL;
  uint64_t any = 0;
  uint64_t word = 0;
  for (; bytes >= sizeof word; at += sizeof word, bytes -= sizeof word) {
    std::memcpy(&word, at, sizeof word);
    any |= word;
  }
  if (bytes > 0) {
    std::memcpy(&word, at, sizeof word);
    any |= word << (8 * (sizeof word - bytes));
  }
  return (any & kHighBits) == 0;
}

}  // namespace

AvroWalk::AvroWalk(const AvroSchema& schema) {
  for (const AvroType& type : schema.types()) {
    Node node{.kind = type.kind, .first = static_cast<uint32_t>(parts_.size()), .bytes = type.bytes};
    for (const AvroField& field : type.fields) parts_.push_back(field.type);
    parts_.insert(parts_.end(), type.branches.begin(), type.branches.end());
    node.count = static_cast<uint32_t>(type.kind == AvroKind::kEnum ? type.symbols.size() : parts_.size() - node.first);
    nodes_.push_back(node);
  }
  for (uint32_t i = 0; i < nodes_.size(); ++i) bytes_min_of(i);
  for (const AvroField& field : schema.root().fields) {
    FieldNode one{.type = field.type};
    const AvroType& type = schema.type(field.type);
    if (type.kind == AvroKind::kUnion && type.branches.size() == 2) {
      for (uint32_t b = 0; b < 2; ++b) {
        if (schema.type(type.branches[b]).kind != AvroKind::kNull) continue;
        one.optional = true;
        one.null_branch = b;
        one.value = type.branches[1 - b];
      }
    }
    fields_.push_back(one);
  }
}

// Whether it may be nothing is what matters. A type inside of itself counts as nothing there: it has more then, not
// less.
size_t AvroWalk::bytes_min_of(uint32_t type) {
  Node& node = nodes_[type];
  if (node.bytes_min) return *node.bytes_min;
  switch (node.kind) {
    case AvroKind::kNull: return *(node.bytes_min = 0);
    case AvroKind::kFixed: return *(node.bytes_min = node.bytes);
    case AvroKind::kRecord: break;
    default: return *(node.bytes_min = 1);
  }
  node.bytes_min = 0;
  for (uint32_t i = 0; i < node.count && *node.bytes_min == 0; ++i) {
    node.bytes_min = bytes_min_of(parts_[node.first + i]);
  }
  return *node.bytes_min;
}

const char* AvroWalk::record(std::string_view bytes, const char** places) {
  end_ = bytes.data() + bytes.size();
  empty_left_ = kAvroEmptyValuesMax;
  const char* at = bytes.data();
  for (size_t i = 0; i < fields_.size(); ++i) {
    const FieldNode& field = fields_[i];
    wrong_field_ = i;
    if (!field.optional) {
      places[i] = at;
      at = value(field.type, at, 0);
    } else {
      if (at >= end_) return kCutOff;
      const auto branch = static_cast<unsigned char>(*at++);
      if (branch > 2 || (branch & 1) != 0) return "a branch of a union that there is not";
      if (branch == 2 * field.null_branch) {
        places[i] = kNullPlace;
        continue;
      }
      places[i] = at;
      at = value(field.value, at, 0);
    }
    if (at == nullptr) return wrong_;
  }
  wrong_field_ = SIZE_MAX;
  return at == end_ ? nullptr : "there are bytes behind its end";
}

const char* AvroWalk::skip(uint32_t type, const char* at, const char* end) {
  end_ = end;
  empty_left_ = SIZE_MAX;
  at = value(type, at, 0);
  MILLRACE_ASSERT(at != nullptr, "a value that was well");
  return at;
}

bool AvroWalk::take_empty(uint64_t values) {
  if (values > empty_left_) return false;
  empty_left_ -= static_cast<size_t>(values);
  return true;
}

const char* AvroWalk::text(const char* at, bool utf8) {
  if (at >= end_) return wrong(kCutOff);
  int64_t bytes = 0;
  at = get_avro_long(at, bytes);
  if (at == nullptr || at > end_) return wrong(kCutOff);
  if (bytes < 0) return wrong("a length below 0");
  if (bytes > end_ - at) return wrong(kCutOff);
  const auto size = static_cast<size_t>(bytes);
  if (utf8 && !is_ascii_padded(at, size) && !is_utf8({at, size})) return wrong("a text that is not UTF-8");
  return at + size;
}

const char* AvroWalk::value(uint32_t type, const char* at, int depth) {
  const Node& node = nodes_[type];
  const auto fixed = [&](size_t bytes) { return static_cast<size_t>(end_ - at) < bytes ? wrong(kCutOff) : at + bytes; };
  switch (node.kind) {
    case AvroKind::kNull: return at;
    case AvroKind::kBoolean:
      if (at >= end_) return wrong(kCutOff);
      return static_cast<unsigned char>(*at) > 1 ? wrong("a boolean that is neither 0 nor 1") : at + 1;
    case AvroKind::kString: return text(at, true);
    case AvroKind::kBytes: return text(at, false);
    case AvroKind::kFloat: return fixed(sizeof(float));
    case AvroKind::kDouble: return fixed(sizeof(double));
    case AvroKind::kFixed: return fixed(node.bytes);
    case AvroKind::kArray:
    case AvroKind::kMap: return elements(node, at, depth);
    case AvroKind::kRecord:
      if (depth == kAvroDepthMax) return wrong(kTooDeep);
      if (*node.bytes_min == 0 && !take_empty(node.count)) return wrong(kTooEmpty);
      for (uint32_t i = 0; i < node.count && at != nullptr; ++i) at = value(parts_[node.first + i], at, depth + 1);
      return at;
    case AvroKind::kInt:
    case AvroKind::kLong:
    case AvroKind::kEnum:
    case AvroKind::kUnion: break;
  }
  if (at >= end_) return wrong(kCutOff);
  int64_t number = 0;
  at = get_avro_long(at, number);
  if (at == nullptr) return wrong("a number of more than 64 bits");
  if (at > end_) return wrong(kCutOff);
  if (node.kind == AvroKind::kInt && number != static_cast<int32_t>(number))
    return wrong("an int of more than 32 bits");
  if (node.kind == AvroKind::kInt || node.kind == AvroKind::kLong) return at;
  if (number < 0 || number >= node.count) {
    return wrong(node.kind == AvroKind::kEnum ? "a symbol of an enum that there is not"
                                              : "a branch of a union that there is not");
  }
  if (node.kind == AvroKind::kEnum) return at;
  if (depth == kAvroDepthMax) return wrong(kTooDeep);
  return value(parts_[node.first + static_cast<uint32_t>(number)], at, depth + 1);
}

// Blocks: a count, or minus a count and how many bytes they have; then so many elements. One of 0 ends it.
const char* AvroWalk::elements(const Node& node, const char* at, int depth) {
  if (depth == kAvroDepthMax) return wrong(kTooDeep);
  const uint32_t element = parts_[node.first];
  const bool map = node.kind == AvroKind::kMap;
  const bool may_be_empty = !map && *nodes_[element].bytes_min == 0;
  while (true) {
    if (at >= end_) return wrong(kCutOff);
    int64_t count = 0;
    at = get_avro_long(at, count);
    if (at == nullptr || at > end_) return wrong(kCutOff);
    if (count == 0) return at;
    const char* block_end = nullptr;
    if (count < 0) {
      int64_t bytes = 0;
      if (count == INT64_MIN || at >= end_) return wrong(kCutOff);
      count = -count;
      at = get_avro_long(at, bytes);
      if (at == nullptr || at > end_ || bytes < 0 || bytes > end_ - at) return wrong(kCutOff);
      block_end = at + bytes;
    }
    if (may_be_empty && !take_empty(static_cast<uint64_t>(count))) return wrong(kTooEmpty);
    if (!may_be_empty && count > end_ - at) return wrong(kCutOff);
    for (int64_t i = 0; i < count; ++i) {
      if (map) at = text(at, true);
      if (at != nullptr) at = value(element, at, depth + 1);
      if (at == nullptr) return nullptr;
    }
    if (block_end != nullptr && at != block_end) return wrong("a block of elements that says another size");
  }
}

}  // namespace millrace
