#include "flow/run/runner.h"

#include <algorithm>
#include <deque>
#include <memory>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "flow/quarantine_record.h"
#include "flow/run/books.h"
#include "flow/run/checkpointer.h"
#include "flow/run/journey.h"
#include "flow/run/turnstile.h"
#include "flow/steps/evaluate.h"

namespace millrace {
namespace {

constexpr int64_t kFollowWaitUs = 100'000;  // how long a stop may go unnoticed
constexpr int64_t kTendEveryUs = 1'000'000;

// Whether a sink's `where` wants a row.
bool takes(const std::optional<Column>& condition, size_t row) {
  return !condition || (!condition->is_null(row) && condition->bool_at(row));
}

size_t last_index_of(const std::vector<std::string>& names, std::string_view name) {
  const auto found = std::find(names.rbegin(), names.rend(), name);
  return found == names.rend() ? names.size() : static_cast<size_t>(names.rend() - found) - 1;
}

class FlowRun {
 public:
  FlowRun(const FlowPlan& plan, const RunOptions& options)
      : plan_(plan),
        options_(options),
        last_explode_(last_index_of(plan.step_names, "explode")),
        turnstiles_(plan.steps.size()),
        books_(plan),
        checkpointer_(options, books_,
                      {.stopping = [this] { return stopping(); }, .settle = [this] { return settle(); }}) {}

  FlowReport run();

 private:
  Status open();
  Status start_steps();
  void work();
  bool next(Journey& journey, Batch& batch);
  int64_t stamp(SourcePiece& piece);
  void run_errand(Journey& journey);
  void pass_turnstiles(size_t from, uint64_t number);
  void run_steps(size_t from, Batch batch, Journey& journey, bool in_turn);
  std::vector<bool> run_rest(size_t from, Batch part, Journey& journey);
  void finish(Batch batch, Journey& journey);
  void refuse(size_t sink, const std::optional<Column>& condition, Batch& batch, Journey& journey);
  void encode_and_commit(Journey& journey);
  void keep_states(const Journey& journey);
  Status settle();
  void fail(Error error);
  bool stopping() const { return failed_.load() || (options_.stop != nullptr && options_.stop->load()); }
  bool done_already() const;
  uint64_t rereadings() const;
  std::function<void(std::string)> waiting() const;
  void close();
  void publish();
  void abandon();

  // Constant after open().
  const FlowPlan& plan_;
  const RunOptions& options_;
  std::unique_ptr<Source> source_;
  std::vector<std::unique_ptr<Sink>> sinks_;
  std::unique_ptr<Sink> quarantine_;
  std::vector<std::unique_ptr<StepState>> states_;
  std::vector<std::unique_ptr<StepMemory>> memories_;  // per step; each touched in its turn only
  std::vector<std::string> notes_;

  size_t last_explode_;               // index of that step; beyond the last: there is none
  std::deque<Turnstile> turnstiles_;  // per step
  Turnstile commit_turn_;

  std::mutex source_mutex_;
  uint64_t next_number_ = 0;  // guarded by source_mutex_
  bool source_ended_ = false;
  bool again_ = false;                        // the source is over, and has more for another run
  std::map<std::string, int64_t> stamps_us_;  // by part: the last that was given
  bool errand_due_ = false;                   // following: something was read since the last errand
  int64_t tended_at_us_ = 0;                  // when that was

  // Touched in the commit turn only.
  RunBooks books_;
  Checkpointer checkpointer_;

