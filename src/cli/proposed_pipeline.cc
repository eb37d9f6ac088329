// What `infer` writes.
#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "cli/sampled_file.h"
#include "data/expr/expr.h"
#include "data/formats/compression.h"
#include "data/formats/json_text.h"
#include "flow/scope.h"

namespace millrace {
namespace {

constexpr size_t kChoicesMax = 8;
constexpr uint64_t kSeenPerChoice = 5;  // so often at least is each choice seen on average

struct Named {
  SampleColumn column;
  std::string name;
};

std::string quoted(std::string_view text) {
  std::string out;
  append_json_string(text, out);
  return out;
}

// Whether a name stands for the column of that name as it is: no keyword, no literal, no character of its own meaning.
bool is_plain(const std::string& name) {
  const ParseOutcome parsed = parse_expression(name);
  if (!parsed.ok()) return false;
  Slots slots;
  Scope scope(slots, SourceSchema{});
  return Program::compile(parsed.exprs, scope).ok() && slots.source_columns.size() == 1 &&
         slots.source_columns[0].path == std::vector{name};
}

// What YAML takes for something else than a text.
bool is_yaml_word(const std::string& name) {
  constexpr std::array<std::string_view, 9> kWords = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"};
  return std::find(kWords.begin(), kWords.end(), name) != kWords.end();
}

// A column whose keys a declaration can name: it is split at its dots.
bool is_nameable(const SampleColumn& column) {
  return column.path[0] != "_meta" && std::none_of(column.path.begin(), column.path.end(), [](const std::string& key) {
           return key.empty() || key.find_first_of(".`\n") != std::string::npos;
         });
}

std::string expression_of(const SampleColumn& column) {
  std::string out;
  for (const std::string& key : column.path) {
    if (!out.empty()) out += '.';
    out += is_plain(key) ? key : fmt::format("`{}`", key);
  }
  return out;
}

std::string number(double value) { return fmt::format("{}", value); }

std::string span(const std::string& from, const std::string& to) {
  return from == to ? from : fmt::format("{} to {}", from, to);
}

// "12 numbers, 3 texts", when there is more than one kind.
std::string mixture(const SampleShape& shape) {
  std::string out;
  size_t kinds = 0;
  const auto kind = [&](uint64_t count, std::string_view name) {
    if (count == 0) return;
    out += fmt::format("{}{} {}{}", out.empty() ? "" : ", ", count, name, count == 1 ? "" : "s");
    ++kinds;
  };
  kind(shape.ints + shape.bigints + shape.doubles, "number");
  kind(shape.texts, "text");
  kind(shape.bools, "boolean");
  kind(shape.arrays, "array");
  kind(shape.objects, "object");
  return kinds > 1 ? out : "";
}

std::string figures(const SampleColumn& column, uint64_t records) {
  const SampleShape& shape = *column.shape;
  std::string out =
      column.missing == 0
          ? "never null"
          : fmt::format("{:.1f}% null", 100.0 * static_cast<double>(column.missing) / static_cast<double>(records));
  if (const std::string kinds = mixture(shape); !kinds.empty()) out += fmt::format(", mixed ({})", kinds);
  if (shape.is_number()) out += ", " + span(number(shape.least), number(shape.most));
  if (shape.all(TextForm::kDate) || shape.all(TextForm::kTimestamp)) {
    out += ", " + span(shape.first_text, shape.last_text);
  } else if (shape.texts > 0) {
    out += fmt::format(", {} character{}", span(fmt::format("{}", shape.shortest), fmt::format("{}", shape.longest)),
                       shape.longest == 1 ? "" : "s");
  }
  if (!shape.distinct.empty()) {
    out +=
        fmt::format(", {}{} distinct", shape.distinct.size() == kDistinctMax ? "at least " : "", shape.distinct.size());
  }
  return out;
}

std::string names_where(const std::vector<Named>& columns, bool (*holds)(const SampleColumn&)) {
  std::string out;
  for (const Named& one : columns) {
    if (holds(one.column)) out += (out.empty() ? "" : ", ") + one.name;
  }
  return out;
}

bool is_choice(const SampleColumn& column) {
  const SampleShape& shape = *column.shape;
  const bool has_form =
      std::any_of(shape.forms.begin(), shape.forms.end(), [&](uint64_t of) { return of == shape.texts; });
  return shape.texts > 0 && shape.texts == shape.values() && !has_form && shape.distinct.size() <= kChoicesMax &&
         shape.texts >= kSeenPerChoice * shape.distinct.size();
}

// A date has the digits of a phone number too, but is read as a date.
bool stays_text(const SampleColumn& column, TextForm form) {
  return column.shape->all(form) && column.shape->type_text() == "string";
}

std::string checks(const std::vector<Named>& columns) {
  std::string out;
  const auto list = [&](std::string_view check, bool (*holds)(const SampleColumn&)) {
    const std::string names = names_where(columns, holds);
    if (!names.empty()) out += fmt::format("          - {}: [{}]\n", check, names);
  };
  list("required", [](const SampleColumn& column) { return column.missing == 0; });
  list("uuid", [](const SampleColumn& column) { return stays_text(column, TextForm::kUuid); });
  list("email", [](const SampleColumn& column) { return stays_text(column, TextForm::kEmail); });
  list("url", [](const SampleColumn& column) { return stays_text(column, TextForm::kUrl); });
  list("phone", [](const SampleColumn& column) { return stays_text(column, TextForm::kPhone); });
  for (const Named& one : columns) {
    const SampleShape& shape = *one.column.shape;
    if (is_choice(one.column)) {
      std::vector<std::string> values;
      for (const std::string& value : shape.distinct) values.push_back(quoted(value));
      out += fmt::format("          - one_of: {{ {}: [{}] }}\n", one.name, fmt::join(values, ", "));
    } else if (shape.is_number()) {
      // A sample does not know the ends of a range, so this only warns.
      out += fmt::format("          - {{ range: {{ {}: {}..{} }}, else: warn }}\n", one.name, number(shape.least),
                         number(shape.most));
    }
  }
  return out;
}

// The columns with names of their own; what cannot be named is told in comments.
std::vector<Named> name_columns(const Sample& sample, std::string& left_out) {
  std::vector<Named> columns;
  std::set<std::string> taken;
  std::set<std::vector<std::string>> paths;
  for (SampleColumn& column : columns_of(sample)) {
    const std::string path = quoted(fmt::format("{}", fmt::join(column.path, ".")));
    if (!is_nameable(column)) {
      left_out += fmt::format("# left out, its name cannot be written: {}\n", path);
      continue;
    }
    if (!paths.insert(column.path).second) {
      left_out += fmt::format("# left out, another column has its name: {}\n", path);
      columns.erase(std::remove_if(columns.begin(), columns.end(),
                                   [&](const Named& one) { return one.column.path == column.path; }),
                    columns.end());
      continue;
    }
    std::string base = snake_case(column.path);
    if (!is_plain(base) || is_yaml_word(base)) base += '_';
    std::string own = base;
    for (int i = 2; !taken.insert(own).second; ++i) own = fmt::format("{}_{}", base, i);
    columns.push_back({std::move(column), std::move(own)});
  }
  return columns;
}

// What has to be said of a file so that it is read as it was looked at.
std::string source_settings(const FileFormat& format, const std::string& file) {
  std::string out;
  const auto line = [&](std::string_view key, std::string_view value) {
    out += fmt::format("      {}: {}\n", key, value);
  };
  if (format.kind == FileFormat::Kind::kJsonDocument)
    line("records", quoted(fmt::format("{}", fmt::join(format.records, "."))));
  if (format.kind != FileFormat::Kind::kCsv) return out;
  const std::string_view plain = without_compression_ending(file);
  const bool tabs = plain.ends_with(".tsv");
  if (!plain.ends_with(".csv") && !tabs) line("format", "csv");
  if (format.csv.delimiter != (tabs ? '\t' : ',')) line("delimiter", quoted(std::string(1, format.csv.delimiter)));
  if (!format.csv.header) line("header", "false");
  if (!format.csv.null_text.empty()) line("null", quoted(format.csv.null_text));
  return out;
}

}  // namespace

std::string proposed_pipeline(const SampledFile& sampled, const std::string& file, const std::string& name) {
  const Sample& sample = sampled.sample;
  std::string left_out;
  const std::vector<Named> columns = name_columns(sample, left_out);
  std::string out = fmt::format("# Proposed from {} record{}{}: what held for all of them; look it over.\n",
                                sample.records, sample.records == 1 ? "" : "s",
                                sample.broken > 0 ? fmt::format(" ({} more cannot be read)", sample.broken) : "");
  out += left_out;
  out += fmt::format("millrace: 1\npipeline: {0}\nflows:\n  {0}:\n    from:\n      file: {1}\n{2}      columns:\n",
                     name, quoted(file), source_settings(sampled.format, file));
  for (const Named& one : columns) {
    out += fmt::format("        {}: {}  # {}\n", quoted(fmt::format("{}", fmt::join(one.column.path, "."))),
                       quoted(one.column.shape->type_text()), figures(one.column, sample.records));
  }
  out += "    steps:\n      - select: |\n";
  for (size_t i = 0; i < columns.size(); ++i) {
    out += fmt::format("          {} AS {}{}\n", expression_of(columns[i].column), columns[i].name,
                       i + 1 < columns.size() ? "," : "");
  }
  const std::string proposed = checks(columns);
  if (!proposed.empty()) out += "      - expect:\n" + proposed;
  return out + fmt::format("    to: {{ file: {}.out.jsonl }}\n", name);
}

}  // namespace millrace
