#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"
#include "data/buffer.h"
#include "store/topics/record_batch.h"

// The records of a batch, compressed as Kafka's clients do: gzip, snappy in xerial's framing, LZ4 frames, zstd frames.
namespace millrace {

// Writes behind the first `at` bytes of `to`, and sets its size.
void compress_records(TopicCompression compression, std::string_view plain, Buffer& to, size_t at);

// Sets `to` to the bytes that were compressed, at most kBatchUncompressedBytesMax; otherwise, and when `packed` is not
// what was compressed, kCorruption. Takes what Kafka's readers take, plain snappy too.
Status decompress_records(TopicCompression compression, std::string_view packed, Buffer& to);

}  // namespace millrace
