#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "base/files.h"
#include "data/buffer.h"

namespace millrace {

enum class Compression { kNone, kGzip, kZstd };

// By the path's ending: .gz, .zst; anything else is kNone.
Compression compression_of_path(std::string_view path);
// A path without the ending of its compression: "users.csv.gz" -> "users.csv".
std::string_view without_compression_ending(std::string_view path);
// By the bytes a file begins with.
Compression compression_of_bytes(std::string_view beginning);

// The bytes that were compressed into `stream`: gzip with any number of members, zstd with any number of frames. A file
// that was cut off gives what there is, then ends with cut_short(); bytes that are not what was compressed are an error
// that says where.
std::unique_ptr<ByteStream> decompress(std::unique_ptr<ByteStream> stream, Compression compression);

// The same, when the compression is to be found out: by the first bytes, else by the path's ending.
std::unique_ptr<ByteStream> decompress_detected(std::unique_ptr<ByteStream> stream, Compression by_path);

// A whole gzip member or zstd frame. Those of several calls behind each other are one file that every reader takes, so
// pieces can be compressed on any thread.
Buffer compress(std::string_view bytes, Compression compression);

}  // namespace millrace
