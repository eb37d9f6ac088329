#include <gtest/gtest.h>

#include "data/expr/functions/function_testing.h"

namespace millrace {
namespace {

using namespace testing_functions;

std::string run(std::string_view name, const std::vector<Column>& args) {
  const Function* function = find_in({string_functions(), string_search_functions()}, name);
  const std::string folded = call(function, args);
  EXPECT_EQ(call(function, args, true), folded) << "constants and columns differ";
  return folded;
}

TEST(StringFunctions, CaseIsUnicodes) {
  EXPECT_EQ(run("upper", {text("Straße ﬁn é ж")}), "STRASSE FIN É Ж");
  EXPECT_EQ(run("lower", {text("ΟΔΟΣ ΣΑ İX")}), "οδος σα i̇x");
  EXPECT_EQ(run("upper", {text("abc xyz{`@[")}), "ABC XYZ{`@[");
  EXPECT_EQ(run("lower", {text("ABC XYZ{`@[")}), "abc xyz{`@[");
  EXPECT_EQ(run("initcap", {text("sPark-sql éA\tb")}), "Spark-sql Éa\tb");
  EXPECT_EQ(run("upper", {null_of(TypeKind::kString)}), "NULL");
}

TEST(StringFunctions, LengthsCountCharactersOrBytes) {
  EXPECT_EQ(run("length", {text("née😀")}), "4");
  EXPECT_EQ(run("length", {binary("n\xc3\xa9")}), "3");
  EXPECT_EQ(run("octet_length", {text("née😀")}), "8");
  EXPECT_EQ(run("bit_length", {text("é")}), "16");
}

TEST(StringFunctions, TrimTakesWholeCharacters) {
  EXPECT_EQ(run("trim", {text("  a \t")}), "a \t");
  EXPECT_EQ(run("trim", {text("é"), text("éaèé")}), "aè");
  EXPECT_EQ(run("ltrim", {text("ab"), text("babcab")}), "cab");
  EXPECT_EQ(run("rtrim", {text("ab"), text("babcab")}), "babc");
  EXPECT_EQ(run("btrim", {text("xxaxx"), text("x")}), "a");
  EXPECT_EQ(run("trim", {text("    ")}), "");
}

TEST(StringFunctions, SubstringCountsFromOneOrFromTheEnd) {
  EXPECT_EQ(run("substring", {text("née😀x"), integer(2), integer(3)}), "ée😀");
  EXPECT_EQ(run("substring", {text("abc"), integer(0), integer(2)}), "ab");
  EXPECT_EQ(run("substring", {text("abc"), integer(-5), integer(3)}), "a");
  EXPECT_EQ(run("substring", {text("abc"), integer(-2)}), "bc");
  EXPECT_EQ(run("substring", {text("abc"), integer(2), integer(-1)}), "");
  EXPECT_EQ(run("substring", {text("abc"), integer(2), integer(INT32_MAX)}), "bc");
  EXPECT_EQ(run("substring", {text("abc"), integer(9), integer(1)}), "");
  EXPECT_EQ(run("left", {text("née"), integer(2)}), "né");
  EXPECT_EQ(run("left", {text("née"), integer(-1)}), "");
  EXPECT_EQ(run("right", {text("née"), integer(2)}), "ée");
  EXPECT_EQ(run("right", {text("née"), integer(9)}), "née");
  EXPECT_EQ(run("right", {text("née"), integer(0)}), "");
}

TEST(StringFunctions, SubstringIndexCountsDelimitersFromEitherSide) {
  EXPECT_EQ(run("substring_index", {text("a.b.c"), text("."), integer(1)}), "a");
  EXPECT_EQ(run("substring_index", {text("a.b.c"), text("."), integer(3)}), "a.b.c");
  EXPECT_EQ(run("substring_index", {text("a.b.c"), text("."), integer(-1)}), "c");
  EXPECT_EQ(run("substring_index", {text("a.b.c"), text("."), integer(-2)}), "b.c");
  EXPECT_EQ(run("substring_index", {text("a.b.c"), text("."), integer(-3)}), "a.b.c");
  EXPECT_EQ(run("substring_index", {text("a.b.c"), text("."), integer(0)}), "");
  EXPECT_EQ(run("substring_index", {text("a.b.c"), text(""), integer(1)}), "");
}

TEST(StringFunctions, ConcatIsNullWhereOneIsAndConcatWsSkipsNulls) {
  EXPECT_EQ(run("concat", {text("a"), text("é"), text("")}), "aé");
  EXPECT_EQ(run("concat", {text("a"), null_of(TypeKind::kString)}), "NULL");
  EXPECT_EQ(run("concat", {}), "");
  EXPECT_EQ(run("concat_ws", {text("-"), text("a"), null_of(TypeKind::kString), text("")}), "a-");
  EXPECT_EQ(run("concat_ws", {null_of(TypeKind::kString), text("a")}), "NULL");
  EXPECT_EQ(run("concat_ws", {text("-")}), "");
}

TEST(StringFunctions, PaddingFillsOrCuts) {
  EXPECT_EQ(run("lpad", {text("é"), integer(4), text("ab")}), "abaé");
  EXPECT_EQ(run("rpad", {text("é"), integer(4), text("ab")}), "éaba");
  EXPECT_EQ(run("rpad", {text("née"), integer(2)}), "né");
  EXPECT_EQ(run("lpad", {text("a"), integer(3), text("")}), "a");
  EXPECT_EQ(run("lpad", {text("a"), integer(-1)}), "");
  EXPECT_EQ(run("lpad", {text("a"), integer(INT32_MAX)}), "fault: the result would be longer than 64 MiB");
  EXPECT_EQ(run("repeat", {text("ab"), integer(2)}), "abab");
  EXPECT_EQ(run("repeat", {text("ab"), integer(-2)}), "");
  EXPECT_EQ(run("repeat", {text("ab"), integer(INT32_MAX)}), "fault: the result would be longer than 64 MiB");
}

TEST(StringFunctions, PartsAreReplaced) {
  EXPECT_EQ(run("replace", {text("aXbX"), text("X"), text("yy")}), "ayybyy");
  EXPECT_EQ(run("replace", {text("aXbX"), text("X")}), "ab");
  EXPECT_EQ(run("replace", {text("ab"), text(""), text("y")}), "ab");
  EXPECT_EQ(run("translate", {text("née"), text("éee"), text("ab")}), "nab");
  EXPECT_EQ(run("translate", {text("abc"), text("abc"), text("1")}), "1");
  EXPECT_EQ(run("overlay", {text("Spark SQL"), text("ANSI "), integer(7), integer(0)}), "Spark ANSI SQL");
  EXPECT_EQ(run("overlay", {text("Spark SQL"), text("tructured"), integer(2), integer(4)}), "Structured SQL");
}

TEST(StringFunctions, PlacesAreCountedInCharacters) {
  EXPECT_EQ(run("instr", {text("éab"), text("b")}), "3");
  EXPECT_EQ(run("instr", {text("éab"), text("")}), "1");
  EXPECT_EQ(run("locate", {text("b"), text("bab"), integer(2)}), "3");
  EXPECT_EQ(run("locate", {text("b"), text("bab"), integer(0)}), "0");
  EXPECT_EQ(run("position", {text("x"), text("bab")}), "0");
  EXPECT_EQ(run("find_in_set", {text("c"), text("a,b,c")}), "3");
  EXPECT_EQ(run("find_in_set", {text("a,b"), text("a,b,c")}), "0");
  EXPECT_EQ(run("find_in_set", {text(""), text("a,,c")}), "2");
}

TEST(StringFunctions, PartsAreNumberedFromEitherEnd) {
  EXPECT_EQ(run("split_part", {text("a.b.c"), text("."), integer(2)}), "b");
  EXPECT_EQ(run("split_part", {text("a.b.c"), text("."), integer(-1)}), "c");
  EXPECT_EQ(run("split_part", {text("a.b.c"), text("."), integer(4)}), "");
  EXPECT_EQ(run("split_part", {text("a.b.c"), text("."), integer(-4)}), "");
  EXPECT_EQ(run("split_part", {text("a.b.c"), text(""), integer(1)}), "a.b.c");
  EXPECT_EQ(run("split_part", {text("a"), text("."), integer(0)}), "fault: the part's number must not be 0");
}

TEST(StringFunctions, SingleCharacters) {
  EXPECT_EQ(run("ascii", {text("é")}), "233");
  EXPECT_EQ(run("ascii", {text("")}), "0");
  EXPECT_EQ(run("chr", {bigint(321)}), "A");
  EXPECT_EQ(run("chr", {bigint(233)}), "é");
  EXPECT_EQ(run("chr", {bigint(-1)}), "");
}

TEST(StringFunctions, WordsAreCompared) {
  EXPECT_EQ(run("levenshtein", {text("kitten"), text("sitting")}), "3");
  EXPECT_EQ(run("levenshtein", {text("kitten"), text("sitting"), integer(2)}), "-1");
  EXPECT_EQ(run("levenshtein", {text("né"), text("")}), "2");
  EXPECT_EQ(run("soundex", {text("Ashcraft")}), "A261");
  EXPECT_EQ(run("soundex", {text("Tymczak")}), "T522");
  EXPECT_EQ(run("soundex", {text("")}), "");
  EXPECT_EQ(run("soundex", {text("1a")}), "1a");
  EXPECT_EQ(run("luhn_check", {text("8112189876")}), "true");
  EXPECT_EQ(run("luhn_check", {text("79927398714")}), "false");
  EXPECT_EQ(run("luhn_check", {text("")}), "false");
  EXPECT_EQ(run("elt", {integer(2), text("a"), text("b")}), "b");
  EXPECT_EQ(run("elt", {integer(1), text("a"), null_of(TypeKind::kString)}), "a");
  EXPECT_EQ(run("elt", {integer(3), text("a"), text("b")}), "fault: there is no value number 3 among 2");
}

TEST(StringFunctions, RowsNotAskedForCostNothingAndKeepTheirPlace) {
  const Function* function = find_in({string_functions()}, "concat_ws");
  StringBuilder builder;
  for (const char* value : {"a", "b", "c", "d"}) builder.append(value);
  const std::vector<Column> columns = {repeat(text("-"), 4), builder.finish()};
  const std::vector<BindArg> args = {{.type = TypeKind::kString}, {.type = TypeKind::kString}};
  BindResult result = function->bind(args);
  const std::vector<uint32_t> wanted = {1, 3};
  const EvalContext context;
  const Column out = result.binding().kernel(Call(columns, Rows::some(4, wanted), context, nullptr));
  ASSERT_EQ(out.rows, 4U);
  EXPECT_EQ(out.string_at(1), "b");
  EXPECT_EQ(out.string_at(3), "d");
}

}  // namespace
}  // namespace millrace
