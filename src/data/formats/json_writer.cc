#include "data/formats/json_writer.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

#include "base/base64.h"
#include "data/formats/json_text.h"

namespace millrace {
namespace {

constexpr int64_t kUsPerSecond = 1'000'000;
constexpr int64_t kUsPerDay = 86'400 * kUsPerSecond;
// More than any value that is not text takes: a timestamp, a decimal of 38 digits, a double.
constexpr size_t kScalarBytesMax = 64;

constexpr std::array<char, 200> make_pairs() {
  std::array<char, 200> pairs{};
  for (size_t i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}
constexpr std::array<char, 200> kPairs = make_pairs();

char* put_pair(char* to, uint64_t value) {
  std::memcpy(to, kPairs.data() + 2 * value, 2);
  return to + 2;
}

char* put_text(char* to, std::string_view text) {
  std::memcpy(to, text.data(), text.size());
  return to + text.size();
}

char* put_date(char* to, int64_t days) {
  const Civil civil = civil_from_days(days);
  if (civil.year < 0 || civil.year > 9999) return put_text(to, format_date(static_cast<int32_t>(days)));
  to = put_pair(to, static_cast<uint64_t>(civil.year) / 100);
  to = put_pair(to, static_cast<uint64_t>(civil.year) % 100);
  *to++ = '-';
  to = put_pair(to, civil.month);
  *to++ = '-';
  return put_pair(to, civil.day);
}

char* put_timestamp(char* to, int64_t us) {
  int64_t days = us / kUsPerDay;
  int64_t rest = us % kUsPerDay;
  if (rest < 0) {
    rest += kUsPerDay;
    --days;
  }
  *to++ = '"';
  to = put_date(to, days);
  *to++ = 'T';
  const auto seconds = static_cast<uint64_t>(rest / kUsPerSecond);
  to = put_pair(to, seconds / 3600);
  *to++ = ':';
  to = put_pair(to, seconds / 60 % 60);
  *to++ = ':';
  to = put_pair(to, seconds % 60);
  if (const auto fraction = static_cast<uint64_t>(rest % kUsPerSecond); fraction != 0) {
    *to++ = '.';
    const uint64_t ms = fraction / 1000;
    *to++ = static_cast<char>('0' + ms / 100);
    to = put_pair(to, ms % 100);
    if (const uint64_t us_left = fraction % 1000; us_left != 0) {
      *to++ = static_cast<char>('0' + us_left / 100);
      to = put_pair(to, us_left % 100);
    }
  }
  *to++ = 'Z';
  *to++ = '"';
  return to;
}

char* put_double(char* to, double value) {
  if (!std::isfinite(value)) {
    return put_text(to, std::isnan(value) ? "\"NaN\"" : value < 0 ? "\"-Infinity\"" : "\"Infinity\"");
  }
  Column column;  // as Spark writes it: Java's Double.toString
  column.type = TypeKind::kDouble;
  column.rows = 1;
  Buffer one(sizeof value);
  *one.as<double>() = value;
  column.values = share(std::move(one));
  return put_text(to, format_value(column, 0));
}

// Values that need neither escaping nor more room than kScalarBytesMax.
char* put_scalar(char* to, const Column& column, size_t row) {
  switch (column.type.kind()) {
    case TypeKind::kBool: return put_text(to, column.bool_at(row) ? "true" : "false");
    case TypeKind::kInt: return std::to_chars(to, to + kScalarBytesMax, column.at<int32_t>(row)).ptr;
    case TypeKind::kBigint: return std::to_chars(to, to + kScalarBytesMax, column.at<int64_t>(row)).ptr;
    case TypeKind::kDouble: return put_double(to, column.at<double>(row));
    case TypeKind::kDecimal: return put_text(to, format_decimal(column.at<Int128>(row), column.type.scale()));
    case TypeKind::kTimestamp: return put_timestamp(to, column.at<int64_t>(row));
    case TypeKind::kDate:
      *to++ = '"';
      to = put_date(to, column.at<int32_t>(row));
      *to++ = '"';
      return to;
    default: return put_text(to, "null");
  }
}

bool is_scalar(const Type& type) { return !type.is_nested() && !type.is_variable() && !type.is(TypeKind::kInterval); }

void append_value(const Column& column, size_t row, std::string& out) {
  if (column.is_null(row)) {
    out += "null";
    return;
  }
  if (is_scalar(column.type)) {
    char text[kScalarBytesMax];
    out.append(text, static_cast<size_t>(put_scalar(text, column, row) - text));
    return;
  }
  switch (column.type.kind()) {
    case TypeKind::kString: return append_json_string(column.string_at(row), out);
    case TypeKind::kBinary: return append_json_string(encode_base64(column.string_at(row)), out);
    case TypeKind::kStruct: {
      const size_t at = column.constant ? 0 : row;
      out += '{';
      for (size_t i = 0; i < column.children.size(); ++i) {
        if (i > 0) out += ',';
        append_json_string(column.type.fields()[i].name, out);
        out += ':';
        append_value(column.children[i], at, out);
      }
      out += '}';
      return;
    }
    case TypeKind::kArray:
    case TypeKind::kMap: {
      const bool map = column.type.is(TypeKind::kMap);
      const Column::Range range = column.range_at(row);
      out += map ? '{' : '[';
      for (size_t i = range.begin; i < range.end; ++i) {
        if (i > range.begin) out += ',';
        if (map) {
          append_json_string(format_value(column.children[0], i), out);
          out += ':';
        }
        append_value(column.children[map ? 1 : 0], i, out);
      }
      out += map ? '}' : ']';
      return;
    }
    default: return append_json_string(format_value(column, row), out);
  }
}

// A string column in which no byte needs an escape is copied as it is; one look at all its bytes tells.
bool is_plain(const Column& column) {
  if (!column.type.is(TypeKind::kString) || column.values == nullptr) return false;
  const size_t bytes = column.values->size();
  return json_plain_prefix(column.values->as<char>(), bytes) == bytes;
}

// Appends to a buffer that grows; keeps its end in hand.
class Output {
 public:
  explicit Output(size_t bytes_expected) : buffer_(bytes_expected) { buffer_.set_size(0); }
  char* room(size_t bytes) {
    buffer_.reserve(buffer_.size() + bytes);
    return buffer_.as<char>() + buffer_.size();
  }
  void commit(const char* end) { buffer_.set_size(static_cast<size_t>(end - buffer_.as<char>())); }
  void add(std::string_view text) { commit(put_text(room(text.size()), text)); }
  // Both texts may be read 32 bytes beyond their ends.
  void add_quoted_padded(std::string_view text) {
    char* to = room(text.size() + 2);
    *to++ = '"';
    if (text.size() <= 32) {
      std::memcpy(to, text.data(), 32);
    } else {
      std::memcpy(to, text.data(), text.size());
    }
    to += text.size();
    *to++ = '"';
    commit(to);
  }
  Buffer take() { return std::move(buffer_); }

 private:
  Buffer buffer_;
};

}  // namespace

JsonWriter::JsonWriter(const std::vector<WriteColumn>& columns) {
  for (const WriteColumn& column : columns) {
    std::string key(1, columns_.empty() ? '{' : ',');
    append_json_string(column.name, key);
    key += ':';
    columns_.push_back({column.index, std::move(key)});
  }
}

Buffer JsonWriter::write(const Batch& batch, const Rows& rows) const {
  enum class How : uint8_t { kPlain, kScalar, kAny };
  std::vector<How> how;
  size_t bytes_expected = 4096;
  for (const Out& out : columns_) {
    const Column& column = batch.columns[out.index];
    how.push_back(is_plain(column) ? How::kPlain : is_scalar(column.type) ? How::kScalar : How::kAny);
    const size_t bytes = column.values != nullptr && !column.constant ? column.values->size() : 0;
    bytes_expected += bytes + rows.count() * (out.key.size() + (how.back() == How::kScalar ? 28 : 2));
  }
  Output output(bytes_expected);
  std::string scratch;
  rows.for_each([&](size_t row) {
    if (columns_.empty()) output.add("{");
    for (size_t i = 0; i < columns_.size(); ++i) {
      const Column& column = batch.columns[columns_[i].index];
      output.add(columns_[i].key);
      if (column.is_null(row)) {
        output.add("null");
      } else if (how[i] == How::kPlain) {
        output.add_quoted_padded(column.string_at(row));
      } else if (how[i] == How::kScalar) {
        output.commit(put_scalar(output.room(kScalarBytesMax), column, row));
      } else {
        scratch.clear();
        append_value(column, row, scratch);
        output.add(scratch);
      }
    }
    output.add("}\n");
  });
  return output.take();
}

std::string json_value(const Column& column, size_t row) {
  std::string out;
  append_value(column, row, out);
  return out;
}

}  // namespace millrace
