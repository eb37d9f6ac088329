#include "store/topics/batch_compression.h"

#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <lz4frame.h>
#include <snappy.h>
#include <zlib.h>
#include <zstd.h>

#include "base/assert.h"
#include "base/big_endian.h"

namespace millrace {
namespace {

constexpr int kGzipLevel = 6;
constexpr int kGzipWindow = 15 + 16;  // the largest, with gzip's header and checksum
constexpr int kZstdLevel = 3;
constexpr int kZstdWindowLogMax = 27;  // the memory that reading a frame may take
// Xerial's framing of snappy: a magic, two versions, then blocks behind their lengths.
constexpr std::string_view kXerialHeader("\x82SNAPPY\0\0\0\0\1\0\0\0\1", 16);
constexpr size_t kXerialMagicBytes = 8;
constexpr size_t kSnappyBlockBytes = size_t{64} << 10;
constexpr size_t kFirstGuessBytes = size_t{64} << 10;

Error damaged(TopicCompression compression, std::string_view why) {
  return {ErrorCode::kCorruption,
          fmt::format("the {} data of the batch is damaged: {}", topic_compression_name(compression), why)};
}

Error too_large(TopicCompression compression) {
  return damaged(compression, fmt::format("it is larger than {} bytes uncompressed", kBatchUncompressedBytesMax));
}

// An output that grows by doubling up to the limit.
class Output {
 public:
  Output(Buffer& buffer, size_t packed) : buffer_(buffer) {
    buffer_.set_size(0);
    buffer_.reserve(std::min(std::max(packed * 3, kFirstGuessBytes), kBatchUncompressedBytesMax));
  }

  // Room for at least a byte more; false at the limit.
  bool more() {
    if (room() > 0) return true;
    if (buffer_.size() >= kBatchUncompressedBytesMax) return false;
    buffer_.reserve(std::min(buffer_.size() * 2, kBatchUncompressedBytesMax));
    return true;
  }
  char* at() { return buffer_.as<char>() + buffer_.size(); }
  size_t room() const { return std::min(buffer_.capacity(), kBatchUncompressedBytesMax) - buffer_.size(); }
  void put(size_t bytes) { buffer_.set_size(buffer_.size() + bytes); }

