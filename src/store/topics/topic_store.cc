#include "store/topics/topic_store.h"

#include <algorithm>
#include <future>

#include <fmt/format.h>

#include "store/topics/committer.h"
#include "store/topics/recovery.h"
#include "store/topics/subscriptions.h"
#include "store/topics/topic_table.h"

namespace millrace {
namespace {

constexpr std::string_view kLockFile = "lock";

Result<std::unique_ptr<FileLock>> lock_directory(FileSystem& files, const std::string& directory) {
  auto lock = files.lock(join_path(directory, kLockFile));
  if (lock.ok() || lock.error().code() != ErrorCode::kAlreadyExists) return lock;
  return Error(ErrorCode::kAlreadyExists,
               fmt::format("the data directory {} is in use ({}); stop that process, or use another directory",
                           directory, lock.error().message()));
}

Status make_directories(FileSystem& files, const std::string& directory) {
  if (files.is_directory(topics_directory(directory))) return {};
  if (Status made = files.make_directory(directory); !made.ok()) {
    return made.error().with_context(fmt::format("the data directory {}", directory));
  }
  TRY_STATUS(files.make_directory(topics_directory(directory)));
  TRY_STATUS(files.sync_directory(directory));
  return files.sync_directory(directory_of(directory));
}

std::shared_ptr<PartitionLog> empty_log(FileSystem& files, std::string directory) {
  return std::make_shared<PartitionLog>(files, std::move(directory), PartitionState(),
                                        std::vector<std::shared_ptr<Segment>>());
}

// An error of one partition, with its name.
template <typename T>
Result<T> in_partition(Result<T> outcome, std::string_view topic, int32_t partition) {
  if (outcome.ok()) return outcome;
  return outcome.error().with_context(fmt::format("{}/{}", topic, partition));
}

class HeldPin final : public Pin {
 public:
  HeldPin(std::shared_ptr<PartitionLog> log, uint64_t id) : log_(std::move(log)), id_(id) {}
  HeldPin(const HeldPin&) = delete;
  HeldPin& operator=(const HeldPin&) = delete;
  ~HeldPin() override { log_->remove_pin(id_); }
  void move_to(int64_t offset) override { log_->move_pin(id_, offset); }

 private:
  const std::shared_ptr<PartitionLog> log_;
  const uint64_t id_;
};

}  // namespace

// In the order in which they go away last.
struct TopicStore::Parts {
  Parts(TopicStoreOptions the_options, FileSystem& the_files, const Clock& the_clock)
      : options(std::move(the_options)), files(the_files), clock(the_clock) {}

  // On the committer's thread. The commit is what counts: files that it leaves without an owner are removed behind it,
  // and what cannot be removed goes when the store is opened again. Recovery does not miss them: the commit says itself
  // that all before it is on the disk.
  Status create(const std::string& name, const TopicConfig& config);
  Status remove(const std::string& name);
  Status change(const std::string& name, const TopicConfig& config);
  Status enforce_retention();

  const TopicStoreOptions options;
  FileSystem& files;
  const Clock& clock;
  std::unique_ptr<FileLock> lock;
  TopicTable topics;
  Subscriptions subscriptions;
  std::unique_ptr<Committer> committer;
};

Status TopicStore::Parts::create(const std::string& name, const TopicConfig& config) {
  if (committer->catalog().topics.contains(name)) {
    return Error(ErrorCode::kAlreadyExists, fmt::format("there is a topic '{}' already", name));
  }
  const int64_t id = committer->next_commit();
  CommitRecord record;
  record.topics.push_back({name, id, config});
  TRY_STATUS(committer->commit_now(std::move(record)));
  auto topic = std::make_shared<Topic>(Topic{name, id, config, {}});
  for (int32_t i = 0; i < config.partitions; ++i) {
    topic->logs.push_back(empty_log(files, partition_directory(options.directory, name, id, i)));
  }
  topics.put(std::move(topic));
  return {};
}

Status TopicStore::Parts::remove(const std::string& name) {
  TRY(topic, topics.find(name));
  CommitRecord record;
  record.deleted_topics.push_back(name);
  TRY_STATUS(committer->commit_now(std::move(record)));
  topics.erase(name);
  for (const auto& log : topic->logs) log->end();
  subscriptions.end(name);
  for (int32_t i = 0; i < topic->config.partitions; ++i) {
    (void)remove_partition_directory(files, partition_directory(options.directory, name, topic->id, i));
  }
  return {};
}

Status TopicStore::Parts::change(const std::string& name, const TopicConfig& config) {
  TRY(before, topics.find(name));
  if (config.partitions < before->config.partitions) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("topic '{}' has {} partitions and cannot have fewer: make a new one with {}", name,
                             before->config.partitions, config.partitions));
  }
  if (config == before->config) return {};
  CommitRecord record;
  record.topics.push_back({name, before->id, config});
  TRY_STATUS(committer->commit_now(std::move(record)));
  auto topic = std::make_shared<Topic>(*before);
  topic->config = config;
  for (int32_t i = before->config.partitions; i < config.partitions; ++i) {
    topic->logs.push_back(empty_log(files, partition_directory(options.directory, name, topic->id, i)));
  }
  topics.put(std::move(topic));
  return {};
}

