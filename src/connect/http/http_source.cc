#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/siphash.h"
#include "connect/file/given_csv.h"
#include "connect/http/fetcher.h"
#include "connect/http/http.h"
#include "connect/http/http_fields.h"
#include "connect/http/page.h"
#include "connect/http/poll_position.h"
#include "connect/http/poll_settings.h"
#include "data/formats/csv_reader.h"
#include "data/formats/record_readers.h"
#include "flow/intake.h"
#include "wire/http/url.h"

namespace millrace {
namespace {

constexpr uint64_t kPagesMax = 100'000;       // of one poll that says no `pages`
constexpr int kUnreadablePagesInARowMax = 3;  // one may be a slip; so many are an API that has changed
constexpr int kNotModified = 304;

struct HttpOptions {
  PollSettings poll;
  FileFormat format;
  size_t record_bytes_max = 0;
};

// What pages and the records of a test case have in common: how they become a batch.
class PageDecoder {
 public:
  PageDecoder(const HttpOptions& options, const Slots& slots)
      : slots_(slots),
        columns_(columns_to_read(slots)),
        readers_([this, format = options.format] { return format.reader(columns_); }) {}

  Batch decode(SourcePiece piece, Passage& passage) const {
    ReadOutcome outcome = readers_.read(*piece.origin);
    return take_in(std::move(piece.origin), std::move(outcome), slots_, passage);
  }
  // Of a page: whether its header has the columns.
  Status check_header(const Origin& origin) const {
    return origin.header == nullptr ? Status() : check_csv_columns(columns_, *origin.header);
  }

 private:
  const Slots& slots_;
  std::vector<ReadColumn> columns_;
  RecordReaders readers_;
};

// Says of an origin what is not in its bytes.
void describe(Origin& origin, const HttpOptions& options, std::string source, int64_t at_us) {
  origin.source = std::move(source);
  origin.format = options.format.name();
  origin.ingested_at_us = at_us;
}

Payload payload_of(HttpResponse response, const PollSettings& poll, const RunContext& run, int64_t at_us) {
  Payload payload{.at_us = at_us,
                  .run_id = run.run_id,
                  .source = std::move(response.shown_url),
                  .status = response.status,
                  .bytes = std::move(response.body)};
  for (const HttpHeader& header : response.headers) {
    payload.headers.push_back({header.name, shown_links(header.value, poll.secrets)});
  }
  mask_credentials(payload.headers);
  return payload;
}

Fetcher::Options with_refused(Fetcher::Options options, bool keep) {
  options.keep_refused = keep;
  return options;
}

class HttpSource final : public Source {
 public:
  HttpSource(HttpOptions options, const Slots& slots, RunContext run)
      : options_(std::move(options)),
        run_(std::move(run)),
        decoder_(options_, slots),
        fetcher_(with_refused(options_.poll.fetching, run_.keep_payloads), run_) {
    if (run_.keep_payloads) {
      size_t& body_bytes_max = options_.poll.limits.body_bytes_max;
      body_bytes_max = std::min(body_bytes_max, kPayloadBytesMax);
    }
    if (run_.transaction != nullptr) resume();
    if (at_.times == RunTimes()) at_.times = times_of_run();
    if (at_.pages == 0) at_.next = options_.poll.paging.first_page();
    base_ = options_.poll.request(at_.times, run_.directory);
  }

  Result<std::optional<SourcePiece>> next() override {
    auto piece = next_page();
    if (piece.ok() && piece->has_value()) return piece;
    if (std::string note = fetcher_.note(); !note.empty() && run_.notes != nullptr)
      run_.notes->push_back(std::move(note));
    return piece;
  }

  // A poll that is not gone on with is over.
  Position start(Position resumed) const override {
    const auto part = resumed.find(std::string(kPollPart));
    if (part == resumed.end() || goes_on_) return resumed;
    return PollPosition::of(resumed).between_polls().as_position(part->second.stamp_us);
  }
  Position end(Position reached) const override {
    const auto part = reached.find(std::string(kPollPart));
    if (part == reached.end()) return reached;
    return PollPosition::of(reached).between_polls().as_position(part->second.stamp_us);
  }

  Batch decode(SourcePiece piece, Passage& passage) const override {
    return decoder_.decode(std::move(piece), passage);
  }
  uint64_t bytes_total() const override { return 0; }

 private:
  // A poll that was interrupted is gone on with: by its own run, or by the next one where runs are all alike.
  void resume() {
    const Checkpoint& last = run_.transaction->resumed_from();
    PollPosition reached = PollPosition::of(last.position);
    goes_on_ = reached.pages > 0 && (!run_.identified || last.run_id == run_.run_id);
    at_ = goes_on_ ? std::move(reached) : reached.between_polls();
  }

  RunTimes times_of_run() const {
    if (run_.window_start_us != 0) return {.start_us = run_.window_start_us, .end_us = run_.window_end_us};
    const int64_t now_us = run_.clock->wall_us();
    return {.start_us = now_us, .end_us = now_us};
  }

