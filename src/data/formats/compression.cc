#include "data/formats/compression.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>

#include "base/assert.h"

namespace millrace {
namespace {

constexpr std::string_view kGzipMagic = "\x1f\x8b";
constexpr std::string_view kZstdMagic = "\x28\xb5\x2f\xfd";
constexpr size_t kMagicBytesMax = 4;
constexpr size_t kInputBytes = size_t{256} << 10;
// A frame that asks for a longer window is refused: it is the memory that reading takes. As the zstd tool does by
// itself.
constexpr int kZstdWindowLogMax = 27;
constexpr int kGzipLevel = 6;
constexpr int kZstdLevel = 3;
constexpr int kGzipWindow = 15 + 16;  // the largest, with gzip's header and checksum

// The compressed bytes, a block at a time.
class Input {
 public:
  explicit Input(std::unique_ptr<ByteStream> stream) : stream_(std::move(stream)), buffer_(kInputBytes) {}

  // More bytes behind those not used yet; false at the end.
  Result<bool> more() {
    const size_t left = available();
    std::memmove(buffer_.bytes(), buffer_.bytes() + begin_, left);
    begin_ = 0;
    end_ = left;
    MILLRACE_ASSERT(end_ < kInputBytes, "room for more");
    TRY(got, stream_->read(buffer_.as<char>() + end_, kInputBytes - end_));
    end_ += got;
    read_ += got;
    return got > 0;
  }
  // For the next bytes, when none are available here.
  Result<size_t> read_past(char* to, size_t bytes) {
    TRY(got, stream_->read(to, bytes));
    read_ += got;
    return got;
  }
  const char* data() const { return buffer_.as<char>() + begin_; }
  size_t available() const { return end_ - begin_; }
  void use(size_t bytes) { begin_ += bytes; }
  uint64_t place() const { return read_ - available(); }  // in the compressed file

 private:
  std::unique_ptr<ByteStream> stream_;
  Buffer buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
  uint64_t read_ = 0;
};

Error corrupt(std::string_view what, uint64_t place, std::string_view why) {
  return {ErrorCode::kCorruption, fmt::format("the {} data is damaged near byte {}: {}", what, place + 1, why)};
}

std::string ends_early(std::string_view what, uint64_t place) {
  return fmt::format("the {} file ends before its data does, at byte {}", what, place);
}

class GzipStream final : public ByteStream {
 public:
  explicit GzipStream(Input input) : input_(std::move(input)) {
    const int outcome = inflateInit2(&state_, kGzipWindow);
    MILLRACE_ASSERT(outcome == Z_OK, "inflateInit2");
  }
  GzipStream(const GzipStream&) = delete;
  GzipStream& operator=(const GzipStream&) = delete;
  ~GzipStream() override { inflateEnd(&state_); }

  Result<size_t> read(char* to, size_t bytes) override {
    while (!ended_) {
      // What is inside of the decompressor comes first: it may need no more input.
      if (input_.available() == 0 && !full_) {
        TRY(more, input_.more());
        if (!more) {
          ended_ = true;
          if (inside_ || input_.place() == 0) cut_short_ = ends_early("gzip", input_.place());
          break;
        }
      }
      TRY_STATUS(enter_member());
      if (ended_) break;
      state_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input_.data()));
      state_.avail_in = static_cast<uInt>(input_.available());
      state_.next_out = reinterpret_cast<Bytef*>(to);
      state_.avail_out = static_cast<uInt>(std::min<size_t>(bytes, UINT32_MAX));
      const uInt room = state_.avail_out;
      const int outcome = inflate(&state_, Z_NO_FLUSH);
      input_.use(input_.available() - state_.avail_in);
      if (outcome == Z_STREAM_END) {
        inside_ = false;
        first_ = false;
      } else if (outcome != Z_OK && outcome != Z_BUF_ERROR) {
        return corrupt("gzip", input_.place(), state_.msg == nullptr ? "it cannot be read" : state_.msg);
      }
      full_ = inside_ && state_.avail_out == 0;
      if (room != state_.avail_out) return room - state_.avail_out;
    }
    return size_t{0};
  }

