import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntUnaryOperator;
import java.util.stream.Collectors;

// Writes src/data/unicode_tables.inc: characters as Java 17 knows them (Unicode 13), since that is what Spark computes with.
// Run by scripts/unicode_tables.sh.
public class UnicodeTables {
  static final int END = Character.MAX_CODE_POINT + 1;

  static String list(String type, String name, List<String> items) {
    StringBuilder out = new StringBuilder("constexpr " + type + " " + name + "[] = {\n");
    StringBuilder line = new StringBuilder(" ");
    for (String item : items) {
      if (line.length() + item.length() + 2 > 120) {
        out.append(line).append('\n');
        line = new StringBuilder(" ");
      }
      line.append(' ').append(item).append(',');
    }
    return out.append(line).append("\n};\n").toString();
  }

  // start << 11 | flags << 5 | category; a row holds until the next one's start.
  static String properties() {
    List<String> items = new ArrayList<>();
    int before = -1;
    for (int c = 0; c < END; c++) {
      int now = Character.getType(c)
          | (Character.isAlphabetic(c) ? 1 << 5 : 0) | (Character.isLowerCase(c) ? 1 << 6 : 0)
          | (Character.isUpperCase(c) ? 1 << 7 : 0) | (Character.isIdeographic(c) ? 1 << 8 : 0)
          | (Character.isMirrored(c) ? 1 << 9 : 0);
      if (now != before) items.add(String.format("0x%x", (long) c << 11 | now));
      before = now;
    }
    return list("uint32_t", "kProperties", items);
  }

  static String scripts() {
    Map<String, Integer> ids = new TreeMap<>();
    for (Character.UnicodeScript s : Character.UnicodeScript.values()) ids.put(s.name(), 0);
    int id = 0;
    for (String name : ids.keySet()) ids.put(name, id++);
    List<String> items = new ArrayList<>();
    int before = -1;
    for (int c = 0; c < END; c++) {
      int now = ids.get(Character.UnicodeScript.of(c).name());
      if (now != before) items.add(String.format("0x%x", (long) c << 8 | now));
      before = now;
    }
    return list("uint32_t", "kScripts", items)
        + list("std::string_view", "kScriptNames", ids.keySet().stream().map(n -> '"' + n + '"').collect(Collectors.toList()));
  }

  // {first, last, step, delta}: every step-th character from first to last maps to itself + delta.
  static String mapping(String name, IntUnaryOperator map) {
    List<int[]> rows = new ArrayList<>();
    for (int c = 0; c < END; c++) {
      int delta = map.applyAsInt(c) - c;
      if (delta == 0) continue;
      int[] last = rows.isEmpty() ? null : rows.get(rows.size() - 1);
      if (last != null && last[3] == delta && (c - last[1] == last[2] || (last[0] == last[1] && c - last[1] <= 2))) {
        last[2] = c - last[1];
        last[1] = c;
      } else {
        rows.add(new int[] {c, c, 1, delta});
      }
    }
    return list("CaseRange", name, rows.stream()
        .map(r -> String.format("{0x%x, 0x%x, %d, %d}", r[0], r[1], r[2], r[3])).collect(Collectors.toList()));
  }

  static String specials() {
    List<String> items = new ArrayList<>();
    for (int c = 0; c < END; c++) {
      if (c >= 0xd800 && c < 0xe000) continue;
      String upper = Character.toString(c).toUpperCase(Locale.ROOT);
      if (upper.codePointCount(0, upper.length()) == 1) continue;
      int[] all = upper.codePoints().toArray();
      items.add(String.format("{0x%x, {0x%x, 0x%x, 0x%x}}", c, all[0], all[1], all.length > 2 ? all[2] : 0));
    }
    return list("SpecialUpper", "kSpecialUppers", items);
  }

  public static void main(String[] args) {
    System.out.print("// Written by scripts/UnicodeTables.java; not to be edited.\n"
        + properties() + scripts() + mapping("kUppers", Character::toUpperCase) + mapping("kLowers", Character::toLowerCase)
        + mapping("kTitles", Character::toTitleCase) + specials());
  }
}