  // The next page that has something; nullopt behind the last one. What came in front of a failure is given before it.
  Result<std::optional<SourcePiece>> next_page() {
    if (failure_) return *failure_;
    while (!at_.at_end) {
      auto origin = ask_for_page();
      if (!origin.ok()) {
        if (payloads_.empty() || origin.error().code() == ErrorCode::kCancelled) return origin.error();
        failure_ = origin.error();
        return std::optional(
            SourcePiece{.origin = without_records(), .commit = true, .payloads = std::exchange(payloads_, {})});
      }
      if ((*origin)->records() > 0 || !payloads_.empty()) return std::optional(piece_of(*std::move(origin)));
    }
    return std::optional<SourcePiece>();
  }

  SourcePiece piece_of(std::shared_ptr<Origin> origin) {
    const uint64_t stamps = origin->records();
    return {.origin = std::move(origin),
            .bytes_read = std::exchange(bytes_received_, 0),
            .part = std::string(kPollPart),
            .next = at_.pages,
            .token = at_.token(),
            .commit = true,
            .stamps = stamps,
            .payloads = std::exchange(payloads_, {})};
  }

  // Moves on behind the page, and notes its payload.
  Result<std::shared_ptr<Origin>> ask_for_page() {
    HttpRequest request = request_for_page();
    auto fetched = fetcher_.fetch(request);
    for (Fetcher::Refused& refused : fetcher_.take_refused()) {
      payloads_.push_back(payload_of(std::move(refused.response), options_.poll, run_, refused.at_us));
    }
    if (!fetched.ok()) return fetched.error();
    HttpResponse response = *std::move(fetched);
    if (response.status == kNotModified) {
      at_.at_end = true;
      return without_records();
    }
    bytes_received_ = response.bytes_received;
    const int64_t now_us = run_.clock->wall_us();
    auto origin = take_apart(request, response, now_us);
    if (run_.keep_payloads) payloads_.push_back(payload_of(std::move(response), options_.poll, run_, now_us));
    return origin;
  }

  Result<std::shared_ptr<Origin>> take_apart(const HttpRequest& request, const HttpResponse& response, int64_t now_us) {
    TRY(page, page_of(response.body, options_.format, options_.record_bytes_max));
    if (auto status = decoder_.check_header(*page.origin); !status.ok()) {
      return status.error().with_context(response.shown_url);
    }
    TRY_STATUS(go_on(request, response, page.facts));
    describe(*page.origin, options_, response.shown_url, now_us);
    page.origin->run_id = run_.run_id;
    return page.origin;
  }

  std::shared_ptr<Origin> without_records() const {
    auto origin = std::make_shared<Origin>();
    describe(*origin, options_, options_.poll.shown_url(), run_.clock->wall_us());
    return origin;
  }

  HttpRequest request_for_page() {
    HttpRequest request = base_;
    request.url = options_.poll.paging.url_of(base_.url, at_.next);
    if (!asks_conditionally() || at_.validators.empty() || at_.validators.request != hash_of(request)) return request;
    if (!at_.validators.etag.empty()) request.headers.push_back({"If-None-Match", at_.validators.etag});
    if (!at_.validators.modified.empty()) request.headers.push_back({"If-Modified-Since", at_.validators.modified});
    return request;
  }

  // Only where one answer is all: a first page that has not changed says nothing of those behind it.
  bool asks_conditionally() const {
    return options_.poll.conditional && options_.poll.paging.kind == Paging::Kind::kNone && run_.transaction != nullptr;
  }

  static uint64_t hash_of(const HttpRequest& request) {
    return siphash_128(fmt::format("{} {} {}", request.method, request.url, request.body), {}).low;
  }

  // Moves on to where the answer leads.
  Status go_on(const HttpRequest& request, const HttpResponse& response, const PageFacts& facts) {
    const Paging& paging = options_.poll.paging;
    auto next = paging.next(base_.url, at_.next, response, facts);
    if (!next.ok()) return next.error().with_context(response.shown_url);
    ++at_.pages;
    unreadable_in_a_row_ = facts.unreadable ? unreadable_in_a_row_ + 1 : 0;
    if (unreadable_in_a_row_ == kUnreadablePagesInARowMax && *next) {
      return Error(ErrorCode::kFailed, fmt::format("{}: {} answers in a row cannot be read", response.shown_url,
                                                   kUnreadablePagesInARowMax));
    }
    at_.at_end = !*next || at_.pages == options_.poll.pages_max;
    if (!at_.at_end && at_.pages == kPagesMax) {
      return Error(ErrorCode::kFailed, fmt::format("{}: these were {} pages, and there are still more; say `pages` if "
                                                   "the poll is to end somewhere",
                                                   response.shown_url, kPagesMax));
    }
    at_.next = next->value_or("");
    remember_validators(request, response, facts);
    if (at_.token().size() > kPositionTokenBytesMax) {
      return Error(ErrorCode::kFailed, fmt::format("{}: what leads to the next page is longer than {} bytes",
                                                   response.shown_url, kPositionTokenBytesMax));
    }
    return {};
  }

