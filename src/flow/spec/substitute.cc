#include "flow/spec/substitute.h"

#include <cstdlib>
#include <fstream>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/spelling.h"
#include "flow/run_times.h"

namespace millrace {
namespace {

constexpr size_t kSecretBytesMax = 64 * 1024;
constexpr std::string_view kForms =
    "there are ${param:name}, ${env:NAME}, ${env:NAME:default}, ${secret:env:NAME}, "
    "${secret:file:/path}, ${run.start} and ${run.end}; $${ stands for ${ itself";

// Builds a new text out of pieces of an old one, keeping where each piece stands in the file.
class Splice {
 public:
  explicit Splice(const Node& old) : old_(old) {}

  void keep(size_t begin, size_t end) {
    if (begin == end) return;
    add_run(begin, text.size());
    for (const TextRun& run : old_.runs) {
      if (run.begin > begin && run.begin < end) add_run(run.begin, text.size() + run.begin - begin);
    }
    text.append(old_.text, begin, end - begin);
  }
  void put(std::string_view value, Place place, std::optional<PutIn::What> what) {
    runs.push_back({text.size(), place.line, place.column, place.length});
    if (what) put_in.push_back({*what, text.size(), text.size() + value.size()});
    text += value;
  }

  std::string text;
  std::vector<TextRun> runs;
  std::vector<PutIn> put_in;

 private:
  void add_run(size_t old_begin, size_t new_begin) {
    const Place place = old_.place_of(old_begin, old_begin + 1);
    runs.push_back({new_begin, place.line, place.column, 0});
  }

