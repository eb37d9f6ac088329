#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <vector>

#include "data/builder.h"
#include "data/column.h"

namespace millrace {
namespace {

// The rows wanted, seen once so that every buffer below can take the quickest way.
struct Wanted {
  std::span<const uint32_t> rows;  // of the source; kNullIndex for a null row
  bool any_null = false;           // some are kNullIndex
  bool run = false;                // they are first, first + 1, ...

  explicit Wanted(std::span<const uint32_t> indices) : rows(indices) {
    run = !indices.empty() && indices[0] != kNullIndex;
    for (size_t i = 0; i < indices.size(); ++i) {
      any_null |= indices[i] == kNullIndex;
      run &= indices[i] == indices[0] + i;
    }
    run &= !any_null;
  }
};

bool bit(const Buffer& bits, size_t at) { return ((bits.as<uint8_t>()[at >> 3] >> (at & 7)) & 1) != 0; }

// Bits of the wanted rows; those of kNullIndex are 0.
Buffer gather_bits(const Buffer* bits, const Wanted& wanted) {
  const size_t rows = wanted.rows.size();
  Buffer out(rows / 8 + 1);
  if (wanted.run && bits != nullptr && wanted.rows[0] % 8 == 0) {
    std::memcpy(out.bytes(), bits->bytes() + wanted.rows[0] / 8, (rows + 7) / 8);
    return out;
  }
  for (size_t byte = 0; byte <= rows / 8; ++byte) {
    uint32_t eight = 0;
    for (size_t i = byte * 8; i < std::min(byte * 8 + 8, rows); ++i) {
      const uint32_t row = wanted.rows[i];
      const bool set = row != kNullIndex && (bits == nullptr || bit(*bits, row));
      eight |= (set ? 1U : 0U) << (i & 7);
    }
    out.as<uint8_t>()[byte] = static_cast<uint8_t>(eight);
  }
  return out;
}

BufferRef gather_validity(const Column& column, const Wanted& wanted) {
  if (column.validity == nullptr && !wanted.any_null) return nullptr;
  return share(gather_bits(column.validity.get(), wanted));
}

template <typename T>
BufferRef gather_fixed(const Column& column, const Wanted& wanted) {
  Buffer out(wanted.rows.size() * sizeof(T));
  const T* from = column.values->as<T>();
  T* to = out.as<T>();
  if (wanted.run) {
    std::memcpy(to, from + wanted.rows[0], wanted.rows.size() * sizeof(T));
  } else if (wanted.any_null) {
    // Reads something for null rows too, so that there is no branch; a column may have no row at all.
    if (column.rows == 0) return share(Buffer::zeroed(wanted.rows.size() * sizeof(T)));
    for (size_t i = 0; i < wanted.rows.size(); ++i) to[i] = from[wanted.rows[i] == kNullIndex ? 0 : wanted.rows[i]];
  } else {
    for (size_t i = 0; i < wanted.rows.size(); ++i) to[i] = from[wanted.rows[i]];
  }
  return share(std::move(out));
}

// Offsets of the gathered rows, from zero on. Null rows of the source are made empty.
Buffer gather_offsets(const Column& column, const Wanted& wanted) {
  Buffer out((wanted.rows.size() + 1) * sizeof(int32_t));
  int32_t* to = out.as<int32_t>();
  const int32_t* from = column.offsets->as<int32_t>();
  int64_t end = 0;
  to[0] = 0;
  for (size_t i = 0; i < wanted.rows.size(); ++i) {
    const uint32_t row = wanted.rows[i];
    if (row != kNullIndex && (column.validity == nullptr || bit(*column.validity, row)))
      end += from[row + 1] - from[row];
    MILLRACE_ASSERT(end <= std::numeric_limits<int32_t>::max(), "a column of more than 2 GiB");
    to[i + 1] = static_cast<int32_t>(end);
  }
  return out;
}

void gather_strings(const Column& column, const Wanted& wanted, Column& out) {
  Buffer offsets = gather_offsets(column, wanted);
  const int32_t* to = offsets.as<int32_t>();
  const int32_t* from = column.offsets->as<int32_t>();
  const auto total = static_cast<size_t>(to[wanted.rows.size()]);
  Buffer bytes(total);
  const char* source = column.values->as<char>();
  if (wanted.run && static_cast<size_t>(from[wanted.rows.back() + 1] - from[wanted.rows[0]]) == total) {
    if (total > 0) std::memcpy(bytes.bytes(), source + from[wanted.rows[0]], total);
  } else {
    for (size_t i = 0; i < wanted.rows.size(); ++i) {
      const auto size = static_cast<size_t>(to[i + 1] - to[i]);
      if (size > 0) std::memcpy(bytes.bytes() + to[i], source + from[wanted.rows[i]], size);
    }
  }
  out.offsets = share(std::move(offsets));
  out.values = share(std::move(bytes));
}

// Arrays and maps: the children of all wanted rows are gathered at once.
void gather_lists(const Column& column, const Wanted& wanted, Column& out) {
  Buffer offsets = gather_offsets(column, wanted);
  const int32_t* to = offsets.as<int32_t>();
  std::vector<uint32_t> below(static_cast<size_t>(to[wanted.rows.size()]));
  for (size_t i = 0; i < wanted.rows.size(); ++i) {
    if (to[i] == to[i + 1]) continue;
    auto child = static_cast<uint32_t>(column.offsets->as<int32_t>()[wanted.rows[i]]);
    for (auto at = static_cast<size_t>(to[i]); at < static_cast<size_t>(to[i + 1]); ++at) below[at] = child++;
  }
  for (const Column& child : column.children) out.children.push_back(gather(child, below));
  out.offsets = share(std::move(offsets));
}

Column gather_rows(const Column& column, const Wanted& wanted) {
  Column out{.type = column.type, .rows = wanted.rows.size()};
  if (column.type.is(TypeKind::kNull)) return out;
  out.validity = gather_validity(column, wanted);
  switch (column.type.kind()) {
    case TypeKind::kNull: break;
    case TypeKind::kBool: out.values = share(gather_bits(column.values.get(), wanted)); break;
    case TypeKind::kInt:
    case TypeKind::kDate: out.values = gather_fixed<int32_t>(column, wanted); break;
    case TypeKind::kBigint:
    case TypeKind::kTimestamp:
    case TypeKind::kDouble: out.values = gather_fixed<int64_t>(column, wanted); break;
    case TypeKind::kDecimal:
    case TypeKind::kInterval: out.values = gather_fixed<Int128>(column, wanted); break;
    case TypeKind::kString:
    case TypeKind::kBinary: gather_strings(column, wanted, out); break;
    case TypeKind::kArray:
    case TypeKind::kMap: gather_lists(column, wanted, out); break;
    case TypeKind::kStruct:
      for (const Column& child : column.children) out.children.push_back(gather(child, wanted.rows));
      break;
  }
  return out;
}

}  // namespace

Column gather(const Column& column, std::span<const uint32_t> indices) {
  if (!column.constant) return gather_rows(column, Wanted(indices));
  std::vector<uint32_t> firsts(indices.begin(), indices.end());
  for (uint32_t& row : firsts) row = row == kNullIndex ? kNullIndex : 0;
  return gather_rows(column, Wanted(firsts));
}

Column flatten(const Column& column) {
  if (!column.constant) return column;
  const std::vector<uint32_t> zeros(column.rows, 0);
  return gather(column, zeros);
}

}  // namespace millrace
