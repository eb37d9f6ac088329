#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "doors/users_api/people.h"
#include "doors/users_api/users_query.h"
#include "wire/http/router.h"

namespace millrace {

// What goes wrong on purpose: shares from 0 to 1. Which request, or which record of a page, is decided by the seed.
struct UsersFaults {
  double slow = 0;         // of requests: answered after slow_ms
  double too_many = 0;     // 429 with Retry-After
  double errors = 0;       // 500
  double broken_json = 0;  // the answer ends in its middle
  double missing = 0;      // of records: a field is not there
  double wrong_type = 0;   // a field has another type
  double duplicates = 0;   // the record before it, once more
  int64_t slow_ms = 2000;

  // One share for all: of requests a quarter of it each for what they can have, of records a third each.
  static UsersFaults all(double share);
};

// A share as people write it: "2%", "0.5%" or "0.02".
Result<double> parse_share(std::string_view text);

struct UsersApiOptions {
  std::string seed = "millrace";  // decides what requests without a seed get, in their order, and what goes wrong
  UsersFaults faults;
};

// Answers as randomuser.me's version 1.4 does, without a network: the same seed and page always give the same users.
// Thread-safe. Must outlive the server.
class UsersApi {
 public:
  explicit UsersApi(UsersApiOptions options) : options_(std::move(options)) {}

  // GET /api/ and /api/1.4/, and a word for people at /.
  void add_routes(Router& router);

  // The answer to a query; `status` 200 or 400.
  HttpAnswer answer(const UsersQuery& query, const std::string& seed) const;

 private:
  void handle(const IncomingRequest& request, HttpReply& reply);
  void put_users(const UsersQuery& query, const std::string& seed, std::string& to) const;

  const UsersApiOptions options_;
  const People people_;
  std::atomic<uint64_t> requests_ = 0;
};

}  // namespace millrace
