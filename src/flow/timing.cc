#include "flow/timing.h"

#include <array>

namespace millrace {
namespace {

constexpr int64_t kSecond = 1'000'000;

constexpr std::array kRetryFields = std::to_array<FieldDescription>({
    {.name = "attempts",
     .kind = FieldKind::kInteger,
     .summary = "How often a run is tried, the first time included.",
     .default_value = "3",
     .example = "5",
     .min = 1,
     .max = kRunAttemptsMax},
    {.name = "backoff",
     .kind = FieldKind::kDuration,
     .summary =
         "How long to wait before the second attempt; doubled before each one behind it. Between half and all of "
         "it is waited, at random.",
     .default_value = "1s",
     .example = "1s",
     .min = 1},
    {.name = "backoff_max",
     .kind = FieldKind::kDuration,
     .summary =
         "It is never waited longer than this; a minute unless said otherwise, or `backoff` where that is longer.",
     .example = "5m",
     .min = 1},
});

constexpr std::array kAlertFields = std::to_array<FieldDescription>({
    {.name = "command",
     .kind = FieldKind::kTexts,
     .summary =
         "A program and its arguments, without a shell; it gets the alert as a JSON object on its standard input.",
     .example = "[/usr/local/bin/notify, ops]"},
    {.name = "webhook",
     .kind = FieldKind::kText,
     .summary = "A URL that the alert is posted to, as a JSON object.",
     .example = "\"http://127.0.0.1:9000/alerts\""},
});

constexpr std::array kTimingFields = std::to_array<FieldDescription>({
    {.name = "every",
     .kind = FieldKind::kDuration,
     .summary = "A run each time this much has passed, counted from 1970-01-01 UTC or from `start`; whole seconds.",
     .example = "5m",
     .min = kSecond},
    {.name = "cron",
     .kind = FieldKind::kText,
     .summary = "A run at each of these times: minute, hour, day of the month, month, day of the week.",
     .example = "\"30 6 * * mon-fri\""},
    {.name = "timezone",
     .kind = FieldKind::kText,
     .summary = "Whose clock `cron` means, and `start` and `end` where they name no zone.",
     .default_value = "UTC",
     .example = "Europe/Berlin"},
    {.name = "start",
     .kind = FieldKind::kText,
     .summary = "No run is of an earlier time.",
     .example = "2026-11-21T06:00:00"},
    {.name = "end", .kind = FieldKind::kText, .summary = "No run is of this or a later time.", .example = "2027-01-01"},
    {.name = "catch_up",
     .kind = FieldKind::kBool,
     .summary = "Whether all runs that were missed while nothing ran are made up for, or the latest only.",
     .default_value = "false",
     .example = "true"},
    {.name = "at_once",
     .kind = FieldKind::kInteger,
     .summary = "How many runs of the flow may go side by side; more than one only where files are all it writes.",
     .default_value = "1",
     .example = "2",
     .min = 1,
     .max = kRunsAtOnceMax},
    {.name = "timeout",
     .kind = FieldKind::kDuration,
     .summary = "A run that takes longer, with the waits between its attempts, is ended as timed_out.",
     .example = "10m",
     .min = kSecond},
    {.name = "deadline",
     .kind = FieldKind::kDuration,
     .summary = "A run that has not succeeded this long after its time raises an alert, and goes on.",
     .example = "30m",
     .min = kSecond},
    {.name = "alert",
     .kind = FieldKind::kMap,
     .summary = "Who is told when a run is late or has failed; called once for each.",
     .example = "{ webhook: \"http://127.0.0.1:9000/alerts\" }",
     .holds = &kAlertDeclaration},
    {.name = "after",
     .kind = FieldKind::kTexts,
     .summary =
         "Flows of which a run of the same time must have succeeded. With neither `every` nor `cron` the flow runs "
         "whenever they all have.",
     .example = "[ingest]"},
    {.name = "retry",
     .kind = FieldKind::kMap,
     .summary = "How a failure that may pass (a system is away, a time-out, a full disk) is tried again.",
     .example = "{ attempts: 5, backoff: 1s, backoff_max: 1m }",
     .holds = &kRetryDeclaration},
});

}  // namespace

const Component kRetryDeclaration = {
    .kind = ComponentKind::kTiming,
    .name = "retry",
    .summary = "How a failure that may pass is tried again, under `retry:` of a flow.",
    .details = "A spec, a value or a check that is wrong stays wrong: such a run fails at once.",
    .shorthand = "",
    .fields = kRetryFields,
    .example = "retry: { attempts: 5, backoff: 1s, backoff_max: 1m }"};

const Component kAlertDeclaration = {
    .kind = ComponentKind::kTiming,
    .name = "alert",
    .summary = "Who is told of a run that is late or has failed, under `alert:` of a flow.",
    .details =
        "The JSON object has flow, run, instant, reason (deadline, failed, timed_out, skipped), state, attempt, error "
        "and text. A hook that takes longer than 30 seconds is ended; how it went is in the log of the run.",
    .shorthand = "",
    .fields = kAlertFields,
    .example = "alert: { command: [/usr/local/bin/notify, ops] }"};

const Component kTimingDeclaration = {.kind = ComponentKind::kTiming,
                                      .name = "flow",
                                      .summary = "When a flow runs: keys of a flow beside `from`, `steps` and `to`.",
                                      .details = "A flow without `every`, `cron` and `after` is continuous.",
                                      .shorthand = "",
                                      .fields = kTimingFields,
                                      .example =
                                          "ingest:\n  cron: \"*/5 * * * *\"\n  timezone: Europe/Berlin\n  retry: { "
                                          "attempts: 5 }\n  from: { file: in.jsonl, "
                                          "columns: { id: int } }\n  to: { file: out.jsonl }"};

}  // namespace millrace
