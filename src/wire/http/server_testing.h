#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "base/assert.h"

namespace millrace {

// A key and a certificate that signs itself, made anew.
class TestCertificate {
 public:
  explicit TestCertificate(const std::string& host) {
    key_ = EVP_EC_gen("P-256");
    certificate_ = X509_new();
    X509_set_version(certificate_, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate_), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate_), -3600);
    X509_gmtime_adj(X509_getm_notAfter(certificate_), 3600);
    X509_set_pubkey(certificate_, key_);
    X509_NAME* const name = X509_get_subject_name(certificate_);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(host.c_str()), -1, -1,
                               0);
    X509_set_issuer_name(certificate_, name);
    add_extension(NID_subject_alt_name, "DNS:" + host);
    add_extension(NID_basic_constraints, "critical,CA:TRUE");
    MILLRACE_ASSERT(X509_sign(certificate_, key_, EVP_sha256()) > 0, "a certificate that cannot be signed");
  }
  TestCertificate(const TestCertificate&) = delete;
  TestCertificate& operator=(const TestCertificate&) = delete;
  ~TestCertificate() {
    X509_free(certificate_);
    EVP_PKEY_free(key_);
  }

  void save(const std::string& path) const {
    FILE* const file = std::fopen(path.c_str(), "w");
    MILLRACE_ASSERT(file != nullptr && PEM_write_X509(file, certificate_) == 1, path);
    std::fclose(file);
  }
  void use_in(SSL_CTX* context) const {
    SSL_CTX_use_certificate(context, certificate_);
    SSL_CTX_use_PrivateKey(context, key_);
  }

 private:
  void add_extension(int id, const std::string& value) {
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, id, value.c_str());
    MILLRACE_ASSERT(extension != nullptr, value);
    X509_add_ext(certificate_, extension, -1);
    X509_EXTENSION_free(extension);
  }

  EVP_PKEY* key_;
  X509* certificate_;
};

// One connection to a TestServer; used by its handler.
class TestConnection {
 public:
  TestConnection(int socket, SSL* tls) : socket_(socket), tls_(tls) {}

  // The next request, head and body as they came; empty when the peer has hung up.
  std::string read_request() {
    size_t head = std::string::npos;
    while ((head = unread_.find("\r\n\r\n")) == std::string::npos) {
      if (!fill()) return {};
    }
    size_t bytes = head + 4;
    if (const size_t at = unread_.find("Content-Length: "); at < head) bytes += std::stoul(unread_.substr(at + 16));
    while (unread_.size() < bytes) {
      if (!fill()) return {};
    }
    std::string request = unread_.substr(0, bytes);
    unread_.erase(0, bytes);
    return request;
  }
  // False when nobody wants it any more.
  bool write(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = tls_ != nullptr ? SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
                                        : ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }
  // A whole answer.
  void answer(std::string_view status, std::string_view headers, std::string_view body) {
    write(fmt::format("HTTP/1.1 {}\r\n{}Content-Length: {}\r\n\r\n{}", status, headers, body.size(), body));
  }
  // Until the peer has had enough.
  void wait_for_hang_up() {
    while (fill()) continue;
  }

 private:
  bool fill() {
    char bytes[4096];
    const auto got = tls_ != nullptr ? SSL_read(tls_, bytes, sizeof bytes) : ::recv(socket_, bytes, sizeof bytes, 0);
    if (got > 0) unread_.append(bytes, static_cast<size_t>(got));
    return got > 0;
  }

  int socket_;
  SSL* tls_;
  std::string unread_;
};

// A server of a test's own: each connection is a call of the handler on a thread of its own. On loopback with a free
// port, or on a Unix socket; with TLS when it has a certificate. Its end hangs up on everybody.
class TestServer {
 public:
  using Handler = std::function<void(TestConnection& connection)>;
  struct Options {
    std::string unix_socket;                       // a path instead of a port
    const TestCertificate* certificate = nullptr;  // borrowed
  };
  explicit TestServer(Handler handler) : TestServer(std::move(handler), Options()) {}
  TestServer(Handler handler, const Options& options) : handler_(std::move(handler)) {
    std::signal(SIGPIPE, SIG_IGN);  // as the program does: OpenSSL writes to who has hung up
    if (options.certificate != nullptr) {
      tls_ = SSL_CTX_new(TLS_server_method());
      options.certificate->use_in(tls_);
    }
    options.unix_socket.empty() ? listen_on_loopback() : listen_on(options.unix_socket);
    MILLRACE_ASSERT(::listen(listening_, 16) == 0, "a test cannot listen");
    accepting_ = std::thread([this] { accept_all(); });
  }
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;
  ~TestServer() {
    ::shutdown(listening_, SHUT_RDWR);
    accepting_.join();
    {
      const std::lock_guard lock(mutex_);
      for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
    }
    for (std::thread& thread : connections_) thread.join();
    for (const int socket : sockets_) ::close(socket);
    ::close(listening_);
    SSL_CTX_free(tls_);
  }

  int port() const { return port_; }
  std::string url(std::string_view path, std::string_view host = "localhost") const {
    return fmt::format("{}://{}:{}{}", tls_ != nullptr ? "https" : "http", host, port_, path);
  }

 private:
  void listen_on_loopback() {
    listening_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    MILLRACE_ASSERT(::bind(listening_, any, size) == 0, "a test has no port");
    ::getsockname(listening_, any, &size);
    port_ = ntohs(address.sin_port);
  }
  void listen_on(const std::string& path) {
    listening_ = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    MILLRACE_ASSERT(path.size() < sizeof address.sun_path, path);
    std::memcpy(address.sun_path, path.c_str(), path.size());
    MILLRACE_ASSERT(::bind(listening_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0, path);
  }
  void accept_all() {
    while (true) {
      const int socket = ::accept(listening_, nullptr, nullptr);
      if (socket < 0) return;
      const std::lock_guard lock(mutex_);
      sockets_.push_back(socket);
      connections_.emplace_back([this, socket] { serve(socket); });
    }
  }
  void serve(int socket) {
    SSL* const tls = tls_ == nullptr ? nullptr : SSL_new(tls_);
    if (tls != nullptr) SSL_set_fd(tls, socket);
    if (tls == nullptr || SSL_accept(tls) == 1) {
      TestConnection connection(socket, tls);
      handler_(connection);
    }
    SSL_free(tls);
    ::shutdown(socket, SHUT_RDWR);
  }

  Handler handler_;
  SSL_CTX* tls_ = nullptr;
  int listening_ = -1;
  int port_ = 0;
  std::thread accepting_;
  std::mutex mutex_;
  std::vector<int> sockets_;              // guarded by mutex_
  std::vector<std::thread> connections_;  // by accepting_, then by the destructor
};

}  // namespace millrace
