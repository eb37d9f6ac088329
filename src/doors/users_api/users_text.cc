#include "doors/users_api/users_text.h"

#include <fmt/format.h>

#include <iterator>

namespace millrace {
namespace {

constexpr std::string_view kPictures = "https://randomuser.me/api/portraits/";

void put(std::string& to, std::string_view before, std::string_view text) {
  to += before;
  to += text;
}

void put_number(std::string& to, std::string_view before, uint64_t value) {
  to += before;
  fmt::format_to(std::back_inserter(to), "{}", value);
}

// The names in the tables and what is made of digits and letters need no escapes; O'Brien does not either.
void put_quoted(std::string& to, std::string_view before, std::string_view text) {
  to += before;
  to += '"';
  to += text;
  to += '"';
}

void put_picture(const Person& person, std::string_view size, std::string& to) {
  put(to, kPictures, size);
  put_number(to, person.woman ? "women/" : "men/", person.portrait);
  to += ".jpg";
}

void put_location(const Person& person, std::string& to) {
  put_number(to, R"("location":{"street":{"number":)", person.street_number);
  put_quoted(to, R"(,"name":)", person.street);
  put_quoted(to, R"(},"city":)", person.city);
  put_quoted(to, R"(,"state":)", person.state);
  put_quoted(to, R"(,"country":)", person.nation->country);
  to += R"(,"postcode":)";
  if (person.nation->postcode_is_number) {
    to += person.postcode;
  } else {
    put_quoted(to, "", person.postcode);
  }
  put_quoted(to, R"(,"coordinates":{"latitude":)", person.latitude);
  put_quoted(to, R"(,"longitude":)", person.longitude);
  put_quoted(to, R"(},"timezone":{"offset":)", person.zone->offset);
  put_quoted(to, R"(,"description":)", person.zone->description);
  to += "}},";
}

void put_login(const Person& person, UserFlaw flaw, std::string& to) {
  if (flaw == UserFlaw::kMissingLogin) return;
  if (flaw == UserFlaw::kLoginIsNull) {
    to += R"("login":null,)";
    return;
  }
  put_quoted(to, R"("login":{"uuid":)", person.uuid);
  put_quoted(to, R"(,"username":)", person.username);
  to += R"(,"password":)";
  put_json_text(person.password, to);
  put_quoted(to, R"(,"salt":)", person.salt);
  put_quoted(to, R"(,"md5":)", person.md5);
  put_quoted(to, R"(,"sha1":)", person.sha1);
  put_quoted(to, R"(,"sha256":)", person.sha256);
  to += "},";
}

void put_id_and_picture(const Person& person, UserFields fields, std::string& to) {
  if ((fields & user_field("id")) != 0) {
    put_quoted(to, R"("id":{"name":)", person.nation->id_name);
    if (person.id.empty()) {
      to += R"(,"value":null},)";
    } else {
      put_quoted(to, R"(,"value":)", person.id);
      to += "},";
    }
  }
  if ((fields & user_field("picture")) != 0) {
    to += R"("picture":{"large":")";
    put_picture(person, "", to);
    to += R"(","medium":")";
    put_picture(person, "med/", to);
    to += R"(","thumbnail":")";
    put_picture(person, "thumb/", to);
    to += R"("},)";
  }
}

// Columns of CSV, as the original names them, with what puts each.
struct Column {
  UserFields field;
  std::string_view name;
  void (*put)(const Person& person, std::string& to);
};

constexpr Column kColumns[] = {
    {user_field("gender"), "gender", [](const Person& p, std::string& to) { to += p.woman ? "female" : "male"; }},
    {user_field("name"), "name.title", [](const Person& p, std::string& to) { to += p.title; }},
    {user_field("name"), "name.first", [](const Person& p, std::string& to) { to += p.first; }},
    {user_field("name"), "name.last", [](const Person& p, std::string& to) { to += p.last; }},
    {user_field("location"), "location.street.number",
     [](const Person& p, std::string& to) { put_number(to, "", p.street_number); }},
    {user_field("location"), "location.street.name", [](const Person& p, std::string& to) { to += p.street; }},
    {user_field("location"), "location.city", [](const Person& p, std::string& to) { to += p.city; }},
    {user_field("location"), "location.state", [](const Person& p, std::string& to) { to += p.state; }},
    {user_field("location"), "location.country", [](const Person& p, std::string& to) { to += p.nation->country; }},
    {user_field("location"), "location.postcode", [](const Person& p, std::string& to) { to += p.postcode; }},
    {user_field("location"), "location.coordinates.latitude",
     [](const Person& p, std::string& to) { to += p.latitude; }},
    {user_field("location"), "location.coordinates.longitude",
     [](const Person& p, std::string& to) { to += p.longitude; }},
    {user_field("location"), "location.timezone.offset",
     [](const Person& p, std::string& to) { to += p.zone->offset; }},
    {user_field("location"), "location.timezone.description",
     [](const Person& p, std::string& to) { to += p.zone->description; }},
    {user_field("email"), "email", [](const Person& p, std::string& to) { to += p.email; }},
    {user_field("login"), "login.uuid", [](const Person& p, std::string& to) { to += p.uuid; }},
    {user_field("login"), "login.username", [](const Person& p, std::string& to) { to += p.username; }},
    {user_field("login"), "login.password", [](const Person& p, std::string& to) { to += p.password; }},
    {user_field("login"), "login.salt", [](const Person& p, std::string& to) { to += p.salt; }},
    {user_field("login"), "login.md5", [](const Person& p, std::string& to) { to += p.md5; }},
    {user_field("login"), "login.sha1", [](const Person& p, std::string& to) { to += p.sha1; }},
    {user_field("login"), "login.sha256", [](const Person& p, std::string& to) { to += p.sha256; }},
    {user_field("dob"), "dob.date", [](const Person& p, std::string& to) { to += p.born; }},
    {user_field("dob"), "dob.age",
     [](const Person& p, std::string& to) { put_number(to, "", static_cast<uint64_t>(p.age)); }},
    {user_field("registered"), "registered.date", [](const Person& p, std::string& to) { to += p.registered; }},
    {user_field("registered"), "registered.age",
     [](const Person& p, std::string& to) { put_number(to, "", static_cast<uint64_t>(p.registered_years)); }},
    {user_field("phone"), "phone", [](const Person& p, std::string& to) { to += p.phone; }},
    {user_field("cell"), "cell", [](const Person& p, std::string& to) { to += p.cell; }},
    {user_field("id"), "id.name", [](const Person& p, std::string& to) { to += p.nation->id_name; }},
    {user_field("id"), "id.value", [](const Person& p, std::string& to) { to += p.id; }},
    {user_field("picture"), "picture.large", [](const Person& p, std::string& to) { put_picture(p, "", to); }},
    {user_field("picture"), "picture.medium", [](const Person& p, std::string& to) { put_picture(p, "med/", to); }},
    {user_field("picture"), "picture.thumbnail",
     [](const Person& p, std::string& to) { put_picture(p, "thumb/", to); }},
    {user_field("nat"), "nat", [](const Person& p, std::string& to) { to += p.nation->code; }},
};

}  // namespace

