#pragma once

#include "cli/command.h"

namespace millrace {

// One file per command; list.cc puts them in the order of the help.
extern const Command kRunCommand;
extern const Command kUpCommand;
extern const Command kQueryCommand;
extern const Command kLedgerCommand;
extern const Command kCheckCommand;
extern const Command kPreviewCommand;
extern const Command kTestCommand;
extern const Command kExplainCommand;
extern const Command kInferCommand;
extern const Command kEvalCommand;
extern const Command kSchemaCommand;
extern const Command kUsersApiCommand;
extern const Command kHelpCommand;

}  // namespace millrace
