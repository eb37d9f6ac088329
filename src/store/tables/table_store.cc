#include "store/tables/table_store.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>

#include "base/files.h"
#include "store/tables/key.h"
#include "store/tables/manifest.h"
#include "store/tables/rocks_options.h"
#include "store/tables/store_impl.h"

namespace millrace {
namespace {

constexpr std::string_view kStateFamily = "state";
constexpr std::string_view kOutboxFamily = "outbox";
// What an entry costs in memory beside its bytes, about.
constexpr size_t kEntryBytes = 48;
// How often the store's own thread looks whether something is due.
constexpr auto kSettleInterval = std::chrono::milliseconds(5);
constexpr int kQuietLooks = 5;
constexpr auto kTickInterval = std::chrono::milliseconds(200);

rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

bool is_plain(const std::string& family) {
  return family == rocksdb::kDefaultColumnFamilyName || family == kStateFamily || family == kOutboxFamily;
}

}  // namespace

TableStore::Impl::Impl(TableStoreOptions options)
    : options_(std::move(options)),
      tracker_(options_.on_flushed),
      env_(rocksdb::NewCompositeEnv(waiting_file_system(options_.disk))),
      cache_(rocksdb::NewLRUCache(options_.block_cache_bytes)) {}

TableStore::Impl::~Impl() = default;

TableStore::Impl::Handle TableStore::Impl::own(rocksdb::ColumnFamilyHandle* handle) {
  return {handle, [db = db_.get()](rocksdb::ColumnFamilyHandle* gone) { db->DestroyColumnFamilyHandle(gone); }};
}

Status TableStore::Impl::open() {
  MILLRACE_ASSERT(options_.clock != nullptr, "a TableStore needs a clock");
  env_->SetBackgroundThreads(1, rocksdb::Env::HIGH);
  env_->SetBackgroundThreads(options_.compaction_threads, rocksdb::Env::LOW);
  TRY_STATUS(make_directory());
  TRY_STATUS(mend_manifest(*env_, options_.directory));
  TRY(found, open_database());
  TRY_STATUS(check_format());
  TRY_STATUS(load_definitions(found));
  TRY_STATUS(drop_orphans(found));
  if (options_.own_thread && !options_.one_at_a_time) thread_ = std::thread([this] { run_thread(); });
  return {};
}

// RocksDB makes it as well, but leaves its name to chance.
Status TableStore::Impl::make_directory() {
  const std::string above = directory_of(options_.directory);
  rocksdb::Status done = env_->CreateDirIfMissing(options_.directory);
  std::unique_ptr<rocksdb::Directory> directory;
  if (done.ok()) done = env_->NewDirectory(above, &directory);
  if (done.ok()) done = directory->Fsync();
  if (!done.ok()) return rocks_error(done, "make the directory", options_.directory);
  return {};
}

Result<TableStore::Impl::FoundFamilies> TableStore::Impl::open_database() {
  const rocksdb::DBOptions db_options = database_options(options_, env_.get(), store_listener(tracker_, options_.disk));
  // Fails where there is nothing yet; when it fails for another reason, Open() says so.
  std::vector<std::string> names;
  fresh_ = !rocksdb::DB::ListColumnFamilies(db_options, options_.directory, &names).ok();
  if (fresh_) names = {rocksdb::kDefaultColumnFamilyName};
  for (const std::string_view name : {kStateFamily, kOutboxFamily}) {
    if (std::find(names.begin(), names.end(), name) == names.end()) names.emplace_back(name);
  }
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  std::vector<std::shared_ptr<PurgeRules>> rules;
  for (const std::string& name : names) {
    rules.push_back(std::make_shared<PurgeRules>());
    families.emplace_back(
        name, is_plain(name) ? plain_options(options_, cache_) : row_options(options_, cache_, rules.back()));
  }
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* db = nullptr;
  const rocksdb::Status opened = rocksdb::DB::Open(db_options, options_.directory, families, &handles, &db);
  if (!opened.ok()) {
    const bool locked = opened.IsIOError() && opened.ToString().find("LOCK") != std::string::npos;
    if (!locked) return rocks_error(opened, "open the tables in", options_.directory);
    return Error(ErrorCode::kUnavailable,
                 fmt::format("the tables in {} are open in another process; stop that one first", options_.directory));
  }
  db_.reset(db);
  FoundFamilies found;
  for (size_t i = 0; i < names.size(); ++i) {
    Handle handle = own(handles[i]);
    if (names[i] == rocksdb::kDefaultColumnFamilyName) {
      meta_ = std::move(handle);
    } else if (names[i] == kStateFamily) {
      state_ = std::move(handle);
    } else if (names[i] == kOutboxFamily) {
      outbox_ = std::move(handle);
    } else {
      found[names[i]] = {std::move(handle), rules[i]};
    }
  }
  return found;
}

Status TableStore::Impl::close() {
  if (db_ == nullptr) return {};
  stop_thread();
  const Status flushed = flush();
  tables_.clear();
  meta_.reset();
  state_.reset();
  outbox_.reset();
  const rocksdb::Status closed = db_->Close();
  db_.reset();
  TRY_STATUS(flushed);
  if (!closed.ok()) return rocks_error(closed, "close the tables in", options_.directory);
  return {};
}

Status TableStore::Impl::add_rows(RowBatch& batch, rocksdb::WriteBatch& to) const {
  uint32_t table = 0;
  rocksdb::ColumnFamilyHandle* rows = nullptr;
  for (const RowBatch::Row& row : batch.rows_) {
    if (row.table != table) {
      const auto found = tables_.find(row.table);
      if (found == tables_.end()) {
        return Error(ErrorCode::kNotFound, "the table that rows are written to has been dropped");
      }
      table = row.table;
      rows = found->second.rows.get();
    }
    to.Merge(rows, slice(batch.key_of(row)), slice(batch.value_of(row)));
  }
  return {};
}

Result<uint64_t> TableStore::Impl::write(RowBatch& batch, RowDurability durability) {
  batch.sort();
  const size_t entries = batch.rows_.size() + batch.values_.size();
  rocksdb::WriteBatch all(batch.bytes() + entries * 16);
  const std::shared_lock lock(catalog_mutex_);
  TRY_STATUS(add_rows(batch, all));
  for (const RowBatch::Value& value : batch.values_) {
    rocksdb::ColumnFamilyHandle* to = value.outbox ? outbox_.get() : state_.get();
    const std::string_view arena(batch.arena_);
    const rocksdb::Slice key = slice(arena.substr(value.key_at, value.key_bytes));
    const rocksdb::Slice bytes = slice(arena.substr(value.key_at + value.key_bytes, value.value_bytes));
    switch (value.change) {
      case RowBatch::Change::kPut: all.Put(to, key, bytes); break;
      case RowBatch::Change::kRemove: all.Delete(to, key); break;
      case RowBatch::Change::kRemoveRange: all.DeleteRange(to, key, bytes); break;
    }
  }
  rocksdb::WriteOptions options;
  options.disableWAL = durability == RowDurability::kReplayed;
  options.sync = durability == RowDurability::kLogged;
  const rocksdb::Status written = db_->Write(options, &all);
  if (!written.ok()) return rocks_error(written, "write to the tables in", options_.directory);
  const int64_t now_us = options_.clock->monotonic_us();
  const uint64_t number =
      tracker_.add(db_->GetLatestSequenceNumber(), all.GetDataSize() + entries * kEntryBytes, now_us);
  if (tracker_.due(options_.flush_bytes, options_.flush_interval_us, now_us)) TRY_STATUS(begin_flush(false));
  return number;
}

std::vector<rocksdb::ColumnFamilyHandle*> TableStore::Impl::handles() const {
  std::vector<rocksdb::ColumnFamilyHandle*> all = {meta_.get(), state_.get(), outbox_.get()};
  for (const auto& [id, table] : tables_) all.push_back(table.rows.get());
  return all;
}

Status TableStore::Impl::begin_flush(bool wait) {
  const uint64_t sequence = db_->GetLatestSequenceNumber();
  tracker_.flush_begins(options_.clock->monotonic_us());
  rocksdb::FlushOptions options;
  options.wait = wait || options_.one_at_a_time;
  options.allow_write_stall = true;
  const rocksdb::Status flushed = db_->Flush(options, handles());
  if (!flushed.ok()) return rocks_error(flushed, "flush the tables in", options_.directory);
  if (options.wait) tracker_.flushed_to(sequence);
  wait_until_tidy();
  return {};
}

// RocksDB takes files away behind a flush or a compaction that it has said to be done.
void TableStore::Impl::wait_until_tidy() const {
  if (!options_.one_at_a_time) return;
  while (busy()) std::this_thread::yield();
}

bool TableStore::Impl::busy() const {
  using Properties = rocksdb::DB::Properties;
  for (const std::string& property : {Properties::kNumRunningCompactions, Properties::kNumRunningFlushes}) {
    uint64_t running = 0;
    if (db_->GetAggregatedIntProperty(property, &running) && running > 0) return true;
  }
  return false;
}

Status TableStore::Impl::flush() {
  const std::shared_lock lock(catalog_mutex_);
  return begin_flush(true);
}

Status TableStore::Impl::tick() {
  {
    const std::shared_lock lock(catalog_mutex_);
    if (tracker_.due(options_.flush_bytes, options_.flush_interval_us, options_.clock->monotonic_us())) {
      TRY_STATUS(begin_flush(false));
    }
  }
  activate_purges();
  return {};
}

void TableStore::Impl::run_thread() {
  std::unique_lock lock(thread_mutex_);
  while (!stopping_) {
    thread_wakes_.wait_for(lock, kTickInterval);
    if (stopping_) return;
    lock.unlock();
    const Status ticked = tick();
    if (!ticked.ok()) fail_disk(options_.disk, ticked.error());
    lock.lock();
  }
}

void TableStore::Impl::stop_thread() {
  {
    const std::lock_guard lock(thread_mutex_);
    stopping_ = true;
  }
  thread_wakes_.notify_all();
  if (thread_.joinable()) thread_.join();
}

// A deletion may be forgotten where no older write can be behind its back: not in memory (everything that was written
// before purge_before() has been flushed), and not in a file that a compaction which runs already does not read (none
// runs at one moment after that flush).
void TableStore::Impl::activate_purges() {
  // Not now is soon enough: whoever holds the lock is not to be held up.
  const std::unique_lock lock(catalog_mutex_, std::try_to_lock);
  if (!lock.owns_lock()) return;
  for (auto& [id, table] : tables_) {
    if (table.purge_wanted > table.purge_flushed && tracker_.flushed() >= table.purge_after_write) {
      table.purge_flushed = table.purge_wanted;
    }
    if (table.purge_flushed == kNeverDeleted) continue;
    uint64_t running = 0;
    if (!db_->GetIntProperty(rocksdb::DB::Properties::kNumRunningCompactions, &running) || running > 0) continue;
    table.rules->raise_deletions_before(table.purge_flushed);
  }
}

Status TableStore::Impl::purge_before(const TableRef& table, int64_t stamp) {
  const std::unique_lock lock(catalog_mutex_);
  const auto found = tables_.find(table->id);
  if (found == tables_.end()) {
    return Error(ErrorCode::kNotFound, fmt::format("table {} has been dropped", table->full_name()));
  }
  if (stamp <= found->second.purge_wanted) return {};
  found->second.purge_wanted = stamp;
  found->second.purge_after_write = tracker_.written();
  return {};
}

Status TableStore::Impl::compact(const TableRef& table) {
  TRY(from, source(table));
  rocksdb::CompactRangeOptions options;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
  const rocksdb::Status done = db_->CompactRange(options, from.rows.get(), nullptr, nullptr);
  if (!done.ok()) return rocks_error(done, "compact", table->full_name());
  wait_until_tidy();
  return {};
}

Status TableStore::Impl::wait_until_settled() {
  // "compaction-pending" is of no use: it stays set while there are as many runs as make RocksDB look for work, found
  // or not. What is due begins at once when something ends, so it is enough to see nothing run several times.
  for (int quiet = 0; quiet < kQuietLooks; ++quiet) {
    if (busy()) quiet = 0;
    std::this_thread::sleep_for(kSettleInterval);
  }
  return {};
}

Result<std::optional<std::string>> TableStore::Impl::state(std::string_view key) const {
  std::string value;
  const rocksdb::Status read = db_->Get({}, state_.get(), slice(key), &value);
  if (read.IsNotFound()) return std::optional<std::string>();
  if (!read.ok()) return rocks_error(read, "read state from", options_.directory);
  return std::optional<std::string>(std::move(value));
}

Result<std::vector<TableStore::Entry>> TableStore::Impl::entries(bool outbox, const EntryRange& range) const {
  std::vector<Entry> all;
  const std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator({}, outbox ? outbox_.get() : state_.get()));
  const std::string first = range.after.empty() ? range.prefix : std::max(range.prefix, range.after + '\0');
  for (at->Seek(first); at->Valid() && at->key().starts_with(range.prefix); at->Next()) {
    if (all.size() >= range.entries_max) break;
    all.push_back({at->key().ToString(), at->value().ToString()});
  }
  if (!at->status().ok()) return rocks_error(at->status(), "read entries from", options_.directory);
  return all;
}

