#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <string_view>

#include "doors/admin/admin.h"
#include "wire/http/client.h"

namespace millrace {

inline constexpr std::string_view kAdminSocket = "control.sock";  // in the data directory

// Asks a process that is up, over the local socket in its data directory.
class AdminClient {
 public:
  // nullptr: no process listens there.
  static std::unique_ptr<AdminClient> find(const std::string& data_directory, const std::atomic<bool>& stop);

  // As the action itself would answer; kUnavailable when the process goes away in between.
  Status ask(std::string_view action, const AdminArguments& arguments, const TakeText& take);

 private:
  AdminClient(std::string socket, const std::atomic<bool>& stop)
      : http_(real_http_client()), socket_(std::move(socket)), stop_(stop) {}

  std::unique_ptr<HttpClient> http_;
  std::string socket_;
  const std::atomic<bool>& stop_;
};

}  // namespace millrace
