#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/formats/bytes_testing.h"

namespace millrace {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<CutRecord> cut(const std::string& text, std::vector<std::string> records = {}, FramingOptions options = {},
                           size_t step = SIZE_MAX, std::optional<std::string> cut_short = std::nullopt) {
  auto framing =
      document_framing(std::make_unique<TextStream>(text, step, std::move(cut_short)), options, std::move(records));
  return cut_to_records(*framing);
}

std::vector<std::string> bytes_of(const std::vector<CutRecord>& records) {
  std::vector<std::string> all;
  for (const CutRecord& record : records) all.push_back(record.damage.empty() ? record.bytes : "! " + record.bytes);
  return all;
}

TEST(DocumentFraming, takes_an_array_apart) {
  EXPECT_THAT(cut(" [ {\"a\":[1,{\"b\":\"],}\\\"\"}]} ,\n{},3 , \"x\"]\n"),
              ElementsAre(CutRecord{"{\"a\":[1,{\"b\":\"],}\\\"\"}]}", 1, 3, ""}, CutRecord{"{}", 2, 29, ""},
                          CutRecord{"3", 2, 32, ""}, CutRecord{"\"x\"", 2, 36, ""}));
}

TEST(DocumentFraming, takes_a_single_object_and_several_documents) {
  EXPECT_THAT(bytes_of(cut("{\n \"a\": 1\n}\n{\"b\": 2}[{},{}]\n[]x y\n{}")),
              ElementsAre("{\n \"a\": 1\n}", "{\"b\": 2}", "{}", "{}", "x y", "{}"));
}

TEST(DocumentFraming, finds_nothing_in_empty_files_and_arrays) {
  EXPECT_THAT(cut(""), IsEmpty());
  EXPECT_THAT(cut(" \n "), IsEmpty());
  EXPECT_THAT(cut("\xEF\xBB\xBF[ ]"), IsEmpty());
}

TEST(DocumentFraming, follows_a_path_to_the_records) {
  const std::string text =
      "{\"items\":[9],\"x\":{\"data\":{\"items\":[8]}},\"data\":{\"n\":[[]],\"it\\u0065ms\":[{\"a\":1},{\"b\":2}],"
      "\"more\":0}}";
  EXPECT_THAT(bytes_of(cut(text, {"data", "items"})), ElementsAre("{\"a\":1}", "{\"b\":2}"));
  EXPECT_THAT(bytes_of(cut(text + "\n" + text, {"data", "items"})),
              ElementsAre("{\"a\":1}", "{\"b\":2}", "{\"a\":1}", "{\"b\":2}"));
}

TEST(DocumentFraming, counts_a_document_without_records_at_the_path_as_a_broken_record) {
  for (const std::string text : {"{\"error\":\"no\"}", "{\"data\":{\"items\":null}}", "{\"data\":[1]}", "{}"}) {
    EXPECT_THAT(cut(text, {"data", "items"}),
                ElementsAre(CutRecord{text, 1, 0, "there is no array of records at 'data.items'"}));
  }
}

TEST(DocumentFraming, proves_what_stands_around_the_records) {
  const auto records = cut("{\"a\": tru, \"items\":[{\"x\":1}], \"b\":1}", {"items"});
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].bytes, "{\"x\":1}");
  EXPECT_EQ(records[1].bytes, "{\"a\": tru, \"items\":[], \"b\":1}");
  EXPECT_THAT(records[1].damage, HasSubstr("what stands around the records is not JSON"));
}

TEST(DocumentFraming, keeps_the_damage_of_an_element_to_itself_where_it_can_be_told) {
  EXPECT_THAT(bytes_of(cut("[{\"a\":tru},{\"b\":[1},{\"c\":\"x\n},{\"d\" 1},,{\"e\":1}}, {} {}, {\"f\":1},]")),
              ElementsAre("{\"a\":tru}", "{\"b\":[1}", "{\"c\":\"x\n}", "{\"d\" 1}", "! ", "{\"e\":1}}", "{} {}",
                          "{\"f\":1}", "! "));
}

