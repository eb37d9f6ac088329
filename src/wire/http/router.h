#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "wire/http/exchange.h"

namespace millrace {

struct RouteOptions {
  std::optional<size_t> body_bytes_max = std::nullopt;  // instead of HttpServerLimits::body_bytes_max
};

// Finds the handler of a request by its method and path. Patterns are paths in which {name} stands for one segment that
// is not empty, and {name...} at the end for all that is left, which may be empty: "/flows/{flow}/pause". Of several
// that fit, the one with text where the others have names wins, from the left. Filled once, then only read: any thread.
class Router {
 public:
  // A pattern that is there already, or is none, is a bug.
  void add(std::string_view method, std::string_view pattern, HttpHandler handler, RouteOptions options = {});

  // The route, with request.names filled; or the 404 or 405 that says what there is.
  struct Found {
    const HttpHandler* handler = nullptr;
    RouteOptions options;
    HttpAnswer refusal;  // when there is no handler
  };
  Found find(IncomingRequest& request) const;

 private:
  struct Segment {
    std::string text;  // of the path, or the name
    bool is_name = false;
    bool is_rest = false;
  };
  struct Route {
    std::string method;
    std::string pattern;
    std::vector<Segment> segments;
    HttpHandler handler;
    RouteOptions options;
  };
  static std::vector<Segment> parse(std::string_view pattern);
  static bool fits(const Route& route, const std::vector<std::string_view>& path);

  std::vector<Route> routes_;  // the winner of several that fit is the first
};

}  // namespace millrace
