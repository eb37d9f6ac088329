#include "wire/cql/parser.h"

#include <fmt/format.h>

#include "data/utf8.h"
#include "wire/cql/cursor.h"

namespace millrace::cql {
namespace {

Result<Selector> parse_selector(Cursor& cursor) {
  if (cursor.peek(1).is_symbol("(") && cursor.peek().kind == TokenKind::kWord) {
    return cursor.fail(
        fmt::format("functions such as {}() are not supported; there is count(*), alone", cursor.peek().text));
  }
  TRY(column, cursor.name("a column, * or count(*)"));
  Selector selector{.column = std::move(column)};
  if (cursor.accept_word("as")) {
    TRY(alias, cursor.name("the column's other name"));
    selector.alias = std::move(alias);
  }
  return selector;
}

// What stands between SELECT and FROM.
Status parse_selection(Cursor& cursor, Select& select) {
  select.distinct = cursor.accept_word("distinct");
  if (cursor.accept_symbol("*")) return {};
  if (cursor.peek().is_word("count") && cursor.peek(1).is_symbol("(")) {
    cursor.take();
    cursor.take();
    const bool one = cursor.peek().kind == TokenKind::kNumber && cursor.peek().text == "1";
    if (!one && !cursor.peek().is_symbol("*")) return cursor.unexpected("* or 1");
    cursor.take();
    TRY_STATUS(cursor.expect_symbol(")"));
    select.count = true;
    if (cursor.accept_word("as")) {
      TRY(alias, cursor.name("the count's name"));
      select.alias = std::move(alias);
    }
    return {};
  }
  do {
    if (select.selectors.size() >= kListMax) return cursor.fail(fmt::format("more than {} columns", kListMax));
    TRY(selector, parse_selector(cursor));
    select.selectors.push_back(std::move(selector));
  } while (cursor.accept_symbol(","));
  return {};
}

Result<Statement> parse_select(Cursor& cursor) {
  Select select;
  TRY_STATUS(parse_selection(cursor, select));
  TRY_STATUS(cursor.expect_word("from"));
  TRY(from, cursor.table_name());
  select.from = std::move(from);
  TRY(where, cursor.where());
  select.where = std::move(where);
  if (cursor.peek().is_word("group")) return cursor.fail("GROUP BY is not supported");
  if (cursor.accept_word("order")) {
    TRY_STATUS(cursor.expect_word("by"));
    do {
      TRY(ordering, cursor.ordering());
      select.order_by.push_back(std::move(ordering));
    } while (cursor.accept_symbol(","));
  }
  if (cursor.accept_words({"per", "partition"})) return cursor.fail("PER PARTITION LIMIT is not supported");
  if (cursor.accept_word("limit")) {
    TRY(limit, cursor.number("a LIMIT"));
    select.limit = std::move(limit);
  }
  if (cursor.accept_word("allow")) {
    TRY_STATUS(cursor.expect_word("filtering"));
    select.allow_filtering = true;
  }
  if (!cursor.at_end() && !cursor.peek().is_symbol(";")) {
    return cursor.unexpected("WHERE, ORDER BY, LIMIT, ALLOW FILTERING or the end",
                             {"where", "and", "order", "limit", "allow"});
  }
  return Statement(std::move(select));
}

bool accept_if_not_exists(Cursor& cursor) { return cursor.accept_words({"if", "not", "exists"}); }

Result<Statement> parse_create_keyspace(Cursor& cursor) {
  CreateKeyspace create{.if_not_exists = accept_if_not_exists(cursor)};
  TRY(name, cursor.name("a keyspace's name"));
  create.name = std::move(name);
  TRY(properties, cursor.properties(nullptr));
  create.properties = std::move(properties);
  return Statement(std::move(create));
}

// Behind PRIMARY KEY: (a), (a, b), ((a, b), c).
Status parse_primary_key(Cursor& cursor, CreateTable& create) {
  if (!create.partition_key.empty()) return cursor.fail("there is a PRIMARY KEY already");
  TRY_STATUS(cursor.expect_symbol("("));
  if (cursor.peek().is_symbol("(")) {
    TRY(partition, cursor.names_in_parentheses("a column of the partition key"));
    create.partition_key = std::move(partition);
  } else {
    TRY(column, cursor.name("a column of the key"));
    create.partition_key.push_back(std::move(column));
  }
  while (cursor.accept_symbol(",")) {
    TRY(column, cursor.name("a column of the clustering key"));
    create.clustering_key.push_back(std::move(column));
  }
  return cursor.expect_symbol(")");
}

Result<ColumnDefinition> parse_column(Cursor& cursor) {
  TRY(name, cursor.name("a column's name"));
  TRY(type, cursor.type());
  if (cursor.peek().is_word("static")) return cursor.fail("static columns are not supported");
  return ColumnDefinition{std::move(name), type};
}

Result<Statement> parse_create_table(Cursor& cursor) {
  CreateTable create{.if_not_exists = accept_if_not_exists(cursor)};
  TRY(name, cursor.table_name());
  create.name = std::move(name);
  TRY_STATUS(cursor.expect_symbol("("));
  do {
    if (create.columns.size() >= kListMax) return cursor.fail(fmt::format("more than {} columns", kListMax));
    if (cursor.accept_words({"primary", "key"})) {
      TRY_STATUS(parse_primary_key(cursor, create));
      continue;
    }
    TRY(column, parse_column(cursor));
    if (cursor.accept_words({"primary", "key"})) {
      if (!create.partition_key.empty()) return cursor.fail("there is a PRIMARY KEY already");
      create.partition_key.push_back(column.name);
    }
    create.columns.push_back(std::move(column));
  } while (cursor.accept_symbol(","));
  TRY_STATUS(cursor.expect_symbol(")"));
  if (create.partition_key.empty()) {
    return cursor.fail_at(create.name.table.at,
                          "the table has no PRIMARY KEY; add PRIMARY KEY (column) behind its columns");
  }
  TRY(properties, cursor.properties(&create.clustering_order));
  create.properties = std::move(properties);
  return Statement(std::move(create));
}

Result<Statement> parse_create(Cursor& cursor) {
  if (cursor.accept_word("keyspace") || cursor.accept_word("schema")) return parse_create_keyspace(cursor);
  if (cursor.accept_word("table") || cursor.accept_word("columnfamily")) return parse_create_table(cursor);
  return cursor.unexpected("KEYSPACE or TABLE", {"keyspace", "table"});
}

Result<Statement> parse_alter(Cursor& cursor) {
  TRY_STATUS(cursor.expect_word("table"));
  TRY(name, cursor.table_name());
  AlterTable alter{.name = std::move(name)};
  if (cursor.accept_word("add")) {
    const bool parentheses = cursor.accept_symbol("(");
    do {
      TRY(column, parse_column(cursor));
      alter.add.push_back(std::move(column));
    } while (cursor.accept_symbol(","));
    if (parentheses) TRY_STATUS(cursor.expect_symbol(")"));
  } else if (cursor.accept_word("drop")) {
    const bool parentheses = cursor.accept_symbol("(");
    do {
      TRY(column, cursor.name("a column"));
      alter.drop.push_back(std::move(column));
    } while (cursor.accept_symbol(","));
    if (parentheses) TRY_STATUS(cursor.expect_symbol(")"));
  } else if (cursor.accept_word("rename")) {
    do {
      TRY(from, cursor.name("a column"));
      TRY_STATUS(cursor.expect_word("to"));
      TRY(to, cursor.name("the column's new name"));
      alter.rename.push_back({std::move(from), std::move(to)});
    } while (cursor.accept_word("and"));
  } else if (cursor.peek().is_word("with")) {
    TRY(properties, cursor.properties(nullptr));
    alter.properties = std::move(properties);
  } else {
    return cursor.unexpected("ADD, DROP, RENAME or WITH", {"add", "drop", "rename", "with"});
  }
  return Statement(std::move(alter));
}

Result<Statement> parse_drop(Cursor& cursor) {
  Drop drop{.keyspace = cursor.accept_word("keyspace")};
  if (!drop.keyspace && !cursor.accept_word("table")) {
    return cursor.unexpected("KEYSPACE or TABLE", {"keyspace", "table"});
  }
  drop.if_exists = cursor.accept_words({"if", "exists"});
  if (drop.keyspace) {
    TRY(name, cursor.name("a keyspace's name"));
    drop.name.table = std::move(name);
  } else {
    TRY(name, cursor.table_name());
    drop.name = std::move(name);
  }
  return Statement(std::move(drop));
}

Result<Statement> parse_insert(Cursor& cursor) {
  TRY_STATUS(cursor.expect_word("into"));
  TRY(table, cursor.table_name());
  Insert insert{.into = std::move(table)};
  if (cursor.peek().is_word("json")) return cursor.fail("INSERT JSON is not supported");
  TRY(names, cursor.names_in_parentheses("a column"));
  TRY_STATUS(cursor.expect_word("values"));
  TRY_STATUS(cursor.expect_symbol("("));
  for (size_t i = 0; i < names.size(); ++i) {
    if (cursor.peek().is_symbol(")")) {
      return cursor.fail(fmt::format("there are {} columns, but {} values", names.size(), i));
    }
    if (i > 0) TRY_STATUS(cursor.expect_symbol(","));
    TRY(value, cursor.literal());
    insert.values.push_back({std::move(names[i]), std::move(value)});
  }
  if (cursor.peek().is_symbol(",")) {
    return cursor.fail(fmt::format("there are more values than the {} columns", names.size()));
  }
  TRY_STATUS(cursor.expect_symbol(")"));
  insert.if_not_exists = accept_if_not_exists(cursor);
  TRY(options, cursor.using_options());
  insert.options = std::move(options);
  return Statement(std::move(insert));
}

// UPDATE and DELETE change the rows of keys, never all of them.
Result<std::vector<Relation>> parse_keys(Cursor& cursor) {
  if (!cursor.peek().is_word("where")) return cursor.unexpected("WHERE with the key of the row", {"where"});
  TRY(where, cursor.where());
  if (cursor.peek().is_word("if")) return cursor.fail("conditions behind IF are not supported");
  return where;
}

Result<Statement> parse_update(Cursor& cursor) {
  TRY(table, cursor.table_name());
  Update update{.table = std::move(table)};
  TRY(options, cursor.using_options());
  update.options = std::move(options);
  TRY_STATUS(cursor.expect_word("set"));
  do {
    if (update.set.size() >= kListMax) return cursor.fail(fmt::format("more than {} columns", kListMax));
    TRY(column, cursor.name("a column"));
    if (cursor.peek().is_symbol("[") || cursor.peek().is_symbol("+")) {
      return cursor.fail("collections are set whole; parts of them cannot be changed");
    }
    TRY_STATUS(cursor.expect_symbol("="));
    TRY(value, cursor.literal());
    if (cursor.peek().is_symbol("+") || cursor.peek().is_symbol("-")) {
      return cursor.fail("collections are set whole; parts of them cannot be changed");
    }
    update.set.push_back({std::move(column), std::move(value)});
  } while (cursor.accept_symbol(","));
  TRY(where, parse_keys(cursor));
  update.where = std::move(where);
  return Statement(std::move(update));
}

Result<Statement> parse_delete(Cursor& cursor) {
  Delete gone;
  while (!cursor.peek().is_word("from")) {
    if (!gone.columns.empty()) TRY_STATUS(cursor.expect_symbol(","));
    if (gone.columns.size() >= kListMax) return cursor.fail(fmt::format("more than {} columns", kListMax));
    TRY(column, cursor.name("a column or FROM"));
    gone.columns.push_back(std::move(column));
    if (!cursor.peek().is_symbol(",") && !cursor.peek().is_word("from")) return cursor.unexpected("FROM", {"from"});
  }
  cursor.take();
  TRY(table, cursor.table_name());
  gone.from = std::move(table);
  TRY(options, cursor.using_options());
  gone.options = std::move(options);
  TRY(where, parse_keys(cursor));
  gone.where = std::move(where);
  return Statement(std::move(gone));
}

Result<Statement> parse_statement(Cursor& cursor) {
  if (cursor.accept_word("select")) return parse_select(cursor);
  if (cursor.accept_word("insert")) return parse_insert(cursor);
  if (cursor.accept_word("update")) return parse_update(cursor);
  if (cursor.accept_word("delete")) return parse_delete(cursor);
  if (cursor.accept_word("create")) return parse_create(cursor);
  if (cursor.accept_word("alter")) return parse_alter(cursor);
  if (cursor.accept_word("drop")) return parse_drop(cursor);
  if (cursor.accept_word("use")) {
    TRY(keyspace, cursor.name("a keyspace's name"));
    return Statement(Use{std::move(keyspace)});
  }
  if (cursor.accept_word("truncate")) {
    cursor.accept_word("table");
    TRY(table, cursor.table_name());
    return Statement(Truncate{std::move(table)});
  }
  return cursor.unexpected("SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, DROP, TRUNCATE or USE",
                           {"select", "insert", "update", "delete", "create", "alter", "drop", "truncate", "use"});
}

}  // namespace

Result<Statement> parse(std::string_view text) {
  if (text.size() > kStatementBytesMax) {
    return Error(ErrorCode::kInvalidArgument,
                 fmt::format("the statement has {} bytes; {} at most", text.size(), kStatementBytesMax));
  }
  if (const Utf8Flaw flaw = find_utf8_flaw(text); flaw.at != std::string_view::npos) {
    return Error(ErrorCode::kInvalidArgument, fmt::format("the statement is not UTF-8 from byte {} on", flaw.at));
  }
  TRY(tokens, tokens_of(text));
  Cursor cursor(text, std::move(tokens));
  TRY(statement, parse_statement(cursor));
  cursor.accept_symbol(";");
  if (!cursor.at_end()) return cursor.unexpected("the end of the statement");
  return statement;
}

}  // namespace millrace::cql
