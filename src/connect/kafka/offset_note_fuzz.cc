#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "connect/kafka/offset_note.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto note = millrace::OffsetNote::from_text({reinterpret_cast<const char*>(data), size});
  if (!note.ok()) return 0;
  // What was read is written so that it is read again.
  const auto again = millrace::OffsetNote::from_text(note->to_text());
  MILLRACE_ASSERT(again.ok() && again->to_text() == note->to_text(), "a note outlives being written");
  return 0;
}
