#pragma once

#include <array>
#include <span>
#include <string_view>

namespace millrace {

// What people of a nationality are called, where they live, and how their numbers are written. In patterns # stands for
// a digit, ~ for one that is not 0, @ for a capital letter.
struct Nation {
  std::string_view code;
  std::string_view country;
  std::array<std::string_view, 8> women, men, last, streets;
  std::array<std::string_view, 6> cities, states;  // a city may lie in any of the states, as in the original
  std::string_view postcode;
  bool postcode_is_number;
  std::string_view phone, cell;
  std::string_view id_name, id;  // empty: people there have none
};

std::span<const Nation> all_nations();  // in the order of their codes

struct UserZone {
  std::string_view offset, description;
};
std::span<const UserZone> all_zones();

}  // namespace millrace
