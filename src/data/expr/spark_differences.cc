#include "data/expr/spark_differences.h"

#include <array>

namespace millrace {
namespace {

using View = std::string_view;

constexpr std::array kRegex = {View("rlike('aXb', 'a(?=X)')"), View("rlike('aa', '(a)\\\\1')"),
                               View("rlike('a', 'a++')")};

constexpr std::array kWords = {View("cast('now' as timestamp) IS NOT NULL")};

constexpr std::array kIntervals = {
    View("cast(make_dt_interval(1, 2, 3, 4.5) as string)"), View("cast(make_ym_interval(1, 2) as string)"),
    View("DATE '2024-01-01' + make_interval(0, 0, 0, 1, 1)"), View("DATE '2024-01-01' + make_dt_interval(1)")};

constexpr std::array kWithoutZone = {
    View("convert_timezone('Europe/Berlin', 'UTC', TIMESTAMP_NTZ '2024-07-01 00:00:00') IS NOT NULL")};

constexpr std::array kInvalidText = {View("hex(cast(X'ff41' as string))")};

constexpr std::array kNumberPatterns = {View("format_number(0.256, '0%')"), View("format_number(12345, '0.###E0')"),
                                        View("format_number(-5, '0;(0)')"), View("format_number(1234.5, 'abc')")};

constexpr std::array kFormats = {View("format_string('%a', 1.0D)"), View("format_string('%h', 'a')"),
                                 View("format_string('%tY', 0L)"), View("format_string('%s', array(1))")};

constexpr std::array kHalfCharacters = {View("format_string('%.3s', 'aé😀b')")};

constexpr std::array kTryForms = {View("try_make_timestamp(2024, 1, 1, 0, 0, 0, 'xx')"),
                                  View("try_to_number('', '999')"), View("try_to_number(s, '99,999') | s string = ''")};

constexpr std::array kJsonTypes = {View("from_json('{\"b\":\"YWJj\"}', 'b BINARY')"),
                                   View("from_json('{\"a\":1}', 'a FLOAT')"),
                                   View("from_json('{\"a\":1}', 'a SMALLINT')")};

constexpr std::array kStructKeys = {View("to_json(map(named_struct('a', 1), 'a'))")};

constexpr std::array kNoOptions = {
    View("to_json(named_struct('a', NULL), map('ignoreNullFields', 'false'))"),
    View("to_json(named_struct('t', DATE '2024-02-10'), map('dateFormat', 'dd/MM/yyyy'))"),
    View("to_json(named_struct('t', TIMESTAMP '2024-02-10 12:34:56.789'), "
         "map('timestampFormat', 'dd/MM/yyyy HH:mm'))")};

constexpr std::array kDifferences = {
    SparkDifference{"Regular expressions are RE2's: there is no looking around, no reference back and no possessive "
                    "repetition; a pattern with one is refused when it is checked.",
                    kRegex},
    SparkDifference{
        "The words now, today, yesterday and tomorrow are no dates, since a replay must compute the same row; "
        "use current_date().",
        kWords},
    SparkDifference{"There is no timestamp without time zone: timestamps are instants, and convert_timezone gives one.",
                    kWithoutZone},
    SparkDifference{
        "Text is always valid UTF-8: bytes that are not become U+FFFD when they are cast to string, where Spark "
        "keeps them and shows U+FFFD.",
        kInvalidText},
    SparkDifference{
        "A pattern of format_number may have #, 0, commas, a point, and text around them; one with %, E, ; or "
        "quotes is refused when it is checked.",
        kNumberPatterns},
    SparkDifference{"Formats have no %a, %h and %t, and %s takes no arrays, maps, structs and bytes; use hex, hash, "
                    "date_format and to_json.",
                    kFormats},
    SparkDifference{
        "Where a format cuts a text inside a character of two UTF-16 units, the character goes; Java leaves half "
        "of it.",
        kHalfCharacters},
    SparkDifference{
        "A try_ function gives null whatever is wrong; Spark raises where an empty text is read as a number, or "
        "where there is no such time zone.",
        kTryForms},
    SparkDifference{
        "There is one type of interval: it is cast to string as its parts, and a date stays a date when it is "
        "only days later.",
        kIntervals},
    SparkDifference{
        "There are no types of 8 and 16 bits and no float, and from_json reads no bytes: use int, double, and "
        "unbase64 of a string.",
        kJsonTypes},
    SparkDifference{"to_json takes no options; write the fields as they shall be.", kNoOptions},
    SparkDifference{
        "A struct that is the key of a map becomes a name in JSON as CAST writes it, {1}, not as Java does, [1].",
        kStructKeys},
};

constexpr std::array kAbsent = {
    AbsentFunctions{"rand randn random randstr uniform monotonically_increasing_id spark_partition_id",
                    "A replay must compute the same row; uuid() and shuffle() draw from the record's place."},
    AbsentFunctions{"make_timestamp_ntz try_make_timestamp_ntz to_timestamp_ntz localtimestamp",
                    "There is no timestamp without time zone."},
    AbsentFunctions{"tinyint smallint float bit_get getbit", "There are no types of 8 and 16 bits and no float."},
    AbsentFunctions{"from_csv to_csv schema_of_csv from_xml to_xml schema_of_xml xpath xpath_boolean xpath_double "
                    "xpath_float xpath_int xpath_long xpath_number xpath_short xpath_string from_avro to_avro "
                    "schema_of_avro from_protobuf to_protobuf",
                    "Formats are read and written by sources and sinks; within a record there is JSON."},
    AbsentFunctions{"parse_json try_parse_json variant_get try_variant_get is_variant_null schema_of_variant "
                    "to_variant_object",
                    "There is no variant type; use from_json and get_json_object."},
    AbsentFunctions{"aes_encrypt aes_decrypt try_aes_decrypt", "Keys do not belong into expressions."},
    AbsentFunctions{"java_method reflect try_reflect", "There is no Java."},
    AbsentFunctions{"current_catalog current_database current_schema current_user session_user user version "
                    "input_file_name input_file_block_start input_file_block_length",
                    "They are about Spark's own session; where a record came from is in _meta."},
    AbsentFunctions{"explode explode_outer posexplode posexplode_outer inline inline_outer stack json_tuple "
                    "variant_explode variant_explode_outer",
                    "An expression gives one value per record; the step explode makes records of elements."},
    AbsentFunctions{"bitmap_bit_position bitmap_bucket_number bitmap_count hll_sketch_estimate hll_union collate "
                    "collation sentences",
                    "They serve aggregates, collations and word lists, which are not here."},
};

}  // namespace

std::span<const SparkDifference> spark_differences() { return kDifferences; }
std::span<const AbsentFunctions> absent_functions() { return kAbsent; }

}  // namespace millrace
