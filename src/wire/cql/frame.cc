#include "wire/cql/frame.h"

#include <lz4.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "base/big_endian.h"
#include "data/cql/bytes.h"

namespace millrace::cql {
namespace {

constexpr uint8_t kResponseBit = 0x80;
constexpr size_t kCrc24Bytes = 3;
constexpr size_t kCrc32Bytes = 4;
constexpr size_t kPlainSegmentHeaderBytes = 3;   // without its checksum
constexpr size_t kPackedSegmentHeaderBytes = 5;  // the same, where payloads may be compressed
constexpr int kSegmentLengthBits = 17;
constexpr size_t kKeptBytesMax = size_t{1} << 20;  // of a buffer that is empty: more is given back

constexpr uint32_t kCrc24Start = 0x875060;
constexpr uint32_t kCrc24Polynomial = 0x1974f0b;
constexpr std::array<char, 4> kCrc32Prefix = {'\xfa', '\x2d', '\x55', '\xca'};

constexpr std::array<uint32_t, 256> make_crc24_table() {
  std::array<uint32_t, 256> table{};
  for (uint32_t byte = 0; byte < table.size(); ++byte) {
    uint32_t crc = byte << 16;
    for (int bit = 0; bit < 8; ++bit) {
      crc <<= 1;
      if ((crc & 0x1000000) != 0) crc ^= kCrc24Polynomial;
    }
    table[byte] = crc;
  }
  return table;
}
constexpr std::array<uint32_t, 256> kCrc24Table = make_crc24_table();

// Segments' headers and checksums are little endian, unlike everything else.
uint64_t load_little(std::string_view bytes) {
  uint64_t value = 0;
  for (size_t i = bytes.size(); i > 0; --i) value = (value << 8) | static_cast<uint8_t>(bytes[i - 1]);
  return value;
}

void append_little(uint64_t value, size_t bytes, std::string& to) {
  for (size_t i = 0; i < bytes; ++i) to.push_back(static_cast<char>(value >> (8 * i)));
}

Error corrupt(std::string what) { return Error(ErrorCode::kCorruption, std::move(what)); }

bool is_opcode(uint8_t code, Direction direction) {
  switch (static_cast<Opcode>(code)) {
    case Opcode::kStartup:
    case Opcode::kOptions:
    case Opcode::kQuery:
    case Opcode::kPrepare:
    case Opcode::kExecute:
    case Opcode::kRegister:
    case Opcode::kBatch:
    case Opcode::kAuthResponse: return direction == Direction::kRequests;
    case Opcode::kError:
    case Opcode::kReady:
    case Opcode::kAuthenticate:
    case Opcode::kSupported:
    case Opcode::kResult:
    case Opcode::kEvent:
    case Opcode::kAuthChallenge:
    case Opcode::kAuthSuccess: return direction == Direction::kResponses;
  }
  return false;
}

}  // namespace

uint32_t crc24(std::string_view bytes) {
  uint32_t crc = kCrc24Start;
  for (const char byte : bytes) {
    crc = ((crc << 8) & 0xffffff) ^ kCrc24Table[((crc >> 16) ^ static_cast<uint8_t>(byte)) & 0xff];
  }
  return crc;
}

uint32_t crc32_of_payload(std::string_view bytes) {
  uLong crc = crc32(0, reinterpret_cast<const Bytef*>(kCrc32Prefix.data()), kCrc32Prefix.size());
  crc = crc32_z(crc, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  return static_cast<uint32_t>(crc);
}

std::span<char> FrameReader::Window::prepare(size_t more) {
  if (begin == end) {
    begin = end = 0;
    if (bytes.size() > kKeptBytesMax && more < kKeptBytesMax) std::string().swap(bytes);
  }
  if (bytes.size() - end < more && begin > 0) {
    std::memmove(bytes.data(), bytes.data() + begin, end - begin);
    end -= begin;
    begin = 0;
  }
  if (bytes.size() - end < more) bytes.resize(std::max(end + more, bytes.size() + bytes.size() / 2));
  return {bytes.data() + end, more};
}

void FrameReader::Window::append(std::string_view more) {
  const std::span<char> room = prepare(more.size());
  std::memcpy(room.data(), more.data(), more.size());
  end += more.size();
}

std::span<char> FrameReader::prepare(size_t bytes) { return received_.prepare(bytes); }

void FrameReader::commit(size_t bytes) {
  MILLRACE_ASSERT(bytes <= received_.bytes.size() - received_.end, "more bytes than there was room for");
  received_.end += bytes;
}

Result<std::optional<Frame>> FrameReader::next() {
  if (!segments_) return next_of(received_);
  for (;;) {
    TRY(frame, next_of(payloads_));
    if (frame) return std::optional(frame);
    TRY(more, take_segment());
    if (!more) return std::optional<Frame>();
  }
}

Result<FrameHeader> FrameReader::header_of(std::string_view bytes) const {
  const auto first = static_cast<uint8_t>(bytes[0]);
  const bool response = (first & kResponseBit) != 0;
  if (response != (direction_ == Direction::kResponses)) {
    return corrupt(fmt::format("a frame begins with the byte 0x{:02x}, which is no {}", first,
                               direction_ == Direction::kResponses ? "answer" : "request"));
  }
  const auto opcode = static_cast<uint8_t>(bytes[4]);
  if (!is_opcode(opcode, direction_)) return corrupt(fmt::format("a frame has the opcode 0x{:02x}", opcode));
  return FrameHeader{.version = static_cast<uint8_t>(first & ~kResponseBit),
                     .flags = static_cast<uint8_t>(bytes[1]),
                     .stream = load_big<int16_t>(bytes.data() + 2),
                     .opcode = static_cast<Opcode>(opcode)};
}

Result<std::optional<Frame>> FrameReader::next_of(Window& window) {
  const std::string_view bytes = window.view();
  if (bytes.size() < kFrameHeaderBytes) return std::optional<Frame>();
  TRY(header, header_of(bytes));
  const auto length = load_big<uint32_t>(bytes.data() + 5);
  if (length > body_bytes_max_) {
    return corrupt(fmt::format("a frame claims {} bytes; {} at most", length, body_bytes_max_));
  }
  if (bytes.size() < kFrameHeaderBytes + length) return std::optional<Frame>();
  std::string_view body = bytes.substr(kFrameHeaderBytes, length);
  window.begin += kFrameHeaderBytes + length;
  if ((header.flags & kFlagCompressed) != 0) {
    TRY(unpacked, unpack(body));
    body = unpacked;
  }
  return std::optional(Frame{.header = header, .body = body});
}

Result<std::string_view> FrameReader::unpack(std::string_view body) {
  if (compression_ != Compression::kLz4 || segments_) return corrupt("a frame is compressed, which was not agreed on");
  if (body.size() < sizeof(uint32_t)) return corrupt("a compressed frame is cut short");
  const auto length = load_big<uint32_t>(body.data());
  body.remove_prefix(sizeof(uint32_t));
  if (length > body_bytes_max_) {
    return corrupt(fmt::format("a compressed frame claims {} bytes; {} at most", length, body_bytes_max_));
  }
  // LZ4 makes at most 255 bytes of one: what claims more would cost memory that nobody has sent.
  if (length / 255 > body.size()) return corrupt("a compressed frame claims more bytes than it can hold");
  unpacked_.resize(length);
  const int made = LZ4_decompress_safe(body.data(), unpacked_.data(), static_cast<int>(body.size()),
                                       static_cast<int>(unpacked_.size()));
  if (made < 0 || static_cast<size_t>(made) != length) return corrupt("a compressed frame cannot be unpacked");
  return std::string_view(unpacked_);
}

Result<bool> FrameReader::take_segment() {
  const bool packed = compression_ == Compression::kLz4;
  const size_t header_bytes = packed ? kPackedSegmentHeaderBytes : kPlainSegmentHeaderBytes;
  const std::string_view bytes = received_.view();
  if (bytes.size() < header_bytes + kCrc24Bytes) return false;
  if (crc24(bytes.substr(0, header_bytes)) != load_little(bytes.substr(header_bytes, kCrc24Bytes))) {
    return corrupt("the checksum of a segment's header is wrong");
  }
  const uint64_t header = load_little(bytes.substr(0, header_bytes));
  const size_t length = header & kSegmentPayloadBytesMax;
  const size_t unpacked_length = packed ? (header >> kSegmentLengthBits) & kSegmentPayloadBytesMax : 0;
  const size_t begin = header_bytes + kCrc24Bytes;
  if (bytes.size() < begin + length + kCrc32Bytes) return false;
  const std::string_view payload = bytes.substr(begin, length);
  if (crc32_of_payload(payload) != load_little(bytes.substr(begin + length, kCrc32Bytes))) {
    return corrupt("the checksum of a segment's payload is wrong");
  }
  if (unpacked_length == 0) {
    payloads_.append(payload);
  } else {
    const std::span<char> room = payloads_.prepare(unpacked_length);
    const int made = LZ4_decompress_safe(payload.data(), room.data(), static_cast<int>(payload.size()),
                                         static_cast<int>(room.size()));
    if (made < 0 || static_cast<size_t>(made) != unpacked_length) return corrupt("a segment cannot be unpacked");
    payloads_.end += unpacked_length;
  }
  received_.begin += begin + length + kCrc32Bytes;
  return true;
}

std::string& FrameWriter::begin(Opcode opcode, int16_t stream) {
  frame_begin_ = frames_.size();
  const auto direction = direction_ == Direction::kResponses ? kResponseBit : uint8_t{0};
  frames_.push_back(static_cast<char>(version_ | direction));
  frames_.push_back('\0');
  append_be(stream, frames_);
  frames_.push_back(static_cast<char>(opcode));
  frames_.append(sizeof(uint32_t), '\0');
  return frames_;
}

void FrameWriter::end() {
  if (!segments_ && compression_ == Compression::kLz4) compress_body();
  const size_t body_bytes = frames_.size() - frame_begin_ - kFrameHeaderBytes;
  MILLRACE_ASSERT(body_bytes <= UINT32_MAX, "a frame's length has four bytes");
  store_big(frames_.data() + frame_begin_ + 5, static_cast<uint32_t>(body_bytes));
  if (!segments_ || frames_.size() <= kSegmentPayloadBytesMax) return;
  // Those before it fill a segment of their own; one that is too large for one is cut.
  if (frame_begin_ > 0) seal(std::string_view(frames_).substr(0, frame_begin_), true);
  frames_.erase(0, frame_begin_);
  frame_begin_ = 0;
  if (frames_.size() <= kSegmentPayloadBytesMax) return;
  for (std::string_view rest = frames_; !rest.empty();) {
    const std::string_view part = rest.substr(0, kSegmentPayloadBytesMax);
    seal(part, false);
    rest.remove_prefix(part.size());
  }
  frames_.clear();
}

void FrameWriter::compress_body() {
  const size_t begin = frame_begin_ + kFrameHeaderBytes;
  const size_t bytes = frames_.size() - begin;
  const auto opcode = static_cast<Opcode>(frames_[frame_begin_ + 4]);
  if (bytes < kCompressedBodyBytesMin || opcode == Opcode::kStartup || opcode == Opcode::kOptions) return;
  packed_.resize(static_cast<size_t>(LZ4_compressBound(static_cast<int>(bytes))));
  const int made = LZ4_compress_default(frames_.data() + begin, packed_.data(), static_cast<int>(bytes),
                                        static_cast<int>(packed_.size()));
  MILLRACE_ASSERT(made > 0, "LZ4 has room for the worst case");
  frames_.resize(begin);
  append_be(static_cast<uint32_t>(bytes), frames_);
  frames_.append(packed_.data(), static_cast<size_t>(made));
  frames_[frame_begin_ + 1] = static_cast<char>(kFlagCompressed);
}

void FrameWriter::seal(std::string_view payload, bool whole_frames) {
  const bool packed = compression_ == Compression::kLz4;
  size_t unpacked_length = 0;
  if (packed) {
    packed_.resize(static_cast<size_t>(LZ4_compressBound(static_cast<int>(payload.size()))));
    const int made = LZ4_compress_default(payload.data(), packed_.data(), static_cast<int>(payload.size()),
                                          static_cast<int>(packed_.size()));
    if (made > 0 && static_cast<size_t>(made) < payload.size()) {
      unpacked_length = payload.size();
      payload = std::string_view(packed_).substr(0, static_cast<size_t>(made));
    }
  }
  const size_t header_bytes = packed ? kPackedSegmentHeaderBytes : kPlainSegmentHeaderBytes;
  uint64_t header = payload.size();
  if (packed) header |= static_cast<uint64_t>(unpacked_length) << kSegmentLengthBits;
  if (whole_frames) header |= uint64_t{1} << (packed ? 2 * kSegmentLengthBits : kSegmentLengthBits);
  const size_t begin = out_.size();
  append_little(header, header_bytes, out_);
  append_little(crc24(std::string_view(out_).substr(begin, header_bytes)), kCrc24Bytes, out_);
  out_.append(payload);
  append_little(crc32_of_payload(payload), kCrc32Bytes, out_);
}

std::string FrameWriter::take(std::string reuse) {
  if (segments_ && !frames_.empty()) {
    seal(frames_, true);
    frames_.clear();
  }
  std::string& all = segments_ ? out_ : frames_;
  reuse.clear();
  std::swap(all, reuse);
  return reuse;
}

}  // namespace millrace::cql
