#include "connect/count/count_sink.h"

#include <cstring>

#include <fmt/format.h>

#include "base/int128.h"
#include "data/formats/json_writer.h"

namespace millrace {
namespace {

// 64 bits, one wide multiplication per 16 bytes; order matters.
uint64_t hash_bytes(const char* bytes, size_t size) {
  constexpr uint64_t kFirst = 0x9e3779b97f4a7c15ULL;
  constexpr uint64_t kSecond = 0xbf58476d1ce4e5b9ULL;
  uint64_t hash = kFirst ^ size;
  const auto mix = [&](uint64_t low, uint64_t high) {
    const UInt128 product = static_cast<UInt128>(low ^ kSecond) * (high ^ hash);
    hash = static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
  };
  uint64_t words[2];
  for (; size >= sizeof words; bytes += sizeof words, size -= sizeof words) {
    std::memcpy(words, bytes, sizeof words);
    mix(words[0], words[1]);
  }
  words[0] = words[1] = 0;
  std::memcpy(words, bytes, size);
  mix(words[0], words[1] ^ kFirst);
  return hash;
}

class CountSink final : public Sink {
 public:
  struct Hash final : EncodedRows {
    uint64_t sum = 0;
  };
  explicit CountSink(const std::vector<WriteColumn>& columns) : writer_(columns) {}

  // Each row is hashed by itself, so that the sum does not depend on how rows came in batches.
  std::unique_ptr<EncodedRows> encode(const Batch& batch, const Rows& rows) const override {
    const Buffer lines = writer_.write(batch, rows);
    uint64_t sum = 0;
    const char* at = lines.as<char>();
    const char* const end = at + lines.size();
    while (at < end) {
      const auto* newline = static_cast<const char*>(std::memchr(at, '\n', static_cast<size_t>(end - at)));
      sum += hash_bytes(at, static_cast<size_t>(newline - at));
      at = newline + 1;
    }
    auto hash = std::make_unique<Hash>();
    hash->sum = sum;
    return hash;
  }

  Status append(std::unique_ptr<EncodedRows> encoded, size_t rows) override {
    rows_ += rows;
    hash_ += static_cast<const Hash&>(*encoded).sum;
    return {};
  }
  Status commit() override { return {}; }
  bool abandon() override { return true; }
  std::string result() const override { return fmt::format("{} records, hash {:016x}", rows_, hash_); }

 private:
  JsonWriter writer_;
  uint64_t rows_ = 0;
  uint64_t hash_ = 0;
};

class CountSinkPlan final : public SinkPlan {
 public:
  Result<std::unique_ptr<Sink>> open(const std::vector<VisibleColumn>& columns, const RunContext&) const override {
    std::vector<WriteColumn> out;
    for (const VisibleColumn& column : columns)
      out.push_back({column.name, column.type, static_cast<size_t>(column.slot)});
    return std::unique_ptr<Sink>(std::make_unique<CountSink>(out));
  }
  std::string place() const override { return "count"; }
};

std::unique_ptr<SinkPlan> make_count_sink(const Settings&, const std::vector<VisibleColumn>&, Declarations&,
                                          Diagnostics&) {
  return std::make_unique<CountSinkPlan>();
}

}  // namespace

const SinkComponent kCountSink = {
    .about = {.kind = ComponentKind::kSink,
              .name = "count",
              .summary = "Keeps nothing: counts the records and hashes them, to measure a flow or to compare two.",
              .details =
                  "The hash is the sum of the hashes of the records as JSON lines: it does not depend on their order.",
              .shorthand = "",
              .fields = {},
              .example = "count: {}"},
    .make = make_count_sink};

}  // namespace millrace
