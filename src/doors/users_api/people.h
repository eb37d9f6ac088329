#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "doors/users_api/nations.h"

namespace millrace {

inline constexpr size_t kPasswordCharsMax = 64;

// What passwords consist of, as "upper,lower,number,8-16" says it.
struct PasswordRule {
  std::string chars;  // empty: a word that people choose
  uint64_t chars_min = 8;
  uint64_t chars_max = kPasswordCharsMax;

  static Result<PasswordRule> parse(std::string_view text);
};

// One person that does not exist. The texts live as long as this does.
struct Person {
  const Nation* nation = nullptr;
  bool woman = false;
  std::string_view title, first, last;
  uint64_t street_number = 0;
  std::string_view street, city, state;
  std::string postcode;
  std::string latitude, longitude;
  const UserZone* zone = nullptr;
  std::string email;
  std::string uuid, username, password, salt, md5, sha1, sha256;
  std::string born, registered;  // "1987-03-21T14:05:09.123Z"
  int64_t age = 0, registered_years = 0;
  std::string phone, cell, id;
  uint64_t portrait = 0;
};

struct PeopleOptions {
  std::string_view seed;
  uint64_t page = 1;
  std::optional<bool> women;                  // or men only
  const std::vector<const Nation*>* nations;  // to choose from; at least one
  const PasswordRule* password;
};

// Makes people. Who stands at a place of a page depends on the seed, the page, the place and the options alone.
// Immutable: any thread.
class People {
 public:
  People();
  void make(const PeopleOptions& options, uint64_t place, Person& person) const;

 private:
  struct MailNames {
    std::array<std::string, 8> women, men, last;
  };

  void make_location(Random& random, Person& person) const;
  void make_login(Random& random, const PasswordRule& rule, Person& person) const;

  std::vector<MailNames> mail_names_;  // as all_nations()
};

// A stream of random numbers of its own for what stands there, so that no draw elsewhere changes it.
Random random_at(std::string_view seed, uint64_t page, uint64_t place);

}  // namespace millrace
