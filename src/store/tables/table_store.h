#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "store/tables/disk.h"
#include "store/tables/row_batch.h"
#include "store/tables/table_def.h"
#include "store/tables/table_scan.h"

namespace millrace {

inline constexpr size_t kTablesMax = 1'000;
inline constexpr size_t kKeyspacesMax = 1'000;

struct TableStoreOptions {
  std::string directory;         // created when it is not there; its parent must be
  const Clock* clock = nullptr;  // borrowed; wall time decides what has expired
  size_t block_cache_bytes = size_t{24} << 20;
  size_t flush_bytes = size_t{32} << 20;          // written since the last flush: flush
  int64_t flush_interval_us = 10'000'000;         // the oldest write that is not flushed is this old: flush
  size_t unflushed_bytes_max = size_t{64} << 20;  // write() waits beyond this
  int compaction_threads = 2;
  // Flushes that are due by time are started by a thread of the store's own; without it, by calls of tick().
  bool own_thread = true;
  // The disk is used within calls of the store only: flushes are waited for, compaction happens in compact() alone. For
  // a simulation, which must go the same way again.
  bool one_at_a_time = false;
  DiskOptions disk;
  // A flush has covered all writes up to this number. Called from a thread of the store's; must not call the store.
  std::function<void(uint64_t)> on_flushed;
};

enum class RowDurability : uint8_t {
  kReplayed,  // durable once flushed() covers it; the topic the rows come from is the log
  kLogged,    // in the store's own log and synced when write() returns
};

struct TableStats {
  uint64_t rows_estimate = 0;  // merged rows may be counted more than once
  uint64_t bytes = 0;          // on disk
};

// Keyed sets of rows with CQL types, state and outbox beside them, in one directory of which one process at a time has
// one. After a crash everything is as of one moment: the last flush, and what was logged behind it. Thread-safe. A full
// disk makes write() and flush() wait; a failing one ends the process (disk.h). close() or the destructor flushes.
class TableStore {
 public:
  static Result<std::unique_ptr<TableStore>> open(TableStoreOptions options);
  ~TableStore();
  TableStore(const TableStore&) = delete;
  TableStore& operator=(const TableStore&) = delete;

  // Definitions are durable when these return.
  Status create_keyspace(std::string_view name);  // kAlreadyExists
  Status drop_keyspace(std::string_view name);    // with its tables
  std::vector<std::string> keyspaces() const;
  Result<TableRef> create_table(const TableSpec& spec);  // kAlreadyExists; the keyspace must exist
  Result<TableRef> table(std::string_view keyspace, std::string_view name) const;
  std::vector<TableRef> tables() const;  // by keyspace and name
  Result<TableRef> alter_table(std::string_view keyspace, std::string_view name, const TableChange& change);
  // Its rows are gone at once, also for whoever still has the TableRef: writing them is an error.
  Status drop_table(std::string_view keyspace, std::string_view name);

  // Writes all of the batch or nothing, and gives the write's number: 1, 2, ... since open(). Sorts the batch. Waits
  // while memory is full of what is not flushed. The error: a table has been dropped (kNotFound).
  Result<uint64_t> write(RowBatch& batch, RowDurability durability = RowDurability::kReplayed);
  uint64_t written() const;  // the last number given
  uint64_t flushed() const;  // this write and all before it are on the disk
  Status flush();            // afterwards flushed() is at least what written() was
  // Starts a flush that is due by time.
  Status tick();

  Result<std::optional<std::string>> state(std::string_view key) const;
  struct Entry {
    std::string key;
    std::string bytes;
  };
  // Up to `entries_max` in the order of their keys, behind the key `after`, all beginning with `prefix`.
  struct EntryRange {
    std::string prefix;
    std::string after;
    size_t entries_max = 1'000;
  };
  Result<std::vector<Entry>> states(const EntryRange& range) const;
  Result<std::vector<Entry>> outbox(const EntryRange& range) const;

  // The row with this key (all its columns, in CQL's bytes), or a batch without rows. Columns as in ScanRequest.
  Result<Batch> get(const TableRef& table, std::span<const std::string> key,
                    std::span<const std::string> columns = {}) const;
  // The error: columns that are not there, values that are none of their column's type.
  Result<std::unique_ptr<TableScan>> scan(const ScanRequest& request) const;
  Result<ScanPlan> plan(const ScanRequest& request) const;
  Result<uint64_t> count(const ScanRequest& request) const;
  Result<TableStats> stats(const TableRef& table) const;

  // No write with an earlier stamp will come to this table: its deletions before this stamp may be forgotten.
  Status purge_before(const TableRef& table, int64_t stamp);
  // Merges everything into as few files as can be; forgets what may be forgotten. Takes long.
  Status compact(const TableRef& table);
  // Until no compaction runs or is due.
  Status wait_until_settled();

  // Flushes and closes; nothing may be called afterwards. Scans must be gone.
  Status close();

 private:
  class Impl;
  explicit TableStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace
