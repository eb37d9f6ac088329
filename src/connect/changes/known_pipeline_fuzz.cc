#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/assert.h"
#include "connect/changes/known_pipeline.h"

// Whatever a note of the data directory holds: an error, or what comes back as it was.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto pipeline = millrace::KnownPipeline::of_text(text); pipeline.ok()) {
    const auto back = millrace::KnownPipeline::of_text(pipeline->to_text());
    MILLRACE_ASSERT(back.ok() && *back == *pipeline, text);
  }
  if (const auto topic = millrace::KnownTopic::of_text(text); topic.ok()) {
    const auto back = millrace::KnownTopic::of_text(topic->to_text());
    MILLRACE_ASSERT(back.ok() && *back == *topic, text);
  }
  return 0;
}