  std::optional<std::string> cut_short() const override { return cut_short_; }

 private:
  // Between members: another one, zeros up to the end (tapes have them), or bytes that do not belong there.
  Status enter_member() {
    if (inside_) return {};
    if (!first_) {
      size_t zeros = 0;
      while (zeros < input_.available() && input_.data()[zeros] == '\0') ++zeros;
      input_.use(zeros);
      if (input_.available() == 0) return skip_zeros();
      if (input_.data()[0] != kGzipMagic[0]) return corrupt("gzip", input_.place(), "more bytes behind its end");
      inflateReset(&state_);
    }
    inside_ = true;
    return {};
  }
  Status skip_zeros() {
    TRY(more, input_.more());
    if (more) return enter_member();
    ended_ = true;
    return {};
  }

  Input input_;
  z_stream state_{};
  bool first_ = true;
  bool inside_ = false;
  bool full_ = false;  // the last call filled its room, so there may be more without more input
  bool ended_ = false;
  std::optional<std::string> cut_short_;
};

class ZstdStream final : public ByteStream {
 public:
  explicit ZstdStream(Input input) : input_(std::move(input)), state_(ZSTD_createDCtx()) {
    MILLRACE_ASSERT(state_ != nullptr, "ZSTD_createDCtx");
    ZSTD_DCtx_setParameter(state_, ZSTD_d_windowLogMax, kZstdWindowLogMax);
  }
  ZstdStream(const ZstdStream&) = delete;
  ZstdStream& operator=(const ZstdStream&) = delete;
  ~ZstdStream() override { ZSTD_freeDCtx(state_); }

  Result<size_t> read(char* to, size_t bytes) override {
    while (!ended_) {
      // What is inside of the decompressor comes first: it may need no more input.
      if (input_.available() == 0 && !full_) {
        TRY(more, input_.more());
        if (!more) {
          ended_ = true;
          if (inside_ || input_.place() == 0) cut_short_ = ends_early("zstd", input_.place());
          break;
        }
      }
      ZSTD_inBuffer in{input_.data(), input_.available(), 0};
      ZSTD_outBuffer out{to, bytes, 0};
      const size_t outcome = ZSTD_decompressStream(state_, &out, &in);
      if (ZSTD_isError(outcome) != 0) return corrupt("zstd", input_.place(), ZSTD_getErrorName(outcome));
      input_.use(in.pos);
      inside_ = outcome != 0;
      full_ = inside_ && out.pos == out.size;
      if (out.pos > 0) return out.pos;
    }
    return size_t{0};
  }

  std::optional<std::string> cut_short() const override { return cut_short_; }

 private:
  Input input_;
  ZSTD_DCtx* state_;
  bool inside_ = false;
  bool full_ = false;  // as for gzip
  bool ended_ = false;
  std::optional<std::string> cut_short_;
};

std::unique_ptr<ByteStream> over(Input input, Compression compression) {
  if (compression == Compression::kGzip) return std::make_unique<GzipStream>(std::move(input));
  return std::make_unique<ZstdStream>(std::move(input));
}

class PlainStream final : public ByteStream {
 public:
  explicit PlainStream(Input input) : input_(std::move(input)) {}

  // What the look at the beginning left over, then straight from below.
  Result<size_t> read(char* to, size_t bytes) override {
    if (input_.available() == 0) return input_.read_past(to, bytes);
    const size_t got = std::min(bytes, input_.available());
    std::memcpy(to, input_.data(), got);
    input_.use(got);
    return got;
  }

 private:
  Input input_;
};

class DetectingStream final : public ByteStream {
 public:
  DetectingStream(std::unique_ptr<ByteStream> stream, Compression by_path)
      : stream_(std::move(stream)), by_path_(by_path) {}

