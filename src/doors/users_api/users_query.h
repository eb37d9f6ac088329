#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "doors/users_api/people.h"
#include "wire/http/exchange.h"

namespace millrace {

inline constexpr uint64_t kUsersPerPageMax = 5000;
inline constexpr uint64_t kUsersPageMax = 10'000;

// The parts of a user that a query can choose, in the order in which they are answered.
inline constexpr std::array<std::string_view, 12> kUserFields = {
    "gender", "name", "location", "email", "login", "dob", "registered", "phone", "cell", "id", "picture", "nat"};
using UserFields = uint32_t;  // bits, as kUserFields
inline constexpr UserFields kAllUserFields = (1U << kUserFields.size()) - 1;

// The bit of a name in kUserFields.
consteval UserFields user_field(std::string_view name) {
  for (size_t i = 0; i < kUserFields.size(); ++i) {
    if (kUserFields[i] == name) return 1U << i;
  }
  throw "no such field";
}

enum class UsersFormat { kJson, kPretty, kCsv };

// What is asked for.
struct UsersQuery {
  uint64_t results = 1;
  uint64_t page = 1;
  std::optional<std::string> seed;
  std::optional<bool> women;  // or men only
  std::vector<const Nation*> nations;
  UserFields fields = kAllUserFields;
  PasswordRule password;
  bool info = true;
  UsersFormat format = UsersFormat::kJson;

  // As the original reads it: numbers beyond their limits count as 1, unknown genders, nationalities and fields as none
  // given; a format or a rule for passwords that there is not is an error.
  static Result<UsersQuery> parse(const std::vector<HttpParameter>& parameters);
};

}  // namespace millrace
