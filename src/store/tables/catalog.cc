#include <algorithm>

#include <fmt/format.h>
#include <rocksdb/db.h>

#include "base/spelling.h"
#include "data/cql/bytes.h"
#include "store/tables/rocks_options.h"
#include "store/tables/store_impl.h"

namespace millrace {
namespace {

// The format of everything in the directory; docs/internals/tables.md. Keys of the column family "default".
constexpr std::string_view kFormat = "1";
constexpr std::string_view kFormatKey = "format";
constexpr std::string_view kNextTableKey = "next_table";
constexpr std::string_view kKeyspacePrefix = "keyspace/";
constexpr std::string_view kTablePrefix = "table/";

rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

std::string family_of(uint32_t table) { return fmt::format("t{}", table); }

std::string keyspace_key(std::string_view name) { return std::string(kKeyspacePrefix) + std::string(name); }

std::string table_key(uint32_t table) {
  std::string key(kTablePrefix);
  append_be(table, key);
  return key;
}

std::string number(uint32_t value) {
  std::string bytes;
  append_be(value, bytes);
  return bytes;
}

// The columns that a table had once.
std::vector<uint32_t> dropped_columns(const TableDef& table) {
  std::vector<bool> there(table.next_column_id, false);
  for (const ColumnDef& column : table.columns) there[column.id] = true;
  std::vector<uint32_t> dropped;
  for (uint32_t id = 1; id < table.next_column_id; ++id) {
    if (!there[id]) dropped.push_back(id);
  }
  return dropped;
}

Error no_such(std::string_view what, std::string_view name, const std::vector<std::string>& known) {
  const auto near = nearest_spelling(name, known);
  if (near) return {ErrorCode::kNotFound, fmt::format("there is no {} {}; did you mean {}?", what, name, *near)};
  if (known.empty()) return {ErrorCode::kNotFound, fmt::format("there is no {} {}, nor any other", what, name)};
  return {ErrorCode::kNotFound, fmt::format("there is no {} {}; there are {}", what, name, fmt::join(known, ", "))};
}

}  // namespace

Status TableStore::Impl::check_format() {
  std::string format;
  const rocksdb::Status read = db_->Get({}, meta_.get(), slice(kFormatKey), &format);
  if (read.ok() && format == kFormat) return {};
  if (read.ok()) {
    return Error(ErrorCode::kCorruption, fmt::format("{} has format {}; this program knows format {}. Use the version "
                                                     "of millrace that wrote it, or a later one",
                                                     options_.directory, format, kFormat));
  }
  if (!read.IsNotFound()) return rocks_error(read, "read the format of", options_.directory);
  // A crash before the format was written has left nothing but empty column families.
  if (!fresh_ && db_->GetLatestSequenceNumber() > 0) {
    return Error(ErrorCode::kCorruption,
                 fmt::format("{} holds a RocksDB database that is not millrace's", options_.directory));
  }
  rocksdb::WriteBatch definitions;
  definitions.Put(meta_.get(), slice(kFormatKey), slice(kFormat));
  return save(definitions);
}

Status TableStore::Impl::load_definitions(FoundFamilies& found) {
  const std::unique_ptr<rocksdb::Iterator> keys(db_->NewIterator({}, meta_.get()));
  for (keys->SeekToFirst(); keys->Valid(); keys->Next()) {
    const std::string_view key = keys->key().ToStringView();
    const std::string_view value = keys->value().ToStringView();
    if (key == kNextTableKey && value.size() == sizeof(uint32_t)) {
      next_table_ = read_be<uint32_t>(value);
    } else if (key.starts_with(kKeyspacePrefix)) {
      keyspaces_.emplace_back(key.substr(kKeyspacePrefix.size()));
    } else if (key.starts_with(kTablePrefix)) {
      TRY(def, decode_table(value));
      const auto family = found.find(family_of(def.id));
      if (family == found.end()) {
        return Error(ErrorCode::kCorruption,
                     fmt::format("{}: the rows of {} are not there", options_.directory, def.full_name()));
      }
      family->second.rules->set_dropped_columns(dropped_columns(def));
      const uint32_t id = def.id;
      tables_[id] = {.def = std::make_shared<const TableDef>(std::move(def)),
                     .rows = family->second.handle,
                     .rules = family->second.rules};
      found.erase(family);
    }
  }
  if (!keys->status().ok()) return rocks_error(keys->status(), "read the definitions in", options_.directory);
  return {};
}

// What a crash in the middle of a create or a drop has left.
Status TableStore::Impl::drop_orphans(const FoundFamilies& orphans) {
  for (const auto& [name, family] : orphans) {
    const rocksdb::Status dropped = db_->DropColumnFamily(family.handle.get());
    if (!dropped.ok()) return rocks_error(dropped, "drop the column family", name);
  }
  return {};
}

Status TableStore::Impl::save(rocksdb::WriteBatch& definitions) {
  rocksdb::WriteOptions options;
  options.sync = true;
  const rocksdb::Status written = db_->Write(options, &definitions);
  if (!written.ok()) return rocks_error(written, "write definitions in", options_.directory);
  return {};
}

Status TableStore::Impl::check_keyspace(std::string_view name) const {
  if (std::binary_search(keyspaces_.begin(), keyspaces_.end(), name)) return {};
  return no_such("keyspace", name, keyspaces_);
}

Result<uint32_t> TableStore::Impl::find(std::string_view keyspace, std::string_view name) const {
  TRY_STATUS(check_keyspace(keyspace));
  std::vector<std::string> names;
  for (const auto& [id, table] : tables_) {
    if (table.def->keyspace != keyspace) continue;
    if (table.def->name == name) return id;
    names.push_back(table.def->name);
  }
  return no_such(fmt::format("table in keyspace {} called", keyspace), name, names);
}

Status TableStore::Impl::create_keyspace(std::string_view name) {
  TRY_STATUS(check_name("keyspace", name, kTableNameBytesMax));
  const std::unique_lock lock(catalog_mutex_);
  const auto at = std::lower_bound(keyspaces_.begin(), keyspaces_.end(), name);
  if (at != keyspaces_.end() && *at == name) {
    return Error(ErrorCode::kAlreadyExists, fmt::format("there is a keyspace {} already", name));
  }
  if (keyspaces_.size() >= kKeyspacesMax) {
    return Error(ErrorCode::kResource,
                 fmt::format("there are {} keyspaces, which is as many as there can be", kKeyspacesMax));
  }
  rocksdb::WriteBatch definitions;
  definitions.Put(meta_.get(), keyspace_key(name), "");
  TRY_STATUS(save(definitions));
  keyspaces_.emplace(at, name);
  return {};
}

Status TableStore::Impl::drop_keyspace(std::string_view name) {
  const std::unique_lock lock(catalog_mutex_);
  TRY_STATUS(check_keyspace(name));
  std::vector<uint32_t> ids;
  for (const auto& [id, table] : tables_) {
    if (table.def->keyspace == name) ids.push_back(id);
  }
  for (const uint32_t id : ids) TRY_STATUS(drop_found(id));
  rocksdb::WriteBatch definitions;
  definitions.Delete(meta_.get(), keyspace_key(name));
  TRY_STATUS(save(definitions));
  keyspaces_.erase(std::lower_bound(keyspaces_.begin(), keyspaces_.end(), name));
  return {};
}

Result<TableRef> TableStore::Impl::create_table(const TableSpec& spec) {
  const std::unique_lock lock(catalog_mutex_);
  TRY(def, define_table(spec, next_table_));
  TRY_STATUS(check_keyspace(spec.keyspace));
  if (find(spec.keyspace, spec.name).ok()) {
    return Error(ErrorCode::kAlreadyExists, fmt::format("there is a table {} already", def.full_name()));
  }
  if (tables_.size() >= kTablesMax) {
    return Error(ErrorCode::kResource,
                 fmt::format("there are {} tables, which is as many as there can be", kTablesMax));
  }
  auto rules = std::make_shared<PurgeRules>();
  rocksdb::ColumnFamilyHandle* handle = nullptr;
  const rocksdb::Status created =
      db_->CreateColumnFamily(row_options(options_, cache_, rules), family_of(def.id), &handle);
  if (!created.ok()) return rocks_error(created, "create table", def.full_name());
  Handle rows = own(handle);
  rocksdb::WriteBatch definitions;
  definitions.Put(meta_.get(), slice(kNextTableKey), number(next_table_ + 1));
  definitions.Put(meta_.get(), table_key(def.id), encode_table(def));
  TRY_STATUS(save(definitions));
  ++next_table_;
  auto shared = std::make_shared<const TableDef>(std::move(def));
  tables_[shared->id] = {.def = shared, .rows = std::move(rows), .rules = std::move(rules)};
  return TableRef(shared);
}

Result<TableRef> TableStore::Impl::alter_table(std::string_view keyspace, std::string_view name,
                                               const TableChange& change) {
  const std::unique_lock lock(catalog_mutex_);
  TRY(id, find(keyspace, name));
  OpenTable& table = tables_.at(id);
  TRY(def, std::visit([&](const auto& one) { return altered(*table.def, one); }, change));
  rocksdb::WriteBatch definitions;
  definitions.Put(meta_.get(), table_key(id), encode_table(def));
  TRY_STATUS(save(definitions));
  table.rules->set_dropped_columns(dropped_columns(def));
  table.def = std::make_shared<const TableDef>(std::move(def));
  return table.def;
}

Status TableStore::Impl::drop_table(std::string_view keyspace, std::string_view name) {
  const std::unique_lock lock(catalog_mutex_);
  TRY(id, find(keyspace, name));
  return drop_found(id);
}

Status TableStore::Impl::drop_found(uint32_t id) {
  const auto found = tables_.find(id);
  rocksdb::WriteBatch definitions;
  definitions.Delete(meta_.get(), table_key(id));
  TRY_STATUS(save(definitions));
  const OpenTable gone = found->second;
  tables_.erase(found);
  const rocksdb::Status dropped = db_->DropColumnFamily(gone.rows.get());
  if (!dropped.ok()) return rocks_error(dropped, "drop table", gone.def->full_name());
  return {};
}

std::vector<std::string> TableStore::Impl::keyspaces() const {
  const std::shared_lock lock(catalog_mutex_);
  return keyspaces_;
}

std::vector<TableRef> TableStore::Impl::tables() const {
  const std::shared_lock lock(catalog_mutex_);
  std::vector<TableRef> all;
  for (const auto& [id, table] : tables_) all.push_back(table.def);
  std::sort(all.begin(), all.end(), [](const TableRef& a, const TableRef& b) {
    return std::tie(a->keyspace, a->name) < std::tie(b->keyspace, b->name);
  });
  return all;
}

Result<TableRef> TableStore::Impl::table(std::string_view keyspace, std::string_view name) const {
  const std::shared_lock lock(catalog_mutex_);
  TRY(id, find(keyspace, name));
  return tables_.at(id).def;
}

}  // namespace millrace
