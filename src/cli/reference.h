#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "data/expr/function.h"
#include "flow/catalog.h"

namespace millrace {

// What components and functions say of themselves, for people at a terminal.
std::string describe(const Component& component);
std::string describe(const Function& function);
// The same for machines: one JSON object.
std::string describe_json(const Component& component);
std::string describe_json(const Function& function);

// "text", "duration", "one of a, b": what may be written.
std::string field_kind_text(const FieldDescription& field);

// The fields of a component, each followed by those of the map that it holds ("auth", "auth.bearer") unless these are
// told elsewhere.
struct NamedField {
  std::string name;
  const FieldDescription* field;
};
std::vector<NamedField> fields_of(const Component& component);

// Functions and operators, and the groups they come in, in the order of the reference.
std::vector<const Function*> reference_functions();
std::vector<std::string_view> function_groups();

// A file of docs/reference/, generated.
struct ReferenceFile {
  std::string name;  // "components.md"
  std::string text;
};
std::vector<ReferenceFile> reference_files(const Catalog& catalog);

}  // namespace millrace
