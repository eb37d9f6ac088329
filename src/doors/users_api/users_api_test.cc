#include "doors/users_api/users_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "doors/users_api/ascii.h"
#include "doors/users_api/users_text.h"
#include "wire/http/raw_client.h"
#include "wire/http/target.h"

namespace millrace {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::MatchesRegex;
using testing::SizeIs;

UsersQuery query_of(std::string_view text) {
  auto query = UsersQuery::parse(*parse_query(text));
  EXPECT_TRUE(query.ok()) << query.error().message();
  return std::move(query).value();
}

std::string body_of(std::string_view query, UsersFaults faults = {}) {
  const UsersQuery parsed = query_of(query);
  return UsersApi({.faults = faults}).answer(parsed, parsed.seed.value_or("none")).body;
}

json answer_of(std::string_view query) { return json::parse(body_of(query)); }
json users_of(std::string_view query, UsersFaults faults = {}) {
  return json::parse(body_of(query, faults))["results"];
}

std::string error_of(std::string_view query) { return UsersQuery::parse(*parse_query(query)).error().message(); }

TEST(UsersApiTest, TheSameSeedAndPageGiveTheSameUsersHoweverMany) {
  const json few = users_of("seed=abc&results=3&page=2");
  const json many = users_of("seed=abc&results=50&page=2");
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(few[i], many[i]);
  EXPECT_NE(few[0], few[1]);
  EXPECT_NE(few[0], users_of("seed=abc&page=3")[0]);
  EXPECT_NE(few[0], users_of("seed=abd&page=2")[0]);
  EXPECT_EQ(answer_of("seed=abc&results=3&page=2")["info"],
            json::parse(R"({"seed":"abc","results":3,"page":2,"version":"1.4"})"));
}

TEST(UsersApiTest, AUserHasTheFieldsOfTheOriginalInTheirOrder) {
  const auto user = nlohmann::ordered_json::parse(body_of("seed=abc&nat=us&gender=female"))["results"][0];
  const auto flat = user.flatten();
  std::vector<std::string> names;
  for (const auto& [name, value] : flat.items()) names.push_back(name);
  EXPECT_THAT(
      names,
      ElementsAre("/gender", "/name/title", "/name/first", "/name/last", "/location/street/number",
                  "/location/street/name", "/location/city", "/location/state", "/location/country",
                  "/location/postcode", "/location/coordinates/latitude", "/location/coordinates/longitude",
                  "/location/timezone/offset", "/location/timezone/description", "/email", "/login/uuid",
                  "/login/username", "/login/password", "/login/salt", "/login/md5", "/login/sha1", "/login/sha256",
                  "/dob/date", "/dob/age", "/registered/date", "/registered/age", "/phone", "/cell", "/id/name",
                  "/id/value", "/picture/large", "/picture/medium", "/picture/thumbnail", "/nat"));
  EXPECT_EQ(user["gender"], "female");
  EXPECT_TRUE(user["location"]["street"]["number"].is_number());
  EXPECT_TRUE(user["location"]["postcode"].is_number());
  EXPECT_TRUE(user["dob"]["age"].is_number());
  const auto text = [](const auto& value) { return value.template get<std::string>(); };
  EXPECT_THAT(text(user["login"]["uuid"]),
              MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
  EXPECT_THAT(text(user["dob"]["date"]), MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}[.][0-9]{3}Z"));
  EXPECT_THAT(text(user["phone"]), MatchesRegex("\\([0-9]{3}\\) [0-9]{3}-[0-9]{4}"));
  EXPECT_THAT(text(user["id"]["value"]), MatchesRegex("[0-9]{3}-[0-9]{2}-[0-9]{4}"));
  EXPECT_THAT(text(user["picture"]["medium"]),
              MatchesRegex("https://randomuser.me/api/portraits/med/women/[0-9]+.jpg"));
}

TEST(UsersApiTest, AllNationalitiesAreThereWithAddressesOfMailInAscii) {
  std::set<std::string> nations;
  for (const json& user : users_of("seed=all&results=400")) {
    nations.insert(user["nat"].get<std::string>());
    EXPECT_THAT(user["email"].get<std::string>(), MatchesRegex("[a-z0-9]+[.][a-z0-9]+@example[.]com"));
  }
  EXPECT_THAT(nations, SizeIs(21));
  EXPECT_EQ(mail_name("Öztürk-O'Brien Жарко"), "oeztuerkobrienzharko");
}

TEST(UsersApiTest, NoNameIsWithoutAnAddressOfMail) {
  for (const Nation& nation : all_nations()) {
    for (const auto& names : {nation.women, nation.men, nation.last}) {
      for (const std::string_view name : names) EXPECT_FALSE(mail_name(name).empty()) << name;
    }
  }
}

TEST(UsersApiTest, ChoosesByGenderNationalityAndFields) {
  for (const json& user : users_of("results=40&gender=male&nat=de,FR,xx&inc=gender,nat,name")) {
    EXPECT_EQ(user["gender"], "male");
    EXPECT_TRUE(user["nat"] == "DE" || user["nat"] == "FR");
    EXPECT_EQ(user["name"]["title"], "Mr");
    EXPECT_THAT(user, SizeIs(3));
  }
  EXPECT_THAT(users_of("exc=login,id,Picture")[0], SizeIs(9));
  EXPECT_THAT(users_of("inc=nothing")[0], SizeIs(12));
  EXPECT_FALSE(answer_of("noinfo").contains("info"));
  EXPECT_EQ(users_of("seed=x&inc=email")[0]["email"], users_of("seed=x")[0]["email"]);
}

TEST(UsersApiTest, ResultsAndPagesBeyondTheirLimitsCountAsOne) {
  EXPECT_THAT(users_of("results=5000&inc=nat"), SizeIs(5000));
  for (const std::string_view wrong : {"5001", "0", "-3", "many", ""}) {
    EXPECT_THAT(users_of("results=" + std::string(wrong)), SizeIs(1)) << wrong;
  }
  EXPECT_EQ(answer_of("page=10001")["info"]["page"], 1);
}

TEST(UsersApiTest, PasswordsAreAsTheRuleSays) {
  for (const json& user : users_of("results=200&password=upper,number,3-5&inc=login")) {
    EXPECT_THAT(user["login"]["password"].get<std::string>(), MatchesRegex("[A-Z0-9]{3,5}"));
  }
  EXPECT_THAT(users_of("password=special,64&seed=a")[0]["login"]["password"].get<std::string>(), SizeIs(64));
  EXPECT_THAT(users_of("password=lower&seed=a")[0]["login"]["password"].get<std::string>(),
              MatchesRegex("[a-z]{8,64}"));
  const std::string rest = " is none of special, upper, lower, number, a length, or lengths as 8-64";
  for (const std::string_view wrong : {"loud", "0-3", "9-8", "65", "8-x", "8-65"}) {
    EXPECT_EQ(error_of("password=upper," + std::string(wrong)), "password: '" + std::string(wrong) + "'" + rest);
  }
  EXPECT_EQ(error_of("password="), "password: ''" + rest);
}

TEST(UsersApiTest, TellsWhichFormatsThereAre) {
  EXPECT_EQ(error_of("format=sql"), "format: there is no 'sql'; there are json, pretty and csv");
}

TEST(UsersApiTest, PrettyIsTheSameJsonWithBlanks) {
  const std::string pretty = body_of("seed=a&results=2&password=special,64&format=pretty");
  const std::string compact = body_of("seed=a&results=2&password=special,64");
  EXPECT_EQ(json::parse(pretty), json::parse(compact));
  EXPECT_EQ(pretty.substr(0, 40), "{\n  \"results\": [\n    {\n      \"gender\": \"");
  EXPECT_EQ(body_of("seed=a&results=2&password=special,64&pretty"), pretty);
}

TEST(UsersApiTest, CsvHasAColumnForEachFieldAndQuotesWhatNeedsIt) {
  const std::string csv = body_of("seed=a&nat=us&inc=name,nat,dob&format=csv&results=2");
  EXPECT_THAT(csv, MatchesRegex("name.title,name.first,name.last,dob.date,dob.age,nat\n"
                                "([A-Za-z]+,[A-Za-z]+,[A-Za-z']+,[0-9TZ:.-]+,[0-9]+,US\n){2}"));
  const UsersQuery query = query_of("inc=login");
  Person person;
  person.password = "a\"b,c";
  std::string line;
  put_user_csv(person, query.fields, line);
  EXPECT_EQ(line, ",,\"a\"\"b,c\",,,,");
}

TEST(UsersApiTest, FlawsComeInTheirSharesAndAtTheSamePlacesAgain) {
  const UsersFaults faults{.missing = 0.1, .wrong_type = 0.1, .duplicates = 0.1};
  const json users = users_of("seed=flaws&results=5000", faults);
  size_t missing = 0, wrong = 0, duplicates = 0;
  for (size_t i = 0; i < users.size(); ++i) {
    const json& user = users[i];
    if (!user.contains("email") || !user.contains("login") || !user.contains("name")) {
      ++missing;
    } else if (!user["gender"].is_string() || !user["email"].is_string() || !user["login"].is_object() ||
               user["dob"]["date"] == "yesterday") {
      ++wrong;
    }
    if (i > 0 && user["phone"] == users[i - 1]["phone"]) ++duplicates;
  }
  EXPECT_NEAR(static_cast<double>(missing), 500, 80);
  EXPECT_NEAR(static_cast<double>(wrong), 450, 80);
  EXPECT_NEAR(static_cast<double>(duplicates), 500, 80);
  EXPECT_EQ(users, users_of("seed=flaws&results=5000", faults));
}

TEST(UsersApiTest, SharesAreReadAsPeopleWriteThem) {
  EXPECT_DOUBLE_EQ(*parse_share("2%"), 0.02);
  EXPECT_DOUBLE_EQ(*parse_share("0.5%"), 0.005);
  EXPECT_DOUBLE_EQ(*parse_share("0.25"), 0.25);
  for (const std::string_view wrong : {"", "%", "2", "101%", "-1%", "2 %", "nan"}) {
    EXPECT_EQ(parse_share(wrong).error().message(), "'" + std::string(wrong) + "' is no share; write 2%, 0.5% or 0.02");
  }
}

// Asks a server of its own.
class UsersApiServerTest : public testing::Test {
 protected:
  void serve(UsersFaults faults) {
    api_.emplace(UsersApiOptions{.seed = "server", .faults = faults});
    Router router;
    api_->add_routes(router);
    server_ = std::move(HttpServer::start({.address = HttpAddress{}}, std::move(router))).value();
    client_.emplace(RawClient::connect(server_->address()));
  }
  RawClient::Answer ask(std::string_view path) {
    return *client_->ask("GET " + std::string(path) + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
  }

 private:
  std::optional<UsersApi> api_;
  std::unique_ptr<HttpServer> server_;
  std::optional<RawClient> client_;
};

TEST_F(UsersApiServerTest, AnswersOverHttpAndSaysWhatIsWrong) {
  serve({});
  const auto first = ask("/api/?results=2");
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.header("Content-Type"), "application/json; charset=utf-8");
  EXPECT_EQ(first.header("Access-Control-Allow-Origin"), "*");
  EXPECT_THAT(json::parse(first.body)["results"], SizeIs(2));
  EXPECT_THAT(json::parse(first.body)["info"]["seed"].get<std::string>(), MatchesRegex("[0-9a-f]{16}"));
  EXPECT_NE(ask("/api/?results=2").body, first.body);
  EXPECT_EQ(ask("/api/1.4/?seed=a").body, ask("/api?seed=a").body);
  EXPECT_EQ(ask("/api/?format=csv").header("Content-Type"), "text/csv; charset=utf-8");
  const auto wrong = ask("/api/?format=sql");
  EXPECT_EQ(wrong.status, 400);
  EXPECT_EQ(wrong.body, "{\"error\":\"format: there is no 'sql'; there are json, pretty and csv\"}\n");
  EXPECT_EQ(ask("/api/0.9/").body, "{\"error\":\"there is no version '0.9'; there is 1.4\"}\n");
  EXPECT_EQ(ask("/").status, 200);
}

TEST_F(UsersApiServerTest, RequestsFailInTheirShares) {
  serve({.too_many = 0.2, .errors = 0.2, .broken_json = 0.2});
  size_t too_many = 0, errors = 0, broken = 0;
  for (int i = 0; i < 400; ++i) {
    const auto answer = ask("/api/?inc=nat");
    if (answer.status == 429) {
      ++too_many;
      EXPECT_EQ(answer.header("Retry-After"), "1");
      EXPECT_EQ(answer.body, "{\"error\":\"too many requests; try again in a second\"}\n");
    } else if (answer.status == 500) {
      ++errors;
      EXPECT_EQ(answer.body, "{\"error\":\"Uh oh, something has gone wrong.\"}\n");
    } else if (!json::accept(answer.body)) {
      ++broken;
    }
  }
  EXPECT_NEAR(static_cast<double>(too_many), 80, 35);
  EXPECT_NEAR(static_cast<double>(errors), 64, 35);
  EXPECT_NEAR(static_cast<double>(broken), 51, 35);
}

TEST_F(UsersApiServerTest, ASlowAnswerComesLate) {
  serve({.slow = 1, .slow_ms = 60});
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(ask("/api/").status, 200);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(60));
}

}  // namespace
}  // namespace millrace
