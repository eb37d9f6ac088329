#include "flow/diagnostic.h"

#include <utility>

namespace millrace {

void Diagnostics::error(Place place, std::string message, std::string hint) {
  all_.push_back({Severity::kError, place, std::move(message), std::move(hint)});
  ++errors_;
}

void Diagnostics::warning(Place place, std::string message, std::string hint) {
  all_.push_back({Severity::kWarning, place, std::move(message), std::move(hint)});
}

}  // namespace millrace
