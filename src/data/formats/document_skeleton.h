#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace {

// A JSON document without the records in it: follows its bytes up to where a path leads to an array, skips that, and
// keeps all the rest to prove at the end that it is JSON. Belongs to one thread.
class DocumentSkeleton {
 public:
  DocumentSkeleton(std::vector<std::string> path, size_t bytes_max) : path_(std::move(path)), bytes_max_(bytes_max) {}

  enum class Step { kGoOn, kRecordsBegin, kEnd };
  void start();
  // Takes the next byte of the document. Behind kRecordsBegin comes what stands behind the array.
  Step take(char c);
  void records_ended() { keep(']'); }

  // What is wrong with the document behind kEnd; empty: nothing.
  std::string problem() const;
  const std::string& text() const { return text_; }
  std::string path_text() const;

 private:
  void keep(char c);
  bool on_path() const { return open_.size() == level_ + 1 && open_.back() == '{'; }
  bool is_wanted_key() const;
  Step open(char c);

  std::vector<std::string> path_;
  size_t bytes_max_;
  std::string text_;  // at most bytes_max_ bytes
  bool too_long_ = false;
  bool found_ = false;
  std::string open_;  // braces and brackets
  size_t level_ = 0;  // how many parts of the path have led to the innermost object that is on it
  size_t string_begin_ = 0;
  size_t string_end_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
  bool wanted_ = false;  // the next value is the one that the path goes through
};

}  // namespace millrace
