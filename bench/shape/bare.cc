// The bare-library limit of `./x bench shape`: what simdjson and write() allow when a program does this one job and
// nothing else. Same columns, checks, order and durability as users.yaml; every byte of every record is validated,
// wanted or not.
//   bench_shape_bare IN OUT QUARANTINE THREADS      OUT "-" counts and hashes instead of writing
// Where a text column gets an object or an array, the record is a fault here; users.yaml would take its JSON text.

#include <fcntl.h>
#include <simdjson.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <charconv>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

namespace ondemand = simdjson::ondemand;

constexpr size_t kPieceBytes = size_t{256} << 10;
constexpr uint64_t kWritebackStepBytes = uint64_t{8} << 20;
constexpr size_t kRowSlack = 1024;  // keys, quotes and timestamps of a row, and copies that run over

[[noreturn]] void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

// Texts are tokens as they stand in the document, without quotes: escaped where the document escapes.
struct User {
  std::string_view id, first_name, last_name, gender, number, street, city, state, country, post_code;
  std::string_view email, username, dob, registered, phone, picture;
};

enum CharClass : uint8_t { kLetter = 1, kDigit = 2, kHex = 4, kMark = 8 };
constexpr std::array<uint8_t, 256> kClasses = [] {
  std::array<uint8_t, 256> classes{};
  for (size_t c = 0; c < 26; ++c) classes['a' + c] = classes['A' + c] = kLetter;
  for (size_t c = '0'; c <= '9'; ++c) classes[c] = kDigit | kHex;
  for (size_t c = 0; c < 6; ++c) classes['a' + c] = classes['A' + c] = kLetter | kHex;
  for (const char c : std::string_view("._%+-")) classes[static_cast<unsigned char>(c)] |= kMark;
  return classes;
}();
uint8_t class_of(char c) { return kClasses[static_cast<unsigned char>(c)]; }

