#pragma once

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

// The disk, as millrace uses it; a test or a simulation gives another. Thread-safe.
class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual Result<std::unique_ptr<ByteStream>> open(const std::string& path) = 0;  // "-" is the standard input
  virtual Result<uint64_t> size(const std::string& path) = 0;
  virtual bool is_directory(const std::string&) { return false; }
  virtual Result<std::unique_ptr<WritableFile>> create(const std::string& path) = 0;  // empties what is there
  // A file that nobody else may take for abandoned until it is closed, or its process has ended in whatever way.
  // kAlreadyExists when there is one of that name.
  virtual Result<std::unique_ptr<WritableFile>> create_held(const std::string& path) = 0;
  // Removes a file of create_held() that nobody holds any more. False: somebody does, or it is gone already.
  virtual Result<bool> remove_abandoned(const std::string& path) = 0;
  // Replaces `to` at once, and makes that durable.
  virtual Status rename(const std::string& from, const std::string& to) = 0;
  virtual Status remove(const std::string& path) = 0;
  // Paths that match a pattern with *, ? and [..], in byte order; the pattern itself when it has none of these.
  virtual Result<std::vector<std::string>> glob(const std::string& pattern) = 0;
};

std::unique_ptr<FileSystem> real_file_system();

// A whole small file; longer than `bytes_max` is an error.
Result<std::string> read_file(FileSystem& files, const std::string& path, size_t bytes_max);

// "dir" + "a/b" -> "dir/a/b"; an absolute path stays, as does "-".
std::string join_path(std::string_view directory, std::string_view path);
std::string directory_of(std::string_view path);  // "." when there is none

}  // namespace millrace
