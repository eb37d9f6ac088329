#include "wire/http/router.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "base/assert.h"

namespace millrace {
namespace {

std::vector<std::string_view> split(std::string_view path) {
  std::vector<std::string_view> segments;
  path.remove_prefix(1);
  for (;;) {
    const size_t slash = path.find('/');
    segments.push_back(path.substr(0, slash));
    if (slash == std::string_view::npos) return segments;
    path.remove_prefix(slash + 1);
  }
}

}  // namespace

std::vector<Router::Segment> Router::parse(std::string_view pattern) {
  MILLRACE_ASSERT(pattern.starts_with('/'), "a pattern begins with '/'");
  std::vector<Segment> segments;
  for (const std::string_view part : split(pattern)) {
    MILLRACE_ASSERT(segments.empty() || !segments.back().is_rest, "{name...} is the last");
    if (!part.starts_with('{')) {
      segments.push_back({.text = std::string(part)});
      continue;
    }
    MILLRACE_ASSERT(part.ends_with('}') && part.size() > 2, "a name is between { and }");
    std::string_view name = part.substr(1, part.size() - 2);
    const bool is_rest = name.ends_with("...");
    if (is_rest) name.remove_suffix(3);
    segments.push_back({.text = std::string(name), .is_name = true, .is_rest = is_rest});
  }
  return segments;
}

void Router::add(std::string_view method, std::string_view pattern, HttpHandler handler, RouteOptions options) {
  Route route{.method = std::string(method),
              .pattern = std::string(pattern),
              .segments = parse(pattern),
              .handler = std::move(handler),
              .options = options};
  // Text before names before the rest, segment by segment.
  const auto rank = [](const Segment& segment) { return segment.is_rest ? 2 : segment.is_name ? 1 : 0; };
  const auto before = [&](const Route& a, const Route& b) {
    return std::lexicographical_compare(a.segments.begin(), a.segments.end(), b.segments.begin(), b.segments.end(),
                                        [&](const Segment& x, const Segment& y) { return rank(x) < rank(y); });
  };
  for (const Route& other : routes_) {
    MILLRACE_ASSERT(other.method != route.method || other.pattern != route.pattern, "the route is there already");
  }
  routes_.insert(std::upper_bound(routes_.begin(), routes_.end(), route, before), std::move(route));
}

bool Router::fits(const Route& route, const std::vector<std::string_view>& path) {
  for (size_t i = 0; i < route.segments.size(); ++i) {
    const Segment& segment = route.segments[i];
    if (segment.is_rest) return true;
    if (i >= path.size()) return false;
    if (segment.is_name ? path[i].empty() : path[i] != segment.text) return false;
  }
  return route.segments.size() == path.size();
}

Router::Found Router::find(IncomingRequest& request) const {
  const std::vector<std::string_view> path = split(request.path);
  std::set<std::string> methods;
  for (const Route& route : routes_) {
    if (!fits(route, path)) continue;
    if (route.method != request.method) {
      methods.insert(route.method);
      continue;
    }
    for (size_t i = 0; i < route.segments.size(); ++i) {
      const Segment& segment = route.segments[i];
      if (!segment.is_name) continue;
      std::string& value = request.names[segment.text];
      if (segment.is_rest) {
        value = i < path.size() ? request.path.substr(static_cast<size_t>(path[i].data() - request.path.data())) : "";
      } else {
        value = path[i];
      }
    }
    return {.handler = &route.handler, .options = route.options, .refusal = {}};
  }
  Found found;
  if (methods.empty()) {
    found.refusal = error_answer(404, fmt::format("there is nothing at {}", request.path));
  } else {
    found.refusal =
        error_answer(405, fmt::format("{} takes {}, not {}", request.path, fmt::join(methods, " or "), request.method));
    found.refusal.headers.push_back({"Allow", fmt::format("{}", fmt::join(methods, ", "))});
  }
  return found;
}

}  // namespace millrace
