#pragma once

namespace millrace {

// 128-bit integers are a compiler extension; named once, here.
__extension__ using Int128 = __int128;
__extension__ using UInt128 = unsigned __int128;

}  // namespace millrace
