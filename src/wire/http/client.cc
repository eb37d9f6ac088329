#include "wire/http/client.h"

#include <algorithm>
#include <array>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "data/formats/record_reader.h"
#include "wire/http/curl_exchange.h"
#include "wire/http/url.h"

namespace millrace {
namespace {

constexpr size_t kIdleExchangesMax = 16;  // that keep connections open
constexpr size_t kLookedAtBytes = 1024;   // of a body that is quoted in an error

bool is_credential(const HttpHeader& header) {
  constexpr std::array<std::string_view, 3> kNames = {"authorization", "cookie", "proxy-authorization"};
  return header.credential || std::any_of(kNames.begin(), kNames.end(), [&](std::string_view name) {
           return equals_ignoring_case(header.name, name);
         });
}

Error request_error(const HttpRequest& request, ErrorCode code, std::string_view what) {
  return {code, fmt::format("{} {}: {}", request.method, shown_url(request.url, request.secrets), what)};
}

Status check_headers(const HttpRequest& request) {
  for (const HttpHeader& header : request.headers) {
    const std::string_view problem = header_problem(header.name, header.value);
    if (problem.empty()) continue;
    return request_error(request, ErrorCode::kInvalidArgument, fmt::format("the header '{}' {}", header.name, problem));
  }
  return {};
}

bool is_redirect(int status) { return (status >= 301 && status <= 303) || status == 307 || status == 308; }

// Where the answer points to: `request` becomes what is asked there.
Status follow(HttpRequest& request, HttpUrl& url, const HttpResponse& response, const std::string& location) {
  auto target = resolve_url(request.url, location);
  if (!target.ok()) {
    return request_error(request, ErrorCode::kFailed, fmt::format("redirects to {}", target.error().message()));
  }
  TRY(target_url, HttpUrl::parse(*target));
  const bool keeps_method = response.status == 307 || response.status == 308;
  if (!keeps_method && request.method != "GET" && request.method != "HEAD") {
    request.method = "GET";
    request.body.clear();
    std::erase_if(request.headers, [](const HttpHeader& header) {
      return equals_ignoring_case(header.name, "content-type") || equals_ignoring_case(header.name, "content-encoding");
    });
  }
  if (!target_url.same_origin(url)) {
    if (!request.body.empty()) {
      return request_error(request, ErrorCode::kFailed,
                           fmt::format("redirects to another host, {}, which would get the body of the request",
                                       shown_url(*target, request.secrets)));
    }
    std::erase_if(request.headers, is_credential);
  }
  request.url = *std::move(target);
  url = std::move(target_url);
  return {};
}

class RealHttpClient final : public HttpClient {
 public:
  RealHttpClient() { set_up_curl(); }

  Result<HttpResponse> send(const HttpRequest& first) override {
    TRY_STATUS(check_headers(first));
    TRY(url, HttpUrl::parse(first.url));
    HttpRequest request = first;
    std::unique_ptr<CurlExchange> exchange = take();
    auto response = exchange->run(request, url);
    for (int redirects = 0; response.ok() && is_redirect(response->status) && first.limits.redirects_max > 0;
         ++redirects) {
      const std::string* const location = find_header(response->headers, "location");
      if (location == nullptr) break;
      if (redirects == first.limits.redirects_max) {
        response = request_error(first, ErrorCode::kFailed,
                                 fmt::format("redirects more than {} times, the last time to {}", redirects,
                                             shown_url(*location, first.secrets)));
        break;
      }
      const std::string target = *location;
      if (auto status = follow(request, url, *response, target); !status.ok()) {
        response = status.error();
        break;
      }
      response = exchange->run(request, url);
    }
    give_back(std::move(exchange));
    if (!response.ok()) return response;
    response->shown_url = shown_url(request.url, request.secrets);
    response->url = std::move(request.url);
    return response;
  }

 private:
  std::unique_ptr<CurlExchange> take() {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        auto exchange = std::move(idle_.back());
        idle_.pop_back();
        return exchange;
      }
    }
    return std::make_unique<CurlExchange>();
  }
  void give_back(std::unique_ptr<CurlExchange> exchange) {
    const std::lock_guard lock(mutex_);
    if (idle_.size() < kIdleExchangesMax) idle_.push_back(std::move(exchange));
  }

  std::mutex mutex_;
  std::vector<std::unique_ptr<CurlExchange>> idle_;  // guarded by mutex_
};

ErrorCode code_of_status(int status) {
  if (is_retryable_status(status)) return ErrorCode::kUnavailable;
  if (status == 401 || status == 403 || status == 407) return ErrorCode::kPermission;
  if (status == 404 || status == 410) return ErrorCode::kNotFound;
  return ErrorCode::kInvalidArgument;
}

// The beginning of a body as one line of text.
std::string beginning_of(std::string_view body) {
  std::string out;
  for (const char c : body.substr(0, kLookedAtBytes)) {
    const bool blank = static_cast<unsigned char>(c) <= ' ' || c == '\x7f';
    if (!blank) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  return shown_text(out);
}

}  // namespace

std::unique_ptr<HttpClient> real_http_client() { return std::make_unique<RealHttpClient>(); }

Error status_error(const HttpRequest& request, const HttpResponse& response) {
  std::string what =
      fmt::format("{} {}: the answer is {}", request.method, response.shown_url, status_text(response.status));
  if (!response.body.empty())
    what += fmt::format(" ({})", without_secrets(beginning_of(response.body), request.secrets));
  return {code_of_status(response.status), std::move(what)};
}

}  // namespace millrace
