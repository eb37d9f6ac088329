#include "store/tables/table_def.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/spelling.h"
#include "data/cql/order.h"
#include "data/cql/words.h"
#include "store/tables/uint.h"

namespace millrace {
namespace {

// The first byte of a definition on disk.
constexpr uint64_t kDefinitionVersion = 1;

Error invalid(const std::string& message) { return {ErrorCode::kInvalidArgument, message}; }

bool is_name_char(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; }

// The nearest name that would do; empty when there is none.
std::string proper_name(std::string_view name, size_t bytes_max) {
  std::string proper;
  for (const char c : name) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (is_name_char(lower)) {
      proper.push_back(lower);
    } else if (!proper.empty() && proper.back() != '_') {
      proper.push_back('_');
    }
  }
  const size_t first = proper.find_first_not_of("0123456789_");
  proper = first == std::string::npos ? "" : proper.substr(first, bytes_max);
  return is_reserved_in_cql(proper) ? proper + "_" : proper;
}

Status check_key_type(const TableSpec& spec, std::string_view name, const CqlType& type) {
  if (has_order(type)) return {};
  return invalid(fmt::format("table {}.{}: column {} is a {}, which cannot be part of a key", spec.keyspace, spec.name,
                             name, type.text()));
}

// Puts the named column of the spec into the definition, as part of the key.
Status add_key_column(const TableSpec& spec, std::string_view name, ColumnRole role, bool descending, TableDef& table) {
  const auto found = std::find_if(spec.columns.begin(), spec.columns.end(),
                                  [&](const ColumnSpec& column) { return column.name == name; });
  if (found == spec.columns.end()) {
    std::vector<std::string> names;
    for (const ColumnSpec& column : spec.columns) names.push_back(column.name);
    const auto near = nearest_spelling(name, names);
    return invalid(fmt::format("table {}.{}: the key names {}, which is no column{}", spec.keyspace, spec.name, name,
                               near ? fmt::format("; did you mean {}?", *near) : ""));
  }
  if (table.find(name) != nullptr) {
    return invalid(fmt::format("table {}.{}: the key names {} twice", spec.keyspace, spec.name, name));
  }
  TRY_STATUS(check_key_type(spec, name, found->type));
  table.columns.push_back({table.next_column_id++, found->name, found->type, role, descending});
  return {};
}

Status check_columns(const TableSpec& spec) {
  TRY_STATUS(check_name("keyspace", spec.keyspace, kTableNameBytesMax));
  TRY_STATUS(check_name("table", spec.name, kTableNameBytesMax));
  if (spec.columns.size() > kTableColumnsMax) {
    return invalid(fmt::format("table {}.{}: {} columns; {} at most", spec.keyspace, spec.name, spec.columns.size(),
                               kTableColumnsMax));
  }
  std::set<std::string_view> seen;
  for (const ColumnSpec& column : spec.columns) {
    TRY_STATUS(check_name("column", column.name, kColumnNameBytesMax));
    if (!seen.insert(column.name).second) {
      return invalid(
          fmt::format("table {}.{}: there are two columns called {}", spec.keyspace, spec.name, column.name));
    }
  }
  if (spec.partition_key.empty()) {
    return invalid(
        fmt::format("table {}.{} has no key; name the columns that tell its rows apart", spec.keyspace, spec.name));
  }
  if (spec.partition_key.size() + spec.clustering_key.size() > kKeyColumnsMax) {
    return invalid(fmt::format("table {}.{}: {} columns in the key; {} at most", spec.keyspace, spec.name,
                               spec.partition_key.size() + spec.clustering_key.size(), kKeyColumnsMax));
  }
  if (spec.ttl_s > kTtlSecondsMax) {
    return invalid(fmt::format("table {}.{}: a TTL of {} s; {} s at most (20 years)", spec.keyspace, spec.name,
                               spec.ttl_s, kTtlSecondsMax));
  }
  return {};
}

// Reads the parts of a definition one after the other; what is damaged makes it not ok().
class DefinitionReader {
 public:
  explicit DefinitionReader(std::string_view bytes) : rest_(bytes) {}
  uint64_t number(uint64_t max) {
    uint64_t value = 0;
    ok_ = ok_ && take_uint(rest_, value) && value <= max;
    return ok_ ? value : 0;
  }
  std::string text() {
    std::string_view value;
    ok_ = ok_ && take_text(rest_, value);
    return std::string(value);
  }
  void fail() { ok_ = false; }
  bool ok() const { return ok_; }
  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

void read_columns(DefinitionReader& reader, TableDef& table) {
  const uint64_t count = reader.number(kTableColumnsMax);
  for (uint64_t i = 0; i < count && reader.ok(); ++i) {
    const auto id = static_cast<uint32_t>(reader.number(UINT32_MAX));
    std::string name = reader.text();
    const Result<CqlType> type = parse_cql_type(reader.text());
    const auto role = static_cast<ColumnRole>(reader.number(2));
    const bool descending = reader.number(1) == 1;
    if (!type.ok() || id == 0 || id >= table.next_column_id) reader.fail();
    if (!reader.ok()) return;
    table.partition_columns += role == ColumnRole::kPartition ? 1 : 0;
    table.clustering_columns += role == ColumnRole::kClustering ? 1 : 0;
    if (role != ColumnRole::kRegular && i >= table.key_columns()) reader.fail();
    if (role != ColumnRole::kRegular && !has_order(*type)) reader.fail();
    table.columns.push_back({id, std::move(name), *type, role, descending});
  }
  if (table.partition_columns == 0) reader.fail();
}

}  // namespace

const ColumnDef* TableDef::find(std::string_view column) const {
  const auto found =
      std::find_if(columns.begin(), columns.end(), [&](const ColumnDef& known) { return known.name == column; });
  return found == columns.end() ? nullptr : &*found;
}

Result<size_t> TableDef::index_of(std::string_view column) const {
  if (const ColumnDef* found = find(column)) return static_cast<size_t>(found - columns.data());
  std::vector<std::string> names;
  for (const ColumnDef& known : columns) names.push_back(known.name);
  const auto near = nearest_spelling(column, names);
  return Error(ErrorCode::kNotFound,
               near ? fmt::format("{} has no column {}; did you mean {}?", full_name(), column, *near)
                    : fmt::format("{} has no column {}; it has {}", full_name(), column, fmt::join(names, ", ")));
}

Schema TableDef::schema() const {
  Schema schema;
  for (const ColumnDef& column : columns) schema.fields.push_back({column.name, data_type_of(column.type)});
  return schema;
}

std::string TableDef::cql() const {
  std::string text = fmt::format("CREATE TABLE {} (\n", full_name());
  std::string partition;
  std::string clustering;
  std::string order;
  bool any_descending = false;
  for (const ColumnDef& column : columns) {
    text += fmt::format("    {} {},\n", column.name, column.type.text());
    if (column.role == ColumnRole::kPartition) partition += (partition.empty() ? "" : ", ") + column.name;
    if (column.role != ColumnRole::kClustering) continue;
    clustering += ", " + column.name;
    order += fmt::format("{}{} {}", order.empty() ? "" : ", ", column.name, column.descending ? "DESC" : "ASC");
    any_descending |= column.descending;
  }
  if (partition_columns > 1) partition = "(" + partition + ")";
  text += fmt::format("    PRIMARY KEY ({}{})\n)", partition, clustering);
  std::string_view joint = " WITH ";
  if (any_descending) {
    text += fmt::format("{}CLUSTERING ORDER BY ({})", joint, order);
    joint = "\n    AND ";
  }
  if (ttl_s != 0) text += fmt::format("{}default_time_to_live = {}", joint, ttl_s);
  return text + ";";
}

Status check_name(std::string_view what, std::string_view name, size_t bytes_max) {
  const bool letters = std::all_of(name.begin(), name.end(), is_name_char);
  const bool begins = !name.empty() && name[0] >= 'a' && name[0] <= 'z';
  if (letters && begins && name.size() <= bytes_max && !is_reserved_in_cql(name)) return {};
  const std::string proper = proper_name(name, bytes_max);
  const std::string hint = proper.empty() ? "" : fmt::format("; {} would do", proper);
  if (is_reserved_in_cql(name))
    return invalid(fmt::format("{} is a word of CQL and cannot name a {}{}", name, what, hint));
  if (name.size() > bytes_max) {
    return invalid(fmt::format("{} {}: {} bytes; {} at most", what, name, name.size(), bytes_max));
  }
  return invalid(
      fmt::format("'{}' cannot name a {}: use a to z, 0 to 9 and _, beginning with a letter{}", name, what, hint));
}

Result<TableDef> define_table(const TableSpec& spec, uint32_t id) {
  TRY_STATUS(check_columns(spec));
  TableDef table{.id = id, .keyspace = spec.keyspace, .name = spec.name, .ttl_s = spec.ttl_s};
  for (const std::string& name : spec.partition_key) {
    TRY_STATUS(add_key_column(spec, name, ColumnRole::kPartition, false, table));
  }
  for (const ClusteringSpec& column : spec.clustering_key) {
    TRY_STATUS(add_key_column(spec, column.name, ColumnRole::kClustering, column.descending, table));
  }
  table.partition_columns = spec.partition_key.size();
  table.clustering_columns = spec.clustering_key.size();
  for (const ColumnSpec& column : spec.columns) {
    if (table.find(column.name) != nullptr) continue;
    table.columns.push_back({table.next_column_id++, column.name, column.type, ColumnRole::kRegular, false});
  }
  return table;
}

Result<TableDef> altered(const TableDef& table, const AddColumn& change) {
  TRY_STATUS(check_name("column", change.name, kColumnNameBytesMax));
  if (table.find(change.name) != nullptr) {
    return Error(ErrorCode::kAlreadyExists, fmt::format("{} has a column {} already", table.full_name(), change.name));
  }
  if (table.columns.size() >= kTableColumnsMax) {
    return invalid(
        fmt::format("{} has {} columns, which is as many as there can be", table.full_name(), table.columns.size()));
  }
  TableDef next = table;
  ++next.version;
  next.columns.push_back({next.next_column_id++, change.name, change.type, ColumnRole::kRegular, false});
  return next;
}

Result<TableDef> altered(const TableDef& table, const DropColumn& change) {
  TRY(index, table.index_of(change.name));
  if (index < table.key_columns()) {
    return invalid(fmt::format("{}: {} is part of the key and cannot be dropped; create another table",
                               table.full_name(), change.name));
  }
  TableDef next = table;
  ++next.version;
  next.columns.erase(next.columns.begin() + static_cast<std::ptrdiff_t>(index));
  return next;
}

Result<TableDef> altered(const TableDef& table, const RenameColumn& change) {
  TRY(index, table.index_of(change.from));
  TRY_STATUS(check_name("column", change.to, kColumnNameBytesMax));
  if (table.find(change.to) != nullptr) {
    return Error(ErrorCode::kAlreadyExists, fmt::format("{} has a column {} already", table.full_name(), change.to));
  }
  TableDef next = table;
  ++next.version;
  next.columns[index].name = change.to;
  return next;
}

Result<TableDef> altered(const TableDef& table, const ChangeTtl& change) {
  if (change.ttl_s > kTtlSecondsMax) {
    return invalid(fmt::format("{}: a row lives {} seconds at most", table.full_name(), kTtlSecondsMax));
  }
  TableDef next = table;
  ++next.version;
  next.ttl_s = change.ttl_s;
  return next;
}

std::string encode_table(const TableDef& table) {
  std::string bytes;
  append_uint(kDefinitionVersion, bytes);
  append_uint(table.id, bytes);
  append_uint(table.version, bytes);
  append_text(table.keyspace, bytes);
  append_text(table.name, bytes);
  append_uint(table.ttl_s, bytes);
  append_uint(table.next_column_id, bytes);
  append_uint(table.columns.size(), bytes);
  for (const ColumnDef& column : table.columns) {
    append_uint(column.id, bytes);
    append_text(column.name, bytes);
    append_text(column.type.text(), bytes);
    append_uint(static_cast<uint64_t>(column.role), bytes);
    append_uint(column.descending ? 1 : 0, bytes);
  }
  return bytes;
}

Result<TableDef> decode_table(std::string_view bytes) {
  DefinitionReader reader(bytes);
  const uint64_t version = reader.number(UINT64_MAX);
  if (reader.ok() && version != kDefinitionVersion) {
    return Error(ErrorCode::kCorruption,
                 fmt::format("the definition of a table has format version {}; this program knows {}", version,
                             kDefinitionVersion));
  }
  TableDef table;
  table.id = static_cast<uint32_t>(reader.number(UINT32_MAX));
  table.version = static_cast<uint32_t>(reader.number(UINT32_MAX));
  table.keyspace = reader.text();
  table.name = reader.text();
  table.ttl_s = static_cast<uint32_t>(reader.number(kTtlSecondsMax));
  table.next_column_id = static_cast<uint32_t>(reader.number(UINT32_MAX));
  read_columns(reader, table);
  if (!reader.ok() || !reader.at_end()) {
    return Error(ErrorCode::kCorruption, "the definition of a table is damaged");
  }
  return table;
}

}  // namespace millrace
