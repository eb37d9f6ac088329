#include "data/cql/type.h"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

#include "base/spelling.h"

namespace millrace {
namespace {

struct NamedKind {
  std::string_view name;
  CqlKind kind;
};

// The first name of a kind is the one it is written with.
constexpr std::array<NamedKind, 20> kScalarNames = {{
    {"ascii", CqlKind::kAscii},       {"bigint", CqlKind::kBigint},     {"blob", CqlKind::kBlob},
    {"boolean", CqlKind::kBoolean},   {"date", CqlKind::kDate},         {"decimal", CqlKind::kDecimal},
    {"double", CqlKind::kDouble},     {"duration", CqlKind::kDuration}, {"float", CqlKind::kFloat},
    {"inet", CqlKind::kInet},         {"int", CqlKind::kInt},           {"smallint", CqlKind::kSmallint},
    {"text", CqlKind::kText},         {"time", CqlKind::kTime},         {"timestamp", CqlKind::kTimestamp},
    {"timeuuid", CqlKind::kTimeuuid}, {"tinyint", CqlKind::kTinyint},   {"uuid", CqlKind::kUuid},
    {"varint", CqlKind::kVarint},     {"varchar", CqlKind::kText},
}};

std::string_view scalar_name(CqlKind kind) {
  for (const NamedKind& known : kScalarNames) {
    if (known.kind == kind) return known.name;
  }
  MILLRACE_UNREACHABLE("a collection has no scalar name");
}

// Recursive descent over `type := name | name '<' type {',' type} '>'`.
class TypeParser {
 public:
  explicit TypeParser(std::string_view text) : text_(text) {}

  Result<CqlType> parse() {
    TRY(type, parse_type(0));
    skip_space();
    if (at_ < text_.size())
      return fail(fmt::format("nothing may follow the type, but there is '{}'", text_.substr(at_)));
    return type;
  }

 private:
  Result<CqlType> parse_type(int depth) {
    if (depth > kCqlTypeDepthMax) return fail(fmt::format("types within types, more than {} deep", kCqlTypeDepthMax));
    const std::string word = read_word();
    if (word == "list" || word == "set" || word == "map" || word == "frozen") return parse_nested(word, depth);
    for (const NamedKind& known : kScalarNames) {
      if (known.name == word) return CqlType(known.kind);
    }
    return unknown(word);
  }

  Result<CqlType> parse_nested(const std::string& word, int depth) {
    TRY_STATUS(expect('<', word));
    TRY(first, parse_type(depth + 1));
    if (word == "map") {
      TRY_STATUS(expect(',', word));
      TRY(second, parse_type(depth + 1));
      TRY_STATUS(expect('>', word));
      return CqlType::map(first, second);
    }
    TRY_STATUS(expect('>', word));
    if (word == "list") return CqlType::list(first);
    if (word == "set") return CqlType::set(first);
    if (!first.is_collection()) return fail(fmt::format("frozen is for collections, and {} is none", first.text()));
    return first.as_frozen();
  }

  Error unknown(const std::string& word) const {
    if (word.empty()) return fail("there is a type missing");
    if (word == "counter" || word == "tuple" || word == "vector") {
      return fail(fmt::format("{} is not supported; there are the scalar types, list, set and map", word));
    }
    std::vector<std::string_view> names = {"list", "set", "map", "frozen"};
    for (const NamedKind& known : kScalarNames) names.push_back(known.name);
    const auto near = nearest_spelling(word, names);
    if (near.has_value()) return fail(fmt::format("there is no type {}; did you mean {}?", word, *near));
    std::sort(names.begin(), names.end());
    return fail(fmt::format("there is no type {}; there are {}", word, fmt::join(names, ", ")));
  }

  Status expect(char c, const std::string& word) {
    skip_space();
    if (at_ < text_.size() && text_[at_] == c) {
      ++at_;
      return {};
    }
    const std::string_view shape = word == "map"    ? "map<text, int>"
                                   : word == "set"  ? "set<text>"
                                   : word == "list" ? "list<text>"
                                                    : "frozen<list<text>>";
    return fail(fmt::format("{} is written with its types, as in {}: '{}' is missing", word, shape, c));
  }

  std::string read_word() {
    skip_space();
    std::string word;
    for (; at_ < text_.size(); ++at_) {
      const auto c = static_cast<unsigned char>(text_[at_]);
      if (std::isalnum(c) == 0 && c != '_') break;
      word.push_back(static_cast<char>(std::tolower(c)));
    }
    return word;
  }

  void skip_space() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }

