#include "connect/registry/registry_client.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <thread>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "wire/http/url.h"

namespace millrace {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kContentType = "application/vnd.schemaregistry.v1+json";
constexpr auto kLookUp = std::chrono::milliseconds(50);  // how long a wait may go on when it is to stop
constexpr size_t kReasonsMax = 10;                       // shown of a schema that is refused

// Confluent's error codes.
constexpr int32_t kNoSubject = 40401;
constexpr int32_t kNoVersion = 40402;
constexpr int32_t kNoSchema = 40403;

constexpr int kOk = 200;
constexpr int kNotFound = 404;
constexpr int kConflict = 409;

Json parsed(const std::string& body) { return Json::parse(body, nullptr, false); }

template <typename T>
std::optional<T> member(const Json& json, const char* name) {
  if (!json.is_object()) return std::nullopt;
  const auto found = json.find(name);
  if (found == json.end()) return std::nullopt;
  if constexpr (std::is_same_v<T, std::string>) {
    if (found->is_string()) return found->get<std::string>();
  } else {
    if (found->is_number_integer()) {
      const auto value = found->get<int64_t>();
      if (value >= std::numeric_limits<T>::min() && value <= std::numeric_limits<T>::max())
        return static_cast<T>(value);
    }
  }
  return std::nullopt;
}

std::string schema_body(const std::string& schema) { return Json{{"schema", schema}}.dump(); }

std::string path_of(const std::string& subject) { return "/subjects/" + percent_encoded(subject); }

// A registry that has other kinds of schemas too says so of those alone.
Status check_kind(const Json& json, std::string_view place, std::string_view what) {
  const std::string kind = member<std::string>(json, "schemaType").value_or("AVRO");
  if (kind != "AVRO") {
    return Error(ErrorCode::kInvalidArgument, fmt::format("{}: {} is of type {}, not Avro", place, what, kind));
  }
  const auto references = json.find("references");
  if (references != json.end() && references->is_array() && !references->empty()) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("{}: {} refers to other schemas, which is not supported", place, what));
  }
  return {};
}

}  // namespace

RegistryClient::RegistryClient(Options options, std::shared_ptr<HttpClient> http, const Clock& clock,
                               std::function<bool()> stopping)
    : options_(std::move(options)), http_(std::move(http)), clock_(clock), stopping_(std::move(stopping)) {
  while (options_.url.ends_with('/')) options_.url.pop_back();
}

std::string RegistryClient::place() const { return "the schema registry " + shown_url(options_.url); }

std::string RegistryClient::subject_of(std::string_view topic, std::string_view record) const {
  switch (options_.naming) {
    case SubjectNaming::kTopic: return fmt::format("{}-value", topic);
    case SubjectNaming::kRecord: return std::string(record);
    case SubjectNaming::kTopicRecord: return fmt::format("{}-{}", topic, record);
  }
  MILLRACE_UNREACHABLE("a way to name subjects");
}

Result<RegistryClient::Answer> RegistryClient::ask_once(const HttpRequest& request) const {
  auto response = http_->send(request);
  if (!response.ok()) return response.error().with_context("schema registry");
  if (is_retryable_status(response->status)) return status_error(request, *response).with_context("schema registry");
  Answer answer{.status = response->status, .body = std::move(response->body)};
  if (answer.status == kOk) return answer;
  const Json json = parsed(answer.body);
  answer.error_code = member<int32_t>(json, "error_code").value_or(0);
  answer.message =
      without_secrets(member<std::string>(json, "message").value_or(status_text(answer.status)), request.secrets);
  if (answer.status != 401 && answer.status != 403) return answer;
  return Error(ErrorCode::kPermission, fmt::format("{} answers {}: check its user and password, or token", place(),
                                                   status_text(answer.status)));
}

Result<RegistryClient::Answer> RegistryClient::ask(std::string_view method, const std::string& path,
                                                   const std::string& body) const {
  HttpRequest request{.method = std::string(method), .url = options_.url + path, .body = body};
  request.headers = {{"Accept", fmt::format("{}, application/json", kContentType)}};
  if (!body.empty()) request.headers.push_back({"Content-Type", std::string(kContentType)});
  if (!options_.token.empty()) {
    request.headers.push_back({"Authorization", "Bearer " + options_.token, true});
  } else if (!options_.user.empty()) {
    const std::string both = encode_base64(options_.user + ":" + options_.password);
    request.headers.push_back({"Authorization", "Basic " + both, true});
    request.secrets.push_back(both);
  }
  for (const std::string& secret : {options_.password, options_.token}) {
    if (!secret.empty()) request.secrets.push_back(secret);
  }
  request.timeouts.whole_us = kRegistryRequestTimeoutUs;
  request.limits.body_bytes_max = kRegistryAnswerBytesMax;
  request.tls = options_.tls;
  request.stopping = stopping_;
  int64_t wait_us = options_.retry_wait_us;
  for (int attempt = 1;; ++attempt, wait_us *= 2) {
    auto answer = ask_once(request);
    if (answer.ok() || !is_retryable(answer.error().code()) || attempt == kRegistryAttempts) return answer;
    const auto until = std::chrono::steady_clock::now() + std::chrono::microseconds(wait_us);
    while (std::chrono::steady_clock::now() < until) {
      if (stopping_ && stopping_()) return answer;
      std::this_thread::sleep_for(
          std::min<std::chrono::steady_clock::duration>(kLookUp, until - std::chrono::steady_clock::now()));
    }
  }
}

