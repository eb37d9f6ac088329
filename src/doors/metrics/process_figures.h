#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace millrace {

// What /proc says. Numbers that the kernel does not give are absent.
struct ProcessFigures {
  double cpu_seconds = 0;  // of all threads, user and system
  uint64_t resident_bytes = 0;
  uint64_t resident_bytes_max = 0;
  uint64_t threads = 0;
  uint64_t open_files = 0;
  std::optional<uint64_t> read_bytes, written_bytes;  // that reached the disk
};
ProcessFigures process_figures();

struct HostFigures {
  double cpu_busy_seconds = 0, cpu_idle_seconds = 0;  // of all cores together
  double load_1m = 0;
  uint64_t memory_bytes = 0, memory_available_bytes = 0;
  uint64_t network_received_bytes = 0, network_sent_bytes = 0;  // but for the loopback
  std::optional<uint64_t> disk_bytes, disk_free_bytes;          // of the file system that `directory` is on
};
HostFigures host_figures(std::string_view directory);

}  // namespace millrace
