#include "base/result.h"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

namespace millrace {

std::string_view error_code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument: return "invalid argument";
    case ErrorCode::kInvalidSpec: return "invalid spec";
    case ErrorCode::kNotFound: return "not found";
    case ErrorCode::kExpired: return "expired";
    case ErrorCode::kAlreadyExists: return "already exists";
    case ErrorCode::kPermission: return "permission denied";
    case ErrorCode::kUnavailable: return "unavailable";
    case ErrorCode::kTimeout: return "timeout";
    case ErrorCode::kResource: return "out of room";
    case ErrorCode::kCorruption: return "corruption";
    case ErrorCode::kCancelled: return "cancelled";
    case ErrorCode::kFailed: return "failed";
  }
  MILLRACE_UNREACHABLE("error code");
}

std::optional<ErrorCode> error_code_of_name(std::string_view name) {
  for (int code = 0; code <= static_cast<int>(ErrorCode::kFailed); ++code) {
    if (error_code_name(static_cast<ErrorCode>(code)) == name) return static_cast<ErrorCode>(code);
  }
  return std::nullopt;
}

bool is_retryable(ErrorCode code) {
  return code == ErrorCode::kUnavailable || code == ErrorCode::kTimeout || code == ErrorCode::kResource;
}

Error Error::with_context(std::string_view context) const { return {code_, fmt::format("{}: {}", context, message_)}; }

namespace {

ErrorCode code_of_errno(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR: return ErrorCode::kNotFound;
    case EEXIST: return ErrorCode::kAlreadyExists;
    case EACCES:
    case EPERM:
    case EROFS: return ErrorCode::kPermission;
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
    case ENOMEM: return ErrorCode::kResource;
    case ETIMEDOUT: return ErrorCode::kTimeout;
    case EINVAL:
    case EISDIR:
    case ENAMETOOLONG:
    case ELOOP: return ErrorCode::kInvalidArgument;
    case EINTR:
    case ECANCELED: return ErrorCode::kCancelled;
    default: return ErrorCode::kUnavailable;
  }
}

}  // namespace

Error errno_error(int error_number, std::string_view action, std::string_view subject) {
  char text[256];
  const char* reason = strerror_r(error_number, text, sizeof text);
  return {code_of_errno(error_number), fmt::format("cannot {} {}: {}", action, subject, reason)};
}

}  // namespace millrace
