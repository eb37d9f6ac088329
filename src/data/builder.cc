#include "data/builder.h"

#include <limits>
#include <utility>

namespace millrace {

// A batch is closed long before its strings reach this; it is Arrow's limit for 32-bit offsets.
constexpr size_t kColumnBytesMax = static_cast<size_t>(std::numeric_limits<int32_t>::max());

void ValidityBuilder::start() {
  has_nulls_ = true;
  bits_ = Buffer(rows_ / 8 + 1);
  std::memset(bits_.bytes(), 0xff, bits_.size());
}

void ValidityBuilder::extend() {
  const size_t bytes = bits_.size();
  bits_.reserve(bytes + 1);
  bits_.set_size(bytes + 1);
  bits_.as<uint8_t>()[bytes] = 0xff;
}

void ValidityBuilder::append_valid(size_t rows) {
  if (!has_nulls_) {
    rows_ += rows;
    return;
  }
  for (size_t i = 0; i < rows; ++i) append(true);
}

BufferRef ValidityBuilder::finish() {
  rows_ = 0;
  if (!std::exchange(has_nulls_, false)) return nullptr;
  return share(std::exchange(bits_, Buffer()));
}

Column BoolBuilder::finish() {
  Column column{.type = TypeKind::kBool, .rows = validity_.rows()};
  column.validity = validity_.finish();
  bits_.resize(bits_.size());
  column.values = share(std::exchange(bits_, Buffer()));
  return column;
}

StringBuilder::StringBuilder(Type type, size_t rows_expected, size_t bytes_expected) : type_(std::move(type)) {
  offsets_.reserve((rows_expected + 1) * sizeof(int32_t));
  bytes_.reserve(bytes_expected);
  start();
}

void StringBuilder::start() {
  offsets_.resize(sizeof(int32_t));
  offsets_.as<int32_t>()[0] = 0;
  bytes_.resize(0);
}

Column StringBuilder::finish() {
  MILLRACE_ASSERT(bytes_.size() <= kColumnBytesMax, "a column of more than 2 GiB");
  Column column{.type = type_, .rows = validity_.rows()};
  column.validity = validity_.finish();
  column.offsets = share(std::exchange(offsets_, Buffer()));
  column.values = share(std::exchange(bytes_, Buffer()));
  start();
  return column;
}

struct ColumnBuilder::State {
  explicit State(Type of) : type(std::move(of)) {}
  Type type;
  ValidityBuilder validity;
  Buffer values;   // fixed width and bool (one byte per row until finish)
  Buffer bytes;    // string, binary
  Buffer offsets;  // string, binary, array, map: one end per row
  std::vector<ColumnBuilder> children;

