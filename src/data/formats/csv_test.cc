#include "data/formats/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/formats/bytes_testing.h"
#include "data/formats/csv_reader.h"
#include "data/formats/csv_writer.h"

namespace millrace {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<CutRecord> cut(const std::string& text, CsvDialect dialect = {.header = false}, FramingOptions options = {},
                           size_t step = SIZE_MAX, std::optional<std::string> cut_short = std::nullopt) {
  auto framing = csv_framing(std::make_unique<TextStream>(text, step, std::move(cut_short)), options, dialect);
  return cut_to_records(*framing);
}

TEST(CsvFraming, keeps_line_breaks_inside_quotes_within_the_record) {
  EXPECT_THAT(
      cut("a,\"b\nc\"\r\nd,e\n\n\"f\",g"),
      ElementsAre(CutRecord{"a,\"b\nc\"", 1, 0, ""}, CutRecord{"d,e", 3, 9, ""}, CutRecord{"\"f\",g", 5, 14, ""}));
}

TEST(CsvFraming, takes_a_quote_inside_of_a_bare_field_as_a_character) {
  EXPECT_THAT(cut("5\" nails,\"x\ny\"\nb,c"),
              ElementsAre(CutRecord{"5\" nails,\"x\ny\"", 1, 0, ""}, CutRecord{"b,c", 3, 15, ""}));
}

TEST(CsvFraming, blames_only_the_first_line_for_a_quote_that_is_not_closed) {
  EXPECT_THAT(cut("a,b\n\"c,d\ne,f\n"),
              ElementsAre(CutRecord{"a,b", 1, 0, ""}, CutRecord{"\"c,d", 2, 4, "a quote is not closed"},
                          CutRecord{"e,f", 3, 9, ""}));
}

TEST(CsvFraming, blames_only_the_first_line_for_text_behind_a_closing_quote) {
  EXPECT_THAT(cut("\"a,b\n\"c\",d\ne,f\n"),
              ElementsAre(CutRecord{"\"a,b", 1, 0, "there is text behind a closing quote, at byte 7 of the record"},
                          CutRecord{"\"c\",d", 2, 5, ""}, CutRecord{"e,f", 3, 11, ""}));
}

TEST(CsvFraming, gives_the_same_records_whatever_the_size_of_reads_and_pieces) {
  std::string text = "\xEF\xBB\xBFh1,h2\r\n";
  for (int i = 0; i < 60; ++i) {
    text += i % 7 == 0    ? "\"x\r\n\"\"" + std::string(static_cast<size_t>(i), 'y') + "\",z\r\n"
            : i % 11 == 0 ? "\"broken\"x,1\n"
            : i % 5 == 0  ? "\n"
            : i == 33     ? std::string(3000, 'l') + "\n"
            : i == 38     ? "\"" + std::string(500, 'o') + "\n" + std::string(1500, 'p') + "\n"
                          : "a,b" + std::to_string(i) + "\n";
  }
  for (const bool header : {false, true}) {
    const FramingOptions whole{.record_bytes_max = 1024};
    const auto expected = cut(text, {.header = header}, whole);
    EXPECT_GT(expected.size(), 40U);
    for (const size_t step : {size_t{1}, size_t{7}, size_t{SIZE_MAX}}) {
      for (const size_t piece : {size_t{1}, size_t{100}, size_t{1500}}) {
        EXPECT_EQ(cut(text, {.header = header}, {.piece_bytes = piece, .record_bytes_max = 1024}, step), expected)
            << step << " " << piece;
      }
    }
  }
}

TEST(CsvFraming, keeps_the_beginning_of_a_line_over_the_limit) {
  const auto records = cut("a,b\n" + std::string(5000, 'x') + "\nc,d\n", {.header = false}, {.record_bytes_max = 1024});
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[1].bytes, std::string(1024, 'x'));
  EXPECT_THAT(records[1].damage, HasSubstr("the line has 5000 bytes, the limit is 1024"));
  EXPECT_EQ(records[2], (CutRecord{"c,d", 3, 5005, ""}));
}

TEST(CsvFraming, counts_what_is_left_of_a_stream_that_was_cut_off_as_a_broken_record) {
  EXPECT_THAT(cut("a,b\n\"c\nd", {.header = false}, {}, 3, "it ends"),
              ElementsAre(CutRecord{"a,b", 1, 0, ""}, CutRecord{"\"c\nd", 2, 4, "it ends"}));
  EXPECT_THAT(cut("a,b\n", {.header = false}, {}, 3, "it ends"),
              ElementsAre(CutRecord{"a,b", 1, 0, ""}, CutRecord{"", 2, 4, "it ends"}));
  EXPECT_THAT(cut("", {}, {}, 3, "it ends"), ElementsAre(CutRecord{"", 1, 0, "it ends"}));
}

TEST(CsvFraming, finds_nothing_in_an_empty_file_or_behind_a_header) {
  EXPECT_THAT(cut("", {}), IsEmpty());
  EXPECT_THAT(cut("a,b\n", {}), IsEmpty());
  EXPECT_THAT(cut("\n\na,b", {}), IsEmpty());
}

