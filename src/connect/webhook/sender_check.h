#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "wire/http/exchange.h"

namespace millrace {

struct SenderRules {
  std::string token;  // of `Authorization: Bearer`; empty: none is asked for
  struct Signature {
    std::string secret;  // empty: none is asked for
    std::string header;
    std::string timestamp_header;  // empty: the body alone is signed; else "TIMESTAMP.BODY"
    int64_t tolerance_us = 0;      // how far the timestamp may be from now
  };
  Signature signature;
};

// Whether a request comes from who may send: by a token, or by an HMAC-SHA256 of its body. Secrets are compared in a
// time that tells nothing of them. Immutable: any thread.
class SenderCheck {
 public:
  explicit SenderCheck(SenderRules rules) : rules_(std::move(rules)) {}

  bool asks_for_anything() const { return !rules_.token.empty() || !rules_.signature.secret.empty(); }
  // The 401 or 403 that it gets; nullopt: it may send.
  std::optional<HttpAnswer> refuse(const IncomingRequest& request, int64_t now_us) const;

 private:
  std::optional<HttpAnswer> refuse_token(const IncomingRequest& request) const;
  std::optional<HttpAnswer> refuse_signature(const IncomingRequest& request, int64_t now_us) const;

  SenderRules rules_;
};

// HMAC-SHA256, as hexadecimal digits.
std::string hmac_sha256_hex(std::string_view secret, std::string_view text);

}  // namespace millrace
