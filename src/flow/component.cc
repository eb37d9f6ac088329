#include "flow/component.h"

namespace millrace {

std::string_view component_kind_name(ComponentKind kind) {
  switch (kind) {
    case ComponentKind::kTopic:
    case ComponentKind::kTable:
    case ComponentKind::kTiming: return "declaration";
    case ComponentKind::kSource: return "source";
    case ComponentKind::kStep: return "step";
    case ComponentKind::kCheck: return "check";
    case ComponentKind::kSink: return "sink";
    case ComponentKind::kSystem: return "system";
  }
  return "component";
}

}  // namespace millrace
