#include "wire/http/router.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

// The answer of the route that is found, which says its pattern and names.
class Routes {
 public:
  void add(std::string_view method, std::string_view pattern) {
    router_.add(method, pattern,
                [this, text = std::string(pattern)](IncomingRequest request, std::unique_ptr<HttpReply>) {
                  found_ = text;
                  for (const auto& [name, value] : request.names) found_ += " " + name + "=" + value;
                });
  }
  std::string find(std::string_view method, std::string_view path) {
    IncomingRequest request{.method = std::string(method), .path = std::string(path)};
    const Router::Found found = router_.find(request);
    if (found.handler == nullptr) return std::to_string(found.refusal.status) + " " + found.refusal.body;
    (*found.handler)(std::move(request), nullptr);
    return found_;
  }

 private:
  Router router_;
  std::string found_;
};

TEST(RouterTest, FindsTheMostExactPatternWhateverTheOrder) {
  Routes routes;
  routes.add("GET", "/{rest...}");
  routes.add("GET", "/flows/{flow}");
  routes.add("GET", "/flows/all");
  routes.add("GET", "/flows/{flow}/runs/{run}");
  EXPECT_EQ(routes.find("GET", "/flows/all"), "/flows/all");
  EXPECT_EQ(routes.find("GET", "/flows/a b"), "/flows/{flow} flow=a b");
  EXPECT_EQ(routes.find("GET", "/flows/a/runs/7"), "/flows/{flow}/runs/{run} flow=a run=7");
  EXPECT_EQ(routes.find("GET", "/flows/a/runs"), "/{rest...} rest=flows/a/runs");
  EXPECT_EQ(routes.find("GET", "/flows/"), "/{rest...} rest=flows/");
  EXPECT_EQ(routes.find("GET", "/"), "/{rest...} rest=");
}

TEST(RouterTest, SaysWhatAPathTakes) {
  Routes routes;
  routes.add("GET", "/a/{x}");
  routes.add("POST", "/a/{x}");
  EXPECT_EQ(routes.find("PUT", "/a/b"), "405 {\"error\":\"/a/b takes GET or POST, not PUT\"}\n");
  EXPECT_EQ(routes.find("GET", "/a"), "404 {\"error\":\"there is nothing at /a\"}\n");
  EXPECT_EQ(routes.find("GET", "/a/b/"), "404 {\"error\":\"there is nothing at /a/b/\"}\n");
}

}  // namespace
}  // namespace millrace
