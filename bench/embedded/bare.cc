// The bare-library limit of `./x bench embedded`: what simdjson, fdatasync and RocksDB allow when a program does this
// one job and nothing else.
//   bench_embedded_bare run USERS DIRECTORY THREADS    the whole job
//   bench_embedded_bare dump DIRECTORY                 the rows, as lines of JSON
// First all users go into one log file, shaped, in batches with a checksum, synced whenever as much of the input is
// through as makes a commit of millrace; then the log is read back, checked and written to RocksDB. No quarantine,
// no position, no books: what is bad is counted. Texts with escapes would stay as they stand in the JSON.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "bare/lines.h"
#include "bare/rows.h"
#include "bare/user.h"
#include "bare/user_json.h"
#include "bare/user_walker.h"
#include "base/crc32c.h"
#include "data/cql/bytes.h"
#include "data/cql/scalar_text.h"
#include "store/tables/row_value.h"

namespace {

using bare::die;

constexpr uint64_t kCommitBytes = uint64_t{4} << 20;  // of the input, as millrace's
constexpr size_t kBatchBytesMax = size_t{64} << 20;
constexpr int64_t kStamp = 1'700'000'000'000'000;
constexpr int64_t kUsPerMs = 1'000;

// The cells of a row, by column; the first is the key's, which has none.
enum Column : uint32_t {
  kFirstName = 1,
  kLastName,
  kGender,
  kAddress,
  kPostCode,
  kEmail,
  kUsername,
  kDob,
  kRegistered,
  kPhone,
  kPicture
};
constexpr std::array<const char*, 12> kNames = {"id",      "first_name",      "last_name", "gender",
                                                "address", "post_code",       "email",     "username",
                                                "dob",     "registered_date", "phone",     "picture"};

// In front of the lines of a batch.
struct BatchHead {
  uint32_t bytes;
  uint32_t crc;
  uint64_t first;  // number of its first line
};

// The log: workers append in any order, whoever passes the limit syncs beside the others' work.
class Log {
 public:
  explicit Log(const std::string& path) : fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) {
    if (fd_ < 0) die(path.c_str());
  }
  ~Log() { ::close(fd_); }

  void append(std::vector<char>& batch, uint64_t lines, uint64_t input_bytes) {
    bool due = false;
    {
      const std::lock_guard lock(mutex_);
      BatchHead head;
      std::memcpy(&head, batch.data(), sizeof head);
      head.first = lines_;
      std::memcpy(batch.data(), &head, sizeof head);
      lines_ += lines;
      for (size_t at = 0; at < batch.size();) {
        const ssize_t put = ::write(fd_, batch.data() + at, batch.size() - at);
        if (put < 0) die("write");
        at += static_cast<size_t>(put);
      }
      uncommitted_ += input_bytes;
      due = uncommitted_ >= kCommitBytes;
      if (due) uncommitted_ = 0;
    }
    if (due) sync();
  }
  void sync() {
    if (::fdatasync(fd_) != 0) die("fdatasync");
  }

  // The next batch, with room for simdjson behind it; false at the end.
  bool next(std::vector<char>& lines, BatchHead& head) {
    const std::lock_guard lock(mutex_);
    const ssize_t got = ::pread(fd_, &head, sizeof head, read_at_);
    if (got == 0) return false;
    if (got != sizeof head || head.bytes > kBatchBytesMax) die("read a head");
    lines.resize(head.bytes + simdjson::SIMDJSON_PADDING);
    if (::pread(fd_, lines.data(), head.bytes, read_at_ + static_cast<off_t>(sizeof head)) != head.bytes) die("read");
    read_at_ += static_cast<off_t>(sizeof head + head.bytes);
    return true;
  }

 private:
  int fd_;
  std::mutex mutex_;
  uint64_t lines_ = 0;
  uint64_t uncommitted_ = 0;
  off_t read_at_ = 0;
};

