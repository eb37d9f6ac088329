#include <arpa/inet.h>
#include <fmt/format.h>

#include <charconv>

#include "wire/http/server.h"

namespace millrace {
namespace {

Error not_an_address(std::string_view text, std::string_view why) {
  return {ErrorCode::kInvalidArgument,
          fmt::format("'{}' is no address to listen on: {}; write 127.0.0.1:8090, [::1]:8090 or 8090", text, why)};
}

bool is_ip(const std::string& host) {
  in6_addr address{};
  return inet_pton(AF_INET, host.c_str(), &address) == 1 || inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

}  // namespace

bool HttpAddress::is_loopback() const { return host.starts_with("127.") || host == "::1"; }

std::string HttpAddress::text() const {
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

Result<HttpAddress> HttpAddress::parse(std::string_view text) {
  const size_t colon = text.rfind(':');
  const bool port_only = text.find_first_not_of("0123456789") == std::string_view::npos;
  if (colon == std::string_view::npos && !port_only) return not_an_address(text, "there is no port");
  std::string host(port_only ? std::string_view() : text.substr(0, colon));
  const std::string_view port = port_only ? text : text.substr(colon + 1);

  HttpAddress address;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (error != std::errc() || end != port.data() + port.size() || port.empty()) {
    return not_an_address(text, "the port is no number from 0 to 65535");
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (!host.empty() && host != "localhost") address.host = host;
  if (!is_ip(address.host)) return not_an_address(text, fmt::format("'{}' is no IP address", address.host));
  return address;
}

std::string HttpServer::url() const { return "http://" + address().text(); }

}  // namespace millrace
