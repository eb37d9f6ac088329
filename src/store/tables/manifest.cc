#include "store/tables/manifest.h"

#include <cstring>
#include <memory>

#include <rocksdb/env.h>

#include "base/crc32c.h"
#include "store/tables/rocks.h"

namespace millrace {
namespace {

// RocksDB's log format: blocks with records one behind the other, none across their end; an entry is one record (full),
// or several (first, middle, last).
constexpr size_t kBlockBytes = 32'768;
constexpr size_t kHeaderBytes = 7;  // checksum (4, little endian, masked) of type and bytes, length (2), type (1)
constexpr uint32_t kMaskDelta = 0xa282ead8U;
enum RecordType : uint8_t { kFull = 1, kFirst = 2, kMiddle = 3, kLast = 4 };

uint32_t masked(uint32_t crc) { return ((crc >> 15) | (crc << 17)) + kMaskDelta; }

}  // namespace

std::optional<uint64_t> torn_entry(std::string_view manifest) {
  uint64_t entry = 0;  // where the one that is being read began
  uint64_t at = 0;
  while (at + kHeaderBytes <= manifest.size()) {
    const uint64_t left_in_block = kBlockBytes - at % kBlockBytes;
    if (left_in_block < kHeaderBytes) {
      at += left_in_block;
      continue;
    }
    uint32_t checksum = 0;
    std::memcpy(&checksum, manifest.data() + at, sizeof checksum);
    const auto byte = [&](uint64_t i) { return static_cast<uint8_t>(manifest[at + i]); };
    const uint64_t size = byte(4) + uint64_t{byte(5)} * 256;
    const uint8_t type = byte(6);
    if (type == kFull || type == kFirst) entry = at;
    if (kHeaderBytes + size > left_in_block) return entry;
    if (at + kHeaderBytes + size > manifest.size()) return std::nullopt;
    if (type < kFull || type > kLast || masked(crc32c(manifest.substr(at + 6, 1 + size))) != checksum) return entry;
    at += kHeaderBytes + size;
    if (type == kFull || type == kLast) entry = at;
  }
  return std::nullopt;
}

Status mend_manifest(rocksdb::Env& env, const std::string& directory) {
  std::string name;
  // What cannot be read RocksDB will speak of.
  if (!rocksdb::ReadFileToString(&env, directory + "/CURRENT", &name).ok()) return {};
  if (name.ends_with('\n')) name.pop_back();
  const std::string path = directory + "/" + name;
  std::string manifest;
  if (!rocksdb::ReadFileToString(&env, path, &manifest).ok()) return {};
  const auto torn = torn_entry(manifest);
  if (!torn || manifest.size() - *torn > kManifestTornBytesMax) return {};
  std::unique_ptr<rocksdb::WritableFile> file;
  rocksdb::Status done = env.ReopenWritableFile(path, &file, {});
  if (done.ok()) done = file->Truncate(*torn);
  if (done.ok()) done = file->Sync();
  if (done.ok()) done = file->Close();
  if (!done.ok()) return rocks_error(done, "cut off what a crash has left of", path);
  return {};
}

}  // namespace millrace
