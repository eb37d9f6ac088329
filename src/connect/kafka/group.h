#pragma once

#include <string>
#include <vector>

#include "connect/kafka/partitions.h"

namespace millrace {

// What a group has committed for these partitions, without joining it.
Result<std::vector<KafkaCommitted>> committed_of_group(const KafkaClient& client, const std::string& group,
                                                       const std::vector<KafkaPartition>& partitions);
// What answers, in a sentence: for people.
Result<std::string> describe_cluster(const KafkaClient& client);

}  // namespace millrace
