#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/tables/table_store.h"
#include "store/topics/topic_store.h"

namespace millrace {

// What a flow into tables has to send to topics: written with the flow's rows, sent once they are on the disk, each
// exactly once whatever happens in between. Entries are numbered; the topics remember with what they got up to which
// number that was. put(), last(), written() and logged() belong to the flow's commit turn; send() may be called from
// another thread.
class Outbox {
 public:
  // Goes on behind what is there.
  static Result<std::unique_ptr<Outbox>> open(TopicStore& topics, TableStore& tables, std::string flow);

  // Into the write that comes next.
  void put(RowBatch& write, std::string_view topic, int32_t partition, std::string_view batches);
  uint64_t last();  // number of the entry that was put last
  // The write of that number has everything up to the entry `last`.
  void written(uint64_t write_number, uint64_t last);
  // Instead of written(): the write is on the disk already.
  void logged(uint64_t last);

  // Sends what is on the disk by now.
  Status send();

 private:
  Outbox(TopicStore& topics, TableStore& tables, std::string flow)
      : topics_(topics), tables_(tables), flow_(std::move(flow)) {}

  std::string key(uint64_t number) const;
  std::string note() const;
  uint64_t sendable();
  Status send_range(uint64_t sent, uint64_t until);

  TopicStore& topics_;
  TableStore& tables_;
  std::string flow_;

  std::mutex mutex_;
  uint64_t next_ = 1;      // guarded by mutex_
  uint64_t sendable_ = 0;  // guarded by mutex_; up to this number all are on the disk
  struct Written {
    uint64_t write_number;
    uint64_t last;
  };
  std::deque<Written> unflushed_;  // guarded by mutex_

  std::mutex send_mutex_;  // one sends at a time
};

}  // namespace millrace
