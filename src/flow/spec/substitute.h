#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "flow/diagnostic.h"
#include "flow/node.h"

namespace millrace {

// What stands behind ${...} in the texts of a pipeline file.
class Substitution {
 public:
  // `given` are the params of the command line; they win over the file's.
  Substitution(const std::map<std::string, std::string>& given, int64_t run_start_us, std::string directory)
      : given_(given), run_start_us_(run_start_us), directory_(std::move(directory)) {}

  // The `params:` of the file (or nullptr); their own texts may hold ${env:X} and ${secret:...}.
  void declare(const Node* params, Diagnostics& diagnostics);
  // Puts the values into every text below `node`. Runs and places stay exact.
  void apply(Node& node, Diagnostics& diagnostics);
  // Params that nothing has asked for.
  void warn_of_unused(Diagnostics& diagnostics) const;

 private:
  struct Param {
    Node key;
    Node value;
    bool used = false;
  };
  struct Value {
    std::string text;
    bool secret = false;
    std::optional<PutIn::What> mark = std::nullopt;
  };

  void apply_text(Node& node, Diagnostics& diagnostics);
  std::optional<Value> look_up(std::string_view name, Place place, Diagnostics& diagnostics);
  std::optional<Value> param(std::string_view name, Place place, Diagnostics& diagnostics);
  std::optional<Value> environment(std::string_view rest, Place place, Diagnostics& diagnostics);
  std::optional<Value> secret(std::string_view rest, Place place, Diagnostics& diagnostics);

  const std::map<std::string, std::string>& given_;
  int64_t run_start_us_;
  std::string directory_;
  std::map<std::string, Param, std::less<>> params_;
  bool params_open_ = true;  // false while the params themselves are filled in
};

}  // namespace millrace
