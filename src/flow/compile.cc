// Expressions of the file: compiled, with what is wrong placed in the file.
#include <algorithm>

#include <fmt/format.h>

#include "base/spelling.h"
#include "flow/scope.h"

namespace millrace {
namespace {

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// The first name of the text of an error: "dob" of "dob.date".
std::string_view first_name(std::string_view text) {
  size_t end = 0;
  while (end < text.size() && is_word(text[end])) ++end;
  return text.substr(0, end);
}

size_t find_word(std::string_view text, std::string_view word) {
  for (size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const bool begins = at == 0 || (!is_word(text[at - 1]) && text[at - 1] != '.');
    const size_t end = at + word.size();
    if (begins && (end == text.size() || (!is_word(text[end]) && text[end] != '('))) return at;
  }
  return std::string_view::npos;
}

void report(const std::vector<ExprError>& errors, const Node& node, const Scope& scope, Diagnostics& diagnostics) {
  for (const ExprError& error : errors) {
    const size_t begin = std::min(error.begin, node.text.size());
    const std::string_view blamed = std::string_view(node.text).substr(begin, error.end - begin);
    const std::string* gone = scope.why_gone(first_name(blamed));
    diagnostics.error(node.place_of(error.begin, error.end), error.message, gone != nullptr ? *gone : error.hint);
  }
}

// One letter apart: paths beside a declared one ("dob.date", "dob.age") are no mistakes.
bool is_misspelt(std::string_view path, std::string_view declared) { return edit_distance(path, declared) == 1; }

// A path that nobody declared is read as text; a letter away from a declared one it is probably misspelt.
void warn_of_undeclared(size_t from, const Node& node, const Scope& scope, Diagnostics& diagnostics) {
  const std::vector<std::string> declared = scope.declared_paths();
  for (size_t i = from; i < scope.undeclared_paths().size(); ++i) {
    const std::string& path = scope.undeclared_paths()[i];
    const auto near =
        std::find_if(declared.begin(), declared.end(), [&](const std::string& one) { return is_misspelt(path, one); });
    if (near == declared.end()) continue;
    const size_t at = find_word(node.text, path);
    diagnostics.warning(at == std::string::npos ? node.place : node.place_of(at, at + path.size()),
                        fmt::format("'{}' is not among the declared columns; it is read as a string", path),
                        fmt::format("did you mean '{}'?", *near));
  }
}

bool is_expression(const Node& node, Diagnostics& diagnostics) {
  if (node.secret) {
    diagnostics.error(node.place, "an expression cannot hold a secret", "its text is shown by explain and in faults");
    return false;
  }
  return true;
}

std::optional<Program> compile(ParseOutcome parsed, const Node& node, Scope& scope, Diagnostics& diagnostics) {
  if (!parsed.ok()) {
    report(parsed.errors, node, scope, diagnostics);
    return std::nullopt;
  }
  const size_t undeclared_before = scope.undeclared_paths().size();
  Program::Outcome outcome = Program::compile(parsed.exprs, scope);
  report(outcome.errors, node, scope, diagnostics);
  warn_of_undeclared(undeclared_before, node, scope, diagnostics);
  return std::move(outcome.program);
}

}  // namespace

std::optional<Program> compile_expression(const Node& text, Scope& scope, Diagnostics& diagnostics, std::string name) {
  if (!is_expression(text, diagnostics)) return std::nullopt;
  ParseOutcome parsed = parse_expression(text.text);
  if (parsed.ok() && !name.empty()) parsed.exprs[0].name = std::move(name);
  return compile(std::move(parsed), text, scope, diagnostics);
}

std::optional<Program> compile_select_list(const Node& text, Scope& scope, Diagnostics& diagnostics) {
  if (!is_expression(text, diagnostics)) return std::nullopt;
  return compile(parse_select_list(text.text), text, scope, diagnostics);
}

std::optional<Program> compile_condition(const Node& text, Scope& scope, Diagnostics& diagnostics) {
  auto program = compile_expression(text, scope, diagnostics);
  if (!program) return std::nullopt;
  const Type& type = program->fields()[0].type;
  if (type.is(TypeKind::kBool) || type.is(TypeKind::kNull)) return program;
  diagnostics.error(text.whole(), fmt::format("this must be true or false, and it is {}", type.text()),
                    "compare it with something");
  return std::nullopt;
}

}  // namespace millrace