template <typename Each>
void each_line(const char* begin, size_t size, Each&& each) {
  const char* const end = begin + size;
  for (const char* at = begin; at < end;) {
    const auto* newline = static_cast<const char*>(std::memchr(at, '\n', static_cast<size_t>(end - at)));
    const char* const line_end = newline == nullptr ? end : newline;
    if (line_end > at) each(at, static_cast<size_t>(line_end - at));
    at = line_end + 1;
  }
}

bool parse_times(const bare::User& user, int64_t& dob, int64_t& registered) {
  return (user.dob.data() == nullptr || bare::parse_timestamp(user.dob, dob)) &&
         (user.registered.data() == nullptr || bare::parse_timestamp(user.registered, registered));
}

// Users -> log.
void shape(bare::Lines& input, Log& log, std::atomic<uint64_t>& bad) {
  bare::UserWalker walker;
  std::vector<char> in(bare::kPieceBytes);
  std::vector<char> batch;
  uint64_t number = 0;
  while (const size_t size = input.next(in, number)) {
    size_t filled = sizeof(BatchHead);
    uint64_t lines = 0;
    const char* const readable = in.data() + in.size();
    each_line(in.data(), size, [&](const char* line, size_t bytes) {
      bare::User user;
      int64_t dob = 0;
      int64_t registered = 0;
      if (!walker.walk(line, bytes, static_cast<size_t>(readable - line), user) ||
          !parse_times(user, dob, registered)) {
        ++bad;
        return;
      }
      if (batch.size() < filled + bytes + bare::kRowSlack) batch.resize(2 * (filled + bytes + bare::kRowSlack));
      filled = static_cast<size_t>(bare::put_user(batch.data() + filled, user, dob, registered) - batch.data());
      ++lines;
    });
    const size_t capacity = batch.size();
    batch.resize(filled);
    BatchHead head{.bytes = static_cast<uint32_t>(filled - sizeof(BatchHead)), .crc = 0, .first = 0};
    head.crc = millrace::crc32c({batch.data() + sizeof head, head.bytes});
    std::memcpy(batch.data(), &head, sizeof head);
    if (lines > 0) log.append(batch, lines, size);
    batch.resize(capacity);
  }
}

void append_row(const bare::User& user, int64_t dob, int64_t registered, int64_t stamp, std::string& row) {
  millrace::RowWriter writer(row, stamp, 0);
  writer.marker();
  const auto text = [&](uint32_t column, std::string_view value) {
    if (value.data() == nullptr) return writer.dead(column);
    writer.begin_value(column);
    row += value;
    writer.end_value();
  };
  const auto time = [&](uint32_t column, std::string_view given, int64_t us) {
    if (given.data() == nullptr) return writer.dead(column);
    writer.begin_value(column);
    millrace::append_be((us >= 0 ? us : us - (kUsPerMs - 1)) / kUsPerMs, row);
    writer.end_value();
  };
  text(kFirstName, user.first_name);
  text(kLastName, user.last_name);
  text(kGender, user.gender);
  text(kAddress, user.address);
  text(kPostCode, user.post_code);
  text(kEmail, user.email);
  text(kUsername, user.username);
  time(kDob, user.dob, dob);
  time(kRegistered, user.registered, registered);
  text(kPhone, user.phone);
  text(kPicture, user.picture);
}

// Rows on their way into one write.
class RowsToWrite {
 public:
  bool full() const { return rows_.size() >= kRowsAtOnce; }
  // False when the id is none.
  bool add(const bare::User& user, int64_t dob, int64_t registered, int64_t stamp) {
    const size_t at = arena_.size();
    if (!millrace::append_uuid(user.id, arena_)) return false;
    append_row(user, dob, registered, stamp, arena_);
    rows_.push_back({at, arena_.size() - at});
    return true;
  }
  void write(bare::Rows& table) {
    const auto key_of = [&](const Row& row) { return std::string_view(arena_).substr(row.at, kKeyBytes); };
    std::sort(rows_.begin(), rows_.end(), [&](const Row& a, const Row& b) { return key_of(a) < key_of(b); });
    rocksdb::WriteBatch batch(arena_.size() + rows_.size() * kKeyBytes);
    for (const Row& row : rows_) {
      const std::string_view bytes = std::string_view(arena_).substr(row.at, row.bytes);
      batch.Merge({bytes.data(), kKeyBytes}, {bytes.data() + kKeyBytes, bytes.size() - kKeyBytes});
    }
    table.write(batch);
    arena_.clear();
    rows_.clear();
  }