  void remember_validators(const HttpRequest& request, const HttpResponse& response, const PageFacts& facts) {
    at_.validators = {};
    if (!asks_conditionally() || facts.unreadable) return;
    if (const std::string* etag = find_header(response.headers, "etag")) at_.validators.etag = *etag;
    if (const std::string* modified = find_header(response.headers, "last-modified"))
      at_.validators.modified = *modified;
    if (!at_.validators.empty()) at_.validators.request = hash_of(request);
  }

  // Constant after construction.
  HttpOptions options_;
  RunContext run_;
  PageDecoder decoder_;
  HttpRequest base_;
  bool goes_on_ = false;  // with a poll that was interrupted

  // Touched by next() only.
  Fetcher fetcher_;
  PollPosition at_;  // what is read next
  int unreadable_in_a_row_ = 0;
  size_t bytes_received_ = 0;
  std::vector<Payload> payloads_;  // since the last piece
  std::optional<Error> failure_;   // to be given behind them
};

// The records of a test case as one answer.
class GivenPage final : public Source {
 public:
  GivenPage(HttpOptions options, std::shared_ptr<Origin> origin, const Slots& slots)
      : options_(std::move(options)), decoder_(options_, slots), origin_(std::move(origin)) {}

  Result<std::optional<SourcePiece>> next() override {
    if (origin_ == nullptr || origin_->records() == 0) return std::optional<SourcePiece>();
    if (auto status = decoder_.check_header(*origin_); !status.ok()) return status.error();
    return std::optional(SourcePiece{.origin = std::exchange(origin_, nullptr)});
  }
  Batch decode(SourcePiece piece, Passage& passage) const override {
    return decoder_.decode(std::move(piece), passage);
  }
  uint64_t bytes_total() const override { return 0; }

 private:
  HttpOptions options_;
  PageDecoder decoder_;
  std::shared_ptr<Origin> origin_;
};

class HttpSourcePlan final : public SourcePlan, public PayloadCutter {
 public:
  HttpSourcePlan(HttpOptions options, SourceSchema schema) : options_(std::move(options)), schema_(std::move(schema)) {}

  SourceSchema schema() const override { return schema_; }
  std::string place() const override { return options_.poll.shown_url(); }

  Result<std::unique_ptr<Source>> open(const Slots& slots, const RunContext& run) const override {
    return std::unique_ptr<Source>(std::make_unique<HttpSource>(options_, slots, run));
  }

  const PayloadCutter* payloads() const override { return this; }

  Result<std::shared_ptr<Origin>> cut(const Payload& payload, const Slots& slots) const override {
    if (payload.status < 200 || payload.status >= 300) return std::shared_ptr<Origin>();
    TRY(page, page_of(payload.bytes, options_.format, options_.record_bytes_max));
    TRY_STATUS(PageDecoder(options_, slots).check_header(*page.origin));
    describe(*page.origin, options_, payload.source, payload.at_us);
    return page.origin;
  }

  Result<std::unique_ptr<Source>> open_given(const std::vector<Node>& records, const Slots& slots,
                                             const RunContext& run) const override {
    if (options_.format.kind != FileFormat::Kind::kCsv) return SourcePlan::open_given(records, slots, run);
    TRY(bytes, given_csv(records, csv_columns(schema_, slots), options_.format.csv));
    TRY(page, page_of(bytes, options_.format, options_.record_bytes_max));
    describe(*page.origin, options_, "given", run.clock->wall_us());
    page.origin->run_id = run.run_id;
    return std::unique_ptr<Source>(std::make_unique<GivenPage>(options_, std::move(page.origin), slots));
  }

 private:
  HttpOptions options_;
  SourceSchema schema_;
};

std::unique_ptr<SourcePlan> make_http_source(const Settings& settings, Declarations&, Diagnostics& diagnostics) {
  auto poll = PollSettings::read(settings, diagnostics);
  auto format = read_file_format(settings, {}, diagnostics);
  auto schema = format ? read_columns(settings, *format, diagnostics) : std::nullopt;
  if (!poll || !schema) return nullptr;
  HttpOptions options{.poll = *std::move(poll),
                      .format = *std::move(format),
                      .record_bytes_max = static_cast<size_t>(settings.bytes("record_max"))};
  return std::make_unique<HttpSourcePlan>(std::move(options), *std::move(schema));
}

}  // namespace

const SourceComponent kHttpSource = {
    .about =
        {.kind = ComponentKind::kSource,
         .name = "http",
         .summary = "Polls an HTTP API: once a run, page by page.",
         .details =
             "A page is committed whole or not at all, and a run that was interrupted goes on behind the last page "
             "that was. What may go better (no connection, a time-out, 408, 425, 429, 5xx but 501) is asked for "
             "again as the flow's `retry` says, or when a Retry-After says; any other status fails the run. An "
             "answer that cannot be read is one broken record, with its bytes; the poll goes on behind it if it "
             "is known where, and fails when three in a row are so.",
         .shorthand = "url",
         .fields = kHttpFields,
         .example = "http: { url: \"https://api.example.com/v1/users\", records: data, paging: { page: page }, "
                    "columns: { id: int } }"},
    .has_payloads = true,
    .make = make_http_source};

}  // namespace millrace
