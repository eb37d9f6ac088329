// Committed appends beside a bare write and fdatasync of the same bytes, in turns; counted when they are durable.
#include <cstdlib>
#include <filesystem>
#include <future>
#include <string>
#include <vector>

#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/assert.h"
#include "store/topics/topic_store.h"

namespace millrace {
namespace {

constexpr size_t kValueBytes = 300;
constexpr size_t kRecordsPerBatch = 1000;
constexpr size_t kBatchesPerCommit = 3;  // about 1 MB
constexpr size_t kCommitsInFlight = 2;   // one is encoded while the other is synced
constexpr size_t kCommits = 100;         // of one iteration
constexpr size_t kRecords = kCommits * kBatchesPerCommit * kRecordsPerBatch;

// Values that do not compress to nothing.
std::vector<std::string> make_values() {
  std::vector<std::string> values;
  uint64_t state = 1;
  for (size_t i = 0; i < kRecordsPerBatch; ++i) {
    std::string value = fmt::format("{{\"id\":{},\"name\":\"", i);
    while (value.size() < kValueBytes) {
      state = state * 6364136223846793005U + 1442695040888963407U;
      value += static_cast<char>('a' + (state >> 59));
    }
    values.push_back(value);
  }
  return values;
}

std::string_view encode(RecordBatchEncoder& encoder, const std::vector<std::string>& values, RecordBatches& batch) {
  encoder.begin();
  for (size_t i = 0; i < values.size(); ++i) {
    encoder.add({.key = std::string_view(values[i]).substr(0, 9),
                 .value = values[i],
                 .timestamp_ms = 1'700'000'000'000 + static_cast<int64_t>(i)});
  }
  batch = *encoder.finish();
  return batch.bytes();
}

// In the working directory: /tmp may be in memory.
std::string scratch_directory() {
  std::string pattern = "topics-bench-XXXXXX";
  MILLRACE_ASSERT(::mkdtemp(pattern.data()) != nullptr, "a directory for the bench");
  return pattern;
}

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

void report(benchmark::State& state, size_t bytes, double cpu) {
  const auto records = static_cast<double>(state.iterations()) * static_cast<double>(kRecords);
  state.SetItemsProcessed(static_cast<int64_t>(records));
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * bytes));
  state.counters["cpu_us_per_record"] = cpu * 1e6 / records;
}

void bare_write(benchmark::State& state) {
  const std::vector<std::string> values = make_values();
  RecordBatchEncoder encoder;
  RecordBatches batch;
  std::string commit;
  for (size_t i = 0; i < kBatchesPerCommit; ++i) commit += encode(encoder, values, batch);
  const std::string directory = scratch_directory();
  const std::string path = directory + "/bare";
  double cpu = 0;
  for (auto _ : state) {
    const double before = cpu_seconds();
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
    for (size_t i = 0; i < kCommits; ++i) {
      const ssize_t put = ::write(fd, commit.data(), commit.size());
      MILLRACE_ASSERT(put == static_cast<ssize_t>(commit.size()) && ::fdatasync(fd) == 0, "written and synced");
    }
    ::close(fd);
    cpu += cpu_seconds() - before;
  }
  report(state, kCommits * commit.size(), cpu);
  std::filesystem::remove_all(directory);
}

void committed(benchmark::State& state, Durability durability, TopicCompression compression) {
  const std::vector<std::string> values = make_values();
  const std::string directory = scratch_directory();
  const auto files = real_file_system();
  const SystemClock clock;
  auto store = TopicStore::open({.directory = directory + "/data", .durability = durability}, *files, clock);
  MILLRACE_ASSERT(store.ok(), store.error().message());
  MILLRACE_ASSERT((*store)->create_topic("bench", {}).ok(), "a new topic");
  RecordBatchEncoder encoder(compression);
  std::vector<Commit> commits(kCommitsInFlight);
  std::vector<std::future<bool>> outcomes(kCommitsInFlight);
  size_t bytes = 0;
  double cpu = 0;
  for (auto _ : state) {
    const double before = cpu_seconds();
    bytes = 0;
    for (size_t i = 0; i < kCommits; ++i) {
      Commit& commit = commits[i % kCommitsInFlight];
      std::future<bool>& outcome = outcomes[i % kCommitsInFlight];
      if (outcome.valid()) MILLRACE_ASSERT(outcome.get(), "a commit is durable");
      commit.clear();
      for (size_t j = 0; j < kBatchesPerCommit; ++j) {
        RecordBatches batch;
        bytes += encode(encoder, values, batch).size();
        commit.append("bench", 0, batch);
      }
      auto done = std::make_shared<std::promise<bool>>();
      outcome = done->get_future();
      (*store)->submit_async(commit, [done](const Result<CommitReceipt>& receipt) { done->set_value(receipt.ok()); });
    }
    for (auto& outcome : outcomes) MILLRACE_ASSERT(outcome.get(), "a commit is durable");
    MILLRACE_ASSERT((*store)->sync().ok(), "all is on the disk");
    cpu += cpu_seconds() - before;
  }
  report(state, bytes, cpu);
  store->reset();
  std::filesystem::remove_all(directory);
}

void encode_only(benchmark::State& state, TopicCompression compression) {
  const std::vector<std::string> values = make_values();
  RecordBatchEncoder encoder(compression);
  RecordBatches batch;
  for (auto _ : state) benchmark::DoNotOptimize(encode(encoder, values, batch));
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kRecordsPerBatch));
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(kRecordsPerBatch * kValueBytes));
}

void decode_only(benchmark::State& state, TopicCompression compression) {
  const std::vector<std::string> values = make_values();
  RecordBatchEncoder encoder(compression);
  RecordBatches batch;
  const std::string bytes(encode(encoder, values, batch));
  RecordBatchDecoder decoder;
  for (auto _ : state) benchmark::DoNotOptimize(decoder.decode(bytes)->size());
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(kRecordsPerBatch));
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(kRecordsPerBatch * kValueBytes));
}

BENCHMARK(bare_write)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(committed, durability_commit, Durability::kCommit, TopicCompression::kNone)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(committed, durability_interval, Durability::kInterval, TopicCompression::kNone)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(committed, durability_commit_lz4, Durability::kCommit, TopicCompression::kLz4)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(encode_only, none, TopicCompression::kNone);
BENCHMARK_CAPTURE(encode_only, gzip, TopicCompression::kGzip);
BENCHMARK_CAPTURE(encode_only, snappy, TopicCompression::kSnappy);
BENCHMARK_CAPTURE(encode_only, lz4, TopicCompression::kLz4);
BENCHMARK_CAPTURE(encode_only, zstd, TopicCompression::kZstd);
BENCHMARK_CAPTURE(decode_only, none, TopicCompression::kNone);
BENCHMARK_CAPTURE(decode_only, lz4, TopicCompression::kLz4);
BENCHMARK_CAPTURE(decode_only, zstd, TopicCompression::kZstd);

}  // namespace
}  // namespace millrace
