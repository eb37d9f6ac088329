#pragma once

#include <cstdint>
#include <string_view>

namespace millrace {

// CRC-32C (Castagnoli), as Kafka, iSCSI and ext4 use it; by the processor's own instruction where it has one.
// crc32c(b, crc32c(a)) is that of a followed by b.
uint32_t crc32c(std::string_view bytes, uint32_t before = 0);

// The same without the instruction: what other processors do.
uint32_t crc32c_portable(std::string_view bytes, uint32_t before = 0);

}  // namespace millrace
