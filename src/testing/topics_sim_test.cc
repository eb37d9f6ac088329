// Seeded life of a topic store on a disk that forgets, tears, fills up and fails, judged by a plain list of what was
// submitted. MILLRACE_SIM_SEED=n runs one seed, MILLRACE_SIM_SEEDS=n that many.
#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <future>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "store/topics/topic_store.h"
#include "testing/faulty_disk.h"

namespace millrace {
namespace {

constexpr uint64_t kSeeds = 300;
constexpr int kStepsPerSeed = 60;

struct PartitionModel {
  int64_t log_start = 0;
  std::vector<std::string> values;  // by offset, from 0; those before log_start have expired

  int64_t end() const { return static_cast<int64_t>(values.size()); }
};

struct Model {
  std::map<std::string, std::vector<PartitionModel>> topics;
  std::map<std::string, std::string> notes;
};

// One commit, as it was submitted.
using Effect = std::function<void(Model&)>;

class Simulation {
 public:
  explicit Simulation(uint64_t seed) : seed_(seed), random_(seed), disk_(seed ^ 0xd15c) {}

  void run() {
    options_.directory = "/data";
    options_.sync_threads = 0;  // so that the calls come in one order
    options_.durability = random_.below(3) == 0 ? Durability::kOs : Durability::kCommit;
    options_.commits_segment_bytes = 1 << (10 + random_.below(4));
    reopen();
    for (int step = 0; step < kStepsPerSeed && !testing::Test::HasFailure(); ++step) {
      one_step();
      if (store_ && (disk_.crashed() || !store_->usable().ok())) recover();
    }
  }

