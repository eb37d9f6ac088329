#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/assert.h"

namespace millrace {

// What the caller can do about it decides the code; there will never be more than a dozen.
enum class ErrorCode {
  kInvalidArgument,  // the caller's input is wrong: say what and where, do not retry
  kInvalidSpec,      // the pipeline file is wrong
  kNotFound,
  kExpired,  // it was there, and retention took it
  kAlreadyExists,
  kPermission,
  kUnavailable,  // a peer or a disk is away: retry later
  kTimeout,      // retry later
  kResource,     // disk full, out of memory, too many files: retry once there is room
  kCorruption,   // bytes are not what was written
  kCancelled,    // somebody asked to stop
  kFailed,       // the run itself decided to fail: a `stop` check, a threshold
};

std::string_view error_code_name(ErrorCode code);
std::optional<ErrorCode> error_code_of_name(std::string_view name);
bool is_retryable(ErrorCode code);

// An error of the world: what was tried, on what, what came back. Never holds a secret.
class [[nodiscard]] Error {
 public:
  Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

  ErrorCode code() const { return code_; }
  const std::string& message() const { return message_; }

  // The same error with what was being done put in front: "open users.yaml: no such file".
  Error with_context(std::string_view context) const;

 private:
  ErrorCode code_;
  std::string message_;
};

// From errno: picks the code, names the call and the thing it was about.
Error errno_error(int error_number, std::string_view action, std::string_view subject);

// A value or an Error. Small on purpose: libstdc++ 12 gives most clangs no std::expected.
template <typename T>
class [[nodiscard]] Result {
 public:
  using Value = T;

  template <typename U = T>
  requires(std::constructible_from<T, U&&> && !std::same_as<std::remove_cvref_t<U>, Result> &&
           !std::same_as<std::remove_cvref_t<U>, Error>) Result(U&& value)
      : state_(std::in_place_index<0>, std::forward<U>(value)) {}            // NOLINT: implicit on purpose
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit on purpose

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & {
    MILLRACE_ASSERT(ok(), std::get<1>(state_).message());
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    MILLRACE_ASSERT(ok(), std::get<1>(state_).message());
    return *std::get_if<0>(&state_);
  }
  T&& value() && { return std::move(value()); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(value()); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const& {
    MILLRACE_ASSERT(!ok(), "error() of a Result that holds a value");
    return *std::get_if<1>(&state_);
  }
  Error&& error() && {
    MILLRACE_ASSERT(!ok(), "error() of a Result that holds a value");
    return std::move(*std::get_if<1>(&state_));
  }

 private:
  std::variant<T, Error> state_;
};

// Success or an Error. `return {};` is success.
template <>
class [[nodiscard]] Result<void> {
 public:
  using Value = void;

  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit on purpose

  bool ok() const { return error_.index() == 0; }
  explicit operator bool() const { return ok(); }
  const Error& error() const& {
    MILLRACE_ASSERT(!ok(), "error() of a success");
    return *std::get_if<1>(&error_);
  }
  Error&& error() && {
    MILLRACE_ASSERT(!ok(), "error() of a success");
    return std::move(*std::get_if<1>(&error_));
  }

 private:
  std::variant<std::monostate, Error> error_;
};

using Status = Result<void>;

}  // namespace millrace

#define MILLRACE_CONCAT_INNER(a, b) a##b
#define MILLRACE_CONCAT(a, b) MILLRACE_CONCAT_INNER(a, b)

// TRY(name, expr): declares `name` with the value, or returns the error from this function.
// TRY_STATUS(expr): returns the error, if any. Statements, not expressions, so that they work with co_await.
#define TRY(name, ...) TRY_INNER(MILLRACE_CONCAT(try_result_, __LINE__), name, __VA_ARGS__)
#define TRY_INNER(result, name, ...)                  \
  auto result = (__VA_ARGS__);                        \
  if (!result.ok()) return std::move(result).error(); \
  auto name = std::move(result).value()

#define TRY_STATUS(...) TRY_STATUS_INNER(MILLRACE_CONCAT(try_status_, __LINE__), __VA_ARGS__)
#define TRY_STATUS_INNER(result, ...) \
  if (auto result = (__VA_ARGS__); !result.ok()) return std::move(result).error()