  std::atomic<bool> failed_ = false;
  std::mutex error_mutex_;
  std::optional<Error> error_;  // guarded by error_mutex_; the first
};

void FlowRun::fail(Error error) {
  const std::lock_guard lock(error_mutex_);
  if (!error_) error_ = std::move(error);
  failed_ = true;
}

std::function<void(std::string)> FlowRun::waiting() const {
  if (options_.progress == nullptr) return {};
  return [progress = options_.progress](const std::string& why) { progress->set_waiting(why); };
}

Status FlowRun::open() {
  const RunContext context{.flow = plan_.name,
                           .run_id = options_.run_id,
                           .identified = options_.identified,
                           .directory = options_.directory,
                           .window_start_us = options_.window_start_us,
                           .window_end_us = options_.window_end_us,
                           .clock = options_.clock,
                           .files = options_.files,
                           .piece_bytes = options_.piece_bytes,
                           .transaction = options_.transaction,
                           .topics = options_.topics,
                           .schemas = options_.schemas,
                           .follow = options_.follow,
                           .keep_payloads = plan_.raw && options_.transaction != nullptr && options_.others == nullptr,
                           .notes = &notes_,
                           .retry = options_.retry,
                           .stopping = [this] { return stopping(); },
                           .waiting = waiting()};
  TRY(source, options_.others != nullptr ? options_.others->open(context) : plan_.source->open(plan_.slots, context));
  source_ = std::move(source);
  TRY_STATUS(checkpointer_.begin(*source_));
  for (const auto& [part, at] : checkpointer_.position()) stamps_us_[part] = at.stamp_us;
  if (options_.progress != nullptr) options_.progress->set_total(source_->bytes_total());
  for (const PlannedSink& planned : plan_.sinks) {
    TRY(sink, planned.plan->open(plan_.output, context));
    sinks_.push_back(std::move(sink));
  }
  if (plan_.quarantine != nullptr) {
    TRY(sink, plan_.quarantine->open(quarantine_columns(), context));
    quarantine_ = std::move(sink);
  }
  return start_steps();
}

Status FlowRun::start_steps() {
  StateKeeper* const keeper = options_.transaction == nullptr ? nullptr : options_.transaction->states();
  for (const auto& step : plan_.steps) {
    memories_.emplace_back();
    const auto* ordered = dynamic_cast<const OrderedStep*>(step.get());
    if (ordered == nullptr) continue;
    StepState* state = nullptr;
    if (keeper != nullptr && !ordered->state_name().empty()) {
      state = states_.emplace_back(keeper->open(ordered->state_name())).get();
    }
    TRY(memory, ordered->start(state));
    memories_.back() = std::move(memory);
  }
  return {};
}

bool FlowRun::next(Journey& journey, Batch& batch) {
  SourcePiece piece;
  {
    const std::lock_guard lock(source_mutex_);
    while (true) {
      if (source_ended_ || stopping()) return false;
      auto read = source_->next();
      if (!read.ok()) {
        if (read.error().code() == ErrorCode::kCancelled && stopping()) return false;
        source_ended_ = true;
        journey.failure = std::move(read).error();
        journey.number = next_number_++;
        return true;
      }
      if (read->has_value()) {
        piece = std::move(**read);
        break;
      }
      again_ = source_->is_over();
      if (!options_.follow || again_) {
        source_ended_ = true;
        return false;
      }
      const int64_t now_us = options_.clock->monotonic_us();
      if (errand_due_ || now_us - tended_at_us_ > kTendEveryUs) {
        errand_due_ = false;
        tended_at_us_ = now_us;
        journey.errand = true;
        journey.number = next_number_++;
        return true;
      }
      source_->wait(kFollowWaitUs);
    }
    errand_due_ = true;
    journey.number = next_number_++;
    journey.behind = {piece.next, stamp(piece), std::move(piece.token)};
  }
  journey.bytes_read = piece.bytes_read;
  journey.part = piece.part;
  journey.ticket = piece.ticket;
  journey.commit = piece.commit;
  journey.payloads = std::move(piece.payloads);
  batch = source_->decode(std::move(piece), journey.passage);
  journey.origin = batch.origin;
  return true;
}

// Stamps are the times at which records came in, but never stand still nor go back. Gives the piece's last.
int64_t FlowRun::stamp(SourcePiece& piece) {
  int64_t& last = stamps_us_[piece.part];
  piece.origin->stamp_us = piece.stamped_us != 0 ? piece.stamped_us : std::max(last + 1, piece.origin->ingested_at_us);
  piece.origin->rereading = static_cast<int64_t>(rereadings());
  last = piece.origin->stamp_us + static_cast<int64_t>(piece.stamps) - 1;
  for (Payload& payload : piece.payloads) payload.stamp_us = piece.origin->stamp_us;
  return last;
}

void FlowRun::work() {
  while (true) {
    Journey journey{.passage = Passage(plan_.steps.size(), plan_.checks.size())};
    Batch batch;
    if (!next(journey, batch)) return;
    if (journey.errand || journey.failure) {
      run_errand(journey);
      continue;
    }
    run_steps(0, std::move(batch), journey, false);
    encode_and_commit(journey);
  }
}

// Not before all batches in front of it are through: what the source gave until it failed counts.
void FlowRun::run_errand(Journey& journey) {
  pass_turnstiles(0, journey.number);
  const Turn turn(commit_turn_, journey.number);
  if (journey.failure) return fail(*std::move(journey.failure));
  if (failed_) return;
  if (auto status = checkpointer_.tend(); !status.ok()) fail(status.error());
}

// What is not to be processed there still has to be seen to pass: the next batch waits for it.
void FlowRun::pass_turnstiles(size_t from, uint64_t number) {
  for (size_t i = from; i < plan_.steps.size(); ++i) {
    if (memories_[i] != nullptr) const Turn pass(turnstiles_[i], number);
  }
}

// From a step on to the end. A batch passes every turnstile, empty or not, since the next one waits for it.
void FlowRun::run_steps(size_t from, Batch batch, Journey& journey, bool in_turn) {
  for (size_t i = from; i < plan_.steps.size(); ++i) {
    const Step& step = *plan_.steps[i];
    journey.passage.steps[i].in += batch.alive_rows().count();
    const auto* ordered = dynamic_cast<const OrderedStep*>(&step);
    if (ordered == nullptr) {
      step.process(batch, journey.passage);
      if (i == last_explode_) journey.passage.leave_wanted_elements(batch);
    } else {
      std::optional<Turn> turn;
      if (!in_turn) turn.emplace(turnstiles_[i], journey.number);
      size_t through = 0;
      const RestOfFlow rest = [&](Batch part) {
        through += part.alive_rows().count();
        return run_rest(i + 1, std::move(part), journey);
      };
      ordered->process_in_turn(batch, journey.passage, *memories_[i], rest);
      if (ordered->runs_rest()) {
        journey.passage.steps[i].out += through;
        if (!in_turn) pass_turnstiles(i + 1, journey.number);  // the rest ran inside this turn
        return;
      }
    }
    journey.passage.steps[i].out += batch.alive_rows().count();
  }
  finish(std::move(batch), journey);
}

std::vector<bool> FlowRun::run_rest(size_t from, Batch part, Journey& journey) {
  std::vector<bool> through(part.rows, false);
  const size_t finished_before = journey.finished.size();
  run_steps(from, std::move(part), journey, true);
  for (size_t f = finished_before; f < journey.finished.size(); ++f) {
    const Finished& finished = journey.finished[f];
    for (const auto& rows : finished.rows) {
      for (const uint32_t row : rows) through[finished.batch.entry_of(row)] = true;
    }
  }
  return through;
}

// Rows that one of their sinks cannot take go to none.
void FlowRun::refuse(size_t sink, const std::optional<Column>& condition, Batch& batch, Journey& journey) {
  std::vector<uint32_t> wanted;
  batch.alive_rows().for_each([&](size_t row) {
    if (takes(condition, row)) wanted.push_back(static_cast<uint32_t>(row));
  });
  std::vector<Fault> faults = sinks_[sink]->refuse(batch, Rows::some(batch.rows, wanted));
  if (!faults.empty()) journey.passage.quarantine(batch, static_cast<int>(plan_.steps.size()), std::move(faults));
}

// Decides which sinks take which rows, and counts those that none takes as filtered.
void FlowRun::finish(Batch batch, Journey& journey) {
  Finished finished;
  std::vector<bool> taken(batch.rows, false);
  // Faults of one sink's condition take the record from all sinks, so conditions come first.
  std::vector<std::optional<Column>> conditions;
  for (const PlannedSink& sink : plan_.sinks) {
    conditions.emplace_back();
    if (sink.where) {
      conditions.back() =
          evaluate_step(*sink.where, "to", static_cast<int>(plan_.steps.size()), batch, journey.passage)[0];
    }
  }
  for (size_t i = 0; i < sinks_.size(); ++i) refuse(i, conditions[i], batch, journey);
  for (const auto& condition : conditions) {
    std::vector<uint32_t> rows;
    batch.alive_rows().for_each([&](size_t row) {
      if (!takes(condition, row)) return;
      rows.push_back(static_cast<uint32_t>(row));
      taken[row] = true;
    });
    finished.rows.push_back(std::move(rows));
  }
  journey.passage.filter(batch, taken);
  journey.passage.ledger.written += batch.alive_rows().count();
  finished.batch = std::move(batch);
  journey.finished.push_back(std::move(finished));
}

void FlowRun::encode_and_commit(Journey& journey) {
  const Finished finished = merge_finished(std::move(journey.finished), plan_.output);
  std::vector<std::unique_ptr<EncodedRows>> encoded(sinks_.size());
  std::vector<size_t> rows(sinks_.size(), 0);
  for (size_t i = 0; i < finished.rows.size(); ++i) {
    rows[i] = finished.rows[i].size();
    if (rows[i] > 0) encoded[i] = sinks_[i]->encode(finished.batch, Rows::some(finished.batch.rows, finished.rows[i]));
  }
  std::unique_ptr<EncodedRows> quarantined;
  size_t quarantined_rows = 0;
  if (!journey.passage.faults.empty() && quarantine_ != nullptr) {
    const Batch bad = quarantine_batch(plan_.id, plan_.step_names, journey.origin, journey.passage.faults);
    quarantined = quarantine_->encode(bad, Rows::all(bad.rows));
    quarantined_rows = bad.rows;
  }

  const Turn turn(commit_turn_, journey.number);
  if (failed_) return books_.add_unused(journey);  // this batch comes behind one that ended the run
  if (journey.passage.stopped) fail(*journey.passage.stopped);
  if (!journey.payloads.empty() && !failed_) {
    if (auto status = options_.transaction->keep(*plan_.raw, journey.payloads); !status.ok()) fail(status.error());
  }
  for (size_t i = 0; i < sinks_.size() && !failed_; ++i) {
    if (rows[i] == 0) continue;
    if (auto status = sinks_[i]->append(std::move(encoded[i]), rows[i]); !status.ok()) fail(status.error());
    books_.add_rows(i, rows[i]);
  }
  if (quarantined_rows > 0 && !failed_) {
    if (auto status = quarantine_->append(std::move(quarantined), quarantined_rows); !status.ok()) fail(status.error());
  }
  keep_states(journey);
  if (auto broken = books_.add(journey)) fail(*broken);
  if (options_.progress != nullptr) options_.progress->add(journey.passage.ledger, journey.bytes_read);
  checkpointer_.passed(journey);
  if (failed_) return;
  if (auto status = checkpointer_.commit_when_due(); !status.ok()) fail(status.error());
}

void FlowRun::keep_states(const Journey& journey) {
  StateKeeper* const keeper = options_.transaction == nullptr ? nullptr : options_.transaction->states();
  if (keeper == nullptr || failed_) return;
  for (const auto& [step, changes] : journey.passage.state) keeper->put(step, changes);
}

// What goes along with the commit is out before it.
Status FlowRun::settle() {
  for (const auto& sink : sinks_) TRY_STATUS(sink->settle());
  return {};
}

// The end of a run: what is to be durable is, and the counts say what is.
void FlowRun::close() {
  if (!failed_) {
    if (auto broken = books_.judge_end()) fail(*broken);
  }
  const bool interrupted = options_.stop != nullptr && options_.stop->load() && !source_ended_ && !options_.follow;
  if (options_.transaction != nullptr) {
    const auto status = failed_ ? checkpointer_.give_up() : checkpointer_.finish(!interrupted && !again_);
    if (!status.ok()) fail(status.error());
    if (failed_) {
      books_.forget_uncommitted();
    } else if (interrupted) {
      fail(Error(ErrorCode::kCancelled, "interrupted; the next run goes on where this one stopped"));
    }
    return;
  }
  if (!failed_ && interrupted) fail(Error(ErrorCode::kCancelled, "interrupted; nothing was published"));
  publish();
  if (failed_) abandon();
}

// Quarantine first: what is published must never be there while its bad records are not.
void FlowRun::publish() {
  if (!failed_ && quarantine_ != nullptr) {
    if (auto status = quarantine_->commit(); !status.ok()) fail(status.error());
  }
  for (const auto& sink : sinks_) {
    if (failed_) break;
    if (auto status = sink->commit(); !status.ok()) fail(status.error());
  }
}

void FlowRun::abandon() {
  bool clean = true;
  for (const auto& sink : sinks_) clean = sink->abandon() && clean;
  if (quarantine_ != nullptr) quarantine_->abandon();
  books_.forget_unpublished(clean);
}

uint64_t FlowRun::rereadings() const {
  if (options_.others != nullptr) return options_.others->rereadings;
  return options_.transaction == nullptr ? 0 : options_.transaction->resumed_from().rereadings;
}

bool FlowRun::done_already() const {
  if (!options_.identified || options_.transaction == nullptr) return false;
  const Checkpoint& last = options_.transaction->resumed_from();
  return last.run_id == options_.run_id && last.run_done;
}

FlowReport FlowRun::run() {
  const int64_t begin_us = options_.clock->monotonic_us();
  FlowReport report = FlowReport::empty(plan_);
  if (done_already()) {
    report.notes.push_back(fmt::format("run {} is complete already: there was nothing to do", options_.run_id));
    return report;
  }
  if (auto status = open(); !status.ok()) {
    abandon();
    report.error = status.error();
    report.notes = std::move(notes_);
    return report;
  }
  std::vector<std::thread> threads;
  for (size_t i = 1; i < options_.workers; ++i) threads.emplace_back([this] { work(); });
  work();
  for (std::thread& thread : threads) thread.join();
  close();
  for (size_t i = 0; i < sinks_.size(); ++i) {
    report.sinks.push_back({.place = plan_.sinks[i].plan->place(), .result = failed_ ? "" : sinks_[i]->result()});
  }
  books_.report(report);
  report.notes = std::move(notes_);
  report.error = error_;
  report.again = again_ && !error_;
  report.seconds = static_cast<double>(options_.clock->monotonic_us() - begin_us) / 1e6;
  return report;
}

}  // namespace

FlowReport FlowReport::empty(const FlowPlan& plan) {
  FlowReport report;
  report.flow = plan.name;
  report.step_names = plan.step_names;
  report.steps.resize(plan.steps.size());
  report.checks = plan.checks;
  report.check_counts.resize(plan.checks.size());
  if (plan.quarantine != nullptr) report.quarantine_place = plan.quarantine->place();
  return report;
}

FlowReport FlowReport::failed(const FlowPlan& plan, Error error) {
  FlowReport report = empty(plan);
  report.error = std::move(error);
  return report;
}

FlowReport run_flow(const FlowPlan& plan, const RunOptions& options) { return FlowRun(plan, options).run(); }

}  // namespace millrace
