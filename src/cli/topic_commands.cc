// Topics: `topics`, and `topic describe|tail|produce`.
#include <cstdio>
#include <iostream>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/desk.h"
#include "cli/exit_code.h"
#include "cli/report.h"
#include "cli/table.h"

namespace millrace {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kProduceBytesMax = size_t{16} << 20;  // of one command's records

struct TopicArguments {
  HomeArguments home;
  std::string topic;
  bool json = false;

  void declare(Arguments& arguments, bool named) {
    if (named) arguments.positional("topic", topic, "its name", true);
    home.declare(arguments);
    arguments.flag("--json", json, "print JSON, for machines");
  }
};

struct TailArguments : TopicArguments {
  int64_t last = 10;
  std::string from;
  int64_t partition = -1;
  int64_t limit = 0;
  bool follow = false;
};

struct ProduceArguments : TopicArguments {
  std::string key;
  std::string value;
};

// 12345678 as "11.8 MB".
std::string size_text(uint64_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  if (bytes < (uint64_t{1} << 20)) return fmt::format("{:.1f} KB", static_cast<double>(bytes) / 1024);
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / (1 << 20));
}

std::string retention_text(const Json& topic) {
  const auto& ms = topic.at("retention_ms");
  if (ms.is_null()) return "for ever";
  const double hours = static_cast<double>(ms.get<int64_t>()) / 3.6e6;
  return hours >= 24 ? fmt::format("{:g} d", hours / 24) : fmt::format("{:g} h", hours);
}

int list_topics(const TopicArguments& arguments) {
  if (arguments.json) return ask_and_print(arguments.home, "topics", {});
  Table table({"topic", "partitions", "records", "size", "retention"});
  std::vector<std::string> alarms;
  const int exit_code = ask_and_show(arguments.home, "topics", {}, [&](const Json& topic) {
    const std::string name = topic.at("topic").get<std::string>();
    table.add({name, fmt::format("{}", topic.at("partitions").get<int64_t>()),
               with_commas(topic.at("records").get<uint64_t>()), size_text(topic.at("bytes").get<uint64_t>()),
               retention_text(topic)});
    if (const auto& alarm = topic.at("alarm").get_ref<const std::string&>(); !alarm.empty()) {
      alarms.push_back(fmt::format("{}: {}", name, alarm));
    }
  });
  if (exit_code != kExitOk) return exit_code;
  fmt::print("{}", table.render(terminal_width()));
  for (const std::string& alarm : alarms) fmt::print("{}\n", alarm);
  return exit_code;
}

int describe_topic(const TopicArguments& arguments) {
  const AdminArguments said{{"topic", arguments.topic}};
  if (arguments.json) return ask_and_print(arguments.home, "topics/describe", said);
  return ask_and_show(arguments.home, "topics/describe", said, [&](const Json& topic) {
    fmt::print("{}  {} records, {}, kept {}, compression {}\n", topic.at("topic").get<std::string>(),
               with_commas(topic.at("records").get<uint64_t>()), size_text(topic.at("bytes").get<uint64_t>()),
               retention_text(topic), topic.at("compression").get<std::string>());
    Table table({"partition", "begin", "end", "size", "segments", "pinned at"});
    for (const Json& partition : topic.at("partitions")) {
      table.add({fmt::format("{}", partition.at("partition").get<int64_t>()),
                 with_commas(partition.at("begin").get<uint64_t>()), with_commas(partition.at("end").get<uint64_t>()),
                 size_text(partition.at("bytes").get<uint64_t>()),
                 fmt::format("{}", partition.at("segments").get<int64_t>()),
                 partition.at("pinned_at").is_null() ? "" : with_commas(partition.at("pinned_at").get<uint64_t>())});
    }
    fmt::print("{}", table.render(terminal_width()));
  });
}

