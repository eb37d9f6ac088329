#include "cli/quickstart.h"

namespace millrace {

std::string_view quickstart_pipeline() {
  return R"yaml(# Users from an API, through two levels of checks, into a table. `millrace up` without a file runs this.
millrace: 1
pipeline: users

params:
  api: "https://randomuser.me/api/"              # `millrace up` puts its own offline API here, `up --live` does not
  results: 100

topics:
  users_created: { partitions: 4, value: json, retention: 7d }

tables:
  spark_streams.created_users:
    columns: { id: uuid, first_name: text, last_name: text, gender: text, address: text, post_code: text, email: text,
               username: text, dob: timestamp, registered_date: timestamp, phone: text, picture: text,
               timestamp: timestamp }
    key: id

flows:
  ingest:
    every: 5s
    retry: { attempts: 5, backoff: 1s, backoff_max: 1m }
    from:
      http: { url: "${param:api}", params: { results: "${param:results}" }, records: results }
      columns: { location.street.number: int, dob.age: int }     # everything else is read as text
    steps:
      - expect:                                  # level one: is this a record at all?
          - { name: required fields, required: [login.uuid, name.first, name.last, email, login.username] }
          - { name: email format, email: email }
          - { name: date format, timestamp: [dob.date, registered.date] }
          - { name: data type, type: { location.coordinates.latitude: double, location.coordinates.longitude: double } }
          - { name: value constraints, rule: "dob.age BETWEEN 0 AND 120" }
      - select: |
          login.uuid AS id,
          name.first AS first_name,
          name.last AS last_name,
          gender,
          concat(location.street.number, ' ', location.street.name, ', ', location.city, ', ',
                 location.state, ', ', location.country) AS address,
          location.postcode AS post_code,
          email,
          login.username AS username,
          to_timestamp(dob.date) AS dob,
          to_timestamp(registered.date) AS registered_date,
          phone,
          picture.medium AS picture,
          _meta.ingested_at AS timestamp
    to: { topic: users_created, key: id }

  store:
    from: { topic: users_created }
    steps:
      - expect:                                  # level two: is it a person we can store?
          - { name: required, required: [id, first_name, last_name, email] }
          - { name: email, email: email }
          - { name: date, not_future: [dob, registered_date] }
          - { name: gender value, one_of: { gender: [male, female] } }
          - { name: username length, length: { username: 3..30 }, else: warn }
      - dedupe: { by: id, within: 1d }
    to: { table: spark_streams.created_users }
)yaml";
}

}  // namespace millrace
