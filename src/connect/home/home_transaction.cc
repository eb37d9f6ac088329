#include "connect/home/home_transaction.h"

#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "connect/home/raw.h"

namespace millrace {

std::string partition_part(std::string_view topic, int32_t partition) {
  return fmt::format("{}[{}]", topic, partition);
}

std::optional<TopicPartition> partition_of_part(std::string_view part) {
  const size_t bracket = part.rfind('[');
  if (bracket == std::string_view::npos || !part.ends_with(']')) return std::nullopt;
  TopicPartition where{.topic = std::string(part.substr(0, bracket))};
  const char* const end = part.data() + part.size() - 1;
  const auto [stopped, error] = std::from_chars(part.data() + bracket + 1, end, where.partition);
  return error == std::errc() && stopped == end ? std::optional(std::move(where)) : std::nullopt;
}

std::string checkpoint_key(std::string_view flow) { return fmt::format("flow/{}", flow); }

Result<Checkpoint> checkpoint_of(std::string_view flow, const std::optional<std::string>& found) {
  if (!found) return Checkpoint{};
  auto checkpoint = Checkpoint::from_bytes(*found);
  if (!checkpoint.ok()) return checkpoint.error().with_context(fmt::format("flow {}", flow));
  return checkpoint;
}

Status HomeTransaction::keep(const RawTopic& raw, std::span<const Payload> payloads) {
  RecordBatchEncoder encoder(raw.compression);
  for (const Payload& payload : payloads) {
    encoder.begin();
    add_payload(encoder, flow_, payload);
    auto batch = encoder.finish();
    if (!batch.ok()) return batch.error().with_context(fmt::format("a payload of {}", payload.source));
    append(raw.name, 0, *batch);
  }
  return {};
}

Status HomeTransaction::move_pins(const Position& position) {
  std::erase_if(pins_, [&](const auto& pin) { return !position.contains(pin.first); });
  for (const auto& [part, at] : position) {
    const auto where = partition_of_part(part);
    if (!where) continue;  // a part of another kind of source
    const auto offset = static_cast<int64_t>(at.next);
    if (const auto pin = pins_.find(part); pin != pins_.end()) {
      pin->second->move_to(offset);
      continue;
    }
    auto pin = topics_.pin(where->topic, where->partition, offset, fmt::format("flow {}", flow_));
    // What is gone has nothing to be kept; the source says so when it reads there.
    if (!pin.ok() && (pin.error().code() == ErrorCode::kNotFound || pin.error().code() == ErrorCode::kExpired))
      continue;
    if (!pin.ok()) return pin.error();
    pins_[part] = std::move(*pin);
  }
  return {};
}

}  // namespace millrace
