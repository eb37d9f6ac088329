#include "testing/faulty_disk.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"

namespace millrace {
namespace {

constexpr uint64_t kSectorBytes = 512;

Error crash() { return {ErrorCode::kUnavailable, "the machine has crashed"}; }

}  // namespace

// An open file, of whatever kind; it goes on when its name is gone.
class FaultyDisk::File final : public LogFile, public WritableFile {
 public:
  File(FaultyDisk& disk, std::string path, std::shared_ptr<Node> node, uint64_t life)
      : disk_(disk), path_(std::move(path)), node_(std::move(node)), life_(life) {}

  Result<size_t> read_at(uint64_t position, char* to, size_t bytes) override {
    const std::lock_guard lock(disk_.mutex_);
    TRY_STATUS(check_locked());
    const std::string& seen = node_->seen;
    if (position >= seen.size()) return size_t{0};
    const size_t got = std::min<size_t>(bytes, seen.size() - position);
    std::copy_n(seen.data() + position, got, to);
    return got;
  }
  Status append(std::string_view bytes) override {
    const std::lock_guard lock(disk_.mutex_);
    TRY_STATUS(check_locked());
    return disk_.append_locked(*node_, path_, bytes);
  }
  Status truncate(uint64_t bytes) override {
    const std::lock_guard lock(disk_.mutex_);
    TRY_STATUS(check_locked());
    return disk_.truncate_locked(*node_, path_, bytes);
  }
  Status sync() override {
    const std::lock_guard lock(disk_.mutex_);
    TRY_STATUS(check_locked());
    return disk_.sync_locked(*node_, path_);
  }
  Status close() override { return {}; }

 private:
  Status check_locked() const { return disk_.crashed_ || disk_.life_ != life_ ? Status(crash()) : Status(); }

  FaultyDisk& disk_;
  const std::string path_;
  const std::shared_ptr<Node> node_;
  const uint64_t life_;
};

class FaultyDisk::Stream final : public ByteStream {
 public:
  explicit Stream(std::unique_ptr<File> file) : file_(std::move(file)) {}
  Result<size_t> read(char* to, size_t bytes) override {
    TRY(got, file_->read_at(at_, to, bytes));
    at_ += got;
    return got;
  }

 private:
  std::unique_ptr<File> file_;
  uint64_t at_ = 0;
};

class FaultyDisk::Lock final : public FileLock {
 public:
  Lock(FaultyDisk& disk, std::string path, uint64_t life) : disk_(disk), path_(std::move(path)), life_(life) {}
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  ~Lock() override {
    const std::lock_guard lock(disk_.mutex_);
    if (disk_.life_ == life_) disk_.locks_.erase(path_);
  }

