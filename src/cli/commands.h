#pragma once

#include "cli/command.h"

namespace millrace {

// One file per command; list.cc puts them in the order of the help.
extern const Command kRunCommand;
extern const Command kUpCommand;
extern const Command kQueryCommand;
extern const Command kLedgerCommand;
extern const Command kStatusCommand;
extern const Command kFlowsCommand;
extern const Command kPauseCommand;
extern const Command kResumeCommand;
extern const Command kResetCommand;
extern const Command kReplayCommand;
extern const Command kTopicsCommand;
extern const Command kDescribeTopicCommand;
extern const Command kTailCommand;
extern const Command kProduceCommand;
extern const Command kListQuarantineCommand;
extern const Command kShowQuarantinedCommand;
extern const Command kExportQuarantineCommand;
extern const Command kRetryQuarantineCommand;
extern const Command kDropQuarantinedCommand;
extern const Command kTryQuarantineCommand;
extern const Command kListRawCommand;
extern const Command kShowRawCommand;
extern const Command kReplayRawCommand;
extern const Command kTablesCommand;
extern const Command kDoctorCommand;
extern const Command kVerifyCommand;
extern const Command kCheckCommand;
extern const Command kPlanCommand;
extern const Command kApplyCommand;
extern const Command kPreviewCommand;
extern const Command kTestCommand;
extern const Command kExplainCommand;
extern const Command kInferCommand;
extern const Command kEvalCommand;
extern const Command kSchemaCommand;
extern const Command kUsersApiCommand;
extern const Command kRunsCommand;
extern const Command kTriggerCommand;
extern const Command kBackfillCommand;
extern const Command kClearCommand;
extern const Command kCancelCommand;
extern const Command kLogsCommand;
extern const Command kHelpCommand;

}  // namespace millrace