  Error fail(std::string_view why) const {
    return {ErrorCode::kInvalidArgument, fmt::format("type '{}': {}", text_, why)};
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

CqlType CqlType::list(CqlType element) {
  CqlType type(CqlKind::kList);
  type.children_ = std::make_shared<const std::vector<CqlType>>(std::vector<CqlType>{std::move(element)});
  return type;
}

CqlType CqlType::set(CqlType element) {
  CqlType type(CqlKind::kSet);
  type.children_ = std::make_shared<const std::vector<CqlType>>(std::vector<CqlType>{std::move(element)});
  return type;
}

CqlType CqlType::map(CqlType key, CqlType value) {
  CqlType type(CqlKind::kMap);
  type.children_ = std::make_shared<const std::vector<CqlType>>(std::vector<CqlType>{std::move(key), std::move(value)});
  return type;
}

const CqlType& CqlType::element() const {
  MILLRACE_ASSERT(is_collection(), "only collections have elements");
  return children_->back();
}

const CqlType& CqlType::key() const {
  MILLRACE_ASSERT(is(CqlKind::kMap), "only maps have keys");
  return children_->front();
}

CqlType CqlType::as_frozen() const {
  MILLRACE_ASSERT(is_collection(), "only collections can be frozen");
  CqlType type = *this;
  type.frozen_ = true;
  return type;
}

std::string CqlType::text() const {
  if (!is_collection()) return std::string(scalar_name(kind_));
  std::string inner = is(CqlKind::kMap)    ? fmt::format("map<{}, {}>", key().text(), element().text())
                      : is(CqlKind::kList) ? fmt::format("list<{}>", element().text())
                                           : fmt::format("set<{}>", element().text());
  return frozen_ ? fmt::format("frozen<{}>", inner) : inner;
}

bool CqlType::operator==(const CqlType& other) const {
  if (kind_ != other.kind_ || frozen_ != other.frozen_) return false;
  return children_ == other.children_ || *children_ == *other.children_;
}

Result<CqlType> parse_cql_type(std::string_view text) { return TypeParser(text).parse(); }

Type data_type_of(const CqlType& type) {
  switch (type.kind()) {
    case CqlKind::kBoolean: return TypeKind::kBool;
    case CqlKind::kTinyint:
    case CqlKind::kSmallint:
    case CqlKind::kInt: return TypeKind::kInt;
    case CqlKind::kBigint: return TypeKind::kBigint;
    case CqlKind::kFloat:
    case CqlKind::kDouble: return TypeKind::kDouble;
    case CqlKind::kDate: return TypeKind::kDate;
    case CqlKind::kTimestamp: return TypeKind::kTimestamp;
    case CqlKind::kBlob: return TypeKind::kBinary;
    case CqlKind::kList:
    case CqlKind::kSet: return Type::array(data_type_of(type.element()));
    case CqlKind::kMap: return Type::map(data_type_of(type.key()), data_type_of(type.element()));
    case CqlKind::kAscii:
    case CqlKind::kDecimal:
    case CqlKind::kUuid:
    case CqlKind::kText:
    case CqlKind::kVarint:
    case CqlKind::kTimeuuid:
    case CqlKind::kInet:
    case CqlKind::kTime:
    case CqlKind::kDuration: return TypeKind::kString;
  }
  MILLRACE_UNREACHABLE("every kind is named above");
}

Result<CqlType> cql_type_for(const Type& type) {
  switch (type.kind()) {
    case TypeKind::kBool: return CqlType(CqlKind::kBoolean);
    case TypeKind::kInt: return CqlType(CqlKind::kInt);
    case TypeKind::kBigint: return CqlType(CqlKind::kBigint);
    case TypeKind::kDouble: return CqlType(CqlKind::kDouble);
    case TypeKind::kDecimal: return CqlType(CqlKind::kDecimal);
    case TypeKind::kString: return CqlType(CqlKind::kText);
    case TypeKind::kBinary: return CqlType(CqlKind::kBlob);
    case TypeKind::kDate: return CqlType(CqlKind::kDate);
    case TypeKind::kTimestamp: return CqlType(CqlKind::kTimestamp);
    case TypeKind::kArray: {
      TRY(element, cql_type_for(type.element()));
      return CqlType::list(element);
    }
    case TypeKind::kMap: {
      TRY(key, cql_type_for(type.key()));
      TRY(value, cql_type_for(type.value()));
      return CqlType::map(key, value);
    }
    case TypeKind::kNull:
    case TypeKind::kInterval:
    case TypeKind::kStruct: break;
  }
  return Error(ErrorCode::kInvalidArgument,
               fmt::format("there is no CQL type for {}; cast it, or pick its parts apart in a select", type.text()));
}

}  // namespace millrace
