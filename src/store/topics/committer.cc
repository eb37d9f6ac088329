#include "store/topics/committer.h"

#include <algorithm>
#include <future>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"

namespace millrace {
namespace {

// The file that holds a checkpoint's commits never ends for its size alone: the next checkpoint begins the next one.
constexpr int64_t kCommitsFileBytesMax = kSegmentBytesMax;

int64_t sync_interval_ms(Durability durability) {
  switch (durability) {
    case Durability::kCommit: return 0;
    case Durability::kInterval: return kSyncIntervalMs;
    case Durability::kOs: return kOsSyncIntervalMs;
  }
  MILLRACE_UNREACHABLE("durability");
}

}  // namespace

Committer::Committer(const TopicStoreOptions& options, FileSystem& files, const Clock& clock, TopicTable& topics,
                     Subscriptions& subscriptions, TopicCatalog catalog, std::shared_ptr<PartitionLog> commits)
    : options_(options),
      files_(files),
      clock_(clock),
      topics_(topics),
      subscriptions_(subscriptions),
      commits_(std::move(commits)),
      sync_pool_(options.sync_threads),
      synced_to_(commits_->written().end_offset),
      checkpoint_due_bytes_(options.commits_segment_bytes),
      catalog_(std::move(catalog)) {}

Committer::~Committer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Status Committer::start() {
  if (commits_->written().segment == kNoSegment) TRY_STATUS(write_checkpoint());
  thread_ = std::thread([this] { run(); });
  return {};
}

void Committer::submit(Commit& commit, TopicStore::Done done) {
  size_t bytes = commit.bytes();
  for (const Commit::Note& note : commit.notes()) bytes += note.key.size() + note.value.size();
  enqueue({.commit = &commit, .done = std::move(done), .bytes = bytes});
}

Status Committer::run_change(Change change) {
  std::promise<Status> promise;
  enqueue({.done =
               [&promise](Result<CommitReceipt> outcome) {
                 promise.set_value(outcome.ok() ? Status() : Status(outcome.error()));
               },
           .change = std::move(change)});
  return promise.get_future().get();
}

Status Committer::sync() {
  return run_change([] { return Status(); });
}

void Committer::enqueue(Request request) {
  std::unique_lock lock(mutex_);
  room_.wait(lock,
             [&] { return failed_ || queue_.empty() || queue_bytes_ + request.bytes <= options_.queue_bytes_max; });
  if (failed_) {
    const Error error = *failed_;
    lock.unlock();
    request.done(error);
    return;
  }
  queue_bytes_ += request.bytes;
  queue_.push_back(std::move(request));
  lock.unlock();
  work_.notify_one();
}

Status Committer::check_usable() const {
  const std::lock_guard lock(mutex_);
  return failed_ ? Status(*failed_) : Status();
}

std::optional<std::string> Committer::note(std::string_view key) const {
  const std::shared_lock lock(catalog_mutex_);
  const auto found = catalog_.notes.find(key);
  return found == catalog_.notes.end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::pair<std::string, std::string>> Committer::notes(std::string_view key_prefix) const {
  const std::shared_lock lock(catalog_mutex_);
  std::vector<std::pair<std::string, std::string>> found;
  for (auto note = catalog_.notes.lower_bound(key_prefix);
       note != catalog_.notes.end() && note->first.starts_with(key_prefix); ++note) {
    found.emplace_back(*note);
  }
  return found;
}

void Committer::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    const auto awake = [this] { return stopping_ || !queue_.empty(); };
    if (written_.empty()) {
      work_.wait(lock, awake);
    } else {
      work_.wait_until(lock, sync_due_, awake);
    }
    if (queue_.empty() && stopping_) break;
    std::deque<Request> group = take_group(lock);
    lock.unlock();
    if (!group.empty()) run_round(group);
    if (!written_.empty() && std::chrono::steady_clock::now() >= sync_due_)
      (void)sync_written();  // fail() has told all
    lock.lock();
  }
  lock.unlock();
  if (check_usable().ok()) (void)sync_written();
}

// The commits of the next round, or one change. Holds the lock.
std::deque<Committer::Request> Committer::take_group(std::unique_lock<std::mutex>&) {
  std::deque<Request> group;
  size_t bytes = 0;
  while (!queue_.empty()) {
    const bool alone = queue_.front().change != nullptr;
    if (!group.empty() && (alone || bytes + queue_.front().bytes > options_.round_bytes_max)) break;
    bytes += queue_.front().bytes;
    group.push_back(std::move(queue_.front()));
    queue_.pop_front();
    if (alone) break;
  }
  queue_bytes_ -= bytes;
  room_.notify_all();
  return group;
}

