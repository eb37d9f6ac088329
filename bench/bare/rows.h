// RocksDB with the options of the store's tables, and nothing of the store around it.
#pragma once

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "base/clock.h"
#include "store/tables/flush_tracker.h"
#include "store/tables/rocks_options.h"
#include "store/tables/table_store.h"

namespace bare {

class Rows {
 public:
  explicit Rows(const std::string& directory) {
    millrace::TableStoreOptions options{.directory = directory, .clock = &clock_};
    rocksdb::Env* env = rocksdb::Env::Default();
    env->SetBackgroundThreads(1, rocksdb::Env::HIGH);
    env->SetBackgroundThreads(options.compaction_threads, rocksdb::Env::LOW);
    const auto cache = rocksdb::NewLRUCache(options.block_cache_bytes);
    rocksdb::Options rocks(millrace::database_options(options, env, millrace::store_listener(tracker_, {})),
                           millrace::row_options(options, cache, std::make_shared<millrace::PurgeRules>()));
    rocks.write_buffer_size = options.flush_bytes;
    rocksdb::DB* opened = nullptr;
    check(rocksdb::DB::Open(rocks, directory, &opened));
    db_.reset(opened);
  }

  // Without a log.
  void write(rocksdb::WriteBatch& batch) {
    rocksdb::WriteOptions options;
    options.disableWAL = true;
    check(db_->Write(options, &batch));
  }

  // Everything is flushed, and no compaction is left: as TableStore::wait_until_settled().
  void settle() {
    check(db_->Flush({}));
    for (int quiet = 0; quiet < 5; ++quiet) {
      uint64_t running = 0;
      db_->GetIntProperty(rocksdb::DB::Properties::kNumRunningCompactions, &running);
      if (running > 0) quiet = 0;
      rocksdb::Env::Default()->SleepForMicroseconds(5'000);
    }
  }

  rocksdb::DB& db() { return *db_; }
  void close() { check(db_->Close()); }

  static void check(const rocksdb::Status& status) {
    if (status.ok()) return;
    std::fprintf(stderr, "RocksDB: %s\n", status.ToString().c_str());
    std::exit(1);
  }

 private:
  const millrace::SystemClock clock_;
  millrace::FlushTracker tracker_{{}};
  std::unique_ptr<rocksdb::DB> db_;
};

}  // namespace bare
