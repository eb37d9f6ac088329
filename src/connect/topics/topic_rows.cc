#include "connect/topics/topic_rows.h"

#include <array>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace millrace {

std::vector<Fault> TopicRows::refuse(const Batch& batch, const Rows& rows) const {
  std::vector<Fault> faults;
  // The key is one of the columns.
  const bool any_too_long = 2 * values_->value_bytes_at_most(batch) > options_.record_bytes_max;
  if (!values_->may_refuse() && !any_too_long) return faults;
  rows.for_each([&](size_t row) {
    std::optional<Fault> fault = values_->refuse(batch, row);
    if (!fault && any_too_long) fault = too_long(batch, row);
    if (fault) faults.push_back(std::move(*fault));
  });
  return faults;
}

std::optional<Fault> TopicRows::too_long(const Batch& batch, size_t row) const {
  const std::array<uint32_t, 1> one = {static_cast<uint32_t>(row)};
  const Rows alone = Rows::some(batch.rows, one);
  const size_t bytes = values(batch, alone).rows[0].size() + keys(batch, alone).rows[0].value_or("").size();
  if (bytes <= options_.record_bytes_max) return std::nullopt;
  return Fault{
      .row = one[0],
      .rule = "topic " + options_.format.topic,
      .reason = fmt::format("the record has {} bytes, and a topic takes {} at most", bytes, options_.record_bytes_max)};
}

TopicKeys TopicRows::keys(const Batch& batch, const Rows& rows) const {
  TopicKeys keys;
  keys.rows.reserve(rows.count());
  if (!options_.key) {
    keys.rows.resize(rows.count());
    return keys;
  }
  const Column& column = batch.columns[static_cast<size_t>(options_.key->slot)];
  rows.for_each([&](size_t row) {
    if (column.is_null(row)) {
      keys.rows.emplace_back();
    } else if (column.type.is(TypeKind::kString)) {
      keys.rows.emplace_back(column.string_at(row));
    } else {
      keys.rows.emplace_back(keys.made.emplace_back(format_value(column, row)));
    }
  });
  return keys;
}

int32_t TopicRows::partition_of(const Partitioner& partitioner, const std::optional<std::string_view>& key,
                                const Batch& batch, size_t row) {
  if (key) return partitioner.partition_of(*key);
  const size_t record = batch.record_of(row);
  const uint64_t place = batch.origin->offset.empty() ? record : batch.origin->offset[record];
  char bytes[sizeof place];
  std::memcpy(bytes, &place, sizeof place);
  return partitioner.partition_of(std::string_view(bytes, sizeof place));
}

}  // namespace millrace
