#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/files.h"
#include "data/buffer.h"
#include "store/topics/segment_index.h"

namespace millrace {

// One file of batches, named by the first offset in it. The committer's thread appends and cuts; any thread reads,
// bounded by what it was told is visible. The file is opened, and the index of an older segment loaded, when they are
// first needed.
class Segment {
 public:
  Segment(FileSystem& files, const std::string& directory, int64_t base_offset, uint64_t bytes);

  static std::string file_name(int64_t base_offset);  // 20 digits and ".log"
  // The offset of such a name; nullopt: it is another kind of file.
  static std::optional<int64_t> offset_of(std::string_view file_name);

  int64_t base_offset() const { return base_offset_; }
  const std::string& path() const { return path_; }
  const std::string& index_path() const { return index_path_; }

  // The committer's thread
  uint64_t bytes() const { return bytes_; }
  Status create();  // a new, empty file
  // `batches` are headers of `bytes`, in order.
  Status append(std::string_view bytes, const std::vector<BatchHeader>& batches);
  Status cut(uint64_t bytes, int64_t end_offset, int64_t max_timestamp_ms);
  Status write_index();  // needs no sync: an index that is missing or torn is made anew
  Result<std::shared_ptr<LogFile>> file();
  Status remove_files();  // readers that have begun can go on

  // Any thread
  struct Range {
    int64_t end_offset = 0;
    int64_t max_timestamp_ms = SegmentIndex::kNoTimestamp;
  };
  Result<Range> range();
  // Batches from the one that holds `offset`: one at least, up to bytes_max, none at or beyond `limit` bytes of the
  // file.
  struct Found {
    BufferRef buffer;
    std::string_view batches;
  };
  Result<Found> read(int64_t offset, size_t bytes_max, uint64_t limit);
  // The batches from the first one that has a timestamp not before this one; none when there is none.
  Result<Found> read_at_time(int64_t timestamp_ms, uint64_t limit);
  void close();  // until it is needed again

 private:
  struct Place {
    uint64_t position = 0;
    size_t bytes = 0;  // of the batch there
  };
  struct Start {
    std::shared_ptr<LogFile> file;
    uint64_t position = 0;
  };

  Result<std::shared_ptr<LogFile>> file_locked();
  Status load_index_locked();
  Status index_rest_locked(LogFile& file, SegmentIndex& index);
  Result<SegmentIndex> stored_index(LogFile& file);
  template <typename Find>
  Result<Start> look_up(Find find);
  template <typename Visit>
  Result<std::optional<Place>> walk(LogFile& file, uint64_t position, uint64_t limit, Visit visit) const;
  Result<Found> read_from(LogFile& file, Place place, size_t bytes_max, uint64_t limit) const;
  Error damaged(uint64_t position, std::string_view why) const;

  // Constant after construction
  FileSystem& files_;
  const int64_t base_offset_;
  const std::string path_;
  const std::string index_path_;

  // The committer's thread writes it before readers are told of the segment's end
  uint64_t bytes_;

  std::mutex mutex_;
  // Guarded by mutex_
  std::shared_ptr<LogFile> file_;
  std::optional<SegmentIndex> index_;
};

}  // namespace millrace
