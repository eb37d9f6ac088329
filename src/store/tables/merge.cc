#include <algorithm>

#include <rocksdb/compaction_filter.h>
#include <rocksdb/merge_operator.h>

#include "store/tables/rocks.h"
#include "store/tables/row_value.h"

namespace millrace {
namespace {

std::string_view view(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

class RowMergeOperator final : public rocksdb::MergeOperator {
 public:
  const char* Name() const override { return "millrace.rows.1"; }

  bool FullMergeV2(const MergeOperationInput& in, MergeOperationOutput* out) const override {
    if (in.existing_value == nullptr && in.operand_list.size() == 1) {
      out->existing_operand = in.operand_list[0];
      return true;
    }
    std::vector<std::string_view> rows;
    rows.reserve(in.operand_list.size() + 1);
    if (in.existing_value != nullptr) rows.push_back(view(*in.existing_value));
    for (const rocksdb::Slice& operand : in.operand_list) rows.push_back(view(operand));
    return merge(rows, &out->new_value);
  }

  bool PartialMergeMulti(const rocksdb::Slice&, const std::deque<rocksdb::Slice>& operands, std::string* merged,
                         rocksdb::Logger*) const override {
    std::vector<std::string_view> rows;
    rows.reserve(operands.size());
    for (const rocksdb::Slice& operand : operands) rows.push_back(view(operand));
    return merge(rows, merged);
  }

 private:
  static bool merge(const std::vector<std::string_view>& rows, std::string* to) {
    std::optional<std::string> merged = merge_rows(rows);
    if (!merged.has_value()) return false;
    *to = std::move(*merged);
    return true;
  }
};

class RowFilter final : public rocksdb::CompactionFilter {
 public:
  RowFilter(PurgeRules::Rules rules, int64_t now_us, bool full)
      : rules_(std::move(rules)),
        value_purge_{.now_us = now_us,
                     .deletions_before = full ? rules_.deletions_before : kNeverDeleted,
                     .dropped_columns = rules_.dropped_columns},
        operand_purge_{.now_us = now_us, .dropped_columns = rules_.dropped_columns} {}

  const char* Name() const override { return "millrace.rows.1"; }

  // A deletion goes only out of a value that stands for all that is known of its key: one in a compaction of all files,
  // which RocksDB shows here when nothing newer of the key is in them.
  Decision FilterV2(int, const rocksdb::Slice&, ValueType type, const rocksdb::Slice& existing, std::string* value,
                    std::string*) const override {
    if (type == ValueType::kBlobIndex) return Decision::kKeep;
    const bool whole = type == ValueType::kValue;
    std::optional<std::string> left = purged(view(existing), whole ? value_purge_ : operand_purge_);
    if (!left.has_value()) return Decision::kKeep;
    if (left->empty()) return Decision::kRemove;
    *value = std::move(*left);
    return Decision::kChangeValue;
  }

 private:
  PurgeRules::Rules rules_;
  RowPurge value_purge_;
  RowPurge operand_purge_;
};

class RowFilterFactory final : public rocksdb::CompactionFilterFactory {
 public:
  RowFilterFactory(const Clock& clock, std::shared_ptr<const PurgeRules> rules)
      : clock_(clock), rules_(std::move(rules)) {}
  const char* Name() const override { return "millrace.rows.1"; }
  std::unique_ptr<rocksdb::CompactionFilter> CreateCompactionFilter(
      const rocksdb::CompactionFilter::Context& context) override {
    return std::make_unique<RowFilter>(rules_->rules(), clock_.wall_us(), context.is_full_compaction);
  }

 private:
  const Clock& clock_;
  std::shared_ptr<const PurgeRules> rules_;
};

}  // namespace

std::shared_ptr<rocksdb::MergeOperator> row_merge_operator() { return std::make_shared<RowMergeOperator>(); }

std::shared_ptr<rocksdb::CompactionFilterFactory> row_filter_factory(const Clock& clock,
                                                                     std::shared_ptr<const PurgeRules> rules) {
  return std::make_shared<RowFilterFactory>(clock, std::move(rules));
}

}  // namespace millrace
