#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "data/batch.h"
#include "data/cql/value.h"
#include "store/tables/table_def.h"

namespace millrace {

// More in one RowBatch is a bug of the caller: it is one atomic write, held in memory whole.
inline constexpr size_t kRowBatchBytesMax = size_t{256} << 20;

// What every range of states begins with, behind its first key. RocksDB keeps removed ranges of a family apart from its
// keys in memory, but not the hints of where they went: by this mark it is kept from mixing them up (rocks_options.cc).
inline constexpr std::string_view kRangeMark{"\0\0\0\0\0\0\0\0", 8};

// How the columns of a batch become rows of a table: by name, case ignored; conversions as CqlEncoder has them. Made
// once per schema and table. Immutable; threads may share one.
class RowBinding {
 public:
  // The error names every column of the schema that the table does not have (with the nearest one), every column of the
  // key that the schema does not have, and every type that does not fit (with the cast to write).
  static Result<RowBinding> bind(TableRef table, const Schema& schema);

  struct Bound {
    size_t source;  // which column of the batch
    size_t target;  // which column of the table
    CqlEncoder encoder;
  };

  const TableDef& table() const { return *table_; }
  const std::vector<Bound>& key() const { return key_; }      // in the order of the key
  const std::vector<Bound>& cells() const { return cells_; }  // by column id

 private:
  friend class RowBatch;
  RowBinding(TableRef table, std::vector<Bound> key, std::vector<Bound> cells)
      : table_(std::move(table)), key_(std::move(key)), cells_(std::move(cells)) {}

  TableRef table_;
  std::vector<Bound> key_;
  std::vector<Bound> cells_;
};

// A row that could not be taken; the caller makes a fault of it. The reason is a sentence with the value.
struct RefusedRow {
  uint32_t row = 0;
  std::string column;
  std::string reason;
};

struct RowsToWrite {
  const Batch& batch;
  Rows rows;                        // which of them; batch.alive_rows() mostly
  std::span<const int64_t> stamps;  // write time in microseconds of each row of the batch; one alone is for all
  uint32_t ttl_s = 0;               // 0: the table's own
  bool null_deletes = true;         // a null deletes the cell, as INSERT with null does; else it leaves it as it was
};

// What one atomic write consists of: rows of any tables, state, outbox. A value of one thread; clear() keeps its memory
// for the next. Order does not matter for rows; of two changes of one state or outbox key the later one counts.
class RowBatch {
 public:
  // INSERT: the rows exist from now on. UPDATE: only their cells do. DELETE: only the key's columns are looked at.
  // Faults come in the order of the rows; those rows are left out.
  std::vector<RefusedRow> insert(const RowBinding& binding, const RowsToWrite& rows);
  std::vector<RefusedRow> update(const RowBinding& binding, const RowsToWrite& rows);
  std::vector<RefusedRow> remove(const RowBinding& binding, const RowsToWrite& rows);
  // The faults that insert() would give, and nothing else: only values that may not fit are looked at.
  std::vector<RefusedRow> misfits(const RowBinding& binding, const Batch& batch, const Rows& rows);

  // One row whose values are in CQL's bytes already (a door, a shell). Errors are the caller's mistakes: a value
  // missing in the key, bytes that are no value of their column's type.
  struct CellWrite {
    size_t column = 0;                 // index in the table's columns; not of the key
    std::optional<std::string> value;  // nullopt deletes the cell
  };
  struct RowWrite {
    std::span<const std::string> key;  // every column of the key, in its order
    std::span<const CellWrite> cells;
    int64_t stamp = 0;
    uint32_t ttl_s = 0;
    bool insert = true;
  };
  Status put_row(const TableDef& table, const RowWrite& row);
  Status remove_row(const TableDef& table, std::span<const std::string> key, int64_t stamp);

  // Small values of the room above (positions, ledger), read back with TableStore::state().
  void put_state(std::string_view key, std::string_view bytes);
  void remove_state(std::string_view key);
  // States behind `first`, to in front of `end`, also those that this write puts. What is `first` itself, or that and
  // fewer than kRangeMark's zero bytes, stays.
  void remove_state_range(std::string_view first, std::string_view end);
  // All of another one, which is empty then; of one state or outbox key it has the later change.
  void take(RowBatch& other);
  // What is to be sent elsewhere once this write is flushed; read back in the order of the keys, removed when sent.
  void outbox(std::string_view key, std::string_view bytes);
  void remove_outbox(std::string_view key);

  size_t rows() const { return rows_.size(); }
  size_t bytes() const { return arena_.size(); }
  bool empty() const { return rows_.empty() && values_.empty(); }
  void clear();

 private:
  friend class TableStore;
  struct Row {
    uint32_t table;
    uint32_t key_at, key_bytes, value_bytes;  // the value stands behind its key
    uint64_t key_head;                        // the key's first bytes, so that most comparisons need no more
  };
  enum class Change : uint8_t { kPut, kRemove, kRemoveRange };
  struct Value {
    bool outbox;
    Change change;
    uint32_t key_at, key_bytes, value_bytes;
  };

  enum class Kind : uint8_t { kInsert, kUpdate, kDelete };
  std::vector<RefusedRow> add(Kind kind, const RowBinding& binding, const RowsToWrite& rows);
  std::optional<RefusedRow> append_key(const RowBinding& binding, const Batch& batch, size_t row);
  std::optional<RefusedRow> misfit(const RowBinding& binding, const Batch& batch, size_t row);
  std::optional<RefusedRow> append_cells(const RowBinding& binding, const RowsToWrite& rows, size_t row, int64_t stamp,
                                         Kind kind);
  Status append_checked_key(const TableDef& table, std::span<const std::string> key);
  void end_row(uint32_t table, size_t key_at, size_t value_at);
  void add_value(bool outbox, Change change, std::string_view key, std::string_view bytes);
  std::string_view key_of(const Row& row) const { return std::string_view(arena_).substr(row.key_at, row.key_bytes); }
  std::string_view value_of(const Row& row) const {
    return std::string_view(arena_).substr(row.key_at + row.key_bytes, row.value_bytes);
  }
  // By table, then by key: what RocksDB takes in fastest. Of one key the later change stays behind the earlier one,
  // ranges come last.
  void sort();

  std::string arena_;
  std::string scratch_;
  std::vector<Row> rows_;
  std::vector<Value> values_;
};

}  // namespace millrace
