#include "wire/cql/loop.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "base/assert.h"
#include "wire/cql/loop_core.h"

namespace millrace::cql {

Loop::Loop() : core_(std::make_unique<Core>()), thread_([this] { core_->io.run(); }) {}

Loop::~Loop() { stop(); }

void Loop::post(std::function<void()> task) { asio::post(core_->io, std::move(task)); }

void Loop::every(int64_t period_us, std::function<void()> tick) {
  post([this, period_us, tick = std::move(tick)]() mutable {
    MILLRACE_ASSERT(!core_->tick, "a loop ticks for one only");
    core_->tick = std::move(tick);
    core_->period_us = period_us;
    core_->wait();
  });
}

void Loop::stop() {
  if (!thread_.joinable()) return;
  MILLRACE_ASSERT(std::this_thread::get_id() != thread_.get_id(), "a loop cannot wait for itself");
  core_->work.reset();
  core_->io.stop();
  thread_.join();
}

}  // namespace millrace::cql
