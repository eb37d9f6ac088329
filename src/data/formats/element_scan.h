#pragma once

#include <cstddef>
#include <string>

namespace millrace {

// Looks for the end of a JSON value without reading it, in as many parts as its bytes come in. What is wrong inside it
// is left to its reader, as far as the end can be told: a string cannot hold a line break, so one that is not closed
// ends with its line; a closing brace or bracket closes all that was opened since its own kind was. Belongs to one
// thread.
class ElementScan {
 public:
  enum class Place {
    kInArray,  // ends before a comma or bracket that is not its own
    kOnTop,    // ends behind its own closing brace
  };
  void start(Place place);
  // The end within [at, limit); nullptr: not yet, go on with the bytes that come behind.
  const char* find_end(const char* at, const char* limit);

 private:
  void close(char opening);

  Place place_ = Place::kInArray;
  std::string open_;  // braces and brackets
  size_t braces_ = 0;
  size_t brackets_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
};

}  // namespace millrace
