#include "connect/home/topic_transaction.h"

#include <charconv>
#include <utility>

#include <fmt/format.h>

namespace millrace {

std::string partition_part(std::string_view topic, int32_t partition) { return fmt::format("{}/{}", topic, partition); }

std::optional<TopicPartition> partition_of_part(std::string_view part) {
  const size_t slash = part.rfind('/');
  if (slash == std::string_view::npos) return std::nullopt;
  TopicPartition where{.topic = std::string(part.substr(0, slash))};
  const char* const end = part.data() + part.size();
  const auto [stopped, error] = std::from_chars(part.data() + slash + 1, end, where.partition);
  return error == std::errc() && stopped == end ? std::optional(std::move(where)) : std::nullopt;
}

std::string checkpoint_note(std::string_view flow) { return fmt::format("flow/{}", flow); }

Result<std::unique_ptr<TopicTransaction>> TopicTransaction::begin(TopicStore& store, std::string flow) {
  Checkpoint checkpoint;
  if (const auto note = store.note(checkpoint_note(flow))) {
    auto read = Checkpoint::from_bytes(*note);
    if (!read.ok()) return read.error().with_context(fmt::format("flow {}", flow));
    checkpoint = std::move(*read);
  }
  std::unique_ptr<TopicTransaction> transaction(new TopicTransaction(store, std::move(flow), std::move(checkpoint)));
  TRY_STATUS(transaction->move_pins(transaction->resumed_from_.position));
  return transaction;
}

Status TopicTransaction::commit(const Checkpoint& checkpoint) {
  const std::string note = checkpoint_note(flow_);
  commit_.note(note, checkpoint.to_bytes());
  if (auto receipt = store_.submit(commit_); !receipt.ok()) return receipt.error().with_context("commit");
  commit_.clear();
  return move_pins(checkpoint.position);
}

Status TopicTransaction::move_pins(const Position& position) {
  for (const auto& [part, next] : position) {
    const auto where = partition_of_part(part);
    if (!where) continue;  // a part of another kind of source
    const auto offset = static_cast<int64_t>(next);
    if (const auto pin = pins_.find(part); pin != pins_.end()) {
      pin->second->move_to(offset);
      continue;
    }
    auto pin = store_.pin(where->topic, where->partition, offset, fmt::format("flow {}", flow_));
    // What is gone has nothing to be kept; the source says so when it reads there.
    if (!pin.ok() && (pin.error().code() == ErrorCode::kNotFound || pin.error().code() == ErrorCode::kExpired))
      continue;
    if (!pin.ok()) return pin.error();
    pins_[part] = std::move(*pin);
  }
  return {};
}

}  // namespace millrace
