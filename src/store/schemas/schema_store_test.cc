#include "store/schemas/schema_store.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <stdlib.h>

namespace millrace {
namespace {

constexpr std::string_view kFirst = R"({"type":"record","name":"R","fields":[{"name":"a","type":"int"}]})";
constexpr std::string_view kSecond = R"({"type":"record","name":"R","fields":[{"name":"b","type":"int"}]})";

class SchemaStoreTest : public testing::Test {
 protected:
  SchemaStoreTest() {
    std::string pattern = testing::TempDir() + "schemas-XXXXXX";
    directory_ = ::mkdtemp(pattern.data());
    open();
  }
  ~SchemaStoreTest() override {
    store_.reset();
    topics_.reset();
    std::filesystem::remove_all(directory_);
  }

  void open() {
    store_.reset();
    topics_.reset();
    auto topics = TopicStore::open({.directory = directory_ + "/topics"}, *files_, clock_);
    ASSERT_TRUE(topics.ok()) << topics.error().message();
    topics_ = *std::move(topics);
    auto store = SchemaStore::open(*topics_, clock_);
    ASSERT_TRUE(store.ok()) << store.error().message();
    store_ = *std::move(store);
  }
  int32_t enroll(const std::string& subject, std::string_view schema) {
    const auto id = store_->enroll(subject, std::string(schema));
    EXPECT_TRUE(id.ok()) << id.error().message();
    return id.ok() ? *id : 0;
  }

  std::string directory_;
  std::unique_ptr<FileSystem> files_ = real_file_system();
  SystemClock clock_;
  std::unique_ptr<TopicStore> topics_;
  std::unique_ptr<SchemaStore> store_;
};

TEST_F(SchemaStoreTest, ASchemaHasOneIdInAllSubjectsAndForEver) {
  EXPECT_EQ(enroll("users-value", kFirst), 1);
  EXPECT_EQ(enroll("users-value", kSecond), 2);
  EXPECT_EQ(enroll("orders-value", kSecond), 2);
  EXPECT_EQ(enroll("users-value", kFirst), 1);
  open();
  EXPECT_EQ(enroll("users-value", R"({ "name": "R", "type": "record", "fields": [{"type": "int", "name": "a"}] })"), 1);
  EXPECT_EQ(store_->versions().size(), 3U);
  EXPECT_EQ(*store_->find(2), kSecond);
  const auto latest = store_->latest("users-value");
  ASSERT_TRUE(latest.ok());
  EXPECT_EQ(latest->version, 2);
  EXPECT_EQ(latest->id, 2);
  EXPECT_EQ(latest->schema, kSecond);
}

TEST_F(SchemaStoreTest, WhatIsNotThereIsSaid) {
  EXPECT_EQ(store_->find(7).error().message(), "the data directory's schemas have no id 7");
  EXPECT_EQ(store_->latest("x-value").error().message(), "the data directory's schemas have no subject x-value");
  EXPECT_EQ(topics_->describe(kSchemasTopic).ok(), false);
}

TEST_F(SchemaStoreTest, WhatIsNoSchemaIsRefused) {
  const auto id = store_->enroll("users-value", "\"strng\"");
  EXPECT_EQ(id.error().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(id.error().message(), "users-value: the Avro schema is wrong: there is no type 'strng'");
}

TEST_F(SchemaStoreTest, ATopicThatHoldsSomethingElseIsSaidToBeDamaged) {
  enroll("users-value", kFirst);
  RecordBatchEncoder encoder;
  encoder.add({.value = "{}"});
  Commit commit;
  commit.append(kSchemasTopic, 0, *encoder.finish());
  ASSERT_TRUE(topics_->submit(commit).ok());
  const auto store = SchemaStore::open(*topics_, clock_);
  ASSERT_FALSE(store.ok());
  EXPECT_EQ(store.error().code(), ErrorCode::kCorruption);
  EXPECT_TRUE(store.error().message().starts_with("millrace.schemas[0]@1 is no version of a schema: "));
}

}  // namespace
}  // namespace millrace
