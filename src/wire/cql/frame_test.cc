#include "wire/cql/frame.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/random.h"
#include "data/cql/bytes.h"
#include "wire/cql/message.h"

namespace millrace::cql {
namespace {

using testing::HasSubstr;

struct Got {
  Opcode opcode;
  int16_t stream;
  std::string body;
  bool operator==(const Got&) const = default;
};

struct Setting {
  uint8_t version;
  Compression compression;
};
class Frames : public testing::TestWithParam<Setting> {};

FrameWriter writer_for(const Setting& setting, Direction direction = Direction::kRequests) {
  FrameWriter writer(direction, setting.version);
  writer.use(setting.compression);
  if (setting.version >= 5) writer.use_segments();
  return writer;
}
FrameReader reader_for(const Setting& setting, Direction direction = Direction::kRequests) {
  FrameReader reader(direction);
  reader.use(setting.compression);
  if (setting.version >= 5) reader.use_segments();
  return reader;
}

void feed(FrameReader& reader, std::string_view bytes) {
  const auto room = reader.prepare(bytes.size());
  std::copy(bytes.begin(), bytes.end(), room.begin());
  reader.commit(bytes.size());
}

// All frames of the bytes when they come in pieces of this size.
Result<std::vector<Got>> read_all(FrameReader reader, std::string_view bytes, size_t piece) {
  std::vector<Got> got;
  while (!bytes.empty()) {
    feed(reader, bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    for (;;) {
      TRY(frame, reader.next());
      if (!frame) break;
      got.push_back({frame->header.opcode, frame->header.stream, std::string(frame->body)});
    }
  }
  return got;
}

std::string error_of(FrameReader reader, std::string_view bytes) {
  const auto got = read_all(std::move(reader), bytes, bytes.size());
  return got.ok() ? "no error" : got.error().message();
}

TEST_P(Frames, ComeOutAsTheyWentInHoweverTheyAreCut) {
  Random random(7);
  FrameWriter writer = writer_for(GetParam());
  std::vector<Got> sent;
  for (const size_t bytes : {0, 1, 300, 700, 5'000, 131'062, 131'063, 400'000, 20, 0}) {
    Got one{Opcode::kQuery, static_cast<int16_t>(sent.size() * 3'000), {}};
    for (size_t i = 0; i < bytes; ++i) one.body.push_back(static_cast<char>('a' + random.below(4)));
    writer.begin(one.opcode, one.stream) += one.body;
    writer.end();
    sent.push_back(std::move(one));
  }
  const std::string bytes = writer.take();
  EXPECT_TRUE(writer.empty());
  for (const size_t piece : {size_t{7}, size_t{1'000}, bytes.size()}) {
    const auto got = read_all(reader_for(GetParam()), bytes, piece);
    ASSERT_TRUE(got.ok()) << got.error().message();
    EXPECT_TRUE(*got == sent) << "in pieces of " << piece;
  }
}

INSTANTIATE_TEST_SUITE_P(OfBothVersions, Frames,
                         testing::Values(Setting{4, Compression::kNone}, Setting{4, Compression::kLz4},
                                         Setting{5, Compression::kNone}, Setting{5, Compression::kLz4}));

TEST(FrameBytes, AreThoseOfTheProtocol) {
  FrameWriter plain(Direction::kRequests, 4);
  plain.begin(Opcode::kPrepare, 258) += "abc";
  plain.end();
  EXPECT_EQ(plain.take(), std::string("\x04\x00\x01\x02\x09\x00\x00\x00\x03"
                                      "abc",
                                      12));
  FrameWriter answers(Direction::kResponses, 5);
  answers.begin(Opcode::kReady, -1);
  answers.end();
  EXPECT_EQ(answers.take(), std::string("\x85\x00\xff\xff\x02\x00\x00\x00\x00", 9));
}

// As a server of Cassandra 5.0 sent it behind its READY: an EXECUTE's void result in a segment of its own.
TEST(FrameBytes, OfARecordedSegmentAreRead) {
  std::string payload("\x85\x00\x00\x01\x08\x00\x00\x00\x04\x00\x00\x00\x01", 13);
  FrameReader reader(Direction::kResponses);
  reader.use_segments();
  FrameWriter writer(Direction::kResponses, 5);
  writer.use_segments();
  append_be(int32_t{1}, writer.begin(Opcode::kResult, 1));
  writer.end();
  const std::string segment = writer.take();
  EXPECT_EQ(segment.substr(0, 3), std::string("\x0d\x00\x02", 3));  // 13 bytes, whole frames
  EXPECT_EQ(segment.substr(6, 13), payload);
  feed(reader, segment);
  const auto frame = reader.next();
  ASSERT_TRUE(frame.ok() && frame->has_value());
  EXPECT_TRUE(is_void(**frame));
}

TEST(FrameBytes, HaveTheChecksumsOfTheProtocol) {
  // What cassandra-driver's own routines give.
  EXPECT_EQ(crc24(std::string_view("\x0d\x00\x02", 3)), 0xf707cfU);
  EXPECT_EQ(crc32_of_payload("123456789"), 0xe2a261a7U);
}

TEST(FrameErrors, SayWhatIsWrong) {
  EXPECT_THAT(error_of(FrameReader(Direction::kResponses), "HTTP/1.1 400 Bad Request\r\n"),
              HasSubstr("a frame begins with the byte 0x48, which is no answer"));
  EXPECT_THAT(error_of(FrameReader(Direction::kResponses), std::string_view("\x85\x00\x00\x01\x77\x00\x00\x00\x00", 9)),
              HasSubstr("a frame has the opcode 0x77"));
  EXPECT_THAT(error_of(FrameReader(Direction::kResponses), std::string_view("\x85\x00\x00\x01\x08\x7f\xff\xff\xff", 9)),
              HasSubstr("a frame claims 2147483647 bytes; 67108864 at most"));
  EXPECT_THAT(error_of(FrameReader(Direction::kResponses),
                       std::string_view("\x84\x01\x00\x01\x08\x00\x00\x00\x04\x00\x00\x00\x01", 13)),
              HasSubstr("a frame is compressed, which was not agreed on"));
}

TEST(FrameErrors, OfCompressedBodiesCostNoMemory) {
  const Setting lz4{4, Compression::kLz4};
  const auto error = [&](std::string_view body) {
    std::string bytes("\x84\x01\x00\x01\x08", 5);
    append_be(static_cast<uint32_t>(body.size()), bytes);
    bytes += body;
    return error_of(reader_for(lz4, Direction::kResponses), bytes);
  };
  EXPECT_THAT(error("ab"), HasSubstr("a compressed frame is cut short"));
  EXPECT_THAT(error(std::string_view("\x03\xff\xff\xff\x00", 5)), HasSubstr("claims more bytes than it can hold"));
  EXPECT_THAT(error(std::string_view("\x7f\xff\xff\xff\x00", 5)), HasSubstr("a compressed frame claims 2147483647"));
  EXPECT_THAT(error(std::string_view("\x00\x00\x00\x09\xff\xff", 6)),
              HasSubstr("a compressed frame cannot be unpacked"));
}

TEST(FrameErrors, OfSegmentsAreSeenByTheirChecksums) {
  const Setting five{5, Compression::kNone};
  FrameWriter writer = writer_for(five, Direction::kResponses);
  append_be(int32_t{1}, writer.begin(Opcode::kResult, 1));
  writer.end();
  const std::string good = writer.take();
  for (size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = static_cast<char>(bad[at] ^ 0x10);
    EXPECT_THAT(error_of(reader_for(five, Direction::kResponses), bad),
                HasSubstr(at < 6 ? "the checksum of a segment's header is wrong"
                                 : "the checksum of a segment's payload is wrong"));
  }
}

}  // namespace
}  // namespace millrace::cql
