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
void describe(Origin& origin, const HttpOptions& options, const RunContext& run, std::string source) {
  origin.source = std::move(source);
  origin.format = options.format.name();
  origin.ingested_at_us = run.clock->wall_us();
  origin.run_id = run.run_id;
}

class HttpSource final : public Source {
 public:
  HttpSource(HttpOptions options, const Slots& slots, RunContext run)
      : options_(std::move(options)),
        run_(std::move(run)),
        decoder_(options_, slots),
        fetcher_(options_.poll.fetching, run_) {
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

  // The next page that has records; nullopt behind the last one.
  Result<std::optional<SourcePiece>> next_page() {
    while (!at_.at_end) {
      HttpRequest request = request_for_page();
      TRY(response, fetcher_.fetch(request));
      if (response.status == kNotModified) {
        at_.at_end = true;
        break;
      }
      TRY(page, page_of(response.body, options_.format, options_.record_bytes_max));
      if (auto status = decoder_.check_header(*page.origin); !status.ok()) {
        return status.error().with_context(response.shown_url);
      }
      TRY_STATUS(go_on(request, response, page.facts));
      if (page.facts.records == 0) continue;
      describe(*page.origin, options_, run_, response.shown_url);
      const uint64_t stamps = page.origin->records();
      return std::optional(SourcePiece{.origin = std::move(page.origin),
                                       .bytes_read = response.bytes_received,
                                       .part = std::string(kPollPart),
                                       .next = at_.pages,
                                       .token = at_.token(),
                                       .commit = true,
                                       .stamps = stamps});
    }
    return std::optional<SourcePiece>();
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

class HttpSourcePlan final : public SourcePlan {
 public:
  HttpSourcePlan(HttpOptions options, SourceSchema schema) : options_(std::move(options)), schema_(std::move(schema)) {}

  SourceSchema schema() const override { return schema_; }
  std::string place() const override { return options_.poll.shown_url(); }

  Result<std::unique_ptr<Source>> open(const Slots& slots, const RunContext& run) const override {
    return std::unique_ptr<Source>(std::make_unique<HttpSource>(options_, slots, run));
  }

  Result<std::unique_ptr<Source>> open_given(const std::vector<Node>& records, const Slots& slots,
                                             const RunContext& run) const override {
    if (options_.format.kind != FileFormat::Kind::kCsv) return SourcePlan::open_given(records, slots, run);
    TRY(bytes, given_csv(records, csv_columns(schema_, slots), options_.format.csv));
    TRY(page, page_of(bytes, options_.format, options_.record_bytes_max));
    describe(*page.origin, options_, run, "given");
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
    .make = make_http_source};

}  // namespace millrace
