#include <fmt/format.h>

#include "data/cql/scalar_text.h"
#include "wire/cql/body.h"
#include "wire/cql/message.h"

namespace millrace::cql {
namespace {

constexpr uint16_t kCustomType = 0x00;
constexpr uint16_t kCounterType = 0x05;
constexpr uint16_t kUserType = 0x30;
constexpr uint16_t kTupleType = 0x31;
constexpr size_t kTypeTextBytesMax = 1'000;
constexpr size_t kErrorTextBytesMax = 2'000;

enum ResultKind : int32_t { kVoid = 1, kRows = 2, kSetKeyspace = 3, kPrepared = 4, kSchemaChange = 5 };
enum MetadataFlag : int32_t { kGlobalTable = 0x1, kMorePages = 0x2, kNoMetadata = 0x4, kNewMetadata = 0x8 };

struct ReadType {
  std::optional<CqlType> type;
  std::string text;
};

ReadType read_type(BodyReader& body, int depth);

ReadType read_collection(BodyReader& body, CqlKind kind, int depth) {
  ReadType first = read_type(body, depth + 1);
  if (kind != CqlKind::kMap) {
    const bool list = kind == CqlKind::kList;
    ReadType read{.text = fmt::format("{}<{}>", list ? "list" : "set", first.text)};
    if (first.type) read.type = list ? CqlType::list(*first.type) : CqlType::set(*first.type);
    return read;
  }
  ReadType second = read_type(body, depth + 1);
  ReadType read{.text = fmt::format("map<{}, {}>", first.text, second.text)};
  if (first.type && second.type) read.type = CqlType::map(*first.type, *second.type);
  return read;
}

// Tuples and user types: named, not understood.
ReadType read_composite(BodyReader& body, bool user_type, int depth) {
  std::string text = "tuple";
  if (user_type) {
    const std::string keyspace(body.string());
    text = fmt::format("{}.{}", keyspace, body.string());
  }
  for (size_t left = body.short_number(); left > 0 && body.ok(); --left) {
    if (user_type) body.string();
    read_type(body, depth + 1);
  }
  return {.text = std::move(text)};
}

ReadType read_type(BodyReader& body, int depth) {
  if (depth > kCqlTypeDepthMax) {
    body.fail();
    return {};
  }
  const uint16_t id = body.short_number();
  if (id == kCustomType) return {.text = std::string(body.string().substr(0, kTypeTextBytesMax))};
  if (id == kCounterType) return {.type = CqlKind::kBigint, .text = "counter"};
  if (id == kUserType || id == kTupleType) return read_composite(body, id == kUserType, depth);
  const auto kind = static_cast<CqlKind>(id);
  switch (id > UINT8_MAX ? CqlKind{} : kind) {
    case CqlKind::kList:
    case CqlKind::kSet:
    case CqlKind::kMap: return read_collection(body, kind, depth);
    case CqlKind::kAscii:
    case CqlKind::kBigint:
    case CqlKind::kBlob:
    case CqlKind::kBoolean:
    case CqlKind::kDecimal:
    case CqlKind::kDouble:
    case CqlKind::kFloat:
    case CqlKind::kInt:
    case CqlKind::kTimestamp:
    case CqlKind::kUuid:
    case CqlKind::kText:
    case CqlKind::kVarint:
    case CqlKind::kTimeuuid:
    case CqlKind::kInet:
    case CqlKind::kDate:
    case CqlKind::kTime:
    case CqlKind::kSmallint:
    case CqlKind::kTinyint:
    case CqlKind::kDuration: return {.type = CqlType(kind), .text = CqlType(kind).text()};
  }
  body.fail();
  return {};
}

// A count of columns, which is at most kResultColumnsMax and what the body can hold.
size_t column_count(BodyReader& body) {
  const int32_t count = body.int_number();
  if (count >= 0 && static_cast<size_t>(count) <= kResultColumnsMax) return static_cast<size_t>(count);
  body.fail();
  return 0;
}

struct TableNames {
  std::string keyspace, table;
};

std::vector<ResultColumn> read_columns(BodyReader& body, int32_t flags, size_t count, TableNames& names) {
  const auto read_names = [&] {
    names.keyspace = body.string();
    names.table = body.string();
  };
  if ((flags & kGlobalTable) != 0 && count > 0) read_names();
  std::vector<ResultColumn> columns;
  for (size_t i = 0; i < count && body.ok(); ++i) {
    if ((flags & kGlobalTable) == 0) read_names();
    std::string name(body.string());
    ReadType type = read_type(body, 0);
    columns.push_back({std::move(name), std::move(type.type), std::move(type.text)});
  }
  return columns;
}

RowsAnswer read_rows(BodyReader& body) {
  RowsAnswer rows;
  const int32_t flags = body.int_number();
  rows.column_count = column_count(body);
  if ((flags & kMorePages) != 0) rows.paging_state = body.bytes().value_or("");
  if ((flags & kNewMetadata) != 0) body.short_bytes();
  TableNames names;
  if ((flags & kNoMetadata) == 0) rows.columns = read_columns(body, flags, rows.column_count, names);
  rows.rows = body.count(rows.column_count * sizeof(int32_t));
  // Each value is looked at once, so that whoever goes over them need not ask whether they are there.
  const std::string_view content = body.rest();
  for (size_t left = rows.rows * rows.column_count; left > 0 && body.ok(); --left) body.bytes();
  rows.content = content.substr(0, content.size() - body.rest().size());
  return rows;
}

PreparedAnswer read_prepared(BodyReader& body, uint8_t version) {
  PreparedAnswer prepared;
  prepared.id = body.short_bytes();
  if (version >= 5) prepared.metadata_id = body.short_bytes();
  const int32_t flags = body.int_number();
  const size_t count = column_count(body);
  for (size_t left = body.count(sizeof(uint16_t)); left > 0; --left) {
    const uint16_t index = body.short_number();
    if (index >= count) body.fail();
    prepared.partition_key.push_back(index);
  }
  TableNames names;
  prepared.variables = read_columns(body, flags, count, names);
  prepared.keyspace = std::move(names.keyspace);
  prepared.table = std::move(names.table);
  return prepared;
}

SchemaChange read_schema_change(BodyReader& body) {
  SchemaChange change;
  change.change = body.string();
  change.target = body.string();
  change.keyspace = body.string();
  if (change.target != "KEYSPACE") change.name = body.string();
  return change;
}

std::string read_address(BodyReader& body) {
  const uint8_t bytes = body.byte();
  if (bytes != 4 && bytes != 16) body.fail();
  const std::string_view address = body.take(bytes);
  return body.ok() ? inet_text(address) : std::string();
}

Answer read_event(BodyReader& body) {
  const std::string_view type = body.string();
  if (type == "SCHEMA_CHANGE") return read_schema_change(body);
  NodeChange change{.topology = type == "TOPOLOGY_CHANGE"};
  if (!change.topology && type != "STATUS_CHANGE") body.fail();
  change.change = body.string();
  change.address = read_address(body);
  change.port = body.int_number();
  return change;
}

ErrorAnswer read_error(BodyReader& body) {
  ErrorAnswer error;
  error.code = body.int_number();
  error.message = body.string().substr(0, kErrorTextBytesMax);
  switch (static_cast<ErrorKind>(error.code)) {
    case ErrorKind::kUnavailable:
      error.consistency = static_cast<Consistency>(body.short_number());
      error.required = body.int_number();
      error.received = body.int_number();
      break;
    case ErrorKind::kWriteTimeout:
    case ErrorKind::kReadTimeout:
    case ErrorKind::kReadFailure:
    case ErrorKind::kWriteFailure:
    case ErrorKind::kCasWriteUnknown:
      error.consistency = static_cast<Consistency>(body.short_number());
      error.received = body.int_number();
      error.required = body.int_number();
      if (error.is(ErrorKind::kWriteTimeout)) error.write_type = body.string();
      break;
    case ErrorKind::kUnprepared: error.unprepared_id = body.short_bytes(); break;
    default: break;
  }
  return error;
}

SupportedAnswer read_supported(BodyReader& body) {
  SupportedAnswer supported;
  for (size_t left = body.short_number(); left > 0 && body.ok(); --left) {
    std::string key(body.string());
    supported.options.emplace_back(std::move(key), body.string_list());
  }
  return supported;
}

Result<Answer> read_result(BodyReader& body, uint8_t version) {
  switch (body.int_number()) {
    case kVoid: return Answer(VoidAnswer{});
    case kRows: return Answer(read_rows(body));
    case kSetKeyspace: return Answer(SetKeyspaceAnswer{std::string(body.string())});
    case kPrepared: return Answer(read_prepared(body, version));
    case kSchemaChange: return Answer(read_schema_change(body));
    default: return Error(ErrorCode::kCorruption, "an answer is a result of a kind that there is not");
  }
}

Result<Answer> read_answer(const Frame& frame, BodyReader& body) {
  switch (frame.header.opcode) {
    case Opcode::kError: return Answer(read_error(body));
    case Opcode::kReady: return Answer(ReadyAnswer{});
    case Opcode::kAuthenticate: return Answer(AuthenticateAnswer{std::string(body.string())});
    case Opcode::kSupported: return Answer(read_supported(body));
    case Opcode::kResult: return read_result(body, frame.header.version);
    case Opcode::kEvent: return read_event(body);
    case Opcode::kAuthChallenge: return Answer(AuthChallengeAnswer{});
    case Opcode::kAuthSuccess: return Answer(AuthSuccessAnswer{});
    default: return Error(ErrorCode::kCorruption, "a request came where an answer is expected");
  }
}

std::string_view kind_text(int32_t code) {
  switch (static_cast<ErrorKind>(code)) {
    case ErrorKind::kServer: return "server error";
    case ErrorKind::kProtocol: return "protocol error";
    case ErrorKind::kAuthentication: return "authentication failed";
    case ErrorKind::kUnavailable: return "not enough replicas are up";
    case ErrorKind::kOverloaded: return "overloaded";
    case ErrorKind::kBootstrapping: return "the node is starting";
    case ErrorKind::kTruncate: return "truncate failed";
    case ErrorKind::kWriteTimeout: return "write timeout";
    case ErrorKind::kReadTimeout: return "read timeout";
    case ErrorKind::kReadFailure: return "read failure";
    case ErrorKind::kFunctionFailure: return "function failure";
    case ErrorKind::kWriteFailure: return "write failure";
    case ErrorKind::kCdcWriteFailure: return "write failure of change data capture";
    case ErrorKind::kCasWriteUnknown: return "conditional write of unknown outcome";
    case ErrorKind::kSyntax: return "syntax error";
    case ErrorKind::kUnauthorized: return "not authorised";
    case ErrorKind::kInvalid: return "invalid";
    case ErrorKind::kConfig: return "configuration error";
    case ErrorKind::kAlreadyExists: return "already exists";
    case ErrorKind::kUnprepared: return "not prepared";
  }
  return "error of an unknown kind";
}

}  // namespace

bool ErrorAnswer::is_passing() const {
  switch (static_cast<ErrorKind>(code)) {
    case ErrorKind::kServer:
    case ErrorKind::kUnavailable:
    case ErrorKind::kOverloaded:
    case ErrorKind::kBootstrapping:
    case ErrorKind::kTruncate:
    case ErrorKind::kWriteTimeout:
    case ErrorKind::kReadTimeout:
    case ErrorKind::kReadFailure:
    case ErrorKind::kWriteFailure:
    case ErrorKind::kCdcWriteFailure: return true;
    default: return false;
  }
}

std::string ErrorAnswer::text() const {
  std::string text(kind_text(code));
  if (is(ErrorKind::kUnavailable)) {
    text += fmt::format(" ({} are up, {} needs {})", received, consistency_name(consistency), required);
  } else if (required > 0) {
    text += fmt::format(" ({} of {} replicas answered at {})", received, required, consistency_name(consistency));
  }
  return message.empty() ? text : fmt::format("{}: {}", text, message);
}

Error ErrorAnswer::error() const {
  if (is_passing()) return Error(ErrorCode::kUnavailable, text());
  if (is(ErrorKind::kUnauthorized) || is(ErrorKind::kAuthentication)) return Error(ErrorCode::kPermission, text());
  if (is(ErrorKind::kAlreadyExists)) return Error(ErrorCode::kAlreadyExists, text());
  return Error(ErrorCode::kInvalidArgument, text());
}

bool is_void(const Frame& frame) {
  return frame.header.opcode == Opcode::kResult && frame.header.flags == 0 && frame.body.size() >= sizeof(int32_t) &&
         load_big<int32_t>(frame.body.data()) == kVoid;
}

Result<Answer> parse_answer(const Frame& frame) {
  BodyReader body(frame.body);
  if ((frame.header.flags & kFlagTracing) != 0) body.take(16);
  if ((frame.header.flags & kFlagWarning) != 0) body.string_list();
  if ((frame.header.flags & kFlagPayload) != 0) {
    for (size_t left = body.short_number(); left > 0 && body.ok(); --left) {
      body.string();
      body.bytes();
    }
  }
  TRY(answer, read_answer(frame, body));
  if (!body.ok()) return Error(ErrorCode::kCorruption, "an answer is cut short, or has a length that cannot be");
  return answer;
}

std::optional<std::string_view> RowValues::next() {
  BodyReader body(rest_);
  const auto value = body.bytes();
  MILLRACE_ASSERT(body.ok(), "a page has as many values as it says");
  rest_ = body.rest();
  return value;
}

}  // namespace millrace::cql
