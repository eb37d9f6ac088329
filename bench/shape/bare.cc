// The bare-library limit of `./x bench shape`: what simdjson and write() allow when a program does this one job and
// nothing else. Same columns, checks, order and durability as users.yaml; every byte of every record is validated,
// wanted or not.
//   bench_shape_bare IN OUT QUARANTINE THREADS      OUT "-" counts and hashes instead of writing
// Where a text column gets an object or an array, the record is a fault here; users.yaml would take its JSON text.

#include <fcntl.h>
#include <unistd.h>

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

#include "bare/lines.h"
#include "bare/user.h"
#include "bare/user_json.h"
#include "bare/user_walker.h"

namespace {

using bare::die;

constexpr uint64_t kWritebackStepBytes = uint64_t{8} << 20;

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
  bare::Lines input;
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
  bare::UserWalker walker;
  std::vector<char> in(bare::kPieceBytes);
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
      bare::User user;
      int64_t dob = 0;
      int64_t registered = 0;
      const char* rule = walker.walk(line, bytes, static_cast<size_t>(readable - line), user)
                             ? bare::check(user, job.now_us, dob, registered)
                             : "read";
      if (rule != nullptr) {
        append_bad(bad, rule, {line, bytes});
        continue;
      }
      if (out.size() < filled + bytes + bare::kRowSlack) out.resize(2 * (filled + bytes + bare::kRowSlack));
      to = bare::put_user(out.data() + filled, user, dob, registered);
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
  Job job{.input = bare::Lines(arguments[1]),
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