TEST(CsvFraming, refuses_a_header_that_cannot_be_read) {
  for (const std::string text : {"\"a,b\n1,2\n", "a\xff,b\n1,2\n"}) {
    auto framing = csv_framing(std::make_unique<TextStream>(text), {}, {});
    Origin origin;
    const auto outcome = framing->cut(origin);
    ASSERT_FALSE(outcome.ok());
    EXPECT_THAT(outcome.error().message(), HasSubstr("the header cannot be read: "));
  }
}

struct Table {
  std::vector<std::string> rows;  // values joined by |, "-" for null
  std::vector<std::string> faults;
};

Table read(const std::string& text, std::vector<ReadColumn> columns, CsvDialect dialect = {}) {
  auto framing = csv_framing(std::make_unique<TextStream>(text), {}, dialect);
  Table table;
  CsvReader reader(columns, dialect);
  while (true) {
    Origin origin;
    auto more = framing->cut(origin);
    EXPECT_TRUE(more.ok());
    if (!more.ok() || !*more) return table;
    EXPECT_TRUE(origin.header == nullptr || check_csv_columns(columns, *origin.header).ok());
    const ReadOutcome outcome = reader.read(origin);
    for (size_t row = 0; row < origin.records(); ++row) {
      std::string line;
      for (size_t i = 0; i < outcome.columns.size(); ++i) {
        const Column& column = outcome.columns[i];
        line += (i == 0 ? "" : "|") + (column.is_null(row) ? std::string("-") : format_value(column, row));
      }
      table.rows.push_back(line);
    }
    for (const Fault& fault : outcome.faults) table.faults.push_back(std::to_string(fault.row) + " " + fault.reason);
  }
}

TEST(CsvReader, finds_columns_by_their_names_in_any_order_and_reads_types) {
  const Table table =
      read("id,name,Score,d\n1,ann,2.5,2024-01-02\n-7,\"b, \"\"c\"\"\",1e3,\n", {{{"score"}, TypeKind::kDouble},
                                                                                 {{"id"}, TypeKind::kInt},
                                                                                 {{"name"}, TypeKind::kString},
                                                                                 {{"d"}, TypeKind::kDate}});
  EXPECT_THAT(table.rows, ElementsAre("2.5|1|ann|2024-01-02", "1000.0|-7|b, \"c\"|-"));
  EXPECT_THAT(table.faults, IsEmpty());
}

TEST(CsvReader, tells_null_from_the_empty_text) {
  EXPECT_THAT(read("a,b\n,\"\"\n", {{{"a"}, TypeKind::kString}, {{"b"}, TypeKind::kString}}).rows, ElementsAre("-|"));
  EXPECT_THAT(
      read("a,b\nNULL,\"NULL\"\n,x\n", {{{"a"}, TypeKind::kString}, {{"b"}, TypeKind::kString}}, {.null_text = "NULL"})
          .rows,
      ElementsAre("-|NULL", "|x"));
}

TEST(CsvReader, names_the_column_of_a_value_that_does_not_fit) {
  const Table table = read("a,b\n1,x\n99999999999,2\n,3\n", {{{"a"}, TypeKind::kInt}, {{"b"}, TypeKind::kInt}});
  EXPECT_THAT(table.faults, ElementsAre(HasSubstr("0 b: "), HasSubstr("1 a: ")));
  EXPECT_THAT(table.rows[2], "-|3");
}

TEST(CsvReader, finds_a_record_broken_whatever_columns_are_read) {
  const std::string text = std::string("a,b\n1\n1,2,3\n1,\xff\n1,x") + '\0' + "y\n1,2\n";
  for (const char* name : {"a", "b"}) {
    EXPECT_THAT(read(text, {{{name}, TypeKind::kString}}).faults,
                ElementsAre("0 it has 1 field, and there are 2 columns", "1 it has 3 fields, and there are 2 columns",
                            "2 not CSV: it is not UTF-8", "3 not CSV: it holds a NUL byte"));
  }
  EXPECT_EQ(read(text, {}).faults.size(), 4U);
}

TEST(CsvReader, takes_other_delimiters_quotes_and_escapes) {
  EXPECT_THAT(read("a;b\n'x;\\'y\\\\';z\n'it''s';2\n", {{{"a"}, TypeKind::kString}, {{"b"}, TypeKind::kString}},
                   {.delimiter = ';', .quote = '\'', .escape = '\\'})
                  .rows,
              ElementsAre("x;'y\\|z", "it's|2"));
}

TEST(CsvReader, names_columns_by_order_without_a_header) {
  EXPECT_THAT(read("1,x\n2,y\n", {{{"n"}, TypeKind::kString}, {{"id"}, TypeKind::kInt}},
                   {.header = false, .names = {"id", "n"}})
                  .rows,
              ElementsAre("x|1", "y|2"));
}

