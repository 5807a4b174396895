#ifndef JIKIMI_STORE_POSTGRESQL_URL_H_
#define JIKIMI_STORE_POSTGRESQL_URL_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace jikimi::store {

// How to reach a PostgreSQL database. May hold a password, which no message shows.
class PostgresqlUrl {
 public:
  static bool Matches(std::string_view url);

  // Takes what libpq takes, but for characters that could make it read a part of a password as
  // something else ('@' and '/' must be percent-encoded there); kInvalidArgument says what is
  // wrong and quotes nothing.
  static Result<PostgresqlUrl> Parse(std::string_view url);

  // "postgresql://HOST:PORT/NAME", as far as they are given.
  const std::string& name() const { return name_; }
  // libpq's keywords and values, with defaults of ours for what the URL leaves open.
  const std::vector<std::pair<std::string, std::string>>& settings() const { return settings_; }

  // `text` with every password of the settings blotted out.
  std::string Redact(std::string text) const;

 private:
  std::string name_;
  std::vector<std::pair<std::string, std::string>> settings_;
};

}  // namespace jikimi::store

#endif  // JIKIMI_STORE_POSTGRESQL_URL_H_
