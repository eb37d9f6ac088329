#include "connect/webhook/webhook.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "connect/webhook/deliveries.h"
#include "connect/webhook/delivery_body.h"
#include "connect/webhook/rate_limit.h"
#include "connect/webhook/sender_check.h"
#include "data/formats/compression.h"

namespace millrace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr int64_t kNowUs = 1'700'000'000'000'000;

// Keeps what it is told.
class HeldReply final : public HttpReply {
 public:
  explicit HeldReply(std::vector<HttpAnswer>& answers) : answers_(answers) {}
  void send(HttpAnswer answer) override { answers_.push_back(std::move(answer)); }
  void begin(HttpAnswer) override {}
  Status write(std::string_view) override { return {}; }
  void end() override {}
  bool wanted() const override { return true; }

 private:
  std::vector<HttpAnswer>& answers_;
};

std::vector<std::string> records_of(const CutBody& cut) {
  std::vector<std::string> records;
  for (const auto& origin : cut.origins) {
    for (size_t i = 0; i < origin->records(); ++i) records.emplace_back(origin->record_bytes(i));
  }
  return records;
}

CutBody cut(std::string body, std::string_view type = "application/json", std::string_view encoding = "") {
  IncomingRequest request{.headers = {{"Content-Type", std::string(type)}}, .body = std::move(body)};
  if (!encoding.empty()) request.headers.push_back({"Content-Encoding", std::string(encoding)});
  return cut_body(request, {.inflated_bytes_max = 100'000, .piece_bytes = 4096},
                  {{.path = {"id"}, .type = TypeKind::kString}});
}

std::string text_of(const Buffer& buffer) { return {buffer.as<char>(), buffer.size()}; }

std::string refusal_of(const CutBody& cut) {
  return cut.refusal ? fmt::format("{} {}", cut.refusal->status, cut.refusal->body) : "none";
}

TEST(DeliveryBodyTest, IsJsonLinesOrCsvAsItsTypeSays) {
  EXPECT_THAT(records_of(cut(R"({"id":1})")), ElementsAre(R"({"id":1})"));
  EXPECT_THAT(records_of(cut(R"( [{"id":1}, {"id":2}] )")), ElementsAre(R"({"id":1})", R"({"id":2})"));
  EXPECT_THAT(records_of(cut("{\"id\":1}\n{\"id\":2}\n", "application/x-ndjson; charset=utf-8")),
              ElementsAre(R"({"id":1})", R"({"id":2})"));
  EXPECT_THAT(records_of(cut(R"({"id":1})", "application/vnd.api+json")), ElementsAre(R"({"id":1})"));
  const CutBody csv = cut("id,name\n1,\"a,b\"\n2,c", "text/csv");
  EXPECT_THAT(records_of(csv), ElementsAre("1,\"a,b\"", "2,c"));
  EXPECT_EQ(csv.origins[0]->format, "csv");
  EXPECT_THAT(records_of(cut("[]")), ElementsAre());
}

TEST(DeliveryBodyTest, ARecordThatIsBrokenCostsOnlyItself) {
  EXPECT_THAT(records_of(cut("{\"id\":1}\n{\"id\":\n{\"id\":3}\n", "application/x-ndjson")),
              ElementsAre(R"({"id":1})", R"({"id":)", R"({"id":3})"));
}

TEST(DeliveryBodyTest, MayBeGzipUpToALimit) {
  const std::string body = R"({"id":1})";
  EXPECT_THAT(records_of(cut(text_of(compress(body, Compression::kGzip)), "application/json", "gzip")),
              ElementsAre(body));
  const std::string bomb = text_of(compress(std::string(100'001, ' '), Compression::kGzip));
  EXPECT_LT(bomb.size(), 1000U);
  EXPECT_EQ(refusal_of(cut(bomb, "application/json", "gzip")),
            "413 {\"error\":\"the body is more than 100000 bytes when it is decompressed\"}\n");
  EXPECT_THAT(refusal_of(cut(bomb.substr(0, bomb.size() - 9), "application/json", "gzip")),
              HasSubstr("400 {\"error\":\"the gzip body cannot be read: "));
  EXPECT_THAT(refusal_of(cut("plain", "application/json", "gzip")),
              HasSubstr("400 {\"error\":\"the gzip body cannot be read: "));
}

TEST(DeliveryBodyTest, SaysWhatItDoesNotRead) {
  EXPECT_EQ(refusal_of(cut("x", "image/png")),
            "415 {\"error\":\"a body of image/png is not read; send application/json, application/x-ndjson or "
            "text/csv\"}\n");
  EXPECT_EQ(refusal_of(cut("x", "application/json", "br")),
            "415 {\"error\":\"a body in br is not read; send gzip, or as it is\"}\n");
  EXPECT_THAT(refusal_of(cut("name\nx\n", "text/csv")), HasSubstr("400 {\"error\":"));
}

std::string check(const SenderRules& rules, HttpHeaders headers, std::string body = "{}") {
  const IncomingRequest request{.headers = std::move(headers), .body = std::move(body)};
  const auto refusal = SenderCheck(rules).refuse(request, kNowUs);
  return refusal ? fmt::format("{} {}", refusal->status, refusal->body) : "fine";
}

TEST(SenderCheckTest, AsksForTheToken) {
  const SenderRules rules{.token = "s3cret"};
  EXPECT_EQ(check(rules, {{"Authorization", "Bearer s3cret"}}), "fine");
  EXPECT_EQ(check(rules, {{"Authorization", "Bearer s3cre"}}), "403 {\"error\":\"this is not the token\"}\n");
  const std::string missing = "401 {\"error\":\"send the token in a header: Authorization: Bearer TOKEN\"}\n";
  EXPECT_EQ(check(rules, {}), missing);
  EXPECT_EQ(check(rules, {{"Authorization", "Basic s3cret"}}), missing);
}

TEST(SenderCheckTest, AsksForASignatureOfTheBody) {
  const SenderRules rules{.signature = {.secret = "It's a Secret to Everybody", .header = "X-Hub-Signature-256"}};
  // GitHub's own example.
  const std::string hex = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
  EXPECT_EQ(hmac_sha256_hex("It's a Secret to Everybody", "Hello, World!"), hex);
  EXPECT_EQ(check(rules, {{"x-hub-signature-256", "sha256=" + hex}}, "Hello, World!"), "fine");
  EXPECT_EQ(check(rules, {{"X-Hub-Signature-256", hex}}, "Hello, World!"), "fine");
  EXPECT_EQ(check(rules, {{"X-Hub-Signature-256", "dXEH6g6yUJ/CESIczphLijdXC211hsIsRvQ3nIsEPhc="}}, "Hello, World!"),
            "fine");
  EXPECT_EQ(check(rules, {{"X-Hub-Signature-256", hex}}, "Hello, World?"),
            "403 {\"error\":\"the signature does not fit the body\"}\n");
  EXPECT_EQ(check(rules, {}),
            "401 {\"error\":\"sign the body with HMAC-SHA256, in the header X-Hub-Signature-256\"}\n");
}

TEST(SenderCheckTest, ASignatureGetsOld) {
  const SenderRules rules{
      .signature = {
          .secret = "k", .header = "X-Signature", .timestamp_header = "X-Timestamp", .tolerance_us = 300'000'000}};
  const auto at = [&](int64_t seconds) {
    const std::string stamp = std::to_string(seconds);
    return check(rules, {{"X-Signature", hmac_sha256_hex("k", stamp + ".{}")}, {"X-Timestamp", stamp}});
  };
  EXPECT_EQ(at(kNowUs / 1'000'000), "fine");
  EXPECT_EQ(at(kNowUs / 1'000'000 + 300), "fine");
  const std::string old = "403 {\"error\":\"the signature was made more than 5m away from now\"}\n";
  EXPECT_EQ(at(kNowUs / 1'000'000 - 301), old);
  EXPECT_EQ(at(kNowUs / 1'000'000 + 301), old);
  EXPECT_EQ(check(rules, {{"X-Signature", hmac_sha256_hex("k", "{}")}, {"X-Timestamp", "soon"}}),
            "401 {\"error\":\"send the time of signing in the header X-Timestamp, in seconds since 1970\"}\n");
}

TEST(RateLimitTest, LetsSoManyThroughAndThenAsTimePasses) {
  RateLimit limit(2, 1'000'000);
  EXPECT_EQ(limit.take(1), 0);
  EXPECT_EQ(limit.take(1), 0);
  EXPECT_NEAR(static_cast<double>(limit.take(1)), 500'000, 2);
  EXPECT_EQ(limit.take(500'002), 0);
  EXPECT_GT(limit.take(500'003), 0);
}

class DeliveriesTest : public testing::Test {
 protected:
  // A delivery of so many pieces.
  void deliver(size_t pieces, size_t bytes = 0) {
    std::vector<std::shared_ptr<Origin>> origins;
    for (size_t i = 0; i < pieces; ++i) {
      origins.push_back(std::make_shared<Origin>());
      origins.back()->bytes.reserve(bytes);
      origins.back()->bytes.set_size(bytes);
    }
    deliveries_.add(std::move(origins), std::nullopt, std::make_unique<HeldReply>(answers_));
  }

  ManualClock clock_{kNowUs};
  std::vector<HttpAnswer> answers_;
  Deliveries deliveries_{{.waiting_max = 2, .bytes_max = 1000, .answer_timeout_us = 5'000'000}, clock_};
};

TEST_F(DeliveriesTest, IsAnsweredWithTheCountsOnceAllItsPiecesAreSettled) {
  deliver(2);
  const auto first = deliveries_.take();
  const auto second = deliveries_.take();
  EXPECT_FALSE(deliveries_.take());
  deliveries_.settled(first->ticket, {.read = 3, .written = 2, .quarantined = 1});
  EXPECT_TRUE(answers_.empty());
  deliveries_.settled(second->ticket, {.read = 1, .filtered = 1});
  ASSERT_EQ(answers_.size(), 1U);
  EXPECT_EQ(answers_[0].status, 200);
  EXPECT_EQ(answers_[0].body,
            "{\"read\":4,\"written\":2,\"filtered\":1,\"dropped\":0,\"duplicate\":0,\"quarantined\":1}\n");
}

TEST_F(DeliveriesTest, WithoutRecordsIsAnsweredAtOnce) {
  deliver(0);
  ASSERT_EQ(answers_.size(), 1U);
  EXPECT_EQ(answers_[0].status, 200);
}

TEST_F(DeliveriesTest, AreRefusedWhenTooManyWait) {
  deliver(1);
  deliver(1);
  deliver(1);
  ASSERT_EQ(answers_.size(), 1U);
  EXPECT_EQ(answers_[0].status, 503);
  EXPECT_EQ(answers_[0].body, "{\"error\":\"too many deliveries wait to be committed; send again later\"}\n");
  EXPECT_EQ(*find_header(answers_[0].headers, "Retry-After"), "1");
}

TEST_F(DeliveriesTest, AreRefusedWhenTheyHoldTooMuchThatIsNotTaken) {
  deliver(1, 1000);
  deliver(1);
  EXPECT_EQ(answers_.size(), 1U);
  deliveries_.take();
  deliver(1);
  EXPECT_EQ(answers_.size(), 1U);
}

TEST_F(DeliveriesTest, AreToldWhenTheFlowWaits) {
  deliver(1);
  clock_.advance(4'999'999);
  deliveries_.expire();
  EXPECT_TRUE(answers_.empty());
  clock_.advance(1);
  deliveries_.expire();
  ASSERT_EQ(answers_.size(), 1U);
  EXPECT_EQ(answers_[0].status, 503);
  EXPECT_EQ(answers_[0].body,
            "{\"error\":\"the flow waits: the records were not committed within 5s, and may be later; send them "
            "again\"}\n");
  deliveries_.settled(deliveries_.take()->ticket, {.read = 1, .written = 1});
  EXPECT_EQ(answers_.size(), 1U);
}

TEST_F(DeliveriesTest, AreToldWhenTheFlowStops) {
  deliver(1);
  deliveries_.close();
  deliver(1);
  ASSERT_EQ(answers_.size(), 2U);
  for (const HttpAnswer& answer : answers_) {
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.body, "{\"error\":\"the flow has stopped; send again later\"}\n");
  }
}

}  // namespace
}  // namespace millrace