TEST(CsvReader, takes_a_blank_line_as_null_when_there_is_one_column) {
  EXPECT_THAT(read("a\nx\n\ny\n", {{{"a"}, TypeKind::kString}}).rows, ElementsAre("x", "-", "y"));
}

TEST(CsvReader, reads_fields_longer_than_a_block_and_many_of_them) {
  std::string header, record, expected;
  std::vector<ReadColumn> columns;
  for (int i = 0; i < 100; ++i) {
    const std::string value(static_cast<size_t>(i % 40 + 1), static_cast<char>('a' + i % 26));
    header += (i > 0 ? "," : "") + ("c" + std::to_string(i));
    record += (i > 0 ? "," : "") + value;
    expected += (i > 0 ? "|" : "") + value;
    columns.push_back({{"c" + std::to_string(i)}, TypeKind::kString});
  }
  EXPECT_THAT(read(header + "\n" + record + "\n", columns).rows, ElementsAre(expected));
}

TEST(CsvColumns, are_asked_for_by_names_that_the_header_has) {
  const std::vector<std::string> header = {"id", "email", "Name", "name"};
  EXPECT_TRUE(check_csv_columns({{{"ID"}, TypeKind::kInt}, {{"name"}, TypeKind::kString}}, header).ok());
  EXPECT_EQ(check_csv_columns({{{"emial"}, TypeKind::kString}}, header).error().message(),
            "the header has no column 'emial'; did you mean 'email'?");
  EXPECT_EQ(check_csv_columns({{{"picture"}, TypeKind::kString}}, header).error().message(),
            "the header has no column 'picture'; it has: id, email, Name, name");
  EXPECT_EQ(check_csv_columns({{{"NAME"}, TypeKind::kString}}, header).error().message(),
            "the header names the column 'NAME' 2 times");
}

Column texts(const std::vector<std::optional<std::string>>& values) {
  StringBuilder builder;
  for (const auto& value : values) value ? builder.append(*value) : builder.append_null();
  return builder.finish();
}

std::string text_of(const Buffer& buffer) { return {buffer.as<char>(), buffer.size()}; }

TEST(CsvWriter, quotes_what_must_be_quoted_only) {
  Batch batch;
  batch.rows = 6;
  batch.columns = {texts({"a", "b,c", "d\"e", "f\ng", "", std::nullopt}), texts({"1", "2", " 3 ", "4", "5", "6"})};
  const CsvWriter writer({{"x y", TypeKind::kString, 0}, {"n,", TypeKind::kString, 1}}, {});
  EXPECT_EQ(writer.header(), "x y,\"n,\"\n");
  EXPECT_EQ(text_of(writer.write(batch, Rows::all(6))), "a,1\n\"b,c\",2\n\"d\"\"e\", 3 \n\"f\ng\",4\n\"\",5\n,6\n");
}

TEST(CsvWriter, writes_every_type_so_that_it_is_read_back) {
  FixedBuilder<int64_t> times(TypeKind::kTimestamp);
  times.append(1'700'000'000'123'000);
  times.append_null();
  FixedBuilder<double> doubles(TypeKind::kDouble);
  doubles.append(-1.5e10);
  doubles.append(std::numeric_limits<double>::infinity());
  ColumnBuilder arrays(Type::array(TypeKind::kString));
  arrays.child(0).append_string("a,\"b");
  arrays.end_nested();
  arrays.append_null();
  Batch batch;
  batch.rows = 2;
  batch.columns = {times.finish(), doubles.finish(), arrays.finish()};
  const CsvWriter writer(
      {{"t", TypeKind::kTimestamp, 0}, {"d", TypeKind::kDouble, 1}, {"l", Type::array(TypeKind::kString), 2}}, {});
  const std::string text = writer.header() + text_of(writer.write(batch, Rows::all(2)));
  EXPECT_EQ(text, "t,d,l\n2023-11-14T22:13:20.123Z,-1.5E10,\"[\"\"a,\\\"\"b\"\"]\"\n,Infinity,\n");
  EXPECT_THAT(read(text, {{{"t"}, TypeKind::kTimestamp}, {{"d"}, TypeKind::kDouble}, {{"l"}, TypeKind::kString}}).rows,
              ElementsAre("2023-11-14 22:13:20.123|-1.5E10|[\"a,\\\"b\"]", "-|Infinity|-"));
}

TEST(CsvWriter, keeps_null_and_the_empty_text_apart_in_a_single_column) {
  Batch batch;
  batch.rows = 3;
  batch.columns = {texts({"", std::nullopt, "x"})};
  const CsvWriter writer({{"a", TypeKind::kString, 0}}, {});
  const std::string text = writer.header() + text_of(writer.write(batch, Rows::all(3)));
  EXPECT_EQ(text, "a\n\"\"\n\nx\n");
  EXPECT_THAT(read(text, {{{"a"}, TypeKind::kString}}).rows, ElementsAre("", "-", "x"));
}

}  // namespace
}  // namespace millrace
