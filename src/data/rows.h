#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace millrace {

// Which rows of a batch an operation works on: all of them, or some in ascending order. Borrows the indices.
class Rows {
 public:
  static Rows all(size_t total) { return Rows(total); }
  static Rows some(size_t total, std::span<const uint32_t> indices) { return {total, indices}; }

  size_t total() const { return total_; }  // rows that columns have, worked on or not
  size_t count() const { return dense_ ? total_ : indices_.size(); }
  bool is_all() const { return dense_; }
  bool empty() const { return count() == 0; }
  std::span<const uint32_t> indices() const { return indices_; }  // only when !is_all()

  template <typename F>
  void for_each(F&& f) const {
    if (dense_) {
      for (size_t row = 0; row < total_; ++row) f(row);
    } else {
      for (const uint32_t row : indices_) f(static_cast<size_t>(row));
    }
  }

  std::vector<uint32_t> to_vector() const {
    std::vector<uint32_t> rows;
    rows.reserve(count());
    for_each([&](size_t row) { rows.push_back(static_cast<uint32_t>(row)); });
    return rows;
  }

 private:
  explicit Rows(size_t total) : total_(total), dense_(true) {}
  Rows(size_t total, std::span<const uint32_t> indices)
      : total_(total), dense_(indices.size() == total), indices_(indices) {}

  size_t total_;
  bool dense_;
  std::span<const uint32_t> indices_;
};

}  // namespace millrace
