#include "data/formats/element_scan.h"

#include <array>

namespace millrace {
namespace {

// Deeper braces are not told apart any more: a bound on memory, far beyond what is read.
constexpr size_t kOpenMax = size_t{1} << 20;

// The bytes that ends may depend on.
constexpr std::array<bool, 256> make_marks() {
  std::array<bool, 256> marks{};
  for (const char c : {'"', '{', '}', '[', ']', ','}) marks[static_cast<unsigned char>(c)] = true;
  return marks;
}
constexpr std::array<bool, 256> kMarks = make_marks();

}  // namespace

void ElementScan::start(Place place) {
  place_ = place;
  open_.clear();
  braces_ = 0;
  brackets_ = 0;
  in_string_ = false;
  escaped_ = false;
}

void ElementScan::close(char opening) {
  while (true) {
    const char last = open_.back();
    open_.pop_back();
    --(last == '{' ? braces_ : brackets_);
    if (last == opening) return;
  }
}

const char* ElementScan::find_end(const char* at, const char* limit) {
  while (at < limit) {
    if (in_string_) {
      for (; at < limit && in_string_; ++at) {
        const char c = *at;
        if (c == '\n') {
          in_string_ = escaped_ = false;
        } else if (escaped_) {
          escaped_ = false;
        } else if (c == '\\') {
          escaped_ = true;
        } else if (c == '"') {
          in_string_ = false;
        }
      }
      continue;
    }
    while (at < limit && !kMarks[static_cast<unsigned char>(*at)]) ++at;
    if (at == limit) break;
    const char c = *at;
    if (c == '"') {
      in_string_ = true;
    } else if (c == ',') {
      if (open_.empty() && place_ == Place::kInArray) return at;
    } else if (c == '{' || c == '[') {
      if (open_.size() < kOpenMax) {
        open_ += c;
        ++(c == '{' ? braces_ : brackets_);
      }
    } else if (c == '}') {
      if (braces_ > 0) close('{');
      if (open_.empty() && place_ == Place::kOnTop) return at + 1;
    } else if (brackets_ > 0) {
      close('[');
    } else if (place_ == Place::kInArray) {
      return at;
    }
    ++at;
  }
  return nullptr;
}

}  // namespace millrace
