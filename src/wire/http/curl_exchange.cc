#include "wire/http/curl_exchange.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <mutex>

#include <fmt/format.h>

#include "base/clock.h"

namespace millrace {
namespace {

constexpr int kPollMs = 100;  // how soon a stop is noticed
constexpr std::string_view kUserAgent = "millrace";

struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

std::string trimmed(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1));
}

long milliseconds(int64_t us) { return us == 0 ? 0 : static_cast<long>(std::max<int64_t>(us / 1000, 1)); }

std::string seconds_text(int64_t us) { return fmt::format("{:g} s", static_cast<double>(us) / 1e6); }

ErrorCode code_of(CURLcode code) {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT: return ErrorCode::kTimeout;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_ISSUER_ERROR: return ErrorCode::kPermission;
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_COULDNT_RESOLVE_PROXY: return ErrorCode::kInvalidArgument;
    case CURLE_BAD_CONTENT_ENCODING: return ErrorCode::kCorruption;
    case CURLE_OUT_OF_MEMORY: return ErrorCode::kResource;
    default: return ErrorCode::kUnavailable;  // name, connection, TLS, cut off: all of these may go by themselves
  }
}

}  // namespace

struct CurlExchange::Running {
  const HttpRequest& request;
  HttpResponse response;
  size_t header_bytes = 0;
  size_t body_bytes = 0;
  std::optional<Error> refused;  // by a callback: why it ended the exchange
  std::array<char, CURL_ERROR_SIZE> error_text = {};
  std::unique_ptr<curl_slist, ListDeleter> header_lines;

  bool to_receiver() const { return request.on_body && response.status >= 200 && response.status < 300; }
  std::string shown() const {
    std::string text = fmt::format("{} {}", request.method, shown_url(request.url, request.secrets));
    if (!request.unix_socket.empty()) text += fmt::format(" over {}", request.unix_socket);
    return text;
  }
  Error error(ErrorCode code, std::string_view what) const { return {code, fmt::format("{}: {}", shown(), what)}; }

  bool take_header(std::string_view line);
  bool take_body(std::string_view bytes);

  static size_t on_header(char* bytes, size_t, size_t count, void* running) {
    return static_cast<Running*>(running)->take_header({bytes, count}) ? count : 0;
  }
  static size_t on_body(char* bytes, size_t, size_t count, void* running) {
    return static_cast<Running*>(running)->take_body({bytes, count}) ? count : 0;
  }
};

bool CurlExchange::Running::take_header(std::string_view line) {
  header_bytes += line.size();
  if (header_bytes > request.limits.header_bytes_max) {
    refused = error(ErrorCode::kFailed,
                    fmt::format("the headers of the answer are longer than {} bytes", request.limits.header_bytes_max));
    return false;
  }
  if (line.starts_with("HTTP/")) {  // of an answer; those of a 100 Continue or of a proxy came before
    response.headers.clear();
    const size_t blank = line.find(' ');
    response.status = blank == std::string_view::npos ? 0 : std::atoi(std::string(line.substr(blank + 1, 3)).c_str());
    return true;
  }
  if (const size_t colon = line.find(':'); colon != std::string_view::npos) {
    response.headers.push_back({trimmed(line.substr(0, colon)), trimmed(line.substr(colon + 1))});
  }
  return true;
}

bool CurlExchange::Running::take_body(std::string_view bytes) {
  body_bytes += bytes.size();
  const size_t limit = request.limits.body_bytes_max;
  if (limit != 0 && body_bytes > limit) {
    refused = error(ErrorCode::kFailed, fmt::format("the body of the answer is longer than {} bytes", limit));
    return false;
  }
  if (!to_receiver()) {
    response.body += bytes;
    return true;
  }
  auto status = request.on_body(bytes);
  if (!status.ok()) refused = status.error();
  return status.ok();
}

void set_up_curl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

CurlExchange::CurlExchange() : multi_(curl_multi_init()), easy_(curl_easy_init()) {
  MILLRACE_ASSERT(multi_ != nullptr && easy_ != nullptr, "out of memory");
}

CurlExchange::~CurlExchange() {
  curl_easy_cleanup(easy_);
  curl_multi_cleanup(multi_);
}

