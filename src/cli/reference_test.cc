#include "cli/reference.h"

#include <set>

#include <gtest/gtest.h>

#include "connect/list.h"

namespace millrace {
namespace {

std::vector<const Component*> everything() {
  std::vector<const Component*> all = full_catalog().components();
  all.insert(all.end(), all_declarations().begin(), all_declarations().end());
  return all;
}

TEST(Reference, EveryComponentSaysWhatItIsForAndShowsAnExample) {
  for (const Component* component : everything()) {
    EXPECT_TRUE(component->summary.ends_with(".")) << component->name;
    EXPECT_FALSE(component->example.empty()) << component->name;
    for (const FieldDescription& field : component->fields) {
      EXPECT_TRUE(field.summary.ends_with(".")) << component->name << " " << field.name;
      EXPECT_FALSE(field_kind_text(field).empty()) << component->name << " " << field.name;
    }
  }
}

TEST(Reference, EveryFunctionHasAGroupASignatureAndAnExample) {
  for (const Function* function : reference_functions()) {
    EXPECT_FALSE(function->group.empty()) << function->name;
    EXPECT_FALSE(function->signature.empty()) << function->name;
    EXPECT_FALSE(function->summary.empty()) << function->name;
    EXPECT_NE(function->example.find(" -> "), std::string_view::npos) << function->name;
  }
}

TEST(Reference, TheFilesNameEveryComponentAndFunction) {
  std::string all;
  std::set<std::string> names;
  for (const ReferenceFile& file : reference_files(full_catalog())) {
    EXPECT_TRUE(names.insert(file.name).second);
    all += file.text;
  }
  for (const Component* component : everything()) {
    EXPECT_NE(all.find("### " + std::string(component->name) + "\n"), std::string::npos) << component->name;
  }
  for (const Function* function : reference_functions()) {
    EXPECT_NE(all.find(function->summary), std::string::npos) << function->name;
  }
}

}  // namespace
}  // namespace millrace
