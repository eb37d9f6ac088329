#include "data/formats/csv_writer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/base64.h"
#include "data/formats/json_writer.h"
#include "data/formats/output.h"
#include "data/formats/scalar_text.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace millrace {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Whether any of four bytes is in a text.
bool holds_any(std::string_view text, const std::array<char, 4>& wanted) {
  size_t at = 0;
#ifdef __SSE2__
  const __m128i a = _mm_set1_epi8(wanted[0]);
  const __m128i b = _mm_set1_epi8(wanted[1]);
  const __m128i c = _mm_set1_epi8(wanted[2]);
  const __m128i d = _mm_set1_epi8(wanted[3]);
  for (; at + 16 <= text.size(); at += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + at));
    const __m128i hits = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(block, a), _mm_cmpeq_epi8(block, b)),
                                      _mm_or_si128(_mm_cmpeq_epi8(block, c), _mm_cmpeq_epi8(block, d)));
    if (_mm_movemask_epi8(hits) != 0) return true;
  }
#endif
  return std::any_of(text.begin() + static_cast<std::ptrdiff_t>(at), text.end(),
                     [&](char byte) { return std::find(wanted.begin(), wanted.end(), byte) != wanted.end(); });
}

}  // namespace

CsvWriter::CsvWriter(std::vector<WriteColumn> columns, CsvDialect dialect)
    : columns_(std::move(columns)), dialect_(std::move(dialect)), null_field_(dialect_.null_text) {}

bool CsvWriter::must_quote(std::string_view text) const {
  return text == dialect_.null_text || holds_any(text, {dialect_.delimiter, dialect_.quote, '\n', '\r'}) ||
         text.starts_with(kByteOrderMark) || (text.empty() && columns_.size() == 1);
}

void CsvWriter::append_text(std::string_view text, Output& output) const {
  if (!must_quote(text)) return output.add(text);
  output.add(dialect_.quote);
  const bool has_escape = dialect_.escape != '\0' && dialect_.escape != dialect_.quote;
  for (const char c : text) {
    if (c == dialect_.quote) output.add(dialect_.quote);
    if (has_escape && c == dialect_.escape) output.add(dialect_.escape);
    output.add(c);
  }
  output.add(dialect_.quote);
}

std::string CsvWriter::header() const {
  if (!dialect_.header) return {};
  Output output(256);
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (i > 0) output.add(dialect_.delimiter);
    append_text(columns_[i].name, output);
  }
  output.add('\n');
  const Buffer buffer = output.take();
  return {buffer.as<char>(), buffer.size()};
}

Buffer CsvWriter::write(const Batch& batch, const Rows& rows) const {
  enum class How : uint8_t { kPlain, kText, kScalar, kBinary, kJson };
  std::vector<How> how;
  size_t bytes_expected = 4096;
  for (const WriteColumn& out : columns_) {
    const Column& column = batch.columns[out.index];
    if (column.type.is(TypeKind::kString)) {
      // A column in which no byte asks for quotes is copied as it is; one look at all its bytes tells.
      const bool plain = column.values == nullptr || !holds_any({column.values->as<char>(), column.values->size()},
                                                                {dialect_.delimiter, dialect_.quote, '\n', '\r'});
      how.push_back(plain ? How::kPlain : How::kText);
    } else {
      how.push_back(is_scalar(column.type)              ? How::kScalar
                    : column.type.is(TypeKind::kBinary) ? How::kBinary
                                                        : How::kJson);
    }
    const size_t bytes = column.values != nullptr && !column.constant ? column.values->size() : 0;
    bytes_expected += bytes + rows.count() * (how.back() == How::kScalar ? 28 : 2);
  }
  Output output(bytes_expected);
  rows.for_each([&](size_t row) {
    for (size_t i = 0; i < columns_.size(); ++i) {
      const Column& column = batch.columns[columns_[i].index];
      if (i > 0) output.add(dialect_.delimiter);
      if (column.is_null(row)) {
        output.add(null_field_);
        continue;
      }
      switch (how[i]) {
        case How::kPlain: {
          const std::string_view text = column.string_at(row);
          // What would be read as null, or begins with a byte order mark.
          if (text.size() == dialect_.null_text.size() || text.size() < 2 || text[0] == kByteOrderMark[0]) {
            append_text(text, output);
          } else {
            output.add_padded(text);
          }
          break;
        }
        case How::kText: append_text(column.string_at(row), output); break;
        case How::kScalar: {
          char value[kScalarBytesMax];
          append_text({value, static_cast<size_t>(put_scalar_text(value, column, row) - value)}, output);
          break;
        }
        case How::kBinary: append_text(encode_base64(column.string_at(row)), output); break;
        case How::kJson: append_text(json_value(column, row), output); break;
      }
    }
    output.add('\n');
  });
  return output.take();
}

}  // namespace millrace
