#include "flow/schedule/instants.h"

#include <set>

#include <gtest/gtest.h>

#include "data/expr/parse.h"
#include "flow/schedule/run.h"

namespace millrace {
namespace {

constexpr int64_t kMinuteUs = 60'000'000;
constexpr int64_t kHourUs = 60 * kMinuteUs;
constexpr int64_t kDayUs = 24 * kHourUs;

int64_t at(std::string_view text) { return *parse_timestamp_us(text); }

Timing cron(std::string_view text, std::string_view zone = "UTC") {
  std::vector<CronMistake> mistakes;
  return {.cron = Cron::parse(text, mistakes), .zone = find_zone(zone)};
}

Timing every(int64_t us) { return {.every_us = us, .zone = find_zone("UTC")}; }

// All in [from, to), in UTC.
std::string between(const Timing& timing, std::string_view from, std::string_view to) {
  const Instants instants(timing);
  std::string all;
  for (auto us = instants.after(at(from) - 1); us && *us < at(to); us = instants.after(*us)) {
    all += (all.empty() ? "" : " ") + instant_text(*us).substr(5, 11);
  }
  return all;
}

TEST(Instants, EveryCountsFromTheEpochOrFromTheStart) {
  Timing timing = every(25 * kMinuteUs);
  EXPECT_EQ(between(timing, "1970-01-01T00:00:00Z", "1970-01-01T01:00:00Z"), "01-01T00:00 01-01T00:25 01-01T00:50");
  timing.start_us = at("2026-11-21T06:10:00Z");
  EXPECT_EQ(between(timing, "2026-11-21T00:00:00Z", "2026-11-21T07:10:00Z"), "11-21T06:10 11-21T06:35 11-21T07:00");
}

TEST(Instants, NoneIsBeforeTheStartNorAtTheEnd) {
  Timing timing = cron("0 * * * *");
  timing.start_us = at("2026-11-21T02:30:00Z");
  timing.end_us = at("2026-11-21T05:00:00Z");
  EXPECT_EQ(between(timing, "2026-11-20T00:00:00Z", "2026-11-23T00:00:00Z"), "11-21T03:00 11-21T04:00");
  const Instants instants(timing);
  EXPECT_EQ(instants.latest(at("2026-11-21T02:59:59Z")), std::nullopt);
  EXPECT_EQ(instants.latest(at("2027-01-01T00:00:00Z")), at("2026-11-21T04:00:00Z"));
}

TEST(Instants, TheWindowIsTheTimeSinceTheInstantBefore) {
  const Instants nightly(cron("0 3 * * *", "Europe/Berlin"));
  const RunTimes window = nightly.window(at("2026-11-21T02:00:00Z"));
  EXPECT_EQ(window.start_us, at("2026-11-20T02:00:00Z"));
  EXPECT_EQ(window.end_us, at("2026-11-21T02:00:00Z"));
  EXPECT_EQ(nightly.window(at("2026-11-21T10:00:00Z")).start_us, at("2026-11-21T02:00:00Z"));
}

TEST(Instants, CountsWhatLiesBetween) {
  const Instants instants(every(kMinuteUs));
  EXPECT_EQ(instants.count_between(0, 5 * kMinuteUs, 100), 4);
  EXPECT_EQ(instants.count_between(0, 5 * kMinuteUs, 2), 2);
}

TEST(Instants, ATimeThatDoesNotExistIsTheMomentBehindTheGap) {
  // Berlin goes from 02:00 to 03:00 local time, which is 01:00 UTC.
  EXPECT_EQ(between(cron("30 2 * * *", "Europe/Berlin"), "2026-03-28T00:00:00Z", "2026-03-31T00:00:00Z"),
            "03-28T01:30 03-29T01:00 03-30T00:30");
  EXPECT_EQ(between(cron("*/20 2 * * *", "Europe/Berlin"), "2026-03-29T00:00:00Z", "2026-03-30T00:00:00Z"),
            "03-29T01:00");
  EXPECT_EQ(between(cron("0,30 2,3 * * *", "America/New_York"), "2026-03-08T00:00:00Z", "2026-03-09T00:00:00Z"),
            "03-08T07:00 03-08T07:30");
  // Lord Howe goes from 02:00 to 02:30, which is 15:30 UTC of the day before.
  EXPECT_EQ(between(cron("15 2 * * *", "Australia/Lord_Howe"), "2026-10-03T00:00:00Z", "2026-10-05T00:00:00Z"),
            "10-03T15:30 10-04T15:15");
}

TEST(Instants, ATimeThatExistsTwiceIsTheFirst) {
  // Berlin goes from 03:00 back to 02:00, which is 01:00 UTC.
  EXPECT_EQ(between(cron("30 2 * * *", "Europe/Berlin"), "2026-10-24T00:00:00Z", "2026-10-27T00:00:00Z"),
            "10-24T00:30 10-25T00:30 10-26T01:30");
  EXPECT_EQ(between(cron("0,30 1,2 * * *", "America/New_York"), "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z"),
            "11-01T05:00 11-01T05:30 11-01T07:00 11-01T07:30");
  EXPECT_EQ(between(cron("45 1 * * *", "Australia/Lord_Howe"), "2026-04-03T00:00:00Z", "2026-04-06T00:00:00Z"),
            "04-03T14:45 04-04T14:45 04-05T15:15");
}

TEST(Instants, EveryHourIsBothOfThem) {
  EXPECT_EQ(between(cron("30 * * * *", "Europe/Berlin"), "2026-10-24T23:00:00Z", "2026-10-25T03:00:00Z"),
            "10-24T23:30 10-25T00:30 10-25T01:30 10-25T02:30");
}

// Local minute by local minute: which moments show it on the clock.
std::set<int64_t> slowly(const Timing& timing, int64_t from_us, int64_t to_us) {
  std::set<int64_t> instants;
  const auto local_of = [&](int64_t us) { return us + timing.zone->at_utc(us).offset_us; };
  for (int64_t minute = (from_us - kDayUs) / kMinuteUs; minute < (to_us + kDayUs) / kMinuteUs; ++minute) {
    if (timing.cron->next_minute(minute) != minute) continue;
    const int64_t local_us = minute * kMinuteUs;
    std::vector<int64_t> shown;
    for (int64_t us = local_us - 15 * kHourUs; us <= local_us + 15 * kHourUs; us += 15 * kMinuteUs) {
      if (local_of(us) == local_us) shown.push_back(us);
    }
    if (shown.empty()) {
      int64_t us = local_us - 15 * kHourUs;
      while (local_of(us) < local_us) us += kMinuteUs;
      shown.push_back(us);
    }
    if (!timing.cron->every_hour()) shown.resize(1);
    instants.insert(shown.begin(), shown.end());
  }
  std::erase_if(instants, [&](int64_t us) { return us <= from_us || us >= to_us; });
  return instants;
}

TEST(Instants, AreThoseOfASlowSearchOverTheClock) {
  const std::vector<std::string_view> crons = {"*/15 * * * *",      "0 */2 * * *",         "30 2 * * *",
                                               "0,15,45 1-3 * * *", "15 2 1-7 * sun",      "0 0,2,3 * * *",
                                               "0 12 * * fri",      "45 1,2 * 3,4,10,11 *"};
  for (const std::string_view zone : {"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"}) {
    for (const std::string_view text : crons) {
      for (const std::string_view begin : {"2026-03-07T00:00:00Z", "2026-03-28T00:00:00Z", "2026-04-04T00:00:00Z",
                                           "2026-10-03T00:00:00Z", "2026-10-24T00:00:00Z", "2040-10-27T00:00:00Z"}) {
        const Timing timing = cron(text, zone);
        const int64_t from_us = at(begin), to_us = from_us + 2 * kDayUs;
        const Instants instants(timing);
        std::set<int64_t> found;
        for (auto us = instants.after(from_us); us && *us < to_us; us = instants.after(*us)) {
          EXPECT_EQ(instants.latest(*us), *us) << text << zone << begin;
          EXPECT_EQ(instants.latest(*us - 1), found.empty() ? instants.latest(*us - 1) : *found.rbegin());
          found.insert(*us);
        }
        EXPECT_EQ(found, slowly(timing, from_us, to_us)) << text << " " << zone << " " << begin;
      }
    }
  }
}

TEST(RunId, SortsByTimeAndIsReadBack) {
  const std::string id = run_id_text("users.ingest", at("2026-11-21T10:05:00Z"));
  EXPECT_EQ(id, "users.ingest@2026-11-21T10:05:00Z");
  EXPECT_LT(id, run_id_text("users.ingest", at("2026-11-21T10:05:01Z")));
  const auto name = parse_run_id(id);
  ASSERT_TRUE(name.has_value());
  EXPECT_EQ(name->flow, "users.ingest");
  EXPECT_EQ(name->instant_us, at("2026-11-21T10:05:00Z"));
  for (const std::string_view text :
       {"ingest", "@2026-11-21T10:05:00Z", "a@2026-11-21", "a@2026-11-21T10:05:00", "a@"}) {
    EXPECT_FALSE(parse_run_id(text).has_value()) << text;
  }
}

TEST(RunState, HasNamesThatAreReadBack) {
  for (const std::string_view name : run_state_names()) EXPECT_EQ(run_state_name(*run_state_of_name(name)), name);
  EXPECT_FALSE(has_ended(RunState::kRetrying));
  EXPECT_TRUE(has_ended(RunState::kSucceeded));
}

}  // namespace
}  // namespace millrace
