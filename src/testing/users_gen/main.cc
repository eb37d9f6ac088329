// Writes records like randomuser.me's to the standard output: millrace_users_gen RECORDS [SEED] [--bad
// KIND=PER_THOUSAND]...

#include <fmt/format.h>

#include <charconv>
#include <cstdio>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "testing/random_user.h"

namespace millrace {

namespace {

constexpr size_t kWriteBytes = size_t{1} << 20;
constexpr std::string_view kUsage =
    "usage: millrace_users_gen RECORDS [SEED] [--bad KIND=PER_THOUSAND]...\n"
    "kinds: broken_json missing_field wrong_type bad_email future_date duplicate\n";

std::optional<uint64_t> parse_number(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

bool set_share(BadUsers& bad, std::string_view text) {
  const std::map<std::string_view, uint32_t*> kinds = {
      {"broken_json", &bad.broken_json}, {"missing_field", &bad.missing_field}, {"wrong_type", &bad.wrong_type},
      {"bad_email", &bad.bad_email},     {"future_date", &bad.future_date},     {"duplicate", &bad.duplicate}};
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos) return false;
  const auto kind = kinds.find(text.substr(0, equals));
  const auto share = parse_number(text.substr(equals + 1));
  if (kind == kinds.end() || !share || *share > 1000) return false;
  *kind->second = static_cast<uint32_t>(*share);
  return true;
}

bool write_users(uint64_t records, uint64_t seed, const BadUsers& bad) {
  RandomUsers users(seed, bad);
  std::string out;
  out.reserve(kWriteBytes * 2);
  for (uint64_t i = 0; i < records; ++i) {
    users.append(out);
    if (out.size() < kWriteBytes && i + 1 < records) continue;
    if (std::fwrite(out.data(), 1, out.size(), stdout) != out.size()) return false;
    out.clear();
  }
  return std::fflush(stdout) == 0;
}

}  // namespace

}  // namespace millrace

int main(int count, char** arguments) {
  millrace::BadUsers bad;
  std::vector<uint64_t> numbers;
  for (int i = 1; i < count; ++i) {
    const std::string_view word = arguments[i];
    const auto number = millrace::parse_number(word);
    const bool known = number ? true : word == "--bad" && i + 1 < count && millrace::set_share(bad, arguments[++i]);
    if (number) numbers.push_back(*number);
    if (!known) numbers.clear();
    if (!known) break;
  }
  if (numbers.empty() || numbers.size() > 2) {
    fmt::print(stderr, "{}", millrace::kUsage);
    return 2;
  }
  if (millrace::write_users(numbers[0], numbers.size() > 1 ? numbers[1] : 1, bad)) return 0;
  std::perror("millrace_users_gen: write");
  return 1;
}