 private:
  Buffer& buffer_;
};

void compress_gzip(std::string_view plain, Buffer& to, size_t at) {
  z_stream stream{};
  MILLRACE_ASSERT(deflateInit2(&stream, kGzipLevel, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) == Z_OK, "zlib");
  to.resize(at + deflateBound(&stream, plain.size()));
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = to.as<Bytef>() + at;
  stream.avail_out = static_cast<uInt>(to.size() - at);
  MILLRACE_ASSERT(deflate(&stream, Z_FINISH) == Z_STREAM_END, "zlib says how large its output can be");
  to.resize(at + stream.total_out);
  deflateEnd(&stream);
}

void compress_snappy(std::string_view plain, Buffer& to, size_t at) {
  const size_t blocks = (plain.size() + kSnappyBlockBytes - 1) / kSnappyBlockBytes;
  to.resize(at + kXerialHeader.size() + blocks * (4 + snappy::MaxCompressedLength(kSnappyBlockBytes)));
  char* out = std::copy(kXerialHeader.begin(), kXerialHeader.end(), to.as<char>() + at);
  for (; !plain.empty(); plain.remove_prefix(std::min(plain.size(), kSnappyBlockBytes))) {
    size_t bytes = 0;
    snappy::RawCompress(plain.data(), std::min(plain.size(), kSnappyBlockBytes), out + 4, &bytes);
    store_big(out, static_cast<uint32_t>(bytes));
    out += 4 + bytes;
  }
  to.resize(static_cast<size_t>(out - to.as<char>()));
}

void compress_lz4(std::string_view plain, Buffer& to, size_t at) {
  LZ4F_preferences_t how{};
  how.frameInfo.blockMode = LZ4F_blockIndependent;  // the only kind that Kafka's Java reader knows
  how.frameInfo.blockSizeID = LZ4F_max64KB;
  to.resize(at + LZ4F_compressFrameBound(plain.size(), &how));
  const size_t bytes = LZ4F_compressFrame(to.as<char>() + at, to.size() - at, plain.data(), plain.size(), &how);
  MILLRACE_ASSERT(LZ4F_isError(bytes) == 0, LZ4F_getErrorName(bytes));
  to.resize(at + bytes);
}

void compress_zstd(std::string_view plain, Buffer& to, size_t at) {
  to.resize(at + ZSTD_compressBound(plain.size()));
  const size_t bytes = ZSTD_compress(to.as<char>() + at, to.size() - at, plain.data(), plain.size(), kZstdLevel);
  MILLRACE_ASSERT(ZSTD_isError(bytes) == 0, ZSTD_getErrorName(bytes));
  to.resize(at + bytes);
}

// Any number of members, as Java's GZIPInputStream has it.
Status decompress_gzip(std::string_view packed, Buffer& to) {
  z_stream stream{};
  MILLRACE_ASSERT(inflateInit2(&stream, kGzipWindow) == Z_OK, "zlib");
  const std::unique_ptr<z_stream, decltype(&inflateEnd)> end(&stream, inflateEnd);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  Output output(to, packed.size());
  while (true) {
    if (!output.more()) return too_large(TopicCompression::kGzip);
    const size_t room = output.room();
    stream.next_out = reinterpret_cast<Bytef*>(output.at());
    stream.avail_out = static_cast<uInt>(room);
    const int outcome = inflate(&stream, Z_NO_FLUSH);
    output.put(room - stream.avail_out);
    if (outcome == Z_STREAM_END) {
      if (stream.avail_in == 0) return {};
      inflateReset(&stream);
    } else if (outcome != Z_OK) {
      return damaged(TopicCompression::kGzip, stream.msg != nullptr ? stream.msg : "it ends before its time");
    }
  }
}

Status snappy_block(std::string_view packed, Output& output, Buffer& to) {
  size_t bytes = 0;
  if (!snappy::GetUncompressedLength(packed.data(), packed.size(), &bytes)) {
    return damaged(TopicCompression::kSnappy, "a block has no length");
  }
  if (bytes > kBatchUncompressedBytesMax - to.size()) return too_large(TopicCompression::kSnappy);
  to.reserve(to.size() + bytes);
  if (!snappy::RawUncompress(packed.data(), packed.size(), output.at())) {
    return damaged(TopicCompression::kSnappy, "a block cannot be read");
  }
  output.put(bytes);
  return {};
}

Status decompress_snappy(std::string_view packed, Buffer& to) {
  Output output(to, packed.size());
  if (!packed.starts_with(kXerialHeader.substr(0, kXerialMagicBytes))) return snappy_block(packed, output, to);
  if (packed.size() < kXerialHeader.size()) return damaged(TopicCompression::kSnappy, "it ends in its header");
  packed.remove_prefix(kXerialHeader.size());
  while (!packed.empty()) {
    if (packed.size() < 4) return damaged(TopicCompression::kSnappy, "it ends in the length of a block");
    const auto bytes = load_big<uint32_t>(packed.data());
    packed.remove_prefix(4);
    if (bytes > packed.size()) return damaged(TopicCompression::kSnappy, "it ends in a block");
    TRY_STATUS(snappy_block(packed.substr(0, bytes), output, to));
    packed.remove_prefix(bytes);
  }
  return {};
}

Status decompress_lz4(std::string_view packed, Buffer& to) {
  LZ4F_dctx* context = nullptr;
  MILLRACE_ASSERT(LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION)) == 0, "lz4");
  const std::unique_ptr<LZ4F_dctx, decltype(&LZ4F_freeDecompressionContext)> end(context,
                                                                                 LZ4F_freeDecompressionContext);
  Output output(to, packed.size());
  size_t hint = 1;
  while (!packed.empty() || hint != 0) {
    if (!output.more()) return too_large(TopicCompression::kLz4);
    size_t put = output.room();
    size_t used = packed.size();
    hint = LZ4F_decompress(context, output.at(), &put, packed.data(), &used, nullptr);
    if (LZ4F_isError(hint) != 0) return damaged(TopicCompression::kLz4, LZ4F_getErrorName(hint));
    if (hint != 0 && put == 0 && used == 0) return damaged(TopicCompression::kLz4, "it ends before its time");
    output.put(put);
    packed.remove_prefix(used);
  }
  return {};
}

Status decompress_zstd(std::string_view packed, Buffer& to) {
  const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context(ZSTD_createDCtx(), ZSTD_freeDCtx);
  MILLRACE_ASSERT(context != nullptr, "zstd");
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kZstdWindowLogMax);
  Output output(to, packed.size());
  ZSTD_inBuffer in{packed.data(), packed.size(), 0};
  size_t hint = 1;
  while (in.pos < in.size || hint != 0) {
    if (!output.more()) return too_large(TopicCompression::kZstd);
    ZSTD_outBuffer out{output.at(), output.room(), 0};
    const size_t used = in.pos;
    hint = ZSTD_decompressStream(context.get(), &out, &in);
    if (ZSTD_isError(hint) != 0) return damaged(TopicCompression::kZstd, ZSTD_getErrorName(hint));
    if (hint != 0 && out.pos == 0 && in.pos == used) {
      return damaged(TopicCompression::kZstd, "it ends before its time");
    }
    output.put(out.pos);
  }
  return {};
}

}  // namespace

void compress_records(TopicCompression compression, std::string_view plain, Buffer& to, size_t at) {
  switch (compression) {
    case TopicCompression::kNone: break;
    case TopicCompression::kGzip: return compress_gzip(plain, to, at);
    case TopicCompression::kSnappy: return compress_snappy(plain, to, at);
    case TopicCompression::kLz4: return compress_lz4(plain, to, at);
    case TopicCompression::kZstd: return compress_zstd(plain, to, at);
  }
  MILLRACE_UNREACHABLE("compression");
}

Status decompress_records(TopicCompression compression, std::string_view packed, Buffer& to) {
  switch (compression) {
    case TopicCompression::kNone: break;
    case TopicCompression::kGzip: return decompress_gzip(packed, to);
    case TopicCompression::kSnappy: return decompress_snappy(packed, to);
    case TopicCompression::kLz4: return decompress_lz4(packed, to);
    case TopicCompression::kZstd: return decompress_zstd(packed, to);
  }
  MILLRACE_UNREACHABLE("compression");
}

}  // namespace millrace
