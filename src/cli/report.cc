#include "cli/report.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "doors/admin/admin.h"

namespace millrace {
namespace {

struct Colors {
  std::string_view bold, dim, red, green, yellow, off;
};
constexpr Colors kPlain = {"", "", "", "", "", ""};
constexpr Colors kColored = {"\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[0m"};

std::string records(uint64_t count) { return fmt::format("{} record{}", with_commas(count), count == 1 ? "" : "s"); }

std::string share(uint64_t part, uint64_t whole) {
  const double percent = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  return percent < 0.01 ? "<0.01%" : fmt::format("{:.2f}%", percent);
}

std::string render_steps(const FlowReport& report, const Colors& c) {
  std::string out;
  size_t width = 6;
  for (const std::string& name : report.step_names) width = std::max(width, name.size() + 3);
  for (size_t i = 0; i < report.steps.size(); ++i) {
    fmt::format_to(std::back_inserter(out), "  {}{:<{}}{} {:>12} in {:>12} out\n", c.dim,
                   fmt::format("{}. {}", i + 1, report.step_names[i]), width, c.off, with_commas(report.steps[i].in),
                   with_commas(report.steps[i].out));
  }
  return out;
}

std::string render_checks(const FlowReport& report, const Colors& c) {
  std::string out;
  size_t width = 0;
  for (const CheckInfo& check : report.checks) width = std::max(width, check.name.size());
  for (size_t i = 0; i < report.checks.size(); ++i) {
    const CheckCounts& counts = report.check_counts[i];
    const bool failed = counts.failed != 0;
    fmt::format_to(std::back_inserter(out), "  {}{}{} {:<{}} {:>12} failed", failed ? c.yellow : c.green,
                   failed ? "FAIL" : "ok  ", c.off, report.checks[i].name, width, with_commas(counts.failed));
    if (failed) {
      fmt::format_to(std::back_inserter(out), "  {:<8} {}{}{}", share(counts.failed, counts.checked), c.dim,
                     report.checks[i].severity, c.off);
    }
    out += '\n';
  }
  return out;
}

}  // namespace

std::string with_commas(uint64_t value) {
  std::string digits = fmt::format("{}", value);
  for (size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

std::string render_report(const FlowReport& report, bool color) {
  const Colors& c = color ? kColored : kPlain;
  std::string out = fmt::format("{}{}{}  {:.2f} s", c.bold, report.flow, c.off, report.seconds);
  if (report.seconds > 0.05) {
    out += fmt::format(", {} records/s",
                       with_commas(static_cast<uint64_t>(static_cast<double>(report.ledger.read) / report.seconds)));
  }
  out += '\n';
  const bool interrupted = report.error && report.error->code() == ErrorCode::kCancelled;
  if (report.error && report.ledger.read == 0 && !interrupted) {  // it never began
    return out + fmt::format("  {}failed: {}{}\n", c.red, report.error->message(), c.off);
  }
  out += render_steps(report, c);
  if (!report.checks.empty()) out += render_checks(report, c);
  for (const SinkReport& sink : report.sinks) {
    out += fmt::format("  -> {}: {}{}\n", sink.place, records(sink.written),
                       sink.result.empty() ? "" : fmt::format(" ({})", sink.result));
  }
  if (report.ledger.quarantined > 0) {
    out += fmt::format("  {}-> quarantine {}: {}{}\n", c.yellow, report.quarantine_place,
                       records(report.ledger.quarantined), c.off);
  }
  for (size_t i = 0; i < report.first_faults.size(); ++i) {
    out += fmt::format("     {}{}{} {}: {}\n", c.dim, report.first_places[i], c.off, report.first_faults[i].rule,
                       report.first_faults[i].reason);
  }
  if (report.ledger.quarantined > report.first_faults.size() && !report.first_faults.empty()) {
    out += fmt::format("     {}...{}\n", c.dim, c.off);
  }
  for (const std::string& note : report.notes) out += fmt::format("  note: {}\n", note);
  out += fmt::format("  ledger: {}\n", report.ledger.text());
  if (report.error) out += fmt::format("  {}failed: {}{}\n", c.red, report.error->message(), c.off);
  return out;
}

std::string render_report_json(const FlowReport& report) {
  nlohmann::ordered_json json;
  json["flow"] = report.flow;
  json["ok"] = !report.error.has_value();
  if (report.error) {
    json["error"] = {{"code", error_code_name(report.error->code())}, {"message", report.error->message()}};
  }
  json["seconds"] = report.seconds;
  json["ledger"] = ledger_json(report.ledger);
  for (size_t i = 0; i < report.steps.size(); ++i) {
    json["steps"].push_back({{"step", report.step_names[i]}, {"in", report.steps[i].in}, {"out", report.steps[i].out}});
  }
  for (size_t i = 0; i < report.checks.size(); ++i) {
    json["checks"].push_back({{"check", report.checks[i].name},
                              {"severity", report.checks[i].severity},
                              {"checked", report.check_counts[i].checked},
                              {"failed", report.check_counts[i].failed}});
  }
  for (const SinkReport& sink : report.sinks) {
    json["sinks"].push_back({{"place", sink.place}, {"written", sink.written}, {"result", sink.result}});
  }
  json["quarantine"] = report.quarantine_place;
  if (!report.notes.empty()) json["notes"] = report.notes;
  return json.dump();
}

}  // namespace millrace