int tail(const TailArguments& arguments) {
  AdminArguments said{{"topic", arguments.topic}, {"last", fmt::format("{}", arguments.last)}};
  if (!arguments.from.empty()) said.set("from", arguments.from);
  if (arguments.partition >= 0) said.set("partition", fmt::format("{}", arguments.partition));
  if (arguments.limit > 0) said.set("limit", fmt::format("{}", arguments.limit));
  if (arguments.follow) said.set("follow", "true");
  if (arguments.json) return ask_and_print(arguments.home, "topics/tail", said);
  return ask_and_show(arguments.home, "topics/tail", said, [](const Json& record) {
    const auto text = [&](const char* name) {
      const auto found = record.find(name);
      if (found == record.end()) return record.value(std::string(name) + "_base64", "");
      return found->is_null() ? "null" : found->get<std::string>();
    };
    fmt::print("{}[{}]@{} {} {}  {}\n", record.at("topic").get<std::string>(), record.at("partition").get<int64_t>(),
               record.at("offset").get<int64_t>(), record.at("timestamp").get<std::string>(), text("key"),
               text("value"));
    std::fflush(stdout);
  });
}

int produce(const ProduceArguments& arguments) {
  Json records = Json::array();
  const auto add = [&](std::string value) {
    Json record{{"value", std::move(value)}};
    if (!arguments.key.empty()) record["key"] = arguments.key;
    records.push_back(std::move(record));
  };
  if (!arguments.value.empty()) {
    add(arguments.value);
  } else {
    size_t bytes = 0;
    for (std::string line; std::getline(std::cin, line);) {
      bytes += line.size();
      if (bytes > kProduceBytesMax) {
        fmt::print(stderr, "millrace: one command takes at most {} of records; give them in parts\n",
                   size_text(kProduceBytesMax));
        return kExitUsage;
      }
      add(std::move(line));
    }
  }
  if (records.empty()) {
    fmt::print(stderr,
               "millrace: there is nothing to append: give --value, or a record a line on the standard input\n");
    return kExitUsage;
  }
  const AdminArguments said{{"topic", arguments.topic},
                            {"records", records.dump(-1, ' ', false, Json::error_handler_t::replace)}};
  if (arguments.json) return ask_and_print(arguments.home, "topics/produce", said);
  return ask_and_show(arguments.home, "topics/produce", said, [](const Json& part) {
    fmt::print("{}[{}]: {} from offset {}\n", part.at("topic").get<std::string>(), part.at("partition").get<int64_t>(),
               part.at("records").get<int64_t>(), part.at("offset").get<int64_t>());
  });
}

std::function<int()> declare_topics(Arguments& arguments) {
  auto topics = std::make_shared<TopicArguments>();
  topics->declare(arguments, false);
  return [topics] { return list_topics(*topics); };
}

std::function<int()> declare_describe(Arguments& arguments) {
  auto topic = std::make_shared<TopicArguments>();
  topic->declare(arguments, true);
  return [topic] { return describe_topic(*topic); };
}

std::function<int()> declare_tail(Arguments& arguments) {
  auto topic = std::make_shared<TailArguments>();
  topic->declare(arguments, true);
  arguments.option("-n,--last", topic->last, "how many of the newest records of each partition; 10 if not said");
  arguments.option("--from", topic->from, "earliest or latest, instead of the last few");
  arguments.option("--partition", topic->partition, "only this one");
  arguments.option("--limit", topic->limit, "end after so many records");
  arguments.flag("-f,--follow", topic->follow, "go on with those to come, until Ctrl-C");
  return [topic] { return tail(*topic); };
}

std::function<int()> declare_produce(Arguments& arguments) {
  auto topic = std::make_shared<ProduceArguments>();
  topic->declare(arguments, true);
  arguments.option("--key", topic->key, "of every record");
  arguments.option("--value", topic->value, "of one record; without it, a record a line from the standard input");
  return [topic] { return produce(*topic); };
}

}  // namespace

const Command kTopicsCommand = {.name = "topics",
                                .summary = "The topics of a data directory.",
                                .example = "millrace topics",
                                .declare = declare_topics};
const Command kDescribeTopicCommand = {.name = "topic describe",
                                       .summary = "A topic and its partitions.",
                                       .example = "millrace topic describe users_created",
                                       .declare = declare_describe};
const Command kTailCommand = {.name = "topic tail",
                              .summary = "The newest records of a topic.",
                              .example = "millrace topic tail users_created -n 3",
                              .declare = declare_tail};
const Command kProduceCommand = {.name = "topic produce",
                                 .summary = "Append records to a topic.",
                                 .example = "millrace topic produce users_created --key 1 --value '{\"id\": \"1\"}'",
                                 .declare = declare_produce};

}  // namespace millrace
