#include "flow/run_times.h"

#include "data/column.h"

namespace millrace {
namespace {

bool is_run_time(const PutIn& put_in) { return put_in.what != PutIn::What::kSecret; }

}  // namespace

std::string instant_text(int64_t us) {
  std::string text = format_timestamp(us - us % 1'000'000);
  text[text.find(' ')] = 'T';
  return text + "Z";
}

const Node* find_run_time(const Node& node) {
  for (const PutIn& put_in : node.put_in) {
    if (is_run_time(put_in)) return &node;
  }
  for (const Node& item : node.items) {
    if (const Node* found = find_run_time(item)) return found;
  }
  for (const auto& [key, value] : node.entries) {
    if (const Node* found = find_run_time(value)) return found;
  }
  return nullptr;
}

Node with_run_times(Node node, const RunTimes& times) {
  std::string text;
  size_t done = 0;
  for (PutIn& put_in : node.put_in) {
    text.append(node.text, done, put_in.begin - done);
    done = put_in.end;
    const size_t begin = text.size();
    if (is_run_time(put_in)) {
      text += instant_text(put_in.what == PutIn::What::kRunStart ? times.start_us : times.end_us);
    } else {
      text.append(node.text, put_in.begin, put_in.end - put_in.begin);
    }
    put_in.begin = begin;
    put_in.end = text.size();
  }
  node.text = text.append(node.text, done);
  for (Node& item : node.items) item = with_run_times(std::move(item), times);
  for (auto& [key, value] : node.entries) value = with_run_times(std::move(value), times);
  return node;
}

}  // namespace millrace
