#include "doors/admin/admin_routes.h"

#include <memory>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace millrace {
namespace {

Result<AdminArguments> arguments_of(const IncomingRequest& request) {
  AdminArguments arguments;
  for (const HttpParameter& parameter : request.query) arguments.set(parameter.name, parameter.value);
  if (request.body.empty()) return arguments;
  const auto json = nlohmann::json::parse(request.body, nullptr, false);
  if (!json.is_object()) {
    return Error(ErrorCode::kInvalidArgument, "the body of the request is no JSON object of arguments");
  }
  for (const auto& [name, value] : json.items()) {
    arguments.set(name, value.is_string() ? value.get<std::string>() : value.dump());
  }
  return arguments;
}

HttpAnswer refusal_of(const Error& error) {
  HttpAnswer answer = error_answer(error);
  answer.body = nlohmann::ordered_json{{"error", error.message()}, {"code", error_code_name(error.code())}}.dump(
                    -1, ' ', false, nlohmann::json::error_handler_t::replace) +
                "\n";
  return answer;
}

// The status is known once the action has something to say, or has failed.
void answer(const AdminRoom& room, const AdminAction& action, const IncomingRequest& request, HttpReply& reply) {
  bool begun = false;
  const auto begin = [&](std::string_view text) {
    begun = true;
    reply.begin({.content_type = "application/x-ndjson", .body = std::string(text)});
  };
  const auto take = [&](std::string_view text) -> Status {
    if (!reply.wanted()) return Error(ErrorCode::kCancelled, "nobody wants the rest of the answer");
    if (begun) return text.empty() ? Status() : reply.write(text);
    if (!text.empty()) begin(text);
    return {};
  };
  const auto arguments = arguments_of(request);
  const Status status = arguments.ok() ? action.answer(room, *arguments, take) : arguments.error();
  if (!status.ok() && !begun) return reply.send(refusal_of(status.error()));
  if (!status.ok()) return;  // the connection is cut, so that nobody takes a part for the whole
  if (!begun) begin("");
  reply.end();
}

}  // namespace

void add_admin_routes(Router& router, const AdminRoom& room, AdminAccess access) {
  for (const AdminAction& action : admin_actions()) {
    const std::string path = fmt::format("/v1/{}", action.name);
    const HttpHandler handler = [&room, action](const IncomingRequest& request, std::unique_ptr<HttpReply> reply) {
      answer(room, action, request, *reply);
    };
    if (!action.changes) router.add("GET", path, handler);
    if (access == AdminAccess::kOwner) router.add("POST", path, handler, {.body_bytes_max = kAdminBodyBytesMax});
  }
}

}  // namespace millrace
