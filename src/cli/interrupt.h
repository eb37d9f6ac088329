#pragma once

#include <atomic>

namespace millrace {

// From here on Ctrl-C and a polite kill set this; the second time they end the process at once.
const std::atomic<bool>& catch_interrupts();

}  // namespace millrace
