#include "store/topics/commit_history.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "base/big_endian.h"
#include "store/topics/segment.h"

namespace millrace {
namespace {

constexpr size_t kCommitsFileBytesMax = size_t{2} << 30;

struct CommitsFile {
  int64_t base_offset = 0;
  std::string path;
  std::string text;
};

std::optional<CommitHistory::Entry> read_entry(const CommitsFile& file, size_t at, RecordBatchDecoder& decoder) {
  const std::string_view rest = std::string_view(file.text).substr(at);
  auto records = decoder.decode(rest);
  if (!records.ok()) return std::nullopt;
  auto record = decode_commit(*records);
  if (!record.ok()) return std::nullopt;
  const BatchHeader& header = decoder.header();
  return CommitHistory::Entry{std::move(*record), header.base_offset, header.end_offset(), file.base_offset,
                              at + header.bytes};
}

// Whether a whole commit stands somewhere behind that says that the one with this id was synced: then it was not a
// crash that tore it.
bool was_synced(const std::vector<CommitsFile>& all, size_t file, size_t at, int64_t id) {
  RecordBatchDecoder decoder;
  for (; file < all.size(); ++file, at = 0) {
    const std::string& text = all[file].text;
    for (; at + kBatchHeaderBytes <= text.size(); ++at) {
      auto header = read_batch_header(std::string_view(text).substr(at));
      if (!header.ok() || header->base_offset <= id) continue;
      const auto entry = read_entry(all[file], at, decoder);
      if (entry && entry->record.synced_to > id) return true;
    }
  }
  return false;
}

Error damaged(const CommitsFile& file, size_t at) {
  return {
      ErrorCode::kCorruption,
      fmt::format("{} is damaged at byte {}, in a commit that had been on the disk; restore the data directory from a "
                  "copy, or remove it to begin anew",
                  file.path, at)};
}

Result<std::vector<CommitsFile>> read_files(FileSystem& files, const std::string& directory) {
  std::vector<CommitsFile> all;
  if (!files.is_directory(directory)) return all;
  TRY(names, files.list(directory));
  for (const std::string& name : names) {
    const auto offset = Segment::offset_of(name);
    if (!offset) continue;
    const std::string path = join_path(directory, name);
    TRY(text, read_file(files, path, kCommitsFileBytesMax));
    all.push_back({*offset, path, std::move(text)});
  }
  return all;
}

bool begins_with_checkpoint(const CommitsFile& file) {
  RecordBatchDecoder decoder;
  const auto entry = read_entry(file, 0, decoder);
  return entry && entry->record.checkpoint && entry->id == file.base_offset;
}

}  // namespace

Result<CommitHistory> CommitHistory::read(FileSystem& files, const std::string& directory) {
  CommitHistory history;
  TRY(all, read_files(files, directory));
  size_t first = all.size();
  while (first > 0 && !begins_with_checkpoint(all[first - 1])) --first;
  if (first == 0) {
    // A directory's very first checkpoint may be torn; then nothing has ever been in it.
    const bool was_new = all.empty() || (all.size() == 1 && all[0].base_offset == 0 && !was_synced(all, 0, 0, 0));
    if (was_new) return history;
    return damaged(all.back(), 0);
  }
  RecordBatchDecoder decoder;
  int64_t expected = all[first - 1].base_offset;
  for (size_t file = first - 1; file < all.size(); ++file) {
    size_t at = 0;
    while (true) {
      const bool end_of_file = at == all[file].text.size();
      if (end_of_file && file + 1 < all.size() && all[file + 1].base_offset == expected) break;
      auto entry = end_of_file ? std::nullopt : read_entry(all[file], at, decoder);
      if (!entry || entry->id != expected) {
        if (was_synced(all, file, at, expected)) return damaged(all[file], at);
        return history;
      }
      at = static_cast<size_t>(entry->position);
      expected = entry->end_offset;
      history.synced_to = std::max(history.synced_to, entry->record.synced_to);
      history.entries.push_back(std::move(*entry));
    }
  }
  return history;
}

}  // namespace millrace