 private:
  void one_step() {
    clock_.advance(static_cast<int64_t>(random_.below(2'000'000)));
    switch (random_.below(20)) {
      case 0:
      case 1: return create_topic();
      case 2: return delete_topic();
      case 3: return grow_topic();
      case 4: return enforce_retention();
      case 5: return disk_.crash_at(disk_.calls() + 1 + random_.below(60));
      case 6: return disk_.fail_at(disk_.calls() + 1 + random_.below(30), random_.below(2) == 0 ? EIO : ENOSPC);
      case 7: return disk_.limit_bytes(random_.below(200'000));
      case 8: return disk_.limit_bytes(UINT64_MAX);
      case 9: return restart_cleanly();
      case 10: return sync();
      case 11: return check_reads();
      case 12: return submit_group(2 + random_.below(4));
      default: return submit_group(1);
    }
  }

  std::string pick_topic() { return fmt::format("t{}", random_.below(4)); }

  void create_topic() {
    TopicConfig config;
    config.partitions = static_cast<int32_t>(1 + random_.below(3));
    config.segment_bytes = kSegmentBytesMin << random_.below(4);
    if (random_.below(2) == 0) config.retention_ms = 5'000;
    if (random_.below(2) == 0) config.retention_bytes = 3'000;
    const std::string name = pick_topic();
    change(store_->create_topic(name, config),
           [=](Model& model) { model.topics[name].resize(static_cast<size_t>(config.partitions)); });
  }

  void delete_topic() {
    const std::string name = pick_topic();
    change(store_->delete_topic(name), [=](Model& model) { model.topics.erase(name); });
  }

  void grow_topic() {
    const std::string name = pick_topic();
    auto about = store_->describe(name);
    if (!about.ok()) return;
    const int32_t partitions = ++about->config.partitions;
    change(store_->change_topic(name, about->config),
           [=](Model& model) { model.topics[name].resize(static_cast<size_t>(partitions)); });
  }

  // What came of a change that is a commit of its own, and durable when it returns.
  void change(const Status& status, const Effect& effect) {
    if (!status.ok() && status.error().code() != ErrorCode::kFailed) return;
    submitted_.push_back(effect);
    if (status.ok()) durable_ = submitted_.size();
  }

  struct Pending {
    Commit commit;
    Effect effect;
    std::future<Result<CommitReceipt>> outcome;
  };

  // Several at once are held up until all are waiting, so that they share a round.
  void submit_group(uint64_t count) {
    std::vector<std::unique_ptr<Pending>> group;
    for (uint64_t i = 0; i < count; ++i) group.push_back(make_commit());
    std::promise<void> gate_reached;
    std::promise<void> all_waiting;
    if (count > 1) {
      Commit gate;
      gate.note("gate", "");
      auto opened = std::make_shared<std::promise<Result<CommitReceipt>>>();
      store_->submit_async(gate, [&, opened](Result<CommitReceipt> outcome) {
        gate_reached.set_value();
        all_waiting.get_future().wait();
        opened->set_value(std::move(outcome));
      });
      gate_reached.get_future().wait();
      for (auto& one : group) submit(*one);
      all_waiting.set_value();
      judge(opened->get_future().get(), [](Model& model) { model.notes["gate"] = ""; });
    } else {
      submit(*group[0]);
    }
    for (auto& one : group) judge(one->outcome.get(), one->effect);
  }

  void submit(Pending& one) {
    auto promise = std::make_shared<std::promise<Result<CommitReceipt>>>();
    one.outcome = promise->get_future();
    store_->submit_async(one.commit,
                         [promise](Result<CommitReceipt> outcome) { promise->set_value(std::move(outcome)); });
  }

  void judge(const Result<CommitReceipt>& outcome, const Effect& effect) {
    if (!outcome.ok() && outcome.error().code() != ErrorCode::kFailed) {
      EXPECT_TRUE(outcome.error().code() == ErrorCode::kResource || outcome.error().code() == ErrorCode::kNotFound)
          << outcome.error().message();
      return;  // nothing of it may ever be seen
    }
    submitted_.push_back(effect);
    if (outcome.ok() && options_.durability == Durability::kCommit) durable_ = submitted_.size();
  }

  std::unique_ptr<Pending> make_commit() {
    auto one = std::make_unique<Pending>();
    const std::string note = fmt::format("n{}", random_.below(5));
    const std::string note_value = fmt::format("v{}", next_value_++);
    const bool removed = random_.below(8) == 0;
    removed ? one->commit.remove_note(note) : one->commit.note(note, note_value);
    std::vector<std::pair<TopicPartition, std::string>> values;
    for (uint64_t parts = random_.below(4); parts > 0; --parts) {
      auto about = store_->describe(pick_topic());
      if (!about.ok()) continue;
      const TopicPartition where{about->name, static_cast<int32_t>(random_.below(about->partitions.size()))};
      encoder_.begin();
      for (uint64_t records = 1 + random_.below(5); records > 0; --records) {
        values.emplace_back(where, fmt::format("{}-{}", next_value_++, std::string(random_.below(200), 'x')));
        encoder_.add({.value = values.back().second, .timestamp_ms = clock_.wall_us() / 1000});
      }
      one->commit.append(where.topic, where.partition, *encoder_.finish());
    }
    one->effect = [=](Model& model) {
      for (const auto& [where, value] : values) {
        model.topics[where.topic][static_cast<size_t>(where.partition)].values.push_back(value);
      }
      removed ? static_cast<void>(model.notes.erase(note)) : static_cast<void>(model.notes[note] = note_value);
    };
    return one;
  }

  void sync() {
    if (store_->sync().ok()) durable_ = submitted_.size();
  }

  // Retention may take what it likes as long as no reader's pin is passed; from then on it is gone.
  void enforce_retention() {
    std::map<TopicPartition, int64_t> pinned;
    std::vector<std::unique_ptr<Pin>> pins;
    for (const std::string& name : store_->topics()) {
      if (name == kCommitsTopic || random_.below(2) == 0) continue;
      const auto bounds = store_->bounds(name, 0);
      if (!bounds.ok()) continue;
      const int64_t offset =
          bounds->log_start +
          static_cast<int64_t>(random_.below(static_cast<uint64_t>(bounds->high_water_mark - bounds->log_start + 1)));
      auto pin = store_->pin(name, 0, offset, "simulation");
      if (!pin.ok()) continue;
      pins.push_back(std::move(*pin));
      pinned[{name, 0}] = offset;
    }
    const Status status = store_->enforce_retention();
    if (status.ok()) durable_ = submitted_.size();
    for (const auto& [where, offset] : pinned) {
      const auto bounds = store_->bounds(where.topic, where.partition);
      if (bounds.ok()) {
        EXPECT_LE(bounds->log_start, offset) << "retention passed a pin";
      }
    }
    note_expired();
  }

  // What has expired by now.
  void note_expired() {
    for (const std::string& name : store_->topics()) {
      for (int32_t i = 0; name != kCommitsTopic; ++i) {
        const auto bounds = store_->bounds(name, i);
        if (!bounds.ok()) break;
        int64_t& start = log_starts_[{name, i}];
        start = std::max(start, bounds->log_start);
      }
    }
  }

  void restart_cleanly() {
    sync();
    store_.reset();
    reopen();
    if (store_) settle(durable_);
  }

  // After a crash, or a failure that only opening anew can mend.
  void recover() {
    store_.reset();
    if (disk_.crashed() || random_.below(2) == 0) {
      disk_.restart();
    } else {
      disk_.kill_process();
    }
    if (random_.below(3) == 0) disk_.crash_at(disk_.calls() + 1 + random_.below(12));
    reopen();
    if (store_) settle(durable_);
  }

  // However often that is cut short, it comes to the same in the end.
  void reopen() {
    while (true) {
      auto opened = TopicStore::open(options_, disk_, clock_);
      if (opened.ok()) {
        store_ = std::move(*opened);
        if (!disk_.crashed()) return;
        store_.reset();
      } else if (opened.error().code() == ErrorCode::kCorruption) {
        FAIL() << opened.error().message();
      }
      if (disk_.crashed()) disk_.restart();
      disk_.limit_bytes(UINT64_MAX);
    }
  }

  // The store must hold a prefix of what was submitted, at least what was durable. The rest is lost for good.
  void settle(size_t at_least) {
    std::string reasons;
    for (size_t prefix = submitted_.size() + 1; prefix-- > at_least;) {
      std::string why;
      Model model;
      for (size_t i = 0; i < prefix; ++i) submitted_[i](model);
      if (!equals(model, why)) {
        reasons += fmt::format("\n  {}: {}", prefix, why);
        continue;
      }
      submitted_.resize(prefix);
      durable_ = prefix;
      note_expired();
      return;
    }
    ADD_FAILURE() << "the store holds no prefix of at least " << at_least << " of " << submitted_.size() << ":"
                  << reasons;
  }

  void check_reads() {
    if (disk_.crashed() || !store_->sync().ok()) return;
    durable_ = submitted_.size();
    Model model;
    for (const Effect& effect : submitted_) effect(model);
    std::string why;
    const bool equal = equals(model, why);
    EXPECT_TRUE(equal || disk_.crashed()) << why;
  }

  bool equals(const Model& model, std::string& why) {
    std::map<std::string, std::string> notes;
    for (auto& [key, value] : store_->notes("")) notes[key] = value;
    if (notes != model.notes) {
      why = fmt::format("notes {}, not {}", fmt::join(notes, ","), fmt::join(model.notes, ","));
      return false;
    }
    std::vector<std::string> names = store_->topics();
    std::erase(names, kCommitsTopic);
    std::vector<std::string> expected;
    for (const auto& [name, partitions] : model.topics) expected.push_back(name);
    if (names != expected) {
      why = "other topics";
      return false;
    }
    for (const auto& [name, partitions] : model.topics) {
      const auto about = store_->describe(name);
      if (!about.ok() || about->partitions.size() != partitions.size()) {
        why = fmt::format("{} has other partitions", name);
        return false;
      }
      for (size_t i = 0; i < partitions.size(); ++i) {
        why = differs({name, static_cast<int32_t>(i)}, partitions[i]);
        if (!why.empty()) return false;
      }
    }
    return true;
  }

  std::string differs(const TopicPartition& where, const PartitionModel& expected) {
    const std::string name = fmt::format("{}/{}", where.topic, where.partition);
    const auto bounds = store_->bounds(where.topic, where.partition);
    if (!bounds.ok()) return bounds.error().message();
    if (bounds->high_water_mark != expected.end()) {
      return fmt::format("{} ends at {}, not {}", name, bounds->high_water_mark, expected.end());
    }
    int64_t offset = bounds->log_start;
    RecordBatchDecoder decoder;
    while (true) {
      auto fetched = store_->read(where.topic, where.partition, offset, random_.below(3000));
      if (!fetched.ok()) return fetched.error().message();
      if (fetched->batches.empty()) break;
      for (std::string_view rest = fetched->batches; !rest.empty(); rest.remove_prefix(decoder.header().bytes)) {
        auto records = decoder.decode(rest);
        if (!records.ok()) return records.error().message();
        for (const TopicRecord& record : *records) {
          if (record.offset < offset) continue;
          if (record.offset >= expected.end() || record.value != expected.values[static_cast<size_t>(record.offset)]) {
            return fmt::format("{} has another record at {}", name, record.offset);
          }
        }
        offset = std::max(offset, decoder.header().end_offset());
      }
    }
    if (offset != expected.end()) return fmt::format("{} can be read to {}, not {}", name, offset, expected.end());
    return "";
  }

  const uint64_t seed_;
  Random random_;
  FaultyDisk disk_;
  ManualClock clock_{1'700'000'000'000'000};
  TopicStoreOptions options_;
  RecordBatchEncoder encoder_;
  std::unique_ptr<TopicStore> store_;
  uint64_t next_value_ = 0;

  // The oracle: what was submitted and may be there, in order; so many of them have to be.
  std::vector<Effect> submitted_;
  size_t durable_ = 0;
  std::map<TopicPartition, int64_t> log_starts_;
};

uint64_t number_from_environment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

TEST(TopicsSimulation, WhateverTheDiskDoesCommitsAreWholeInOrderAndKept) {
  const uint64_t only = number_from_environment("MILLRACE_SIM_SEED", 0);
  const uint64_t seeds = number_from_environment("MILLRACE_SIM_SEEDS", kSeeds);
  for (uint64_t seed = only != 0 ? only : 1; seed <= (only != 0 ? only : seeds); ++seed) {
    const testing::ScopedTrace trace(__FILE__, __LINE__, fmt::format("MILLRACE_SIM_SEED={} runs it again", seed));
    Simulation(seed).run();
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace millrace
