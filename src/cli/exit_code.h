#pragma once

namespace millrace {

// What the program's exit says; fixed, see docs/reference/exit-codes.md.
enum ExitCode : int {
  kExitOk = 0,
  kExitFailed = 1,       // the run failed: a `stop` check, a threshold, a system that is away; or tests failed
  kExitUsage = 2,        // the command line is wrong
  kExitInvalidSpec = 3,  // the pipeline file is wrong
  kExitInterrupted = 130,
};

}  // namespace millrace
