#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "store/topics/commit_record.h"
#include "store/topics/topic.h"

namespace millrace {

// How far a partition goes: offsets, and the place in its files where its end is.
struct PartitionState {
  int64_t log_start = 0;
  int64_t end_offset = 0;
  int64_t segment = kNoSegment;  // base offset of the file that holds the end; kNoSegment: there is no file
  uint64_t position = 0;         // in it

  bool operator==(const PartitionState&) const = default;
};

struct TopicState {
  int64_t id = 0;  // the commit that created it; tells a topic from an earlier one of the same name
  TopicConfig config;
  std::vector<PartitionState> partitions;
};

// Everything that commits say, as of one of them: what recovery computes and a checkpoint holds.
struct TopicCatalog {
  std::map<std::string, TopicState, std::less<>> topics;
  std::map<std::string, std::string, std::less<>> notes;

  // kCorruption: the record contradicts what is known; the catalog is of no use then.
  Status apply(const CommitRecord& record);
  CommitRecord checkpoint() const;  // applied to an empty catalog it makes this one
};

}  // namespace millrace
