#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/assert.h"
#include "wire/http/url.h"

namespace millrace {
namespace {

// What counts as a URL stays one when a parameter is added, and is of the same origin; a secret is never shown.
void try_url(const std::string& text) {
  const auto url = HttpUrl::parse(text);
  const std::vector<std::string> secrets = {"hush"};
  MILLRACE_ASSERT(shown_url(text, secrets).find("hush") == std::string::npos, text);
  MILLRACE_ASSERT(shown_links(text, secrets).find("hush") == std::string::npos, text);
  const auto resolved = resolve_url("https://a.example/b/c?d=e", text);
  if (resolved.ok()) MILLRACE_ASSERT(HttpUrl::parse(*resolved).ok(), *resolved);
  if (!url.ok()) return;
  const auto more = HttpUrl::parse(with_parameter(text, "na me", "va&lue"));
  MILLRACE_ASSERT(more.ok() && more->same_origin(*url), text);
}

}  // namespace
}  // namespace millrace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  millrace::try_url(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
