#include <cerrno>
#include <csignal>
#include <system_error>

#include <malloc.h>

#include <fmt/format.h>

#include "cli/command.h"
#include "cli/exit_code.h"

namespace {

// Batches take and give back blocks of this size all the time; they are to stay with the process.
constexpr int kKeptBlockBytesMax = 64 << 20;

}  // namespace

int main(int argc, char** argv) {
  ::mallopt(M_MMAP_THRESHOLD, kKeptBlockBytesMax);
  ::mallopt(M_TRIM_THRESHOLD, 2 * kKeptBlockBytesMax);
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return millrace::run_command_line(argc, argv);
  } catch (const std::system_error& error) {
    // Whoever reads our output has seen enough (`| head`); that is no mistake of anybody's.
    if (error.code().value() == EPIPE) return millrace::kExitOk;
    fmt::print(stderr, "millrace: {}\n", error.what());
    return millrace::kExitFailed;
  }
}
