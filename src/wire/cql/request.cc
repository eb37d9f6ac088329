#include <array>

#include "wire/cql/body.h"
#include "wire/cql/message.h"

namespace millrace::cql {
namespace {

constexpr std::string_view kCqlVersion = "3.0.0";
constexpr std::array<std::string_view, 3> kEvents = {"TOPOLOGY_CHANGE", "STATUS_CHANGE", "SCHEMA_CHANGE"};
constexpr std::array<std::string_view, 11> kConsistencies = {"any",    "one",          "two",          "three",
                                                             "quorum", "all",          "local_quorum", "each_quorum",
                                                             "serial", "local_serial", "local_one"};

enum QueryFlag : uint32_t {
  kWithValues = 0x01,
  kSkipMetadata = 0x02,
  kWithPageSize = 0x04,
  kWithPagingState = 0x08,
};

void append_flags(uint32_t flags, uint8_t version, std::string& body) {
  if (version >= 5) {
    append_be(flags, body);
  } else {
    body.push_back(static_cast<char>(flags));
  }
}

}  // namespace

std::string_view consistency_name(Consistency consistency) {
  const auto at = static_cast<size_t>(consistency);
  return at < kConsistencies.size() ? kConsistencies[at] : std::string_view("an unknown consistency");
}

std::optional<Consistency> consistency_of_name(std::string_view name) {
  for (size_t i = 0; i < kConsistencies.size(); ++i) {
    if (kConsistencies[i] == name) return static_cast<Consistency>(i);
  }
  return std::nullopt;
}

void append_startup(Compression compression, std::string& body) {
  const bool packed = compression == Compression::kLz4;
  append_be(static_cast<uint16_t>(packed ? 4 : 3), body);
  append_string("CQL_VERSION", body);
  append_string(kCqlVersion, body);
  append_string("DRIVER_NAME", body);
  append_string("millrace", body);
  append_string("DRIVER_VERSION", body);
  append_string("1", body);
  if (!packed) return;
  append_string("COMPRESSION", body);
  append_string("lz4", body);
}

void append_plain_login(std::string_view user, std::string_view password, std::string& body) {
  append_be(static_cast<int32_t>(2 + user.size() + password.size()), body);
  body.push_back('\0');
  body.append(user);
  body.push_back('\0');
  body.append(password);
}

void append_register(std::string& body) {
  append_be(static_cast<uint16_t>(kEvents.size()), body);
  for (const std::string_view event : kEvents) append_string(event, body);
}

void append_query(std::string_view statement, const QueryOptions& options, uint8_t version, std::string& body) {
  append_long_string(statement, body);
  append_be(static_cast<uint16_t>(options.consistency), body);
  uint32_t flags = 0;
  if (options.page_rows > 0) flags |= kWithPageSize;
  if (!options.paging_state.empty()) flags |= kWithPagingState;
  append_flags(flags, version, body);
  if (options.page_rows > 0) append_be(options.page_rows, body);
  if (!options.paging_state.empty()) append_bytes(options.paging_state, body);
}

void append_prepare(std::string_view statement, uint8_t version, std::string& body) {
  append_long_string(statement, body);
  if (version >= 5) append_be(uint32_t{0}, body);
}

void append_execute(const ExecuteParts& parts, uint8_t version, std::string& body) {
  append_string(parts.id, body);
  if (version >= 5) append_string(parts.metadata_id, body);
  append_be(static_cast<uint16_t>(parts.consistency), body);
  append_flags(kWithValues | kSkipMetadata, version, body);
  append_be(parts.count, body);
  body.append(parts.values);
}

}  // namespace millrace::cql
