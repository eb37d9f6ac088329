#include "data/formats/csv.h"

#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace millrace {
namespace {

// The first of either byte in [at, end), or end.
const char* find_either(const char* at, const char* end, char a, char b) {
#ifdef __SSE2__
  const __m128i first = _mm_set1_epi8(a);
  const __m128i second = _mm_set1_epi8(b);
  for (; at < end; at += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i hits = _mm_or_si128(_mm_cmpeq_epi8(block, first), _mm_cmpeq_epi8(block, second));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(hits));
    if (mask != 0) {
      const char* found = at + __builtin_ctz(mask);
      return found < end ? found : end;
    }
  }
  return end;
#else
  while (at < end && *at != a && *at != b) ++at;
  return at;
#endif
}

const char* find_byte(const char* at, const char* end, char c) {
  const void* found = at < end ? std::memchr(at, c, static_cast<size_t>(end - at)) : nullptr;
  return found == nullptr ? end : static_cast<const char*>(found);
}

// From behind an opening quote to the closing one, or to `end` when there is none.
const char* find_closing(const char* at, const char* end, const CsvDialect& dialect, bool& escaped) {
  const bool has_escape = dialect.escape != '\0' && dialect.escape != dialect.quote;
  while (true) {
    at = has_escape ? find_either(at, end, dialect.quote, dialect.escape) : find_byte(at, end, dialect.quote);
    if (at == end) return end;
    if (has_escape && *at == dialect.escape) {
      if (end - at < 2) return end;
    } else if (end - at < 2 || at[1] != dialect.quote) {
      return at;
    }
    escaped = true;
    at += 2;
  }
}

void split_plain(std::string_view record, char delimiter, std::vector<CsvField>& fields) {
  uint32_t begin = 0;
  const auto size = static_cast<uint32_t>(record.size());
  const auto field_ends = [&](uint32_t end) {
    fields.push_back({.begin = begin, .end = end});
    begin = end + 1;
  };
#ifdef __SSE2__
  const __m128i wanted = _mm_set1_epi8(delimiter);
  for (uint32_t at = 0; at < size; at += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(record.data() + at));
    auto mask = static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(block, wanted)));
    if (size - at < 16) mask &= (1U << (size - at)) - 1;
    for (; mask != 0; mask &= mask - 1) field_ends(at + static_cast<uint32_t>(__builtin_ctz(mask)));
  }
#else
  for (uint32_t at = 0; at < size; ++at) {
    if (record[at] == delimiter) field_ends(at);
  }
#endif
  field_ends(size);
}

}  // namespace

void split_csv(std::string_view record, const CsvDialect& dialect, std::vector<CsvField>& fields) {
  fields.clear();
  if (std::memchr(record.data(), dialect.quote, record.size()) == nullptr) {
    return split_plain(record, dialect.delimiter, fields);
  }
  const char* const base = record.data();
  const char* const end = base + record.size();
  const auto place = [&](const char* at) { return static_cast<uint32_t>(at - base); };
  const char* at = base;
  while (true) {
    CsvField field;
    if (at < end && *at == dialect.quote) {
      const char* closing = find_closing(at + 1, end, dialect, field.escaped);
      field.quoted = true;
      field.begin = place(at + 1);
      field.end = place(closing);
      at = closing < end ? closing + 1 : end;
    } else {
      const char* field_end = find_byte(at, end, dialect.delimiter);
      field.begin = place(at);
      field.end = place(field_end);
      at = field_end;
    }
    fields.push_back(field);
    if (at == end) return;
    ++at;  // the delimiter
  }
}

size_t unescape_csv(std::string_view inside, const CsvDialect& dialect, char* to) {
  const char* const begin = to;
  for (size_t at = 0; at < inside.size(); ++at) {
    // A quote is doubled here, or it would have closed the field.
    const bool first_of_two = inside[at] == dialect.quote || (dialect.escape != '\0' && inside[at] == dialect.escape);
    if (first_of_two && at + 1 < inside.size()) ++at;
    *to++ = inside[at];
  }
  return static_cast<size_t>(to - begin);
}

std::string_view csv_text(std::string_view record, const CsvField& field, const CsvDialect& dialect,
                          std::string& scratch) {
  const std::string_view inside = record.substr(field.begin, field.end - field.begin);
  if (!field.escaped) return inside;
  scratch.resize(inside.size());
  scratch.resize(unescape_csv(inside, dialect, scratch.data()));
  return scratch;
}

CsvEnd find_csv_end(const char* begin, const char* limit, bool last, const CsvDialect& dialect) {
  using Kind = CsvEnd::Kind;
  const char* at = begin;
  while (true) {
    at = find_either(at, limit, dialect.quote, '\n');
    if (at == limit) return {last ? Kind::kWhole : Kind::kMore, limit};
    if (*at == '\n') return {Kind::kWhole, at};
    if (at != begin && at[-1] != dialect.delimiter) {
      ++at;
      continue;
    }
    bool escaped = false;
    const char* closing = find_closing(at + 1, limit, dialect, escaped);
    if (closing == limit) return {last ? Kind::kUnclosed : Kind::kMore, limit};
    at = closing + 1;
    // The byte behind decides whether it was the first of two quotes, or \r of \r\n.
    if (at == limit || (*at == '\r' && at + 1 == limit)) return {last ? Kind::kWhole : Kind::kMore, limit};
    if (*at == dialect.delimiter) {
      ++at;
    } else if (*at == '\r' && at[1] == '\n') {
      return {Kind::kWhole, at + 1};
    } else if (*at != '\n') {
      return {Kind::kBehind, at};
    }
  }
}

}  // namespace millrace