bool is_uuid(std::string_view text) {
  if (text.size() != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') return false;
  uint32_t digits = 0;
  for (const char c : text) digits += (class_of(c) & kHex) != 0 ? 1 : 0;
  return digits == 32;
}

bool is_email(std::string_view text) {
  if (text.size() > 254) return false;
  size_t at = 0;
  while (at < text.size() && (class_of(text[at]) & (kLetter | kDigit | kMark)) != 0) ++at;
  if (at == 0 || at > 64 || at >= text.size() || text[at] != '@') return false;
  size_t labels = 0;
  size_t label = 0;
  uint8_t common = kLetter;
  for (++at; at < text.size(); ++at) {
    if (text[at] == '.') {
      if (label == 0) return false;
      ++labels;
      label = 0;
      common = kLetter;
      continue;
    }
    const uint8_t found = class_of(text[at]);
    if ((found & (kLetter | kDigit)) == 0 && text[at] != '-') return false;
    common &= found;
    if (++label > 63) return false;
  }
  return labels > 0 && label >= 2 && common == kLetter;
}

// "2013-02-08T18:40:19.084Z" with any number of digits up to microseconds.
bool parse_timestamp(std::string_view text, int64_t& us) {
  if (text.size() < 20 || text.size() > 27 || text.back() != 'Z') return false;
  uint32_t wrong = 0;
  const auto digits = [&](size_t at, size_t count) {
    uint32_t value = 0;
    for (size_t i = at; i < at + count; ++i) {
      const auto digit = static_cast<uint32_t>(text[i] - '0');
      wrong |= digit > 9 ? 1 : 0;
      value = value * 10 + digit;
    }
    return value;
  };
  const uint32_t year = digits(0, 4);
  const uint32_t month = digits(5, 2);
  const uint32_t day = digits(8, 2);
  const uint32_t hour = digits(11, 2);
  const uint32_t minute = digits(14, 2);
  const uint32_t second = digits(17, 2);
  uint32_t fraction = 0;
  if (text.size() > 20) {
    if (text[19] != '.') return false;
    const size_t count = text.size() - 21;
    if (count == 0) return false;
    fraction = digits(20, count);
    for (size_t i = count; i < 6; ++i) fraction *= 10;
  }
  if (wrong != 0 || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' || text[16] != ':')
    return false;
  static constexpr std::array<uint8_t, 13> kDays = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
  if (month < 1 || month > 12 || day < 1 || day > kDays[month] + (month == 2 && leap ? 1U : 0U)) return false;
  if (hour > 23 || minute > 59 || second > 59) return false;
  const int64_t y = static_cast<int64_t>(year) - (month <= 2 ? 1 : 0);
  const int64_t era = (y >= 0 ? y : y - 399) / 400;
  const int64_t of_era = y - era * 400;
  const int64_t of_year = (153 * (static_cast<int64_t>(month) + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  const int64_t days = era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
  us = ((days * 24 + hour) * 60 + minute) * 60'000'000 + second * int64_t{1'000'000} + fraction;
  return true;
}

char* put(char* to, std::string_view text) {
  std::memcpy(to, text.data(), text.size());
  return to + text.size();
}

// Reads and writes 32 bytes whatever the text's length: the input is padded and the output has slack.
char* put_padded(char* to, std::string_view text) {
  if (text.size() > 32) return put(to, text);
  std::memcpy(to, text.data(), 32);
  return to + text.size();
}

constexpr std::array<char, 200> kPairs = [] {
  std::array<char, 200> pairs{};
  for (size_t i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}();

char* put_pair(char* to, uint32_t value) {
  std::memcpy(to, kPairs.data() + size_t{2} * value, 2);
  return to + 2;
}

char* put_timestamp(char* to, int64_t us) {
  const int64_t days = (us >= 0 ? us : us - 86'399'999'999) / 86'400'000'000;
  const int64_t rest = us - days * 86'400'000'000;
  const int64_t z = days + 719468;
  const int64_t era = (z >= 0 ? z : z - 146096) / 146097;
  const int64_t of_era = z - era * 146097;
  const int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  const int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted = (5 * of_year + 2) / 153;
  const int64_t month = shifted < 10 ? shifted + 3 : shifted - 9;
  const auto year = static_cast<uint32_t>(year_of_era + era * 400 + (month <= 2 ? 1 : 0));
  const auto seconds = static_cast<uint32_t>(rest / 1'000'000);
  *to++ = '"';
  to = put_pair(put_pair(to, year / 100), year % 100);
  *to++ = '-';
  to = put_pair(to, static_cast<uint32_t>(month));
  *to++ = '-';
  to = put_pair(to, static_cast<uint32_t>(of_year - (153 * shifted + 2) / 5 + 1));
  *to++ = 'T';
  to = put_pair(to, seconds / 3600);
  *to++ = ':';
  to = put_pair(to, seconds / 60 % 60);
  *to++ = ':';
  to = put_pair(to, seconds % 60);
  if (const auto fraction = static_cast<uint32_t>(rest % 1'000'000); fraction != 0) {
    *to++ = '.';
    *to++ = static_cast<char>('0' + fraction / 100'000);
    to = put_pair(to, fraction / 1000 % 100);
    if (fraction % 1000 != 0) {
      *to++ = static_cast<char>('0' + fraction / 100 % 10);
      to = put_pair(to, fraction % 100);
    }
  }
  *to++ = 'Z';
  *to++ = '"';
  return to;
}

// Walks one document on demand and takes what is wanted on the way. Throws nothing; every call's error is looked at.
class Walker {
 public:
  // False when the document is not JSON or a column gets what it cannot hold.
  bool walk(const char* line, size_t bytes, size_t readable, User& user) {
    escapes_ = std::memchr(line, '\\', bytes) != nullptr;
    ondemand::document document;
    if (parser_.iterate(line, bytes, readable).get(document) != simdjson::SUCCESS) return false;
    ondemand::object top;
    if (document.get_object().get(top) != simdjson::SUCCESS) return false;
    return members(top, [&](std::string_view key, ondemand::value value) { return top_member(key, value, user); }) &&
           document.current_location().error() == simdjson::OUT_OF_BOUNDS;  // nothing behind the record
  }

 private:
  template <typename F>
  bool members(ondemand::object object, F&& member) {
    for (auto next : object) {
      ondemand::field field;
      if (std::move(next).get(field) != simdjson::SUCCESS) return false;
      std::string_view key;
      if (escapes_) {
        if (field.unescaped_key().get(key) != simdjson::SUCCESS) return false;
      } else {
        const char* raw = field.key().raw();
        size_t bytes = 0;
        while (raw[bytes] != '"') ++bytes;  // keys are short: a call would cost more
        key = {raw, bytes};
      }
      if (!member(key, field.value())) return false;
    }
    return true;
  }

  template <typename F>
  bool inside(ondemand::value value, F&& member) {
    ondemand::object object;
    if (value.get_object().get(object) == simdjson::SUCCESS) return members(object, member);
    return value.is_null();
  }

  static std::string_view token(ondemand::value& value) {
    std::string_view text = value.raw_json_token();
    while (text.back() == ' ' || text.back() == '\n' || text.back() == '\r' || text.back() == '\t')
      text.remove_suffix(1);
    return text;
  }

  bool string_is_well(ondemand::value& value) {
    std::string_view ignored;
    return !escapes_ || value.get_string().get(ignored) == simdjson::SUCCESS;
  }

  // A scalar's text; empty data() stays for null.
  bool take(ondemand::value value, std::string_view& to) {
    const std::string_view text = token(value);
    to = {};
    if (text[0] == '"') {
      if (text.size() < 2 || text.back() != '"' || !string_is_well(value)) return false;
      to = text.substr(1, text.size() - 2);
      return true;
    }
    if (text[0] == '{' || text[0] == '[') return false;
    if (text != "null") to = text;
    return skip(value);
  }

  bool skip(ondemand::value value) {
    // The first stage has proved that strings are closed and UTF-8; only escapes are left to look at.
    if (!escapes_ && *value.raw_json_token().data() == '"') return true;
    ondemand::json_type type{};
    if (value.type().get(type) != simdjson::SUCCESS) return false;
    switch (type) {
      case ondemand::json_type::object: {
        ondemand::object object;
        return value.get_object().get(object) == simdjson::SUCCESS &&
               members(object, [&](std::string_view, ondemand::value inner) { return skip(inner); });
      }
      case ondemand::json_type::array: {
        ondemand::array array;
        if (value.get_array().get(array) != simdjson::SUCCESS) return false;
        for (auto element : array) {
          ondemand::value inner;
          if (std::move(element).get(inner) != simdjson::SUCCESS || !skip(inner)) return false;
        }
        return true;
      }
      case ondemand::json_type::string: return string_is_well(value);
      case ondemand::json_type::number: {
        ondemand::number number;
        return value.get_number().get(number) == simdjson::SUCCESS;
      }
      case ondemand::json_type::boolean: {
        bool ignored = false;
        return value.get_bool().get(ignored) == simdjson::SUCCESS;
      }
      case ondemand::json_type::null: return value.is_null();
    }
    return false;
  }

  bool top_member(std::string_view key, ondemand::value value, User& user) {
    if (key == "gender") return take(value, user.gender);
    if (key == "email") return take(value, user.email);
    if (key == "phone") return take(value, user.phone);
    if (key == "name") {
      return inside(value, [&](std::string_view inner, ondemand::value found) {
        if (inner == "first") return take(found, user.first_name);
        if (inner == "last") return take(found, user.last_name);
        return skip(found);
      });
    }
    if (key == "location") {
      return inside(value, [&](std::string_view inner, ondemand::value found) { return place(inner, found, user); });
    }
    if (key == "login") {
      return inside(value, [&](std::string_view inner, ondemand::value found) {
        if (inner == "uuid") return take(found, user.id);
        if (inner == "username") return take(found, user.username);
        return skip(found);
      });
    }
    if (key == "dob") return date(value, user.dob);
    if (key == "registered") return date(value, user.registered);
    if (key == "picture") {
      return inside(value, [&](std::string_view inner, ondemand::value found) {
        return inner == "medium" ? take(found, user.picture) : skip(found);
      });
    }
    return skip(value);
  }

  bool date(ondemand::value value, std::string_view& to) {
    return inside(value, [&](std::string_view inner, ondemand::value found) {
      return inner == "date" ? take(found, to) : skip(found);
    });
  }

  bool place(std::string_view key, ondemand::value value, User& user) {
    if (key == "city") return take(value, user.city);
    if (key == "state") return take(value, user.state);
    if (key == "country") return take(value, user.country);
    if (key == "postcode") return take(value, user.post_code);
    if (key != "street") return skip(value);
    return inside(value, [&](std::string_view inner, ondemand::value found) {
      if (inner == "number") return take(found, user.number);
      if (inner == "name") return take(found, user.street);
      return skip(found);
    });
  }

  ondemand::parser parser_;
  bool escapes_ = false;
};

// nullptr, or the check that the user does not pass.
const char* check(const User& user, int64_t now_us, int64_t& dob, int64_t& registered) {
  const auto missing = [](std::string_view text) { return text.data() == nullptr; };
  if (missing(user.id) || missing(user.first_name) || missing(user.email)) return "required";
  if (!is_uuid(user.id)) return "uuid";
  if (!is_email(user.email)) return "email";
  if (!missing(user.gender) && user.gender != "male" && user.gender != "female") return "one_of";
  if (!missing(user.dob) && (!parse_timestamp(user.dob, dob) || dob > now_us)) return "dob";
  if (!missing(user.registered) && (!parse_timestamp(user.registered, registered) || registered > now_us))
    return "registered";
  if (!missing(user.username)) {
    size_t chars = 0;
    for (const char c : user.username) chars += (c & 0xC0) != 0x80 ? 1 : 0;
    if (chars < 3 || chars > 30) return "length";
  }
  return nullptr;
}

char* put_text(char* to, std::string_view key, std::string_view text) {
  to = put_padded(to, key);
  if (text.data() == nullptr) return put(to, "null");
  *to++ = '"';
  to = put_padded(to, text);
  *to++ = '"';
  return to;
}

char* put_address(char* to, const User& user) {
  const std::array<std::string_view, 5> parts = {user.number, user.street, user.city, user.state, user.country};
  for (const std::string_view part : parts) {
    if (part.data() == nullptr) return put(to, R"(,"address":null)");
  }
  to = put(to, R"(,"address":")");
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i == 1) *to++ = ' ';
    if (i > 1) to = put(to, ", ");
    to = put_padded(to, parts[i]);
  }
  *to++ = '"';
  return to;
}

// Keys are literals of 32 bytes and more with their padding, so that they are copied in one go.
#define KEY(text) (std::string_view(text "                                ", sizeof(text) - 1))

char* put_user(char* to, const User& user, int64_t dob, int64_t registered) {
  to = put_text(to, KEY("{\"id\":"), user.id);
  to = put_text(to, KEY(",\"first_name\":"), user.first_name);
  to = put_text(to, KEY(",\"last_name\":"), user.last_name);
  to = put_text(to, KEY(",\"gender\":"), user.gender);
  to = put_address(to, user);
  to = put_text(to, KEY(",\"post_code\":"), user.post_code);
  to = put_text(to, KEY(",\"email\":"), user.email);
  to = put_text(to, KEY(",\"username\":"), user.username);
  to = put_padded(to, KEY(",\"dob\":"));
  to = user.dob.data() == nullptr ? put(to, "null") : put_timestamp(to, dob);
  to = put_padded(to, KEY(",\"registered_date\":"));
  to = user.registered.data() == nullptr ? put(to, "null") : put_timestamp(to, registered);
  to = put_text(to, KEY(",\"phone\":"), user.phone);
  to = put_text(to, KEY(",\"picture\":"), user.picture);
  *to++ = '}';
  *to++ = '\n';
  return to;
}

// As the counting sink's: one wide multiplication per 16 bytes.
uint64_t hash_line(const char* bytes, size_t size) {
  constexpr uint64_t kFirst = 0x9e3779b97f4a7c15ULL;
  constexpr uint64_t kSecond = 0xbf58476d1ce4e5b9ULL;
  uint64_t hash = kFirst ^ size;
  const auto mix = [&](uint64_t low, uint64_t high) {
    __extension__ using Wide = unsigned __int128;
    const Wide product = static_cast<Wide>(low ^ kSecond) * (high ^ hash);
    hash = static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
  };
  uint64_t words[2];
  for (; size >= sizeof words; bytes += sizeof words, size -= sizeof words) {
    std::memcpy(words, bytes, sizeof words);
    mix(words[0], words[1]);
  }
  words[0] = words[1] = 0;
  std::memcpy(words, bytes, size);
  mix(words[0], words[1] ^ kFirst);
  return hash;
}

// Whole lines of the file, piece by piece, numbered.
class Input {
 public:
  explicit Input(const char* path) : fd_(::open(path, O_RDONLY | O_CLOEXEC)) {
    if (fd_ < 0) die(path);
  }
  // The size of the piece, 0 at the end; the buffer has padding behind it.
  size_t next(std::vector<char>& buffer, uint64_t& number) {
    const std::lock_guard lock(mutex_);
    size_t filled = carry_.size();
    if (buffer.size() < filled + kPieceBytes) buffer.resize(filled + kPieceBytes);
    std::memcpy(buffer.data(), carry_.data(), filled);
    carry_.clear();
    while (true) {
      const size_t room = buffer.size() - simdjson::SIMDJSON_PADDING - filled;
      const ssize_t got = ::read(fd_, buffer.data() + filled, room);
      if (got < 0) die("read");
      filled += static_cast<size_t>(got);
      const void* newline = filled == 0 ? nullptr : ::memrchr(buffer.data(), '\n', filled);
      if (got == 0 || newline != nullptr) {
        const size_t whole =
            got == 0 ? filled : static_cast<size_t>(static_cast<const char*>(newline) - buffer.data()) + 1;
        carry_.assign(buffer.data() + whole, filled - whole);
        number = number_++;
        return whole;
      }
      buffer.resize(2 * buffer.size());
    }
  }

 private:
  int fd_;
  std::mutex mutex_;
  std::string carry_;
  uint64_t number_ = 0;
};

class Output {
 public:
  explicit Output(const char* path) : fd_(::open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) {
    if (fd_ < 0) die(path);
  }
  void append(const char* bytes, size_t size) {
    while (size > 0) {
      const ssize_t put_bytes = ::write(fd_, bytes, size);
      if (put_bytes < 0) die("write");
      bytes += put_bytes;
      size -= static_cast<size_t>(put_bytes);
      written_ += static_cast<uint64_t>(put_bytes);
    }
    if (written_ - started_ < kWritebackStepBytes) return;
    ::sync_file_range(fd_, static_cast<off64_t>(started_), static_cast<off64_t>(written_ - started_),
                      SYNC_FILE_RANGE_WRITE);
    started_ = written_;
  }
  void finish() {
    if (::fdatasync(fd_) != 0 || ::close(fd_) != 0) die("sync");
  }

 private:
  int fd_;
  uint64_t written_ = 0;
  uint64_t started_ = 0;
};

struct Job {
  Input input;
  std::unique_ptr<Output> output;  // none: count
  Output quarantine;
  int64_t now_us;
  std::mutex mutex;
  std::condition_variable turn;
  uint64_t next_out = 0;
  uint64_t records = 0;
  uint64_t hash = 0;
};

void append_bad(std::string& out, const char* rule, std::string_view line) {
  out += R"({"rule":")";
  out += rule;
  out += R"(","record":")";
  for (const char c : line) {
    if (c == '"' || c == '\\') out += '\\';
    if (static_cast<unsigned char>(c) >= 0x20) out += c;
  }
  out += "\"}\n";
}

void work(Job& job) {
  Walker walker;
  std::vector<char> in(kPieceBytes);
  std::vector<char> out;
  std::string bad;
  uint64_t number = 0;
  while (const size_t size = job.input.next(in, number)) {
    // A row repeats at most what its record holds; keys and timestamps have their own room.
    char* to = nullptr;
    size_t filled = 0;
    uint64_t rows = 0;
    uint64_t hash = 0;
    bad.clear();
    const char* const end = in.data() + size;
    const char* const readable = in.data() + in.size();
    for (const char* at = in.data(); at < end;) {
      const auto* newline = static_cast<const char*>(std::memchr(at, '\n', static_cast<size_t>(end - at)));
      const char* const line_end = newline == nullptr ? end : newline;
      const auto bytes = static_cast<size_t>(line_end - at);
      const char* const line = at;
      at = line_end + 1;
      if (bytes == 0) continue;
      User user;
      int64_t dob = 0;
      int64_t registered = 0;
      const char* rule = walker.walk(line, bytes, static_cast<size_t>(readable - line), user)
                             ? check(user, job.now_us, dob, registered)
                             : "read";
      if (rule != nullptr) {
        append_bad(bad, rule, {line, bytes});
        continue;
      }
      if (out.size() < filled + bytes + kRowSlack) out.resize(2 * (filled + bytes + kRowSlack));
      to = put_user(out.data() + filled, user, dob, registered);
      const auto row_bytes = static_cast<size_t>(to - out.data()) - filled;
      ++rows;
      if (job.output == nullptr) {
        hash += hash_line(out.data(), row_bytes - 1);
      } else {
        filled += row_bytes;
      }
    }
    std::unique_lock lock(job.mutex);
    job.turn.wait(lock, [&] { return job.next_out == number; });
    if (job.output != nullptr) job.output->append(out.data(), filled);
    job.quarantine.append(bad.data(), bad.size());
    job.records += rows;
    job.hash += hash;
    ++job.next_out;
    job.turn.notify_all();
  }
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 5) {
    std::fputs("usage: bench_shape_bare IN OUT QUARANTINE THREADS\n", stderr);
    return 2;
  }
  const bool counting = std::strcmp(arguments[2], "-") == 0;
  Job job{.input = Input(arguments[1]),
          .output = counting ? nullptr : std::make_unique<Output>(arguments[2]),
          .quarantine = Output(arguments[3]),
          .now_us = static_cast<int64_t>(std::time(nullptr)) * 1'000'000};
  std::vector<std::thread> threads;
  for (int i = 1; i < std::atoi(arguments[4]); ++i) threads.emplace_back([&] { work(job); });
  work(job);
  for (std::thread& thread : threads) thread.join();
  job.quarantine.finish();
  if (job.output != nullptr) job.output->finish();
  std::printf("%llu records, hash %016llx\n", static_cast<unsigned long long>(job.records),
              static_cast<unsigned long long>(job.hash));
  return 0;
}
