#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "store/tables/flush_tracker.h"
#include "store/tables/rocks.h"
#include "store/tables/table_store.h"

namespace rocksdb {
class Cache;
class Env;
class WriteBatch;
}  // namespace rocksdb

namespace millrace {

// What is behind TableStore: one column family per table ("t7"), one each for state and outbox, and "default" for
// definitions. Sources: table_store.cc (opening, writing, flushing), catalog.cc (definitions).
class TableStore::Impl {
 public:
  explicit Impl(TableStoreOptions options);
  ~Impl();

  Status open();
  Status close();

  Status create_keyspace(std::string_view name);
  Status drop_keyspace(std::string_view name);
  Result<TableRef> create_table(const TableSpec& spec);
  Result<TableRef> alter_table(std::string_view keyspace, std::string_view name, const TableChange& change);
  Status drop_table(std::string_view keyspace, std::string_view name);
  std::vector<std::string> keyspaces() const;
  std::vector<TableRef> tables() const;
  Result<TableRef> table(std::string_view keyspace, std::string_view name) const;

  Result<uint64_t> write(RowBatch& batch, RowDurability durability);
  Status flush();
  Status tick();
  const FlushTracker& tracker() const { return tracker_; }

  Result<std::optional<std::string>> state(std::string_view key) const;
  Result<std::vector<Entry>> entries(bool outbox, const EntryRange& range) const;
  Result<ScanSource> source(const TableRef& table) const;
  Result<TableStats> stats(const TableRef& table) const;
  Status purge_before(const TableRef& table, int64_t stamp);
  Status compact(const TableRef& table);
  Status wait_until_settled();

 private:
  using Handle = std::shared_ptr<rocksdb::ColumnFamilyHandle>;
  struct OpenTable {
    TableRef def;
    Handle rows;
    std::shared_ptr<PurgeRules> rules;
    int64_t purge_wanted = kNeverDeleted;  // asked for, when this write was the last
    uint64_t purge_after_write = 0;
    int64_t purge_flushed = kNeverDeleted;  // nothing older is in memory any more, but a compaction may have missed it
  };
  struct FoundFamily {
    Handle handle;
    std::shared_ptr<PurgeRules> rules;
  };
  using FoundFamilies = std::map<std::string, FoundFamily>;

  // catalog.cc
  Status check_format();
  Status load_definitions(FoundFamilies& found);
  Status drop_orphans(const FoundFamilies& orphans);
  Status save(rocksdb::WriteBatch& definitions);
  Result<uint32_t> find(std::string_view keyspace, std::string_view name) const;  // with catalog_mutex_ held
  Status check_keyspace(std::string_view name) const;                             // likewise
  Status drop_found(uint32_t id);                                                 // likewise, alone

  // table_store.cc
  Status make_directory();
  Result<FoundFamilies> open_database();
  Status add_rows(RowBatch& batch, rocksdb::WriteBatch& to) const;  // with catalog_mutex_ held
  std::vector<rocksdb::ColumnFamilyHandle*> handles() const;        // likewise
  Status begin_flush(bool wait);                                    // likewise
  void wait_until_tidy() const;
  bool busy() const;
  void activate_purges();
  void run_thread();
  void stop_thread();
  Handle own(rocksdb::ColumnFamilyHandle* handle);

  const TableStoreOptions options_;
  FlushTracker tracker_;
  std::unique_ptr<rocksdb::Env> env_;
  std::shared_ptr<rocksdb::Cache> cache_;
  std::unique_ptr<rocksdb::DB> db_;
  bool fresh_ = false;  // the directory held no database
  Handle meta_, state_, outbox_;

  mutable std::shared_mutex catalog_mutex_;
  // Guarded by catalog_mutex_.
  std::map<uint32_t, OpenTable> tables_;
  std::vector<std::string> keyspaces_;  // sorted
  uint32_t next_table_ = 1;

  std::mutex thread_mutex_;
  std::condition_variable thread_wakes_;
  bool stopping_ = false;  // guarded by thread_mutex_
  std::thread thread_;
};

}  // namespace millrace
