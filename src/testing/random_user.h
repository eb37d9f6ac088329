#pragma once

#include <cstdint>
#include <string>

#include "base/random.h"

namespace millrace {

// How many of a thousand records are bad, by what is wrong with them.
struct BadUsers {
  uint32_t broken_json = 0;
  uint32_t missing_field = 0;  // no email
  uint32_t wrong_type = 0;     // dob.age is text
  uint32_t bad_email = 0;
  uint32_t future_date = 0;  // born in 2999
  uint32_t duplicate = 0;    // the record before, once more
};

// Writes nested records of about 1.1 KB in the shape of randomuser.me's version 1.4, one JSON document a line. The same
// seed gives the same bytes on every machine. Belongs to one thread.
class RandomUsers {
 public:
  explicit RandomUsers(uint64_t seed, BadUsers bad = {}) : random_(seed), bad_(bad) {}

  // Appends the next record and its line feed.
  void append(std::string& out);

 private:
  enum class Flaw { kNone, kBrokenJson, kMissingField, kWrongType, kBadEmail, kFutureDate, kDuplicate };

  Flaw pick_flaw();
  void append_record(std::string& out, Flaw flaw);
  void append_location(std::string& out);
  void append_login(std::string& out, const std::string& username);
  void append_dates(std::string& out, Flaw flaw);
  void append_number(std::string& out, uint64_t value, int digits_min = 1);
  void append_hex(std::string& out, int digits);
  // A date and time as "1987-03-21T14:05:09.123Z".
  void append_instant(std::string& out, uint64_t year);

  Random random_;
  BadUsers bad_;
  std::string last_;  // the last good record, for duplicates
};

}  // namespace millrace
