#include <cstring>
#include <utility>

#include "data/formats/framing.h"

namespace millrace {
namespace {

// The records of `more` behind those of `all`.
void append(Origin& all, Origin more) {
  const size_t at = all.bytes.size();
  const auto records = static_cast<uint32_t>(all.records());
  all.bytes.reserve(at + more.bytes.size());
  if (more.bytes.size() > 0) std::memcpy(all.bytes.bytes() + at, more.bytes.bytes(), more.bytes.size());
  all.bytes.set_size(at + more.bytes.size());
  std::memset(all.bytes.bytes() + all.bytes.size(), 0, kBufferSlack);
  for (size_t i = 0; i < more.records(); ++i) {
    all.begin.push_back(static_cast<uint32_t>(at) + more.begin[i]);
    all.end.push_back(static_cast<uint32_t>(at) + more.end[i]);
    all.line.push_back(more.line[i]);
    all.offset.push_back(more.offset[i]);
  }
  for (Origin::Damage& damage : more.damaged) {
    damage.record += records;
    all.damaged.push_back(std::move(damage));
  }
}

}  // namespace

Result<std::shared_ptr<Origin>> cut_all(Framing& framing, size_t record_bytes_max) {
  auto all = std::make_shared<Origin>();
  while (true) {
    Origin more;
    TRY(any, framing.cut(more));
    if (!any) return all;
    split_lines(more, record_bytes_max);
    if (all->records() == 0 && all->header == nullptr) {
      *all = std::move(more);
    } else {
      append(*all, std::move(more));
    }
  }
}

}  // namespace millrace