  template <typename T>
  void push(Buffer& buffer, T value) {
    const size_t at = buffer.size();
    buffer.reserve(at + sizeof(T));
    std::memcpy(buffer.bytes() + at, &value, sizeof(T));
    buffer.set_size(at + sizeof(T));
  }
  void push_end(size_t end) {
    MILLRACE_ASSERT(end <= kColumnBytesMax, "a column of more than 2 GiB");
    push(offsets, static_cast<int32_t>(end));
  }
  template <typename T>
  void append(T value) {
    push(values, value);
    validity.append_valid();
  }
};

ColumnBuilder::ColumnBuilder(Type type) : state_(std::make_unique<State>(std::move(type))) {
  const Type& of = state_->type;
  if (of.is(TypeKind::kArray)) {
    state_->children.emplace_back(of.element());
  } else if (of.is(TypeKind::kMap)) {
    state_->children.emplace_back(of.key());
    state_->children.emplace_back(of.value());
  } else if (of.is(TypeKind::kStruct)) {
    for (const Field& field : of.fields()) state_->children.emplace_back(field.type);
  }
}

ColumnBuilder::~ColumnBuilder() = default;
ColumnBuilder::ColumnBuilder(ColumnBuilder&&) noexcept = default;
ColumnBuilder& ColumnBuilder::operator=(ColumnBuilder&&) noexcept = default;

const Type& ColumnBuilder::type() const { return state_->type; }
size_t ColumnBuilder::rows() const { return state_->validity.rows(); }

ColumnBuilder& ColumnBuilder::child(size_t index) {
  MILLRACE_ASSERT(index < state_->children.size(), "no such child");
  return state_->children[index];
}

void ColumnBuilder::append_bool(bool value) { state_->append(static_cast<uint8_t>(value ? 1 : 0)); }
void ColumnBuilder::append_int(int32_t value) { state_->append(value); }
void ColumnBuilder::append_bigint(int64_t value) { state_->append(value); }
void ColumnBuilder::append_double(double value) { state_->append(value); }
void ColumnBuilder::append_decimal(Int128 value) { state_->append(value); }
void ColumnBuilder::append_interval(Interval value) { state_->append(value); }

void ColumnBuilder::append_string(std::string_view value) {
  const size_t at = state_->bytes.size();
  state_->bytes.reserve(at + value.size());
  if (!value.empty()) std::memcpy(state_->bytes.bytes() + at, value.data(), value.size());
  state_->bytes.set_size(at + value.size());
  state_->push_end(state_->bytes.size());
  state_->validity.append_valid();
}

void ColumnBuilder::end_nested() {
  if (state_->type.is(TypeKind::kStruct)) {
    for (const ColumnBuilder& child : state_->children) {
      MILLRACE_ASSERT(child.rows() == rows() + 1, "a struct's row needs one value for each field");
    }
  } else {
    state_->push_end(state_->children[0].rows());
  }
  state_->validity.append_valid();
}

void ColumnBuilder::append_null() {
  switch (state_->type.kind()) {
    case TypeKind::kNull: break;
    case TypeKind::kBool: state_->push(state_->values, uint8_t{0}); break;
    case TypeKind::kString:
    case TypeKind::kBinary: state_->push_end(state_->bytes.size()); break;
    case TypeKind::kArray:
    case TypeKind::kMap: state_->push_end(state_->children[0].rows()); break;
    case TypeKind::kStruct:
      for (ColumnBuilder& child : state_->children) child.append_null();
      break;
    case TypeKind::kInt:
    case TypeKind::kDate: state_->push(state_->values, int32_t{0}); break;
    case TypeKind::kBigint:
    case TypeKind::kTimestamp:
    case TypeKind::kDouble: state_->push(state_->values, int64_t{0}); break;
    case TypeKind::kDecimal:
    case TypeKind::kInterval: state_->push(state_->values, Int128{0}); break;
  }
  state_->validity.append(false);
}

void ColumnBuilder::append_from(const Column& column, size_t row) {
  if (column.is_null(row)) return append_null();
  switch (state_->type.kind()) {
    case TypeKind::kNull: return append_null();
    case TypeKind::kBool: return append_bool(column.bool_at(row));
    case TypeKind::kString:
    case TypeKind::kBinary: return append_string(column.string_at(row));
    case TypeKind::kInt:
    case TypeKind::kDate: return state_->append(column.at<int32_t>(row));
    case TypeKind::kBigint:
    case TypeKind::kTimestamp:
    case TypeKind::kDouble: return state_->append(column.at<int64_t>(row));
    case TypeKind::kDecimal:
    case TypeKind::kInterval: return state_->append(column.at<Int128>(row));
    case TypeKind::kArray:
    case TypeKind::kMap: {
      const Column::Range range = column.range_at(row);
      for (size_t c = 0; c < state_->children.size(); ++c) {
        state_->children[c].append_range(column.children[c], range.begin, range.end);
      }
      return end_nested();
    }
    case TypeKind::kStruct: {
      const size_t at = column.constant ? 0 : row;
      for (size_t c = 0; c < state_->children.size(); ++c) state_->children[c].append_from(column.children[c], at);
      return end_nested();
    }
  }
}

void ColumnBuilder::append_range(const Column& column, size_t begin, size_t end) {
  const size_t width = state_->type.width();
  if (width == 0 || column.constant || column.validity != nullptr) {
    for (size_t row = begin; row < end; ++row) append_from(column, row);
    return;
  }
  Buffer& values = state_->values;
  const size_t at = values.size();
  const size_t bytes = (end - begin) * width;
  values.reserve(at + bytes);
  if (bytes > 0) std::memcpy(values.bytes() + at, column.values->bytes() + begin * width, bytes);
  values.set_size(at + bytes);
  state_->validity.append_valid(end - begin);
}

Column ColumnBuilder::finish() {
  State& state = *state_;
  Column column{.type = state.type, .rows = rows()};
  const size_t rows = column.rows;
  column.validity = state.validity.finish();
  if (state.type.is(TypeKind::kBool)) {
    Buffer bits = Buffer::zeroed(rows / 8 + 1);
    for (size_t row = 0; row < rows; ++row) {
      bits.as<uint8_t>()[row / 8] |= static_cast<uint8_t>(state.values.as<uint8_t>()[row] << (row & 7));
    }
    column.values = share(std::move(bits));
  } else if (state.type.width() > 0) {
    state.values.resize(state.values.size());
    column.values = share(std::exchange(state.values, Buffer()));
  } else if (state.type.is_variable()) {
    state.bytes.resize(state.bytes.size());
    column.values = share(std::exchange(state.bytes, Buffer()));
  }
  if (state.type.is_variable() || state.type.is(TypeKind::kArray) || state.type.is(TypeKind::kMap)) {
    Buffer offsets((rows + 1) * sizeof(int32_t));
    offsets.as<int32_t>()[0] = 0;
    if (rows > 0) std::memcpy(offsets.as<int32_t>() + 1, state.offsets.bytes(), rows * sizeof(int32_t));
    column.offsets = share(std::move(offsets));
  }
  for (ColumnBuilder& child : state.children) column.children.push_back(child.finish());
  state.values = Buffer();
  state.bytes = Buffer();
  state.offsets = Buffer();
  return column;
}

Column constant_bool(bool value) {
  BoolBuilder builder(1);
  builder.append(value);
  Column column = builder.finish();
  column.constant = true;
  return column;
}

Column constant_string(std::string_view value) {
  StringBuilder builder(TypeKind::kString, 1, value.size());
  builder.append(value);
  Column column = builder.finish();
  column.constant = true;
  return column;
}

}  // namespace millrace
