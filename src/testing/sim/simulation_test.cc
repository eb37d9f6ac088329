// MILLRACE_SIM_SEED says which seed comes first, MILLRACE_SIM_FAULTS behind how many faults no more do.
#include "testing/sim/simulation.h"

#include <chrono>
#include <cstdlib>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace millrace {
namespace {

constexpr uint64_t kFaults = 300;

uint64_t number_from_environment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

TEST(HomeSimulation, WhateverTheDiskDoesEachRecordEndsOnceInItsPlaceAndTheBooksSaySo) {
  const uint64_t first = number_from_environment("MILLRACE_SIM_SEED", 1);
  const uint64_t wanted = number_from_environment("MILLRACE_SIM_FAULTS", kFaults);
  const auto begin = std::chrono::steady_clock::now();
  uint64_t seed = first;
  uint64_t faults = 0;
  uint64_t calls = 0;
  for (; faults < wanted; ++seed) {
    HomeSimulation simulation(seed);
    const std::string wrong = simulation.run();
    faults += simulation.faults();
    calls += simulation.calls();
    ASSERT_EQ(wrong, "") << "it goes the same way again: ./x simulate --faults 1 --seed " << seed;
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  fmt::print("{} faults in {} seeds and {} calls of the disk, {:.1f} s\n", faults, seed - first, calls, took.count());
}

}  // namespace
}  // namespace millrace