  const Node& old_;
};

}  // namespace

void Substitution::declare(const Node* params, Diagnostics& diagnostics) {
  params_open_ = false;
  if (params != nullptr && !params->is_map() && !params->is_null()) {
    diagnostics.error(params->place, "params is a map", "for example params: { results: 100 }");
  } else if (params != nullptr) {
    for (const auto& [key, value] : params->entries) {
      Param param{.key = key, .value = value};
      const auto given = given_.find(key.text);
      if (given != given_.end()) {
        param.value = {.kind = Node::Kind::kScalar, .place = key.place, .text = given->second, .quoted = true};
      } else if (value.is_null()) {
        diagnostics.error(key.place, fmt::format("param '{}' has no value", key.text),
                          fmt::format("give it one with --param {}=...", key.text));
      } else if (!value.is_scalar()) {
        diagnostics.error(value.place, fmt::format("param '{}' is one value", key.text),
                          "write a number, a word or a text in quotes");
      } else {
        apply_text(param.value, diagnostics);
      }
      params_.insert_or_assign(key.text, std::move(param));
    }
  }
  for (const auto& [name, value] : given_) {
    if (params_.contains(name)) continue;
    std::vector<std::string> names;
    for (const auto& [declared, param] : params_) names.push_back(declared);
    const auto near = nearest_spelling(name, names);
    diagnostics.error({}, fmt::format("--param {}: the file has no param of that name", name),
                      near ? fmt::format("did you mean '{}'?", *near) : "it must be declared under `params:`");
  }
  params_open_ = true;
}

void Substitution::apply(Node& node, Diagnostics& diagnostics) {
  if (node.is_scalar()) return apply_text(node, diagnostics);
  for (Node& item : node.items) apply(item, diagnostics);
  for (auto& [key, value] : node.entries) apply(value, diagnostics);
}

void Substitution::apply_text(Node& node, Diagnostics& diagnostics) {
  if (node.text.find("${") == std::string::npos) return;
  Splice out(node);
  size_t done = 0;
  for (size_t at = node.text.find("${"); at != std::string::npos; at = node.text.find("${", done)) {
    if (at > done && node.text[at - 1] == '$') {
      out.keep(done, at - 1);
      out.keep(at, at + 2);
      done = at + 2;
      continue;
    }
    const size_t close = node.text.find('}', at);
    if (close == std::string::npos) {
      diagnostics.error(node.place_of(at, at + 2), "this ${ has no }", std::string(kForms));
      break;
    }
    out.keep(done, at);
    const Place place = node.place_of(at, close + 1);
    const std::string_view name = std::string_view(node.text).substr(at + 2, close - at - 2);
    if (const auto value = look_up(name, place, diagnostics)) {
      out.put(value->text, place, value->secret ? PutIn::What::kSecret : value->mark);
      node.secret = node.secret || value->secret;
    }
    done = close + 1;
  }
  out.keep(done, node.text.size());
  node.text = std::move(out.text);
  node.runs = std::move(out.runs);
  node.put_in = std::move(out.put_in);
}

std::optional<Substitution::Value> Substitution::look_up(std::string_view name, Place place, Diagnostics& diagnostics) {
  if (name == "run.start") return Value{instant_text(run_start_us_), false, PutIn::What::kRunStart};
  if (name == "run.end") return Value{instant_text(run_start_us_), false, PutIn::What::kRunEnd};
  if (name.starts_with("param:")) return param(name.substr(6), place, diagnostics);
  if (name.starts_with("env:")) return environment(name.substr(4), place, diagnostics);
  if (name.starts_with("secret:")) return secret(name.substr(7), place, diagnostics);
  diagnostics.error(place, fmt::format("there is no ${{{}}}", name), std::string(kForms));
  return std::nullopt;
}

std::optional<Substitution::Value> Substitution::param(std::string_view name, Place place, Diagnostics& diagnostics) {
  const auto found = params_.find(name);
  if (!params_open_) {
    diagnostics.error(place, "a param cannot be made of other params",
                      "write its value out, or put both together where they are used");
    return std::nullopt;
  }
  if (found == params_.end()) {
    std::vector<std::string> names;
    for (const auto& [declared, param] : params_) names.push_back(declared);
    const auto near = nearest_spelling(name, names);
    diagnostics.error(
        place, fmt::format("there is no param '{}'", name),
        near ? fmt::format("did you mean '{}'?", *near) : fmt::format("declare it: params: {{ {}: ... }}", name));
    return std::nullopt;
  }
  found->second.used = true;
  return Value{found->second.value.text, found->second.value.secret};
}

std::optional<Substitution::Value> Substitution::environment(std::string_view rest, Place place,
                                                             Diagnostics& diagnostics) {
  const size_t colon = rest.find(':');
  const std::string name(rest.substr(0, colon));
  if (const char* value = std::getenv(name.c_str()); value != nullptr) return Value{value};
  if (colon != std::string_view::npos) return Value{std::string(rest.substr(colon + 1))};
  diagnostics.error(place, fmt::format("the environment has no {}", name),
                    fmt::format("set it, or write a default: ${{env:{}:...}}", name));
  return std::nullopt;
}

std::optional<Substitution::Value> Substitution::secret(std::string_view rest, Place place, Diagnostics& diagnostics) {
  if (rest.starts_with("env:")) {
    const std::string name(rest.substr(4));
    if (const char* value = std::getenv(name.c_str()); value != nullptr) return Value{value, true};
    diagnostics.error(place, fmt::format("the environment has no {}", name), "set it to the secret");
    return std::nullopt;
  }
  if (!rest.starts_with("file:")) {
    diagnostics.error(place, "a secret comes from the environment or from a file",
                      "write ${secret:env:NAME} or ${secret:file:/path}");
    return std::nullopt;
  }
  std::string path(rest.substr(5));
  if (!path.starts_with('/') && !directory_.empty()) path = directory_ + "/" + path;
  std::ifstream in(path, std::ios::binary);
  std::string text(kSecretBytesMax, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(in.gcount()));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  if (!text.empty()) return Value{std::move(text), true};
  diagnostics.error(place, fmt::format("there is no secret in the file {}", rest.substr(5)),
                    "it must exist, be readable and not be empty");
  return std::nullopt;
}

void Substitution::warn_of_unused(Diagnostics& diagnostics) const {
  for (const auto& [name, param] : params_) {
    if (!param.used) {
      diagnostics.warning(param.key.place, fmt::format("nothing uses the param '{}'", name),
                          fmt::format("write ${{param:{}}} where it is meant", name));
    }
  }
}

}  // namespace millrace
