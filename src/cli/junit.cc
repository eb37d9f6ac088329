#include "cli/junit.h"

#include <algorithm>

#include <fmt/format.h>

namespace millrace {
namespace {

// Control characters have no place in XML, escaped or not.
std::string escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\n': out += "&#10;"; break;
      case '\t': out += "&#9;"; break;
      default: out += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
    }
  }
  return out;
}

}  // namespace

std::string junit_xml(std::string_view suite, const std::vector<JunitCase>& cases) {
  const auto failures = std::count_if(cases.begin(), cases.end(), [](const auto& one) { return !one.failure.empty(); });
  double seconds = 0;
  for (const JunitCase& one : cases) seconds += one.seconds;
  std::string out = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" time=\"{:.3f}\">\n",
      escape(suite), cases.size(), failures, seconds);
  for (const JunitCase& one : cases) {
    out += fmt::format("  <testcase classname=\"{}\" name=\"{}\" time=\"{:.3f}\"", escape(one.place), escape(one.name),
                       one.seconds);
    out += one.failure.empty()
               ? "/>\n"
               : fmt::format("><failure message=\"not as expected\">{}</failure></testcase>\n", escape(one.failure));
  }
  return out + "</testsuite>\n";
}

}  // namespace millrace
