#pragma once

#include "doors/admin/admin.h"

namespace millrace {

extern const AdminAction kStatusAction;
extern const AdminAction kLedgerAction;
extern const AdminAction kPauseAction;
extern const AdminAction kResumeAction;
extern const AdminAction kResetAction;
extern const AdminAction kListQuarantineAction;
extern const AdminAction kShowQuarantinedAction;
extern const AdminAction kExportQuarantineAction;
extern const AdminAction kRetryQuarantineAction;
extern const AdminAction kDropQuarantinedAction;
extern const AdminAction kTryQuarantineAction;
extern const AdminAction kListRawAction;
extern const AdminAction kShowRawAction;
extern const AdminAction kReplayRawAction;
extern const AdminAction kReplayAction;
extern const AdminAction kTopicsAction;
extern const AdminAction kDescribeTopicAction;
extern const AdminAction kTailAction;
extern const AdminAction kProduceAction;
extern const AdminAction kTablesAction;
extern const AdminAction kQueryAction;
extern const AdminAction kDoctorAction;
extern const AdminAction kRunsAction;
extern const AdminAction kTriggerAction;
extern const AdminAction kBackfillAction;
extern const AdminAction kClearAction;
extern const AdminAction kPlanAction;
extern const AdminAction kCancelAction;
extern const AdminAction kLogsAction;

}  // namespace millrace