TEST(DocumentFraming, counts_what_is_open_at_the_end_as_a_broken_record) {
  EXPECT_THAT(cut("[{},\n{\"a\":"),
              ElementsAre(CutRecord{"{}", 1, 1, ""}, CutRecord{"{\"a\":", 2, 5, "the file ends inside a document"}));
  EXPECT_THAT(bytes_of(cut("[{},")), ElementsAre("{}", "! "));
  EXPECT_THAT(bytes_of(cut("{\"items\":[{},{}],\"x", {"items"})), ElementsAre("{}", "{}", "! {\"items\":[],\"x"));
  EXPECT_THAT(cut("[{}, {\"a", {}, {}, 1, "it ends").back(), (CutRecord{"{\"a", 1, 5, "it ends"}));
  EXPECT_THAT(cut("[{}]", {}, {}, 1, "it ends").back(), (CutRecord{"", 1, 4, "it ends"}));
}

TEST(DocumentFraming, keeps_the_beginning_of_a_record_over_the_limit_and_all_around_it) {
  const std::string big = "{\"a\":\"" + std::string(5000, 'x') + "\"}";
  for (const size_t piece : {size_t{1}, size_t{700}, size_t{100'000}}) {
    EXPECT_THAT(
        cut("[{},\n" + big + ",\n{\"b\":1}]", {}, {.piece_bytes = piece, .record_bytes_max = 1024}, 300),
        ElementsAre(CutRecord{"{}", 1, 1, ""},
                    CutRecord{big.substr(0, 1024), 2, 5,
                              "the record has 5008 bytes, the limit is 1024; its beginning is kept here, all of it is "
                              "in the source"},
                    CutRecord{"{\"b\":1}", 3, 5015, ""}))
        << piece;
  }
}

TEST(DocumentFraming, gives_the_same_records_whatever_the_size_of_reads_and_pieces) {
  std::string text = "{\"head\":{\"items\":1},\n\"items\":[";
  for (int i = 0; i < 50; ++i) {
    text += (i > 0 ? " ,\n" : "") + std::string(i % 9 == 0 ? "{\"q\":\"]}\\\\\"" : "{\"q\":[{}]") +
            ",\"i\":" + std::to_string(i) + "}";
    if (i == 20) text += ",";
    if (i == 30) text += ",{\"long\":\"" + std::string(2000, 'l') + "\"}";
  }
  text += "],\"tail\":[1,2]}\n{\"items\":[{}]}\n{\"none\":[1]}\ntrailing";
  const auto expected = cut(text, {"items"}, {.record_bytes_max = 1024});
  EXPECT_GT(expected.size(), 54U);
  for (const size_t step : {size_t{1}, size_t{7}, size_t{SIZE_MAX}}) {
    for (const size_t piece : {size_t{1}, size_t{100}, size_t{1500}}) {
      EXPECT_EQ(cut(text, {"items"}, {.piece_bytes = piece, .record_bytes_max = 1024}, step), expected)
          << step << " " << piece;
    }
  }
}

std::vector<std::string> detect(const std::string& text) {
  auto framing = json_framing(std::make_unique<TextStream>(text, 5), {});
  return bytes_of(cut_to_records(*framing));
}

TEST(JsonFraming, tells_lines_from_documents) {
  EXPECT_THAT(detect("{\"a\":1}\n{\"a\":\n{\"a\":3}\n"), ElementsAre("{\"a\":1}", "{\"a\":", "{\"a\":3}"));
  EXPECT_THAT(detect("{\"a\":1,\n{\"a\":2}\n"), ElementsAre("{\"a\":1,", "{\"a\":2}"));
  EXPECT_THAT(detect("\xEF\xBB\xBF [{\"a\":1},\n{\"a\":2}]"), ElementsAre("{\"a\":1}", "{\"a\":2}"));
  EXPECT_THAT(detect("{\n  \"a\": 1,\n  \"b\": 2\n}\n"), ElementsAre("{\n  \"a\": 1,\n  \"b\": 2\n}"));
  EXPECT_THAT(detect("{ \"a\": [\n  1 ] }\n"), ElementsAre("{ \"a\": [\n  1 ] }"));
  EXPECT_THAT(detect(""), IsEmpty());
  EXPECT_THAT(detect("{"), ElementsAre("{"));
}

}  // namespace
}  // namespace millrace
