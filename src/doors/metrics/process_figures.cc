#include "doors/metrics/process_figures.h"

#include <sys/statvfs.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace millrace {
namespace {

// The number behind a name in files of lines "Name: number unit"; nullopt: there is none.
std::optional<uint64_t> number_of(const char* path, std::string_view name) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(name)) continue;
    std::istringstream rest(line.substr(name.size()));
    uint64_t value = 0;
    if (rest >> value) return value;
  }
  return std::nullopt;
}

double seconds_of_ticks(uint64_t ticks) {
  return static_cast<double>(ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

// User and system time of this process. The name in /proc/self/stat may hold blanks: the fields begin behind its ')'.
double own_cpu_seconds() {
  std::ifstream file("/proc/self/stat");
  std::string text;
  std::getline(file, text);
  std::istringstream fields(text.substr(std::min(text.size(), text.rfind(')') + 1)));
  constexpr int kBeforeUserTime = 11;
  std::string skipped;
  for (int i = 0; i < kBeforeUserTime; ++i) fields >> skipped;
  uint64_t user = 0, system = 0;
  fields >> user >> system;
  return seconds_of_ticks(user + system);
}

uint64_t count_open_files() {
  std::error_code error;
  uint64_t count = 0;
  for (auto entry = std::filesystem::directory_iterator("/proc/self/fd", error);
       !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    ++count;
  }
  return count;
}

void add_cpu(HostFigures& figures) {
  std::ifstream file("/proc/stat");
  std::string name;
  uint64_t user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, soft_irq = 0, steal = 0;
  file >> name >> user >> nice >> system >> idle >> wait >> irq >> soft_irq >> steal;
  figures.cpu_busy_seconds = seconds_of_ticks(user + nice + system + irq + soft_irq + steal);
  figures.cpu_idle_seconds = seconds_of_ticks(idle + wait);
}

void add_network(HostFigures& figures) {
  std::ifstream file("/proc/net/dev");
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    std::istringstream name_text(line.substr(0, colon));
    std::string name;
    name_text >> name;
    if (name == "lo") continue;
    std::istringstream fields(line.substr(colon + 1));
    constexpr int kBeforeSent = 7;  // packets, errors, ... of what was received
    uint64_t received = 0, skipped = 0, sent = 0;
    fields >> received;
    for (int i = 0; i < kBeforeSent; ++i) fields >> skipped;
    fields >> sent;
    figures.network_received_bytes += received;
    figures.network_sent_bytes += sent;
  }
}

}  // namespace

ProcessFigures process_figures() {
  return {.cpu_seconds = own_cpu_seconds(),
          .resident_bytes = number_of("/proc/self/status", "VmRSS:").value_or(0) * 1024,
          .resident_bytes_max = number_of("/proc/self/status", "VmHWM:").value_or(0) * 1024,
          .threads = number_of("/proc/self/status", "Threads:").value_or(0),
          .open_files = count_open_files(),
          .read_bytes = number_of("/proc/self/io", "read_bytes:"),
          .written_bytes = number_of("/proc/self/io", "write_bytes:")};
}

HostFigures host_figures(std::string_view directory) {
  HostFigures figures;
  add_cpu(figures);
  std::ifstream("/proc/loadavg") >> figures.load_1m;
  figures.memory_bytes = number_of("/proc/meminfo", "MemTotal:").value_or(0) * 1024;
  figures.memory_available_bytes = number_of("/proc/meminfo", "MemAvailable:").value_or(0) * 1024;
  add_network(figures);
  struct statvfs disk {};
  if (statvfs(std::string(directory).c_str(), &disk) == 0) {
    figures.disk_bytes = uint64_t{disk.f_blocks} * disk.f_frsize;
    figures.disk_free_bytes = uint64_t{disk.f_bavail} * disk.f_frsize;
  }
  return figures;
}

}  // namespace millrace
