#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "connect/topics/topic_values.h"
#include "store/topics/record_batch.h"

namespace millrace {

// A record of a topic, value and key, behind those that the origin has.
void add_topic_record(Origin& origin, const TopicRecord& record);
// Behind the last one.
void end_topic_records(Origin& origin);

// Columns out of the records of an origin, whatever keeps their topic. Thread-safe.
class TopicIntake {
 public:
  TopicIntake(TopicFormat format, const Slots& slots, RunContext run);

  Batch take(std::shared_ptr<const Origin> origin, Passage& passage) const;

 private:
  std::unique_ptr<RecordReader> take_reader() const;

  TopicFormat format_;
  const Slots& slots_;
  RunContext run_;
  std::vector<ReadColumn> columns_;

  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<RecordReader>> readers_;  // guarded by mutex_; each goes from worker to worker
};

}  // namespace millrace
