#include "wire/http/screening.h"

#include <fmt/format.h>

#include "wire/http/target.h"

namespace millrace {

std::optional<HttpAnswer> screen(std::string_view target, const Screening& screening, IncomingRequest& request) {
  auto parsed = parse_target(target);
  if (!parsed) return error_answer(400, "the request's target is no path, or has a % without two hexadecimal digits");
  request.path = std::move(parsed->path);
  request.query = std::move(parsed->query);
  const auto host = request.header("Host");
  if (!host && screening.needs_host) return error_answer(400, "the request has no Host header");
  if (host && screening.local_hosts_only && !is_loopback_name(*host)) {
    return error_answer(400, fmt::format("this server answers to localhost, 127.0.0.1 and [::1], not to '{}'", *host));
  }
  const auto origin = request.header("Origin");
  if (origin && screening.local_origins_only && !is_loopback_name(*origin)) {
    return error_answer(403, fmt::format("pages of {} may not ask this server", *origin));
  }
  return std::nullopt;
}

}  // namespace millrace