 private:
  FaultyDisk& disk_;
  const std::string path_;
  const uint64_t life_;
};

FaultyDisk::FaultyDisk(uint64_t seed) : random_(seed) {
  auto root = std::make_shared<Node>();
  root->directory = true;
  seen_["/"] = durable_["/"] = std::move(root);
}

uint64_t FaultyDisk::calls() const {
  const std::lock_guard lock(mutex_);
  return calls_;
}

uint64_t FaultyDisk::faults() const {
  const std::lock_guard lock(mutex_);
  return faults_;
}

void FaultyDisk::crash_at(uint64_t call) {
  const std::lock_guard lock(mutex_);
  crash_at_ = call;
}

void FaultyDisk::fail_at(uint64_t call, int error_number) {
  const std::lock_guard lock(mutex_);
  fail_at_[call] = error_number;
}

void FaultyDisk::limit_bytes(uint64_t bytes, uint64_t refusals) {
  const std::lock_guard lock(mutex_);
  bytes_max_ = bytes;
  refusals_left_ = refusals;
}

bool FaultyDisk::crashed() const {
  const std::lock_guard lock(mutex_);
  return crashed_;
}

void FaultyDisk::end_at(uint64_t call, End end, std::function<void()> told) {
  const std::lock_guard lock(mutex_);
  end_at_ = call;
  end_ = end;
  told_end_ = std::move(told);
}

void FaultyDisk::end_now(End end) {
  const std::lock_guard lock(mutex_);
  if (!after_end_) end_locked(end);
}

bool FaultyDisk::ended() const {
  const std::lock_guard lock(mutex_);
  return after_end_.has_value();
}

void FaultyDisk::end_locked(End end) {
  ++faults_;
  if (end == End::kMachine) {
    const Names kept = after_crash_locked();
    after_end_ = {.seen = kept, .durable = kept};
  } else {
    after_end_ = copy_locked();
  }
  fail_at_.clear();
  bytes_max_ = UINT64_MAX;
  if (told_end_) told_end_();
}

FaultyDisk::Image FaultyDisk::copy_locked() const {
  std::map<const Node*, std::shared_ptr<Node>> copies;
  const auto copy = [&](const Names& names) {
    Names copied;
    for (const auto& [path, node] : names) {
      std::shared_ptr<Node>& one = copies[node.get()];
      if (one == nullptr) one = std::make_shared<Node>(*node);
      copied[path] = one;
    }
    return copied;
  };
  return {.seen = copy(seen_), .durable = copy(durable_)};
}

FaultyDisk::Names FaultyDisk::after_crash_locked() {
  Names all = durable_;
  all.insert(seen_.begin(), seen_.end());
  Names kept;
  // In the order of paths, so that a directory comes before what is in it.
  for (const auto& [path, node] : all) {
    const auto before = durable_.find(path);
    const auto after = seen_.find(path);
    const bool same = before != durable_.end() && after != seen_.end() && before->second == after->second;
    const bool take_new = same || random_.below(2) == 0;
    const auto& chosen = take_new ? after : before;
    if (chosen == (take_new ? seen_.end() : durable_.end())) continue;
    const auto parent = kept.find(directory_of(path));
    if (path != "/" && (parent == kept.end() || !parent->second->directory)) continue;
    auto fresh = std::make_shared<Node>();
    fresh->directory = chosen->second->directory;
    fresh->seen = fresh->durable = after_crash_locked(*chosen->second);
    fresh->shortest = fresh->seen.size();
    kept[path] = std::move(fresh);
  }
  return kept;
}

void FaultyDisk::restart() {
  const std::lock_guard lock(mutex_);
  if (after_end_) {
    seen_ = std::move(after_end_->seen);
    durable_ = std::move(after_end_->durable);
    after_end_.reset();
  } else {
    seen_ = durable_ = after_crash_locked();
  }
  locks_.clear();
  fail_at_.clear();
  crash_at_ = end_at_ = UINT64_MAX;
  crashed_ = false;
  ++life_;
}

void FaultyDisk::kill_process() {
  const std::lock_guard lock(mutex_);
  MILLRACE_ASSERT(!after_end_, "a process that has ended cannot be killed");
  locks_.clear();
  crash_at_ = end_at_ = UINT64_MAX;
  crashed_ = false;
  ++life_;
}

void FaultyDisk::heal() {
  const std::lock_guard lock(mutex_);
  fail_at_.clear();
  crash_at_ = end_at_ = bytes_max_ = UINT64_MAX;
}

// What was synced, with some of what came after.
std::string FaultyDisk::after_crash_locked(const Node& node) {
  if (node.written.empty() && node.shortest >= node.durable.size()) return node.durable;
  const uint64_t shortest = std::min<uint64_t>({node.shortest, node.durable.size(), node.seen.size()});
  const uint64_t longest = std::max(node.durable.size(), node.seen.size());
  uint64_t bytes = node.durable.size();
  switch (random_.below(3)) {
    case 0: break;
    case 1: bytes = node.seen.size(); break;
    default: bytes = shortest + random_.below(longest - shortest + 1);
  }
  std::string left = node.durable;
  left.resize(longest);
  const uint64_t percent = random_.below(2) == 0 ? 100 : random_.below(101);  // often all that fits the length
  for (const auto& [begin, end] : node.written) {
    for (uint64_t sector = begin / kSectorBytes * kSectorBytes; sector < end; sector += kSectorBytes) {
      const uint64_t from = std::max(begin, sector);
      const uint64_t to = std::min({end, sector + kSectorBytes, uint64_t{node.seen.size()}});
      if (from < to && random_.below(100) < percent) left.replace(from, to - from, node.seen, from, to - from);
    }
  }
  left.resize(bytes);
  return left;
}

std::optional<std::string> FaultyDisk::contents(const std::string& path) const {
  const std::lock_guard lock(mutex_);
  const auto found = seen_.find(path);
  return found == seen_.end() ? std::nullopt : std::optional(found->second->seen);
}

void FaultyDisk::overwrite(const std::string& path, std::string bytes) {
  const std::lock_guard lock(mutex_);
  Node& node = *seen_.at(path);
  node.seen = node.durable = std::move(bytes);
  node.written.clear();
  node.shortest = node.seen.size();
}

std::vector<std::string> FaultyDisk::paths() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> paths;
  for (const auto& [path, node] : seen_) {
    if (!node->directory) paths.push_back(path);
  }
  return paths;
}