void Committer::run_round(std::deque<Request>& group) {
  if (Status usable = check_usable(); !usable.ok()) {
    for (Request& request : group) request.done(usable.error());
    return;
  }
  if (group.front().change) {
    Request& request = group.front();
    Status status = sync_written();
    if (status.ok()) status = request.change();
    request.done(status.ok() ? Result<CommitReceipt>(CommitReceipt()) : Result<CommitReceipt>(status.error()));
    return;
  }
  std::vector<Staged> round;
  for (Request& request : group) {
    Staged staged{.request = &request};
    if (Status status = stage(staged); !status.ok()) {
      request.done(status.error());
    } else {
      round.push_back(std::move(staged));
    }
  }
  if (round.empty()) return;
  if (Status status = write(round); !status.ok()) {
    const Error error = undo(status.error());
    for (Staged& staged : round) staged.request->done(error);
    return;
  }
  keep();
  if (written_.empty()) {
    sync_due_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(sync_interval_ms(options_.durability));
  }
  const bool tell_now = options_.durability != Durability::kCommit;
  for (Staged& staged : round) {
    Written written{std::move(staged.record), std::move(staged.request->done), std::move(staged.receipt)};
    if (tell_now) std::exchange(written.done, nullptr)(written.receipt);
    written_.push_back(std::move(written));
  }
}

// Everything that the commit needs is there and within its limits.
Status Committer::stage(Staged& staged) const {
  Commit& commit = *staged.request->commit;
  TRY_STATUS(check_limits(commit));
  for (size_t i = 0; i < commit.parts_used(); ++i) {
    const TopicPartition& where = commit.parts()[i].where;
    if (where.topic == kCommitsTopic) {
      return Error(ErrorCode::kInvalidArgument, fmt::format("only the store itself writes to {}", kCommitsTopic));
    }
    TRY(log, topics_.find(where.topic, where.partition));
    if (std::string alarm = log->alarm(); !alarm.empty()) {
      return Error(ErrorCode::kResource, fmt::format("{}/{}: {}", where.topic, where.partition, alarm));
    }
    TRY(topic, topics_.find(where.topic));
    staged.topics.push_back(std::move(topic));
  }
  return {};
}

Status Committer::check_limits(const Commit& commit) const {
  if (commit.empty()) return Error(ErrorCode::kInvalidArgument, "a commit needs records or notes");
  if (commit.bytes() > options_.commit_bytes_max) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("a commit of {} bytes is larger than commit_bytes_max, {}",
                                                          commit.bytes(), options_.commit_bytes_max));
  }
  size_t bytes = 0;
  for (const Commit::Note& note : commit.notes()) {
    if (note.key.empty() || note.key.size() > options_.note_key_bytes_max) {
      return Error(ErrorCode::kInvalidArgument,
                   fmt::format("a note's key has 1 to {} bytes (note_key_bytes_max), not {}",
                               options_.note_key_bytes_max, note.key.size()));
    }
    bytes += note.key.size() + note.value.size();
  }
  if (bytes > options_.commit_notes_bytes_max) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("a commit's notes have {} bytes, more than {} "
                                                          "(commit_notes_bytes_max)",
                                                          bytes, options_.commit_notes_bytes_max));
  }
  return {};
}

Status Committer::write(std::vector<Staged>& round) {
  for (Staged& staged : round) TRY_STATUS(write_parts(staged));
  return write_records(round);
}

Status Committer::write_parts(Staged& staged) {
  Commit& commit = *staged.request->commit;
  for (size_t i = 0; i < commit.parts_used(); ++i) {
    Commit::Part& part = commit.parts()[i];
    const Topic& topic = *staged.topics[i];
    const std::shared_ptr<PartitionLog>& log = topic.logs[static_cast<size_t>(part.where.partition)];
    TRY_STATUS(mark(log));
    TRY(appended, log->append(part.bytes, topic.config.segment_bytes, unsynced_));
    const PartitionState end = log->written();
    staged.record.ends.push_back({.where = part.where,
                                  .base_offset = appended.base_offset,
                                  .end_offset = appended.end_offset,
                                  .segment = end.segment,
                                  .position = end.position,
                                  .bytes = part.bytes.size(),
                                  .last_crc = appended.last_crc});
    staged.receipt.parts.push_back({part.where, appended.base_offset, appended.end_offset});
    logs_.insert(log);
  }
  return {};
}

// One batch in millrace.commits for each commit.
Status Committer::write_records(std::vector<Staged>& round) {
  std::string batches;
  int64_t id = next_commit();
  for (Staged& staged : round) {
    staged.record.notes = staged.request->commit->notes();
    TRY(batch, encode_record(staged.record));
    batches += batch;
    staged.receipt.commit = id;
    id += static_cast<int64_t>(record_batch_.records());
  }
  TRY_STATUS(mark(commits_));
  TRY_STATUS(commits_->append(batches, kCommitsFileBytesMax, unsynced_));
  return {};
}

Result<std::string> Committer::encode_record(CommitRecord& record) {
  record.synced_to = synced_to_;
  record_batch_.begin();
  encode_commit(record, clock_.wall_us() / 1000, record_batch_);
  TRY(batch, record_batch_.finish());
  return std::string(batch.bytes());
}

