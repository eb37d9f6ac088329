#include "flow/quarantine_record.h"

#include <algorithm>
#include <utility>

#include "base/base64.h"
#include "data/builder.h"
#include "data/formats/json_index.h"

namespace millrace {
namespace {

enum Slot : int {
  kFlow,
  kRun,
  kSource,
  kLine,
  kOffset,
  kElement,
  kStep,
  kFaults,
  kIngestedAt,
  kKey,
  kFormat,
  kHeader,
  kRecord,
  kRecordBase64,
  kSlots
};

Type faults_type() {
  return Type::array(Type::structure({{"rule", TypeKind::kString}, {"reason", TypeKind::kString}}));
}

// Escapes may make a text six times as long, and a topic's batch has its limit: what is longer is kept as base64.
constexpr size_t kTextBytesMax = size_t{8} << 20;

// Which step takes records apart; those behind it see rows of a record.
size_t first_explode(const std::vector<std::string>& step_names) {
  return static_cast<size_t>(std::find(step_names.begin(), step_names.end(), "explode") - step_names.begin());
}

Column keys_of(const Origin& origin, const std::vector<uint32_t>& records) {
  StringBuilder keys;
  for (const uint32_t record : records) {
    if (origin.key_bytes.empty() || origin.key_bytes[record] < 0) {
      keys.append_null();
    } else {
      keys.append({origin.bytes.as<char>() + origin.end[record], static_cast<size_t>(origin.key_bytes[record])});
    }
  }
  return keys.finish();
}

Column headers_of(const Origin& origin, size_t rows) {
  ColumnBuilder headers(Type::array(TypeKind::kString));
  for (size_t row = 0; row < rows; ++row) {
    if (origin.header == nullptr) {
      headers.append_null();
      continue;
    }
    for (const std::string& name : *origin.header) headers.child(0).append_string(name);
    headers.end_nested();
  }
  return headers.finish();
}

}  // namespace

std::vector<VisibleColumn> quarantine_columns() {
  return {{"flow", TypeKind::kString, kFlow},
          {"run", TypeKind::kString, kRun},
          {"source", TypeKind::kString, kSource},
          {"line", TypeKind::kBigint, kLine},
          {"offset", TypeKind::kBigint, kOffset},
          {"element", TypeKind::kInt, kElement},
          {"step", TypeKind::kString, kStep},
          {"faults", faults_type(), kFaults},
          {"ingested_at", TypeKind::kTimestamp, kIngestedAt},
          {"key", TypeKind::kString, kKey},
          {"format", TypeKind::kString, kFormat},
          {"header", Type::array(TypeKind::kString), kHeader},
          {"record", TypeKind::kString, kRecord},
          {"record_base64", TypeKind::kString, kRecordBase64}};
}

Batch quarantine_batch(std::string_view flow, const std::vector<std::string>& step_names,
                       std::shared_ptr<const Origin> origin_of_all, const std::vector<RecordFault>& faults) {
  const Origin& origin = *origin_of_all;
  StringBuilder step;
  StringBuilder record;
  StringBuilder record_base64;
  FixedBuilder<int64_t> line(TypeKind::kBigint);
  FixedBuilder<int64_t> offset(TypeKind::kBigint);
  FixedBuilder<int32_t> element(TypeKind::kInt);
  ColumnBuilder list(faults_type());
  Batch batch;
  size_t rows = 0;
  const auto exploded = static_cast<int>(first_explode(step_names));
  for (size_t i = 0; i < faults.size(); ++rows) {
    const RecordFault& first = faults[i];
    for (; i < faults.size() && faults[i].record == first.record && faults[i].element == first.element; ++i) {
      list.child(0).child(0).append_string(faults[i].rule);
      list.child(0).child(1).append_string(faults[i].reason);
      list.child(0).end_nested();
    }
    list.end_nested();
    batch.origin_record.push_back(first.record);
    line.append(static_cast<int64_t>(origin.line[first.record]));
    offset.append(static_cast<int64_t>(origin.offset[first.record]));
    if (first.step > exploded) {
      element.append(static_cast<int32_t>(first.element));
    } else {
      element.append_null();
    }
    step.append(first.step < 0 || static_cast<size_t>(first.step) >= step_names.size()
                    ? std::string_view(first.step < 0 ? "read" : "to")
                    : std::string_view(step_names[static_cast<size_t>(first.step)]));
    const std::string_view bytes = origin.record_bytes(first.record);
    if (origin.format != "avro" && bytes.size() <= kTextBytesMax && is_utf8(bytes)) {
      record.append(bytes);
      record_base64.append_null();
    } else {
      record.append_null();
      record_base64.append(encode_base64(bytes));
    }
  }
  batch.rows = rows;
  batch.columns.resize(kSlots);
  batch.columns[kFlow] = repeat(constant_string(flow), rows);
  batch.columns[kRun] = repeat(constant_string(origin.run_id), rows);
  batch.columns[kSource] = repeat(constant_string(origin.source), rows);
  batch.columns[kLine] = line.finish();
  batch.columns[kOffset] = offset.finish();
  batch.columns[kElement] = element.finish();
  batch.columns[kStep] = step.finish();
  batch.columns[kFaults] = list.finish();
  batch.columns[kIngestedAt] = repeat(constant_fixed<int64_t>(TypeKind::kTimestamp, origin.ingested_at_us), rows);
  batch.columns[kKey] = keys_of(origin, batch.origin_record);
  batch.columns[kHeader] = headers_of(origin, rows);
  batch.columns[kFormat] = repeat(constant_string(origin.format), rows);
  batch.columns[kRecord] = record.finish();
  batch.columns[kRecordBase64] = record_base64.finish();
  batch.origin = std::move(origin_of_all);
  return batch;
}

void leave_quarantine(Ledger& ledger, uint64_t records) {
  const uint64_t known = std::min(records, ledger.quarantined);
  ledger.quarantined -= known;
  ledger.read += records - known;
}

}  // namespace millrace