Error RegistryClient::refused(const Answer& answer, std::string_view what) const {
  if (answer.status == kOk) {
    return {ErrorCode::kInvalidArgument, fmt::format("{} gives an answer for {} that is not the API's: is it {}?",
                                                     place(), what, "the URL of a schema registry")};
  }
  return {answer.status == kNotFound ? ErrorCode::kNotFound : ErrorCode::kInvalidArgument,
          fmt::format("{} answers {} for {}: {}", place(), status_text(answer.status), what, answer.message)};
}

Result<std::optional<int32_t>> RegistryClient::known_id(const std::string& subject, const std::string& schema) const {
  TRY(answer, ask("POST", path_of(subject), schema_body(schema)));
  if (answer.status == kNotFound) return std::optional<int32_t>();
  const auto id = member<int32_t>(parsed(answer.body), "id");
  // What is no schema in its eyes is told when it is to be taken.
  return answer.status == kOk ? id : std::nullopt;
}

Result<int32_t> RegistryClient::enroll(const std::string& subject, const std::string& schema) {
  const auto key = std::pair(subject, schema);
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = enrolled_.find(key); known != enrolled_.end()) return known->second;
  }
  // First without a change: who may only read gets on with what is there.
  TRY(id, known_id(subject, schema));
  if (!id) {
    TRY(answer, ask("POST", path_of(subject) + "/versions", schema_body(schema)));
    if (answer.status == kConflict) return incompatible(subject, schema, answer);
    if (answer.status == kOk) id = member<int32_t>(parsed(answer.body), "id");
    if (!id) return refused(answer, fmt::format("the schema of subject {}", subject));
  }
  const std::lock_guard lock(mutex_);
  if (enrolled_.size() >= kRegistrySchemasMax) enrolled_.clear();
  enrolled_[key] = *id;
  return *id;
}

Error RegistryClient::incompatible(const std::string& subject, const std::string& schema, const Answer& answer) {
  const auto reasons = objections(subject, schema);
  std::string why = answer.message;
  if (reasons.ok() && !reasons->empty()) why = fmt::format("{}", fmt::join(*reasons, "; "));
  return {ErrorCode::kInvalidArgument,
          fmt::format("{} refuses the schema of subject {}, since it does not go with those before: {}", place(),
                      subject, why)};
}

Result<std::vector<std::string>> RegistryClient::objections(const std::string& subject, const std::string& schema) {
  const std::string path =
      fmt::format("/compatibility/subjects/{}/versions/latest?verbose=true", percent_encoded(subject));
  TRY(answer, ask("POST", path, schema_body(schema)));
  std::vector<std::string> reasons;
  if (answer.error_code == kNoSubject || answer.error_code == kNoVersion) return reasons;
  const Json json = parsed(answer.body);
  if (answer.status != kOk || !json.is_object() || !json.contains("is_compatible")) {
    return refused(answer, fmt::format("the schema of subject {}", subject));
  }
  if (json["is_compatible"] == true) return reasons;
  const auto messages = json.find("messages");
  if (messages != json.end() && messages->is_array()) {
    for (const Json& message : *messages) {
      if (message.is_string() && reasons.size() < kReasonsMax) reasons.push_back(message.get<std::string>());
    }
  }
  if (reasons.empty()) reasons.emplace_back("it says no reason");
  return reasons;
}

Result<std::string> RegistryClient::find(int32_t id) {
  const auto not_known = [&] { return Error(ErrorCode::kNotFound, fmt::format("{} has no id {}", place(), id)); };
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = schemas_.find(id); known != schemas_.end()) return known->second;
    const auto asked = unknown_.find(id);
    if (asked != unknown_.end() && clock_.monotonic_us() - asked->second < kRegistryUnknownIdUs) return not_known();
  }
  TRY(answer, ask("GET", fmt::format("/schemas/ids/{}", id)));
  if (answer.status == kNotFound && (answer.error_code == kNoSchema || answer.error_code == kNotFound)) {
    const std::lock_guard lock(mutex_);
    if (unknown_.size() >= kRegistrySchemasMax) unknown_.clear();
    unknown_[id] = clock_.monotonic_us();
    return not_known();
  }
  const Json json = parsed(answer.body);
  const auto schema = member<std::string>(json, "schema");
  if (answer.status != kOk || !schema) return refused(answer, fmt::format("id {}", id));
  TRY_STATUS(check_kind(json, place(), fmt::format("id {}", id)));
  const std::lock_guard lock(mutex_);
  if (schemas_.size() >= kRegistrySchemasMax) schemas_.clear();
  schemas_[id] = *schema;
  return *schema;
}

Result<SubjectVersion> RegistryClient::version_at(const std::string& subject, const std::string& version) const {
  const std::string what = fmt::format("version {} of subject {}", version, subject);
  TRY(answer, ask("GET", fmt::format("{}/versions/{}", path_of(subject), version)));
  const Json json = parsed(answer.body);
  const auto number = member<int32_t>(json, "version");
  const auto id = member<int32_t>(json, "id");
  const auto schema = member<std::string>(json, "schema");
  if (answer.status != kOk || !number || !id || !schema) return refused(answer, what);
  TRY_STATUS(check_kind(json, place(), what));
  return SubjectVersion{.subject = subject, .version = *number, .id = *id, .schema = *schema};
}

Result<SubjectVersion> RegistryClient::latest(const std::string& subject) { return version_at(subject, "latest"); }
Result<SubjectVersion> RegistryClient::version(const std::string& subject, int32_t version) {
  return version_at(subject, fmt::format("{}", version));
}

Status RegistryClient::check() {
  TRY(answer, ask("GET", "/subjects"));
  if (answer.status == kOk && parsed(answer.body).is_array()) return {};
  return refused(answer, "its subjects");
}

}  // namespace millrace