Result<ScanSource> TableStore::Impl::source(const TableRef& table) const {
  const std::shared_lock lock(catalog_mutex_);
  const auto found = tables_.find(table->id);
  if (found == tables_.end()) {
    return Error(ErrorCode::kNotFound, fmt::format("table {} has been dropped", table->full_name()));
  }
  return ScanSource{.db = db_.get(), .rows = found->second.rows, .now_us = options_.clock->wall_us()};
}

Result<TableStats> TableStore::Impl::stats(const TableRef& table) const {
  TRY(from, source(table));
  TableStats stats;
  db_->GetIntProperty(from.rows.get(), rocksdb::DB::Properties::kEstimateNumKeys, &stats.rows_estimate);
  db_->GetIntProperty(from.rows.get(), rocksdb::DB::Properties::kLiveSstFilesSize, &stats.bytes);
  return stats;
}

TableStore::TableStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
TableStore::~TableStore() {
  // A caller who wants to know calls close() first; what is not flushed is replayed.
  static_cast<void>(close());
}

Result<std::unique_ptr<TableStore>> TableStore::open(TableStoreOptions options) {
  auto impl = std::make_unique<Impl>(std::move(options));
  TRY_STATUS(impl->open());
  return std::unique_ptr<TableStore>(new TableStore(std::move(impl)));
}