 private:
  static constexpr size_t kKeyBytes = 16;
  static constexpr size_t kRowsAtOnce = 1'000;
  struct Row {
    size_t at, bytes;  // the value stands behind its key
  };
  std::string arena_;
  std::vector<Row> rows_;
};

// Log -> rows.
void store(Log& log, bare::Rows& table, int64_t now_us, std::atomic<uint64_t>& bad) {
  bare::UserWalker walker;
  std::vector<char> in;
  RowsToWrite rows;
  BatchHead head;
  while (log.next(in, head)) {
    if (millrace::crc32c({in.data(), head.bytes}) != head.crc) die("a batch is damaged");
    int64_t stamp = kStamp + static_cast<int64_t>(head.first);
    const char* const readable = in.data() + in.size();
    each_line(in.data(), head.bytes, [&](const char* line, size_t bytes) {
      bare::User user;
      int64_t dob = 0;
      int64_t registered = 0;
      ++stamp;
      const bool good = walker.walk_shaped(line, bytes, static_cast<size_t>(readable - line), user) &&
                        bare::check(user, now_us, dob, registered) == nullptr && rows.add(user, dob, registered, stamp);
      if (!good) ++bad;
    });
    if (rows.full()) rows.write(table);
  }
  rows.write(table);
}

void on_threads(int count, const std::function<void()>& work) {
  std::vector<std::thread> threads;
  for (int i = 1; i < count; ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
}

int run(const char* users, const std::string& directory, int threads) {
  std::filesystem::create_directories(directory);
  const int64_t now_us = static_cast<int64_t>(std::time(nullptr)) * 1'000'000;
  std::atomic<uint64_t> bad = 0;
  Log log(directory + "/log");
  {
    bare::Lines input(users);
    on_threads(threads, [&] { shape(input, log, bad); });
    log.sync();
  }
  bare::Rows table(directory + "/rows");
  on_threads(threads, [&] { store(log, table, now_us, bad); });
  table.settle();
  table.close();
  std::printf("%llu bad\n", static_cast<unsigned long long>(bad.load()));
  return 0;
}

int dump(const std::string& directory) {
  bare::Rows table(directory + "/rows");
  const std::unique_ptr<rocksdb::Iterator> at(table.db().NewIterator({}));
  for (at->SeekToFirst(); at->Valid(); at->Next()) {
    const auto row = millrace::decode_row(at->value().ToStringView());
    if (!row.ok()) die("a row is damaged");
    std::string line = "{\"id\":\"" + millrace::uuid_text(at->key().ToStringView()) + "\"";
    for (const millrace::Cell& cell : row->cells) {
      if (cell.column == millrace::kRowMarker || cell.dead) continue;
      const bool time = cell.column == kDob || cell.column == kRegistered;
      line.append(",\"").append(kNames.at(cell.column)).append("\":");
      if (time) {
        line += std::to_string(millrace::read_be<int64_t>(cell.value));
      } else {
        line.append("\"").append(cell.value).append("\"");
      }
    }
    std::printf("%s}\n", line.c_str());
  }
  bare::Rows::check(at->status());
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  const std::string_view mode = count > 1 ? arguments[1] : "";
  if (mode == "run" && count == 5) return run(arguments[2], arguments[3], std::atoi(arguments[4]));
  if (mode == "dump" && count == 3) return dump(arguments[2]);
  std::fputs("usage: bench_embedded_bare run USERS DIRECTORY THREADS | dump DIRECTORY\n", stderr);
  return 2;
}
