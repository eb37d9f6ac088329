#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "flow/transaction.h"

namespace millrace {

// The pipeline that the simulation runs. Its file is edited on the way: at stage 1 a column is added to flow and table,
// at stage 2 a check too.
inline constexpr int kSimStages = 3;
std::string sim_pipeline(int stage);
inline constexpr int32_t kSimPartitions = 3;

// What there is at each place ("table t.each", "ledger of store"), sorted.
using Facts = std::map<std::string, std::vector<std::string>>;

// The first difference, for people; empty: none.
std::string first_difference(const Facts& got, const Facts& expected);

// Makes the input and knows what has to come of it, from the lines and from how far flows have got alone.
class SimOracle {
 public:
  // The input file with so many lines more.
  const std::string& grow_input(Random& random, size_t lines);

  // Where a flow stands. What it has read since it was asked last was read under this stage of the file. Says what is
  // wrong with that; empty: nothing.
  std::string came_to(const std::string& flow, const Position& position, int stage);
  // Whether every flow has read everything.
  bool at_the_end() const;
  Facts expected() const;

 private:
  struct Line {
    int64_t n = 0;
    std::string text;
    uint64_t begin = 0;
    bool good = true;  // ingest lets it through
    std::string id, name;
    int64_t at_min = 0;  // minutes since the beginning of a day
    std::vector<std::string> tags;
  };
  struct Progress {
    std::map<std::string, size_t> read;  // records by part of the source
    std::map<int64_t, int> stage;        // by the record's n: under which it was read
  };

  const std::vector<const Line*>& partition(const std::string& part) const;
  std::vector<const Line*> read_by(const std::string& flow) const;
  void expect_ingest(Facts& facts) const;
  void expect_store(Facts& facts) const;
  void expect_tags(Facts& facts) const;
  void expect_once(Facts& facts) const;

  std::string text_;
  std::vector<std::unique_ptr<Line>> lines_;
  std::map<std::string, std::vector<const Line*>> events_;  // as ingest has published them, by partition
  std::map<std::string, Progress> progress_;                // by flow
};

}  // namespace millrace
