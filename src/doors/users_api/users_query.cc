#include "doors/users_api/users_query.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace millrace {
namespace {

uint64_t number_or_one(std::string_view text, uint64_t most) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  return is_number && value >= 1 && value <= most ? value : 1;
}

// Calls `with` for each word of a list with commas.
template <typename With>
void each_word(std::string_view words, With with) {
  while (!words.empty()) {
    const std::string_view word = words.substr(0, words.find(','));
    words.remove_prefix(std::min(words.size(), word.size() + 1));
    with(word);
  }
}

UserFields fields_of(std::string_view names) {
  UserFields fields = 0;
  each_word(names, [&](std::string_view name) {
    for (size_t i = 0; i < kUserFields.size(); ++i) {
      if (equals_ignoring_case(kUserFields[i], name)) fields |= 1U << i;
    }
  });
  return fields;
}

std::vector<const Nation*> nations_of(std::string_view codes) {
  std::vector<const Nation*> nations;
  each_word(codes, [&](std::string_view code) {
    for (const Nation& nation : all_nations()) {
      if (equals_ignoring_case(nation.code, code)) nations.push_back(&nation);
    }
  });
  std::sort(nations.begin(), nations.end());
  nations.erase(std::unique(nations.begin(), nations.end()), nations.end());
  return nations;
}

Result<UsersFormat> format_of(std::string_view name) {
  if (name == "json") return UsersFormat::kJson;
  if (name == "pretty" || name == "prettyjson") return UsersFormat::kPretty;
  if (name == "csv") return UsersFormat::kCsv;
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("format: there is no '{}'; there are json, pretty and csv", name));
}

}  // namespace

Result<UsersQuery> UsersQuery::parse(const std::vector<HttpParameter>& parameters) {
  UsersQuery query;
  bool pretty = false;
  for (const auto& [name, value] : parameters) {
    if (name == "results") {
      query.results = number_or_one(value, kUsersPerPageMax);
    } else if (name == "page") {
      query.page = number_or_one(value, kUsersPageMax);
    } else if (name == "seed" && !value.empty()) {
      query.seed = value;
    } else if (name == "gender" && (value == "female" || value == "male")) {
      query.women = value == "female";
    } else if (name == "nat") {
      query.nations = nations_of(value);
    } else if (name == "inc") {
      query.fields = fields_of(value);
    } else if (name == "exc") {
      query.fields = kAllUserFields & ~fields_of(value);
    } else if (name == "password") {
      TRY(rule, PasswordRule::parse(value));
      query.password = std::move(rule);
    } else if (name == "noinfo") {
      query.info = false;
    } else if (name == "pretty") {
      pretty = true;
    } else if (name == "format" || name == "fmt") {
      TRY(format, format_of(value));
      query.format = format;
    }
  }
  if (pretty && query.format == UsersFormat::kJson) query.format = UsersFormat::kPretty;
  if (query.fields == 0) query.fields = kAllUserFields;
  if (query.nations.empty()) {
    for (const Nation& nation : all_nations()) query.nations.push_back(&nation);
  }
  return query;
}

}  // namespace millrace
