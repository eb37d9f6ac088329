#include <gtest/gtest.h>

#include <set>

#include "data/expr/functions/function_testing.h"
#include "data/matchers.h"

namespace millrace {
namespace {

using namespace testing_functions;

std::string run(std::string_view name, const std::vector<Column>& args) {
  return call(find_in({hash_functions(), mask_functions()}, name), args);
}

Column list_of(int32_t value) {
  ColumnBuilder builder(Type::array(TypeKind::kInt));
  builder.child(0).append_int(value);
  builder.end_nested();
  Column column = builder.finish();
  column.constant = true;
  return column;
}

TEST(HashFunctions, DigestsAreHexadecimal) {
  EXPECT_EQ(run("md5", {text("Spark")}), "8cde774d6f7333752ed72cacddb05126");
  EXPECT_EQ(run("sha1", {binary("Spark")}), "85f5955f4b27a9a4c2aab6ffe5d7189fc298b92c");
  EXPECT_EQ(run("sha2", {text("Spark"), integer(0)}),
            "529bc3b07127ecb7e53a4dcf1991d9152c24537d919178022b2c42657f79a26b");
  EXPECT_EQ(run("sha2", {text("Spark"), integer(1)}), "NULL");
  EXPECT_EQ(run("crc32", {text("Spark")}), "1557323817");
  EXPECT_EQ(run("md5", {integer(1)}), "error: this takes a text or a binary, not int");
}

TEST(HashFunctions, HashesAreSparks) {
  EXPECT_EQ(run("hash", {text("Spark"), list_of(123), integer(2)}), "-1321691492");
  EXPECT_EQ(run("xxhash64", {text("Spark"), list_of(123), integer(2)}), "5602566077635097486");
  EXPECT_EQ(run("hash", {null_of(TypeKind::kString)}), "42");
}

TEST(HashFunctions, UuidIsTheSameForTheSameRecordOnly) {
  const Function* function = find_in({hash_functions()}, "uuid");
  EXPECT_FALSE(function->deterministic);
  BindResult result = function->bind({});
  const auto uuids = [&](uint64_t first, const uint32_t* records, uint32_t site) {
    const EvalContext context{.seed = 7, .first_record = first, .record_of_row = records};
    const Column column = result.binding().kernel(Call({}, Rows::all(4), context, nullptr, site));
    std::vector<std::string> all;
    for (size_t row = 0; row < 4; ++row) all.emplace_back(column.string_at(row));
    return all;
  };
  const auto at_0 = uuids(0, nullptr, 0);
  const auto at_2 = uuids(2, nullptr, 0);
  EXPECT_EQ(at_0[2], at_2[0]) << "batches may begin anywhere";
  const std::vector<uint32_t> exploded = {0, 0, 1, 2};
  const auto with_siblings = uuids(0, exploded.data(), 0);
  EXPECT_EQ(with_siblings[0], at_0[0]);
  EXPECT_EQ(with_siblings[2], at_0[1]);
  std::set<std::string> all(at_0.begin(), at_0.end());
  all.insert(with_siblings[1]);
  for (const std::string& uuid : uuids(0, nullptr, 1)) all.insert(uuid);
  EXPECT_EQ(all.size(), 9U);
  for (const std::string& uuid : all) {
    EXPECT_TRUE(is_uuid(uuid)) << uuid;
    EXPECT_EQ(uuid[14], '4');
    EXPECT_NE(std::string("89ab").find(uuid[19]), std::string::npos);
  }
}

TEST(MaskFunctions, EachKindHasItsMask) {
  EXPECT_EQ(run("mask", {text("AbCD123-@$#é٣")}), "XxXXnnn-@$#xn");
  EXPECT_EQ(run("mask", {text("Ab1-😀"), text("Q"), null_of(TypeKind::kString), text("d"), text("é")}), "Qbdééé");
  EXPECT_EQ(run("mask", {text("a"), text("xx")}), "error: what masks must be one character, or NULL to keep");
}

}  // namespace
}  // namespace millrace
