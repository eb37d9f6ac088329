#include "data/type.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/spelling.h"

namespace millrace {
namespace {

struct NamedKind {
  std::string_view name;
  TypeKind kind;
};

constexpr std::array kNames = std::to_array<NamedKind>({
    {"void", TypeKind::kNull},
    {"boolean", TypeKind::kBool},
    {"int", TypeKind::kInt},
    {"bigint", TypeKind::kBigint},
    {"double", TypeKind::kDouble},
    {"string", TypeKind::kString},
    {"binary", TypeKind::kBinary},
    {"date", TypeKind::kDate},
    {"timestamp", TypeKind::kTimestamp},
    {"interval", TypeKind::kInterval},
    {"decimal", TypeKind::kDecimal},
    {"array", TypeKind::kArray},
    {"map", TypeKind::kMap},
    {"struct", TypeKind::kStruct},
    // Synonyms, only read.
    {"bool", TypeKind::kBool},
    {"integer", TypeKind::kInt},
    {"long", TypeKind::kBigint},
    {"text", TypeKind::kString},
    {"uuid", TypeKind::kString},
    {"varchar", TypeKind::kString},
    {"timestamp_ltz", TypeKind::kTimestamp},
    {"blob", TypeKind::kBinary},
    {"dec", TypeKind::kDecimal},
    {"numeric", TypeKind::kDecimal},
});

std::string_view kind_name(TypeKind kind) {
  for (const NamedKind& named : kNames) {
    if (named.kind == kind) return named.name;
  }
  MILLRACE_UNREACHABLE("type kind");
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return std::tolower(static_cast<unsigned char>(x)) == std::tolower(static_cast<unsigned char>(y));
  });
}

class TypeParser {
 public:
  explicit TypeParser(std::string_view text) : text_(text) {}

  Result<Type> parse() {
    TRY(type, parse_type());
    skip_space();
    if (at_ < text_.size()) return wrong(fmt::format("'{}' is left over", text_.substr(at_)));
    return type;
  }

 private:
  static constexpr int kDepthMax = 32;

