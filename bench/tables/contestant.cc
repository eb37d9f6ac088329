// One contestant of the bench of tables, as a process of its own:
//   bench_tables store|merge|put DIRECTORY ROWS
// writes ROWS rows of about 240 bytes by random UUID, 1,000 to a sorted batch, without a log, until everything is
// flushed and compaction has settled, and prints a line of JSON.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <sys/resource.h>

#include <fmt/format.h>
#include <rocksdb/db.h>

#include "bare/rows.h"
#include "base/clock.h"
#include "base/random.h"
#include "data/builder.h"
#include "store/tables/table_store.h"

namespace millrace {
namespace {

constexpr size_t kBatchRows = 1'000;
constexpr size_t kRowBytes = 240;
constexpr uint64_t kSeed = 42;
constexpr int64_t kStamp = 1'700'000'000'000'000;

// The columns of the table of the quick start, whose rows come to kRowBytes.
constexpr std::array<std::pair<const char*, size_t>, 9> kTexts = {{{"first_name", 8},
                                                                   {"last_name", 9},
                                                                   {"gender", 6},
                                                                   {"address", 48},
                                                                   {"post_code", 6},
                                                                   {"email", 30},
                                                                   {"username", 14},
                                                                   {"phone", 14},
                                                                   {"picture", 30}}};
constexpr std::array<const char*, 3> kTimes = {"dob", "registered_date", "timestamp"};

double cpu_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

template <typename T>
T checked(Result<T> result) {
  if (result.ok()) return std::move(result).value();
  fmt::print(stderr, "bench_tables: {}\n", result.error().message());
  std::exit(1);
}
void checked(const Status& status) {
  if (status.ok()) return;
  fmt::print(stderr, "bench_tables: {}\n", status.error().message());
  std::exit(1);
}

std::string text_of(size_t bytes, Random& random) {
  std::string text;
  for (size_t i = 0; i < bytes; ++i) text.push_back(static_cast<char>('a' + random.below(26)));
  return text;
}

Column uuids(Random& random) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  StringBuilder ids(TypeKind::kString, kBatchRows, kBatchRows * 36);
  for (size_t row = 0; row < kBatchRows; ++row) {
    char* to = ids.room(36);
    uint64_t bits = 0;
    for (size_t i = 0; i < 36; ++i) {
      if (i % 18 == 0) bits = random.next();
      const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
      to[i] = dash ? '-' : i == 14 ? '4' : kDigits[bits & 0xf];
      bits >>= 4;
      if (i == 17 || i == 30) bits = random.next();
    }
    ids.commit(36);
    ids.end_row();
  }
  return ids.finish();
}

// Everything but the id, the same for every batch: making it is not what is measured.
Batch batch_of_users(Random& random) {
  auto schema = std::make_shared<Schema>();
  Batch batch;
  batch.rows = kBatchRows;
  schema->fields.push_back({"id", TypeKind::kString});
  batch.columns.emplace_back();
  for (const auto& [name, bytes] : kTexts) {
    schema->fields.push_back({name, TypeKind::kString});
    StringBuilder builder;
    for (size_t row = 0; row < kBatchRows; ++row) builder.append(text_of(bytes, random));
    batch.columns.push_back(builder.finish());
  }
  for (const char* name : kTimes) {
    schema->fields.push_back({name, TypeKind::kTimestamp});
    FixedBuilder<int64_t> builder(TypeKind::kTimestamp);
    for (size_t row = 0; row < kBatchRows; ++row) builder.append(kStamp - static_cast<int64_t>(random.next() >> 14));
    batch.columns.push_back(builder.finish());
  }
  batch.schema = std::move(schema);
  return batch;
}

TableSpec users_table() {
  TableSpec spec{.keyspace = "shop", .name = "users", .partition_key = {"id"}};
  spec.columns.push_back({"id", CqlKind::kUuid});
  for (const auto& [name, bytes] : kTexts) spec.columns.push_back({name, CqlKind::kText});
  for (const char* name : kTimes) spec.columns.push_back({name, CqlKind::kTimestamp});
  return spec;
}

// The mean bytes of a row, key and value, on its way into RocksDB.
double run_store(const std::string& directory, uint64_t rows) {
  const SystemClock clock;
  const auto store = checked(TableStore::open({.directory = directory, .clock = &clock}));
  checked(store->create_keyspace("shop"));
  const TableRef table = checked(store->create_table(users_table()));
  Random random(kSeed);
  Batch batch = batch_of_users(random);
  const RowBinding binding = checked(RowBinding::bind(table, *batch.schema));
  RowBatch out;
  uint64_t bytes = 0;
  for (uint64_t done = 0; done < rows; done += kBatchRows) {
    batch.columns[0] = uuids(random);
    const int64_t stamps[] = {kStamp + static_cast<int64_t>(done)};
    out.clear();
    const auto faults = out.insert(binding, {.batch = batch, .rows = batch.alive_rows(), .stamps = stamps});
    MILLRACE_ASSERT(faults.empty(), "a row that does not fit");
    bytes += out.bytes();
    checked(store->write(out));
  }
  checked(store->flush());
  checked(store->wait_until_settled());
  checked(store->close());
  return static_cast<double>(bytes) / static_cast<double>(rows);
}

// RocksDB with the store's options and ready-made values: what is left when nothing is converted.
double run_bare(const std::string& directory, uint64_t rows, bool merge) {
  bare::Rows table(directory);
  Random random(kSeed);
  // A row of one cell: the version, the stamp, the marker, the cell's head, then what is random.
  std::string value("\x10\0\0\0\0\0\0\0\1\0\0\0\xd2\1", 14);
  value += text_of(kRowBytes - 16 - value.size(), random);
  std::vector<std::array<char, 16>> keys(kBatchRows);
  for (uint64_t done = 0; done < rows; done += kBatchRows) {
    for (auto& key : keys) {
      for (size_t i = 0; i < key.size(); i += 8) {
        const uint64_t bits = random.next();
        std::copy_n(reinterpret_cast<const char*>(&bits), 8, key.data() + i);
      }
    }
    std::sort(keys.begin(), keys.end());
    rocksdb::WriteBatch batch;
    for (const auto& key : keys) {
      const rocksdb::Slice id(key.data(), key.size());
      if (merge) {
        batch.Merge(id, value);
      } else {
        batch.Put(id, value);
      }
    }
    table.write(batch);
  }
  table.settle();
  table.close();
  return static_cast<double>(kRowBytes);
}

}  // namespace
}  // namespace millrace

int main(int count, char** arguments) {
  const std::string mode = count == 4 ? arguments[1] : "";
  if (mode != "store" && mode != "merge" && mode != "put") {
    fmt::print(stderr, "usage: bench_tables store|merge|put DIRECTORY ROWS\n");
    return 2;
  }
  const std::string directory = arguments[2];
  const uint64_t rows = std::strtoull(arguments[3], nullptr, 10);
  std::filesystem::remove_all(directory);
  const millrace::SystemClock clock;
  const int64_t begin_us = clock.monotonic_us();
  const double row_bytes =
      mode == "store" ? millrace::run_store(directory, rows) : millrace::run_bare(directory, rows, mode == "merge");
  const double seconds = static_cast<double>(clock.monotonic_us() - begin_us) / 1e6;
  fmt::print("{{\"mode\": \"{}\", \"rows\": {}, \"row_bytes\": {:.0f}, \"seconds\": {:.3f}, \"cpu_s\": {:.3f}}}\n",
             mode, rows, row_bytes, seconds, millrace::cpu_seconds());
  std::filesystem::remove_all(directory);
  return 0;
}