void CurlExchange::set_up(Running& running, const HttpRequest& request, const HttpUrl& url) {
  curl_easy_reset(easy_);
  set(CURLOPT_ERRORBUFFER, running.error_text.data());
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_QUICK_EXIT, 1L);  // a look-up that hangs does not hold up who has stopped waiting for it
  set(CURLOPT_URL, request.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_USERAGENT, kUserAgent.data());
  set(CURLOPT_ACCEPT_ENCODING, "");  // all that libcurl can decode
  if (!request.unix_socket.empty()) set(CURLOPT_UNIX_SOCKET_PATH, request.unix_socket.c_str());
  if (!request.unix_socket.empty() || url.is_loopback()) set(CURLOPT_PROXY, "");

  set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds(request.timeouts.connect_us));
  set(CURLOPT_TIMEOUT_MS, milliseconds(request.timeouts.whole_us));

  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_SSL_VERIFYPEER, request.tls.insecure ? 0L : 1L);
  set(CURLOPT_SSL_VERIFYHOST, request.tls.insecure ? 0L : 2L);
  if (!request.tls.ca_file.empty()) {
    set(CURLOPT_CAINFO, request.tls.ca_file.c_str());
    set(CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  }
  if (!request.tls.certificate_file.empty()) set(CURLOPT_SSLCERT, request.tls.certificate_file.c_str());
  if (!request.tls.key_file.empty()) set(CURLOPT_SSLKEY, request.tls.key_file.c_str());

  curl_slist* lines = curl_slist_append(nullptr, "Expect:");
  for (const HttpHeader& header : request.headers) {
    // A header without a value is written with a semicolon; with a colon libcurl would take its own one away.
    const std::string line =
        header.value.empty() ? header.name + ";" : fmt::format("{}: {}", header.name, header.value);
    lines = curl_slist_append(lines, line.c_str());
  }
  running.header_lines.reset(lines);
  set(CURLOPT_HTTPHEADER, lines);

  if (request.method == "HEAD") {
    set(CURLOPT_NOBODY, 1L);
  } else if (!request.body.empty() || request.method == "POST" || request.method == "PUT" ||
             request.method == "PATCH") {
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set(CURLOPT_POSTFIELDS, request.body.data());
  }
  if (request.method != "GET" && request.method != "HEAD") set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
  if (request.method == "GET" && !request.body.empty()) set(CURLOPT_CUSTOMREQUEST, "GET");

  set(CURLOPT_HEADERFUNCTION, &Running::on_header);
  set(CURLOPT_HEADERDATA, static_cast<void*>(&running));
  set(CURLOPT_WRITEFUNCTION, &Running::on_body);
  set(CURLOPT_WRITEDATA, static_cast<void*>(&running));
}

Error CurlExchange::curl_error(CURLcode code, const Running& running) const {
  if (running.refused) return *running.refused;
  const HttpTimeouts& timeouts = running.request.timeouts;
  if (code == CURLE_OPERATION_TIMEDOUT) {
    curl_off_t connected = 0;
    curl_easy_getinfo(easy_, CURLINFO_PRETRANSFER_TIME_T, &connected);
    return connected == 0 ? running.error(ErrorCode::kTimeout,
                                          fmt::format("no connection within {}", seconds_text(timeouts.connect_us)))
                          : running.error(ErrorCode::kTimeout,
                                          fmt::format("no whole answer within {}", seconds_text(timeouts.whole_us)));
  }
  if (code == CURLE_COULDNT_CONNECT && !running.request.unix_socket.empty()) {
    return running.error(ErrorCode::kUnavailable, "nobody answers there");
  }
  std::string text = trimmed(running.error_text.data());
  if (text.empty()) text = curl_easy_strerror(code);
  return running.error(code_of(code), without_secrets(std::move(text), running.request.secrets));
}

// Until the exchange is over, somebody wants to stop, or nothing has moved for too long.
Status CurlExchange::wait(Running& running) {
  const SystemClock clock;
  const HttpRequest& request = running.request;
  int64_t moved_at_us = clock.monotonic_us();
  size_t moved = 0;
  while (true) {
    int unfinished = 0;
    const CURLMcode code = curl_multi_perform(multi_, &unfinished);
    MILLRACE_ASSERT(code == CURLM_OK, curl_multi_strerror(code));
    if (unfinished == 0) return {};
    if (request.stopping && request.stopping()) return running.error(ErrorCode::kCancelled, "stopped");

    curl_off_t sent = 0;
    curl_off_t received = 0;
    curl_off_t connected = 0;
    curl_easy_getinfo(easy_, CURLINFO_SIZE_UPLOAD_T, &sent);
    curl_easy_getinfo(easy_, CURLINFO_SIZE_DOWNLOAD_T, &received);
    curl_easy_getinfo(easy_, CURLINFO_PRETRANSFER_TIME_T, &connected);
    const size_t moving = static_cast<size_t>(sent + received) + running.header_bytes + (connected > 0 ? 1 : 0);
    const int64_t now_us = clock.monotonic_us();
    if (moving != moved || connected == 0) {
      moved = moving;
      moved_at_us = now_us;
    } else if (request.timeouts.idle_us != 0 && now_us - moved_at_us >= request.timeouts.idle_us) {
      return running.error(ErrorCode::kTimeout,
                           fmt::format("nothing came for {}", seconds_text(request.timeouts.idle_us)));
    }
    curl_multi_poll(multi_, nullptr, 0, kPollMs, nullptr);
  }
}

Result<HttpResponse> CurlExchange::run(const HttpRequest& request, const HttpUrl& url) {
  Running running{.request = request};
  set_up(running, request, url);
  const CURLMcode added = curl_multi_add_handle(multi_, easy_);
  MILLRACE_ASSERT(added == CURLM_OK, curl_multi_strerror(added));
  auto waited = wait(running);
  CURLcode code = CURLE_OK;
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg == CURLMSG_DONE) code = message->data.result;
  }
  curl_off_t received = 0;
  curl_easy_getinfo(easy_, CURLINFO_SIZE_DOWNLOAD_T, &received);
  auto failure = waited.ok() ? std::optional<Error>() : std::optional(waited.error());
  if (!failure && code != CURLE_OK) failure = curl_error(code, running);
  curl_multi_remove_handle(multi_, easy_);
  curl_easy_reset(easy_);  // nothing of `running` is referred to any more
  if (failure) return *std::move(failure);
  running.response.bytes_received = running.header_bytes + static_cast<size_t>(received);
  return std::move(running.response);
}

}  // namespace millrace
