#include "flow/spec/flow_order.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "flow/spec/keys.h"

namespace millrace {
namespace {

std::vector<Node> one_or_list(const Node& node) { return node.is_list() ? node.items : std::vector<Node>{node}; }

std::vector<Node> after_of(const Node& flow) {
  const Node* after = flow.find("after");
  return after == nullptr ? std::vector<Node>{} : one_or_list(*after);
}

// The topics or tables that a `from` or one `to` names, however it is written.
std::set<std::string> names_of(const Node& connector, std::string_view kind) {
  std::set<std::string> names;
  const Node* named = connector.is_map() ? connector.find(kind) : nullptr;
  if (named != nullptr && named->is_map()) named = named->find("name");
  if (named == nullptr) return names;
  for (const Node& name : one_or_list(*named)) names.insert(name.text);
  return names;
}

std::set<std::string> topics_read(const Node& flow) {
  const Node* from = flow.find("from");
  return from == nullptr ? std::set<std::string>{} : names_of(*from, "topic");
}

std::set<std::string> names_written(const Node& flow, std::string_view kind) {
  std::set<std::string> names;
  if (const Node* to = flow.find("to")) {
    for (const Node& sink : one_or_list(*to)) names.merge(names_of(sink, kind));
  }
  if (const Node* quarantine = flow.find("quarantine")) names.merge(names_of(*quarantine, kind));
  return names;
}

class FlowOrder {
 public:
  FlowOrder(const Node& flows, std::span<const Neighbour> neighbours, const Declarations& declarations,
            Diagnostics& diagnostics)
      : flows_(flows), neighbours_(neighbours), declarations_(declarations), diagnostics_(diagnostics) {}

  std::vector<FlowToPlan> run() {
    for (const NodeEntry& flow : flows_.entries) {
      for (const Node& name : after_of(flow.second)) known_flow(name);
    }
    Flows waiting = needed_of_neighbours();
    for (const NodeEntry& flow : flows_.entries) waiting.push_back({.flow = &flow});
    const Flows as_written = waiting;
    Flows ordered;
    while (!waiting.empty()) {
      auto ready = next_ready(waiting, false);
      if (ready == waiting.end()) ready = next_ready(waiting, true);
      if (ready == waiting.end()) {
        tell_of_circle(waiting);
        return as_written;
      }
      ordered.push_back(*ready);
      waiting.erase(ready);
    }
    return ordered;
  }

 private:
  using Flows = std::vector<FlowToPlan>;

  // `columns_will_do`: a topic whose columns are declared can be read whatever writes it.
  Flows::iterator next_ready(Flows& waiting, bool columns_will_do) const {
    return std::find_if(waiting.begin(), waiting.end(), [&](const FlowToPlan& flow) {
      return std::none_of(waiting.begin(), waiting.end(),
                          [&](const FlowToPlan& other) { return waits_for(flow, other, columns_will_do); });
    });
  }

  bool waits_for(const FlowToPlan& flow, const FlowToPlan& other, bool columns_will_do) const {
    const std::vector<Node> after = after_of(flow.flow->second);
    if (flow.neighbour == other.neighbour && std::any_of(after.begin(), after.end(), [&](const Node& name) {
          return name.text == other.flow->first.text;
        })) {
      return true;
    }
    const std::set<std::string> read = topics_read(flow.flow->second);
    const std::set<std::string> written = topics_written(other.flow->second);
    return std::any_of(read.begin(), read.end(), [&](const std::string& topic) {
      return written.contains(topic) && !(columns_will_do && has_columns(topic));
    });
  }

  bool has_columns(const std::string& topic) const {
    const TopicDeclaration* declared = declarations_.find(topic);
    return declared != nullptr && declared->columns.has_value();
  }

  // From the topics that are read on to what writes them, and to what that reads.
  Flows needed_of_neighbours() const {
    std::set<std::string> wanted;
    for (const NodeEntry& flow : flows_.entries) wanted.merge(topics_read(flow.second));
    Flows needed;
    for (bool more = true; more;) {
      more = false;
      for (const Neighbour& neighbour : neighbours_) {
        const Node* flows = neighbour.read.root.find("flows");
        if (flows == nullptr || !flows->is_map()) continue;
        for (const NodeEntry& flow : flows->entries) {
          if (!flow.second.is_map() || !writes_any_of(flow.second, wanted) || has(needed, flow)) continue;
          needed.push_back({.flow = &flow, .neighbour = &neighbour});
          wanted.merge(topics_read(flow.second));
          more = true;
        }
      }
    }
    return needed;
  }

  bool writes_any_of(const Node& flow, const std::set<std::string>& wanted) const {
    const std::set<std::string> written = topics_written(flow);
    return std::any_of(written.begin(), written.end(),
                       [&](const std::string& topic) { return wanted.contains(topic) && !has_columns(topic); });
  }

  static bool has(const Flows& flows, const NodeEntry& flow) {
    return std::any_of(flows.begin(), flows.end(), [&](const FlowToPlan& one) { return one.flow == &flow; });
  }

  void known_flow(const Node& name) {
    if (flows_.find(name.text) != nullptr) return;
    std::vector<std::string_view> names;
    for (const auto& [key, flow] : flows_.entries) names.push_back(key.text);
    diagnostics_.error(name.place, fmt::format("there is no flow '{}' to wait for", name.text),
                       hint_among(name.text, names));
  }

  void tell_of_circle(const Flows& waiting) {
    const auto own =
        std::find_if(waiting.begin(), waiting.end(), [](const FlowToPlan& flow) { return flow.neighbour == nullptr; });
    if (own == waiting.end()) return;
    const auto& [key, flow] = *own->flow;
    if (const Node* after = flow.find("after")) {
      diagnostics_.error(after->place, "these flows wait for each other", "take one `after` away");
    } else {
      const Node* from = flow.find("from");
      diagnostics_.error(from == nullptr ? key.place : from->place,
                         fmt::format("flow '{}' reads what comes of what it writes", key.text),
                         "write to a topic that it does not read, or declare the `columns` of one");
    }
  }

  const Node& flows_;
  const std::span<const Neighbour> neighbours_;
  const Declarations& declarations_;
  Diagnostics& diagnostics_;
};

}  // namespace

std::set<std::string> topics_written(const Node& flow) { return names_written(flow, "topic"); }

std::vector<FlowToPlan> order_flows(const Node& flows, std::span<const Neighbour> neighbours,
                                    const Declarations& declarations, Diagnostics& diagnostics) {
  return FlowOrder(flows, neighbours, declarations, diagnostics).run();
}

bool needs_neighbours(const Node& flows, Declarations& declarations) {
  std::set<std::string> written;
  for (const NodeEntry& flow : flows.entries) written.merge(topics_written(flow.second));
  const auto unknown = [&](const std::string& topic) { return std::as_const(declarations).find(topic) == nullptr; };
  const auto unsaid = [&](const std::string& topic) {
    return unknown(topic) || (!std::as_const(declarations).find(topic)->columns && !written.contains(topic));
  };
  if (std::any_of(written.begin(), written.end(), unknown)) return true;
  return std::any_of(flows.entries.begin(), flows.entries.end(), [&](const NodeEntry& flow) {
    const std::set<std::string> read = topics_read(flow.second);
    const std::set<std::string> tables = names_written(flow.second, "table");
    return std::any_of(read.begin(), read.end(), unsaid) ||
           std::any_of(tables.begin(), tables.end(),
                       [&](const std::string& table) { return declarations.find_table(table) == nullptr; });
  });
}

}  // namespace millrace
