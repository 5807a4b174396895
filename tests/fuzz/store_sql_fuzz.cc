// SQL of any kind either is refused with an offset that lies inside it, or translates to text that
// means one statement and, translated again, stays as it is but for its parameters' marks.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "store/dialect.h"

using jikimi::ErrorCode;
using jikimi::store::Engine;
using jikimi::store::SplitStatements;
using jikimi::store::Translate;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string sql(reinterpret_cast<const char*>(data), size);
  const auto postgresql = Translate(sql, Engine::kPostgresql);
  const auto sqlite = Translate(sql, Engine::kSqlite);
  // What one refuses the other refuses too: there is one common language.
  CHECK(postgresql.has_value() == sqlite.has_value());
  if (!postgresql) {
    CHECK(postgresql.error().code == ErrorCode::kInvalidArgument);
    CHECK(postgresql.error().message == sqlite.error().message);
  } else {
    CHECK(postgresql->parameters == sqlite->parameters);
    // Nothing that was inside a quote or a comment has come out of it: the result is one statement
    // with as many parameters. (A TEXT column, which gets its collation, would get it again.)
    const auto again = Translate(postgresql->sql, Engine::kPostgresql);
    CHECK(again.has_value() && again->parameters == postgresql->parameters);
    const auto statements = SplitStatements(postgresql->sql);
    CHECK(statements.has_value() && statements->size() == 1);
    CHECK(postgresql->sql.find("--") == std::string::npos ||
          postgresql->sql.find_first_of("'\"") != std::string::npos);
  }

  const auto statements = SplitStatements(sql);
  if (statements) {
    for (const std::string_view statement : *statements) {
      CHECK(!statement.empty());
      CHECK(statement.data() >= sql.data() &&
            statement.data() + statement.size() <= sql.data() + sql.size());
    }
  }
  return 0;
}
