#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/tables/disk.h"
#include "store/tables/row_value.h"
#include "store/tables/table_scan.h"

// What the sources of this folder give RocksDB to work with, and each other; nobody else includes this.
namespace rocksdb {
class ColumnFamilyHandle;
class CompactionFilterFactory;
class DB;
class FileSystem;
class MergeOperator;
class Status;
}  // namespace rocksdb

namespace millrace {

// What went wrong in RocksDB, as an error of ours.
Error rocks_error(const rocksdb::Status& status, std::string_view action, std::string_view subject);

// Ends the process as DiskOptions says.
[[noreturn]] void fail_disk(const DiskOptions& options, const Error& error);

// RocksDB's files on the real disk, with writes that wait for room and failures that end the process.
std::shared_ptr<rocksdb::FileSystem> waiting_file_system(const DiskOptions& options);

// merge_rows() as RocksDB wants it.
std::shared_ptr<rocksdb::MergeOperator> row_merge_operator();

// What compaction may take out of a table's rows. Thread-safe.
class PurgeRules {
 public:
  struct Rules {
    int64_t deletions_before = kNeverDeleted;
    std::vector<uint32_t> dropped_columns;
  };
  Rules rules() const {
    const std::lock_guard lock(mutex_);
    return rules_;
  }
  void set_dropped_columns(std::vector<uint32_t> columns) {
    const std::lock_guard lock(mutex_);
    rules_.dropped_columns = std::move(columns);
  }
  void raise_deletions_before(int64_t stamp) {
    const std::lock_guard lock(mutex_);
    rules_.deletions_before = std::max(rules_.deletions_before, stamp);
  }

 private:
  mutable std::mutex mutex_;
  Rules rules_;  // guarded by mutex_
};
std::shared_ptr<rocksdb::CompactionFilterFactory> row_filter_factory(const Clock& clock,
                                                                     std::shared_ptr<const PurgeRules> rules);

// What a scan reads from; the handle stays open as long as the scan.
struct ScanSource {
  rocksdb::DB* db = nullptr;
  std::shared_ptr<rocksdb::ColumnFamilyHandle> rows;
  int64_t now_us = 0;
};
Result<std::unique_ptr<TableScan>> open_scan(const ScanSource& source, const ScanRequest& request);
Result<ScanPlan> plan_scan(const ScanRequest& request);
Result<Batch> read_row(const ScanSource& source, const TableRef& table, std::string_view key,
                       std::span<const std::string> columns);

}  // namespace millrace
