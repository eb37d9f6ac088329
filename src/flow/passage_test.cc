#include "flow/passage.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(Ledger, IsWrittenAsTheSumThatItIs) {
  EXPECT_EQ(Ledger{}.text(), "read 0 = written 0");
  const Ledger ledger{.read = 10,
                      .made = 2,
                      .written = 6,
                      .filtered = 1,
                      .dropped = 1,
                      .duplicate = 1,
                      .quarantined = 1,
                      .held = 1,
                      .in_flight = 1};
  EXPECT_TRUE(ledger.balances());
  EXPECT_EQ(
      ledger.text(),
      "read 10 + made 2 = written 6 + filtered 1 + dropped 1 + duplicate 1 + quarantined 1 + held 1 + in flight 1");
}

TEST(Ledger, BalancesOnlyWhenEveryRecordIsSomewhere) {
  Ledger ledger{.read = 2, .written = 1};
  EXPECT_FALSE(ledger.balances());
  ledger += {.quarantined = 1};
  EXPECT_TRUE(ledger.balances());
}

}  // namespace
}  // namespace millrace
