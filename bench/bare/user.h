// What the bare contestants of the benches know of a user: its texts, and the checks that it has to pass.
#pragma once

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace bare {

[[noreturn]] inline void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

// Texts are tokens as they stand in the document, without quotes: escaped where the document escapes.
struct User {
  std::string_view id, first_name, last_name, gender, number, street, city, state, country, post_code;
  std::string_view email, username, dob, registered, phone, picture;
  std::string_view address;  // of a user that has been shaped
};

enum CharClass : uint8_t { kLetter = 1, kDigit = 2, kHex = 4, kMark = 8 };
constexpr std::array<uint8_t, 256> kClasses = [] {
  std::array<uint8_t, 256> classes{};
  for (size_t c = 0; c < 26; ++c) classes['a' + c] = classes['A' + c] = kLetter;
  for (size_t c = '0'; c <= '9'; ++c) classes[c] = kDigit | kHex;
  for (size_t c = 0; c < 6; ++c) classes['a' + c] = classes['A' + c] = kLetter | kHex;
  for (const char c : std::string_view("._%+-")) classes[static_cast<unsigned char>(c)] |= kMark;
  return classes;
}();
inline uint8_t class_of(char c) { return kClasses[static_cast<unsigned char>(c)]; }

inline bool is_uuid(std::string_view text) {
  if (text.size() != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') return false;
  uint32_t digits = 0;
  for (const char c : text) digits += (class_of(c) & kHex) != 0 ? 1 : 0;
  return digits == 32;
}

inline bool is_email(std::string_view text) {
  if (text.size() > 254) return false;
  size_t at = 0;
  while (at < text.size() && (class_of(text[at]) & (kLetter | kDigit | kMark)) != 0) ++at;
  if (at == 0 || at > 64 || at >= text.size() || text[at] != '@') return false;
  size_t labels = 0;
  size_t label = 0;
  uint8_t common = kLetter;
  for (++at; at < text.size(); ++at) {
    if (text[at] == '.') {
      if (label == 0) return false;
      ++labels;
      label = 0;
      common = kLetter;
      continue;
    }
    const uint8_t found = class_of(text[at]);
    if ((found & (kLetter | kDigit)) == 0 && text[at] != '-') return false;
    common &= found;
    if (++label > 63) return false;
  }
  return labels > 0 && label >= 2 && common == kLetter;
}

// "2013-02-08T18:40:19.084Z" with any number of digits up to microseconds.
inline bool parse_timestamp(std::string_view text, int64_t& us) {
  if (text.size() < 20 || text.size() > 27 || text.back() != 'Z') return false;
  uint32_t wrong = 0;
  const auto digits = [&](size_t at, size_t count) {
    uint32_t value = 0;
    for (size_t i = at; i < at + count; ++i) {
      const auto digit = static_cast<uint32_t>(text[i] - '0');
      wrong |= digit > 9 ? 1 : 0;
      value = value * 10 + digit;
    }
    return value;
  };
  const uint32_t year = digits(0, 4);
  const uint32_t month = digits(5, 2);
  const uint32_t day = digits(8, 2);
  const uint32_t hour = digits(11, 2);
  const uint32_t minute = digits(14, 2);
  const uint32_t second = digits(17, 2);
  uint32_t fraction = 0;
  if (text.size() > 20) {
    if (text[19] != '.') return false;
    const size_t count = text.size() - 21;
    if (count == 0) return false;
    fraction = digits(20, count);
    for (size_t i = count; i < 6; ++i) fraction *= 10;
  }
  if (wrong != 0 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':')
    return false;
  static constexpr std::array<uint8_t, 13> kDays = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  if (month < 1 || month > 12 || day < 1 || day > kDays[month] + (month == 2 && leap ? 1U : 0U)) return false;
  if (hour > 23 || minute > 59 || second > 59) return false;
  const int64_t y = static_cast<int64_t>(year) - (month <= 2 ? 1 : 0);
  const int64_t era = (y >= 0 ? y : y - 399) / 400;
  const int64_t of_era = y - era * 400;
  const int64_t of_year = (153 * (static_cast<int64_t>(month) + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int64_t days = era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
  us = ((days * 24 + hour) * 60 + minute) * 60'000'000 + second * int64_t{1'000'000} + fraction;
  return true;
}

// nullptr, or the check that the user does not pass.
inline const char* check(const User& user, int64_t now_us, int64_t& dob, int64_t& registered) {
  const auto missing = [](std::string_view text) { return text.data() == nullptr; };
  if (missing(user.id) || missing(user.first_name) || missing(user.email)) return "required";
  if (!is_uuid(user.id)) return "uuid";
  if (!is_email(user.email)) return "email";
  if (!missing(user.gender) && user.gender != "male" && user.gender != "female") return "one_of";
  if (!missing(user.dob) && (!parse_timestamp(user.dob, dob) || dob > now_us)) return "dob";
  if (!missing(user.registered) && (!parse_timestamp(user.registered, registered) || registered > now_us))
    return "registered";
  if (!missing(user.username)) {
    size_t chars = 0;
    for (const char c : user.username) chars += (c & 0xC0) != 0x80 ? 1 : 0;
    if (chars < 3 || chars > 30) return "length";
  }
  return nullptr;
}

}  // namespace bare
