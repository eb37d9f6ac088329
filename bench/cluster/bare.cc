// The limit of writing into Cassandra: prepared INSERTs of rows that are made up as they are sent, so many at once on
// each connection, and nothing done with the answers but seeing that they are no errors. One thread. bare HOST PORT
// KEYSPACE.TABLE ROWS [IN_FLIGHT [CONNECTIONS]]: the table has the columns of users-cluster.yaml.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr std::array<std::string_view, 12> kColumns = {"id",      "first_name",      "last_name", "gender",
                                                       "address", "post_code",       "email",     "username",
                                                       "dob",     "registered_date", "phone",     "picture"};
constexpr size_t kHeaderBytes = 9;
constexpr uint8_t kResult = 0x08;

[[noreturn]] void die(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  std::exit(1);
}

template <typename T>
void put(T value, std::string& to) {
  for (size_t i = sizeof(T); i > 0; --i) to.push_back(static_cast<char>(static_cast<uint64_t>(value) >> (8 * (i - 1))));
}
uint32_t load_u32(const char* from) {
  uint32_t value = 0;
  std::memcpy(&value, from, sizeof value);
  return __builtin_bswap32(value);
}
void put_value(std::string_view value, std::string& to) {
  put(static_cast<int32_t>(value.size()), to);
  to += value;
}

std::string frame(uint8_t opcode, uint16_t stream, std::string_view body) {
  std::string bytes("\x04\0", 2);
  put(stream, bytes);
  bytes.push_back(static_cast<char>(opcode));
  put(static_cast<uint32_t>(body.size()), bytes);
  return bytes += body;
}

struct Peer {
  int fd = -1;
  std::string received, out;
  std::vector<uint16_t> streams;  // free ones
  std::vector<uint64_t> rows;     // by stream
  std::vector<uint64_t> again;    // that timed out
};

void send_all(const Peer& peer, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(peer.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) die("the server takes nothing any more");
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
}

void receive(Peer& peer) {
  const size_t before = peer.received.size();
  peer.received.resize(before + (size_t{64} << 10));
  const ssize_t got = recv(peer.fd, peer.received.data() + before, size_t{64} << 10, 0);
  if (got <= 0) die("the server has closed the connection");
  peer.received.resize(before + static_cast<size_t>(got));
}

// The body of the one answer to one request.
std::string ask(Peer& peer, uint8_t opcode, std::string_view body) {
  send_all(peer, frame(opcode, 0, body));
  for (;;) {
    if (peer.received.size() >= kHeaderBytes) {
      const size_t bytes = kHeaderBytes + load_u32(peer.received.data() + 5);
      if (peer.received.size() >= bytes) {
        std::string answer = peer.received.substr(kHeaderBytes, bytes - kHeaderBytes);
        if (peer.received[4] == 0) die(answer);
        peer.received.erase(0, bytes);
        return answer;
      }
    }
    receive(peer);
  }
}

