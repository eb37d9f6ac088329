#include "connect/home/raw_source.h"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "connect/home/home_transaction.h"

namespace millrace {
namespace {

class PayloadSource final : public Source {
 public:
  PayloadSource(const FlowPlan& flow, std::unique_ptr<Source> decoder, PayloadReader payloads, const RunContext& run,
                PayloadCounts& counts)
      : flow_(flow),
        decoder_(std::move(decoder)),
        payloads_(std::move(payloads)),
        run_id_(run.run_id),
        part_(raw_part(*flow.raw)),
        counts_(counts) {}

  // A payload is one piece, so that its records are committed together.
  Result<std::optional<SourcePiece>> next() override {
    while (true) {
      TRY(kept, payloads_.next());
      if (!kept) return std::optional<SourcePiece>();
      ++counts_.read;
      auto origin = flow_.source->payloads()->cut(kept->payload, flow_.slots);
      if (!origin.ok()) return origin.error().with_context(fmt::format("payload {}", kept->at));
      if (*origin == nullptr) {
        ++counts_.refused;
        continue;
      }
      (*origin)->run_id = run_id_;
      const uint64_t stamps = (*origin)->records();
      return std::optional(SourcePiece{.origin = *std::move(origin),
                                       .bytes_read = kept->payload.bytes.size(),
                                       .part = part_,
                                       .next = static_cast<uint64_t>(kept->at) + 1,
                                       .stamps = stamps,
                                       .stamped_us = kept->payload.stamp_us});
    }
  }

  Batch decode(SourcePiece piece, Passage& passage) const override {
    return decoder_->decode(std::move(piece), passage);
  }
  uint64_t bytes_total() const override { return 0; }

 private:
  const FlowPlan& flow_;
  std::unique_ptr<Source> decoder_;
  PayloadReader payloads_;
  const std::string run_id_;
  const std::string part_;
  PayloadCounts& counts_;
};

}  // namespace

std::string raw_part(const RawTopic& raw) { return partition_part(raw.name, 0); }

Result<std::unique_ptr<Source>> open_payloads(const FlowPlan& flow, PayloadReader payloads, const RunContext& run,
                                              PayloadCounts& counts) {
  RunContext deaf = run;  // what the source itself would have to say is of no interest
  deaf.notes = nullptr;
  TRY(decoder, flow.source->open(flow.slots, deaf));
  return std::unique_ptr<Source>(
      std::make_unique<PayloadSource>(flow, std::move(decoder), std::move(payloads), run, counts));
}

}  // namespace millrace