Status TableStore::close() { return impl_->close(); }
Status TableStore::create_keyspace(std::string_view name) { return impl_->create_keyspace(name); }
Status TableStore::drop_keyspace(std::string_view name) { return impl_->drop_keyspace(name); }
std::vector<std::string> TableStore::keyspaces() const { return impl_->keyspaces(); }
Result<TableRef> TableStore::create_table(const TableSpec& spec) { return impl_->create_table(spec); }
Result<TableRef> TableStore::table(std::string_view keyspace, std::string_view name) const {
  return impl_->table(keyspace, name);
}
std::vector<TableRef> TableStore::tables() const { return impl_->tables(); }
Result<TableRef> TableStore::alter_table(std::string_view keyspace, std::string_view name, const TableChange& change) {
  return impl_->alter_table(keyspace, name, change);
}
Status TableStore::drop_table(std::string_view keyspace, std::string_view name) {
  return impl_->drop_table(keyspace, name);
}
Result<uint64_t> TableStore::write(RowBatch& batch, RowDurability durability) {
  return impl_->write(batch, durability);
}
uint64_t TableStore::written() const { return impl_->tracker().written(); }
uint64_t TableStore::flushed() const { return impl_->tracker().flushed(); }
Status TableStore::flush() { return impl_->flush(); }
Status TableStore::tick() { return impl_->tick(); }
Result<std::optional<std::string>> TableStore::state(std::string_view key) const { return impl_->state(key); }
Result<std::vector<TableStore::Entry>> TableStore::states(const EntryRange& range) const {
  return impl_->entries(false, range);
}
Result<std::vector<TableStore::Entry>> TableStore::outbox(const EntryRange& range) const {
  return impl_->entries(true, range);
}
Result<Batch> TableStore::get(const TableRef& table, std::span<const std::string> key,
                              std::span<const std::string> columns) const {
  TRY(bytes, encode_key(*table, key));
  TRY(from, impl_->source(table));
  return read_row(from, table, bytes, columns);
}
Result<std::unique_ptr<TableScan>> TableStore::scan(const ScanRequest& request) const {
  TRY(from, impl_->source(request.table));
  return open_scan(from, request);
}
Result<ScanPlan> TableStore::plan(const ScanRequest& request) const { return plan_scan(request); }
Result<uint64_t> TableStore::count(const ScanRequest& request) const {
  TRY(rows, scan(request));
  return rows->count_rest();
}
Result<TableStats> TableStore::stats(const TableRef& table) const { return impl_->stats(table); }
Status TableStore::purge_before(const TableRef& table, int64_t stamp) { return impl_->purge_before(table, stamp); }
Status TableStore::compact(const TableRef& table) { return impl_->compact(table); }
Status TableStore::wait_until_settled() { return impl_->wait_until_settled(); }

}  // namespace millrace
