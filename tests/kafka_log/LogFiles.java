import java.io.BufferedWriter;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.FileRecords;
import org.apache.kafka.common.record.MemoryRecords;
import org.apache.kafka.common.record.MemoryRecordsBuilder;
import org.apache.kafka.common.record.Record;
import org.apache.kafka.common.record.RecordBatch;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.utils.Utils;

/** Kafka's own classes on millrace's files, and the other way round. One record is one line of text. */
public class LogFiles {
  public static void main(String[] args) throws IOException {
    switch (args[0]) {
      case "read" -> read(Path.of(args[1]), Path.of(args[2]));
      case "write" -> write(args[1], Path.of(args[2]), Path.of(args[3]));
      case "partition" -> partition(Path.of(args[1]), Path.of(args[2]));
      default -> throw new IllegalArgumentException(args[0]);
    }
  }

  private static String text(byte[] bytes) {
    if (bytes == null) return "-";
    StringBuilder hex = new StringBuilder("x");
    for (byte b : bytes) hex.append(String.format("%02x", b));
    return hex.toString();
  }

  private static byte[] bytes(ByteBuffer buffer) {
    return buffer == null ? null : Utils.toArray(buffer);
  }

  private static void print(BufferedWriter out, Record record) throws IOException {
    out.write(record.offset() + " " + record.timestamp() + " " + text(bytes(record.key())) + " " + text(bytes(record.value())));
    for (Header header : record.headers()) {
      out.write(" " + text(header.key().getBytes(StandardCharsets.UTF_8)) + "=" + text(header.value()));
    }
    out.newLine();
  }

  /** Every record of a directory's segment files, in order; each batch's checksum is checked. */
  private static void read(Path directory, Path to) throws IOException {
    File[] segments = directory.toFile().listFiles((dir, name) -> name.endsWith(".log"));
    Arrays.sort(segments);
    try (BufferedWriter out = Files.newBufferedWriter(to)) {
      for (File segment : segments) {
        try (FileRecords records = FileRecords.open(segment, false)) {
          int bytes = 0;
          for (RecordBatch batch : records.batches()) {
            batch.ensureValid();
            bytes += batch.sizeInBytes();
            for (Record record : batch) {
              record.ensureValid();
              print(out, record);
            }
          }
          if (bytes != segment.length()) throw new IOException(segment + ": only " + bytes + " bytes are batches");
        }
      }
    }
  }

  /** Three batches as Kafka's producers make them, and the records that are in them. */
  private static void write(String compression, Path to, Path expected) throws IOException {
    Header[] headers = {new RecordHeader("source", "api".getBytes()), new RecordHeader("null", (byte[]) null)};
    try (var file = Files.newOutputStream(to); BufferedWriter out = Files.newBufferedWriter(expected)) {
      for (int number = 0; number < 3; ++number) {
        MemoryRecordsBuilder builder = MemoryRecords.builder(ByteBuffer.allocate(1024), Compression.of(compression).build(),
            TimestampType.CREATE_TIME, number * 1000L);
        for (int i = 0; i < 1000; ++i) {
          byte[] key = i % 7 == 0 ? null : ("key-" + i).getBytes();
          byte[] value = i % 11 == 0 ? null : ("value-" + i + "-" + "x".repeat(i % 300)).getBytes();
          builder.append(1_700_000_000_000L - i, key, value, i % 5 == 0 ? headers : Record.EMPTY_HEADERS);
        }
        MemoryRecords records = builder.build();
        file.write(Utils.toArray(records.buffer()));
        for (Record record : records.records()) print(out, record);
      }
    }
  }

  /** For each line, a key, the partition of it among 12, as Kafka's default partitioner has it. */
  private static void partition(Path keys, Path to) throws IOException {
    List<String> lines = Files.readAllLines(keys);
    try (BufferedWriter out = Files.newBufferedWriter(to)) {
      for (String key : lines) {
        out.write(key + " " + Utils.toPositive(Utils.murmur2(key.getBytes(StandardCharsets.UTF_8))) % 12);
        out.newLine();
      }
    }
  }
}
