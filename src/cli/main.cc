#include <csignal>

#include <malloc.h>

#include "cli/command.h"

namespace {

// Batches take and give back blocks of this size all the time; they are to stay with the process.
constexpr int kKeptBlockBytesMax = 64 << 20;

}  // namespace

int main(int argc, char** argv) {
  ::mallopt(M_MMAP_THRESHOLD, kKeptBlockBytesMax);
  ::mallopt(M_TRIM_THRESHOLD, 2 * kKeptBlockBytesMax);
  std::signal(SIGPIPE, SIG_IGN);
  return millrace::run_command_line(argc, argv);
}
