#include "host/verify/compare.h"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/siphash.h"

namespace millrace {
namespace {

// The texts are ours on both sides, and nobody chooses them to collide.
constexpr Hash128 kHashKey{0x6d696c6c72616365, 0x766572696679};

struct HashOfHash {
  size_t operator()(const Hash128& hash) const { return hash.low; }
};

Hash128 hash_of(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += fmt::format("{}:{}", text.size(), text);
  return siphash_128(all, kHashKey);
}

class TablesCompared {
 public:
  TablesCompared(const Both<const Contents*>& sides, const Both<std::string>& tables,
                 const Both<const TableDeclaration*>& declared, const CompareOptions& options)
      : sides_(sides), tables_(tables), declared_(declared), options_(options), key_(key_of(declared[0]->spec)) {
    for (const ColumnSpec& column : declared[0]->spec.columns) {
      const bool in_key = std::find(key_.begin(), key_.end(), column.name) != key_.end();
      if (!in_key && !options.except.contains(column.name)) columns_.push_back(column.name);
    }
  }

  Result<TableDifferences> run() {
    TRY_STATUS(read(0, [this](const RowTexts& row) { remember(row); }));
    TRY_STATUS(read(1, [this](RowTexts row) { meet(std::move(row)); }));
    found_.only[0] = rows_.size();
    for (const auto& [key, row] : rows_) {
      if (alone_.size() >= options_.examples) break;
      alone_.insert(key);
    }
    if (!alone_.empty() || !changed_.empty()) TRY_STATUS(read(0, [this](const RowTexts& row) { show(row); }));
    return std::move(found_);
  }

 private:
  using Hashes = std::unordered_map<Hash128, Hash128, HashOfHash>;

  Status read(size_t side, const std::function<void(RowTexts)>& take) {
    return read_rows(*sides_[side], tables_[side], *declared_[side], columns_, [&](RowTexts row) -> Status {
      take(std::move(row));
      return {};
    });
  }

  void remember(const RowTexts& row) {
    ++found_.rows[0];
    rows_[hash_of(row.key)] = hash_of(row.values);
  }

  void meet(RowTexts row) {
    ++found_.rows[1];
    const Hash128 key = hash_of(row.key);
    const auto there = rows_.find(key);
    if (there == rows_.end()) {
      if (found_.only[1]++ < options_.examples) found_.examples.push_back({.key = key_text(row), .only = 1});
      return;
    }
    const bool same = there->second == hash_of(row.values);
    rows_.erase(there);
    if (same) return;
    if (found_.different++ < options_.examples) changed_[key] = std::move(row.values);
  }

  void show(const RowTexts& row) {
    const Hash128 key = hash_of(row.key);
    if (alone_.contains(key)) found_.examples.push_back({.key = key_text(row), .only = 0});
    const auto changed = changed_.find(key);
    if (changed == changed_.end()) return;
    RowDifference difference{.key = key_text(row)};
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (row.values[i] != changed->second[i]) difference.columns[columns_[i]] = {row.values[i], changed->second[i]};
    }
    found_.examples.push_back(std::move(difference));
  }

  std::string key_text(const RowTexts& row) const {
    std::vector<std::string> parts;
    for (size_t i = 0; i < key_.size(); ++i) parts.push_back(fmt::format("{}={}", key_[i], row.key[i]));
    return fmt::format("{}", fmt::join(parts, ", "));
  }

  const Both<const Contents*>& sides_;
  const Both<std::string>& tables_;
  const Both<const TableDeclaration*> declared_;
  const CompareOptions& options_;
  const std::vector<std::string> key_;
  std::vector<std::string> columns_;

  Hashes rows_;  // of the first side, without those that the other has too
  std::unordered_map<Hash128, std::vector<std::string>, HashOfHash> changed_;  // the other's values
  std::unordered_set<Hash128, HashOfHash> alone_;
  TableDifferences found_;
};

}  // namespace

Result<TableDifferences> compare_tables(const Both<const Contents*>& sides, const Both<std::string>& tables,
                                        const TableDeclaration& declared, const TableDeclaration& other,
                                        const CompareOptions& options) {
  return TablesCompared(sides, tables, {&declared, &other}, options).run();
}

Result<QuarantineDifferences> compare_quarantines(const Both<const Contents*>& sides, const Both<const FlowPlan*>& flow,
                                                  const CompareOptions& options) {
  QuarantineDifferences found;
  struct Count {
    int64_t more = 0;  // on the first side than on the other
    std::string faults;
  };
  std::unordered_map<Hash128, Count, HashOfHash> counts;
  for (size_t side = 0; side < sides.size(); ++side) {
    TRY_STATUS(read_quarantine(*sides[side], *flow[side], [&](QuarantinedTexts record) -> Status {
      ++found.records[side];
      const auto at = counts.try_emplace(hash_of({record.bytes, record.faults})).first;
      at->second.more += side == 0 ? 1 : -1;
      if (at->second.more == 0) {
        counts.erase(at);
      } else {
        at->second.faults = std::move(record.faults);
      }
      return {};
    }));
  }
  for (auto& [hash, count] : counts) {
    const int side = count.more > 0 ? 0 : 1;
    found.only[static_cast<size_t>(side)] += static_cast<uint64_t>(std::abs(count.more));
    if (found.examples.size() < options.examples) found.examples.emplace_back(side, std::move(count.faults));
  }
  return found;
}

}  // namespace millrace