  Error wrong(std::string_view what) const {
    return {ErrorCode::kInvalidSpec, fmt::format("'{}' is not a type: {}", text_, what)};
  }
  void skip_space() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }
  bool take(char c) {
    skip_space();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  std::string_view word() {
    skip_space();
    if (at_ < text_.size() && text_[at_] == '`') {
      const size_t close = text_.find('`', at_ + 1);
      if (close != std::string_view::npos) {
        const std::string_view quoted = text_.substr(at_ + 1, close - at_ - 1);
        at_ = close + 1;
        return quoted;
      }
    }
    const size_t begin = at_;
    while (at_ < text_.size()) {
      const auto c = static_cast<unsigned char>(text_[at_]);
      if (std::isalnum(c) == 0 && c != '_' && c < 0x80) break;
      ++at_;
    }
    return text_.substr(begin, at_ - begin);
  }
  std::optional<int> number() {
    const std::string_view digits = word();
    if (digits.empty() || digits.size() > 3) return std::nullopt;
    int value = 0;
    for (const char c : digits) {
      if (c < '0' || c > '9') return std::nullopt;
      value = value * 10 + (c - '0');
    }
    return value;
  }

  Result<Type> parse_type() {
    if (++depth_ > kDepthMax) return wrong(fmt::format("nested deeper than {} levels", kDepthMax));
    const std::string_view name = word();
    if (name.empty()) return wrong("a type's name is missing");
    for (const NamedKind& named : kNames) {
      if (!equal_ignoring_case(named.name, name)) continue;
      auto type = parse_rest(named.kind);
      --depth_;
      return type;
    }
    std::vector<std::string_view> known;
    for (const NamedKind& named : kNames) known.push_back(named.name);
    const auto near = nearest_spelling(name, known);
    return wrong(
        near ? fmt::format("there is no '{}'; did you mean '{}'?", name, *near)
             : fmt::format("there is no '{}'; the types are boolean, int, bigint, double, decimal(p,s), string, "
                           "binary, date, timestamp, array<T>, map<K,V>, struct<name:T,...>",
                           name));
  }

  Result<Type> parse_rest(TypeKind kind) {
    switch (kind) {
      case TypeKind::kDecimal: return parse_decimal();
      case TypeKind::kArray: {
        if (!take('<')) return wrong("an array says what it holds: array<string>");
        TRY(element, parse_type());
        if (!take('>')) return wrong("'>' is missing");
        return Type::array(std::move(element));
      }
      case TypeKind::kMap: {
        if (!take('<')) return wrong("a map says what it holds: map<string,int>");
        TRY(key, parse_type());
        if (!take(',')) return wrong("a map has a key type and a value type: map<string,int>");
        TRY(value, parse_type());
        if (!take('>')) return wrong("'>' is missing");
        return Type::map(std::move(key), std::move(value));
      }
      case TypeKind::kStruct: return parse_struct();
      default: return Type(kind);
    }
  }

  Result<Type> parse_decimal() {
    if (!take('(')) return Type::decimal(10, 0);
    const auto precision = number();
    std::optional<int> scale = 0;
    if (take(',')) scale = number();
    if (!precision || !scale || !take(')')) return wrong("write decimal(precision, scale)");
    if (*precision < 1 || *precision > kDecimalPrecisionMax || *scale > *precision) {
      return wrong(fmt::format("precision is 1 to {}, scale 0 to precision", kDecimalPrecisionMax));
    }
    return Type::decimal(*precision, *scale);
  }

  Result<Type> parse_struct() {
    if (!take('<')) return wrong("a struct lists its fields: struct<name:string>");
    std::vector<Field> fields;
    if (take('>')) return Type::structure(std::move(fields));
    do {
      std::string name(word());
      if (name.empty()) return wrong("a field's name is missing");
      take(':');
      TRY(type, parse_type());
      fields.push_back({std::move(name), std::move(type)});
    } while (take(','));
    if (!take('>')) return wrong("'>' is missing");
    return Type::structure(std::move(fields));
  }

  std::string_view text_;
  size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

Type::Type(TypeKind kind) : kind_(kind) {
  MILLRACE_ASSERT(
      kind != TypeKind::kDecimal && kind != TypeKind::kArray && kind != TypeKind::kMap && kind != TypeKind::kStruct,
      "this kind needs more than its name");
}

Type Type::decimal(int precision, int scale) {
  MILLRACE_ASSERT(precision >= 1 && precision <= kDecimalPrecisionMax && scale >= 0 && scale <= precision,
                  "decimal out of bounds");
  Type type;
  type.kind_ = TypeKind::kDecimal;
  type.precision_ = static_cast<int8_t>(precision);
  type.scale_ = static_cast<int8_t>(scale);
  return type;
}

Type Type::array(Type element) {
  Type type;
  type.kind_ = TypeKind::kArray;
  type.children_ = std::make_shared<const std::vector<Field>>(std::vector<Field>{{"element", std::move(element)}});
  return type;
}

Type Type::map(Type key, Type value) {
  Type type;
  type.kind_ = TypeKind::kMap;
  type.children_ = std::make_shared<const std::vector<Field>>(
      std::vector<Field>{{"key", std::move(key)}, {"value", std::move(value)}});
  return type;
}

Type Type::structure(std::vector<Field> fields) {
  Type type;
  type.kind_ = TypeKind::kStruct;
  type.children_ = std::make_shared<const std::vector<Field>>(std::move(fields));
  return type;
}

int Type::precision() const {
  MILLRACE_ASSERT(is(TypeKind::kDecimal), text());
  return precision_;
}

int Type::scale() const {
  MILLRACE_ASSERT(is(TypeKind::kDecimal), text());
  return scale_;
}

const Type& Type::element() const {
  MILLRACE_ASSERT(is(TypeKind::kArray), text());
  return (*children_)[0].type;
}

const Type& Type::key() const {
  MILLRACE_ASSERT(is(TypeKind::kMap), text());
  return (*children_)[0].type;
}

const Type& Type::value() const {
  MILLRACE_ASSERT(is(TypeKind::kMap), text());
  return (*children_)[1].type;
}

std::span<const Field> Type::fields() const {
  MILLRACE_ASSERT(is(TypeKind::kStruct), text());
  return *children_;
}

const Field* Type::find_field(std::string_view name) const {
  for (const Field& field : fields()) {
    if (equal_ignoring_case(field.name, name)) return &field;
  }
  return nullptr;
}

bool Type::is_number() const {
  return kind_ == TypeKind::kInt || kind_ == TypeKind::kBigint || kind_ == TypeKind::kDouble ||
         kind_ == TypeKind::kDecimal;
}

bool Type::is_nested() const {
  return kind_ == TypeKind::kArray || kind_ == TypeKind::kMap || kind_ == TypeKind::kStruct;
}

size_t Type::width() const {
  switch (kind_) {
    case TypeKind::kInt:
    case TypeKind::kDate: return 4;
    case TypeKind::kBigint:
    case TypeKind::kDouble:
    case TypeKind::kTimestamp: return 8;
    case TypeKind::kDecimal:
    case TypeKind::kInterval: return 16;
    default: return 0;
  }
}

std::string Type::text() const {
  switch (kind_) {
    case TypeKind::kDecimal: return fmt::format("decimal({},{})", precision_, scale_);
    case TypeKind::kArray: return fmt::format("array<{}>", (*children_)[0].type.text());
    case TypeKind::kMap: return fmt::format("map<{},{}>", (*children_)[0].type.text(), (*children_)[1].type.text());
    case TypeKind::kStruct: {
      std::string out = "struct<";
      for (size_t i = 0; i < children_->size(); ++i) {
        fmt::format_to(std::back_inserter(out), "{}{}:{}", i == 0 ? "" : ",", (*children_)[i].name,
                       (*children_)[i].type.text());
      }
      return out + '>';
    }
    default: return std::string(kind_name(kind_));
  }
}

bool Type::operator==(const Type& other) const {
  if (kind_ != other.kind_ || precision_ != other.precision_ || scale_ != other.scale_) return false;
  if (children_ == other.children_) return true;
  return children_ != nullptr && other.children_ != nullptr && *children_ == *other.children_;
}

Result<Type> parse_type(std::string_view text) { return TypeParser(text).parse(); }

}  // namespace millrace
