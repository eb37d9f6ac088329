#include <array>
#include <utility>

#include <fmt/format.h>

#include "connect/registry/registry.h"
#include "connect/registry/registry_client.h"
#include "wire/http/url.h"

namespace millrace {
namespace {

constexpr std::array<std::string_view, 3> kNamings = {"topic", "record", "topic_record"};  // as SubjectNaming

constexpr std::array kTlsFields = std::to_array<FieldDescription>({
    {.name = "ca",
     .kind = FieldKind::kText,
     .summary = "A file of certificates, PEM, to trust instead of the system's.",
     .example = "/etc/registry/ca.pem"},
    {.name = "certificate",
     .kind = FieldKind::kText,
     .summary = "A file with the certificate to show, PEM; with its `key`.",
     .example = "/etc/registry/client.pem"},
    {.name = "key",
     .kind = FieldKind::kText,
     .summary = "A file with the key of `certificate`, PEM.",
     .example = "/etc/registry/client.key"},
    {.name = "verify",
     .kind = FieldKind::kBool,
     .summary = "Whether the server's certificate has to be one that is trusted, and its own.",
     .default_value = "true",
     .example = "true"},
});

constexpr Component kTls = {.kind = ComponentKind::kSystem,
                            .name = "tls",
                            .summary = "How the connection is made safe.",
                            .fields = kTlsFields,
                            .example = "{ ca: /etc/registry/ca.pem }"};

constexpr std::array kFields = std::to_array<FieldDescription>({
    {.name = "url",
     .kind = FieldKind::kText,
     .summary = "Where the registry's API is.",
     .example = "http://localhost:8081",
     .required = true},
    {.name = "user", .kind = FieldKind::kText, .summary = "Who asks, with `password`.", .example = "millrace"},
    {.name = "password",
     .kind = FieldKind::kText,
     .summary = "The user's password.",
     .example = "${secret:env:REGISTRY_PASSWORD}",
     .secret = true},
    {.name = "token",
     .kind = FieldKind::kText,
     .summary = "A bearer token, instead of `user` and `password`.",
     .example = "${secret:env:REGISTRY_TOKEN}",
     .secret = true},
    {.name = "tls",
     .kind = FieldKind::kMap,
     .summary = "Certificates, where they are not the usual ones.",
     .example = "{ ca: /etc/registry/ca.pem }",
     .holds = &kTls},
    {.name = "naming",
     .kind = FieldKind::kChoice,
     .summary = "How the subject of a topic's values is called: TOPIC-value, by the record's name, or by both.",
     .default_value = "topic",
     .example = "topic",
     .choices = kNamings},
});

class RegistrySystem final : public System {
 public:
  RegistrySystem(RegistryClient::Options options) : client_(std::move(options), real_http_client(), clock_) {}

  SchemaRegistry* schemas() override { return &client_; }
  Result<std::string> reach() override {
    TRY_STATUS(client_.check());
    return client_.place() + " answers";
  }

 private:
  SystemClock clock_;
  RegistryClient client_;
};

// Both or none.
bool come_together(const Settings& settings, std::string_view one, std::string_view other, Diagnostics& diagnostics) {
  if (settings.has(one) == settings.has(other)) return true;
  const std::string_view there = settings.has(one) ? one : other;
  diagnostics.error(settings.node(there).place, fmt::format("'{}' is of no use alone", there),
                    fmt::format("give '{}' too", settings.has(one) ? other : one));
  return false;
}

bool read_tls(const Settings& settings, HttpTls& tls, Diagnostics& diagnostics) {
  if (!come_together(settings, "certificate", "key", diagnostics)) return false;
  if (settings.has("ca")) tls.ca_file = settings.text("ca");
  if (settings.has("certificate")) tls.certificate_file = settings.text("certificate");
  if (settings.has("key")) tls.key_file = settings.text("key");
  tls.insecure = !settings.flag("verify");
  return true;
}

std::shared_ptr<System> make_registry(const std::string& /*name*/, const Settings& settings, Diagnostics& diagnostics) {
  RegistryClient::Options options{.url = settings.text("url")};
  if (const auto url = HttpUrl::parse(options.url); !url.ok()) {
    diagnostics.error(settings.node("url").place, url.error().message(), "for example http://localhost:8081");
    return nullptr;
  }
  if (!come_together(settings, "user", "password", diagnostics)) return nullptr;
  if (settings.has("token") && settings.has("user")) {
    diagnostics.error(settings.node("token").place, "'token' and 'user' are two ways to say who asks", "keep one");
    return nullptr;
  }
  if (settings.has("user")) options.user = settings.text("user");
  if (settings.has("password")) options.password = settings.text("password");
  if (settings.has("token")) options.token = settings.text("token");
  if (settings.has("tls") && !read_tls(settings.map("tls"), options.tls, diagnostics)) return nullptr;
  const std::string& naming = settings.text("naming");
  options.naming = naming == "record"         ? SubjectNaming::kRecord
                   : naming == "topic_record" ? SubjectNaming::kTopicRecord
                                              : SubjectNaming::kTopic;
  return std::make_shared<RegistrySystem>(std::move(options));
}

}  // namespace

const SystemComponent kRegistrySystem = {
    .about =
        {.kind = ComponentKind::kSystem,
         .name = "registry",
         .summary = "A schema registry with Confluent's REST API.",
         .details =
             "Bound with `schemas:`, it keeps the schemas of all topics with `value: avro`. A flow that writes one "
             "registers its schema before its first record, and ends with the registry's reasons when that is "
             "refused; a flow that reads asks once for each schema it meets. While the registry is away, flows wait.",
         .shorthand = "url",
         .fields = kFields,
         .example = "registry: { url: \"http://localhost:8081\" }"},
    .make = make_registry};

}  // namespace millrace
