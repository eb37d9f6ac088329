#include "wire/http/exchange.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/assert.h"

namespace millrace {
namespace {

int status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument:
    case ErrorCode::kInvalidSpec: return 400;
    case ErrorCode::kNotFound: return 404;
    case ErrorCode::kExpired: return 410;
    case ErrorCode::kAlreadyExists: return 409;
    case ErrorCode::kPermission: return 403;
    case ErrorCode::kUnavailable:
    case ErrorCode::kCancelled: return 503;
    case ErrorCode::kTimeout: return 504;
    case ErrorCode::kResource: return 507;
    case ErrorCode::kCorruption:
    case ErrorCode::kFailed: return 500;
  }
  MILLRACE_UNREACHABLE("all codes are above");
}

}  // namespace

std::optional<std::string_view> IncomingRequest::header(std::string_view name) const {
  const std::string* const value = find_header(headers, name);
  if (value == nullptr) return std::nullopt;
  return *value;
}

std::optional<std::string_view> IncomingRequest::parameter(std::string_view name) const {
  const auto found = std::find_if(query.begin(), query.end(), [&](const auto& one) { return one.name == name; });
  if (found == query.end()) return std::nullopt;
  return found->value;
}

const std::string& IncomingRequest::named(std::string_view name) const {
  const auto found = names.find(name);
  MILLRACE_ASSERT(found != names.end(), "the route's pattern has no such {name}");
  return found->second;
}

HttpAnswer error_answer(int status, std::string_view text) {
  const nlohmann::json body = {{"error", text}};
  return {.status = status, .body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n"};
}

HttpAnswer error_answer(const Error& error) { return error_answer(status_of(error.code()), error.message()); }

}  // namespace millrace
