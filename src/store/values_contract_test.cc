#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "store/contract.h"
#include "store/sql.h"

namespace jikimi::store {
namespace {

using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kTable =
    "CREATE TABLE thing (id BIGINT NOT NULL PRIMARY KEY, i BIGINT, d DOUBLE PRECISION, t TEXT, "
    "b BYTEA, w TIMESTAMPTZ)";

class ValuesTest : public ContractTest {
 protected:
  void SetUp() override {
    ContractTest::SetUp();
    database_.emplace(Open());
    Must(Do(*database_, kTable));
  }
  void TearDown() override {
    database_.reset();
    ContractTest::TearDown();
  }

  // What comes back from a column that was given `value`.
  template <typename T>
  T RoundTrip(std::string_view column, const T& value) {
    const std::string name(column);
    Must(Do(*database_, "DELETE FROM thing"));
    Must(Do(*database_, "INSERT INTO thing (id, " + name + ") VALUES (1, $1)", {value}));
    // Found again by what it is, and given back as what it was.
    const std::vector<Row> rows =
        Rows(*database_, "SELECT " + name + " FROM thing WHERE " + name + " = $1", {value});
    if (rows.size() != 1) throw std::runtime_error("not found by its own value");
    return Must(rows[0].Get<T>(0));
  }

  std::optional<Database> database_;
};

TEST_P(ValuesTest, IntegersComeBackToTheLimits) {
  for (const std::int64_t value :
       {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1} << 32,
        std::numeric_limits<std::int64_t>::max(), std::numeric_limits<std::int64_t>::min()}) {
    EXPECT_EQ(RoundTrip("i", value), value);
  }
}

TEST_P(ValuesTest, DoublesComeBackToTheLastBit) {
  using Limits = std::numeric_limits<double>;
  for (const double value : {0.1, -1.5, 1e300, 3.0, Limits::max(), Limits::lowest(), Limits::min(),
                             Limits::denorm_min(), Limits::infinity(), -Limits::infinity()}) {
    EXPECT_EQ(RoundTrip("d", value), value);
  }
}

TEST_P(ValuesTest, NegativeZeroBecomesZero) { EXPECT_FALSE(std::signbit(RoundTrip("d", -0.0))); }

TEST_P(ValuesTest, TextsComeBackByteForByte) {
  const std::string_view texts[] = {
      "", " ", "plain", "\xea\xb0\x81" /* 각, one code point */,
      "\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8" /* the same, decomposed */,
      "👩‍❤️‍👩 🏳️‍🌈 🇰🇷",
      "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d \xe2\x80\xae!", "\x01\x1f\x7f\r\n\t", "\xf4\x8f\xbf\xbf",
      "\xef\xbf\xbe\xef\xbb\xbf" /* a non-character and a byte order mark */,
      // Hostile ones: a parameter is never a part of the statement.
      "'; DROP TABLE thing; --", "$1", "?1", "\\", "\\'", "''", "\"", "%s%n", "\\x41", "NULL",
      "{}"};
  for (const std::string_view text : texts) {
    EXPECT_EQ(RoundTrip("t", std::string(text)), text);
  }
}

TEST_P(ValuesTest, AMegabyteOfTextComesBack) {
  std::string text;
  while (text.size() < 1'000'000) text += "한글 text \xf0\x9f\x91\xa9 ";
  EXPECT_EQ(RoundTrip("t", text), text);
}

TEST_P(ValuesTest, ComposedAndDecomposedTextsAreDifferentKeys) {
  Must(Do(*database_, "CREATE TABLE name (t TEXT NOT NULL PRIMARY KEY)"));
  Must(Do(*database_, "INSERT INTO name (t) VALUES ($1)", {"\xea\xb0\x81"}));
  Must(
      Do(*database_, "INSERT INTO name (t) VALUES ($1)", {"\xe1\x84\x80\xe1\x85\xa1\xe1\x86\xa8"}));
  EXPECT_EQ(Number(*database_, "SELECT COUNT(*) FROM name"), 2);
}

TEST_P(ValuesTest, All256ByteValuesComeBackZeroFirst) {
  std::vector<std::byte> bytes;
  for (int value = 0; value < 256; ++value) bytes.push_back(static_cast<std::byte>(value));
  EXPECT_EQ(RoundTrip("b", bytes), bytes);
  for (int value = 0; value < 256; ++value) {
    const std::vector<std::byte> one = {static_cast<std::byte>(value)};
    ASSERT_EQ(RoundTrip("b", one), one) << value;
  }
}

TEST_P(ValuesTest, SixteenMegabytesComeBack) {
  std::vector<std::byte> bytes(16 << 20);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 7 + i / 251);
  EXPECT_EQ(RoundTrip("b", bytes), bytes);
}

