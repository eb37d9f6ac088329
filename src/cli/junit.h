#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace {

struct JunitCase {
  std::string name;
  std::string place;
  double seconds = 0;
  std::string failure;  // empty: passed
};

// What continuous integration servers read.
std::string junit_xml(std::string_view suite, const std::vector<JunitCase>& cases);

}  // namespace millrace
