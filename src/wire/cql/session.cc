#include "wire/cql/session.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>
#include <utility>

#include "base/clock.h"

namespace millrace::cql {
namespace {

constexpr int64_t kAgainUs = 5'000;  // between two attempts; twice as long each time
constexpr int64_t kAgainUsMax = 200'000;
constexpr int64_t kWaitSliceUs = 50'000;  // how often a waiting thread looks whether it is to stop
constexpr int64_t kTellUs = 1'000'000;
constexpr int32_t kPageRows = 5'000;

int64_t now_us() { return SystemClock().monotonic_us(); }

// An answer that one thread waits for and another one gives.
struct Waiting {
  std::mutex mutex;
  std::condition_variable given;
  std::optional<Result<Answer>> answer;  // guarded by mutex
};

}  // namespace

std::shared_ptr<Session> Session::start(SessionOptions options) {
  return std::shared_ptr<Session>(new Session(std::move(options)));
}

Session::Session(SessionOptions options)
    : loop_(std::make_shared<Loop>()), cluster_(std::make_shared<Cluster>(*loop_, std::move(options))) {
  cluster_->start();
}

Session::~Session() {
  std::promise<void> stopped;
  loop_->post([this, &stopped] {
    cluster_->stop();
    stopped.set_value();
  });
  stopped.get_future().wait();
  loop_->stop();
}

Result<Answer> Session::ask(Opcode opcode, const std::function<void(uint8_t, std::string&)>& body,
                            const Patience& patience) {
  const int64_t begun_us = now_us();
  int64_t again_us = kAgainUs;
  bool told = false;
  for (;;) {
    const auto waiting = std::make_shared<Waiting>();
    loop_->post([cluster = cluster_, waiting, opcode, body] {
      cluster->ask({.opcode = opcode, .body = body, .done = [waiting](Result<Answer> answer) {
                      const std::lock_guard lock(waiting->mutex);
                      waiting->answer = std::move(answer);
                      waiting->given.notify_all();
                    }});
    });
    std::unique_lock lock(waiting->mutex);
    while (!waiting->answer) {
      waiting->given.wait_for(lock, std::chrono::microseconds(kWaitSliceUs));
      if (!waiting->answer && patience.is_stopping()) return Error(ErrorCode::kCancelled, "it was to stop");
    }
    Result<Answer> answer = *std::move(waiting->answer);
    lock.unlock();
    if (answer.ok() || !is_retryable(answer.error().code())) {
      if (told) patience.waiting("");
      return answer;
    }
    if (const auto refused = cluster_->refusal()) return *refused;
    if (now_us() - begun_us > patience.limit_us) return answer;
    if (patience.is_stopping()) return Error(ErrorCode::kCancelled, "it was to stop");
    if (patience.waiting && now_us() - begun_us > kTellUs) {
      patience.waiting(answer.error().message());
      told = true;
    }
    std::this_thread::sleep_for(std::chrono::microseconds(again_us));
    again_us = std::min(2 * again_us, kAgainUsMax);
  }
}

Result<Answer> Session::query(const std::string& statement, const QueryOptions& options, const Patience& patience) {
  // It may be asked for behind the caller's back, once that waits no longer: it holds what it needs.
  const auto body = [statement, options, state = std::string(options.paging_state)](uint8_t version, std::string& to) {
    QueryOptions own = options;
    own.paging_state = state;
    append_query(statement, own, version, to);
  };
  return ask(Opcode::kQuery, body, patience);
}

Status Session::select(const std::string& statement, const QueryOptions& options, const Patience& patience,
                       const std::function<Status(const RowsAnswer& page)>& take) {
  QueryOptions page_options = options;
  if (page_options.page_rows == 0) page_options.page_rows = kPageRows;
  std::string paging_state;
  for (;;) {
    TRY(answer, query(statement, page_options, patience));
    const auto* page = std::get_if<RowsAnswer>(&answer);
    if (page == nullptr) return Error(ErrorCode::kInvalidArgument, "the statement gives no rows; write a SELECT");
    TRY_STATUS(take(*page));
    if (!page->paging_state) return {};
    paging_state = *page->paging_state;
    page_options.paging_state = paging_state;
  }
}

Result<PreparedRef> Session::prepare(const std::string& statement, const Patience& patience) {
  const auto body = [statement](uint8_t version, std::string& to) { append_prepare(statement, version, to); };
  TRY(answer, ask(Opcode::kPrepare, body, patience));
  auto* prepared = std::get_if<PreparedAnswer>(&answer);
  if (prepared == nullptr) return Error(ErrorCode::kCorruption, "PREPARE was answered with something else");
  return PreparedRef(std::make_shared<Prepared>(Prepared{statement, std::move(*prepared)}));
}

std::unique_ptr<RowWriter> Session::writer(PreparedRef prepared, RowWriterOptions options) {
  return std::make_unique<RowWriter>(loop_, cluster_, std::move(prepared), options);
}

}  // namespace millrace::cql
