#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "data/formats/record_reader.h"

namespace millrace {

// Readers of one kind for any number of threads: they learn the shape of records, so each goes from thread to thread.
class RecordReaders {
 public:
  explicit RecordReaders(std::function<std::unique_ptr<RecordReader>()> make) : make_(std::move(make)) {}

  ReadOutcome read(const Origin& origin) const {
    std::unique_ptr<RecordReader> reader = take();
    ReadOutcome outcome = reader->read(origin);
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(reader));
    return outcome;
  }

 private:
  std::unique_ptr<RecordReader> take() const {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        auto reader = std::move(idle_.back());
        idle_.pop_back();
        return reader;
      }
    }
    return make_();
  }

  std::function<std::unique_ptr<RecordReader>()> make_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<RecordReader>> idle_;  // guarded by mutex_
};

}  // namespace millrace
