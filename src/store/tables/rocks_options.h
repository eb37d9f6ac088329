#pragma once

#include <memory>

#include "store/tables/rocks.h"
#include "store/tables/table_store.h"

namespace rocksdb {
class Cache;
class EventListener;
class Env;
struct ColumnFamilyOptions;
struct DBOptions;
}  // namespace rocksdb

namespace millrace {

class FlushTracker;

// How the store runs RocksDB: see docs/internals/tables.md for why.
rocksdb::DBOptions database_options(const TableStoreOptions& options, rocksdb::Env* env,
                                    std::shared_ptr<rocksdb::EventListener> listener);
// Of state, outbox and definitions.
rocksdb::ColumnFamilyOptions plain_options(const TableStoreOptions& options,
                                           const std::shared_ptr<rocksdb::Cache>& cache);
// Of a table's rows.
rocksdb::ColumnFamilyOptions row_options(const TableStoreOptions& options, const std::shared_ptr<rocksdb::Cache>& cache,
                                         std::shared_ptr<const PurgeRules> rules);

// Tells the tracker of flushes, and ends the process when RocksDB cannot go on.
std::shared_ptr<rocksdb::EventListener> store_listener(FlushTracker& tracker, DiskOptions disk);

}  // namespace millrace
