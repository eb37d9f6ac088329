#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace millrace {

// Changes of what a step remembers from run to run, in their order. They travel with the batch that they come of and
// are committed with its output. A value of one thread.
class StateChanges {
 public:
  enum class Kind : uint8_t { kPut, kRemoveRange };
  struct Change {
    Kind kind;
    std::string_view key;    // of a range: its first key
    std::string_view value;  // of a range: the first key behind it
  };

  void put(std::string_view key, std::string_view value) { add(Kind::kPut, key, value); }
  // Keys from `first` to in front of `end`, also those that are put in the same commit.
  void remove_range(std::string_view first, std::string_view end) { add(Kind::kRemoveRange, first, end); }
  size_t size() const { return items_.size(); }
  Change at(size_t index) const {
    const Item& item = items_[index];
    const std::string_view arena(arena_);
    return {item.kind, arena.substr(item.at, item.key_bytes), arena.substr(item.at + item.key_bytes, item.value_bytes)};
  }

 private:
  struct Item {
    Kind kind;
    size_t at;
    uint32_t key_bytes, value_bytes;
  };
  void add(Kind kind, std::string_view key, std::string_view value) {
    items_.push_back({kind, arena_.size(), static_cast<uint32_t>(key.size()), static_cast<uint32_t>(value.size())});
    arena_ += key;
    arena_ += value;
  }

  std::string arena_;
  std::vector<Item> items_;
};

// What one step of a flow remembers from run to run, as of the last commit. Thread-safe.
class StepState {
 public:
  virtual ~StepState() = default;
  virtual Result<std::optional<std::string>> get(std::string_view key) const = 0;
  struct Entry {
    std::string key;
    std::string value;
  };
  // The next entries behind `after` ("": the first ones), in the order of the bytes of their keys; none: the end.
  virtual Result<std::vector<Entry>> next_entries(std::string_view after) const = 0;
  // How many changes have been committed since this was opened: get() gives them from then on.
  virtual uint64_t committed() const = 0;
  // Of the flow's books: another one than before when the flow has been set back.
  virtual uint64_t generation() const = 0;
};

// Keeps the states of a flow's steps with its output. open() before the flow runs, put() in its commit turn.
class StateKeeper {
 public:
  virtual ~StateKeeper() = default;
  virtual std::unique_ptr<StepState> open(const std::string& step) = 0;
  // Part of the next commit.
  virtual void put(const std::string& step, const StateChanges& changes) = 0;
};

}  // namespace millrace
