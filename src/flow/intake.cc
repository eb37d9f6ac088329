#include "flow/intake.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/assert.h"
#include "data/builder.h"

namespace millrace {
namespace {

// What the framing knew of broken records comes before what the reader says of them. Both ascend by row.
std::vector<Fault> merge_faults(const std::vector<Origin::Damage>& damaged, std::vector<Fault> read) {
  if (damaged.empty()) return read;
  std::vector<Fault> faults;
  size_t at = 0;
  for (const Origin::Damage& damage : damaged) {
    while (at < read.size() && read[at].row < damage.record) faults.push_back(std::move(read[at++]));
    while (at < read.size() && read[at].row == damage.record) ++at;
    faults.push_back({.row = damage.record, .rule = "read", .reason = damage.reason});
  }
  std::move(read.begin() + static_cast<std::ptrdiff_t>(at), read.end(), std::back_inserter(faults));
  return faults;
}

// Nulls for what does not come from a topic.
Column topic_column(MetaField field, const Origin& origin) {
  const size_t rows = origin.records();
  const bool here = !origin.topic.empty();
  if (field == MetaField::kTopic) {
    return here ? repeat(constant_string(origin.topic), rows) : null_column(TypeKind::kString, rows);
  }
  if (field == MetaField::kPartition) {
    return here ? repeat(constant_fixed<int32_t>(TypeKind::kInt, origin.partition), rows)
                : null_column(TypeKind::kInt, rows);
  }
  if (field == MetaField::kTimestamp) {
    if (!here) return null_column(TypeKind::kTimestamp, rows);
    FixedBuilder<int64_t> builder(TypeKind::kTimestamp, rows);
    for (const int64_t us : origin.timestamp_us) builder.append(us);
    return builder.finish();
  }
  StringBuilder keys(TypeKind::kString, rows);
  for (size_t record = 0; record < rows; ++record) {
    if (here && origin.key_bytes[record] >= 0) {
      keys.append({origin.bytes.as<char>() + origin.end[record], static_cast<size_t>(origin.key_bytes[record])});
    } else {
      keys.append_null();
    }
  }
  return keys.finish();
}

Column meta_column(MetaField field, const Origin& origin) {
  const size_t rows = origin.records();
  switch (field) {
    case MetaField::kIngestedAt:
      return repeat(constant_fixed<int64_t>(TypeKind::kTimestamp, origin.ingested_at_us), rows);
    case MetaField::kRunId: return repeat(constant_string(origin.run_id), rows);
    case MetaField::kSource:
    case MetaField::kFile: return repeat(constant_string(origin.source), rows);
    case MetaField::kLine:
    case MetaField::kOffset: {
      FixedBuilder<int64_t> builder(TypeKind::kBigint, rows);
      for (const uint64_t value : field == MetaField::kLine ? origin.line : origin.offset) {
        builder.append(static_cast<int64_t>(value));
      }
      return builder.finish();
    }
    case MetaField::kTopic:
    case MetaField::kPartition:
    case MetaField::kKey:
    case MetaField::kTimestamp: return topic_column(field, origin);
  }
  MILLRACE_UNREACHABLE("meta field");
}

}  // namespace

std::vector<ReadColumn> columns_to_read(const Slots& slots) {
  std::vector<ReadColumn> columns;
  for (const SourceColumn& column : slots.source_columns) columns.push_back({column.path, column.type});
  return columns;
}

Batch take_in(std::shared_ptr<const Origin> origin, ReadOutcome read, const Slots& slots, Passage& passage) {
  Batch batch;
  batch.rows = origin->records();
  batch.columns.resize(slots.schema.fields.size());
  for (size_t i = 0; i < read.columns.size(); ++i) {
    batch.columns[static_cast<size_t>(slots.source_columns[i].slot)] = std::move(read.columns[i]);
  }
  for (const MetaColumn& meta : slots.meta_columns) {
    batch.columns[static_cast<size_t>(meta.slot)] = meta_column(meta.field, *origin);
  }
  if (read.stopped) passage.stop(*std::move(read.stopped));
  passage.ledger.read += batch.rows;
  std::vector<Fault> faults = merge_faults(origin->damaged, std::move(read.faults));
  batch.origin = std::move(origin);
  passage.quarantine(batch, -1, std::move(faults));
  return batch;
}

}  // namespace millrace
