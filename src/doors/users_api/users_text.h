#pragma once

#include <string>
#include <string_view>

#include "doors/users_api/people.h"
#include "doors/users_api/users_query.h"

namespace millrace {

// What is wrong with a record, on purpose.
enum class UserFlaw {
  kNone,
  kMissingEmail,
  kMissingLogin,
  kMissingName,
  kDateIsWord,
  kEmailIsNumber,
  kGenderIsList,
  kLoginIsNull
};
inline constexpr UserFlaw kMissingFlaws[] = {UserFlaw::kMissingEmail, UserFlaw::kMissingLogin, UserFlaw::kMissingName};
inline constexpr UserFlaw kTypeFlaws[] = {UserFlaw::kDateIsWord, UserFlaw::kEmailIsNumber, UserFlaw::kGenderIsList,
                                          UserFlaw::kLoginIsNull};

void put_user_json(const Person& person, UserFields fields, UserFlaw flaw, std::string& to);
void put_json_text(std::string_view text, std::string& to);  // with its quotes

// Flaws have no effect here: a cell has no type.
std::string user_csv_header(UserFields fields);
void put_user_csv(const Person& person, UserFields fields, std::string& to);

// Compact JSON, indented by two blanks.
std::string prettified(std::string_view json);

}  // namespace millrace
