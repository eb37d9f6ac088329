#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "data/cql/type.h"
#include "wire/cql/frame.h"

// What frames say: requests to bodies, bodies to answers. Answers are parsed whole and checked; what a server adds
// behind what is known is ignored, as the protocol wants it.
namespace millrace::cql {

inline constexpr size_t kResultColumnsMax = 10'000;  // more are refused

enum class Consistency : uint16_t {
  kAny = 0,
  kOne = 1,
  kTwo = 2,
  kThree = 3,
  kQuorum = 4,
  kAll = 5,
  kLocalQuorum = 6,
  kEachQuorum = 7,
  kSerial = 8,
  kLocalSerial = 9,
  kLocalOne = 10,
};
// "local_quorum"; and back. nullopt: there is no such one.
std::string_view consistency_name(Consistency consistency);
std::optional<Consistency> consistency_of_name(std::string_view name);

// ---- Requests: the body is appended.

void append_startup(Compression compression, std::string& body);
void append_plain_login(std::string_view user, std::string_view password, std::string& body);
void append_register(std::string& body);  // topology, status and schema

struct QueryOptions {
  Consistency consistency = Consistency::kLocalQuorum;
  int32_t page_rows = 0;          // 0: all at once
  std::string_view paging_state;  // empty: from the beginning
};
void append_query(std::string_view statement, const QueryOptions& options, uint8_t version, std::string& body);
void append_prepare(std::string_view statement, uint8_t version, std::string& body);

// EXECUTE of one that gives no rows; `values` are `count` [value]s one behind the other.
struct ExecuteParts {
  std::string_view id;
  std::string_view metadata_id;  // version 5
  Consistency consistency = Consistency::kLocalQuorum;
  uint16_t count = 0;
  std::string_view values;
};
void append_execute(const ExecuteParts& parts, uint8_t version, std::string& body);

// ---- Answers.

enum class ErrorKind : int32_t {
  kServer = 0x0000,
  kProtocol = 0x000a,
  kAuthentication = 0x0100,
  kUnavailable = 0x1000,
  kOverloaded = 0x1001,
  kBootstrapping = 0x1002,
  kTruncate = 0x1003,
  kWriteTimeout = 0x1100,
  kReadTimeout = 0x1200,
  kReadFailure = 0x1300,
  kFunctionFailure = 0x1400,
  kWriteFailure = 0x1500,
  kCdcWriteFailure = 0x1600,
  kCasWriteUnknown = 0x1700,
  kSyntax = 0x2000,
  kUnauthorized = 0x2100,
  kInvalid = 0x2200,
  kConfig = 0x2300,
  kAlreadyExists = 0x2400,
  kUnprepared = 0x2500,
};

struct ErrorAnswer {
  int32_t code = 0;  // an ErrorKind, or one that is not known here
  std::string message;
  // Of those where replicas were asked.
  Consistency consistency = Consistency::kAny;
  int32_t received = 0;  // answers; of kUnavailable: replicas that are up
  int32_t required = 0;
  std::string write_type;
  std::string unprepared_id;

  bool is(ErrorKind kind) const { return code == static_cast<int32_t>(kind); }
  // The same request may be answered otherwise later.
  bool is_passing() const;
  // In words, with what the server said: "write timeout (1 of 2 replicas answered at local_quorum): ...".
  std::string text() const;
  Error error() const;
};

struct ResultColumn {
  std::string name;
  std::optional<CqlType> type;  // nullopt: tuples, user types and the like
  std::string type_text;
};

struct RowsAnswer {
  std::vector<ResultColumn> columns;  // empty where they were not asked for
  size_t column_count = 0;
  std::optional<std::string> paging_state;  // there are more pages
  size_t rows = 0;
  std::string content;  // rows * column_count [bytes], each of which is there
};

struct PreparedAnswer {
  std::string id;
  std::string metadata_id;  // version 5
  std::vector<ResultColumn> variables;
  std::vector<uint16_t> partition_key;  // which variables make it, in its order; empty: not all of it is bound
  std::string keyspace, table;
};

struct SchemaChange {
  std::string change, target, keyspace, name;
};
struct NodeChange {
  bool topology = false;  // NEW_NODE, REMOVED_NODE; else UP, DOWN
  std::string change;
  std::string address;  // as text
  int32_t port = 0;
};

struct VoidAnswer {};
struct ReadyAnswer {};
struct SetKeyspaceAnswer {
  std::string keyspace;
};
struct AuthenticateAnswer {
  std::string authenticator;
};
struct AuthChallengeAnswer {};
struct AuthSuccessAnswer {};
struct SupportedAnswer {
  std::vector<std::pair<std::string, std::vector<std::string>>> options;
};

using Answer =
    std::variant<VoidAnswer, ErrorAnswer, RowsAnswer, PreparedAnswer, SchemaChange, NodeChange, ReadyAnswer,
                 SetKeyspaceAnswer, AuthenticateAnswer, AuthChallengeAnswer, AuthSuccessAnswer, SupportedAnswer>;

// kCorruption: the body is not what its opcode promises.
Result<Answer> parse_answer(const Frame& frame);
// A RESULT of kind void, told without parsing: what a write that went well is answered with.
bool is_void(const Frame& frame);

// Goes over the values of a page's rows, in their order.
class RowValues {
 public:
  explicit RowValues(const RowsAnswer& rows) : rest_(rows.content) {}
  // The next value; nullopt: null. There must be one.
  std::optional<std::string_view> next();

 private:
  std::string_view rest_;
};

}  // namespace millrace::cql
