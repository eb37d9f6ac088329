#include "connect/http/poll_settings.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/base64.h"
#include "base/files.h"
#include "flow/given_source.h"
#include "wire/http/url.h"

namespace millrace {
namespace {

constexpr std::array kBasicFields = std::to_array<FieldDescription>({
    {.name = "user", .kind = FieldKind::kText, .summary = "The user's name.", .example = "reader", .required = true},
    {.name = "password",
     .kind = FieldKind::kText,
     .summary = "The password.",
     .example = "\"${secret:env:API_PASSWORD}\"",
     .required = true,
     .secret = true},
});
constexpr std::array kHeaderFields = std::to_array<FieldDescription>({
    {.name = "name", .kind = FieldKind::kText, .summary = "The header.", .example = "X-Api-Key", .required = true},
    {.name = "value",
     .kind = FieldKind::kText,
     .summary = "What it holds.",
     .example = "\"${secret:env:API_KEY}\"",
     .required = true,
     .secret = true},
});
constexpr Component kBasicAuth = {.kind = ComponentKind::kSource,
                                  .name = "basic",
                                  .summary = "A user and a password.",
                                  .shorthand = "",
                                  .fields = kBasicFields,
                                  .example = "basic: { user: reader, password: \"${secret:env:API_PASSWORD}\" }"};
constexpr Component kHeaderAuth = {.kind = ComponentKind::kSource,
                                   .name = "header",
                                   .summary = "A header of the API's own.",
                                   .shorthand = "",
                                   .fields = kHeaderFields,
                                   .example = "header: { name: X-Api-Key, value: \"${secret:env:API_KEY}\" }"};
constexpr std::array kAuthFields = std::to_array<FieldDescription>({
    {.name = "basic",
     .kind = FieldKind::kMap,
     .summary = "A user and a password.",
     .example = "{ user: reader, password: \"${secret:env:API_PASSWORD}\" }",
     .holds = &kBasicAuth},
    {.name = "bearer",
     .kind = FieldKind::kText,
     .summary = "A token, sent as `Authorization: Bearer TOKEN`.",
     .example = "\"${secret:env:API_TOKEN}\"",
     .secret = true},
    {.name = "header",
     .kind = FieldKind::kMap,
     .summary = "A header of the API's own.",
     .example = "{ name: X-Api-Key, value: \"${secret:env:API_KEY}\" }",
     .holds = &kHeaderAuth},
});

bool is_empty_value(const Node& node) { return node.is_null() && node.text.empty(); }

class PollReader {
 public:
  PollReader(const Settings& settings, Diagnostics& diagnostics) : settings_(settings), diagnostics_(diagnostics) {}

  std::optional<PollSettings> run() {
    const size_t errors_before = diagnostics_.errors();
    poll_.url = settings_.node("url");
    add_secrets(poll_.url);
    auth();
    url();
    map("params", "page_type: active", poll_.params);
    map("headers", "Accept: application/json", poll_.headers);
    headers();
    body();
    paging();
    limits();
    if (diagnostics_.errors() != errors_before) return std::nullopt;
    return std::move(poll_);
  }

 private:
  void add_secrets(const Node& node) {
    for (const PutIn& put_in : node.put_in) {
      if (put_in.what != PutIn::What::kSecret) continue;
      poll_.secrets.push_back(node.text.substr(put_in.begin, put_in.end - put_in.begin));
    }
    for (const Node& item : node.items) add_secrets(item);
    for (const auto& [key, value] : node.entries) add_secrets(value);
  }

  void auth() {
    if (!settings_.has("auth")) return;
    const Node& node = settings_.node("auth");
    const Settings auth = settings_.map("auth");
    if (node.entries.size() != 1) {
      diagnostics_.error(node.place, "'auth' is one of: basic, bearer, header",
                         "for example auth: { bearer: \"${secret:env:API_TOKEN}\" }");
      return;
    }
    if (auth.has("bearer")) {
      authorize("Authorization", "Bearer " + auth.text("bearer"), auth.text("bearer"));
    } else if (auth.has("basic")) {
      const Settings basic = auth.map("basic");
      const std::string both = encode_base64(fmt::format("{}:{}", basic.text("user"), basic.text("password")));
      authorize("Authorization", "Basic " + both, basic.text("password"));
      poll_.secrets.push_back(both);
      if (basic.text("user").find(':') != std::string::npos) {
        diagnostics_.error(basic.node("user").place, "a user's name cannot have a colon in it", "");
      }
    } else {
      const Settings header = auth.map("header");
      authorize(header.text("name"), header.text("value"), header.text("value"));
    }
    const std::string_view problem = header_problem(poll_.auth[0].name, poll_.auth[0].value);
    if (!problem.empty()) {
      diagnostics_.error(node.place, fmt::format("the header '{}' {}", poll_.auth[0].name, problem), "");
    }
  }

  void authorize(std::string name, std::string value, const std::string& secret) {
    poll_.auth.push_back({std::move(name), std::move(value), true});
    poll_.secrets.push_back(secret);
  }

