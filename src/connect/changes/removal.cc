#include "connect/changes/removal.h"

#include <fmt/format.h>

#include "base/assert.h"
#include "connect/changes/known_pipeline.h"
#include "connect/changes/step_states.h"
#include "connect/home/outbox.h"
#include "connect/home/run_history.h"

namespace millrace {
namespace {

// What is in its outbox is sent first: it has been written. The checkpoint goes last, so that it is known until then.
Status remove_flow(Home& home, const std::string& flow) {
  if (const auto sent = Outbox::open(home.topics(), home.tables(), flow); !sent.ok()) return sent.error();
  TRY(steps, remembered_steps(home.tables(), flow));
  for (const std::string& step : steps) TRY_STATUS(forget_step(home.tables(), flow, step));
  TRY_STATUS(RunHistory::forget_flow(home.tables(), flow));
  TRY_STATUS(home.set_paused(flow, false));
  return home.forget_checkpoint(flow);
}

Status remove_topic(TopicStore& topics, const std::string& topic) {
  TRY_STATUS(topics.delete_topic(topic));
  Commit commit;
  commit.remove_note(known_topic_key(topic));
  const auto receipt = topics.submit(commit);
  return receipt.ok() ? topics.sync() : receipt.error();
}

// "shop.users.email"
Status remove_column(TableStore& tables, const std::string& name) {
  const size_t first = name.find('.');
  const size_t second = name.find('.', first + 1);
  MILLRACE_ASSERT(second != std::string::npos, name);
  const auto altered = tables.alter_table(name.substr(0, first), name.substr(first + 1, second - first - 1),
                                          DropColumn{name.substr(second + 1)});
  return altered.ok() ? Status() : altered.error();
}

}  // namespace

Status remove_gone(Home& home, const Change& change) {
  MILLRACE_ASSERT(change.what == Change::What::kGone, change.id());
  if (change.kind == "flow") return remove_flow(home, change.name);
  if (change.kind == "topic") return remove_topic(home.topics(), change.name);
  if (change.kind == "column") return remove_column(home.tables(), change.name);
  const size_t dot = change.name.find('.');
  return home.tables().drop_table(change.name.substr(0, dot), change.name.substr(dot + 1));
}

}  // namespace millrace
