#include "connect/topics/avro_values.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <stdlib.h>

#include "connect/topics/topic_intake.h"
#include "data/builder.h"
#include "data/formats/json_writer.h"
#include "store/schemas/schema_store.h"

namespace millrace {
namespace {

// A registry that cannot be asked.
class Away final : public SchemaRegistry {
 public:
  std::string place() const override { return "a registry"; }
  std::string subject_of(std::string_view topic, std::string_view) const override { return std::string(topic); }
  Result<int32_t> enroll(const std::string&, const std::string&) override { return away(); }
  Result<std::vector<std::string>> objections(const std::string&, const std::string&) override { return away(); }
  Result<std::string> find(int32_t) override { return away(); }
  Result<SubjectVersion> latest(const std::string&) override { return away(); }

 private:
  static Error away() { return {ErrorCode::kUnavailable, "a registry: connection refused"}; }
};

class AvroValues : public testing::Test {
 protected:
  AvroValues() {
    std::string pattern = testing::TempDir() + "avro-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
    topics_ = *TopicStore::open({.directory = directory_ + "/topics"}, *files_, clock_);
    schemas_ = *SchemaStore::open(*topics_, clock_);
  }
  ~AvroValues() override {
    schemas_.reset();
    topics_.reset();
    std::filesystem::remove_all(directory_);
  }

  // One record, a text in each column.
  std::string value_of(const std::vector<std::pair<std::string, std::string>>& texts) {
    Batch batch;
    batch.rows = 1;
    std::vector<WriteColumn> columns;
    for (const auto& [name, text] : texts) {
      columns.push_back({name, TypeKind::kString, batch.columns.size()});
      batch.columns.push_back(constant_string(text));
    }
    auto writer = make_avro_value_writer({.topic = "users", .value = ValueFormat::kAvro, .record = "p.Users"}, columns,
                                         *schemas_);
    EXPECT_TRUE(writer.ok()) << writer.error().message();
    const TopicValues values = (*writer)->write(batch, Rows::all(1));
    EXPECT_LE(values.rows[0].size(), (*writer)->value_bytes_at_most(batch));
    return std::string(values.rows[0]);
  }

  static Origin origin_of(const std::vector<std::string>& values) {
    Origin origin;
    for (const std::string& value : values) add_topic_record(origin, {.value = value});
    end_topic_records(origin);
    return origin;
  }

  static std::string read(RecordReader& reader, const std::vector<std::string>& values,
                          const std::vector<ReadColumn>& columns) {
    ReadOutcome read = reader.read(origin_of(values));
    std::string out;
    for (size_t row = 0; row < values.size(); ++row) {
      for (size_t c = 0; c < columns.size(); ++c) {
        out += columns[c].path[0] + "=" + json_value(read.columns[c], row) + " ";
      }
      for (const Fault& fault : read.faults) {
        if (fault.row == row) out += fault.reason;
      }
      out += "\n";
    }
    return out + (read.stopped ? "stopped: " + read.stopped->message() : "");
  }

