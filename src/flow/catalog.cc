#include "flow/catalog.h"

namespace millrace {

std::vector<const Component*> Catalog::components() const {
  std::vector<const Component*> all;
  all.reserve(sources.size() + steps.size() + checks.size() + sinks.size() + systems.size());
  for (const auto& source : sources) all.push_back(&source.about);
  for (const auto& step : steps) all.push_back(&step.about);
  for (const auto& check : checks) all.push_back(&check.about);
  for (const auto& sink : sinks) all.push_back(&sink.about);
  for (const auto& system : systems) all.push_back(&system.about);
  return all;
}

}  // namespace millrace
