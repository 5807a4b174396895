#include "casework/import_columns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "casework/civil_day.h"

namespace jikimi::casework {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Rulebook& Rules() {
  static const Rulebook book = Rulebook::Load().value();
  return book;
}

Timestamp Day(const char* text) { return ParseDay(text).value(); }

CsvRecord Record(const std::string& text) {
  CsvReader reader(text);
  return *reader.Next().value();
}

ImportColumns Columns(const std::string& header) {
  auto columns = ImportColumns::Parse(Rules(), Record(header));
  EXPECT_TRUE(columns.has_value()) << columns.error().message;
  return *columns;
}

ImportColumns::Reading Read(const std::string& header, const std::string& row) {
  static const TimeZone zone = TimeZone::Load("Asia/Seoul").value();
  return Columns(header).Read(Record(row), {zone, Day("2026-11-29")});
}

constexpr char kRequired[] = "old_reference,received,channel,reporter,harms";

OldCase MustRead(const std::string& header, const std::string& row) {
  auto read = Read(header, row);
  for (const auto& problem : read.problems) ADD_FAILURE() << problem.column << ": " << problem.what;
  return std::move(read.old_case);
}

TEST(ImportColumnsTest, ARowOfEveryColumnIsACase) {
  const OldCase read = MustRead(
      "note,closed,urls,url_place,story,survivor_telephone,survivor_name,minor,investigation,"
      "harms,reporter,channel,received,old_reference",
      "\"called twice\n부재중\",2024-06-01,\"https://a.example/1\nhttps://b.example/2 \",forum,"
      "\"누가 \"\"올렸다\"\" 고 해요\",010-2345-6789,한지우,no,yes,"
      "유포; illegal_filming ;,survivor,phone,2024-05-01T10:00, A-17 ");
  EXPECT_EQ(read.reference, "A-17");
  const NewReport& report = read.report;
  EXPECT_EQ(report.channel, Channel::kPhone);
  EXPECT_EQ(report.reporter, Reporter::kSurvivor);
  EXPECT_THAT(report.harms, ElementsAre("distribution", "illegal_filming"));
  EXPECT_EQ(report.minor, MinorState::kNo);
  EXPECT_EQ(report.sheet.Get("story"), "누가 \"올렸다\" 고 해요");
  EXPECT_EQ(report.sheet.Get("survivor_telephone"), "010-2345-6789");
  EXPECT_EQ(report.sheet.Get("old_reference"), "A-17");
  ASSERT_EQ(report.items.size(), 2U);
  EXPECT_EQ(report.items[1].marks[0].place, "forum");
  EXPECT_EQ(report.past->received_at, Day("2024-05-01") + std::chrono::hours(1));
  EXPECT_EQ(report.past->closed_at, Day("2024-05-31") + std::chrono::hours(15));
  EXPECT_TRUE(report.past->referred_to_investigators);
  EXPECT_EQ(report.past->note, "called twice\n부재중");
  EXPECT_TRUE(CheckReport(Rules(), report).has_value());
}

TEST(ImportColumnsTest, WhatMayBeLeftOutIsUnknownOpenAndElsewhere) {
  const OldCase read = MustRead(std::string(kRequired) + ",minor,closed,urls",
                                "B,2024-05-01,board,family,other,,,http://c.example");
  EXPECT_EQ(read.report.minor, MinorState::kUnknown);
  EXPECT_FALSE(read.report.past->closed_at);
  EXPECT_FALSE(read.report.past->referred_to_investigators);
  EXPECT_EQ(read.report.items.at(0).marks[0].place, "other");
}

TEST(ImportColumnsTest, KoreanIsTheSameInBothItsForms) {
  const std::string nfd = "\u110b\u1172\u1111\u1169";  // 유포
  const OldCase one = MustRead(kRequired, nfd + "-1,2024-05-01,phone,friend," + nfd);
  const OldCase other = MustRead(kRequired, "유포-1,2024-05-01,phone,friend,유포");
  EXPECT_EQ(one.reference, other.reference);
  EXPECT_THAT(one.report.harms, ElementsAre("distribution"));
}

TEST(ImportColumnsTest, ClosedOnTheDayOfReceiptIsClosedWhenItCame) {
  const OldCase read = MustRead(std::string(kRequired) + ",closed",
                                "B,2024-05-01T14:00,phone,friend,other,2024-05-01");
  EXPECT_EQ(read.report.past->closed_at, read.report.past->received_at);
}

TEST(ImportColumnsTest, TodayIsNotTheFuture) {
  // It is nine in the morning in Seoul.
  MustRead(kRequired, "B,2026-11-29,phone,friend,other");
  MustRead(kRequired, "B,2026-11-29T09:00,phone,friend,other");
}

struct BadRow {
  std::string name, more, row, column, what;
};
class BadRowTest : public testing::TestWithParam<BadRow> {};

TEST_P(BadRowTest, IsRefusedWithItsColumn) {
  const auto read = Read(kRequired + GetParam().more, GetParam().row);
  ASSERT_EQ(read.problems.size(), 1U);
  EXPECT_EQ(read.problems[0].column, GetParam().column);
  EXPECT_THAT(read.problems[0].what, HasSubstr(GetParam().what));
}
INSTANTIATE_TEST_SUITE_P(
    , BadRowTest,
    testing::Values(
        BadRow{"NoReference", "", " ,2024-05-01,phone,friend,other", "old_reference", "is empty"},
        BadRow{"LongReference", "", std::string(201, 'x') + ",2024-05-01,phone,friend,other",
               "old_reference", "201 bytes, 200 at most"},
        BadRow{"NoDay", "", "A,2024-02-30,phone,friend,other", "received", "day"},
        BadRow{"OtherCalendarForm", "", "A,2024. 5. 1.,phone,friend,other", "received",
               "2019-03-05"},
        BadRow{"Tomorrow", "", "A,2026-11-30,phone,friend,other", "received", "future"},
        BadRow{"AfterNow", "", "A,2026-11-29T09:01,phone,friend,other", "received", "future"},
        BadRow{"NextCentury", "", "A,2104-05-01,phone,friend,other", "received", "future"},
        BadRow{"Before1970", "", "A,1969-12-31,phone,friend,other", "received", "before 1970"},
        BadRow{"NoChannel", "", "A,2024-05-01,fax,friend,other", "channel", "'fax' is no channel"},
        BadRow{"NoReporter", "", "A,2024-05-01,phone,aunt,other", "reporter", "'aunt'"},
        BadRow{"ReporterOfAnotherChannel", "", "A,2024-05-01,transfer,friend,other", "",
               "doesn't come by"},
        BadRow{"NoHarm", "", "A,2024-05-01,phone,friend,; ;", "harms", "names no harm"},
        BadRow{"UnknownHarm", "", "A,2024-05-01,phone,friend,other;theft", "harms", "'theft'"},
        BadRow{"HarmTwice", "", "A,2024-05-01,phone,friend,유포;distribution", "harms", "twice"},
        BadRow{"Minor", ",minor", "A,2024-05-01,phone,friend,other,maybe", "minor", "'maybe'"},
        BadRow{"Truth", ",investigation", "A,2024-05-01,phone,friend,other,1", "investigation",
               "yes or no"},
        BadRow{"ClosedBefore", ",closed", "A,2024-05-02,phone,friend,other,2024-05-01", "closed",
               "before it was received"},
        BadRow{"RetentionOver", ",closed", "A,2020-05-02,phone,friend,other,2021-05-01", "closed",
               "to be destroyed on 2026-04-30"},
        BadRow{"Telephone", ",survivor_telephone", "A,2024-05-02,phone,friend,other,none",
               "survivor_telephone", "telephone number"},
        BadRow{"Mail", ",reporter_mail", "A,2024-05-02,phone,friend,other,at home", "reporter_mail",
               "no mail address"},
        BadRow{"Url", ",urls", "A,2024-05-02,phone,friend,other,http://a.example ftp://b.example",
               "urls", "number 2"},
        BadRow{"UrlPlace", ",url_place", "A,2024-05-02,phone,friend,other,harbour", "url_place",
               "'harbour'"},
        BadRow{"TooFewFields", ",minor", "A,2024-05-02,phone,friend,other", "",
               "has 5 fields, the header 6"},
        BadRow{"TooManyFields", "", "A,2024-05-02,phone,friend,other,", "",
               "has 6 fields, the header 5"},
        BadRow{"NotUtf8", ",story", "A,2024-05-02,phone,friend,other,ab\xc0\xcf", "story",
               "not UTF-8 at byte 2"},
        BadRow{"Nul", ",story", std::string("A,2024-05-02,phone,friend,other,a\0", 34), "story",
               "NUL"},
        BadRow{"Quotes", ",story", "A,2024-05-02,phone,friend,other,\"a\" b", "story",
               "closing quote"}),
    [](const auto& test) { return test.param.name; });

TEST(ImportColumnsTest, EveryProblemOfARowIsTold) {
  const auto read = Read(kRequired, ",2104-01-01,fax,aunt,theft");
  std::vector<std::string> columns;
  for (const auto& problem : read.problems) columns.push_back(problem.column);
  EXPECT_THAT(columns, ElementsAre("old_reference", "channel", "reporter", "harms", "received"));
}

TEST(ImportColumnsTest, WhatTheLawKeepsLongerIsTakenThoughItWasClosedLongAgo) {
  const std::string more = std::string(kRequired) + ",closed,minor,investigation";
  EXPECT_THAT(Read(more, "A,2015-05-02,phone,friend,other,2016-05-01,yes,no").problems, IsEmpty());
  EXPECT_THAT(Read(more, "A,2015-05-02,phone,friend,other,2018-05-01,no,yes").problems, IsEmpty());
  EXPECT_EQ(Read(more, "A,2015-05-02,phone,friend,other,2016-05-01,no,yes").problems.size(), 1U);
}

struct BadHeader {
  std::string name, header, what;
};
class BadHeaderTest : public testing::TestWithParam<BadHeader> {};

TEST_P(BadHeaderTest, SaysWhatIsWrong) {
  const auto columns = ImportColumns::Parse(Rules(), Record(GetParam().header));
  ASSERT_FALSE(columns.has_value());
  EXPECT_EQ(columns.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(columns.error().message, HasSubstr(GetParam().what));
}
INSTANTIATE_TEST_SUITE_P(
    , BadHeaderTest,
    testing::Values(BadHeader{"Unknown", std::string(kRequired) + ",colour",
                              "column 6, 'colour', is not known; there are: old_reference"},
                    BadHeader{"Twice", std::string(kRequired) + ",harms", "'harms' stands twice"},
                    BadHeader{"Missing", "old_reference,received,channel,reporter",
                              "'harms' is missing"},
                    BadHeader{"Semicolons", "old_reference;received", "separated by commas"},
                    BadHeader{"Utf16", std::string("\xff\xfeo\0l\0d\0", 8), "UTF-16"},
                    BadHeader{"Cp949", "old_reference,\xb3\xaf\xc2\xa5", "not UTF-8"},
                    BadHeader{"Faulty", "old_reference\" ,received", "quote"},
                    BadHeader{"Empty", "\n", "is not known"}),
    [](const auto& test) { return test.param.name; });

// The first cells of the table in doc/import.md.
TEST(ImportColumnsTest, TheDocumentListsEveryColumn) {
  std::ifstream file(JIKIMI_SOURCE_DIR "/doc/import.md");
  std::set<std::string> documented;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("| `")) continue;
    documented.insert(line.substr(3, line.find('`', 3) - 3));
  }
  std::set<std::string> known;
  for (const auto& column : ImportColumns::All(Rules())) known.insert(column.name);
  EXPECT_EQ(documented, known);
}

}  // namespace
}  // namespace jikimi::casework
