#include "connect/home/raw.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "data/column.h"

namespace millrace {
namespace {

constexpr std::string_view kTopicSuffix = ".raw";
constexpr size_t kReadBytes = size_t{1} << 20;

// Headers of the record. The first says of which version the others are; one of the payload's own follows behind
// kHeaderPrefix.
constexpr std::string_view kVersionHeader = "millrace.raw";
constexpr std::string_view kVersion = "1";
constexpr std::string_view kFlowHeader = "flow";
constexpr std::string_view kRunHeader = "run";
constexpr std::string_view kAtHeader = "at_us";
constexpr std::string_view kStampHeader = "stamp_us";
constexpr std::string_view kSourceHeader = "source";
constexpr std::string_view kStatusHeader = "status";
constexpr std::string_view kHeaderPrefix = "header:";

template <typename Number>
bool read_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

// False: a number that is none.
bool take_header(std::string_view name, std::string_view value, KeptPayload& kept) {
  Payload& payload = kept.payload;
  if (name == kFlowHeader) kept.flow = value;
  if (name == kRunHeader) payload.run_id = value;
  if (name == kSourceHeader) payload.source = value;
  if (name == kAtHeader) return read_number(value, payload.at_us);
  if (name == kStampHeader) return read_number(value, payload.stamp_us);
  if (name == kStatusHeader) return read_number(value, payload.status);
  if (name.starts_with(kHeaderPrefix)) {
    payload.headers.push_back({std::string(name.substr(kHeaderPrefix.size())), std::string(value)});
  }
  return true;
}

}  // namespace

void add_payload(RecordBatchEncoder& encoder, std::string_view flow, const Payload& payload) {
  const std::string at = fmt::format("{}", payload.at_us);
  const std::string stamp = fmt::format("{}", payload.stamp_us);
  const std::string status = fmt::format("{}", payload.status);
  std::vector<std::string> names;
  for (const PayloadHeader& header : payload.headers) names.push_back(fmt::format("{}{}", kHeaderPrefix, header.name));
  std::vector<RecordHeader> headers = {{kVersionHeader, kVersion},   {kFlowHeader, flow},
                                       {kRunHeader, payload.run_id}, {kAtHeader, at},
                                       {kStampHeader, stamp},        {kSourceHeader, payload.source},
                                       {kStatusHeader, status}};
  for (size_t i = 0; i < names.size(); ++i) headers.push_back({names[i], payload.headers[i].value});
  encoder.add({.value = payload.bytes, .headers = headers, .timestamp_ms = payload.at_us / 1000});
}

Result<std::optional<KeptPayload>> KeptPayload::of(const TopicRecord& record) {
  if (record.headers.empty() || record.headers[0].key != kVersionHeader) return std::optional<KeptPayload>();
  const auto damaged = [&](std::string_view why) {
    return Error(ErrorCode::kCorruption, fmt::format("payload {} cannot be read: {}", record.offset, why));
  };
  const std::string_view version = record.headers[0].value.value_or("");
  if (version != kVersion) {
    return damaged(fmt::format("it has version {}, and this program knows version {}", version, kVersion));
  }
  KeptPayload kept{.at = record.offset};
  for (const RecordHeader& header : record.headers) {
    if (!take_header(header.key, header.value.value_or(""), kept)) {
      return damaged(fmt::format("its {} is no number", header.key));
    }
  }
  kept.payload.bytes = record.value.value_or("");
  return std::optional(std::move(kept));
}

std::vector<std::string> raw_topics(const TopicStore& topics) {
  std::vector<std::string> names = topics.topics();
  std::erase_if(names, [](const std::string& name) { return !name.ends_with(kTopicSuffix); });
  return names;
}

bool PayloadQuery::wants(const KeptPayload& kept) const {
  if (!flow.empty() && kept.flow != flow && !kept.flow.ends_with("." + flow)) return false;
  if (at && !at->contains(kept.at)) return false;
  if (!run.empty() && kept.payload.run_id != run) return false;
  if (from_us && kept.payload.at_us < *from_us) return false;
  return !to_us || kept.payload.at_us < *to_us;
}

std::string PayloadQuery::text() const {
  std::string out = "payloads";
  if (at) out += fmt::format(" at {}", at->text());
  if (!run.empty()) out += fmt::format(" of run {}", run);
  if (from_us) out += fmt::format(" from {}", format_timestamp(*from_us));
  if (to_us) out += fmt::format(" to {}", format_timestamp(*to_us));
  return out;
}

Result<PayloadReader> PayloadReader::open(const TopicStore& topics, std::string topic, PayloadQuery query,
                                          Range range) {
  PayloadReader reader(topics, std::move(topic), std::move(query));
  TRY(bounds, topics.bounds(reader.topic_, 0));
  reader.next_ = std::max(range.from, bounds.log_start);
  reader.end_ = std::min(range.until, bounds.high_water_mark);
  const PayloadQuery& wanted = reader.query_;
  if (wanted.at) {
    reader.next_ = std::max(reader.next_, wanted.at->first().value_or(reader.end_));
    reader.end_ = std::min(reader.end_, wanted.at->last().value_or(-1) + 1);
  }
  if (wanted.from_us) {
    TRY(found, topics.offset_at(reader.topic_, 0, *wanted.from_us / 1000));
    reader.next_ = std::max(reader.next_, found ? found->offset : reader.end_);
  }
  return reader;
}

Result<std::optional<KeptPayload>> PayloadReader::next() {
  while (true) {
    while (!decoded_.empty()) {
      KeptPayload kept = std::move(decoded_.back());
      decoded_.pop_back();
      if (query_.wants(kept)) return std::optional(std::move(kept));
    }
    if (next_ >= end_) return std::optional<KeptPayload>();
    TRY_STATUS(fetch());
  }
}

// The next batch.
Status PayloadReader::fetch() {
  if (fetched_.batches.empty()) {
    TRY(fetched, topics_->read(topic_, 0, next_, kReadBytes));
    fetched_ = std::move(fetched);
  }
  RecordBatchDecoder decoder;
  TRY(records, decoder.decode(fetched_.batches));
  for (const TopicRecord& record : records) {
    if (record.offset < next_ || record.offset >= end_) continue;
    TRY(kept, KeptPayload::of(record));
    if (kept) decoded_.push_back(*std::move(kept));
  }
  std::reverse(decoded_.begin(), decoded_.end());
  next_ = decoder.header().end_offset();
  fetched_.batches.remove_prefix(decoder.header().bytes);
  return {};
}

}  // namespace millrace
