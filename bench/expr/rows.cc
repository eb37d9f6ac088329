#include "rows.h"

#include <fmt/format.h>

#include <array>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "base/random.h"
#include "data/builder.h"

namespace millrace {
namespace {

constexpr uint64_t kNullOneIn = 50;
constexpr int64_t kSecondUs = 1'000'000;
constexpr int32_t kFirstDay = 10'957;  // 2000-01-01
constexpr uint64_t kDays = 9'000;

constexpr std::array<std::string_view, 12> kFirst = {"Anna",  "Mia",   "Christopher", "Li",        "Jonathan", "Olivia",
                                                     "Grace", "Wyatt", "Noah",        "Alexandra", "Ben",      "Sofia"};
constexpr std::array<std::string_view, 10> kLast = {"Miller",  "Smith", "Hernandez", "Ng",    "O'Brien",
                                                    "Johnson", "Lopez", "Anderson",  "Clark", "Featherstone"};
constexpr std::array<std::string_view, 8> kAccented = {"Käthe",  "Jördis", "François", "Maëlys",
                                                       "Łukasz", "Zoé",    "Björn",    "Nuñez"};
constexpr std::array<std::string_view, 16> kWords = {"river", "stone",   "the",     "morning", "over",  "running",
                                                     "light", "a",       "harbour", "quiet",   "under", "wheel",
                                                     "grain", "turning", "of",      "slowly"};
constexpr std::array<std::string_view, 6> kTags = {"red", "green", "blue", "large", "small", "sold out"};
constexpr std::array<std::string_view, 4> kCodes = {"male", "female", "other", "unknown"};

template <size_t N>
std::string_view one_of(Random& random, const std::array<std::string_view, N>& words) {
  return words[random.below(N)];
}
int64_t between(Random& random, int64_t low, int64_t high) {
  return low + static_cast<int64_t>(random.below(static_cast<uint64_t>(high - low + 1)));
}
int32_t any_day(Random& random) { return kFirstDay + static_cast<int32_t>(random.below(kDays)); }
int64_t any_instant(Random& random) {
  return int64_t{any_day(random)} * 86'400 * kSecondUs + between(random, 0, 86'399) * kSecondUs;
}
std::string sentence(Random& random) {
  std::string text;
  for (uint64_t words = 6 + random.below(7); words > 0; --words) {
    if (!text.empty()) text += ' ';
    text += one_of(random, kWords);
  }
  return text;
}
std::string person_json(Random& random) {
  return fmt::format(R"({{"id":{},"user":{{"name":"{} {}","age":{}}},"tags":["{}","{}"],"price":{}.5,"note":"{}"}})",
                     random.below(1'000'000), one_of(random, kFirst), one_of(random, kLast), random.below(90),
                     one_of(random, kTags), one_of(random, kTags), random.below(1000), sentence(random));
}

std::string accented(Random& random) { return fmt::format("{} {}", one_of(random, kAccented), one_of(random, kLast)); }
std::string padded(Random& random) { return fmt::format("{:>{}}  ", one_of(random, kLast), random.below(20)); }
std::string listed(Random& random) {
  return fmt::format("{},{},{},{}", one_of(random, kWords), random.below(1000), one_of(random, kCodes),
                     one_of(random, kLast));
}
std::string email(Random& random) {
  return fmt::format("{}.{}{}@example.com", one_of(random, kWords), one_of(random, kWords), random.below(100));
}
std::string url(Random& random) {
  return fmt::format("http{}://{}.example.com/{}/{}?q={}", random.below(2) == 0 ? "s" : "", one_of(random, kWords),
                     one_of(random, kWords), random.below(1000), one_of(random, kCodes));
}
std::string digits(Random& random) { return fmt::format("{}", between(random, -1000, 10'000'000)); }
std::string some_digits(Random& random) {
  return random.below(10) == 0 ? "n/a" : fmt::format("{}", random.below(10'000));
}
std::string number(Random& random) {
  return fmt::format("{}.{:02}", between(random, -10'000, 10'000), random.below(100));
}
std::string day_text(Random& random) { return format_date(any_day(random)); }
std::string iso_text(Random& random) {
  std::string text = format_timestamp(any_instant(random));
  text[10] = 'T';
  return text + "Z";
}
std::string german_text(Random& random) {
  const std::string text = format_timestamp(any_instant(random));
  return fmt::format("{}.{}.{} {}", text.substr(8, 2), text.substr(5, 2), text.substr(0, 4), text.substr(11, 5));
}

// How a row is appended.
template <int32_t low, int32_t high>
void integer(Random& random, ColumnBuilder& out) {
  out.append_int(static_cast<int32_t>(between(random, low, high)));
}
template <int64_t low, int64_t high>
void bigint(Random& random, ColumnBuilder& out) {
  out.append_bigint(between(random, low, high));
}
template <int64_t low, int64_t high>
void decimal(Random& random, ColumnBuilder& out) {
  out.append_decimal(between(random, low, high));
}
template <int64_t low, int64_t high, int64_t divisor>
void real(Random& random, ColumnBuilder& out) {
  out.append_double(static_cast<double>(between(random, low, high)) / static_cast<double>(divisor));
}
template <const auto& words>
void word(Random& random, ColumnBuilder& out) {
  out.append_string(one_of(random, words));
}
template <auto make>
void text(Random& random, ColumnBuilder& out) {
  out.append_string(make(random));
}
void boolean(Random& random, ColumnBuilder& out) { out.append_bool(random.below(2) == 0); }
void day(Random& random, ColumnBuilder& out) { out.append_int(any_day(random)); }
void instant(Random& random, ColumnBuilder& out) { out.append_bigint(any_instant(random)); }
void numbers(Random& random, ColumnBuilder& out) {
  for (uint64_t items = 1 + random.below(8); items > 0; --items) integer<0, 99>(random, out.child(0));
  out.end_nested();
}
void tags(Random& random, ColumnBuilder& out) {
  for (uint64_t items = 1 + random.below(4); items > 0; --items) word<kTags>(random, out.child(0));
  out.end_nested();
}
void counts(Random& random, ColumnBuilder& out) {
  for (size_t tag = 0; tag < 3; ++tag) {
    out.child(0).append_string(kTags[tag]);
    integer<0, 99>(random, out.child(1));
  }
  out.end_nested();
}
void person(Random& random, ColumnBuilder& out) {
  word<kFirst>(random, out.child(0));
  integer<0, 89>(random, out.child(1));
  out.end_nested();
}

struct RowColumn {
  std::string_view name;
  std::string_view type;
  void (*append)(Random& random, ColumnBuilder& out);
};

constexpr std::array kColumns = std::to_array<RowColumn>({
    {"i", "int", integer<-1000, 100'000>},
    {"k", "int", integer<1, 100>},
    {"l", "bigint", bigint<-1'000'000'000'000, 1'000'000'000'000>},
    {"d", "double", real<-4'000'000, 4'000'000, 1024>},
    {"u", "double", real<1, 1 << 20, 1 << 20>},
    {"p", "decimal(12,2)", decimal<-10'000'000, 10'000'000>},
    {"q", "decimal(8,3)", decimal<1, 9'999'999>},
    {"flag", "boolean", boolean},
    {"day", "date", day},
    {"day2", "date", day},
    {"ts", "timestamp", instant},
    {"first", "string", word<kFirst>},
    {"last", "string", word<kLast>},
    {"code", "string", word<kCodes>},
    {"accented", "string", text<accented>},
    {"padded", "string", text<padded>},
    {"sentence", "string", text<sentence>},
    {"listed", "string", text<listed>},
    {"email", "string", text<email>},
    {"url", "string", text<url>},
    {"digits", "string", text<digits>},
    {"some_digits", "string", text<some_digits>},
    {"number", "string", text<number>},
    {"day_text", "string", text<day_text>},
    {"ts_text", "string", text<iso_text>},
    {"ts_german", "string", text<german_text>},
    {"js", "string", text<person_json>},
    {"nums", "array<int>", numbers},
    {"tags", "array<string>", tags},
    {"counts", "map<string,int>", counts},
    {"person", "struct<name:string,age:int>", person},
});

}  // namespace

std::vector<Batch> make_rows(size_t records, uint64_t seed) {
  Schema schema;
  std::vector<Random> randoms;  // one per column, so that a new column changes no other
  for (const RowColumn& column : kColumns) {
    auto type = parse_type(column.type);
    MILLRACE_ASSERT(type.ok(), std::string(column.type));
    schema.fields.push_back({std::string(column.name), *type});
    randoms.emplace_back(seed + randoms.size() * 7919);
  }
  const auto shared = std::make_shared<const Schema>(std::move(schema));
  std::vector<Batch> batches;
  for (size_t made = 0; made < records; made += kBatchRows) {
    Batch batch;
    batch.schema = shared;
    batch.rows = std::min(kBatchRows, records - made);
    for (size_t at = 0; at < kColumns.size(); ++at) {
      ColumnBuilder out(shared->fields[at].type);
      for (size_t row = 0; row < batch.rows; ++row) {
        if (randoms[at].below(kNullOneIn) == 0) {
          out.append_null();
        } else {
          kColumns[at].append(randoms[at], out);
        }
      }
      batch.columns.push_back(out.finish());
    }
    batches.push_back(std::move(batch));
  }
  return batches;
}

}  // namespace millrace
