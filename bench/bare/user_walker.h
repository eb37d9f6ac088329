// simdjson's on-demand front end, for users and nothing else: every byte is validated, wanted or not.
#pragma once

#include <simdjson.h>

#include <cstring>
#include <string_view>

#include "bare/user.h"

namespace bare {

namespace ondemand = simdjson::ondemand;

// Walks one document on demand and takes what is wanted on the way. Throws nothing; every call's error is looked at.
class UserWalker {
 public:
  // A user as the API gives it. False when the document is not JSON or a column gets what it cannot hold.
  bool walk(const char* line, size_t bytes, size_t readable, User& user) {
    return document(line, bytes, readable,
                    [&](std::string_view key, ondemand::value value) { return top_member(key, value, user); });
  }
  // One as put_user() writes it.
  bool walk_shaped(const char* line, size_t bytes, size_t readable, User& user) {
    return document(line, bytes, readable,
                    [&](std::string_view key, ondemand::value value) { return shaped_member(key, value, user); });
  }

 private:
  template <typename F>
  bool document(const char* line, size_t bytes, size_t readable, F&& member) {
    escapes_ = std::memchr(line, '\\', bytes) != nullptr;
    ondemand::document document;
    if (parser_.iterate(line, bytes, readable).get(document) != simdjson::SUCCESS) return false;
    ondemand::object top;
    if (document.get_object().get(top) != simdjson::SUCCESS) return false;
    return members(top, member) &&
           document.current_location().error() == simdjson::OUT_OF_BOUNDS;  // nothing behind the record
  }

  template <typename F>
  bool members(ondemand::object object, F&& member) {
    for (auto next : object) {
      ondemand::field field;
      if (std::move(next).get(field) != simdjson::SUCCESS) return false;
      std::string_view key;
      if (escapes_) {
        if (field.unescaped_key().get(key) != simdjson::SUCCESS) return false;
      } else {
        const char* raw = field.key().raw();
        size_t bytes = 0;
        while (raw[bytes] != '"') ++bytes;  // keys are short: a call would cost more
        key = {raw, bytes};
      }
      if (!member(key, field.value())) return false;
    }
    return true;
  }

  template <typename F>
  bool inside(ondemand::value value, F&& member) {
    ondemand::object object;
    if (value.get_object().get(object) == simdjson::SUCCESS) return members(object, member);
    return value.is_null();
  }

  static std::string_view token(ondemand::value& value) {
    std::string_view text = value.raw_json_token();
    while (text.back() == ' ' || text.back() == '\n' || text.back() == '\r' || text.back() == '\t')
      text.remove_suffix(1);
    return text;
  }

  bool string_is_well(ondemand::value& value) {
    std::string_view ignored;
    return !escapes_ || value.get_string().get(ignored) == simdjson::SUCCESS;
  }

  // A scalar's text; empty data() stays for null.
  bool take(ondemand::value value, std::string_view& to) {
    const std::string_view text = token(value);
    to = {};
    if (text[0] == '"') {
      if (text.size() < 2 || text.back() != '"' || !string_is_well(value)) return false;
      to = text.substr(1, text.size() - 2);
      return true;
    }
    if (text[0] == '{' || text[0] == '[') return false;
    if (text != "null") to = text;
    return skip(value);
  }

  bool skip(ondemand::value value) {
    // The first stage has proved that strings are closed and UTF-8; only escapes are left to look at.
    if (!escapes_ && *value.raw_json_token().data() == '"') return true;
    ondemand::json_type type{};
    if (value.type().get(type) != simdjson::SUCCESS) return false;
    switch (type) {
      case ondemand::json_type::object: {
        ondemand::object object;
        return value.get_object().get(object) == simdjson::SUCCESS &&
               members(object, [&](std::string_view, ondemand::value inner) { return skip(inner); });
      }
      case ondemand::json_type::array: {
        ondemand::array array;
        if (value.get_array().get(array) != simdjson::SUCCESS) return false;
        for (auto element : array) {
          ondemand::value inner;
          if (std::move(element).get(inner) != simdjson::SUCCESS || !skip(inner)) return false;
        }
        return true;
      }
      case ondemand::json_type::string: return string_is_well(value);
      case ondemand::json_type::number: {
        ondemand::number number;
        return value.get_number().get(number) == simdjson::SUCCESS;
      }
      case ondemand::json_type::boolean: {
        bool ignored = false;
        return value.get_bool().get(ignored) == simdjson::SUCCESS;
      }
      case ondemand::json_type::null: return value.is_null();
    }
    return false;
  }

  bool top_member(std::string_view key, ondemand::value value, User& user) {
    if (key == "gender") return take(value, user.gender);
    if (key == "email") return take(value, user.email);
    if (key == "phone") return take(value, user.phone);
    if (key == "name") {
      return inside(value, [&](std::string_view inner, ondemand::value found) {
        if (inner == "first") return take(found, user.first_name);
        if (inner == "last") return take(found, user.last_name);
        return skip(found);
      });
    }
    if (key == "location") {
      return inside(value, [&](std::string_view inner, ondemand::value found) { return place(inner, found, user); });
    }
    if (key == "login") {
      return inside(value, [&](std::string_view inner, ondemand::value found) {
        if (inner == "uuid") return take(found, user.id);
        if (inner == "username") return take(found, user.username);
        return skip(found);
      });
    }
    if (key == "dob") return date(value, user.dob);
    if (key == "registered") return date(value, user.registered);
    if (key == "picture") {
      return inside(value, [&](std::string_view inner, ondemand::value found) {
        return inner == "medium" ? take(found, user.picture) : skip(found);
      });
    }
    return skip(value);
  }

  bool shaped_member(std::string_view key, ondemand::value value, User& user) {
    if (key == "id") return take(value, user.id);
    if (key == "first_name") return take(value, user.first_name);
    if (key == "last_name") return take(value, user.last_name);
    if (key == "gender") return take(value, user.gender);
    if (key == "address") return take(value, user.address);
    if (key == "post_code") return take(value, user.post_code);
    if (key == "email") return take(value, user.email);
    if (key == "username") return take(value, user.username);
    if (key == "dob") return take(value, user.dob);
    if (key == "registered_date") return take(value, user.registered);
    if (key == "phone") return take(value, user.phone);
    if (key == "picture") return take(value, user.picture);
    return skip(value);
  }

  bool date(ondemand::value value, std::string_view& to) {
    return inside(value, [&](std::string_view inner, ondemand::value found) {
      return inner == "date" ? take(found, to) : skip(found);
    });
  }

  bool place(std::string_view key, ondemand::value value, User& user) {
    if (key == "city") return take(value, user.city);
    if (key == "state") return take(value, user.state);
    if (key == "country") return take(value, user.country);
    if (key == "postcode") return take(value, user.post_code);
    if (key != "street") return skip(value);
    return inside(value, [&](std::string_view inner, ondemand::value found) {
      if (inner == "number") return take(found, user.number);
      if (inner == "name") return take(found, user.street);
      return skip(found);
    });
  }

  ondemand::parser parser_;
  bool escapes_ = false;
};

}  // namespace bare