  std::string directory_;
  std::unique_ptr<FileSystem> files_ = real_file_system();
  SystemClock clock_;
  std::unique_ptr<TopicStore> topics_;
  std::unique_ptr<SchemaStore> schemas_;
  const std::vector<ReadColumn> columns_ = {{{"id"}, TypeKind::kString}, {{"mail"}, TypeKind::kString}};
};

TEST_F(AvroValues, BeginWithTheIdOfTheirSchema) {
  const std::string value = value_of({{"id", "7"}});
  EXPECT_EQ(value, std::string("\0\0\0\0\1\2\2"
                               "7",
                               8));
  EXPECT_EQ(avro_schema_id(value), 1);
  EXPECT_EQ(avro_schema_id(value.substr(0, 4)), std::nullopt);
  EXPECT_EQ(avro_schema_id("{\"id\":7}"), std::nullopt);
}

TEST_F(AvroValues, SchemasMayChangeFromRecordToRecord) {
  const auto reader = make_avro_value_reader(columns_, *schemas_, nullptr);
  EXPECT_EQ(read(*reader, {value_of({{"id", "1"}})}, columns_), "id=\"1\" mail=null \n");
  // One with a column more, in another order, while the reader is at it; then one with a column less.
  EXPECT_EQ(read(*reader,
                 {value_of({{"id", "2"}}), value_of({{"mail", "a@b"}, {"id", "3"}}), value_of({{"id", "4"}}),
                  value_of({{"mail", "c@d"}})},
                 columns_),
            "id=\"2\" mail=null \nid=\"3\" mail=\"a@b\" \nid=\"4\" mail=null \nid=null mail=\"c@d\" \n");
  EXPECT_EQ(schemas_->versions().size(), 3U);
}

TEST_F(AvroValues, WhatCannotBeReadIsAFaultThatSaysWhy) {
  const std::string good = value_of({{"id", "1"}});
  const auto number =
      schemas_->enroll("users-value", R"({"type":"record","name":"R","fields":[{"name":"id","type":"int"}]})");
  const auto reader = make_avro_value_reader(columns_, *schemas_, nullptr);
  EXPECT_EQ(read(*reader, {good, "{}", avro_value_header(9) + "x", avro_value_header(*number) + "\2", good + "x", good},
                 columns_),
            "id=\"1\" mail=null \n"
            "id=null mail=null not Avro: it does not begin with a zero byte and the id of a schema\n"
            "id=null mail=null not Avro: the data directory's schemas have no id 9\n"
            "id=null mail=null schema 2: id: it is written as int, and read as string\n"
            "id=null mail=null not Avro: there are bytes behind its end\n"
            "id=\"1\" mail=null \n");
}

TEST_F(AvroValues, AnIdThatWasNotKnownIsAskedForAgain) {
  const auto reader = make_avro_value_reader(columns_, *schemas_, nullptr);
  const std::string value = avro_value_header(1) + std::string(
                                                       "\2\2"
                                                       "7");
  EXPECT_EQ(read(*reader, {value}, columns_),
            "id=null mail=null not Avro: the data directory's schemas have no id 1\n");
  value_of({{"id", ""}});
  EXPECT_EQ(read(*reader, {value}, columns_), "id=\"7\" mail=null \n");
}

TEST_F(AvroValues, WithoutTheRegistryNothingIsReadAndNothingLost) {
  Away away;
  const auto reader = make_avro_value_reader(columns_, away, nullptr);
  const std::string value = value_of({{"id", "1"}});
  EXPECT_TRUE(read(*reader, {value, value}, columns_).ends_with("stopped: a registry: connection refused"));
  const auto writer = make_avro_value_writer({.topic = "users", .record = "p.Users"}, {}, away);
  ASSERT_FALSE(writer.ok());
  EXPECT_EQ(writer.error().message(), "topic users: a registry: connection refused");
}

TEST_F(AvroValues, AreShownAsJsonAndMadeOfIt) {
  const std::string value = value_of({{"id", "1"}, {"mail", "a@b"}});
  EXPECT_EQ(*avro_value_as_json(value, *schemas_), R"({"id":"1","mail":"a@b"})");
  EXPECT_EQ(*avro_value_of_json(R"({"mail":"a@b","id":"1"})", "users", *schemas_), value);
  EXPECT_EQ(avro_value_as_json("{}", *schemas_).error().message(),
            "not Avro: it does not begin with the id of a schema");
  EXPECT_EQ(avro_value_of_json("[]", "users", *schemas_).error().message(),
            "not JSON: a record is an object, this is an array");
  ASSERT_TRUE(
      schemas_->enroll("raw-value", R"({"type":"record","name":"R","fields":[{"name":"id","type":"int"}]})").ok());
  EXPECT_EQ(avro_value_of_json("{}", "raw", *schemas_).error().message(),
            "version 1 of raw-value was not made from columns, so JSON cannot be written by it");
}

}  // namespace
}  // namespace millrace
