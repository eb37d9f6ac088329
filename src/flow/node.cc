#include "flow/node.h"

#include <algorithm>

namespace millrace {
namespace {

struct Spot {
  int line = 0;
  int column = 0;
  int width = 1;
};

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

int code_points(std::string_view text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), [](char c) { return !continues(c); }));
}

const TextRun* run_at(const Node& node, size_t byte) {
  const auto behind = std::upper_bound(node.runs.begin(), node.runs.end(), byte,
                                       [](size_t at, const TextRun& run) { return at < run.begin; });
  return behind == node.runs.begin() ? nullptr : &*std::prev(behind);
}

Spot spot_of(const Node& node, size_t byte) {
  const TextRun* run = run_at(node, byte);
  const size_t from = run == nullptr ? 0 : run->begin;
  const int line = run == nullptr ? node.place.line : run->line;
  const int column = run == nullptr ? node.place.column : run->column;
  if (run != nullptr && run->length != 0) return {line, column, run->length};
  return {line, column + code_points(std::string_view(node.text).substr(from, byte - from)), 1};
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  for (const auto& [name, value] : entries) {
    if (name.text == key) return &value;
  }
  return nullptr;
}

Place Node::place_of(size_t begin, size_t end) const {
  if (text.empty() || place.line == 0) return place;
  size_t size = text.size();
  while (size > 0 && is_space(text[size - 1])) --size;
  end = std::min(std::max(begin, end), size);
  if (begin >= size) {  // something is missing at the end
    if (size == 0) return place;
    const Spot last = spot_of(*this, size - 1);
    return {last.line, last.column + last.width, 1};
  }
  while (begin + 1 < end && is_space(text[begin])) ++begin;
  const Spot first = spot_of(*this, begin);
  // Only what is on the first line can be underlined.
  for (const TextRun& run : runs) {
    if (run.begin > begin && run.begin < end && run.line != first.line) {
      end = run.begin;
      break;
    }
  }
  while (end > begin + 1 && (is_space(text[end - 1]))) --end;
  if (end <= begin + 1) return {first.line, first.column, first.width};
  size_t last_byte = end - 1;
  while (last_byte > begin && continues(text[last_byte])) --last_byte;
  const Spot last = spot_of(*this, last_byte);
  return {first.line, first.column, std::max(1, last.column + last.width - first.column)};
}

}  // namespace millrace
