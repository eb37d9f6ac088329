#include <deque>

#include <nlohmann/json.hpp>

#include "connect/home/run_logs.h"
#include "doors/admin/list.h"
#include "flow/run_times.h"

namespace millrace {
namespace {

constexpr int64_t kWaitMs = 200;
constexpr int64_t kLinesShown = 200;

Status give(const LogLine& line, const TakeText& take) {
  return take_json(take, {{"time", instant_text(line.at_us)},
                          {"flow", line.flow},
                          {"run", line.run},
                          {"attempt", line.attempt},
                          {"problem", line.problem},
                          {"text", line.text}});
}

// The last lines there are, then those that come.
Status answer_logs(const AdminRoom& room, const AdminArguments& arguments, const TakeText& take) {
  TRY(last, arguments.integer("last", kLinesShown));
  const std::string of = arguments.text("of");
  const bool is_run = of.find('@') != std::string::npos;
  LogReader reader(room.home.topics(), is_run ? LogQuery{.run = of} : LogQuery{.flow = of});
  std::deque<LogLine> newest;
  while (!room.stop) {
    TRY(lines, reader.next());
    if (lines.empty()) break;
    for (LogLine& line : lines) {
      newest.push_back(std::move(line));
      if (last > 0 && newest.size() > static_cast<size_t>(last)) newest.pop_front();
    }
  }
  for (const LogLine& line : newest) TRY_STATUS(give(line, take));
  while (arguments.flag("follow") && !room.stop) {
    TRY(lines, reader.next());
    for (const LogLine& line : lines) TRY_STATUS(give(line, take));
    if (!lines.empty()) continue;
    TRY_STATUS(take(""));  // whether anybody still listens
    TRY(news, reader.wait(kWaitMs));
    (void)news;
  }
  return {};
}

}  // namespace

const AdminAction kLogsAction = {.name = "logs",
                                 .summary =
                                     "The `last` (200; 0: all) log lines, `of` a flow or a run, and with `follow` "
                                     "those that come.",
                                 .answer = answer_logs};

}  // namespace millrace
