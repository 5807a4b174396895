#include "store/dialect.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>

namespace jikimi::store {
namespace {

constexpr int kMaxParameters = 999;

enum class Kind { kSpace, kWord, kNumber, kString, kQuotedName, kParameter, kSign, kEnd };

struct Token {
  Kind kind = Kind::kEnd;
  std::string_view text;
  std::size_t offset = 0;
};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsSpace(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

bool Is(const Token& token, std::string_view upper_case_word) {
  return token.kind == Kind::kWord &&
         std::equal(token.text.begin(), token.text.end(), upper_case_word.begin(),
                    upper_case_word.end(), [](char a, char b) {
                      return (a >= 'a' && a <= 'z' ? static_cast<char>(a - 'a' + 'A') : a) == b;
                    });
}

bool IsOneOf(const Token& token, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return Is(token, word); });
}

Error Refused(std::size_t offset, std::string_view what) {
  return {ErrorCode::kInvalidArgument,
          "SQL at byte " + std::to_string(offset) + ": " + std::string(what)};
}

class Lexer {
 public:
  explicit Lexer(std::string_view sql) : sql_(sql) {}

  // The next token; kEnd, again and again, behind the last.
  Result<Token> Next() {
    const std::size_t start = at_;
    if (at_ == sql_.size()) return Token{Kind::kEnd, {}, start};
    const char c = sql_[at_];
    if (IsSpace(c)) return Take(Kind::kSpace, IsSpace);
    if (IsLetter(c)) {
      const Token word = Take(Kind::kWord, [](char d) { return IsLetter(d) || IsDigit(d); });
      // E'…', X'…', U&'…': what it means depends on the database.
      const char next = at_ < sql_.size() ? sql_[at_] : ' ';
      const bool unicode = next == '&' && (word.text == "U" || word.text == "u");
      if (next == '\'' || next == '"' || unicode) {
        return Refused(start, "a string with a prefix");
      }
      return word;
    }
    if (IsDigit(c)) {
      return Take(Kind::kNumber, [](char d) { return IsDigit(d) || IsLetter(d) || d == '.'; });
    }
    if (c == '\'' || c == '"') return Quoted(c);
    if (c == '$') {
      ++at_;
      const Token digits = Take(Kind::kParameter, IsDigit);
      if (digits.text.empty()) return Refused(start, "'$' is not followed by a number");
      if (at_ < sql_.size() && IsLetter(sql_[at_])) return Refused(start, "a malformed parameter");
      return Token{Kind::kParameter, digits.text, start};
    }
    if (sql_.substr(at_).starts_with("--")) {
      return Take(Kind::kSpace, [](char d) { return d != '\n'; });
    }
    if (sql_.substr(at_).starts_with("/*")) return Comment();
    if (std::string_view("()*+,-./%<=>|&~;!").find(c) == std::string_view::npos) {
      return Refused(start, "a character that the common language doesn't have");
    }
    ++at_;
    return Token{Kind::kSign, sql_.substr(start, 1), start};
  }

 private:
  template <typename Belongs>
  Token Take(Kind kind, Belongs belongs) {
    const std::size_t start = at_;
    while (at_ < sql_.size() && belongs(sql_[at_]) && sql_[at_] != '\0') ++at_;
    return {kind, sql_.substr(start, at_ - start), start};
  }

  Result<Token> Quoted(char quote) {
    const std::size_t start = at_;
    const std::string_view what = quote == '\'' ? "a string" : "a quoted name";
    while (++at_ < sql_.size()) {
      if (sql_[at_] == '\0') break;
      if (sql_[at_] != quote) continue;
      if (at_ + 1 < sql_.size() && sql_[at_ + 1] == quote) {
        ++at_;
        continue;
      }
      ++at_;
      return Token{quote == '\'' ? Kind::kString : Kind::kQuotedName,
                   sql_.substr(start, at_ - start), start};
    }
    return Refused(start, std::string(what) + " that doesn't end");
  }

  // PostgreSQL nests comments and SQLite doesn't.
  Result<Token> Comment() {
    const std::size_t start = at_;
    const std::size_t end = sql_.find("*/", at_ + 2);
    if (end == std::string_view::npos) return Refused(start, "a comment that doesn't end");
    if (sql_.substr(at_ + 2, end - at_ - 2).find("/*") != std::string_view::npos) {
      return Refused(start, "a comment inside a comment");
    }
    if (sql_.substr(at_, end - at_).find('\0') != std::string_view::npos) {
      return Refused(start, "a zero byte");
    }
    at_ = end + 2;
    return Token{Kind::kSpace, sql_.substr(start, at_ - start), start};
  }

