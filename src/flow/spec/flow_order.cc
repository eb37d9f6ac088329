#include "flow/spec/flow_order.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "flow/spec/keys.h"

namespace millrace {
namespace {

std::vector<Node> one_or_list(const Node& node) { return node.is_list() ? node.items : std::vector<Node>{node}; }

std::vector<Node> after_of(const Node& flow) {
  const Node* after = flow.find("after");
  return after == nullptr ? std::vector<Node>{} : one_or_list(*after);
}

// The topics that a `from` or one `to` names, however it is written.
std::set<std::string> topics_of(const Node& connector) {
  std::set<std::string> names;
  const Node* topic = connector.is_map() ? connector.find("topic") : nullptr;
  if (topic != nullptr && topic->is_map()) topic = topic->find("name");
  if (topic == nullptr) return names;
  for (const Node& name : one_or_list(*topic)) names.insert(name.text);
  return names;
}

std::set<std::string> topics_read(const Node& flow) {
  const Node* from = flow.find("from");
  return from == nullptr ? std::set<std::string>{} : topics_of(*from);
}

std::set<std::string> topics_written(const Node& flow) {
  std::set<std::string> names;
  if (const Node* to = flow.find("to")) {
    for (const Node& sink : one_or_list(*to)) names.merge(topics_of(sink));
  }
  if (const Node* quarantine = flow.find("quarantine")) names.merge(topics_of(*quarantine));
  return names;
}

class FlowOrder {
 public:
  FlowOrder(const Node& flows, Diagnostics& diagnostics) : flows_(flows), diagnostics_(diagnostics) {}

  std::vector<const NodeEntry*> run() {
    for (const NodeEntry& flow : flows_.entries) {
      for (const Node& name : after_of(flow.second)) known_flow(name);
    }
    std::vector<const NodeEntry*> waiting;
    for (const NodeEntry& flow : flows_.entries) waiting.push_back(&flow);
    const std::vector<const NodeEntry*> as_written = waiting;
    std::vector<const NodeEntry*> ordered;
    while (!waiting.empty()) {
      const auto ready = std::find_if(waiting.begin(), waiting.end(), [&](const NodeEntry* flow) {
        return std::none_of(waiting.begin(), waiting.end(),
                            [&](const NodeEntry* other) { return waits_for(*flow, *other); });
      });
      if (ready == waiting.end()) {
        tell_of_circle(*waiting[0]);
        return as_written;
      }
      ordered.push_back(*ready);
      waiting.erase(ready);
    }
    return ordered;
  }

 private:
  static bool waits_for(const NodeEntry& flow, const NodeEntry& other) {
    const std::vector<Node> after = after_of(flow.second);
    if (std::any_of(after.begin(), after.end(), [&](const Node& name) { return name.text == other.first.text; })) {
      return true;
    }
    const std::set<std::string> read = topics_read(flow.second);
    const std::set<std::string> written = topics_written(other.second);
    return std::any_of(read.begin(), read.end(), [&](const std::string& topic) { return written.contains(topic); });
  }

  void known_flow(const Node& name) {
    if (flows_.find(name.text) != nullptr) return;
    std::vector<std::string_view> names;
    for (const auto& [key, flow] : flows_.entries) names.push_back(key.text);
    diagnostics_.error(name.place, fmt::format("there is no flow '{}' to wait for", name.text),
                       hint_among(name.text, names));
  }

  void tell_of_circle(const NodeEntry& flow) {
    if (const Node* after = flow.second.find("after")) {
      diagnostics_.error(after->place, "these flows wait for each other", "take one `after` away");
    } else {
      const Node* from = flow.second.find("from");
      diagnostics_.error(from == nullptr ? flow.first.place : from->place,
                         fmt::format("flow '{}' reads what comes of what it writes", flow.first.text),
                         "write to a topic that it does not read");
    }
  }

  const Node& flows_;
  Diagnostics& diagnostics_;
};

}  // namespace

std::vector<const NodeEntry*> order_flows(const Node& flows, Diagnostics& diagnostics) {
  return FlowOrder(flows, diagnostics).run();
}

}  // namespace millrace
