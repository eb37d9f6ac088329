#include "doors/admin/admin_client.h"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace millrace {
namespace {

// As the server put it into the body of an answer that is none.
Error error_of(const HttpResponse& response) {
  const auto json = nlohmann::json::parse(response.body, nullptr, false);
  if (json.is_object() && json.contains("error") && json["error"].is_string()) {
    return Error(error_code_of_name(json.value("code", "")).value_or(ErrorCode::kFailed), json["error"]);
  }
  return Error(ErrorCode::kFailed, fmt::format("the running process answered with status {}", response.status));
}

}  // namespace

std::unique_ptr<AdminClient> AdminClient::find(const std::string& data_directory, const std::atomic<bool>& stop) {
  std::unique_ptr<AdminClient> client(new AdminClient(join_path(data_directory, kAdminSocket), stop));
  const auto answer = client->http_->send(
      {.url = "http://localhost/healthz", .unix_socket = client->socket_, .stopping = [&stop] { return stop.load(); }});
  return answer.ok() ? std::move(client) : nullptr;
}

Status AdminClient::ask(std::string_view action, const AdminArguments& arguments, const TakeText& take) {
  const AdminAction* const known = find_admin_action(action);
  MILLRACE_ASSERT(known != nullptr, "commands ask for what there is");
  // Answers may take as long as they like: somebody follows a topic.
  HttpRequest request{.method = "POST",
                      .url = fmt::format("http://localhost/v1/{}", action),
                      .headers = {{"Content-Type", "application/json"}},
                      .body = nlohmann::json(arguments.all()).dump(),
                      .unix_socket = socket_,
                      .timeouts = {.idle_us = 0, .whole_us = 0},
                      .limits = {.body_bytes_max = 0},
                      .stopping = [this] { return stop_.load(); },
                      .on_body = take};
  TRY(response, http_->send(request));
  return response.status == 200 ? Status() : error_of(response);
}

}  // namespace millrace