Status Committer::mark(const std::shared_ptr<PartitionLog>& log) {
  TRY_STATUS(log->mark());
  if (std::find(marked_.begin(), marked_.end(), log) == marked_.end()) marked_.push_back(log);
  return {};
}

void Committer::keep() {
  for (const auto& log : std::exchange(marked_, {})) log->keep();
}

// A full disk takes back what was written of the round; anything else is the end.
Error Committer::undo(const Error& why) {
  if (why.code() != ErrorCode::kResource && why.code() != ErrorCode::kInvalidArgument) return fail(why);
  for (const auto& log : std::exchange(marked_, {})) {
    if (Status status = log->roll_back(); !status.ok()) return fail(status.error());
  }
  if (why.code() == ErrorCode::kInvalidArgument) return why;
  return {ErrorCode::kResource,
          fmt::format("{}; nothing of the commit was kept: free some space, and try again", why.message())};
}

Status Committer::sync_written() {
  std::vector<std::function<Status()>> tasks;
  for (const auto& [path, file] : unsynced_.files) {
    tasks.emplace_back([file = file] { return file->sync(); });
  }
  for (const std::string& directory : unsynced_.directories) {
    tasks.emplace_back([this, directory] { return files_.sync_directory(directory); });
  }
  unsynced_ = {};
  if (!tasks.empty()) {
    if (Status status = sync_pool_.run(std::move(tasks)); !status.ok()) return fail(status.error());
  }
  std::vector<Written> published = publish();
  // Without room for a checkpoint the commits' file grows on until there is.
  if (commits_->written().position >= checkpoint_due_bytes_) (void)write_checkpoint();
  for (Written& one : published) {
    if (one.done) one.done(std::move(one.receipt));
  }
  return check_usable();
}

// Readers see all that was written, and are told; the committing ones are not yet.
std::vector<Committer::Written> Committer::publish() {
  synced_to_ = next_commit();
  {
    const std::unique_lock lock(catalog_mutex_);
    for (const Written& written : written_) {
      const Status applied = catalog_.apply(written.record);
      MILLRACE_ASSERT(applied.ok(), applied.error().message());
    }
  }
  for (const std::shared_ptr<PartitionLog>& log : logs_) log->publish();
  commits_->publish();
  logs_.clear();
  std::set<TopicPartition> told;
  std::vector<Written> written = std::exchange(written_, {});
  for (const Written& one : written) {
    for (const CommitReceipt::Part& part : one.receipt.parts) {
      if (told.insert(part.where).second) subscriptions_.tell(part.where.topic, part.where.partition);
    }
  }
  if (!written.empty()) subscriptions_.tell(kCommitsTopic, 0);
  return written;
}

Status Committer::commit_now(CommitRecord record) {
  MILLRACE_ASSERT(written_.empty(), "a change has the committer to itself");
  TRY(batch, encode_record(record));
  TRY_STATUS(mark(commits_));
  if (auto appended = commits_->append(batch, kCommitsFileBytesMax, unsynced_); !appended.ok()) {
    return undo(appended.error());
  }
  keep();
  written_.push_back({std::move(record), nullptr, {}});
  return sync_written();
}

// All that is known, at the beginning of a new file; then the files before it are not needed any more.
Status Committer::write_checkpoint() {
  CommitRecord record = catalog_.checkpoint();
  const PartitionState before = commits_->written();
  TRY(batch, encode_record(record));
  TRY_STATUS(mark(commits_));
  Status written = commits_->start_segment(unsynced_);
  if (written.ok()) {
    if (auto appended = commits_->append(batch, kCommitsFileBytesMax, unsynced_); !appended.ok()) {
      written = appended.error();
    }
  }
  if (!written.ok()) {
    checkpoint_due_bytes_ = before.position + options_.commits_segment_bytes;
    return undo(written.error());
  }
  keep();
  const int64_t begin = commits_->written().segment;
  checkpoint_due_bytes_ = commits_->written().position + options_.commits_segment_bytes;
  TRY_STATUS(sync_written());
  for (const auto& segment : commits_->expire(begin)) {
    if (Status status = segment->remove_files(); !status.ok()) return fail(status.error());
  }
  return {};
}

Error Committer::fail(const Error& why) {
  const Error error(ErrorCode::kFailed,
                    fmt::format("the topics in {} cannot be used any more: {}; open them again, which recovers what is "
                                "on the disk",
                                options_.directory, why.message()));
  {
    const std::lock_guard lock(mutex_);
    if (failed_) return *failed_;
    failed_ = error;
  }
  room_.notify_all();
  for (Written& written : std::exchange(written_, {})) {
    if (written.done) written.done(error);
  }
  logs_.clear();
  for (const std::shared_ptr<const Topic>& topic : topics_.all()) {
    for (const std::shared_ptr<PartitionLog>& log : topic->logs) log->end();
  }
  commits_->end();
  subscriptions_.end_all();
  return error;
}

}  // namespace millrace