FaultyDisk::Verdict FaultyDisk::judge_locked(std::string_view action, const std::string& path) {
  if (crashed_) return {crash(), false};
  ++calls_;
  if (calls_ == end_at_ && !after_end_) end_locked(end_);
  if (calls_ == crash_at_) {
    crashed_ = true;
    ++faults_;
    return {crash(), random_.below(2) == 0};
  }
  const auto fails = fail_at_.find(calls_);
  if (fails == fail_at_.end()) return {};
  ++faults_;
  return {errno_error(fails->second, action, path), false};
}

Result<std::shared_ptr<FaultyDisk::Node>> FaultyDisk::find_locked(const std::string& path,
                                                                  std::string_view action) const {
  if (crashed_) return crash();
  const auto found = seen_.find(path);
  if (found == seen_.end()) return errno_error(ENOENT, action, path);
  return found->second;
}

Status FaultyDisk::check_parent_locked(const std::string& path, std::string_view action) const {
  const auto parent = seen_.find(directory_of(path));
  if (parent == seen_.end() || !parent->second->directory) return errno_error(ENOENT, action, path);
  return {};
}

Status FaultyDisk::add_locked(const std::string& path, std::shared_ptr<Node> node) {
  TRY_STATUS(check_parent_locked(path, "create"));
  Verdict verdict = judge_locked("create", path);
  if (verdict.done) seen_[path] = std::move(node);
  if (verdict.error) return *verdict.error;
  return {};
}

Status FaultyDisk::append_locked(Node& node, const std::string& path, std::string_view bytes) {
  Verdict verdict = judge_locked("write", path);
  if (crashed_ && !verdict.done) return *verdict.error;
  uint64_t used = 0;
  if (bytes_max_ != UINT64_MAX) {
    for (const auto& [name, one] : seen_) used += one->seen.size();
  }
  if (!verdict.error && bytes.size() > bytes_max_ - std::min(used, bytes_max_)) {
    verdict.error = errno_error(ENOSPC, "write", path);
    ++faults_;
    if (--refusals_left_ == 0) bytes_max_ = UINT64_MAX;
  }
  if (verdict.error) bytes = bytes.substr(0, random_.below(bytes.size() + 1));
  const uint64_t begin = node.seen.size();
  node.seen += bytes;
  if (!bytes.empty()) node.written.emplace_back(begin, node.seen.size());
  if (verdict.error) return *verdict.error;
  return {};
}

Status FaultyDisk::truncate_locked(Node& node, const std::string& path, uint64_t bytes) {
  Verdict verdict = judge_locked("truncate", path);
  if (verdict.done) {
    node.seen.resize(bytes);
    node.shortest = std::min(node.shortest, bytes);
  }
  if (verdict.error) return *verdict.error;
  return {};
}

// A sync that fails may have lost what it was to sync, as Linux does: nobody can know.
Status FaultyDisk::sync_locked(Node& node, const std::string& path) {
  Verdict verdict = judge_locked("sync", path);
  if (verdict.done) {
    node.durable = node.seen;
    node.written.clear();
    node.shortest = node.seen.size();
  }
  if (verdict.error) return *verdict.error;
  return {};
}

Result<std::unique_ptr<ByteStream>> FaultyDisk::open(const std::string& path) {
  const std::lock_guard lock(mutex_);
  TRY(node, find_locked(path, "open"));
  return std::unique_ptr<ByteStream>(
      std::make_unique<Stream>(std::make_unique<File>(*this, path, std::move(node), life_)));
}

Result<uint64_t> FaultyDisk::size(const std::string& path) {
  const std::lock_guard lock(mutex_);
  TRY(node, find_locked(path, "find"));
  return uint64_t{node->seen.size()};
}

bool FaultyDisk::is_directory(const std::string& path) {
  const std::lock_guard lock(mutex_);
  const auto found = seen_.find(path);
  return found != seen_.end() && found->second->directory;
}

Result<std::vector<std::string>> FaultyDisk::glob(const std::string& pattern) { return std::vector{pattern}; }

Result<std::unique_ptr<WritableFile>> FaultyDisk::create(const std::string& path) {
  const std::lock_guard lock(mutex_);
  auto node = std::make_shared<Node>();
  TRY_STATUS(add_locked(path, node));
  return std::unique_ptr<WritableFile>(std::make_unique<File>(*this, path, std::move(node), life_));
}

