#include "doors/users_api/people.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <charconv>
#include <memory>

#include "base/assert.h"
#include "base/siphash.h"
#include "data/civil.h"
#include "doors/users_api/ascii.h"

namespace millrace {
namespace {

// Ages count up to the end of this year, whatever the clock says: the same seed gives the same people for ever.
constexpr int64_t kYear = 2025;
constexpr int64_t kAgeMin = 18;
constexpr int64_t kAgeMax = 80;
constexpr int64_t kRegisteredYearsMax = 22;
constexpr int64_t kMsPerDay = 86'400'000;
constexpr uint64_t kPortraits = 100;

constexpr std::string_view kUpper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view kLower = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kSpecial = " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
constexpr std::string_view kSaltChars = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

constexpr std::array<std::string_view, 16> kWords = {"angry",  "beautiful", "black", "brown",  "crazy",   "golden",
                                                     "happy",  "heavy",     "lazy",  "orange", "organic", "sad",
                                                     "silver", "tiny",      "white", "yellow"};
constexpr std::array<std::string_view, 16> kAnimals = {"bear",    "bird", "butterfly", "cat",      "dog",   "elephant",
                                                       "fish",    "frog", "gorilla",   "kangaroo", "koala", "meercat",
                                                       "peacock", "swan", "wolf",      "zebra"};
constexpr std::array<std::string_view, 16> kPasswords = {
    "addison", "barney",  "cheyenne", "dolphin", "escort",  "florida", "gemini",  "hotrod",
    "iceman",  "jordan1", "kissme",   "letmein", "mustang", "nirvana", "phoenix", "zaq12wsx"};
constexpr std::array<std::string_view, 3> kWomen = {"Ms", "Mrs", "Miss"};

template <typename Choices>
auto pick(Random& random, const Choices& choices) {
  return choices[random.below(choices.size())];
}

void fill(Random& random, std::string_view pattern, std::string& to) {
  to.clear();
  for (const char c : pattern) {
    switch (c) {
      case '#': to += kDigits[random.below(10)]; break;
      case '~': to += kDigits[1 + random.below(9)]; break;
      case '@': to += kUpper[random.below(26)]; break;
      default: to += c;
    }
  }
}

void put_number(std::string& to, uint64_t value, size_t digits) {
  const size_t at = to.size();
  to.resize(at + digits);
  for (size_t i = digits; i-- > 0; value /= 10) to[at + i] = kDigits[value % 10];
}

// A moment in the year that was `years` ago.
void put_instant(Random& random, int64_t years, std::string& to) {
  const int64_t begin = days_from_civil(kYear - years, 1, 1);
  const int64_t end = days_from_civil(kYear - years + 1, 1, 1);
  const auto ms = static_cast<int64_t>(random.below(static_cast<uint64_t>((end - begin) * kMsPerDay)));
  const Civil day = civil_from_days(begin + ms / kMsPerDay);
  const auto of_day = static_cast<uint64_t>(ms % kMsPerDay);
  to.clear();
  put_number(to, static_cast<uint64_t>(day.year), 4);
  to += '-';
  put_number(to, day.month, 2);
  to += '-';
  put_number(to, day.day, 2);
  to += 'T';
  put_number(to, of_day / 3'600'000, 2);
  to += ':';
  put_number(to, of_day / 60'000 % 60, 2);
  to += ':';
  put_number(to, of_day / 1000 % 60, 2);
  to += '.';
  put_number(to, of_day % 1000, 3);
  to += 'Z';
}

void put_degrees(Random& random, uint64_t degrees_max, std::string& to) {
  to.clear();
  if (random.below(2) == 0) to += '-';
  const uint64_t degrees = random.below(degrees_max);
  put_number(to, degrees, degrees >= 100 ? 3 : degrees >= 10 ? 2 : 1);
  to += '.';
  put_number(to, random.below(10'000), 4);
}

void put_uuid(Random& random, std::string& to) {
  to.clear();
  uint64_t bits = 0;
  for (size_t i = 0; i < 32; ++i) {
    if (i % 16 == 0) bits = random.next();
    if (i == 8 || i == 12 || i == 16 || i == 20) to += '-';
    const uint64_t digit = i == 12 ? 4 : i == 16 ? 8 + (bits & 3) : bits & 15;
    to += "0123456789abcdef"[digit];
    bits >>= 4;
  }
}

// Digests of one text, as hexadecimal digits. Belongs to one thread.
class Digests {
 public:
  explicit Digests(const char* name)
      : digest_(EVP_MD_fetch(nullptr, name, nullptr), EVP_MD_free), context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {}

  void put(std::string_view text, std::string& to) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes;
    unsigned size = 0;
    const bool ok = EVP_DigestInit_ex2(context_.get(), digest_.get(), nullptr) == 1 &&
                    EVP_DigestUpdate(context_.get(), text.data(), text.size()) == 1 &&
                    EVP_DigestFinal_ex(context_.get(), bytes.data(), &size) == 1;
    MILLRACE_ASSERT(ok, "OpenSSL knows md5, sha1 and sha256");
    to.clear();
    for (size_t i = 0; i < size; ++i) {
      to += "0123456789abcdef"[bytes[i] >> 4];
      to += "0123456789abcdef"[bytes[i] & 15];
    }
  }

 private:
  std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> digest_;
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

std::optional<uint64_t> parse_number(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Error wrong_password(std::string_view text) {
  return {ErrorCode::kInvalidArgument,
          fmt::format("password: '{}' is none of special, upper, lower, number, a length, or lengths as 8-{}", text,
                      kPasswordCharsMax)};
}

}  // namespace

Result<PasswordRule> PasswordRule::parse(std::string_view text) {
  PasswordRule rule;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    if (word == "special") {
      rule.chars += kSpecial;
    } else if (word == "upper") {
      rule.chars += kUpper;
    } else if (word == "lower") {
      rule.chars += kLower;
    } else if (word == "number") {
      rule.chars += kDigits;
    } else {
      const size_t dash = word.find('-');
      const auto least = parse_number(word.substr(0, dash));
      const auto most = dash == std::string_view::npos ? least : parse_number(word.substr(dash + 1));
      if (!least || !most || *least < 1 || *least > *most || *most > kPasswordCharsMax) return wrong_password(word);
      rule.chars_min = *least;
      rule.chars_max = *most;
    }
  }
  if (rule.chars.empty()) return wrong_password(text);
  return rule;
}

Random random_at(std::string_view seed, uint64_t page, uint64_t place) {
  const Hash128 hash = siphash_128(seed, {.low = page, .high = place});
  return Random(hash.low ^ hash.high);
}

People::People() {
  for (const Nation& nation : all_nations()) {
    MailNames names;
    for (size_t i = 0; i < 8; ++i) {
      names.women[i] = mail_name(nation.women[i]);
      names.men[i] = mail_name(nation.men[i]);
      names.last[i] = mail_name(nation.last[i]);
    }
    mail_names_.push_back(std::move(names));
  }
}

void People::make(const PeopleOptions& options, uint64_t place, Person& person) const {
  Random random = random_at(options.seed, options.page, place);
  const Nation& nation = *pick(random, *options.nations);
  person.nation = &nation;
  person.woman = random.below(2) == 0;
  if (options.women) person.woman = *options.women;
  const size_t first = random.below(8);
  const size_t last = random.below(8);
  const std::string_view title = pick(random, kWomen);
  person.title = person.woman ? title : "Mr";
  person.first = (person.woman ? nation.women : nation.men)[first];
  person.last = nation.last[last];

  make_location(random, person);

  const MailNames& names = mail_names_[static_cast<size_t>(&nation - all_nations().data())];
  person.email.assign((person.woman ? names.women : names.men)[first]).append(".").append(names.last[last]);
  person.email += "@example.com";

  make_login(random, *options.password, person);

  person.age = kAgeMin + static_cast<int64_t>(random.below(kAgeMax - kAgeMin + 1));
  put_instant(random, person.age, person.born);
  person.registered_years = static_cast<int64_t>(random.below(static_cast<uint64_t>(kRegisteredYearsMax)));
  put_instant(random, person.registered_years, person.registered);
  fill(random, nation.phone, person.phone);
  fill(random, nation.cell, person.cell);
  fill(random, nation.id, person.id);
  person.portrait = random.below(kPortraits);
}

void People::make_location(Random& random, Person& person) const {
  const Nation& nation = *person.nation;
  person.street_number = 1 + random.below(9999);
  person.street = pick(random, nation.streets);
  person.city = pick(random, nation.cities);
  person.state = pick(random, nation.states);
  fill(random, nation.postcode, person.postcode);
  put_degrees(random, 90, person.latitude);
  put_degrees(random, 180, person.longitude);
  person.zone = &all_zones()[random.below(all_zones().size())];
}

void People::make_login(Random& random, const PasswordRule& rule, Person& person) const {
  put_uuid(random, person.uuid);
  person.username.assign(pick(random, kWords)).append(pick(random, kAnimals));
  put_number(person.username, 100 + random.below(900), 3);
  person.password = pick(random, kPasswords);
  if (!rule.chars.empty()) {
    person.password.clear();
    const uint64_t length = rule.chars_min + random.below(rule.chars_max - rule.chars_min + 1);
    for (uint64_t i = 0; i < length; ++i) person.password += pick(random, rule.chars);
  }
  person.salt.clear();
  for (int i = 0; i < 8; ++i) person.salt += pick(random, kSaltChars);

  thread_local Digests md5("MD5");
  thread_local Digests sha1("SHA1");
  thread_local Digests sha256("SHA256");
  const std::string salted = person.password + person.salt;
  md5.put(salted, person.md5);
  sha1.put(salted, person.sha1);
  sha256.put(salted, person.sha256);
}

}  // namespace millrace
