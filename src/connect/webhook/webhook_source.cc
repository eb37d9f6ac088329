#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include <fmt/format.h>

#include "base/assert.h"
#include "connect/file/file_format.h"
#include "connect/webhook/deliveries.h"
#include "connect/webhook/delivery_body.h"
#include "connect/webhook/rate_limit.h"
#include "connect/webhook/sender_check.h"
#include "connect/webhook/webhook.h"
#include "data/formats/csv_reader.h"
#include "data/formats/json_reader.h"
#include "flow/intake.h"
#include "wire/http/server.h"

namespace millrace {
namespace {

constexpr std::string_view kPart = "intake";  // the one part of its position
constexpr auto kExpireEvery = std::chrono::milliseconds(100);
constexpr int64_t kDrainMs = 1000;  // everything is answered before the server stops

constexpr std::array kSignatureFields = std::to_array<FieldDescription>({
    {.name = "secret",
     .kind = FieldKind::kText,
     .summary = "What both sides know.",
     .example = "\"${secret:env:WEBHOOK_SECRET}\"",
     .required = true,
     .secret = true},
    {.name = "header",
     .kind = FieldKind::kText,
     .summary = "Where the signature is: in hexadecimal digits or base64, with or without sha256= in front.",
     .default_value = "X-Signature",
     .example = "X-Hub-Signature-256"},
    {.name = "timestamp_header",
     .kind = FieldKind::kText,
     .summary = "Where the time of signing is, in seconds since 1970. What is signed is then TIMESTAMP.BODY; the body "
                "alone unless said otherwise.",
     .example = "X-Timestamp"},
    {.name = "tolerance",
     .kind = FieldKind::kDuration,
     .summary = "How far that time may be from now.",
     .default_value = "5m",
     .example = "30s",
     .min = 1'000'000},
});

constexpr Component kSignatureSetting = {.kind = ComponentKind::kSource,
                                         .name = "signature",
                                         .summary = "An HMAC-SHA256 of the body.",
                                         .details = "",
                                         .shorthand = "secret",
                                         .fields = kSignatureFields,
                                         .example = "signature: { secret: x, header: X-Hub-Signature-256 }"};

constexpr std::array kFields = std::to_array<FieldDescription>({
    {.name = "path",
     .kind = FieldKind::kText,
     .summary = "Where to POST records.",
     .example = "/events",
     .required = true},
    {.name = "listen",
     .kind = FieldKind::kText,
     .summary = "The address and port to listen on; beyond this machine only with a token or a signature.",
     .default_value = "127.0.0.1:8090",
     .example = "0.0.0.0:8090"},
    {.name = "token",
     .kind = FieldKind::kText,
     .summary = "What senders have to know: Authorization: Bearer TOKEN.",
     .example = "\"${secret:env:WEBHOOK_TOKEN}\"",
     .secret = true},
    {.name = "signature",
     .kind = FieldKind::kMap,
     .summary = "Senders sign the body with HMAC-SHA256.",
     .example = "{ secret: \"${secret:env:WEBHOOK_SECRET}\", header: X-Hub-Signature-256 }",
     .holds = &kSignatureSetting},
    {.name = "body_max",
     .kind = FieldKind::kBytes,
     .summary = "A longer body is refused with 413.",
     .default_value = "1MB",
     .example = "10MB",
     .min = 1024,
     .max = int64_t{64} << 20},
    {.name = "inflated_max",
     .kind = FieldKind::kBytes,
     .summary = "The same for what a gzip body holds.",
     .default_value = "16MB",
     .example = "64MB",
     .min = 1024,
     .max = int64_t{256} << 20},
    {.name = "rate",
     .kind = FieldKind::kLimit,
     .summary = "More requests are refused with 429; as many as come unless said otherwise.",
     .example = "100 per 1s"},
    {.name = "waiting_max",
     .kind = FieldKind::kInteger,
     .summary = "So many deliveries may wait for their commit; one more is refused with 503.",
     .default_value = "1000",
     .example = "100",
     .min = 1,
     .max = 100'000},
    {.name = "answer_timeout",
     .kind = FieldKind::kDuration,
     .summary = "What is not committed by then is answered with 503, and may have to be sent again.",
     .default_value = "30s",
     .example = "5s",
     .min = 1'000},
    {.name = "columns",
     .kind = FieldKind::kColumnTypes,
     .summary = "Types of columns; what is not named here is read as a string.",
     .example = "{ age: int }"},
});

// As the file says it.
struct WebhookOptions {
  HttpAddress address;
  std::string path;
  SenderRules sender;
  size_t body_bytes_max = 0;
  size_t inflated_bytes_max = 0;
  Limit rate;  // count 0: none
  DeliveriesLimits deliveries;
};

std::string source_of(const WebhookOptions& options) { return "webhook " + options.path; }

Batch decode_delivery(std::shared_ptr<const Origin> origin, const std::vector<ReadColumn>& columns, const Slots& slots,
                      Passage& passage) {
  ReadOutcome outcome =
      origin->format == "csv" ? CsvReader(columns, CsvDialect{}).read(*origin) : JsonReader(columns).read(*origin);
  return take_in(std::move(origin), std::move(outcome), slots, passage);
}

// As it came, but for who sent it.
Payload payload_of(IncomingRequest request, const WebhookOptions& options, const RunContext& run, int64_t at_us) {
  Payload payload{.at_us = at_us, .run_id = run.run_id, .source = source_of(options), .bytes = std::move(request.body)};
  const SenderRules::Signature& signature = options.sender.signature;
  for (HttpHeader& header : request.headers) {
    const bool signs = !signature.secret.empty() && equals_ignoring_case(header.name, signature.header);
    payload.headers.push_back({std::move(header.name), signs ? "***" : std::move(header.value)});
  }
  mask_credentials(payload.headers);
  return payload;
}

class WebhookSource final : public Source {
 public:
  WebhookSource(const WebhookOptions& options, const Slots& slots, const RunContext& run)
      : options_(options),
        slots_(slots),
        run_(run),
        columns_(columns_to_read(slots)),
        sender_(options.sender),
        rate_(options.rate.count, options.rate.per_us),
        deliveries_(options.deliveries, *run.clock) {
    const Position& position = run.transaction->resumed_from().position;
    if (const auto known = position.find(std::string(kPart)); known != position.end()) taken_ = known->second.next;
  }

  ~WebhookSource() override {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    ends_.notify_all();
    deliveries_.close();
    if (server_ != nullptr) server_->stop();
    if (expiry_.joinable()) expiry_.join();
  }

  Status listen() {
    Router router;
    router.add("POST", options_.path,
               [this](IncomingRequest request, std::unique_ptr<HttpReply> reply) {
                 take(std::move(request), std::move(reply));
               },
               {.body_bytes_max = run_.keep_payloads ? std::min(options_.body_bytes_max, kPayloadBytesMax)
                                                     : options_.body_bytes_max});
    TRY(server, HttpServer::start(
                    {.address = options_.address,
                     .limits = {.connections_max = options_.deliveries.waiting_max + 64, .drain_timeout_ms = kDrainMs}},
                    std::move(router)));
    server_ = std::move(server);
    if (run_.notes != nullptr) run_.notes->push_back(fmt::format("listens on {}{}", server_->url(), options_.path));
    expiry_ = std::thread([this] { expire(); });
    return {};
  }

  Result<std::optional<SourcePiece>> next() override {
    auto piece = deliveries_.take();
    if (!piece) return std::optional<SourcePiece>();
    piece->origin->run_id = run_.run_id;
    const uint64_t records = piece->origin->records();
    const size_t bytes = piece->origin->bytes.size();
    SourcePiece out{.origin = std::move(piece->origin),
                    .bytes_read = bytes,
                    .part = std::string(kPart),
                    .next = ++taken_,
                    .ticket = piece->ticket,
                    .stamps = records};
    if (piece->payload) out.payloads.push_back(*std::move(piece->payload));
    return std::optional(std::move(out));
  }

  void wait(int64_t timeout_us) override { deliveries_.wait(timeout_us); }
  void settled(uint64_t ticket, const Ledger& ledger) override { deliveries_.settled(ticket, ledger); }

  Batch decode(SourcePiece piece, Passage& passage) const override {
    return decode_delivery(std::move(piece.origin), columns_, slots_, passage);
  }

  uint64_t bytes_total() const override { return 0; }

 private:
  // In a thread of the server.
  void take(IncomingRequest request, std::unique_ptr<HttpReply> reply) {
    const int64_t now_us = run_.clock->wall_us();
    if (auto refusal = sender_.refuse(request, now_us)) return reply->send(std::move(*refusal));
    if (options_.rate.count > 0) {
      if (const int64_t wait_us = rate_.take(run_.clock->monotonic_us()); wait_us > 0) {
        HttpAnswer answer = error_answer(
            429, fmt::format("more than {} requests in {}", options_.rate.count, duration_text(options_.rate.per_us)));
        answer.headers.push_back({"Retry-After", fmt::format("{}", (wait_us + 999'999) / 1'000'000)});
        return reply->send(std::move(answer));
      }
    }
    const DeliveryLimits limits{.inflated_bytes_max = options_.inflated_bytes_max, .piece_bytes = run_.piece_bytes};
    CutBody cut = cut_body(request, limits, columns_);
    if (cut.refusal) return reply->send(std::move(*cut.refusal));
    // One without records is kept too.
    if (run_.keep_payloads && cut.origins.empty()) cut.origins.push_back(std::make_shared<Origin>());
    for (const auto& origin : cut.origins) {
      origin->source = source_of(options_);
      origin->ingested_at_us = now_us;
    }
    std::optional<Payload> payload;
    if (run_.keep_payloads) payload = payload_of(std::move(request), options_, run_, now_us);
    deliveries_.add(std::move(cut.origins), std::move(payload), std::move(reply));
  }

  void expire() {
    std::unique_lock lock(mutex_);
    while (!ends_.wait_for(lock, kExpireEvery, [&] { return ending_; })) deliveries_.expire();
  }

  // Constant after construction.
  const WebhookOptions options_;
  const Slots& slots_;
  const RunContext run_;
  const std::vector<ReadColumn> columns_;
  const SenderCheck sender_;

  RateLimit rate_;
  Deliveries deliveries_;
  uint64_t taken_ = 0;  // pieces since the flow began; touched by next() only

  std::mutex mutex_;
  std::condition_variable ends_;
  bool ending_ = false;  // guarded by mutex_
  std::thread expiry_;
  std::unique_ptr<HttpServer> server_;
};

// Where nobody follows there is nobody to deliver; what was delivered before can be decoded.
class NoDeliveries final : public Source {
 public:
  explicit NoDeliveries(const Slots& slots) : slots_(slots), columns_(columns_to_read(slots)) {}

  Result<std::optional<SourcePiece>> next() override { return std::optional<SourcePiece>(); }
  Batch decode(SourcePiece piece, Passage& passage) const override {
    return decode_delivery(std::move(piece.origin), columns_, slots_, passage);
  }
  uint64_t bytes_total() const override { return 0; }

 private:
  const Slots& slots_;
  const std::vector<ReadColumn> columns_;
};

class WebhookSourcePlan final : public SourcePlan, public PayloadCutter {
 public:
  WebhookSourcePlan(WebhookOptions options, SourceSchema schema)
      : options_(std::move(options)), schema_(std::move(schema)) {}

  SourceSchema schema() const override { return schema_; }
  std::string place() const override { return fmt::format("http://{}{}", options_.address.text(), options_.path); }
  bool can_follow() const override { return true; }
  bool is_only_copy() const override { return true; }
  const PayloadCutter* payloads() const override { return this; }

  Result<std::shared_ptr<Origin>> cut(const Payload& payload, const Slots& slots) const override {
    IncomingRequest request{.body = payload.bytes};
    for (const PayloadHeader& header : payload.headers) request.headers.push_back({header.name, header.value});
    CutBody cut = cut_body(request, {.inflated_bytes_max = options_.inflated_bytes_max}, columns_to_read(slots));
    if (cut.refusal) return Error(ErrorCode::kInvalidArgument, cut.why);
    auto origin = cut.origins.empty() ? std::make_shared<Origin>() : std::move(cut.origins[0]);
    origin->source = payload.source;
    origin->ingested_at_us = payload.at_us;
    return origin;
  }

  Result<std::unique_ptr<Source>> open(const Slots& slots, const RunContext& run) const override {
    if (!run.follow) {
      if (run.notes != nullptr) {
        run.notes->push_back(
            fmt::format("{}{} takes records under `millrace up` only", options_.address.text(), options_.path));
      }
      return std::unique_ptr<Source>(std::make_unique<NoDeliveries>(slots));
    }
    MILLRACE_ASSERT(run.transaction != nullptr, "what is the only copy goes to topics");
    auto source = std::make_unique<WebhookSource>(options_, slots, run);
    TRY_STATUS(source->listen());
    return std::unique_ptr<Source>(std::move(source));
  }

 private:
  WebhookOptions options_;
  SourceSchema schema_;
};

SourceSchema read_columns(const Settings& settings) {
  SourceSchema schema;
  if (!settings.has("columns")) return schema;
  for (const auto& [name, type] : settings.node("columns").entries) {
    schema.declared.push_back({split_path(name.text), parse_type(type.text).value()});
  }
  return schema;
}

SenderRules read_sender(const Settings& settings) {
  SenderRules rules;
  if (settings.has("token")) rules.token = settings.text("token");
  if (settings.has("signature")) {
    const Settings signature = settings.map("signature");
    rules.signature = {.secret = signature.text("secret"),
                       .header = signature.text("header"),
                       .timestamp_header = signature.has("timestamp_header") ? signature.text("timestamp_header") : "",
                       .tolerance_us = signature.duration_us("tolerance")};
  }
  return rules;
}

std::unique_ptr<SourcePlan> make_webhook(const Settings& settings, Declarations&, Diagnostics& diagnostics) {
  const size_t errors_before = diagnostics.errors();
  WebhookOptions options{.path = settings.text("path"),
                         .sender = read_sender(settings),
                         .body_bytes_max = static_cast<size_t>(settings.bytes("body_max")),
                         .inflated_bytes_max = static_cast<size_t>(settings.bytes("inflated_max")),
                         .deliveries = {.waiting_max = static_cast<size_t>(settings.integer("waiting_max")),
                                        .answer_timeout_us = settings.duration_us("answer_timeout")}};
  if (auto address = HttpAddress::parse(settings.text("listen")); address.ok()) {
    options.address = *address;
    if (!address->is_loopback() && !SenderCheck(options.sender).asks_for_anything()) {
      diagnostics.error(settings.node("listen").place, "whoever reaches this port could send records",
                        "ask for a `token` or a `signature`, or listen on 127.0.0.1");
    }
  } else {
    diagnostics.error(settings.node("listen").place, address.error().message());
  }
  if (!options.path.starts_with('/') || options.path.find_first_of("{}?# ") != std::string::npos) {
    diagnostics.error(settings.node("path").place, "a path begins with / and has no blanks, braces, ? or #",
                      "for example path: /events");
  }
  if (settings.has("rate")) {
    options.rate = settings.limit("rate");
    if (options.rate.is_share || options.rate.per_us == 0 || options.rate.count == 0) {
      diagnostics.error(settings.node("rate").place, "a rate is a number of requests in a time",
                        "for example rate: 100 per 1s");
    }
  }
  if (diagnostics.errors() != errors_before) return nullptr;
  return std::make_unique<WebhookSourcePlan>(std::move(options), read_columns(settings));
}

}  // namespace

const SourceComponent kWebhookSource = {
    .about = {.kind = ComponentKind::kSource,
              .name = "webhook",
              .summary = "Takes records that others POST, and answers once they are committed.",
              .details = "A body is JSON (a record or an array of records), JSON lines or CSV with a header, as its "
                         "Content-Type says, plain or gzip. The answer is 200 with the counts of what became of the "
                         "records. Without it, send again: records may then be there twice. It listens under "
                         "`millrace up`, and its flow writes to topics.",
              .shorthand = "path",
              .fields = kFields,
              .example = "webhook: { path: /events, token: \"${secret:env:WEBHOOK_TOKEN}\" }"},
    .has_payloads = true,
    .make = make_webhook};

}  // namespace millrace