  std::string_view sql_;
  std::size_t at_ = 0;
};

// All tokens of one statement, without spaces and comments, and without the last ';'.
Result<std::vector<Token>> Tokens(std::string_view sql) {
  Lexer lexer(sql);
  std::vector<Token> tokens;
  std::optional<std::size_t> end;
  while (true) {
    const Token token = TRY(lexer.Next());
    if (token.kind == Kind::kEnd) return tokens;
    if (token.kind == Kind::kSpace) continue;
    if (end) return Refused(*end, "more than one statement");
    if (token.kind == Kind::kSign && token.text == ";") {
      end = token.offset;
      continue;
    }
    tokens.push_back(token);
  }
}

struct Phrase {
  std::vector<std::string_view> words;
  std::string_view sqlite;
};

// The longer of two that begin alike comes first.
const std::vector<Phrase>& Phrases() {
  static const std::vector<Phrase> phrases = {
      {{"BIGINT", "GENERATED", "ALWAYS", "AS", "IDENTITY", "PRIMARY", "KEY"},
       "INTEGER PRIMARY KEY AUTOINCREMENT"},
      {{"BIGINT"}, "INTEGER"},
      {{"BYTEA"}, "BLOB"},
      {{"DOUBLE", "PRECISION"}, "REAL"},
      // INT and INTEGER are the same to SQLite, but it tells which one a table was made with: so
      // a time is known for one when it is read.
      {{"TIMESTAMPTZ"}, "INT"},
      {{"FOR", "UPDATE", "SKIP", "LOCKED"}, ""},
      {{"FOR", "UPDATE", "NOWAIT"}, ""},
      {{"FOR", "UPDATE"}, ""},
  };
  return phrases;
}

const Phrase* PhraseAt(const std::vector<Token>& tokens, std::size_t at) {
  for (const Phrase& phrase : Phrases()) {
    if (tokens.size() - at < phrase.words.size()) continue;
    std::size_t i = 0;
    while (i < phrase.words.size() && Is(tokens[at + i], phrase.words[i])) ++i;
    if (i == phrase.words.size()) return &phrase;
  }
  return nullptr;
}

Result<int> ParameterNumber(const Token& token) {
  if (token.text.size() > 3 || token.text.front() == '0') {
    return Refused(token.offset, "a parameter is $1 to $" + std::to_string(kMaxParameters));
  }
  int number = 0;
  for (const char digit : token.text) number = number * 10 + (digit - '0');
  return number;
}

Result<void> CheckStatement(const std::vector<Token>& tokens) {
  if (tokens.empty()) return Refused(0, "no statement");
  if (IsOneOf(tokens[0],
              {"BEGIN",   "START",   "COMMIT",     "END",    "ROLLBACK", "ABORT", "SAVEPOINT",
               "RELEASE", "ATTACH",  "DETACH",     "PRAGMA", "VACUUM",   "SET",   "RESET",
               "PREPARE", "EXECUTE", "DEALLOCATE", "COPY",   "LISTEN",   "LOCK"})) {
    return Refused(tokens[0].offset, "transactions and settings are the store's own");
  }
  if (!IsOneOf(tokens[0], {"CREATE", "ALTER"})) return {};
  for (const Token& token : tokens) {
    if (IsOneOf(token, {"INT", "INTEGER", "SMALLINT", "REAL", "FLOAT", "SERIAL", "BIGSERIAL",
                        "BLOB", "BOOLEAN", "NUMERIC", "VARCHAR", "TIMESTAMP", "AUTOINCREMENT"})) {
      return Refused(token.offset,
                     "columns are BIGINT, DOUBLE PRECISION, TEXT, BYTEA or TIMESTAMPTZ");
    }
    if (Is(token, "TRIGGER")) return Refused(token.offset, "triggers are written differently");
  }
  return {};
}

}  // namespace

Result<Translated> Translate(std::string_view sql, Engine engine) {
  const std::vector<Token> tokens = TRY(Tokens(sql));
  TRY(CheckStatement(tokens));
  const bool sqlite = engine == Engine::kSqlite;
  const bool defines_columns = IsOneOf(tokens[0], {"CREATE", "ALTER"});

  Translated result;
  std::array<bool, kMaxParameters + 1> used = {};
  const auto put = [&](std::string_view text) { result.sql += text; };
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    // Tokens that touched stay together ("<=", "a.b"), others stay apart.
    if (i > 0) {
      const Token& before = tokens[i - 1];
      const std::size_t shown = before.text.size() + (before.kind == Kind::kParameter ? 1 : 0);
      if (before.offset + shown != token.offset) put(" ");
    }
    if (token.kind == Kind::kParameter) {
      const int number = TRY(ParameterNumber(token));
      used[static_cast<std::size_t>(number)] = true;
      result.parameters = std::max(result.parameters, number);
      put(sqlite ? "?" : "$");
      put(token.text);
    } else if (const Phrase* phrase = sqlite ? PhraseAt(tokens, i) : nullptr) {
      put(phrase->sqlite);
      i += phrase->words.size() - 1;
    } else {
      put(token.text);
      const bool cast = i > 0 && Is(tokens[i - 1], "AS");
      if (!sqlite && defines_columns && Is(token, "TEXT") && !cast) put(" COLLATE \"C\"");
    }
  }
  for (int number = 1; number <= result.parameters; ++number) {
    if (!used[static_cast<std::size_t>(number)]) {
      return Refused(0, "parameter $" + std::to_string(number) + " is not used");
    }
  }
  if (sqlite && tokens.size() > 1 && Is(tokens[0], "CREATE") && Is(tokens[1], "TABLE")) {
    put(" STRICT");
  }
  return result;
}

Result<std::vector<std::string_view>> SplitStatements(std::string_view script) {
  Lexer lexer(script);
  std::vector<std::string_view> statements;
  std::optional<std::size_t> start;
  while (true) {
    const Token token = TRY(lexer.Next());
    const bool ends = token.kind == Kind::kEnd || (token.kind == Kind::kSign && token.text == ";");
    if (!ends && token.kind != Kind::kSpace && !start) start = token.offset;
    if (ends && start) {
      statements.push_back(script.substr(*start, token.offset - *start));
      start.reset();
    }
    if (token.kind == Kind::kEnd) return statements;
  }
}

bool IsPlainName(std::string_view name) {
  const auto plain = [](std::string_view word) {
    return !word.empty() && !IsDigit(word.front()) &&
           std::all_of(word.begin(), word.end(),
                       [](char c) { return (c >= 'a' && c <= 'z') || c == '_' || IsDigit(c); });
  };
  return name.size() <= 63 && plain(name);
}

}  // namespace jikimi::store
