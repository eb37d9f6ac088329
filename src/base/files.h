#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace millrace {

// Reads bytes one after the other: a file, a pipe, a decompressor over either.
class ByteStream {
 public:
  virtual ~ByteStream() = default;
  // Up to `bytes` bytes into `to`; 0 only at the end.
  virtual Result<size_t> read(char* to, size_t bytes) = 0;
  // Asked at the end: why the stream stops before its time (a compressed file that was cut off); nullopt: it is whole.
  virtual std::optional<std::string> cut_short() const { return std::nullopt; }
};

class WritableFile {
 public:
  virtual ~WritableFile() = default;
  virtual Status append(std::string_view bytes) = 0;
  virtual Status sync() = 0;  // all that was appended is on the disk
  virtual Status close() = 0;
};

// A file that grows at its end and is read anywhere. One thread appends and truncates; any thread reads or syncs beside
// it.
class LogFile {
 public:
  virtual ~LogFile() = default;
  // Fewer bytes than asked for only at the end of the file.
  virtual Result<size_t> read_at(uint64_t position, char* to, size_t bytes) = 0;
  virtual Status append(std::string_view bytes) = 0;  // a failure may leave a part of the bytes behind
  virtual Status truncate(uint64_t bytes) = 0;
  virtual Status sync() = 0;  // all that was appended or truncated before is on the disk; the file's name need not be
};

// Held until it is destroyed, or the process ends in whatever way.
class FileLock {
 public:
  virtual ~FileLock() = default;
};

// What is read from beginning to end, and how it is found.
class InputFiles {
 public:
  virtual ~InputFiles() = default;
  virtual Result<std::unique_ptr<ByteStream>> open(const std::string& path) = 0;  // "-" is the standard input
  virtual Result<uint64_t> size(const std::string& path) = 0;
  virtual bool is_directory(const std::string&) { return false; }
  // Paths that match a pattern with *, ? and [..], in byte order; the pattern itself when it has none of these.
  virtual Result<std::vector<std::string>> glob(const std::string& pattern) = 0;
};

// What is written anew as a whole.
class OutputFiles {
 public:
  virtual ~OutputFiles() = default;
  virtual Result<std::unique_ptr<WritableFile>> create(const std::string& path) = 0;  // empties what is there
  // A file that nobody else may take for abandoned until it is closed, or its process has ended in whatever way.
  // kAlreadyExists when there is one of that name.
  virtual Result<std::unique_ptr<WritableFile>> create_held(const std::string& path) = 0;
  // Removes a file of create_held() that nobody holds any more. False: somebody does, or it is gone already.
  virtual Result<bool> remove_abandoned(const std::string& path) = 0;
  // Replaces `to` at once, and makes that durable.
  virtual Status rename(const std::string& from, const std::string& to) = 0;
  virtual Status remove(const std::string& path) = 0;  // no error when it is not there
};

enum class OpenLog { kExisting, kCreate };

// What lives for long in directories of millrace's own. A name that was made or removed outlasts a crash of the machine
// only after sync_directory() of the directory that holds it.
class DataFiles {
 public:
  virtual ~DataFiles() = default;
  virtual Result<std::unique_ptr<LogFile>> open_log(const std::string& path, OpenLog mode) = 0;  // kCreate: or opens
  virtual Result<std::vector<std::string>> list(const std::string& directory) = 0;               // names, in byte order
  virtual Status make_directory(const std::string& path) = 0;    // no error when it is there
  virtual Status remove_directory(const std::string& path) = 0;  // an empty one; no error when it is not there
  virtual Status sync_directory(const std::string& path) = 0;
  // Makes the file if need be and writes the process's id into it. kAlreadyExists: somebody holds it, who is in the
  // text.
  virtual Result<std::unique_ptr<FileLock>> lock(const std::string& path) = 0;
};

// The disk, as millrace uses it; a test or a simulation gives another. Thread-safe.
class FileSystem : public InputFiles, public OutputFiles, public DataFiles {};

// Waiting for the standard input ends with kCancelled once `stop` is set; nullptr: it waits as long as it takes.
std::unique_ptr<FileSystem> real_file_system(const std::atomic<bool>* stop = nullptr);

// A whole small file; longer than `bytes_max` is an error.
Result<std::string> read_file(FileSystem& files, const std::string& path, size_t bytes_max);

// "dir" + "a/b" -> "dir/a/b"; an absolute path stays, as does "-".
std::string join_path(std::string_view directory, std::string_view path);
std::string directory_of(std::string_view path);  // "." when there is none

}  // namespace millrace