void put_json_text(std::string_view text, std::string& to) {
  to += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      to += '\\';
      to += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      fmt::format_to(std::back_inserter(to), "\\u{:04x}", static_cast<unsigned>(c));
    } else {
      to += c;
    }
  }
  to += '"';
}

void put_user_json(const Person& person, UserFields fields, UserFlaw flaw, std::string& to) {
  const auto has = [&](UserFields field) { return (fields & field) != 0; };
  to += '{';
  if (has(user_field("gender"))) {
    const bool list = flaw == UserFlaw::kGenderIsList;
    put_quoted(to, list ? R"("gender":[)" : R"("gender":)", person.woman ? "female" : "male");
    to += list ? "]," : ",";
  }
  if (has(user_field("name")) && flaw != UserFlaw::kMissingName) {
    put_quoted(to, R"("name":{"title":)", person.title);
    put_quoted(to, R"(,"first":)", person.first);
    put_quoted(to, R"(,"last":)", person.last);
    to += "},";
  }
  if (has(user_field("location"))) put_location(person, to);
  if (has(user_field("email")) && flaw == UserFlaw::kEmailIsNumber) {
    to += R"("email":42,)";
  } else if (has(user_field("email")) && flaw != UserFlaw::kMissingEmail) {
    put_quoted(to, R"("email":)", person.email);
    to += ',';
  }
  if (has(user_field("login"))) put_login(person, flaw, to);
  if (has(user_field("dob"))) {
    put_quoted(to, R"("dob":{"date":)", flaw == UserFlaw::kDateIsWord ? "yesterday" : std::string_view(person.born));
    put_number(to, R"(,"age":)", static_cast<uint64_t>(person.age));
    to += "},";
  }
  if (has(user_field("registered"))) {
    put_quoted(to, R"("registered":{"date":)", person.registered);
    put_number(to, R"(,"age":)", static_cast<uint64_t>(person.registered_years));
    to += "},";
  }
  if (has(user_field("phone"))) {
    put_quoted(to, R"("phone":)", person.phone);
    to += ',';
  }
  if (has(user_field("cell"))) {
    put_quoted(to, R"("cell":)", person.cell);
    to += ',';
  }
  put_id_and_picture(person, fields, to);
  if (has(user_field("nat"))) {
    put_quoted(to, R"("nat":)", person.nation->code);
    to += ',';
  }
  if (to.back() == ',') to.pop_back();
  to += '}';
}

std::string user_csv_header(UserFields fields) {
  std::string header;
  for (const Column& column : kColumns) {
    if ((fields & column.field) == 0) continue;
    if (!header.empty()) header += ',';
    header += column.name;
  }
  return header;
}

void put_user_csv(const Person& person, UserFields fields, std::string& to) {
  bool first = true;
  for (const Column& column : kColumns) {
    if ((fields & column.field) == 0) continue;
    if (!first) to += ',';
    first = false;
    const size_t begin = to.size();
    column.put(person, to);
    if (to.find_first_of(",\"", begin) == std::string::npos) continue;
    for (size_t quote = to.find('"', begin); quote != std::string::npos; quote = to.find('"', quote + 2)) {
      to.insert(quote, 1, '"');
    }
    to.insert(begin, 1, '"');
    to += '"';
  }
}

std::string prettified(std::string_view json) {
  std::string pretty;
  pretty.reserve(json.size() * 2);
  size_t depth = 0;
  const auto new_line = [&] { pretty.append("\n").append(2 * depth, ' '); };
  for (size_t i = 0; i < json.size(); ++i) {
    const char c = json[i];
    if (c == '"') {
      const size_t begin = i;
      for (++i; json[i] != '"'; ++i) i += json[i] == '\\' ? 1 : 0;
      pretty += json.substr(begin, i + 1 - begin);
    } else if (c == '{' || c == '[') {
      pretty += c;
      ++depth;
      new_line();
    } else if (c == '}' || c == ']') {
      --depth;
      new_line();
      pretty += c;
    } else {
      pretty += c;
      if (c == ',') new_line();
      if (c == ':') pretty += ' ';
    }
  }
  return pretty;
}

}  // namespace millrace