  void url() {
    const auto parsed = HttpUrl::parse(poll_.url.text);
    if (!parsed.ok()) {
      const std::string message = without_secrets(parsed.error().message(), poll_.secrets);
      return diagnostics_.error(poll_.url.place, message, "for example url: https://api.example.com/v1/users");
    }
    if (parsed->has_userinfo) {
      diagnostics_.error(poll_.url.place, "a user's name and password do not stand in a URL, where they are shown",
                         "say auth: { basic: { user: ..., password: \"${secret:env:...}\" } }");
    }
    if (parsed->scheme == "http" && !parsed->is_loopback() && !poll_.secrets.empty()) {
      diagnostics_.warning(poll_.url.place, "secrets go over the network for all to read", "ask over https://");
    }
    if (!settings_.flag("insecure")) return;
    poll_.tls.insecure = true;
    diagnostics_.warning(settings_.node("insecure").place,
                         "any certificate is taken for that of the host: whoever is on the way can read and change "
                         "everything",
                         "trust the server's own certificate instead: ca_file: ca.pem");
  }

  // A map of names to single values.
  void map(std::string_view field, std::string_view example, Node& out) {
    if (!settings_.has(field)) return;
    out = settings_.node(field);
    add_secrets(out);
    if (!out.is_map()) {
      diagnostics_.error(out.place, fmt::format("'{}' is a map of names to values", field),
                         fmt::format("for example {}: {{ {} }}", field, example));
      out = Node();
      return;
    }
    for (const auto& [key, value] : out.entries) {
      if (value.is_scalar()) continue;
      diagnostics_.error(is_empty_value(value) ? key.place : value.place,
                         fmt::format("'{}' in {} is one value", key.text, field), "write a text in quotes");
    }
  }

  void headers() {
    for (const auto& [key, value] : poll_.headers.entries) {
      const std::string_view problem = header_problem(key.text, value.text);
      if (!problem.empty()) diagnostics_.error(key.place, fmt::format("the header '{}' {}", key.text, problem), "");
    }
  }

  void body() {
    poll_.method = settings_.has("method") ? settings_.text("method") : settings_.has("body") ? "POST" : "GET";
    if (!settings_.has("body")) return;
    poll_.body = settings_.node("body");
    add_secrets(poll_.body);
    if (is_empty_value(poll_.body)) {
      diagnostics_.error(settings_.place(), "'body' has no value", "write a text, or a map or a list for JSON");
    }
    if (poll_.method == "GET") {
      diagnostics_.error(settings_.node("method").place, "a GET has no body", "say method: POST, or take `body` away");
    }
  }

  void paging() {
    if (settings_.has("pages")) poll_.pages_max = static_cast<uint64_t>(settings_.integer("pages"));
    poll_.conditional = settings_.flag("conditional");
    if (!settings_.has("paging")) return;
    auto paging = Paging::read(settings_.node("paging"), diagnostics_);
    if (!paging) return;
    poll_.paging = *std::move(paging);
    if (poll_.paging.looks_into_json() && settings_.text("format") != "json") {
      diagnostics_.error(settings_.node("paging").place,
                         fmt::format("the way to the next page is looked for in JSON answers, and these are {}",
                                     settings_.text("format")),
                         "page by page, offset or link");
    }
  }

  void limits() {
    if (settings_.has("rate")) {
      const Node& node = settings_.node("rate");
      const auto rate = Rate::parse(node.text);
      if (rate) {
        poll_.fetching.rate = *rate;
      } else {
        diagnostics_.error(node.place, fmt::format("'rate' is a number of requests per time, not '{}'", node.text),
                           "for example rate: 5 per 1s");
      }
    }
    poll_.fetching.wait_max_us = settings_.duration_us("wait_max");
    poll_.timeouts = {.connect_us = settings_.duration_us("connect_timeout"),
                      .idle_us = settings_.duration_us("idle_timeout"),
                      .whole_us = settings_.duration_us("timeout")};
    poll_.limits = {.header_bytes_max = static_cast<size_t>(settings_.bytes("header_max")),
                    .body_bytes_max = static_cast<size_t>(settings_.bytes("body_max")),
                    .redirects_max = static_cast<int>(settings_.integer("redirects_max"))};
    if (settings_.has("ca_file")) poll_.tls.ca_file = settings_.text("ca_file");
  }

  const Settings& settings_;
  Diagnostics& diagnostics_;
  PollSettings poll_;
};

}  // namespace

const Component kAuthSetting = {.kind = ComponentKind::kSource,
                                .name = "auth",
                                .summary = "Who asks.",
                                .shorthand = "",
                                .fields = kAuthFields,
                                .example = "auth: { bearer: \"${secret:env:API_TOKEN}\" }"};

std::optional<PollSettings> PollSettings::read(const Settings& settings, Diagnostics& diagnostics) {
  return PollReader(settings, diagnostics).run();
}

HttpRequest PollSettings::request(const RunTimes& times, const std::string& directory) const {
  HttpRequest request{.method = method,
                      .url = with_run_times(url, times).text,
                      .headers = auth,
                      .timeouts = timeouts,
                      .limits = limits,
                      .tls = tls,
                      .secrets = secrets};
  for (const auto& [key, value] : with_run_times(params, times).entries) {
    request.url = with_parameter(request.url, key.text, value.text);
  }
  for (const auto& [key, value] : with_run_times(headers, times).entries) {
    request.headers.push_back({key.text, value.text, value.secret});
  }
  if (!tls.ca_file.empty()) request.tls.ca_file = join_path(directory, tls.ca_file);
  if (body.is_null()) return request;
  request.body = given_record_bytes(with_run_times(body, times));
  const bool typed = find_header(request.headers, "content-type") != nullptr;
  if (!body.is_scalar() && !typed) request.headers.push_back({"Content-Type", "application/json"});
  return request;
}

std::string PollSettings::shown_url() const { return millrace::shown_url(url.text, secrets); }

}  // namespace millrace
