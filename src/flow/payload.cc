#include "flow/payload.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace millrace {
namespace {

constexpr std::string_view kMask = "***";

// A header whose name has one of these in it says who somebody is, or proves it.
constexpr std::array<std::string_view, 8> kCredentialWords = {"auth",   "cookie",  "token",    "secret",
                                                              "apikey", "api-key", "password", "signature"};

bool is_credential(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  // It asks who somebody is, and says nothing of anybody.
  if (name == "www-authenticate" || name == "proxy-authenticate") return false;
  return std::any_of(kCredentialWords.begin(), kCredentialWords.end(),
                     [&](std::string_view word) { return name.find(word) != std::string::npos; });
}

constexpr std::array<std::string_view, 5> kCompressions = {"none", "gzip", "snappy", "lz4", "zstd"};

constexpr std::array kFields = std::to_array<FieldDescription>({
    {.name = "name",
     .kind = FieldKind::kText,
     .summary = "What the payloads are called; their topic is PIPELINE.NAME.raw.",
     .example = "users",
     .required = true},
    {.name = "retention",
     .kind = FieldKind::kText,
     .summary = "How long payloads are kept: a duration, or `forever`. They go 16 MB at a time, as compressed.",
     .default_value = "7d",
     .example = "30d"},
    {.name = "retention_bytes",
     .kind = FieldKind::kBytes,
     .summary = "How many bytes are kept, as compressed; as many as there are unless said otherwise.",
     .example = "10GB",
     .min = 1},
    {.name = "compression",
     .kind = FieldKind::kChoice,
     .summary = "How payloads are compressed.",
     .default_value = "zstd",
     .example = "none",
     .choices = kCompressions},
});

}  // namespace

void mask_credentials(std::vector<PayloadHeader>& headers) {
  for (PayloadHeader& header : headers) {
    if (is_credential(header.name)) header.value = kMask;
  }
}

const Component kRawDeclaration = {
    .kind = ComponentKind::kTopic,
    .name = "raw",
    .summary = "Keeps what a flow's source got, untouched: beside `from` and `to` of a flow.",
    .details =
        "Every answer of an API and every delivery to a webhook, with its time, run, URL, status and headers, before "
        "anything is made of it; also one that is broken. It is committed with the records that were made of it. "
        "`millrace raw` lists, shows and replays payloads. One of more than 60 MB is not taken.",
    .shorthand = "name",
    .fields = kFields,
    .example = "raw: { name: users, retention: 30d }"};

}  // namespace millrace
