#include "data/formats/document_skeleton.h"

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "data/formats/json_text.h"
#include "data/formats/json_walk.h"

namespace millrace {

void DocumentSkeleton::start() {
  text_.clear();
  open_.clear();
  level_ = 0;
  string_begin_ = string_end_ = 0;
  too_long_ = found_ = in_string_ = escaped_ = wanted_ = false;
}

void DocumentSkeleton::keep(char c) {
  if (text_.size() < bytes_max_) {
    text_ += c;
  } else {
    too_long_ = true;
  }
}

bool DocumentSkeleton::is_wanted_key() const {
  const std::string_view raw = std::string_view(text_).substr(string_begin_, string_end_ - string_begin_);
  if (raw.find('\\') == std::string_view::npos) return raw == path_[level_];
  if (check_json_escapes(raw) != nullptr) return false;
  std::string key(raw.size(), '\0');
  key.resize(unescape_json(raw, key.data()));
  return key == path_[level_];
}

DocumentSkeleton::Step DocumentSkeleton::open(char c) {
  const bool wanted = std::exchange(wanted_, false);
  const bool last_part = level_ + 1 == path_.size();
  if (wanted && last_part && c == '[') {
    found_ = true;
    return Step::kRecordsBegin;
  }
  if (wanted && !last_part && c == '{') ++level_;
  if (open_.size() < bytes_max_) open_ += c;
  return Step::kGoOn;
}

DocumentSkeleton::Step DocumentSkeleton::take(char c) {
  keep(c);
  if (in_string_) {
    if (c == '\n' || (c == '"' && !escaped_)) {
      in_string_ = escaped_ = false;
      string_end_ = text_.size() - 1;
    } else {
      escaped_ = c == '\\' && !escaped_;
    }
    return Step::kGoOn;
  }
  switch (c) {
    case '"':
      in_string_ = true;
      string_begin_ = text_.size();
      break;
    case ':': wanted_ = !too_long_ && !open_.empty() && on_path() && is_wanted_key(); break;
    case ',': wanted_ = false; break;
    case '{':
    case '[': return open(c);
    case '}':
    case ']':
      if (open_.size() == level_ + 1 && level_ > 0) --level_;
      if (!open_.empty()) open_.pop_back();
      if (open_.empty()) return Step::kEnd;
      break;
    default: break;
  }
  return Step::kGoOn;
}

std::string DocumentSkeleton::path_text() const { return fmt::format("{}", fmt::join(path_, ".")); }

std::string DocumentSkeleton::problem() const {
  if (too_long_) {
    return fmt::format("what stands around the records has more than {} bytes, the limit of a record", bytes_max_);
  }
  JsonWalker walker({});
  if (const char* wrong = walker.walk(text_))
    return fmt::format("what stands around the records is not JSON: {}", wrong);
  if (!found_) return fmt::format("there is no array of records at '{}'", path_text());
  return "";
}

}  // namespace millrace