Result<std::unique_ptr<TopicStore>> TopicStore::open(TopicStoreOptions options, FileSystem& files, const Clock& clock) {
  auto parts = std::make_unique<Parts>(std::move(options), files, clock);
  const std::string& directory = parts->options.directory;
  TRY_STATUS(make_directories(files, directory));
  TRY(lock, lock_directory(files, directory));
  parts->lock = std::move(lock);
  TRY(found, recover(files, directory));
  for (auto& topic : found.topics) parts->topics.put(std::move(topic));
  parts->topics.put(
      std::make_shared<Topic>(Topic{std::string(kCommitsTopic), 0, {.retention_ms = std::nullopt}, {found.commits}}));
  parts->committer = std::make_unique<Committer>(parts->options, files, clock, parts->topics, parts->subscriptions,
                                                 std::move(found.catalog), std::move(found.commits));
  TRY_STATUS(parts->committer->start());
  for (const auto& segment : found.expired) (void)segment->remove_files();
  for (const std::string& path : found.deleted_directories) (void)remove_partition_directory(files, path);
  return std::unique_ptr<TopicStore>(new TopicStore(std::move(parts)));
}

TopicStore::TopicStore(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

TopicStore::~TopicStore() = default;

Status TopicStore::create_topic(std::string_view name, const TopicConfig& config) {
  TRY_STATUS(check_topic_name(name));
  TRY_STATUS(check_topic_config(config));
  if (name == kCommitsTopic) {
    return Error(ErrorCode::kAlreadyExists, fmt::format("{} is the store's own topic", kCommitsTopic));
  }
  return parts_->committer->run_change([&] { return parts_->create(std::string(name), config); });
}

Status TopicStore::delete_topic(std::string_view name) {
  if (name == kCommitsTopic) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("{} is the store's own topic and stays", kCommitsTopic));
  }
  return parts_->committer->run_change([&] { return parts_->remove(std::string(name)); });
}

Status TopicStore::change_topic(std::string_view name, const TopicConfig& config) {
  TRY_STATUS(check_topic_config(config));
  if (name == kCommitsTopic) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("{} is the store's own topic and stays as it is", kCommitsTopic));
  }
  return parts_->committer->run_change([&] { return parts_->change(std::string(name), config); });
}

std::vector<std::string> TopicStore::topics() const {
  std::vector<std::string> names;
  for (const auto& topic : parts_->topics.all()) names.push_back(topic->name);
  return names;
}

Result<TopicDescription> TopicStore::describe(std::string_view name) const {
  TRY(topic, parts_->topics.find(name));
  TopicDescription about{topic->name, topic->config, {}};
  for (const auto& log : topic->logs) about.partitions.push_back(log->describe());
  return about;
}

Result<CommitReceipt> TopicStore::submit(Commit& commit) {
  std::promise<Result<CommitReceipt>> promise;
  submit_async(commit, [&promise](Result<CommitReceipt> outcome) { promise.set_value(std::move(outcome)); });
  return promise.get_future().get();
}

void TopicStore::submit_async(Commit& commit, Done done) { parts_->committer->submit(commit, std::move(done)); }

Status TopicStore::sync() { return parts_->committer->sync(); }

Status TopicStore::usable() const { return parts_->committer->check_usable(); }

std::optional<std::string> TopicStore::note(std::string_view key) const { return parts_->committer->note(key); }

std::vector<std::pair<std::string, std::string>> TopicStore::notes(std::string_view key_prefix) const {
  return parts_->committer->notes(key_prefix);
}

