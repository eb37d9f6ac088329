#include <cstddef>
#include <cstdint>
#include <string>

#include "base/assert.h"
#include "connect/http/page.h"

// Whatever an API answers: a page of whole records within its bytes, each once; and a way on that is text or none.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using millrace::FileFormat;
  constexpr size_t kRecordMax = 64;
  const std::string body(reinterpret_cast<const char*>(data), size);
  for (const auto& format :
       {FileFormat{.kind = FileFormat::Kind::kJsonDocument},
        FileFormat{.kind = FileFormat::Kind::kJsonDocument, .records = {"a", "b"}},
        FileFormat{.kind = FileFormat::Kind::kJsonLines}, FileFormat{.kind = FileFormat::Kind::kCsv}}) {
    const auto page = millrace::page_of(body, format, kRecordMax);
    if (!page.ok()) continue;
    const millrace::Origin& origin = *page->origin;
    MILLRACE_ASSERT(page->facts.records == origin.records(), body);
    uint32_t end = 0;
    for (size_t i = 0; i < origin.records(); ++i) {
      MILLRACE_ASSERT(origin.begin[i] >= end && origin.end[i] >= origin.begin[i], body);
      end = origin.end[i];
    }
    MILLRACE_ASSERT(end <= origin.bytes.size(), body);
  }
  const auto next = millrace::scalar_at(body, {"a", "0"});
  MILLRACE_ASSERT(!next.ok() || !next->has_value() || !(*next)->empty(), body);
  return 0;
}
