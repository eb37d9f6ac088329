#include "store/topics/topic.h"

#include <algorithm>

#include <fmt/format.h>

namespace millrace {
namespace {

bool is_legal(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

Error wrong_name(std::string_view name, std::string_view why) {
  return {ErrorCode::kInvalidArgument, fmt::format("'{}' cannot be a topic's name: {}", name, why)};
}

Error wrong_config(std::string_view name, int64_t value, std::string_view limits) {
  return {ErrorCode::kInvalidArgument, fmt::format("{} of a topic cannot be {}: it is {}", name, value, limits)};
}

}  // namespace

Status check_topic_name(std::string_view name) {
  if (name.empty()) return wrong_name(name, "it is empty");
  if (name == "." || name == "..") return wrong_name(name, "it means a directory");
  if (name.size() > kTopicNameBytesMax) {
    return wrong_name(name,
                      fmt::format("it has {} characters, at most {} are allowed", name.size(), kTopicNameBytesMax));
  }
  const auto* const bad = std::find_if_not(name.begin(), name.end(), is_legal);
  if (bad != name.end()) {
    return wrong_name(name, fmt::format("character {} is none of a-z A-Z 0-9 . _ -", bad - name.begin() + 1));
  }
  return {};
}

Status check_topic_config(const TopicConfig& config) {
  if (config.partitions < 1 || config.partitions > kPartitionsMax) {
    return wrong_config("partitions", config.partitions, fmt::format("1 to {}", kPartitionsMax));
  }
  if (config.segment_bytes < kSegmentBytesMin || config.segment_bytes > kSegmentBytesMax) {
    return wrong_config("segment_bytes", config.segment_bytes,
                        fmt::format("{} to {}", kSegmentBytesMin, kSegmentBytesMax));
  }
  if (config.retention_ms && *config.retention_ms < 0) {
    return wrong_config("retention_ms", *config.retention_ms, "0 or more");
  }
  if (config.retention_bytes && *config.retention_bytes < 0) {
    return wrong_config("retention_bytes", *config.retention_bytes, "0 or more");
  }
  if (config.pinned_bytes_max && *config.pinned_bytes_max < 0) {
    return wrong_config("pinned_bytes_max", *config.pinned_bytes_max, "0 or more");
  }
  return {};
}

}  // namespace millrace
