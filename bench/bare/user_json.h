// A user as a line of JSON.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "bare/user.h"

namespace bare {

constexpr size_t kRowSlack = 1024;  // keys, quotes and timestamps of a row, and copies that run over

inline char* put(char* to, std::string_view text) {
  std::memcpy(to, text.data(), text.size());
  return to + text.size();
}

// Reads and writes 32 bytes whatever the text's length: the input is padded and the output has slack.
inline char* put_padded(char* to, std::string_view text) {
  if (text.size() > 32) return put(to, text);
  std::memcpy(to, text.data(), 32);
  return to + text.size();
}

constexpr std::array<char, 200> kPairs = [] {
  std::array<char, 200> pairs{};
  for (size_t i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}();

inline char* put_pair(char* to, uint32_t value) {
  std::memcpy(to, kPairs.data() + size_t{2} * value, 2);
  return to + 2;
}

inline char* put_timestamp(char* to, int64_t us) {
  const int64_t days = (us >= 0 ? us : us - 86'399'999'999) / 86'400'000'000;
  const int64_t rest = us - days * 86'400'000'000;
  const int64_t z = days + 719468;
  const int64_t era = (z >= 0 ? z : z - 146096) / 146097;
  const int64_t of_era = z - era * 146097;
  const int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  const int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted = (5 * of_year + 2) / 153;
  const int64_t month = shifted < 10 ? shifted + 3 : shifted - 9;
  const auto year = static_cast<uint32_t>(year_of_era + era * 400 + (month <= 2 ? 1 : 0));
  const auto seconds = static_cast<uint32_t>(rest / 1'000'000);
  *to++ = '"';
  to = put_pair(put_pair(to, year / 100), year % 100);
  *to++ = '-';
  to = put_pair(to, static_cast<uint32_t>(month));
  *to++ = '-';
  to = put_pair(to, static_cast<uint32_t>(of_year - (153 * shifted + 2) / 5 + 1));
  *to++ = 'T';
  to = put_pair(to, seconds / 3600);
  *to++ = ':';
  to = put_pair(to, seconds / 60 % 60);
  *to++ = ':';
  to = put_pair(to, seconds % 60);
  if (const auto fraction = static_cast<uint32_t>(rest % 1'000'000); fraction != 0) {
    *to++ = '.';
    *to++ = static_cast<char>('0' + fraction / 100'000);
    to = put_pair(to, fraction / 1000 % 100);
    if (fraction % 1000 != 0) {
      *to++ = static_cast<char>('0' + fraction / 100 % 10);
      to = put_pair(to, fraction % 100);
    }
  }
  *to++ = 'Z';
  *to++ = '"';
  return to;
}

inline char* put_text(char* to, std::string_view key, std::string_view text) {
  to = put_padded(to, key);
  if (text.data() == nullptr) return put(to, "null");
  *to++ = '"';
  to = put_padded(to, text);
  *to++ = '"';
  return to;
}

inline char* put_address(char* to, const User& user) {
  const std::array<std::string_view, 5> parts = {user.number, user.street, user.city, user.state, user.country};
  for (const std::string_view part : parts) {
    if (part.data() == nullptr) return put(to, R"(,"address":null)");
  }
  to = put(to, R"(,"address":")");
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i == 1) *to++ = ' ';
    if (i > 1) to = put(to, ", ");
    to = put_padded(to, parts[i]);
  }
  *to++ = '"';
  return to;
}

// Keys are literals of 32 bytes and more with their padding, so that they are copied in one go.
#define KEY(text) (std::string_view(text "                                ", sizeof(text) - 1))

inline char* put_user(char* to, const User& user, int64_t dob, int64_t registered) {
  to = put_text(to, KEY("{\"id\":"), user.id);
  to = put_text(to, KEY(",\"first_name\":"), user.first_name);
  to = put_text(to, KEY(",\"last_name\":"), user.last_name);
  to = put_text(to, KEY(",\"gender\":"), user.gender);
  to = put_address(to, user);
  to = put_text(to, KEY(",\"post_code\":"), user.post_code);
  to = put_text(to, KEY(",\"email\":"), user.email);
  to = put_text(to, KEY(",\"username\":"), user.username);
  to = put_padded(to, KEY(",\"dob\":"));
  to = user.dob.data() == nullptr ? put(to, "null") : put_timestamp(to, dob);
  to = put_padded(to, KEY(",\"registered_date\":"));
  to = user.registered.data() == nullptr ? put(to, "null") : put_timestamp(to, registered);
  to = put_text(to, KEY(",\"phone\":"), user.phone);
  to = put_text(to, KEY(",\"picture\":"), user.picture);
  *to++ = '}';
  *to++ = '\n';
  return to;
}

#undef KEY

}  // namespace bare
