#include "connect/http/fetcher.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "flow/settings.h"
#include "wire/http/retry_after.h"

namespace millrace {
namespace {

constexpr int64_t kWaitStepUs = 20'000;  // how soon a stop is noticed

// "2.4 s": good enough for people.
std::string wait_text(int64_t us) {
  return us < 10'000'000 ? fmt::format("{:.1f} s", static_cast<double>(us) / 1e6) : fmt::format("{} s", us / 1'000'000);
}

bool is_answer(int status) {
  constexpr int kNotModified = 304;
  return (status >= 200 && status < 300) || status == kNotModified;
}

}  // namespace

Fetcher::Fetcher(Options options, const RunContext& run)
    : options_(options),
      run_(run),
      client_(real_http_client()),
      pace_(options.rate, *run.clock),
      random_(static_cast<uint64_t>(run.clock->wall_us()) ^ std::hash<std::string>()(run.run_id)) {}

Result<HttpResponse> Fetcher::fetch(HttpRequest request) {
  request.stopping = run_.stopping;
  int64_t failures = 0;
  int64_t put_off_us = 0;
  while (true) {
    if (const int64_t wait_us = pace_.wait_us(); wait_us > 0) {
      TRY_STATUS(wait(wait_us, fmt::format("no more requests than the rate allows, for {}", wait_text(wait_us))));
    }
    std::optional<int64_t> told_to_wait_us;
    auto response = ask(request, told_to_wait_us);
    if (response.ok() || !is_retryable(response.error().code())) return response;
    const Error& error = response.error();
    int64_t wait_us = 0;
    if (told_to_wait_us.value_or(0) > 0) {
      wait_us = *told_to_wait_us;
      put_off_us += wait_us;
      if (put_off_us > options_.wait_max_us) {
        return Error(error.code(), fmt::format("{}; it asks to wait {}, and wait_max is {}", error.message(),
                                               wait_text(wait_us), duration_text(options_.wait_max_us)));
      }
    } else {
      if (++failures >= run_.retry.attempts) {
        if (failures == 1) return response;
        return Error(error.code(), fmt::format("{}; asked {} times", error.message(), failures));
      }
      wait_us = retry_wait_us(run_.retry, failures, random_);
    }
    ++asked_again_;
    waited_us_ += wait_us;
    last_reason_ = error.message();
    TRY_STATUS(wait(wait_us, fmt::format("{}; it is asked again in {}", error.message(), wait_text(wait_us))));
  }
}

Result<HttpResponse> Fetcher::ask(const HttpRequest& request, std::optional<int64_t>& told_to_wait_us) {
  pace_.request_goes();
  auto response = client_->send(request);
  if (!response.ok() || is_answer(response->status)) return response;
  if (const std::string* value = find_header(response->headers, "retry-after")) {
    told_to_wait_us = retry_after_us(*value, run_.clock->wall_us());
  }
  Error error = status_error(request, *response);
  if (options_.keep_refused) keep(*std::move(response));
  return error;
}

void Fetcher::keep(HttpResponse response) {
  refused_bytes_ += response.body.size();
  refused_.push_back({run_.clock->wall_us(), std::move(response)});
  while (refused_.size() > 1 && refused_bytes_ > kRefusedBytesMax) {
    refused_bytes_ -= refused_.front().response.body.size();
    refused_.pop_front();
  }
}

std::deque<Fetcher::Refused> Fetcher::take_refused() {
  refused_bytes_ = 0;
  return std::exchange(refused_, {});
}

Status Fetcher::wait(int64_t us, const std::string& why) {
  const int64_t end_us = run_.clock->monotonic_us() + us;
  if (run_.waiting) run_.waiting(why);
  Status status;
  while (true) {
    if (run_.stopping && run_.stopping()) {
      status = Error(ErrorCode::kCancelled, "stopped");
      break;
    }
    const int64_t left_us = end_us - run_.clock->monotonic_us();
    if (left_us <= 0) break;
    std::this_thread::sleep_for(std::chrono::microseconds(std::min(left_us, kWaitStepUs)));
  }
  if (run_.waiting) run_.waiting("");
  return status;
}

std::string Fetcher::note() const {
  if (asked_again_ == 0) return {};
  return fmt::format("{} {} asked again, after {} in all; the last time because of {}", asked_again_,
                     asked_again_ == 1 ? "request was" : "requests were", wait_text(waited_us_), last_reason_);
}

}  // namespace millrace
