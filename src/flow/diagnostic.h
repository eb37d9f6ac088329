#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace millrace {

// A place in a text that the user wrote. Lines and columns count from 1, columns in code points; 0 means unknown.
struct Place {
  int line = 0;
  int column = 0;
  int length = 1;  // code points to underline, on that line
};

enum class Severity { kError, kWarning };

struct Diagnostic {
  Severity severity = Severity::kError;
  Place place;
  std::string message;  // what is wrong, in one sentence
  std::string hint;     // what to write instead; may be empty
};

// Gathers all that is wrong with a file, so that it is shown at once.
class Diagnostics {
 public:
  void error(Place place, std::string message, std::string hint = "");
  void warning(Place place, std::string message, std::string hint = "");
  bool ok() const { return errors_ == 0; }
  size_t errors() const { return errors_; }
  const std::vector<Diagnostic>& all() const { return all_; }

 private:
  std::vector<Diagnostic> all_;
  size_t errors_ = 0;
};

}  // namespace millrace
