#include "data/formats/feed.h"

#include <algorithm>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace millrace {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

}  // namespace

Result<size_t> Feed::read(char* to, size_t bytes) {
  if (ended_) return size_t{0};
  TRY(got, stream_->read(to, bytes));
  ended_ = got == 0;
  return got;
}

Result<bool> Feed::fill(Buffer& buffer) {
  const size_t before = buffer.size();
  if (before == 0 && !rest_.empty()) {
    buffer.reserve(std::max(options_.piece_bytes, 2 * rest_.size()));
    std::memcpy(buffer.bytes(), rest_.data(), rest_.size());
    buffer.set_size(rest_.size());
    rest_.clear();
  }
  // A record over the limit is dropped, not gathered, so there is no need of more room than that.
  const size_t filled = buffer.size();
  const size_t wanted = std::max(options_.piece_bytes, filled + std::min(filled, options_.record_bytes_max) + 1);
  buffer.reserve(wanted);
  TRY(got, read(buffer.as<char>() + filled, wanted - filled));
  buffer.set_size(filled + got);
  if (!begun_) {
    while (buffer.size() < kByteOrderMark.size() && !ended_) {
      TRY(more, read(buffer.as<char>() + buffer.size(), buffer.capacity() - buffer.size()));
      buffer.set_size(buffer.size() + more);
    }
    begun_ = true;
    const std::string_view bytes(buffer.as<char>(), buffer.size());
    if (bytes.starts_with(kByteOrderMark)) {
      offset_ = kByteOrderMark.size();
      std::memmove(buffer.bytes(), buffer.bytes() + offset_, bytes.size() - offset_);
      buffer.set_size(bytes.size() - offset_);
    }
  }
  std::memset(buffer.bytes() + buffer.size(), 0, kBufferSlack);
  return buffer.size() > before || !ended_;
}

void Feed::finish(Buffer& buffer, size_t used) {
  const char* bytes = buffer.as<char>();
  rest_.assign(bytes + used, buffer.size() - used);
  offset_ += used;
  line_ += count_newlines(bytes, bytes + used);
  buffer.set_size(used);
  std::memset(buffer.bytes() + used, 0, kBufferSlack);
}

Result<uint64_t> Feed::drop_line() {
  uint64_t dropped = 0;
  while (true) {
    if (rest_.empty()) {
      rest_.resize(options_.piece_bytes);
      TRY(got, read(rest_.data(), rest_.size()));
      rest_.resize(got);
      if (got == 0) return dropped;
    }
    const size_t newline = rest_.find('\n');
    const size_t gone = newline == std::string::npos ? rest_.size() : newline + 1;
    offset_ += gone;
    rest_.erase(0, gone);
    if (newline == std::string::npos) {
      dropped += gone;
      continue;
    }
    ++line_;
    return dropped + newline;
  }
}

std::optional<std::string> Feed::take_cut_short() {
  if (!ended_ || told_) return std::nullopt;
  told_ = true;
  return stream_->cut_short();
}

size_t count_newlines(const char* begin, const char* end) {
  size_t count = 0;
#ifdef __SSE2__
  const __m128i newline = _mm_set1_epi8('\n');
  const auto is_newline = [&](const char* at) {
    return _mm_cmpeq_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(at)), newline);
  };
  constexpr std::ptrdiff_t kStep = 64;
  while (end - begin >= kStep) {
    // Bytes of 0 or -1 are added up for as long as a byte can hold them: four at a time, up to 252.
    __m128i sums = _mm_setzero_si128();
    const char* const stop = begin + std::min<std::ptrdiff_t>((end - begin) / kStep, 63) * kStep;
    for (; begin != stop; begin += kStep) {
      const __m128i low = _mm_add_epi8(is_newline(begin), is_newline(begin + 16));
      const __m128i high = _mm_add_epi8(is_newline(begin + 32), is_newline(begin + 48));
      sums = _mm_sub_epi8(sums, _mm_add_epi8(low, high));
    }
    const __m128i halves = _mm_sad_epu8(sums, _mm_setzero_si128());
    count += static_cast<size_t>(_mm_cvtsi128_si32(halves)) +
             static_cast<size_t>(_mm_cvtsi128_si32(_mm_unpackhi_epi64(halves, halves)));
  }
#endif
  return count + static_cast<size_t>(std::count(begin, end, '\n'));
}

void set_damaged(Origin& origin, const Feed& feed, std::string reason) {
  origin.begin = {0};
  origin.end = {static_cast<uint32_t>(origin.bytes.size())};
  origin.line = {feed.line()};
  origin.offset = {feed.offset()};
  origin.damaged = {{0, std::move(reason)}};
}

}  // namespace millrace
