#include <array>

#include "cli/commands.h"

namespace millrace {

std::span<const Command> all_commands() {
  static const std::array commands = {kRunCommand,
                                      kUpCommand,
                                      kQueryCommand,
                                      kLedgerCommand,
                                      kStatusCommand,
                                      kFlowsCommand,
                                      kPauseCommand,
                                      kResumeCommand,
                                      kResetCommand,
                                      kReplayCommand,
                                      kTopicsCommand,
                                      kDescribeTopicCommand,
                                      kTailCommand,
                                      kProduceCommand,
                                      kListQuarantineCommand,
                                      kShowQuarantinedCommand,
                                      kExportQuarantineCommand,
                                      kRetryQuarantineCommand,
                                      kDropQuarantinedCommand,
                                      kTryQuarantineCommand,
                                      kListRawCommand,
                                      kShowRawCommand,
                                      kReplayRawCommand,
                                      kTablesCommand,
                                      kDoctorCommand,
                                      kVerifyCommand,
                                      kRunsCommand,
                                      kTriggerCommand,
                                      kBackfillCommand,
                                      kClearCommand,
                                      kCancelCommand,
                                      kLogsCommand,
                                      kCheckCommand,
                                      kPlanCommand,
                                      kApplyCommand,
                                      kPreviewCommand,
                                      kInferCommand,
                                      kTestCommand,
                                      kExplainCommand,
                                      kEvalCommand,
                                      kSchemaCommand,
                                      kUsersApiCommand,
                                      kHelpCommand};
  return commands;
}

std::span<const CommandGroup> command_groups() {
  static constexpr std::array kGroups =
      std::to_array<CommandGroup>({{.name = "topic", .summary = "Look into one topic, and write to it."},
                                   {.name = "quarantine", .summary = "Records with faults: look, retry, give up."},
                                   {.name = "raw", .summary = "What sources got, untouched: look, replay."}});
  return kGroups;
}

}  // namespace millrace