Result<Fetched> TopicStore::read(std::string_view topic, int32_t partition, int64_t offset, size_t bytes_max) const {
  TRY_STATUS(parts_->committer->check_usable());
  TRY(log, parts_->topics.find(topic, partition));
  TRY(found, in_partition(log->read(offset, std::min(bytes_max, kBatchBytesMax)), topic, partition));
  return Fetched{std::move(found.buffer), found.batches, log->log_start(), log->high_water_mark()};
}

Result<TopicStore::Bounds> TopicStore::bounds(std::string_view topic, int32_t partition) const {
  TRY(log, parts_->topics.find(topic, partition));
  return Bounds{log->log_start(), log->high_water_mark()};
}

Result<std::optional<OffsetAtTime>> TopicStore::offset_at(std::string_view topic, int32_t partition,
                                                          int64_t timestamp_ms) const {
  TRY_STATUS(parts_->committer->check_usable());
  TRY(log, parts_->topics.find(topic, partition));
  TRY(found, in_partition(log->read_at_time(timestamp_ms), topic, partition));
  if (found.batches.empty()) return std::optional<OffsetAtTime>();
  RecordBatchDecoder decoder;
  TRY(records, in_partition(decoder.decode(found.batches), topic, partition));
  const auto at = std::find_if(records.begin(), records.end(),
                               [timestamp_ms](const TopicRecord& one) { return one.timestamp_ms >= timestamp_ms; });
  if (at == records.end()) return std::optional<OffsetAtTime>();
  return std::optional(OffsetAtTime{at->offset, at->timestamp_ms});
}

Result<bool> TopicStore::wait_beyond(std::string_view topic, int32_t partition, int64_t offset,
                                     int64_t timeout_ms) const {
  TRY_STATUS(parts_->committer->check_usable());
  TRY(log, parts_->topics.find(topic, partition));
  switch (log->wait_beyond(offset, timeout_ms)) {
    case PartitionLog::Wait::kData: return true;
    case PartitionLog::Wait::kTimeout: return false;
    case PartitionLog::Wait::kEnded: break;
  }
  TRY_STATUS(parts_->committer->check_usable());
  return Error(ErrorCode::kNotFound, fmt::format("topic '{}' was deleted", topic));
}

Result<std::unique_ptr<Subscription>> TopicStore::subscribe(std::string_view topic,
                                                            std::function<void(int32_t)> on_data) {
  TRY_STATUS(parts_->committer->check_usable());
  TRY(found, parts_->topics.find(topic));
  return parts_->subscriptions.add(found->name, std::move(on_data));
}

Result<std::unique_ptr<Pin>> TopicStore::pin(std::string_view topic, int32_t partition, int64_t offset,
                                             std::string holder) {
  TRY(log, parts_->topics.find(topic, partition));
  TRY(id, in_partition(log->add_pin(offset, std::move(holder)), topic, partition));
  return std::unique_ptr<Pin>(std::make_unique<HeldPin>(std::move(log), id));
}

// Where each log is to start: one commit says so, then the files before go.
Status TopicStore::Parts::enforce_retention() {
  CommitRecord record;
  std::vector<std::shared_ptr<PartitionLog>> logs;
  for (const auto& topic : topics.all()) {
    if (topic->name == kCommitsTopic) continue;  // its checkpoints keep it short
    for (size_t i = 0; i < topic->logs.size(); ++i) {
      const std::shared_ptr<PartitionLog>& log = topic->logs[i];
      TRY(log_start, log->apply_retention(topic->config, clock.wall_us() / 1000));
      if (log_start <= log->log_start()) continue;
      record.starts.push_back({{topic->name, static_cast<int32_t>(i)}, log_start});
      logs.push_back(log);
    }
  }
  if (logs.empty()) return {};
  const std::vector<CommitRecord::Start> starts = record.starts;
  TRY_STATUS(committer->commit_now(std::move(record)));
  std::vector<std::shared_ptr<Segment>> expired;
  for (size_t i = 0; i < logs.size(); ++i) {
    for (auto& segment : logs[i]->expire(starts[i].log_start)) expired.push_back(std::move(segment));
  }
  for (const auto& segment : expired) (void)segment->remove_files();
  return {};
}

Status TopicStore::enforce_retention() {
  return parts_->committer->run_change([this] { return parts_->enforce_retention(); });
}

}  // namespace millrace