Peer connect_to(const char* host, uint16_t port, size_t in_flight) {
  Peer peer;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  if (inet_pton(AF_INET, host, &address.sin_addr) != 1) die("HOST is an IPv4 address");
  peer.fd = socket(AF_INET, SOCK_STREAM, 0);
  const auto* to = reinterpret_cast<const sockaddr*>(&address);
  if (connect(peer.fd, to, sizeof address) != 0) die("cannot connect");
  const int on = 1;
  setsockopt(peer.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  std::string body;
  put(uint16_t{1}, body);
  for (const std::string_view text : {"CQL_VERSION", "3.0.0"}) {
    put(static_cast<uint16_t>(text.size()), body);
    body += text;
  }
  ask(peer, 0x01, body);
  peer.rows.resize(in_flight);
  for (size_t i = 0; i < in_flight; ++i) peer.streams.push_back(static_cast<uint16_t>(i));
  return peer;
}

std::string prepare(Peer& peer, std::string_view table) {
  std::string names;
  std::string marks;
  for (const std::string_view column : kColumns) {
    names += (names.empty() ? "" : ", ") + std::string(column);
    marks += marks.empty() ? "?" : ", ?";
  }
  const std::string insert =
      "INSERT INTO " + std::string(table) + " (" + names + ") VALUES (" + marks + ") USING TIMESTAMP ?";
  std::string body;
  put_value(insert, body);
  const std::string answer = ask(peer, 0x09, body);
  const size_t bytes = static_cast<size_t>(static_cast<uint8_t>(answer[4])) << 8 | static_cast<uint8_t>(answer[5]);
  return answer.substr(6, bytes);
}

// A row about as long as a user.
void append_row(uint64_t row, std::string_view id, uint16_t stream, std::string& out) {
  const size_t begin = out.size();
  out.append("\x04\0", 2);
  put(stream, out);
  out.push_back('\x0a');
  put(uint32_t{0}, out);
  put(static_cast<uint16_t>(id.size()), out);
  out += id;
  put(uint16_t{6}, out);  // LOCAL_QUORUM
  out.push_back('\x01');
  put(static_cast<uint16_t>(kColumns.size() + 1), out);
  put(int32_t{16}, out);
  put(row * 0x9e3779b97f4a7c15ULL, out);
  put(row, out);
  char number[24];
  const std::string_view digits(
      number, static_cast<size_t>(std::snprintf(number, sizeof number, "%llu", static_cast<unsigned long long>(row))));
  for (const std::string_view text : {"Friederike", "Mustermann-Beispiel", "female",
                                      "4711 Beispielstrasse, Musterstadt, Nordrhein-Westfalen, Germany"}) {
    put_value(text, out);
  }
  put_value(digits, out);
  put_value("friederike.mustermann@example.com", out);
  put_value("orangebutterfly123", out);
  for (const int64_t ms : {int64_t{361'234'567'890}, int64_t{1'361'234'567'890}}) {
    put(int32_t{8}, out);
    put(ms, out);
  }
  put_value("0171-1234567", out);
  put_value("https://randomuser.me/api/portraits/med/women/12.jpg", out);
  put(int32_t{8}, out);
  put(int64_t{1'700'000'000'000'000} + static_cast<int64_t>(row), out);
  const auto bytes = static_cast<uint32_t>(out.size() - begin - kHeaderBytes);
  for (size_t i = 0; i < 4; ++i) out[begin + 5 + i] = static_cast<char>(bytes >> (8 * (3 - i)));
}

// Of an ERROR: nothing where the row may be sent again (a time-out, an overloaded server), else the end.
void look_at_refusal(std::string_view frame) {
  constexpr size_t kTextAt = kHeaderBytes + 6;  // behind the code and the text's length
  constexpr uint32_t kOverloaded = 0x1001;
  constexpr uint32_t kWriteTimeout = 0x1100;
  const uint32_t code = load_u32(frame.data() + kHeaderBytes);
  if (code == kOverloaded || code == kWriteTimeout) return;
  die("a row was refused: " + std::string(frame.substr(std::min(kTextAt, frame.size()))));
}

// Takes the answers that are there; how many rows are written.
uint64_t take_answers(Peer& peer) {
  receive(peer);
  uint64_t taken = 0;
  size_t at = 0;
  while (peer.received.size() - at >= kHeaderBytes) {
    const char* head = peer.received.data() + at;
    const size_t bytes = kHeaderBytes + load_u32(head + 5);
    if (peer.received.size() - at < bytes) break;
    const auto stream = static_cast<uint16_t>(static_cast<uint8_t>(head[2]) << 8 | static_cast<uint8_t>(head[3]));
    if (stream >= peer.rows.size()) die("an answer for a stream on which nothing was asked");
    if (static_cast<uint8_t>(head[4]) == kResult) {
      ++taken;
    } else {
      look_at_refusal({head, bytes});
      peer.again.push_back(peer.rows[stream]);
    }
    peer.streams.push_back(stream);
    at += bytes;
  }
  peer.received.erase(0, at);
  return taken;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) die("bare HOST PORT KEYSPACE.TABLE ROWS [IN_FLIGHT [CONNECTIONS]]");
  const uint64_t rows = std::strtoull(argv[4], nullptr, 10);
  const size_t in_flight = argc > 5 ? std::strtoull(argv[5], nullptr, 10) : 512;
  std::vector<Peer> peers;
  for (size_t i = 0; i < (argc > 6 ? std::strtoull(argv[6], nullptr, 10) : 2); ++i) {
    peers.push_back(connect_to(argv[1], static_cast<uint16_t>(std::atoi(argv[2])), in_flight));
  }
  const std::string id = prepare(peers[0], argv[3]);
  const auto begun = std::chrono::steady_clock::now();
  uint64_t sent = 0;
  for (uint64_t answered = 0; answered < rows;) {
    std::vector<pollfd> fds;
    for (Peer& peer : peers) {
      peer.out.clear();
      while (!peer.streams.empty() && (sent < rows || !peer.again.empty())) {
        uint64_t row = sent;
        if (peer.again.empty()) {
          ++sent;
        } else {
          row = peer.again.back();
          peer.again.pop_back();
        }
        peer.rows[peer.streams.back()] = row;
        append_row(row, id, peer.streams.back(), peer.out);
        peer.streams.pop_back();
      }
      if (!peer.out.empty()) send_all(peer, peer.out);
      fds.push_back({peer.fd, POLLIN, 0});
    }
    if (poll(fds.data(), fds.size(), -1) < 0) die("poll");
    for (size_t i = 0; i < peers.size(); ++i) {
      if (fds[i].revents != 0) answered += take_answers(peers[i]);
    }
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto of = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  const double cpu = of(used.ru_utime) + of(used.ru_stime);
  std::printf("%llu rows in %.2f s: %.0f rows/s, %.2f us of CPU each, %ld MB\n", static_cast<unsigned long long>(rows),
              seconds, static_cast<double>(rows) / seconds, cpu * 1e6 / static_cast<double>(rows),
              used.ru_maxrss / 1024);
}
