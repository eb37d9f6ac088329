#include "doors/users_api/users_api.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <memory>
#include <thread>

#include "doors/users_api/users_text.h"

namespace millrace {
namespace {

constexpr std::string_view kVersion = "1.4";
constexpr size_t kUserBytes = 1200;                    // about; in CSV less
constexpr auto kLook = std::chrono::milliseconds(20);  // how often a slow answer looks whether it is still wanted

// Draws that are no part of a user stand behind all places of a page.
constexpr uint64_t kRequestPlace = uint64_t{1} << 32;
constexpr uint64_t kFlawPlace = uint64_t{1} << 33;

bool happens(Random& random, double share) { return static_cast<double>(random.next() >> 11) * 0x1p-53 < share; }

HttpAnswer error(int status, std::string_view text) {
  HttpAnswer answer = error_answer(status, text);
  answer.headers.push_back({"Access-Control-Allow-Origin", "*"});
  return answer;
}

struct Flaws {
  bool duplicate = false;
  UserFlaw flaw = UserFlaw::kNone;
};

Flaws flaws_at(const UsersFaults& faults, std::string_view seed, uint64_t page, uint64_t place) {
  Random random = random_at(seed, page, kFlawPlace + place);
  const bool missing = happens(random, faults.missing);
  const bool wrong = happens(random, faults.wrong_type);
  const bool duplicate = happens(random, faults.duplicates);
  const UserFlaw absent = kMissingFlaws[random.below(std::size(kMissingFlaws))];
  const UserFlaw other = kTypeFlaws[random.below(std::size(kTypeFlaws))];
  return {.duplicate = duplicate && place > 0, .flaw = missing ? absent : wrong ? other : UserFlaw::kNone};
}

}  // namespace

UsersFaults UsersFaults::all(double share) {
  return {.slow = share / 4,
          .too_many = share / 4,
          .errors = share / 4,
          .broken_json = share / 4,
          .missing = share / 3,
          .wrong_type = share / 3,
          .duplicates = share / 3};
}

Result<double> parse_share(std::string_view text) {
  const bool percent = text.ends_with('%');
  const std::string_view number = percent ? text.substr(0, text.size() - 1) : text;
  double value = 0;
  const auto [end, problem] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (percent) value /= 100;
  if (problem != std::errc() || end != number.data() + number.size() || !(value >= 0 && value <= 1)) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("'{}' is no share; write 2%, 0.5% or 0.02", text));
  }
  return value;
}

void UsersApi::put_users(const UsersQuery& query, const std::string& seed, std::string& to) const {
  const PeopleOptions options{
      .seed = seed, .page = query.page, .women = query.women, .nations = &query.nations, .password = &query.password};
  Person person;
  for (uint64_t place = 0; place < query.results; ++place) {
    const Flaws flaws = flaws_at(options_.faults, seed, query.page, place);
    if (!flaws.duplicate) people_.make(options, place, person);
    if (query.format == UsersFormat::kCsv) {
      put_user_csv(person, query.fields, to);
      to += '\n';
    } else {
      if (place > 0) to += ',';
      put_user_json(person, query.fields, flaws.flaw, to);
    }
  }
}

HttpAnswer UsersApi::answer(const UsersQuery& query, const std::string& seed) const {
  HttpAnswer answer{.headers = {{"Access-Control-Allow-Origin", "*"}, {"Cache-Control", "no-cache"}}};
  answer.body.reserve(query.results * kUserBytes + 256);
  if (query.format == UsersFormat::kCsv) {
    answer.content_type = "text/csv; charset=utf-8";
    answer.body += user_csv_header(query.fields) + "\n";
    put_users(query, seed, answer.body);
    return answer;
  }
  answer.content_type = "application/json; charset=utf-8";
  answer.body += R"({"results":[)";
  put_users(query, seed, answer.body);
  answer.body += ']';
  if (query.info) {
    answer.body += R"(,"info":{"seed":)";
    put_json_text(seed, answer.body);
    answer.body += fmt::format(R"(,"results":{},"page":{},"version":"{}"}})", query.results, query.page, kVersion);
  }
  answer.body += '}';
  if (query.format == UsersFormat::kPretty) answer.body = prettified(answer.body);
  return answer;
}

void UsersApi::handle(const IncomingRequest& request, HttpReply& reply) {
  const uint64_t number = requests_.fetch_add(1);
  const auto query = UsersQuery::parse(request.query);
  if (!query.ok()) return reply.send(error(400, query.error().message()));
  if (const auto version = request.names.find("version");
      version != request.names.end() && !version->second.empty() && version->second != kVersion) {
    return reply.send(error(400, fmt::format("there is no version '{}'; there is {}", version->second, kVersion)));
  }

  const UsersFaults& faults = options_.faults;
  Random random = random_at(options_.seed, number, kRequestPlace);
  const bool slow = happens(random, faults.slow);
  const bool too_many = happens(random, faults.too_many);
  const bool fails = happens(random, faults.errors);
  const bool breaks = happens(random, faults.broken_json);
  const std::string own_seed = fmt::format("{:016x}", random.next());
  if (slow) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(faults.slow_ms);
    while (reply.wanted() && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(kLook);
  }
  if (too_many) {
    HttpAnswer answer = error(429, "too many requests; try again in a second");
    answer.headers.push_back({"Retry-After", "1"});
    return reply.send(std::move(answer));
  }
  if (fails) return reply.send(error(500, "Uh oh, something has gone wrong."));
  HttpAnswer result = answer(*query, query->seed.value_or(own_seed));
  if (breaks) result.body.resize(result.body.size() / 2);
  reply.send(std::move(result));
}

void UsersApi::add_routes(Router& router) {
  const HttpHandler handler = [this](const IncomingRequest& request, std::unique_ptr<HttpReply> reply) {
    handle(request, *reply);
  };
  router.add("GET", "/api", handler);
  router.add("GET", "/api/", handler);
  router.add("GET", "/api/{version}", handler);
  router.add("GET", "/api/{version}/", handler);
  router.add("GET", "/", [](const IncomingRequest&, std::unique_ptr<HttpReply> reply) {
    reply->send(
        {.content_type = "text/plain; charset=utf-8",
         .body = "Users that do not exist, as randomuser.me answers them: /api/?results=10&seed=abc&nat=de,fr\n"});
  });
}

}  // namespace millrace
