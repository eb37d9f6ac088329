// Putting rows of several columns together.
#include <algorithm>

#include "data/builder.h"
#include "data/expr/bits.h"
#include "data/expr/evaluator.h"

namespace millrace {
namespace {

// Which rows have a value: those whose column has one. nullptr: all.
BufferRef chosen_validity(const std::vector<Column>& columns, const std::vector<uint16_t>& source) {
  const bool any = std::any_of(columns.begin(), columns.end(), [](const Column& c) { return c.may_have_nulls(); });
  if (!any && std::find(source.begin(), source.end(), kNoSource) == source.end()) return nullptr;
  return bits_from(source.size(),
                   [&](size_t row) { return source[row] != kNoSource && !columns[source[row]].is_null(row); });
}

template <typename T>
Column choose_fixed(const Type& type, const std::vector<Column>& columns, const std::vector<uint16_t>& source) {
  Column out{.type = type, .rows = source.size(), .validity = chosen_validity(columns, source)};
  Buffer values(source.size() * sizeof(T));
  std::vector<Reader<T>> readers;
  for (const Column& column : columns) readers.emplace_back(column);
  const ValidRows valid(out.validity);
  for (size_t row = 0; row < source.size(); ++row) values.as<T>()[row] = valid[row] ? readers[source[row]][row] : T{};
  out.values = share(std::move(values));
  return out;
}

Column choose_strings(const Type& type, const std::vector<Column>& columns, const std::vector<uint16_t>& source) {
  const BufferRef validity = chosen_validity(columns, source);
  const ValidRows valid(validity);
  std::vector<StringReader> readers;
  for (const Column& column : columns) readers.emplace_back(column);
  StringBuilder out(type, source.size());
  for (size_t row = 0; row < source.size(); ++row) {
    if (valid[row]) {
      out.append_padded(readers[source[row]][row]);  // what lies in a column may be read beyond its end
    } else {
      out.append_null();
    }
  }
  return out.finish();
}

template <typename Builder, typename Read>
Column choose_built(Builder builder, const std::vector<Column>& columns, const std::vector<uint16_t>& source,
                    Read read) {
  for (size_t row = 0; row < source.size(); ++row) {
    if (source[row] == kNoSource || columns[source[row]].is_null(row)) {
      builder.append_null();
    } else {
      read(builder, columns[source[row]], row);
    }
  }
  return builder.finish();
}

}  // namespace

Column choose(const Type& type, const std::vector<Column>& columns, const std::vector<uint16_t>& source) {
  switch (type.kind()) {
    case TypeKind::kNull: return null_column(type, source.size());
    case TypeKind::kInt:
    case TypeKind::kDate: return choose_fixed<int32_t>(type, columns, source);
    case TypeKind::kBigint:
    case TypeKind::kDouble:
    case TypeKind::kTimestamp: return choose_fixed<int64_t>(type, columns, source);
    case TypeKind::kDecimal:
    case TypeKind::kInterval: return choose_fixed<Int128>(type, columns, source);
    case TypeKind::kBool:
      return choose_built(BoolBuilder(source.size()), columns, source,
                          [](BoolBuilder& out, const Column& from, size_t row) { out.append(from.bool_at(row)); });
    case TypeKind::kString:
    case TypeKind::kBinary: return choose_strings(type, columns, source);
    default:
      return choose_built(ColumnBuilder(type), columns, source,
                          [](ColumnBuilder& out, const Column& from, size_t row) { out.append_from(from, row); });
  }
}

Column with_nulls(const Column& column, const std::vector<RowFault>& faults) {
  if (column.type.is(TypeKind::kNull)) return column;
  Column out = flatten(column);
  Buffer bits(out.rows / 8 + 1);
  if (out.validity == nullptr) {
    std::memset(bits.bytes(), 0xff, bits.size());
  } else {
    std::memcpy(bits.bytes(), out.validity->bytes(), std::min(bits.size(), out.validity->size()));
  }
  for (const RowFault& fault : faults) {
    uint8_t& byte = bits.as<uint8_t>()[fault.row / 8];
    byte = static_cast<uint8_t>(byte & ~(1U << (fault.row & 7)));
  }
  out.validity = share(std::move(bits));
  return out;
}

}  // namespace millrace
