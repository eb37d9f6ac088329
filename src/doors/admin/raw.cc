// Payloads: what sources got, untouched.
#include <deque>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/base64.h"
#include "connect/home/raw.h"
#include "data/expr/parse.h"
#include "data/utf8.h"
#include "doors/admin/list.h"
#include "doors/admin/payload_query.h"

namespace millrace {
namespace {

using Json = nlohmann::ordered_json;

constexpr int64_t kPayloadsListed = 20;

// Milliseconds too, since many may come in a second.
std::string time_text(int64_t us) {
  std::string text = instant_text(us);
  text.insert(text.size() - 1, fmt::format(".{:03}", us % 1'000'000 / 1000));
  return text;
}

Result<std::optional<int64_t>> time_of(const AdminArguments& arguments, std::string_view name) {
  const std::string text = arguments.text(name);
  if (text.empty()) return std::optional<int64_t>();
  const auto us = parse_timestamp_us(text);
  if (us && text.find('-') != std::string::npos) return us;
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("'{}' is a time as 2026-11-21T10:05:00Z, not '{}'", name, text));
}

}  // namespace

Result<PayloadQuery> payload_query_of(const AdminArguments& arguments) {
  PayloadQuery query{.flow = arguments.text("flow"), .run = arguments.text("run")};
  if (const std::string at = arguments.text("at"); !at.empty()) {
    TRY(offsets, OffsetSet::parse(at));
    query.at = std::move(offsets);
  }
  TRY(from, time_of(arguments, "from"));
  TRY(to, time_of(arguments, "to"));
  query.from_us = from;
  query.to_us = to;
  return query;
}

namespace {

struct FoundPayload {
  KeptPayload kept;
  size_t bytes = 0;  // that it has; where they are not to be shown they are not kept

  Json json(bool with_bytes) const {
    const Payload& payload = kept.payload;
    Json json{{"flow", kept.flow},
              {"at", kept.at},
              {"time", time_text(payload.at_us)},
              {"run", payload.run_id},
              {"source", payload.source},
              {"status", payload.status == 0 ? Json() : Json(payload.status)},
              {"bytes", bytes}};
    if (!with_bytes) return json;
    json["headers"] = Json::array();
    for (const PayloadHeader& header : payload.headers) {
      json["headers"].push_back({{"name", header.name}, {"value", header.value}});
    }
    if (is_valid_utf8(payload.bytes)) {
      json["body"] = payload.bytes;
    } else {
      json["body_base64"] = encode_base64(payload.bytes);
    }
    return json;
  }
};

struct Showing {
  bool with_bytes = false;
  int64_t limit = 0;  // the newest so many of each topic; 0: all
};

Status show_topic(const AdminRoom& room, const std::string& topic, const PayloadQuery& query, Showing showing,
                  const TakeText& take) {
  TRY(bounds, room.home.topics().bounds(topic, 0));
  const int64_t from = showing.limit > 0 && query.says_nothing() ? bounds.high_water_mark - showing.limit : 0;
  TRY(reader, PayloadReader::open(room.home.topics(), topic, query, {.from = from}));
  std::deque<FoundPayload> newest;
  while (true) {
    TRY(kept, reader.next());
    if (!kept) break;
    FoundPayload found{.kept = *std::move(kept)};
    found.bytes = found.kept.payload.bytes.size();
    if (showing.limit == 0) {
      TRY_STATUS(take_json(take, found.json(showing.with_bytes)));
      continue;
    }
    if (!showing.with_bytes) found.kept.payload.bytes.clear();
    newest.push_back(std::move(found));
    if (newest.size() > static_cast<size_t>(showing.limit)) newest.pop_front();
  }
  for (const FoundPayload& found : newest) TRY_STATUS(take_json(take, found.json(showing.with_bytes)));
  return {};
}

Status show_payloads(const AdminRoom& room, const PayloadQuery& query, Showing showing, const TakeText& take) {
  const std::vector<std::string> topics = raw_topics(room.home.topics());
  if (topics.empty()) {
    return Error(ErrorCode::kNotFound, "no flow keeps its payloads here; with `raw: NAME` in the file a flow does");
  }
  for (const std::string& topic : topics) TRY_STATUS(show_topic(room, topic, query, showing, take));
  return {};
}

Result<int64_t> limit_of(const AdminArguments& arguments, int64_t otherwise) {
  TRY(limit, arguments.integer("limit", otherwise));
  if (limit < 0) return Error(ErrorCode::kInvalidArgument, "'limit' is not below 0; 0 is all");
  return limit;
}

Status answer_list(const AdminRoom& room, const AdminArguments& arguments, const TakeText& take) {
  TRY(query, payload_query_of(arguments));
  TRY(limit, limit_of(arguments, kPayloadsListed));
  return show_payloads(room, query, {.limit = limit}, take);
}

Status answer_show(const AdminRoom& room, const AdminArguments& arguments, const TakeText& take) {
  TRY(query, payload_query_of(arguments));
  TRY(limit, limit_of(arguments, query.at ? 0 : 1));
  return show_payloads(room, query, {.with_bytes = true, .limit = limit}, take);
}

}  // namespace

const AdminAction kListRawAction = {
    .name = "raw",
    .summary =
        "Payloads that sources got: of a `flow`, a `run`, at some offsets (`at`: 0-4,9), of a time (`from`, "
        "`to`), the newest up to `limit` (20; 0: all).",
    .answer = answer_list};
const AdminAction kShowRawAction = {
    .name = "raw/show",
    .summary = "Such payloads with their headers and bytes; the newest one unless said otherwise.",
    .answer = answer_show};

}  // namespace millrace
