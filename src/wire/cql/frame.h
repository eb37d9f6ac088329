#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

// Frames of CQL's native protocol, versions 4 and 5, as both sides write and read them. A frame is a header of 9 bytes
// and a body. In version 5 frames travel in segments once the two sides have greeted: a header with a checksum, a
// payload of whole frames (or a part of one that is larger), a checksum of the payload.
namespace millrace::cql {

inline constexpr uint8_t kOldestVersion = 4;
inline constexpr uint8_t kNewestVersion = 5;
inline constexpr size_t kFrameHeaderBytes = 9;
inline constexpr size_t kFrameBodyBytesMax = size_t{64} << 20;  // longer ones are refused; the protocol has 256 MB
inline constexpr size_t kSegmentPayloadBytesMax = (size_t{1} << 17) - 1;  // the protocol's own
inline constexpr size_t kCompressedBodyBytesMin = 512;                    // shorter ones are sent as they are

enum class Opcode : uint8_t {
  kError = 0x00,
  kStartup = 0x01,
  kReady = 0x02,
  kAuthenticate = 0x03,
  kOptions = 0x05,
  kSupported = 0x06,
  kQuery = 0x07,
  kResult = 0x08,
  kPrepare = 0x09,
  kExecute = 0x0a,
  kRegister = 0x0b,
  kEvent = 0x0c,
  kBatch = 0x0d,
  kAuthChallenge = 0x0e,
  kAuthResponse = 0x0f,
  kAuthSuccess = 0x10,
};

enum FrameFlag : uint8_t {
  kFlagCompressed = 0x01,
  kFlagTracing = 0x02,
  kFlagPayload = 0x04,
  kFlagWarning = 0x08,
};

enum class Compression : uint8_t { kNone, kLz4 };
enum class Direction : uint8_t { kRequests, kResponses };

struct FrameHeader {
  uint8_t version = kNewestVersion;
  uint8_t flags = 0;
  int16_t stream = 0;  // -1: an event
  Opcode opcode = Opcode::kError;
};

struct Frame {
  FrameHeader header;
  std::string_view body;  // uncompressed; borrowed
};

// Checksums of segments.
uint32_t crc24(std::string_view bytes);
uint32_t crc32_of_payload(std::string_view bytes);

// Takes frames out of what is received, however it was cut. Holds one frame, one segment and what has been received
// behind them; a length that is claimed costs nothing before its bytes have come. After an error (kCorruption: what
// came is no frame of the kind that is expected) there is nothing more to be had.
class FrameReader {
 public:
  FrameReader(Direction direction, size_t body_bytes_max = kFrameBodyBytesMax)
      : direction_(direction), body_bytes_max_(body_bytes_max) {}

  // Room for so many more bytes; commit() says how many have come.
  std::span<char> prepare(size_t bytes);
  void commit(size_t bytes);

  // The next frame, which is there until the next call; nullopt: it has not come whole.
  Result<std::optional<Frame>> next();

  void use(Compression compression) { compression_ = compression; }
  // From the next frame on, which has not been asked for yet.
  void use_segments() { segments_ = true; }

 private:
  // Bytes with those in front that are used up.
  struct Window {
    std::string bytes;
    size_t begin = 0, end = 0;
    std::string_view view() const { return std::string_view(bytes).substr(begin, end - begin); }
    std::span<char> prepare(size_t more);
    void append(std::string_view more);
  };

  Result<std::optional<Frame>> next_of(Window& window);
  Result<FrameHeader> header_of(std::string_view bytes) const;
  Result<std::string_view> unpack(std::string_view body);
  // False: the next segment has not come whole.
  Result<bool> take_segment();

  const Direction direction_;
  const size_t body_bytes_max_;
  Compression compression_ = Compression::kNone;
  bool segments_ = false;
  Window received_;
  Window payloads_;       // of segments
  std::string unpacked_;  // the last body or payload that was compressed
};

// Makes bytes to send out of frames. A frame: begin(), append the body to what that gave, end().
class FrameWriter {
 public:
  FrameWriter(Direction direction, uint8_t version) : direction_(direction), version_(version) {}

  std::string& begin(Opcode opcode, int16_t stream);
  void end();

  void use(Compression compression) { compression_ = compression; }
  void use_segments() { segments_ = true; }

  bool empty() const { return frames_.empty() && out_.empty(); }
  size_t bytes() const { return frames_.size() + out_.size(); }
  // All that ended since the last call; `reuse` gives its memory for the next.
  std::string take(std::string reuse = {});

 private:
  void compress_body();
  void seal(std::string_view payload, bool whole_frames);

  const Direction direction_;
  const uint8_t version_;
  Compression compression_ = Compression::kNone;
  bool segments_ = false;
  std::string frames_;      // that are in no segment yet
  size_t frame_begin_ = 0;  // in frames_, of the last one
  std::string out_;
  std::string packed_;
};

}  // namespace millrace::cql
