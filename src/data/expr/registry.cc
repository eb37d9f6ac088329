#include <array>
#include <string>
#include <unordered_map>
#include <vector>

#include "data/expr/families.h"
#include "data/expr/function.h"

namespace millrace {
namespace {

// The families; a new one is one line here and one in families.h.
constexpr std::array kFamilies = {
    conditional_functions, math_functions,   string_functions, string_search_functions, regex_functions,
    date_functions,        encode_functions, hash_functions,   mask_functions,          collection_functions,
    lambda_functions,      format_functions, json_functions};

struct Registry {
  std::vector<const Function*> functions;
  std::unordered_map<std::string_view, const Function*> by_name;

  Registry() {
    for (const auto family : kFamilies) {
      for (const Function& function : family()) {
        functions.push_back(&function);
        const bool first = by_name.emplace(function.name, &function).second;
        MILLRACE_ASSERT(first, "two functions have one name: " + std::string(function.name));
      }
    }
  }
};

const Registry& registry() {
  static const Registry made;
  return made;
}

}  // namespace

const Function* find_function(std::string_view name) {
  const auto found = registry().by_name.find(name);
  return found == registry().by_name.end() ? nullptr : found->second;
}

std::span<const Function* const> all_functions() { return registry().functions; }

}  // namespace millrace
