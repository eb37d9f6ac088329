#include <array>

#include "cli/commands.h"

namespace millrace {

std::span<const Command> all_commands() {
  static const std::array commands = {kRunCommand,     kUpCommand,       kQueryCommand, kLedgerCommand,  kCheckCommand,
                                      kPreviewCommand, kInferCommand,    kTestCommand,  kExplainCommand, kEvalCommand,
                                      kSchemaCommand,  kUsersApiCommand, kHelpCommand};
  return commands;
}

}  // namespace millrace
