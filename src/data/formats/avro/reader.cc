#include "data/formats/avro/reader.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "data/formats/avro/bytes.h"

namespace millrace {
namespace {

using Op = AvroTake::Op;

int64_t long_at(const char* at) {
  int64_t value = 0;
  get_avro_long(at, value);
  return value;
}

// A value of what is_simple(), as a row of its column; false, and nothing appended, when it does not fit.
bool append_value(const AvroTake&, AvroTaker&, const char* at, BoolBuilder& to) {
  to.append(*at != 0);
  return true;
}
bool append_value(const AvroTake&, AvroTaker&, const char* at, FixedBuilder<int32_t>& to) {
  to.append(static_cast<int32_t>(long_at(at)));
  return true;
}
bool append_value(const AvroTake& take, AvroTaker& taker, const char* at, FixedBuilder<int64_t>& to) {
  int64_t value = 0;
  if (take.op == Op::kLong) {
    value = long_at(at);
  } else if (!taker.timestamp(take, at, value)) {
    return false;
  }
  to.append(value);
  return true;
}
bool append_value(const AvroTake& take, AvroTaker&, const char* at, FixedBuilder<double>& to) {
  to.append(AvroTaker::number(take, at));
  return true;
}
bool append_value(const AvroTake& take, AvroTaker& taker, const char* at, FixedBuilder<Int128>& to) {
  Int128 value = 0;
  if (!taker.decimal(take, at, value)) return false;
  to.append(value);
  return true;
}
bool append_value(const AvroTake& take, AvroTaker& taker, const char* at, StringBuilder& to) {
  if (take.op == Op::kText) [[likely]] {
    int64_t bytes = 0;
    at = get_avro_long(at, bytes);
    to.append_padded({at, static_cast<size_t>(bytes)});
    return true;
  }
  std::string_view value;
  if (!taker.text(take, at, value)) return false;
  to.append(value);
  return true;
}

void append_row(const Column& from, size_t row, BoolBuilder& to) { to.append(from.bool_at(row)); }
void append_row(const Column& from, size_t row, StringBuilder& to) { to.append(from.string_at(row)); }
template <typename T>
void append_row(const Column& from, size_t row, FixedBuilder<T>& to) {
  to.append(from.at<T>(row));
}

// Whether append_value() takes it.
bool is_simple(Op op) {
  switch (op) {
    case Op::kBool:
    case Op::kInt:
    case Op::kLong:
    case Op::kTimestamp:
    case Op::kDouble:
    case Op::kDecimal:
    case Op::kText:
    case Op::kBinary:
    case Op::kUtf8:
    case Op::kUuid:
    case Op::kSymbol: return true;
    default: return false;
  }
}

}  // namespace

AvroReader::AvroReader(std::vector<ReadColumn> columns) : columns_(std::move(columns)) {}

AvroReader::Builder AvroReader::builder_of(const Type& type, size_t rows, size_t bytes) {
  switch (type.kind()) {
    case TypeKind::kInt:
    case TypeKind::kDate: return FixedBuilder<int32_t>(type, rows);
    case TypeKind::kBigint:
    case TypeKind::kTimestamp: return FixedBuilder<int64_t>(type, rows);
    case TypeKind::kDouble: return FixedBuilder<double>(type, rows);
    case TypeKind::kDecimal: return FixedBuilder<Int128>(type, rows);
    case TypeKind::kBool: return BoolBuilder(rows);
    case TypeKind::kString:
    case TypeKind::kBinary: return StringBuilder(type, rows, bytes);
    default: return ColumnBuilder(type);
  }
}

void AvroReader::begin(size_t rows, size_t bytes) {
  builders_.clear();
  for (const ReadColumn& column : columns_) {
    builders_.push_back(builder_of(column.type, rows, bytes / (columns_.size() + 1)));
  }
  faults_.clear();
  decoder_ = nullptr;
  rows_ = 0;
}

void AvroReader::add(AvroDecoder& decoder, std::string_view record) {
  if (decoder_ != &decoder) {
    flush();
    if (decoder_ == nullptr) decoder.taker().begin_records();
    decoder_ = &decoder;
  }
  AvroWalk& walk = decoder.walk();
  const size_t at = places_.size();
  places_.resize(at + walk.fields());
  const char* const problem = walk.record(record, places_.data() + at);
  if (problem == nullptr) [[likely]] {
    ends_.push_back(record.data() + record.size());
    return;
  }
  const auto& fields = decoder.writer().root().fields;
  const std::string where =
      walk.wrong_field() < fields.size() ? fmt::format("field {}: ", fields[walk.wrong_field()].name) : "";
  faults_.push_back({.row = static_cast<uint32_t>(rows_ + ends_.size()),
                     .rule = "read",
                     .reason = fmt::format("not Avro: {}{}", where, problem)});
  ends_.push_back(nullptr);
}

void AvroReader::add_broken(std::string reason) {
  faults_.push_back({.row = static_cast<uint32_t>(rows_ + ends_.size()), .rule = "read", .reason = std::move(reason)});
  if (decoder_ != nullptr) places_.resize(places_.size() + decoder_->walk().fields());
  ends_.push_back(nullptr);
}

void AvroReader::flush() {
  for (size_t c = 0; c < columns_.size(); ++c) take_column(c);
  rows_ += ends_.size();
  places_.clear();
  ends_.clear();
}

// f(row, place): nullptr where it is null.
template <typename F>
void AvroReader::for_each_place(size_t column, F&& f) {
  const auto& field = decoder_->leaves()[column].field;
  const size_t fields = decoder_->walk().fields();
  for (size_t row = 0; row < ends_.size(); ++row) {
    f(row, ends_[row] == nullptr || !field ? nullptr : places_[row * fields + *field]);
  }
}

// append(place): false when the value does not fit.
template <typename B, typename F>
void AvroReader::take_values(size_t column, B& to, F&& append) {
  for_each_place(column, [&](size_t row, const char* at) {
    if (at == nullptr) {
      to.append_null();
    } else if (!append(at)) [[unlikely]] {
      to.append_null();
      misfit(column, row);
    }
  });
}

// Whatever it is.
void AvroReader::take_any(size_t column, ColumnBuilder& to) {
  if (decoder_ == nullptr) {
    for (size_t row = 0; row < ends_.size(); ++row) to.append_null();
    return;
  }
  const AvroDecoder::Leaf& leaf = decoder_->leaves()[column];
  AvroTaker& taker = decoder_->taker();
  for_each_place(column, [&](size_t row, const char* at) {
    if (at != nullptr) {
      taker.take(leaf.take, at, ends_[row], to);
    } else if (leaf.otherwise && ends_[row] != nullptr && taker.make(leaf.otherwise_bytes)) {
      to.append_from(*leaf.otherwise, 0);
    } else {
      to.append_null();
    }
    misfit(column, row);
  });
}

void AvroReader::take_column(size_t column) {
  std::visit(
      [&]<typename B>(B& to) {
        if constexpr (std::is_same_v<B, ColumnBuilder>) {
          take_any(column, to);
        } else if (decoder_ != nullptr && decoder_->leaves()[column].field &&
                   is_simple(decoder_->leaves()[column].take.op)) {
          const AvroTake& take = decoder_->leaves()[column].take;
          AvroTaker& taker = decoder_->taker();
          take_values(column, to, [&](const char* at) { return append_value(take, taker, at, to); });
        } else {
          ColumnBuilder any(columns_[column].type);
          take_any(column, any);
          const Column values = any.finish();
          for (size_t row = 0; row < values.rows; ++row) {
            if (values.is_null(row)) {
              to.append_null();
            } else {
              append_row(values, row, to);
            }
          }
        }
      },
      builders_[column]);
}

void AvroReader::misfit(size_t column, size_t row) {
  std::string& why = decoder_->taker().misfit();
  if (why.empty()) return;
  faults_.push_back({.row = static_cast<uint32_t>(rows_ + row),
                     .rule = "read",
                     .reason = fmt::format("{}: {}", columns_[column].path[0], std::exchange(why, {}))});
}

ReadOutcome AvroReader::finish() {
  flush();
  ReadOutcome outcome;
  for (Builder& builder : builders_) {
    outcome.columns.push_back(std::visit([](auto& to) { return to.finish(); }, builder));
  }
  std::stable_sort(faults_.begin(), faults_.end(), [](const Fault& a, const Fault& b) { return a.row < b.row; });
  outcome.faults = std::exchange(faults_, {});
  return outcome;
}

}  // namespace millrace
