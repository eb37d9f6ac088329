#include "cli/junit.h"

#include <gtest/gtest.h>

namespace millrace {
namespace {

TEST(Junit, CountsFailuresAndEscapesWhatXmlForbids) {
  EXPECT_EQ(junit_xml("a&b", {{"good", "f.yaml:1", 0.25, ""}, {"<bad>", "f.yaml:2", 0.5, "- \"x\"\n+ \x01"}}),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<testsuite name=\"a&amp;b\" tests=\"2\" failures=\"1\" time=\"0.750\">\n"
            "  <testcase classname=\"f.yaml:1\" name=\"good\" time=\"0.250\"/>\n"
            "  <testcase classname=\"f.yaml:2\" name=\"&lt;bad&gt;\" time=\"0.500\">"
            "<failure message=\"not as expected\">- &quot;x&quot;&#10;+ ?</failure></testcase>\n"
            "</testsuite>\n");
}

}  // namespace
}  // namespace millrace