  Result<size_t> read(char* to, size_t bytes) override {
    if (stream_ != nullptr) TRY_STATUS(detect());
    return found_->read(to, bytes);
  }
  std::optional<std::string> cut_short() const override { return found_ ? found_->cut_short() : std::nullopt; }

 private:
  Status detect() {
    Input input(std::move(stream_));
    bool more = true;
    while (more && input.available() < kMagicBytesMax) {
      TRY(got, input.more());
      more = got;
    }
    const Compression by_bytes = compression_of_bytes({input.data(), input.available()});
    const Compression compression = by_bytes == Compression::kNone ? by_path_ : by_bytes;
    if (compression == Compression::kNone) {
      found_ = std::make_unique<PlainStream>(std::move(input));
    } else {
      found_ = over(std::move(input), compression);
    }
    return {};
  }

  std::unique_ptr<ByteStream> stream_;
  Compression by_path_;
  std::unique_ptr<ByteStream> found_;
};

Buffer compress_gzip(std::string_view bytes) {
  z_stream state{};
  const int begun = deflateInit2(&state, kGzipLevel, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY);
  MILLRACE_ASSERT(begun == Z_OK, "deflateInit2");
  MILLRACE_ASSERT(bytes.size() < UINT32_MAX / 2, "a batch is smaller than that");
  Buffer out(deflateBound(&state, static_cast<uLong>(bytes.size())));
  state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  state.avail_in = static_cast<uInt>(bytes.size());
  state.next_out = out.as<Bytef>();
  state.avail_out = static_cast<uInt>(out.size());
  const int outcome = deflate(&state, Z_FINISH);
  MILLRACE_ASSERT(outcome == Z_STREAM_END, "deflateBound is room enough");
  out.resize(out.size() - state.avail_out);
  deflateEnd(&state);
  return out;
}

Buffer compress_zstd(std::string_view bytes) {
  Buffer out(ZSTD_compressBound(bytes.size()));
  ZSTD_CCtx* state = ZSTD_createCCtx();
  MILLRACE_ASSERT(state != nullptr, "ZSTD_createCCtx");
  ZSTD_CCtx_setParameter(state, ZSTD_c_compressionLevel, kZstdLevel);
  ZSTD_CCtx_setParameter(state, ZSTD_c_checksumFlag, 1);
  const size_t size = ZSTD_compress2(state, out.bytes(), out.size(), bytes.data(), bytes.size());
  ZSTD_freeCCtx(state);
  MILLRACE_ASSERT(ZSTD_isError(size) == 0, ZSTD_getErrorName(size));
  out.resize(size);
  return out;
}

}  // namespace

Compression compression_of_path(std::string_view path) {
  if (path.ends_with(".gz")) return Compression::kGzip;
  if (path.ends_with(".zst")) return Compression::kZstd;
  return Compression::kNone;
}

std::string_view without_compression_ending(std::string_view path) {
  const size_t ending = compression_of_path(path) == Compression::kNone ? 0 : path.size() - path.rfind('.');
  return path.substr(0, path.size() - ending);
}

Compression compression_of_bytes(std::string_view beginning) {
  if (beginning.starts_with(kGzipMagic)) return Compression::kGzip;
  if (beginning.starts_with(kZstdMagic)) return Compression::kZstd;
  return Compression::kNone;
}

std::unique_ptr<ByteStream> decompress(std::unique_ptr<ByteStream> stream, Compression compression) {
  if (compression == Compression::kNone) return stream;
  return over(Input(std::move(stream)), compression);
}

std::unique_ptr<ByteStream> decompress_detected(std::unique_ptr<ByteStream> stream, Compression by_path) {
  return std::make_unique<DetectingStream>(std::move(stream), by_path);
}

Buffer compress(std::string_view bytes, Compression compression) {
  MILLRACE_ASSERT(compression != Compression::kNone, "there is a way to compress");
  return compression == Compression::kGzip ? compress_gzip(bytes) : compress_zstd(bytes);
}

}  // namespace millrace
