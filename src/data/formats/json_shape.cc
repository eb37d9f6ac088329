#include "data/formats/json_shape.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "data/formats/json_text.h"

namespace millrace {
namespace {

using Kind = JsonValue::Kind;

constexpr size_t kBlock = 16;  // tokens are compared in blocks of so many
constexpr char kYes = '\xFF';

constexpr uint32_t kPatienceMax = 4096;

// The first byte of each token; four at a time, for it is the longest loop of all.
void gather_first(const JsonTokens& tokens, char* to) {
  const size_t count = tokens.positions.size();
  size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    to[i] = tokens.at(i);
    to[i + 1] = tokens.at(i + 1);
    to[i + 2] = tokens.at(i + 2);
    to[i + 3] = tokens.at(i + 3);
  }
  for (; i < count; ++i) to[i] = tokens.at(i);
}

// Whether the first bytes of a block of tokens are as expected where they are fixed. Gives one bit per scalar among
// them that is no string.
std::optional<uint32_t> compare(const char* found, const char* expected, const char* fixed, const char* scalar) {
#ifdef __SSE2__
  const auto load = [](const char* at) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at)); };
  const __m128i there = load(found);
  const __m128i same = _mm_cmpeq_epi8(there, load(expected));
  if (_mm_movemask_epi8(_mm_andnot_si128(same, load(fixed))) != 0) return std::nullopt;
  const __m128i strings = _mm_cmpeq_epi8(there, _mm_set1_epi8('"'));
  return static_cast<uint32_t>(_mm_movemask_epi8(_mm_andnot_si128(strings, load(scalar))));
#else
  uint32_t odd = 0;
  for (size_t i = 0; i < kBlock; ++i) {
    if (found[i] != expected[i] && fixed[i] != 0) return std::nullopt;
    if (found[i] != '"' && scalar[i] != 0) odd |= uint32_t{1} << i;
  }
  return odd;
#endif
}

// Every backslash is inside a string, and belongs to an escape that JSON knows.
bool escapes_are_well(const JsonTokens& tokens) {
  const auto begin = tokens.positions.begin();
  size_t at = 0;
  while ((at = tokens.document.find('\\', at)) != std::string_view::npos) {
    const auto next = std::upper_bound(begin, tokens.positions.end(), at);
    if (next == begin) return false;
    const auto token = static_cast<size_t>(next - begin) - 1;
    const size_t open = tokens.positions[token];
    const size_t end = tokens.end(token);
    if (tokens.document[open] != '"' || end < open + 2) return false;
    if (check_json_escapes(tokens.document.substr(open + 1, end - open - 2)) != nullptr) return false;
    at = end;
  }
  return true;
}

}  // namespace

class JsonShape::Learner {
 public:
  Learner(JsonShape& shape, const JsonTokens& tokens, const JsonPlan& plan)
      : shape_(shape), tokens_(tokens), plan_(plan) {}

  // On '{'; leaves behind '}'. False: there is no shape of use.
  bool object(int wanted_object) {
    std::vector<bool> seen(wanted_object < 0 ? 0 : plan_[static_cast<size_t>(wanted_object)].size(), false);
    for (++at_; tokens_.at(at_) != '}'; at_ += tokens_.at(at_) == ',' ? 1 : 0) {
      const JsonWanted* wanted = nullptr;
      if (wanted_object >= 0) {
        const auto& members = plan_[static_cast<size_t>(wanted_object)];
        const size_t begin = tokens_.positions[at_] + 1;
        const std::string_view key = tokens_.document.substr(begin, tokens_.end(at_) - 1 - begin);
        if (key.find('\\') != std::string_view::npos) return false;
        shape_.keys_.push_back({JsonKey(key), static_cast<uint32_t>(at_)});
        for (size_t i = 0; i < members.size(); ++i) {
          if (members[i].key != key) continue;
          if (seen[i]) return false;
          seen[i] = true;
          wanted = &members[i];
        }
      }
      at_ += 2;
      if (!value(wanted)) return false;
    }
    ++at_;
    return true;
  }

