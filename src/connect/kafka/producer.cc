#include "connect/kafka/producer.h"

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "connect/kafka/rd.h"

namespace millrace {
namespace {

constexpr int kIntroductionMs = 10'000;

// What the user may say otherwise. A batch is sent as soon as its transaction is committed, so waiting for more costs
// nothing; the longest record is what a topic takes.
const KafkaPairs kFirst = {{"linger.ms", "20"},
                           {"queue.buffering.max.messages", "1000000"},
                           {"queue.buffering.max.kbytes", "65536"},
                           {"message.max.bytes", "33554432"},
                           {"message.copy.max.bytes", "1000000000"}};

}  // namespace

Result<std::shared_ptr<KafkaClient>> KafkaProducer::ready() {
  if (client_ != nullptr) return client_;
  const KafkaPairs last = {{"transactional.id", id_}, {"delivery.report.only.error", "true"}};
  TRY(client, KafkaClient::open(access_, KafkaClient::Role::kProducer, kFirst, last));
  TRY_STATUS(client->reach(kIntroductionMs));
  if (const RdError failure{rd_kafka_init_transactions(client->handle(), kIntroductionMs)}) {
    return client->error(*failure, fmt::format("begin as '{}'", id_));
  }
  client_ = std::move(client);
  return client_;
}

}  // namespace millrace