Result<std::unique_ptr<WritableFile>> FaultyDisk::create_held(const std::string& path) {
  {
    const std::lock_guard lock(mutex_);
    if (seen_.contains(path)) return errno_error(EEXIST, "create", path);
  }
  return create(path);
}

Result<bool> FaultyDisk::remove_abandoned(const std::string& path) {
  const bool there = size(path).ok();
  TRY_STATUS(remove(path));
  return there;
}

Status FaultyDisk::rename(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  TRY(node, find_locked(from, "rename"));
  TRY_STATUS(check_parent_locked(to, "rename"));
  Verdict verdict = judge_locked("rename", from);
  if (verdict.done) {
    seen_.erase(from);
    durable_.erase(from);
    seen_[to] = durable_[to] = std::move(node);
  }
  if (verdict.error) return *verdict.error;
  return {};
}

Status FaultyDisk::rename_unsynced(const std::string& from, const std::string& to) {
  const std::lock_guard lock(mutex_);
  TRY(node, find_locked(from, "rename"));
  TRY_STATUS(check_parent_locked(to, "rename"));
  Verdict verdict = judge_locked("rename", from);
  if (verdict.done) {
    seen_.erase(from);
    seen_[to] = std::move(node);
  }
  if (verdict.error) return *verdict.error;
  return {};
}

Status FaultyDisk::remove(const std::string& path) {
  const std::lock_guard lock(mutex_);
  Verdict verdict = judge_locked("remove", path);
  if (verdict.done) seen_.erase(path);
  if (verdict.error) return *verdict.error;
  return {};
}

Result<std::unique_ptr<LogFile>> FaultyDisk::open_log(const std::string& path, OpenLog mode) {
  const std::lock_guard lock(mutex_);
  if (mode == OpenLog::kCreate && !seen_.contains(path)) TRY_STATUS(add_locked(path, std::make_shared<Node>()));
  TRY(node, find_locked(path, "open"));
  return std::unique_ptr<LogFile>(std::make_unique<File>(*this, path, std::move(node), life_));
}

Result<std::vector<std::string>> FaultyDisk::list(const std::string& directory) {
  const std::lock_guard lock(mutex_);
  TRY(node, find_locked(directory, "list"));
  if (!node->directory) return errno_error(ENOTDIR, "list", directory);
  std::vector<std::string> names;
  for (const auto& [path, one] : seen_) {
    if (path != "/" && directory_of(path) == directory) names.push_back(path.substr(path.rfind('/') + 1));
  }
  std::sort(names.begin(), names.end());
  return names;
}

Status FaultyDisk::make_directory(const std::string& path) {
  const std::lock_guard lock(mutex_);
  if (seen_.contains(path)) return {};
  auto node = std::make_shared<Node>();
  node->directory = true;
  return add_locked(path, std::move(node));
}

Status FaultyDisk::remove_directory(const std::string& path) {
  const std::lock_guard lock(mutex_);
  for (const auto& [name, node] : seen_) {
    if (name != "/" && directory_of(name) == path) return errno_error(ENOTEMPTY, "remove the directory", path);
  }
  Verdict verdict = judge_locked("remove the directory", path);
  if (verdict.done) seen_.erase(path);
  if (verdict.error) return *verdict.error;
  return {};
}

Status FaultyDisk::sync_directory(const std::string& path) {
  const std::lock_guard lock(mutex_);
  TRY(node, find_locked(path, "sync"));
  Verdict verdict = judge_locked("sync", path);
  if (verdict.done) {
    std::erase_if(durable_, [&](const auto& entry) { return entry.first != "/" && directory_of(entry.first) == path; });
    for (const auto& [name, one] : seen_) {
      if (directory_of(name) == path) durable_[name] = one;
    }
  }
  if (verdict.error) return *verdict.error;
  return {};
}

Result<std::unique_ptr<FileLock>> FaultyDisk::lock(const std::string& path) {
  TRY(file, open_log(path, OpenLog::kCreate));
  const std::lock_guard lock(mutex_);
  if (!locks_.insert(path).second) {
    return Error(ErrorCode::kAlreadyExists, fmt::format("{} is locked by process ?", path));
  }
  return std::unique_ptr<FileLock>(std::make_unique<Lock>(*this, path, life_));
}

}  // namespace millrace
