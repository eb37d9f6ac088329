#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <functional>
#include <optional>

#include "wire/cql/loop.h"

// What is behind Loop; for loop.cc and connection.cc, the only files here that see Asio.
namespace millrace::cql {

namespace asio = boost::asio;
using boost::system::error_code;
using Executor = asio::io_context::executor_type;
template <typename T>
using Awaitable = asio::awaitable<T, Executor>;
inline constexpr asio::use_awaitable_t<Executor> kUseAwaitable;
using Timer =
    asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;

struct Loop::Core {
  asio::io_context io{1};
  std::optional<asio::executor_work_guard<Executor>> work{asio::make_work_guard(io)};
  Timer timer{io};
  std::function<void()> tick;
  int64_t period_us = 0;

  void wait() {
    timer.expires_after(std::chrono::microseconds(period_us));
    timer.async_wait([this](const error_code& error) {
      if (error) return;
      tick();
      wait();
    });
  }
};

}  // namespace millrace::cql
