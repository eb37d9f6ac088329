#pragma once

#include "cli/command.h"

namespace millrace {

// One file per command; list.cc puts them in the order of the help.
extern const Command kRunCommand;
extern const Command kCheckCommand;

}  // namespace millrace