 private:
  bool value(const JsonWanted* wanted) {
    const auto begin = static_cast<uint32_t>(at_);
    const char first = tokens_.at(at_);
    Kind kind = Kind::kMissing;
    if (first == '{') {
      kind = Kind::kObject;
      if (!object(wanted == nullptr ? -1 : wanted->inner)) return false;
    } else if (first == '[') {
      kind = Kind::kArray;
      for (++at_; tokens_.at(at_) != ']'; at_ += tokens_.at(at_) == ',' ? 1 : 0) {
        if (!value(nullptr)) return false;
      }
      ++at_;
    } else {
      shape_.fixed_[at_] = 0;
      shape_.scalar_[at_] = kYes;
      ++at_;
      if (wanted != nullptr && wanted->inner >= 0) shape_.nulls_.push_back(begin);
    }
    if (wanted != nullptr && wanted->leaf >= 0) {
      shape_.leaves_.push_back({begin, static_cast<uint32_t>(at_ - 1), static_cast<uint32_t>(wanted->leaf), kind});
    }
    return true;
  }

  JsonShape& shape_;
  const JsonTokens& tokens_;
  const JsonPlan& plan_;
  size_t at_ = 0;
};

JsonShape::JsonShape(const JsonTokens& tokens, const JsonPlan& plan) {
  const size_t count = tokens.positions.size();
  if (count > kShapeTokensMax) return;
  const size_t whole_blocks = (count + kBlock - 1) / kBlock * kBlock;
  for (std::vector<char>* bytes : {&first_, &fixed_, &scalar_}) bytes->assign(whole_blocks, 0);
  for (size_t i = 0; i < count; ++i) first_[i] = tokens.at(i);
  std::fill_n(fixed_.begin(), count, kYes);
  if (Learner(*this, tokens, plan).object(0)) token_count_ = count;
}

inline bool JsonShape::read_leaf(const JsonTokens& tokens, const Leaf& leaf, JsonValue& found) {
  const uint32_t begin = tokens.positions[leaf.token];
  if (leaf.kind != Kind::kMissing) {
    found = {.kind = leaf.kind, .begin = begin, .end = tokens.positions[leaf.last_token] + 1, .index = leaf.token};
    return true;
  }
  const auto end = static_cast<uint32_t>(tokens.end(leaf.token));
  const char first = tokens.document[begin];
  if (first == '"') [[likely]] {
    if (end < begin + 2 || tokens.document[end - 1] != '"') return false;
    const bool escaped =
        tokens.has_escapes && std::memchr(tokens.document.data() + begin, '\\', end - begin) != nullptr;
    found = {.kind = Kind::kString, .escaped = escaped, .begin = begin + 1, .end = end - 1};
    return true;
  }
  const Kind kind = first == 'n'   ? Kind::kNull
                    : first == 't' ? Kind::kTrue
                    : first == 'f' ? Kind::kFalse
                                   : Kind::kNumber;
  found = {.kind = kind, .begin = begin, .end = end};
  return true;
}

bool JsonShape::read(const JsonTokens& tokens, std::span<JsonValue> values) const {
  if (tokens.positions.size() != token_count_ || token_count_ == 0) return false;
  std::array<char, kShapeTokensMax> first;
  std::memset(first.data() + first_.size() - kBlock, 0, kBlock);
  gather_first(tokens, first.data());
  for (size_t block = 0; block < first_.size(); block += kBlock) {
    const auto odd =
        compare(first.data() + block, first_.data() + block, fixed_.data() + block, scalar_.data() + block);
    if (!odd) return false;
    for (uint32_t rest = *odd; rest != 0; rest &= rest - 1) {
      const size_t token = block + static_cast<size_t>(__builtin_ctz(rest));
      const size_t begin = tokens.positions[token];
      if (json_scalar_kind(tokens.document.substr(begin, tokens.end(token) - begin)) == Kind::kMissing) return false;
    }
  }
  for (const Key& key : keys_) {
    if (!key.key.stands_at(tokens.document, tokens.positions[key.token] + 1)) return false;
  }
  for (const uint32_t token : nulls_) {
    if (first[token] != 'n') return false;
  }
  if (tokens.has_escapes && !escapes_are_well(tokens)) return false;
  for (const Leaf& leaf : leaves_) {
    if (!read_leaf(tokens, leaf, values[leaf.leaf])) return false;
  }
  return true;
}

bool JsonShapes::read(const JsonTokens& tokens, std::span<JsonValue> values) {
  Known& known = of(tokens);
  if (!known.shape.read(tokens, values)) return false;
  ++known.hits;
  return true;
}

void JsonShapes::learn(const JsonTokens& tokens, const JsonPlan& plan) {
  Known& known = of(tokens);
  if (++known.misses < known.patience) return;
  const uint32_t patience = known.hits > known.misses ? 1 : std::min(2 * known.patience, kPatienceMax);
  known = {.shape = JsonShape(tokens, plan), .patience = patience};
}

}  // namespace millrace
