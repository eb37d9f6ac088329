#include "doors/admin/list.h"

#include <algorithm>
#include <array>

namespace millrace {

std::span<const AdminAction> admin_actions() {
  static const std::array actions = {kStatusAction,
                                     kLedgerAction,
                                     kPauseAction,
                                     kResumeAction,
                                     kResetAction,
                                     kListQuarantineAction,
                                     kShowQuarantinedAction,
                                     kExportQuarantineAction,
                                     kRetryQuarantineAction,
                                     kDropQuarantinedAction,
                                     kTryQuarantineAction,
                                     kListRawAction,
                                     kShowRawAction,
                                     kReplayRawAction,
                                     kReplayAction,
                                     kTopicsAction,
                                     kTailAction,
                                     kDescribeTopicAction,
                                     kProduceAction,
                                     kTablesAction,
                                     kQueryAction,
                                     kDoctorAction,
                                     kRunsAction,
                                     kTriggerAction,
                                     kBackfillAction,
                                     kClearAction,
                                     kCancelAction,
                                     kLogsAction,
                                     kPlanAction};
  return actions;
}

const AdminAction* find_admin_action(std::string_view name) {
  const std::span<const AdminAction> all = admin_actions();
  const auto found = std::find_if(all.begin(), all.end(), [&](const AdminAction& one) { return one.name == name; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace millrace
