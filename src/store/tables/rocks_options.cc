#include "store/tables/rocks_options.h"

#include <algorithm>

#include <fmt/format.h>
#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/listener.h>
#include <rocksdb/options.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>
#include <rocksdb/universal_compaction.h>

#include "store/tables/flush_tracker.h"

namespace millrace {
namespace {

constexpr size_t kArenaBlockBytes = size_t{128} << 10;  // so that a thousand tables with a row each need little
constexpr size_t kRowBlockBytes = size_t{16} << 10;
constexpr double kBloomBitsPerKey = 10;
constexpr int kOpenFilesMax = 512;
constexpr size_t kSyncStepBytes = size_t{1} << 20;  // handed to the disk as it is written, so that syncs stay short
constexpr size_t kReadAheadBytes = size_t{512} << 10;
constexpr int kRunsBeforeCompaction = 4;
constexpr int kRunsBeforeSlowing = 20;
constexpr int kRunsBeforeStopping = 36;
constexpr int kLevels = 7;

// RocksDB's own log: what matters comes as a status or to the listener.
class NoLog final : public rocksdb::Logger {
 public:
  NoLog() : rocksdb::Logger(rocksdb::FATAL_LEVEL) {}
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

class StoreListener final : public rocksdb::EventListener {
 public:
  StoreListener(FlushTracker& tracker, DiskOptions disk) : tracker_(tracker), disk_(std::move(disk)) {}

  // With atomic_flush all column families are sealed at one sequence and become durable together, before the first of
  // these calls.
  void OnFlushCompleted(rocksdb::DB*, const rocksdb::FlushJobInfo& info) override {
    tracker_.flushed_to(info.largest_seqno);
  }
  void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* status) override {
    fail_disk(disk_, rocks_error(*status, "keep", "the tables"));
  }

 private:
  FlushTracker& tracker_;
  const DiskOptions disk_;
};

// Batches come sorted: the place of a key in memory is looked for from that of the key before it, whatever that is. Not
// so for ranges that are removed, which RocksDB has in another list.
class OneHint final : public rocksdb::SliceTransform {
 public:
  const char* Name() const override { return "millrace.one_hint"; }
  rocksdb::Slice Transform(const rocksdb::Slice& key) const override { return {key.data(), 0}; }
  bool InDomain(const rocksdb::Slice& key) const override { return !key.ToStringView().ends_with(kRangeMark); }
};

int buffers_max(const TableStoreOptions& options) {
  return std::max(2, static_cast<int>(options.unflushed_bytes_max / std::max<size_t>(options.flush_bytes, 1)));
}

}  // namespace

rocksdb::DBOptions database_options(const TableStoreOptions& options, rocksdb::Env* env,
                                    std::shared_ptr<rocksdb::EventListener> listener) {
  rocksdb::DBOptions db;
  db.env = env;
  db.create_if_missing = true;
  db.create_missing_column_families = true;
  db.atomic_flush = true;
  db.info_log = std::make_shared<NoLog>();
  db.listeners = {std::move(listener)};
  db.max_background_flushes = 1;
  db.max_background_compactions = options.compaction_threads;
  db.max_subcompactions = options.one_at_a_time ? 1 : static_cast<uint32_t>(options.compaction_threads);
  db.max_open_files = kOpenFilesMax;
  db.bytes_per_sync = kSyncStepBytes;
  db.wal_bytes_per_sync = kSyncStepBytes;
  db.compaction_readahead_size = kReadAheadBytes;
  db.max_total_wal_size = options.flush_bytes * 2;
  db.stats_dump_period_sec = 0;
  db.stats_persist_period_sec = 0;
  return db;
}

rocksdb::ColumnFamilyOptions plain_options(const TableStoreOptions& options,
                                           const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::ColumnFamilyOptions family;
  // The store flushes by itself (FlushTracker); RocksDB's own limit only backs that up.
  family.write_buffer_size = options.flush_bytes * 2;
  family.max_write_buffer_number = buffers_max(options);
  family.arena_block_size = kArenaBlockBytes;
  family.memtable_insert_with_hint_prefix_extractor = std::make_shared<OneHint>();
  family.compaction_style = rocksdb::kCompactionStyleUniversal;
  family.disable_auto_compactions = options.one_at_a_time;
  family.num_levels = kLevels;
  family.level0_file_num_compaction_trigger = kRunsBeforeCompaction;
  family.level0_slowdown_writes_trigger = kRunsBeforeSlowing;
  family.level0_stop_writes_trigger = kRunsBeforeStopping;
  family.compression = rocksdb::kNoCompression;
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.block_size = kRowBlockBytes;
  table.cache_index_and_filter_blocks = true;
  table.pin_top_level_index_and_filter = true;
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.partition_filters = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kBloomBitsPerKey));
  table.format_version = 5;
  family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return family;
}

rocksdb::ColumnFamilyOptions row_options(const TableStoreOptions& options, const std::shared_ptr<rocksdb::Cache>& cache,
                                         std::shared_ptr<const PurgeRules> rules) {
  rocksdb::ColumnFamilyOptions family = plain_options(options, cache);
  family.merge_operator = row_merge_operator();
  family.compaction_filter_factory = row_filter_factory(*options.clock, std::move(rules));
  return family;
}

std::shared_ptr<rocksdb::EventListener> store_listener(FlushTracker& tracker, DiskOptions disk) {
  return std::make_shared<StoreListener>(tracker, std::move(disk));
}

}  // namespace millrace
