#include "connect/webhook/sender_check.h"

#include <array>
#include <charconv>
#include <cstdlib>

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/assert.h"
#include "flow/settings.h"

namespace millrace {
namespace {

constexpr std::string_view kBearer = "Bearer ";
constexpr std::string_view kAlgorithm = "sha256=";  // as some senders write in front of the signature

using Digest = std::array<unsigned char, 32>;

Digest hmac_sha256(std::string_view secret, std::string_view text) {
  Digest digest;
  unsigned size = 0;
  const unsigned char* const done =
      HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
           reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), &size);
  MILLRACE_ASSERT(done != nullptr && size == digest.size(), "OpenSSL knows HMAC-SHA256");
  return digest;
}

std::string hex(const Digest& digest) {
  std::string text;
  for (const unsigned char byte : digest) text += fmt::format("{:02x}", byte);
  return text;
}

std::string base64(const Digest& digest) {
  std::array<unsigned char, 64> text;
  const int size = EVP_EncodeBlock(text.data(), digest.data(), static_cast<int>(digest.size()));
  return {reinterpret_cast<const char*>(text.data()), static_cast<size_t>(size)};
}

// Digests of both are compared, so that not even the length of the secret shows in the time that it takes.
bool same_secret(std::string_view given, std::string_view wanted) {
  constexpr std::string_view kKey = "compare";
  const Digest a = hmac_sha256(kKey, given);
  const Digest b = hmac_sha256(kKey, wanted);
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

HttpAnswer refusal(int status, std::string_view text) {
  HttpAnswer answer = error_answer(status, text);
  if (status == 401) answer.headers.push_back({"WWW-Authenticate", "Bearer"});
  return answer;
}

}  // namespace

std::string hmac_sha256_hex(std::string_view secret, std::string_view text) { return hex(hmac_sha256(secret, text)); }

std::optional<HttpAnswer> SenderCheck::refuse(const IncomingRequest& request, int64_t now_us) const {
  if (!rules_.token.empty()) {
    if (auto refused = refuse_token(request)) return refused;
  }
  if (!rules_.signature.secret.empty()) return refuse_signature(request, now_us);
  return std::nullopt;
}

std::optional<HttpAnswer> SenderCheck::refuse_token(const IncomingRequest& request) const {
  const auto given = request.header("Authorization");
  if (!given || !given->starts_with(kBearer)) {
    return refusal(401, "send the token in a header: Authorization: Bearer TOKEN");
  }
  if (!same_secret(given->substr(kBearer.size()), rules_.token)) return refusal(403, "this is not the token");
  return std::nullopt;
}

std::optional<HttpAnswer> SenderCheck::refuse_signature(const IncomingRequest& request, int64_t now_us) const {
  const SenderRules::Signature& rule = rules_.signature;
  auto given = request.header(rule.header);
  if (!given) return refusal(401, fmt::format("sign the body with HMAC-SHA256, in the header {}", rule.header));
  std::string stamped;
  std::string_view text = request.body;
  if (!rule.timestamp_header.empty()) {
    const std::string_view stamp = request.header(rule.timestamp_header).value_or("");
    int64_t seconds = 0;
    const auto [end, error] = std::from_chars(stamp.data(), stamp.data() + stamp.size(), seconds);
    if (error != std::errc() || end != stamp.data() + stamp.size() || seconds < 0 || seconds > (int64_t{1} << 40)) {
      return refusal(
          401, fmt::format("send the time of signing in the header {}, in seconds since 1970", rule.timestamp_header));
    }
    if (std::abs(now_us - seconds * 1'000'000) > rule.tolerance_us) {
      return refusal(
          403, fmt::format("the signature was made more than {} away from now", duration_text(rule.tolerance_us)));
    }
    stamped = fmt::format("{}.{}", stamp, request.body);
    text = stamped;
  }
  if (given->starts_with(kAlgorithm)) given->remove_prefix(kAlgorithm.size());
  const Digest wanted = hmac_sha256(rule.secret, text);
  if (same_secret(*given, hex(wanted)) || same_secret(*given, base64(wanted))) return std::nullopt;
  return refusal(403, "the signature does not fit the body");
}

}  // namespace millrace
