// What tests/arrow/exchange.py calls: sample columns of any type, handed out, and columns taken back as text.
#include <cstdio>
#include <cstring>
#include <string>

#include "data/arrow.h"
#include "data/builder.h"

namespace {

using namespace millrace;  // NOLINT: a test's own file

constexpr int64_t kRows = 19;

// Row 0 holds the least, row 1 a large value; every fifth row is null, children at any depth included.
void append_sample(ColumnBuilder& builder, int64_t row, bool nullable) {
  if (nullable && row % 5 == 4) return builder.append_null();
  const auto small = static_cast<int32_t>(row * 37 - 100);
  switch (builder.type().kind()) {
    case TypeKind::kNull:
    case TypeKind::kInterval: return builder.append_null();
    case TypeKind::kBool: return builder.append_bool(row % 3 == 0);
    case TypeKind::kInt: return builder.append_int(row == 0 ? INT32_MIN : small);
    case TypeKind::kDate: return builder.append_int(small * 100);
    case TypeKind::kBigint: return builder.append_bigint(row == 0 ? INT64_MIN : small);
    case TypeKind::kTimestamp: return builder.append_bigint(small * 1'000'000'007LL);
    case TypeKind::kDouble: return builder.append_double(row == 0 ? -0.0 : small / 8.0);
    case TypeKind::kDecimal: return builder.append_decimal(Int128{small} * (row == 1 ? 1'000'000'007 : 1));
    case TypeKind::kString: return builder.append_string(row == 0 ? "" : "\xc3\xa9-" + std::to_string(row));
    case TypeKind::kBinary: return builder.append_string(std::string_view("\xff\0\x80", static_cast<size_t>(row % 4)));
    case TypeKind::kArray:
    case TypeKind::kMap:
      for (int64_t i = 0; i < row % 4; ++i) {
        append_sample(builder.child(0), row + i, builder.type().is(TypeKind::kArray));
        if (builder.type().is(TypeKind::kMap)) append_sample(builder.child(1), row + i + 1, true);
      }
      return builder.end_nested();
    case TypeKind::kStruct:
      for (size_t i = 0; i < builder.type().fields().size(); ++i) {
        append_sample(builder.child(i), row + static_cast<int64_t>(i), true);
      }
      return builder.end_nested();
  }
}

enum Shape { kValues, kEmpty, kConstant, kNulls, kNoNulls };

Column sample(const Type& type, int shape) {
  if (shape == kNulls) return null_column(type, kRows);
  ColumnBuilder builder(type);
  const int64_t rows = shape == kEmpty ? 0 : (shape == kConstant ? 1 : kRows);
  for (int64_t row = 0; row < rows; ++row)
    append_sample(builder, row + (shape == kConstant ? 3 : 0), shape != kNoNulls);
  return shape == kConstant ? repeat(builder.finish(), static_cast<size_t>(kRows)) : builder.finish();
}

std::string text_of(const Column& column) {
  std::string text = column.type.text() + '\n';
  for (size_t row = 0; row < column.rows; ++row) text += format_value(column, row) + '\n';
  return text;
}

int64_t copy_out(const std::string& text, char* to, int64_t room) {
  const auto size = static_cast<int64_t>(text.size());
  if (size <= room) std::memcpy(to, text.data(), text.size());
  return size;
}

}  // namespace

extern "C" {

int sample_column(const char* type, int shape, ArrowSchema* schema, ArrowArray* array) {
  const auto parsed = parse_type(type);
  return parsed.ok() && export_column(sample(*parsed, shape), schema, array).ok() ? 0 : 1;
}

int64_t sample_text(const char* type, int shape, char* to, int64_t room) {
  return copy_out(text_of(sample(parse_type(type).value(), shape)), to, room);
}

// A batch of two columns of which every third row is alive.
int sample_batch(const char* type, ArrowSchema* schema, ArrowArray* array) {
  Batch batch;
  batch.schema = std::make_shared<const Schema>(Schema{{{"n", TypeKind::kBigint}, {"v", parse_type(type).value()}}});
  FixedBuilder<int64_t> numbers(TypeKind::kBigint);
  for (int64_t row = 0; row < kRows; ++row) numbers.append(row);
  batch.columns = {numbers.finish(), sample(batch.schema->fields[1].type, kValues)};
  batch.rows = static_cast<size_t>(kRows);
  std::vector<bool> keep(batch.rows);
  for (size_t row = 0; row < batch.rows; row += 3) keep[row] = true;
  batch.keep(keep);
  return export_batch(batch, schema, array).ok() ? 0 : 1;
}

// Takes the column over; its text, or the error's.
int64_t take_column(ArrowSchema* schema, ArrowArray* array, char* to, int64_t room) {
  const auto column = import_column(schema, array);
  return copy_out(column.ok() ? text_of(*column) : "error: " + column.error().message(), to, room);
}
}