TEST_P(ValuesTest, NoBytesAreNotNull) {
  Must(Do(*database_, "INSERT INTO thing (id, t, b) VALUES (1, $1, $2)",
          {"", std::vector<std::byte>{}}));
  EXPECT_EQ(Number(*database_, "SELECT COUNT(*) FROM thing WHERE t IS NOT NULL AND b IS NOT NULL"),
            1);
  EXPECT_TRUE(RoundTrip("b", std::vector<std::byte>{}).empty());
}

TEST_P(ValuesTest, TimesComeBackToTheMicrosecond) {
  using std::chrono::microseconds;
  const microseconds times[] = {microseconds(0),
                                microseconds(-1),
                                microseconds(-2'208'988'800'000'001) /* 1899 */,
                                microseconds(4'133'980'799'999'999) /* 2100 */,
                                microseconds(253'402'300'800'000'000),
                                microseconds(-210'866'803'200'000'000) /* 4714 BC */,
                                microseconds::max()};
  for (const microseconds time : times) {
    EXPECT_EQ(RoundTrip("w", Timestamp(time)), Timestamp(time));
  }
}

TEST_P(ValuesTest, TimesSortFromBefore1970ToAfter2100) {
  const std::int64_t hours[] = {0, -1'000'000, 2'000'000, -1, 1};
  std::int64_t id = 0;
  for (const std::int64_t hour : hours) {
    Must(Do(*database_, "INSERT INTO thing (id, w) VALUES ($1, $2)",
            {++id, Timestamp(std::chrono::hours(hour))}));
  }
  std::vector<std::int64_t> ids;
  for (const Row& row : Rows(*database_, "SELECT id FROM thing WHERE w < $1 ORDER BY w",
                             {Timestamp(std::chrono::hours(2'000'000))})) {
    ids.push_back(Must(row.Get<std::int64_t>(0)));
  }
  EXPECT_THAT(ids, testing::ElementsAre(2, 4, 1, 5));
}

TEST_P(ValuesTest, NullsOfEachTypeComeBackAsNull) {
  Must(Do(*database_, "INSERT INTO thing (id, i, d, t, b, w) VALUES (1, $1, $2, $3, $4, $5)",
          {std::optional<std::int64_t>(), std::optional<double>(), std::optional<std::string>(),
           std::optional<std::vector<std::byte>>(), std::nullopt}));
  const auto rows = Rows(*database_, "SELECT i, d, t, b, w FROM thing");
  EXPECT_EQ(Must(rows[0].Get<std::optional<std::int64_t>>(0)), std::nullopt);
  EXPECT_EQ(Must(rows[0].Get<std::optional<double>>(1)), std::nullopt);
  EXPECT_EQ(Must(rows[0].Get<std::optional<std::string>>(2)), std::nullopt);
  EXPECT_EQ(Must(rows[0].Get<std::optional<std::vector<std::byte>>>(3)), std::nullopt);
  EXPECT_EQ(Must(rows[0].Get<std::optional<Timestamp>>(4)), std::nullopt);
  EXPECT_EQ(rows[0].Get<std::string>(2).error().code, ErrorCode::kInvalidArgument);
}

TEST_P(ValuesTest, OptionalAndTruthValuesComeBack) {
  Must(Do(*database_, "INSERT INTO thing (id, i, t) VALUES ($1, $2, $3)",
          {1, true, std::optional<std::string>("here")}));
  const auto rows = Rows(*database_, "SELECT i, t, i = 1, i <> 1 FROM thing");
  EXPECT_TRUE(Must(rows[0].Get<bool>(0)));
  EXPECT_EQ(Must(rows[0].Get<std::optional<std::string>>(1)), "here");
  EXPECT_TRUE(Must(rows[0].Get<bool>(2)));
  EXPECT_FALSE(Must(rows[0].Get<bool>(3)));
}

TEST_P(ValuesTest, ReadingTheWrongTypeOrColumnNamesIt) {
  Must(Do(*database_, "INSERT INTO thing (id, t, w) VALUES (7, $1, $2)", {"x", kSomeDay}));
  const auto rows = Rows(*database_, "SELECT id, t, w FROM thing");
  EXPECT_THAT(rows[0].Get<std::string>(0).error().message, HasSubstr("(id) is an integer"));
  EXPECT_THAT(rows[0].Get<std::int64_t>(1).error().message, HasSubstr("(t) is text"));
  EXPECT_THAT(rows[0].Get<std::int64_t>(2).error().message, HasSubstr("(w) is a time"));
  EXPECT_THAT(rows[0].Get<bool>(0).error().message, HasSubstr("neither 0 nor 1"));
  EXPECT_EQ(rows[0].Get<bool>(3).error().code, ErrorCode::kInvalidArgument);
}

TEST_P(ValuesTest, WhatOneDatabaseCouldNotKeepBothRefuse) {
  const std::vector<Value> refused[] = {
      {std::string_view("a\0b", 3)},
      {"\xff"},
      {"\xc0\x80"},
      {"\xed\xa0\x80"},
      {"\xf4\x90\x80\x80"},
      {"cut \xe1\x84"},
      {std::nan("")},
      {Timestamp(std::chrono::microseconds::min())},
      {Timestamp(std::chrono::microseconds(-210'866'803'200'000'001))}};
  for (const std::vector<Value>& parameters : refused) {
    const auto done = database_->Write([&](Transaction& transaction) {
      return Execute(transaction, "INSERT INTO thing (id, t) VALUES (1, CAST($1 AS TEXT))",
                     Parameters(parameters));
    });
    EXPECT_EQ(done.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(done.error().message, HasSubstr("$1"));
  }
}

TEST_P(ValuesTest, ParametersAreCounted) {
  constexpr std::string_view kSql = "INSERT INTO thing (id, i) VALUES ($1, $2)";
  EXPECT_EQ(Do(*database_, kSql, {1}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(Do(*database_, kSql, {1, 2, 3}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(Must(Do(*database_, kSql, {1, 2})), 1);
}

TEST_P(ValuesTest, AParameterMayStandTwiceAndInAnyOrder) {
  const auto rows = Rows(*database_, "SELECT $2, $1, $2", {10, 20});
  EXPECT_EQ(Must(rows[0].Get<std::int64_t>(0)), 20);
  EXPECT_EQ(Must(rows[0].Get<std::int64_t>(1)), 10);
  EXPECT_EQ(Must(rows[0].Get<std::int64_t>(2)), 20);
}

TEST_P(ValuesTest, RefusedRowsHaveOneCodeOnBothAndShowNoValue) {
  Must(Do(*database_,
          "CREATE TABLE strict_one (id BIGINT NOT NULL PRIMARY KEY, code TEXT NOT NULL UNIQUE, "
          "size BIGINT CHECK (size > 0), parent BIGINT REFERENCES strict_one (id))"));
  constexpr std::string_view kSql =
      "INSERT INTO strict_one (id, code, size, parent) VALUES ($1, $2, $3, $4)";
  const std::optional<std::int64_t> none;
  Must(Do(*database_, kSql, {1, "planted-secret", 1, none}));
  const struct {
    std::string_view name;
    std::vector<Value> row;
    ErrorCode code;
  } kCases[] = {
      {"primary key", {1, "planted-other", 1, none}, ErrorCode::kAlreadyExists},
      {"unique", {2, "planted-secret", 1, none}, ErrorCode::kAlreadyExists},
      {"not null", {2, std::optional<std::string>(), 1, none}, ErrorCode::kInvalidArgument},
      {"check", {2, "planted-b", -424'242, none}, ErrorCode::kInvalidArgument},
      {"foreign key", {2, "planted-c", 1, 424'242}, ErrorCode::kInvalidArgument},
      {"type", {2, "planted-d", "planted-text", none}, ErrorCode::kInvalidArgument},
  };
  for (const auto& refused : kCases) {
    const auto done = database_->Write([&](Transaction& transaction) {
      return Execute(transaction, kSql, Parameters(refused.row));
    });
    ASSERT_FALSE(done.has_value()) << refused.name;
    EXPECT_EQ(done.error().code, refused.code) << refused.name << ": " << done.error().message;
    EXPECT_THAT(done.error().message, HasSubstr("strict_one")) << refused.name;
    EXPECT_THAT(done.error().message, Not(HasSubstr("planted"))) << refused.name;
    EXPECT_THAT(done.error().message, Not(HasSubstr("424242"))) << refused.name;
  }
  EXPECT_EQ(Number(*database_, "SELECT COUNT(*) FROM strict_one"), 1);
}

TEST_P(ValuesTest, SqlThatIsWrongIsOurFault) {
  EXPECT_EQ(Do(*database_, "SELECT nothing FROM nowhere").error().code, ErrorCode::kInternal);
  EXPECT_EQ(Do(*database_, "SELEKT 1").error().code, ErrorCode::kInternal);
  EXPECT_EQ(Do(*database_, "SELECT 1; SELECT 2").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(Do(*database_, "").error().code, ErrorCode::kInvalidArgument);
}

TEST_P(ValuesTest, ChangedRowsAreCounted) {
  Must(Do(*database_, "INSERT INTO thing (id, i) VALUES (1, 1), (2, 1), (3, 2)"));
  EXPECT_EQ(Must(Do(*database_, "UPDATE thing SET i = 5 WHERE i = 1")), 2);
  EXPECT_EQ(Must(Do(*database_, "SELECT id FROM thing")), 0);
  EXPECT_EQ(Must(Do(*database_, "INSERT INTO thing (id) VALUES (1) ON CONFLICT (id) DO NOTHING")),
            0);
  EXPECT_EQ(Must(Do(*database_, "CREATE INDEX thing_i ON thing (i)")), 0);
  EXPECT_EQ(Must(Do(*database_, "DELETE FROM thing WHERE i = 9")), 0);
  EXPECT_EQ(Must(Do(*database_, "DELETE FROM thing")), 3);
}

TEST_P(ValuesTest, ReturningGivesWhatWasWritten) {
  Must(Do(*database_,
          "CREATE TABLE numbered (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "
          "w TIMESTAMPTZ NOT NULL)"));
  for (std::int64_t expected = 1; expected <= 2; ++expected) {
    const auto row = Must(database_->Write([&](Transaction& transaction) {
      return QueryOne(transaction, "INSERT INTO numbered (w) VALUES ($1) RETURNING id, w",
                      {kSomeDay});
    }));
    EXPECT_EQ(Must(row->Get<std::int64_t>(0)), expected);
    EXPECT_EQ(Must(row->Get<Timestamp>(1)), kSomeDay);
  }
  EXPECT_EQ(Must(Rows(*database_, "SELECT MAX(w) FROM numbered")[0].Get<Timestamp>(0)), kSomeDay);
}

TEST_P(ValuesTest, QueryOneRefusesSeveralRows) {
  Must(Do(*database_, "INSERT INTO thing (id) VALUES (1), (2)"));
  const auto one = database_->Read(
      [](Transaction& transaction) { return QueryOne(transaction, "SELECT id FROM thing"); });
  EXPECT_EQ(one.error().code, ErrorCode::kInternal);
  const auto none = database_->Read([](Transaction& transaction) {
    return QueryOne(transaction, "SELECT id FROM thing WHERE id = 3");
  });
  EXPECT_FALSE(Must(none).has_value());
}

TEST_P(ValuesTest, TextSortsByCodePointAndLikeMindsTheCase) {
  std::int64_t id = 0;
  for (const std::string_view text : {"b", "B", "a", "_", "각", "Z", "é", "z"}) {
    Must(Do(*database_, "INSERT INTO thing (id, t) VALUES ($1, $2)", {++id, text}));
  }
  std::string sorted;
  for (const Row& row : Rows(*database_, "SELECT t FROM thing ORDER BY t")) {
    sorted += Must(row.Get<std::string>(0));
  }
  EXPECT_EQ(sorted, "BZ_abzé각");
  EXPECT_EQ(Number(*database_, "SELECT COUNT(*) FROM thing WHERE t LIKE $1", {"b%"}), 1);
  EXPECT_EQ(Number(*database_, "SELECT COUNT(*) FROM thing WHERE t LIKE $1 ESCAPE '\\'", {"\\_"}),
            1);
}

TEST_P(ValuesTest, RowsStreamOneByOneAndStopOnRequest) {
  const std::string_view columns[] = {"id", "t"};
  std::int64_t id = 0;
  Must(database_->Write([&](Transaction& transaction) {
    return BulkInsert(transaction, "thing", columns, [&](std::vector<Value>& row) {
      row = {++id, "streamed"};
      return id <= 50'000;
    });
  }));
  std::int64_t sum = 0;
  Must(database_->Read([&](Transaction& transaction) {
    return ForEach(transaction, "SELECT id FROM thing ORDER BY id", {},
                   [&](Row row) -> Result<void> {
                     sum += TRY(row.Get<std::int64_t>(0));
                     return {};
                   });
  }));
  EXPECT_EQ(sum, 50'000LL * 50'001 / 2);
  int seen = 0;
  const auto stopped = database_->Read([&](Transaction& transaction) {
    return ForEach(transaction, "SELECT id FROM thing", {}, [&](const Row&) -> Result<void> {
      if (++seen == 3) return Error{ErrorCode::kInterrupted, "enough"};
      return {};
    });
  });
  EXPECT_EQ(stopped.error().code, ErrorCode::kInterrupted);
  EXPECT_EQ(seen, 3);
  EXPECT_EQ(Number(*database_, "SELECT COUNT(*) FROM thing"), 50'000);
}

TEST_P(ValuesTest, AStatementWhileRowsArriveIsRefused) {
  Must(Do(*database_, "INSERT INTO thing (id) VALUES (1)"));
  const auto done = database_->Write([&](Transaction& transaction) {
    return ForEach(transaction, "SELECT id FROM thing", {}, [&](const Row&) -> Result<void> {
      TRY(Execute(transaction, "DELETE FROM thing"));
      return {};
    });
  });
  EXPECT_EQ(done.error().code, ErrorCode::kInternal);
  EXPECT_EQ(Number(*database_, "SELECT COUNT(*) FROM thing"), 1);
}

TEST_P(ValuesTest, ABatchIsAllOrNothing) {
  std::vector<std::vector<Value>> rows;
  for (std::int64_t id = 0; id < 1000; ++id) {
    rows.push_back({id, id % 3 == 0 ? Value(std::nullopt) : Value("text")});
  }
  const auto insert = [&](Transaction& transaction) {
    return ExecuteMany(transaction, "INSERT INTO thing (id, t) VALUES ($1, $2)", rows);
  };
  EXPECT_EQ(Must(database_->Write(insert)), 1000);
  EXPECT_EQ(Number(*database_, "SELECT COUNT(*) FROM thing WHERE t IS NULL"), 334);
  Must(Do(*database_, "DELETE FROM thing WHERE id <> 700"));
  const auto again = database_->Write(insert);
  EXPECT_EQ(again.error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(Number(*database_, "SELECT COUNT(*) FROM thing"), 1);
  rows.clear();
  EXPECT_EQ(Must(database_->Write(insert)), 0);
}

TEST_P(ValuesTest, WhatIsLeftForLaterIsThereForTheNextStatementAndTheCommit) {
  const auto insert = [](Transaction& transaction, std::int64_t id) -> Result<void> {
    const std::string text = "number " + std::to_string(id);  // gone when the call returns
    return ExecuteLater(transaction, "INSERT INTO thing (id, t, b) VALUES ($1, $2, $3)",
                        {id, text, std::span<const std::byte>()});
  };
  Must(database_->Write([&](Transaction& transaction) -> Result<void> {
    for (std::int64_t id = 1; id <= 300; ++id) TRY(insert(transaction, id));
    const auto rows = TRY(Query(transaction, "SELECT t FROM thing ORDER BY id"));
    EXPECT_EQ(rows.size(), 300U);
    EXPECT_EQ(TRY(rows.back().Get<std::string>(0)), "number 300");
    // Only the statement's own rows count.
    TRY(insert(transaction, 301));
    EXPECT_EQ(TRY(Execute(transaction, "DELETE FROM thing WHERE id <= 10")), 10);
    return insert(transaction, 302);
  }));
  EXPECT_EQ(Number(*database_, "SELECT COUNT(*) FROM thing"), 292);
  const auto refused = database_->Write([&](Transaction& transaction) -> Result<void> {
    TRY(insert(transaction, 400));
    return insert(transaction, 302);
  });
  EXPECT_EQ(refused.error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(Number(*database_, "SELECT COUNT(*) FROM thing"), 292);
  // What a transaction that failed has left is not done by the next one.
  EXPECT_FALSE(database_->Write([&](Transaction& transaction) -> Result<void> {
    TRY(insert(transaction, 500));
    return Error{ErrorCode::kInterrupted, "given up"};
  }));
  Must(database_->Write([&](Transaction& transaction) { return insert(transaction, 501); }));
  EXPECT_EQ(Number(*database_, "SELECT COUNT(*) FROM thing"), 293);
}

TEST_P(ValuesTest, BulkInsertKeepsEveryType) {
  const std::string_view columns[] = {"id", "i", "d", "t", "b", "w"};
  const std::vector<std::byte> bytes = {std::byte{0}, std::byte{255}, std::byte{0}};
  std::int64_t id = 0;
  const auto count = database_->Write([&](Transaction& transaction) {
    id = 0;
    return BulkInsert(transaction, "thing", columns, [&](std::vector<Value>& row) {
      row = {++id, -id, 0.5 * static_cast<double>(id), "", bytes, kSomeDay};
      if (id % 2 == 0) row[3] = Value(std::nullopt);
      return id <= 10'000;
    });
  });
  EXPECT_EQ(Must(count), 10'000);
  const auto rows = Rows(*database_,
                         "SELECT i, d, t, b, w FROM thing WHERE id IN (9999, 10000) "
                         "ORDER BY id");
  EXPECT_EQ(Must(rows[0].Get<std::int64_t>(0)), -9999);
  EXPECT_EQ(Must(rows[0].Get<double>(1)), 4999.5);
  EXPECT_EQ(Must(rows[0].Get<std::optional<std::string>>(2)), "");
  EXPECT_EQ(Must(rows[1].Get<std::optional<std::string>>(2)), std::nullopt);
  EXPECT_EQ(Must(rows[0].Get<std::vector<std::byte>>(3)), bytes);
  EXPECT_EQ(Must(rows[0].Get<Timestamp>(4)), kSomeDay);
}

TEST_P(ValuesTest, BulkInsertRefusesBadRowsAndNames) {
  const std::string_view columns[] = {"id", "t"};
  const auto insert = [&](std::string_view table, std::vector<Value> bad) {
    return database_->Write([&](Transaction& transaction) {
      int given = 0;
      return BulkInsert(transaction, table, columns, [&](std::vector<Value>& row) {
        row = given == 3 ? bad : std::vector<Value>{given, "fine"};
        return ++given <= 5;
      });
    });
  };
  EXPECT_EQ(insert("thing", {3}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(insert("thing", {3, "planted\xff"}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(insert("thing", {3, kSomeDay}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(insert("thing", {1, "planted"}).error().code, ErrorCode::kAlreadyExists);
  EXPECT_THAT(insert("thing", {1, "planted"}).error().message, Not(HasSubstr("planted")));
  EXPECT_EQ(insert("thing; DROP", {3, "x"}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(Number(*database_, "SELECT COUNT(*) FROM thing"), 0);
  EXPECT_EQ(Must(insert("thing", {3, "x"})), 5);
}

TEST_P(ValuesTest, ManyDifferentStatementsPushOldOnesOut) {
  for (int round = 0; round < 2; ++round) {
    for (std::int64_t i = 0; i < 400; ++i) {
      ASSERT_EQ(Number(*database_, "SELECT " + std::to_string(i) + " + $1", {1}), i + 1);
    }
  }
}

JIKIMI_ON_BOTH_DATABASES(ValuesTest);

}  // namespace
}  // namespace jikimi::store
