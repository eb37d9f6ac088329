#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "doors/users_api/users_api.h"
#include "wire/http/server.h"

namespace millrace {
namespace {

constexpr auto kLook = std::chrono::milliseconds(50);
constexpr size_t kHandlerThreads = 32;  // slow answers hold one each

struct UsersApiArguments {
  std::string listen = "127.0.0.1:8085";
  std::string seed = "millrace";
  std::string faults, slow, too_many, errors, broken_json, missing, wrong_type, duplicates;
  int64_t slow_ms = 2000;
};

Result<UsersFaults> faults_of(const UsersApiArguments& arguments) {
  UsersFaults faults;
  if (!arguments.faults.empty()) {
    TRY(share, parse_share(arguments.faults));
    faults = UsersFaults::all(share);
  }
  const std::pair<const std::string*, double*> each[] = {
      {&arguments.slow, &faults.slow},
      {&arguments.too_many, &faults.too_many},
      {&arguments.errors, &faults.errors},
      {&arguments.broken_json, &faults.broken_json},
      {&arguments.missing, &faults.missing},
      {&arguments.wrong_type, &faults.wrong_type},
      {&arguments.duplicates, &faults.duplicates},
  };
  for (const auto& [text, share] : each) {
    if (text->empty()) continue;
    TRY(value, parse_share(*text));
    *share = value;
  }
  faults.slow_ms = arguments.slow_ms;
  return faults;
}

int fail(const Error& error, int exit_code) {
  fmt::print(stderr, "millrace: {}\n", error.message());
  return exit_code;
}

int serve(const UsersApiArguments& arguments) {
  const auto faults = faults_of(arguments);
  if (!faults.ok()) return fail(faults.error(), kExitUsage);
  const auto address = HttpAddress::parse(arguments.listen);
  if (!address.ok()) return fail(address.error(), kExitUsage);
  const std::atomic<bool>& stop = catch_interrupts();

  UsersApi api({.seed = arguments.seed, .faults = *faults});
  Router router;
  api.add_routes(router);
  const auto server = HttpServer::start({.address = *address,
                                         .any_origin = true,
                                         .name = "millrace users-api",
                                         .limits = {.handler_threads = kHandlerThreads}},
                                        std::move(router));
  if (!server.ok()) return fail(server.error(), kExitFailed);
  fmt::print("users-api answers at {0}/api/ (Ctrl-C ends it); try\n  curl '{0}/api/?results=3&seed=abc&pretty'\n",
             (*server)->url());
  std::fflush(stdout);
  while (!stop) std::this_thread::sleep_for(kLook);
  (*server)->stop();
  return kExitOk;
}

std::function<int()> declare(Arguments& arguments) {
  auto given = std::make_shared<UsersApiArguments>();
  arguments.option("--listen", given->listen, "where to listen; a port alone is one of this machine, 0 a free one");
  arguments.option("--seed", given->seed, "decides what requests without a seed get, and what goes wrong");
  arguments.option("--faults", given->faults, "so much of everything below, in all: 2%");
  arguments.option("--slow", given->slow, "share of requests that are answered late");
  arguments.option("--slow-ms", given->slow_ms, "how late, in milliseconds");
  arguments.option("--too-many", given->too_many, "share of requests answered 429 with Retry-After");
  arguments.option("--errors", given->errors, "share of requests answered 500");
  arguments.option("--broken-json", given->broken_json, "share of requests whose answer ends in its middle");
  arguments.option("--missing", given->missing, "share of users without a field");
  arguments.option("--wrong-type", given->wrong_type, "share of users with a value of another type");
  arguments.option("--duplicates", given->duplicates, "share of users who are the one before once more");
  return [given] { return serve(*given); };
}

}  // namespace

const Command kUsersApiCommand = {.name = "users-api",
                                  .summary = "Serve users that do not exist, as randomuser.me does, without a network.",
                                  .example = "millrace users-api --listen 8085 --faults 2%",
                                  .declare = declare};

}  // namespace millrace
