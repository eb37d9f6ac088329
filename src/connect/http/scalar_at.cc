#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <simdjson.h>

#include "connect/http/paging.h"

namespace millrace {
namespace {

using simdjson::ondemand::json_type;

// One step of a path: a key of an object, or a number into an array.
simdjson::simdjson_result<simdjson::ondemand::value> step_into(simdjson::ondemand::value value,
                                                               const std::string& name) {
  json_type type{};
  if (const auto error = value.type().get(type); error != simdjson::SUCCESS) return error;
  if (type == json_type::object) return value.find_field_unordered(name);
  size_t index = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), index);
  if (type != json_type::array || error != std::errc() || end != name.data() + name.size()) {
    return simdjson::NO_SUCH_FIELD;
  }
  return value.at(index);
}

bool is_absent(simdjson::error_code error) {
  return error == simdjson::NO_SUCH_FIELD || error == simdjson::INDEX_OUT_OF_BOUNDS;
}

}  // namespace

Result<std::optional<std::string>> scalar_at(std::string_view json, const std::vector<std::string>& path) {
  const auto broken = [&](simdjson::error_code error) {
    return Error(ErrorCode::kFailed, fmt::format("the answer cannot be read up to {}: {}", fmt::join(path, "."),
                                                 simdjson::error_message(error)));
  };
  const simdjson::padded_string padded(json);
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  simdjson::ondemand::value value;
  if (const auto error = parser.iterate(padded).get(document); error != simdjson::SUCCESS) return broken(error);
  if (const auto error = document.get_value().get(value); error != simdjson::SUCCESS) {
    if (error == simdjson::SCALAR_DOCUMENT_AS_VALUE) return std::optional<std::string>();
    return broken(error);
  }
  for (const std::string& name : path) {
    const auto error = step_into(value, name).get(value);
    if (is_absent(error)) return std::optional<std::string>();
    if (error != simdjson::SUCCESS) return broken(error);
  }
  json_type type{};
  if (const auto error = value.type().get(type); error != simdjson::SUCCESS) return broken(error);
  if (type == json_type::object || type == json_type::array) {
    return Error(ErrorCode::kFailed,
                 fmt::format("what stands at {} of the answer is {}, and a text or a number leads on",
                             fmt::join(path, "."), type == json_type::object ? "an object" : "a list"));
  }
  if (type == json_type::string) {
    std::string_view text;
    if (const auto error = value.get_string().get(text); error != simdjson::SUCCESS) return broken(error);
    return text.empty() ? std::optional<std::string>() : std::optional(std::string(text));
  }
  if (type == json_type::null) return std::optional<std::string>();
  std::string_view token = value.raw_json_token();
  while (!token.empty() && static_cast<unsigned char>(token.back()) <= ' ') token.remove_suffix(1);
  return token == "false" ? std::optional<std::string>() : std::optional(std::string(token));
}

}  // namespace millrace
