#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rocksdb {
class Env;
}  // namespace rocksdb

namespace millrace {

// No more of a MANIFEST is ever on its way to the disk at one time.
inline constexpr uint64_t kManifestTornBytesMax = uint64_t{64} << 10;

// Where the first entry of a MANIFEST begins that is there, but not as it was written; nullopt: all are whole, but for
// a last one that ends too early.
std::optional<uint64_t> torn_entry(std::string_view manifest);

// A machine that crashes may leave some of the sectors that were being written and others not. RocksDB takes a last
// entry that ends too early for one that never was, but refuses one with a hole; so that one is cut off. What lies
// farther from the end had been synced: that is damage, and RocksDB says so.
Status mend_manifest(rocksdb::Env& env, const std::string& directory);

}  // namespace millrace
