#include "connect/kafka/client.h"

#include <array>
#include <utility>

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "base/assert.h"

namespace millrace {
namespace {

using Text = std::array<char, 512>;

struct ConfDeleter {
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
};
using Conf = std::unique_ptr<rd_kafka_conf_t, ConfDeleter>;

Status set(rd_kafka_conf_t& conf, const std::string& name, const std::string& value) {
  Text why{};
  if (rd_kafka_conf_set(&conf, name.c_str(), value.c_str(), why.data(), why.size()) == RD_KAFKA_CONF_OK) return {};
  return Error(ErrorCode::kInvalidArgument, why.data());
}

}  // namespace

ErrorCode kafka_error_code(int code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR__SSL:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED: return ErrorCode::kPermission;
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION: return ErrorCode::kNotFound;
    case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS: return ErrorCode::kAlreadyExists;
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET: return ErrorCode::kExpired;
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_OFFSET_METADATA_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
    case RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT:
    case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
    case RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION: return ErrorCode::kInvalidArgument;
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT: return ErrorCode::kTimeout;
    default: return ErrorCode::kUnavailable;
  }
}

Status check_kafka_setting(const std::string& name, const std::string& value) {
  const Conf conf(rd_kafka_conf_new());
  return set(*conf, name, value);
}

struct KafkaClient::Callbacks {
  static void error(rd_kafka_t*, int code, const char* reason, void* opaque) {
    const auto& client = *static_cast<const KafkaClient*>(opaque);
    const std::lock_guard lock(client.mutex_);
    switch (code) {
      // Says no more than that; why is in what came before.
      case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
        client.unreached_ = client.unreached_.value_or(ErrorCode::kUnavailable);
        break;
      case RD_KAFKA_RESP_ERR__AUTHENTICATION:
      case RD_KAFKA_RESP_ERR__SSL:
        client.unreached_ = ErrorCode::kPermission;
        client.reason_ = reason;
        break;
      case RD_KAFKA_RESP_ERR__TRANSPORT:
      case RD_KAFKA_RESP_ERR__RESOLVE: client.reason_ = reason; break;
      default: break;
    }
  }

  static void delivered(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
    const int code = message->err;
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR || code == RD_KAFKA_RESP_ERR__PURGE_QUEUE ||
        code == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT) {
      return;
    }
    const auto& client = *static_cast<const KafkaClient*>(opaque);
    Error why = client.error(code, fmt::format("write to topic {}", rd_kafka_topic_name(message->rkt)));
    const std::lock_guard lock(client.mutex_);
    if (!client.undelivered_) client.undelivered_ = std::move(why);
  }

  static void rebalance(rd_kafka_t* handle, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* partitions,
                        void* opaque) {
    const auto& client = *static_cast<const KafkaClient*>(opaque);
    client.on_rebalance_(handle, code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS, partitions);
  }
};

Result<std::unique_ptr<KafkaClient>> KafkaClient::open(const KafkaAccess& access, Role role, const KafkaPairs& first,
                                                       const KafkaPairs& last, OnRebalance on_rebalance) {
  std::unique_ptr<KafkaClient> client(new KafkaClient(access.name, access.brokers, std::move(on_rebalance)));
  Conf conf(rd_kafka_conf_new());
  TRY_STATUS(set(*conf, "bootstrap.servers", access.brokers));
  TRY_STATUS(set(*conf, "client.id", "millrace"));
  bool debugging = false;
  for (const KafkaPairs* pairs : {&first, &access.pairs, &last}) {
    for (const auto& [name, value] : *pairs) {
      if (auto status = set(*conf, name, value); !status.ok()) {
        return status.error().with_context(fmt::format("system {}", access.name));
      }
      debugging = debugging || name == "debug";
    }
  }
  rd_kafka_conf_set_opaque(conf.get(), client.get());
  rd_kafka_conf_set_error_cb(conf.get(), Callbacks::error);
  // What goes wrong is told with what could not be done because of it.
  if (!debugging) rd_kafka_conf_set_log_cb(conf.get(), nullptr);
  if (role == Role::kProducer) rd_kafka_conf_set_dr_msg_cb(conf.get(), Callbacks::delivered);
  if (client->on_rebalance_) rd_kafka_conf_set_rebalance_cb(conf.get(), Callbacks::rebalance);
  Text why{};
  client->handle_ =
      rd_kafka_new(role == Role::kConsumer ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER, conf.get(), why.data(), why.size());
  if (client->handle_ == nullptr) {  // certificates that cannot be read, settings that contradict each other
    return Error(ErrorCode::kInvalidArgument, fmt::format("system {}: {}", access.name, why.data()));
  }
  static_cast<void>(conf.release());
  if (role == Role::kConsumer) rd_kafka_poll_set_consumer(client->handle_);
  return client;
}

KafkaClient::~KafkaClient() {
  if (handle_ == nullptr) return;
  if (rd_kafka_type(handle_) == RD_KAFKA_PRODUCER) {
    rd_kafka_purge(handle_, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  }
  rd_kafka_destroy(handle_);
}

Status KafkaClient::reach(int timeout_ms) const {
  const rd_kafka_metadata_t* metadata = nullptr;
  const rd_kafka_resp_err_t code = rd_kafka_metadata(handle_, 0, nullptr, &metadata, timeout_ms);
  if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
    rd_kafka_metadata_destroy(metadata);
    const std::lock_guard lock(mutex_);
    unreached_.reset();
    reason_.clear();
    return {};
  }
  // The callbacks say why. A consumer's are its poller's affair.
  if (rd_kafka_type(handle_) == RD_KAFKA_PRODUCER) rd_kafka_poll(handle_, 0);
  {
    const std::lock_guard lock(mutex_);
    unreached_ = unreached_.value_or(ErrorCode::kUnavailable);
  }
  return *trouble();
}

std::optional<Error> KafkaClient::trouble() const {
  const std::lock_guard lock(mutex_);
  if (!unreached_) return std::nullopt;
  return Error(*unreached_, fmt::format("system {}: no broker of {} {}{}{}", name_, brokers_,
                                        *unreached_ == ErrorCode::kPermission ? "lets millrace in" : "answers",
                                        reason_.empty() ? "" : ": ", reason_));
}

std::optional<Error> KafkaClient::take_undelivered() const {
  const std::lock_guard lock(mutex_);
  return std::exchange(undelivered_, std::nullopt);
}

Error KafkaClient::error(int code, std::string_view action) const {
  const auto trouble_now = trouble();
  const ErrorCode own = kafka_error_code(code);
  if (trouble_now && (own == ErrorCode::kTimeout || own == ErrorCode::kUnavailable)) {
    return trouble_now->with_context(action);
  }
  return {own,
          fmt::format("{}: system {}: {}", action, name_, rd_kafka_err2str(static_cast<rd_kafka_resp_err_t>(code)))};
}

Error KafkaClient::error(const rd_kafka_error_s& failure, std::string_view action) const {
  const int code = rd_kafka_error_code(&failure);
  const auto trouble_now = trouble();
  const ErrorCode own = kafka_error_code(code);
  if (trouble_now && (own == ErrorCode::kTimeout || own == ErrorCode::kUnavailable)) {
    return trouble_now->with_context(action);
  }
  return {own, fmt::format("{}: system {}: {}", action, name_, rd_kafka_error_string(&failure))};
}

}  // namespace millrace
