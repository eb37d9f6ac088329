#include "flow/scope.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace {
namespace {

using ::testing::ElementsAre;

SourceSchema users() {
  return {.declared = {{{"id"}, TypeKind::kInt}, {{"name", "first"}, TypeKind::kString}}, .open = true};
}

class ScopeTest : public ::testing::Test {
 protected:
  Slots slots_;
  Scope scope_{slots_, users()};
};

TEST_F(ScopeTest, OnlyWhatIsAskedForIsRead) {
  EXPECT_TRUE(slots_.source_columns.empty());
  const auto found = scope_.resolve({"id"});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->type, Type(TypeKind::kInt));
  ASSERT_EQ(slots_.source_columns.size(), 1U);
  EXPECT_EQ(scope_.resolve({"ID"})->column, found->column) << "case is ignored, and a column is read once";
  EXPECT_EQ(slots_.source_columns.size(), 1U);
}

TEST_F(ScopeTest, ADeclaredPathIsTheColumnAndWhatFollowsAreItsFields) {
  Slots slots;
  Scope scope(slots, {.declared = {{{"a", "b"}, Type::structure({{"c", TypeKind::kInt}})}}, .open = true});
  EXPECT_EQ(scope.resolve({"a", "b", "c"})->parts, 2U);
}

TEST_F(ScopeTest, AnUndeclaredPathOfAnOpenSourceIsTextAndRemembered) {
  const auto found = scope_.resolve({"name", "last"});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->type, Type(TypeKind::kString));
  EXPECT_THAT(scope_.undeclared_paths(), ElementsAre("name.last"));
  EXPECT_THAT(scope_.declared_paths(), ElementsAre("id", "name.first"));
}

TEST_F(ScopeTest, AClosedScopeKnowsOnlyItsColumnsAndMeta) {
  scope_.close({{"n", TypeKind::kInt, scope_.find("id")->slot}});
  EXPECT_TRUE(scope_.resolve({"n"}));
  EXPECT_FALSE(scope_.resolve({"id"}));
  EXPECT_FALSE(scope_.resolve({"anything"}));
  EXPECT_TRUE(scope_.resolve({"_meta", "line"}));
  EXPECT_FALSE(scope_.resolve({"_meta", "lines"}));
  EXPECT_FALSE(scope_.resolve({"_meta"}));
  EXPECT_EQ(slots_.meta_columns.size(), 1U);
}

TEST_F(ScopeTest, WhatIsDroppedIsGoneAlsoFromAnOpenSource) {
  EXPECT_TRUE(scope_.drop("id"));
  EXPECT_TRUE(scope_.drop("other"));
  EXPECT_FALSE(scope_.drop("a.part"));
  EXPECT_FALSE(scope_.resolve({"id"}));
  EXPECT_FALSE(scope_.resolve({"other"}));
  EXPECT_TRUE(scope_.resolve({"another"}));
}

TEST_F(ScopeTest, ARenamedColumnKeepsItsSlot) {
  const int slot = scope_.find("id")->slot;
  ASSERT_TRUE(scope_.rename("id", "number"));
  EXPECT_EQ(scope_.find("number")->slot, slot);
  EXPECT_FALSE(scope_.resolve({"id"}));
  ASSERT_TRUE(scope_.rename("name.last", "surname")) << "a path gets a name of its own";
  EXPECT_EQ(scope_.find("surname")->type, Type(TypeKind::kString));
  scope_.close(scope_.columns());
  EXPECT_FALSE(scope_.rename("nothing", "x"));
}

TEST_F(ScopeTest, AComputedColumnReplacesOneOfItsNameAndHasASlotOfItsOwn) {
  const int old = scope_.find("id")->slot;
  const int made = scope_.add_or_replace("ID", TypeKind::kString);
  EXPECT_NE(made, old);
  EXPECT_EQ(scope_.find("id")->slot, made);
}

TEST_F(ScopeTest, AScopeThatLostTrackLetsEveryNamePass) {
  scope_.close({});
  EXPECT_FALSE(scope_.resolve({"x"}));
  scope_.lose_track();
  EXPECT_TRUE(scope_.resolve({"x"}));
  EXPECT_TRUE(scope_.drop("y"));
  EXPECT_TRUE(scope_.rename("y", "z"));
}

TEST_F(ScopeTest, WhyAColumnIsGoneIsFoundWhateverItsCase) {
  scope_.note_gone("Name", "it was dropped in step 2");
  ASSERT_NE(scope_.why_gone("name"), nullptr);
  EXPECT_EQ(*scope_.why_gone("NAME"), "it was dropped in step 2");
  EXPECT_EQ(scope_.why_gone("id"), nullptr);
}

}  // namespace
}  // namespace millrace
