#include "store/topics/segment.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/assert.h"

namespace millrace {
namespace {

constexpr std::string_view kLogEnding = ".log";
constexpr std::string_view kIndexEnding = ".index";
constexpr size_t kOffsetDigits = 20;
constexpr size_t kScanBytes = size_t{64} << 10;          // read at once where only headers are wanted
constexpr size_t kIndexFileBytesMax = size_t{16} << 20;  // far above what kSegmentBytesMax can need

std::string name_with(int64_t offset, std::string_view ending) { return fmt::format("{:020}{}", offset, ending); }

}  // namespace

std::string Segment::file_name(int64_t base_offset) { return name_with(base_offset, kLogEnding); }

std::optional<int64_t> Segment::offset_of(std::string_view file_name) {
  if (file_name.size() != kOffsetDigits + kLogEnding.size() || !file_name.ends_with(kLogEnding)) return std::nullopt;
  int64_t offset = 0;
  const char* const end = file_name.data() + kOffsetDigits;
  const auto [at, error] = std::from_chars(file_name.data(), end, offset);
  if (error != std::errc() || at != end || offset < 0) return std::nullopt;
  return offset;
}

Segment::Segment(FileSystem& files, const std::string& directory, int64_t base_offset, uint64_t bytes)
    : files_(files),
      base_offset_(base_offset),
      path_(join_path(directory, file_name(base_offset))),
      index_path_(join_path(directory, name_with(base_offset, kIndexEnding))),
      bytes_(bytes) {}

Error Segment::damaged(uint64_t position, std::string_view why) const {
  return {ErrorCode::kCorruption, fmt::format("{} is damaged at byte {}: {}", path_, position, why)};
}

Result<std::shared_ptr<LogFile>> Segment::file() {
  const std::lock_guard lock(mutex_);
  return file_locked();
}

Result<std::shared_ptr<LogFile>> Segment::file_locked() {
  if (!file_) {
    TRY(opened, files_.open_log(path_, OpenLog::kExisting));
    file_ = std::move(opened);
  }
  return file_;
}

Status Segment::create() {
  const std::lock_guard lock(mutex_);
  TRY(opened, files_.open_log(path_, OpenLog::kCreate));
  file_ = std::move(opened);
  index_.emplace(base_offset_);
  return {};
}

Status Segment::append(std::string_view bytes, const std::vector<BatchHeader>& batches) {
  const std::lock_guard lock(mutex_);
  TRY(file, file_locked());
  TRY_STATUS(load_index_locked());
  TRY_STATUS(file->append(bytes));
  for (const BatchHeader& batch : batches) index_->add(batch);
  bytes_ += bytes.size();
  return {};
}

Status Segment::cut(uint64_t bytes, int64_t end_offset, int64_t max_timestamp_ms) {
  const std::lock_guard lock(mutex_);
  TRY(file, file_locked());
  TRY_STATUS(file->truncate(bytes));
  if (index_) index_->cut(bytes, end_offset, max_timestamp_ms);
  bytes_ = bytes;
  return {};
}

Status Segment::write_index() {
  const std::lock_guard lock(mutex_);
  TRY_STATUS(load_index_locked());
  TRY(out, files_.create(index_path_));
  TRY_STATUS(out->append(index_->encode()));
  return out->close();
}

Status Segment::remove_files() {
  TRY_STATUS(files_.remove(path_));
  return files_.remove(index_path_);
}

Result<Segment::Range> Segment::range() {
  const std::lock_guard lock(mutex_);
  TRY_STATUS(load_index_locked());
  return Range{index_->end_offset(), index_->max_timestamp_ms()};
}

void Segment::close() {
  const std::lock_guard lock(mutex_);
  file_.reset();
  index_.reset();
}

Status Segment::load_index_locked() {
  if (index_) return {};
  TRY(file, file_locked());
  auto stored = stored_index(*file);
  SegmentIndex index = stored.ok() ? std::move(*stored) : SegmentIndex(base_offset_);
  TRY_STATUS(index_rest_locked(*file, index));
  index_.emplace(std::move(index));
  return {};
}

// The index file, if it is whole and was made of the file as it is now.
Result<SegmentIndex> Segment::stored_index(LogFile& file) {
  TRY(text, read_file(files_, index_path_, kIndexFileBytesMax));
  TRY(index, SegmentIndex::decode(text, base_offset_));
  if (index.bytes() == 0 || index.bytes() > bytes_) return damaged(0, "its index is of another length");
  char header[kBatchHeaderBytes];
  TRY(got, file.read_at(index.last_position(), header, sizeof header));
  TRY(last, read_batch_header({header, got}));
  if (last.crc != index.last_crc() || index.last_position() + last.bytes != index.bytes() ||
      last.end_offset() != index.end_offset()) {
    return damaged(index.last_position(), "its index is of other batches");
  }
  return index;
}

// Walks over headers from `position` up to `limit` until `visit` gives true; the place of that batch, or nullopt.
template <typename Visit>
Result<std::optional<Segment::Place>> Segment::walk(LogFile& file, uint64_t position, uint64_t limit,
                                                    Visit visit) const {
  Buffer chunk(static_cast<size_t>(std::min<uint64_t>(kScanBytes, limit - position)));
  while (position < limit) {
    const uint64_t begin = position;
    const auto wanted = static_cast<size_t>(std::min<uint64_t>(chunk.size(), limit - begin));
    TRY(got, file.read_at(begin, chunk.as<char>(), wanted));
    if (got < wanted) return damaged(begin + got, "it ends before its time");
    do {
      const auto at = static_cast<size_t>(position - begin);
      auto header = read_batch_header({chunk.as<char>() + at, got - at});
      if (!header.ok()) return damaged(position, header.error().message());
      if (header->bytes > limit - position) return damaged(position, "the batch there goes beyond the file's end");
      if (visit(*header)) return std::optional(Place{position, header->bytes});
      position += header->bytes;
    } while (position + kBatchHeaderBytes <= begin + got);
  }
  return std::optional<Place>();
}

Status Segment::index_rest_locked(LogFile& file, SegmentIndex& index) {
  TRY(stopped, walk(file, index.bytes(), bytes_, [&](const BatchHeader& batch) {
        if (batch.base_offset != index.end_offset()) return true;
        index.add(batch);
        return false;
      }));
  if (stopped)
    return damaged(stopped->position, fmt::format("the batch there does not begin at offset {}", index.end_offset()));
  return {};
}

Result<Segment::Found> Segment::read(int64_t offset, size_t bytes_max, uint64_t limit) {
  TRY(start, look_up([offset](const SegmentIndex& index) { return index.position_of(offset); }));
  TRY(place, walk(*start.file, start.position, limit,
                  [offset](const BatchHeader& batch) { return batch.end_offset() > offset; }));
  if (!place) return damaged(limit, fmt::format("offset {} should be before it", offset));
  return read_from(*start.file, *place, bytes_max, limit);
}

Result<Segment::Found> Segment::read_at_time(int64_t timestamp_ms, uint64_t limit) {
  TRY(start, look_up([timestamp_ms](const SegmentIndex& index) { return index.position_at(timestamp_ms); }));
  if (start.position >= limit) return Found{};
  TRY(place, walk(*start.file, start.position, limit,
                  [timestamp_ms](const BatchHeader& batch) { return batch.max_timestamp_ms >= timestamp_ms; }));
  if (!place) return Found{};
  return read_from(*start.file, *place, 0, limit);
}

template <typename Find>
Result<Segment::Start> Segment::look_up(Find find) {
  const std::lock_guard lock(mutex_);
  TRY(file, file_locked());
  TRY_STATUS(load_index_locked());
  return Start{file, find(*index_)};
}

// The batch at a place and as many whole ones behind it as fit.
Result<Segment::Found> Segment::read_from(LogFile& file, Place place, size_t bytes_max, uint64_t limit) const {
  const uint64_t wanted = std::min<uint64_t>(std::max(bytes_max, place.bytes), limit - place.position);
  Buffer buffer(static_cast<size_t>(wanted));
  TRY(got, file.read_at(place.position, buffer.as<char>(), buffer.size()));
  if (got < wanted) return damaged(place.position + got, "it ends before its time");
  size_t whole = place.bytes;
  while (got - whole >= kBatchHeaderBytes) {
    auto header = read_batch_header({buffer.as<char>() + whole, got - whole});
    if (!header.ok()) return damaged(place.position + whole, header.error().message());
    if (header->bytes > got - whole) break;
    whole += header->bytes;
  }
  BufferRef shared = share(std::move(buffer));
  const std::string_view batches(shared->as<char>(), whole);
  return Found{std::move(shared), batches};
}

}  // namespace millrace
