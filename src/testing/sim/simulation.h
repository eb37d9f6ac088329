#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "connect/home/home.h"
#include "flow/plan.h"
#include "testing/faulty_disk.h"
#include "testing/faulty_rocks.h"
#include "testing/sim/oracle.h"

namespace millrace {

// One data directory through several lives of the process: the whole home (topics and tables) on one FaultyDisk, the
// real runner with one worker, a clock that is told what time it is, and a pipeline file that is edited between lives.
// In each life something goes wrong at a random call of the disk: the machine or the process ends, a call fails, the
// disk is full. At every start, and where a life ends well, everything there is has to be what the oracle says. The
// same seed goes the same way again.
class HomeSimulation {
 public:
  explicit HomeSimulation(uint64_t seed);

  // What is wrong; empty: nothing.
  std::string run();

  uint64_t faults() const { return disk_.faults(); }  // that have struck
  uint64_t calls() const { return disk_.calls(); }

 private:
  void live(bool healthy);
  void arm();
  void work(Home& home, bool everything);
  void run_one(Home& home, const FlowPlan& flow);
  void chores(Home& home);
  [[nodiscard]] bool check(Home& home);
  Status gather(Home& home, Facts& facts);
  void end_life();
  void wrong(const std::string& what);
  bool excused() const;  // something has struck in this life
  const PipelinePlan& plan();

  Random random_;
  FaultyDisk disk_;
  FaultyRocksDisk rocks_disk_;
  ManualClock clock_{1'700'000'000'000'000};
  SimOracle oracle_;
  int stage_ = 0;
  int read_at_stage_ = 0;                               // what flows have read since the last check
  std::map<int, std::unique_ptr<PipelinePlan>> plans_;  // by stage

  std::atomic<bool> stop_ = false;
  uint64_t life_ = 0;
  uint64_t life_calls_ = 60;  // of the life before
  uint64_t faults_before_life_ = 0;
  bool broken_ = false;  // the store of topics wants to be opened anew
  std::string wrong_;    // the first
};

}  // namespace millrace
