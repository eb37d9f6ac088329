#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/random.h"

namespace millrace {

// A disk in memory that keeps apart what processes see and what is durable, as cruelly as POSIX allows: bytes last once
// their file was synced, names once their directory was. At a crash everything else is, by the seed, there or not: each
// name that was made or removed, each 512-byte sector that was written, each file's length. Directories and their
// parents are as strict. Thread-safe.
class FaultyDisk final : public FileSystem {
 public:
  explicit FaultyDisk(uint64_t seed);

  // Faults. Calls that change or sync something are counted from 1.
  uint64_t calls() const;
  uint64_t faults() const;                        // that have struck
  void crash_at(uint64_t call);                   // in the midst of it; from then on every call fails
  void fail_at(uint64_t call, int error_number);  // once; a write that fails may have written a part
  // Of all files together: ENOSPC beyond. Somebody makes room behind so many writes that were refused.
  void limit_bytes(uint64_t bytes, uint64_t refusals = UINT64_MAX);
  bool crashed() const;
  // The machine or the process ends in front of this call, and whoever runs does not notice: his calls go on working,
  // on a disk that restart() then forgets. For what cannot be stopped from outside, such as RocksDB's threads. `told`
  // is called at that moment; it must not call the disk.
  enum class End { kMachine, kProcess };
  void end_at(uint64_t call, End end, std::function<void()> told);
  void end_now(End end);  // the same
  bool ended() const;
  // After a crash, or in place of one: the machine starts again with what is durable. Open files of before are useless.
  void restart();
  // Ends the process, not the machine: nothing is forgotten, locks go.
  void kill_process();
  // Faults that have not come so far will not.
  void heal();

  // Damage by hand
  std::optional<std::string> contents(const std::string& path) const;
  void overwrite(const std::string& path, std::string bytes);
  std::vector<std::string> paths() const;  // of all files

  Result<std::unique_ptr<ByteStream>> open(const std::string& path) override;
  Result<uint64_t> size(const std::string& path) override;
  bool is_directory(const std::string& path) override;
  Result<std::vector<std::string>> glob(const std::string& pattern) override;
  Result<std::unique_ptr<WritableFile>> create(const std::string& path) override;
  Result<std::unique_ptr<WritableFile>> create_held(const std::string& path) override;
  Result<bool> remove_abandoned(const std::string& path) override;
  Status rename(const std::string& from, const std::string& to) override;
  // As the system's call: durable with its directory.
  Status rename_unsynced(const std::string& from, const std::string& to);
  Status remove(const std::string& path) override;
  Result<std::unique_ptr<LogFile>> open_log(const std::string& path, OpenLog mode) override;
  Result<std::vector<std::string>> list(const std::string& directory) override;
  Status make_directory(const std::string& path) override;
  Status remove_directory(const std::string& path) override;
  Status sync_directory(const std::string& path) override;
  Result<std::unique_ptr<FileLock>> lock(const std::string& path) override;

 private:
  class File;
  class Stream;
  class Lock;

  // What a name stands for. A directory has no bytes.
  struct Node {
    bool directory = false;
    std::string seen;
    std::string durable;
    std::vector<std::pair<uint64_t, uint64_t>> written;  // ranges since the last sync
    uint64_t shortest = 0;                               // that it was since the last sync
  };
  using Names = std::map<std::string, std::shared_ptr<Node>>;

  // What comes of a call that changes something. One that fails may be done all the same, a write in part.
  struct Verdict {
    std::optional<Error> error;
    bool done = true;
  };
  Verdict judge_locked(std::string_view action, const std::string& path);
  Result<std::shared_ptr<Node>> find_locked(const std::string& path, std::string_view action) const;
  Status check_parent_locked(const std::string& path, std::string_view action) const;
  Status add_locked(const std::string& path, std::shared_ptr<Node> node);
  Status append_locked(Node& node, const std::string& path, std::string_view bytes);
  Status truncate_locked(Node& node, const std::string& path, uint64_t bytes);
  Status sync_locked(Node& node, const std::string& path);
  std::string after_crash_locked(const Node& node);
  Names after_crash_locked();
  struct Image {
    Names seen;
    Names durable;
  };
  Image copy_locked() const;
  void end_locked(End end);

  mutable std::mutex mutex_;
  // Guarded by mutex_
  Random random_;
  Names seen_;
  Names durable_;
  std::set<std::string> locks_;
  uint64_t life_ = 1;  // of the process: files and locks of an earlier one are void
  uint64_t calls_ = 0;
  uint64_t faults_ = 0;
  uint64_t crash_at_ = UINT64_MAX;
  std::map<uint64_t, int> fail_at_;
  uint64_t bytes_max_ = UINT64_MAX;
  uint64_t refusals_left_ = 0;
  bool crashed_ = false;
  uint64_t end_at_ = UINT64_MAX;
  End end_ = End::kMachine;
  std::function<void()> told_end_;
  std::optional<Image> after_end_;  // what restart() finds
};

}  // namespace millrace
