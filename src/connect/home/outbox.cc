#include "connect/home/outbox.h"

#include <charconv>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace millrace {
namespace {

constexpr size_t kSendEntries = 16;              // at once
constexpr size_t kSendBytes = size_t{32} << 20;  // no more entries behind so many: payloads may be large

// An entry: topic, partition, and whole batches.
struct Entry {
  std::string_view topic;
  int32_t partition;
  std::string_view batches;
};

std::string encode(const Entry& entry) {
  const auto topic_bytes = static_cast<uint32_t>(entry.topic.size());
  std::string bytes(sizeof topic_bytes + sizeof entry.partition, '\0');
  std::memcpy(bytes.data(), &topic_bytes, sizeof topic_bytes);
  std::memcpy(bytes.data() + sizeof topic_bytes, &entry.partition, sizeof entry.partition);
  bytes += entry.topic;
  bytes += entry.batches;
  return bytes;
}

Result<Entry> decode(std::string_view bytes) {
  Entry entry{};
  uint32_t topic_bytes = 0;
  constexpr size_t kHead = sizeof topic_bytes + sizeof entry.partition;
  if (bytes.size() >= kHead) std::memcpy(&topic_bytes, bytes.data(), sizeof topic_bytes);
  if (bytes.size() < kHead + topic_bytes) {
    return Error(ErrorCode::kCorruption, "an entry of the outbox is cut off");
  }
  std::memcpy(&entry.partition, bytes.data() + sizeof topic_bytes, sizeof entry.partition);
  entry.topic = bytes.substr(kHead, topic_bytes);
  entry.batches = bytes.substr(kHead + topic_bytes);
  return entry;
}

uint64_t number_of(std::string_view text) {
  uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

// Twenty digits, so that their order is that of the numbers.
std::string Outbox::key(uint64_t number) const { return fmt::format("{}/{:020}", flow_, number); }
std::string Outbox::note() const { return fmt::format("outbox/{}", flow_); }

Result<std::unique_ptr<Outbox>> Outbox::open(TopicStore& topics, TableStore& tables, std::string flow) {
  std::unique_ptr<Outbox> outbox(new Outbox(topics, tables, std::move(flow)));
  TRY(state, tables.state(outbox->note()));
  if (state) outbox->next_ = number_of(*state) + 1;
  outbox->sendable_ = outbox->next_ - 1;  // what has survived until here is on the disk
  TRY_STATUS(outbox->send());
  return outbox;
}

void Outbox::put(RowBatch& write, std::string_view topic, int32_t partition, std::string_view batches) {
  const std::lock_guard lock(mutex_);
  write.outbox(key(next_), encode({topic, partition, batches}));
  write.put_state(note(), fmt::format("{}", next_));
  ++next_;
}

uint64_t Outbox::last() {
  const std::lock_guard lock(mutex_);
  return next_ - 1;
}

void Outbox::written(uint64_t write_number, uint64_t last) {
  const std::lock_guard lock(mutex_);
  if (last > (unflushed_.empty() ? sendable_ : unflushed_.back().last)) unflushed_.push_back({write_number, last});
}

void Outbox::logged(uint64_t last) {
  const std::lock_guard lock(mutex_);
  sendable_ = last;
  unflushed_.clear();
}

uint64_t Outbox::sendable() {
  const uint64_t flushed = tables_.flushed();
  const std::lock_guard lock(mutex_);
  while (!unflushed_.empty() && unflushed_.front().write_number <= flushed) {
    sendable_ = unflushed_.front().last;
    unflushed_.pop_front();
  }
  return sendable_;
}

Status Outbox::send() {
  const std::lock_guard lock(send_mutex_);
  const auto sent = topics_.note(note());
  return send_range(sent ? number_of(*sent) : 0, sendable());
}

Status Outbox::send_range(uint64_t sent, uint64_t until) {
  std::string after = key(0);
  Commit commit;
  while (true) {
    TRY(entries, tables_.outbox({.prefix = flow_ + "/", .after = after, .entries_max = kSendEntries}));
    commit.clear();
    RowBatch gone;
    uint64_t last = sent;
    for (const TableStore::Entry& entry : entries) {
      const uint64_t number = number_of(std::string_view(entry.key).substr(flow_.size() + 1));
      if (number > until || commit.bytes() >= kSendBytes) break;
      if (number > sent) {
        TRY(what, decode(entry.bytes));
        commit.append(what.topic, what.partition, RecordBatches::of_encoded(what.batches));
        last = number;
      }
      gone.remove_outbox(entry.key);
      after = entry.key;
    }
    if (gone.empty()) return {};
    if (last > sent) {
      commit.note(note(), fmt::format("{}", last));
      if (auto receipt = topics_.submit(commit); !receipt.ok()) return receipt.error().with_context("send the outbox");
      TRY_STATUS(topics_.sync());
      sent = last;
    }
    // May be lost in a crash: the note says that they were sent.
    TRY(number, tables_.write(gone));
    static_cast<void>(number);
  }
}

}  // namespace millrace
