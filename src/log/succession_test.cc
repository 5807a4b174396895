#include "log/succession.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "log/note_checkpoint.h"

namespace jikimi::log {
namespace {

using testing::HasSubstr;

NoteSigner SignerOf(std::string_view name) {
  return NoteSigner::Create(name, vault::SigningKey::Generate()).value();
}

class SuccessionTest : public testing::Test {
 protected:
  Succession Sample(const NoteSigner& former, const NoteSigner& next, std::uint64_t size) const {
    return {former.verifier(), next.verifier(), size, TreeHash{},
            Timestamp(std::chrono::seconds(1'795'000'000))};
  }
  std::string Note(const NoteSigner& former, const NoteSigner& next, std::uint64_t size) const {
    return Sample(former, next, size).Sign(former, next).value();
  }

  const NoteSigner first_ = SignerOf("log");
  const NoteSigner second_ = SignerOf("log-2");
  const NoteSigner third_ = SignerOf("log-3");
};

TEST_F(SuccessionTest, ComesBackFromItsNote) {
  const auto opened = Succession::Open(Note(first_, second_, 700));
  ASSERT_TRUE(opened.has_value()) << opened.error().message;
  EXPECT_EQ(opened->ToText(), Sample(first_, second_, 700).ToText());
  EXPECT_EQ(opened->size, 700U);
  EXPECT_EQ(opened->at, Timestamp(std::chrono::seconds(1'795'000'000)));
}

TEST_F(SuccessionTest, ANoteWithAnyByteChangedOrCutOffIsRefused) {
  const std::string note = Note(first_, second_, 700);
  for (std::size_t at = 0; at < note.size(); ++at) {
    std::string changed = note;
    changed[at] = static_cast<char>(changed[at] ^ 4);
    EXPECT_FALSE(Succession::Open(changed).has_value()) << at;
    EXPECT_FALSE(Succession::Open(note.substr(0, at)).has_value()) << at;
  }
}

TEST_F(SuccessionTest, BothKeysMustHaveSigned) {
  const auto text = Sample(first_, second_, 1).ToText();
  for (const auto* only : {&first_, &second_}) {
    const auto opened = Succession::Open(SignNote(text, *only).value());
    ASSERT_FALSE(opened.has_value());
    EXPECT_EQ(opened.error().code, ErrorCode::kPermissionDenied);
  }
  EXPECT_FALSE(Sample(first_, second_, 1).Sign(first_, third_).has_value());
  EXPECT_FALSE(Sample(first_, first_, 1).Sign(first_, first_).has_value());
}

TEST_F(SuccessionTest, IsNoCheckpointOfEitherKey) {
  const auto note = Note(first_, second_, 1);
  EXPECT_FALSE(Checkpoint::Open(note, first_.verifier()).has_value());
  EXPECT_FALSE(Checkpoint::Open(note, second_.verifier()).has_value());
}

struct BadText {
  std::string name, text, says;
};
class SuccessionBadTextTest : public testing::TestWithParam<BadText> {};

TEST_P(SuccessionBadTextTest, IsInvalidArgumentThatNamesTheLine) {
  const auto read = Succession::Parse(GetParam().text);
  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(read.error().message, HasSubstr(GetParam().says));
}

std::string TextWith(std::string_view line, std::string_view by) {
  const auto text = Succession{SignerOf("a").verifier(), SignerOf("b").verifier(), 5, TreeHash{},
                               Timestamp(std::chrono::seconds(7))}
                        .ToText();
  const auto at = text.find(line);
  return text.substr(0, at) + std::string(by) + text.substr(text.find('\n', at));
}

INSTANTIATE_TEST_SUITE_P(
    , SuccessionBadTextTest,
    testing::Values(BadText{"Empty", "", "line 1"},
                    BadText{"OtherHead", TextWith("jikimi", "jikimi.log.succession.2"), "line 1"},
                    BadText{"NoFormer", TextWith("former", "from x"), "line 2"},
                    BadText{"NoKey", TextWith("next", "next me"), "line 3"},
                    BadText{"NegativeSize", TextWith("size", "size -1"), "line 4"},
                    BadText{"HugeSize", TextWith("size", "size 9223372036854775807"), "line 4"},
                    BadText{"ShortRoot", TextWith("root", "root AAAA"), "line 5"},
                    BadText{"LeadingZero", TextWith("time", "time 07"), "line 6"},
                    BadText{"More", TextWith("time", "time 7\nand more"), "followed by more"}),
    [](const auto& test) { return test.param.name; });

TEST_F(SuccessionTest, AChainLeadsFromTheFirstKeyToThePresentOne) {
  const auto notes = Note(first_, second_, 700) + Note(second_, third_, 300);
  const auto chain = OpenSuccessions(notes);
  ASSERT_TRUE(chain.has_value()) << chain.error().message;
  ASSERT_EQ(chain->size(), 2U);
  EXPECT_EQ(SplitSuccessions(notes).at(1), Note(second_, third_, 300));
  const auto former = FormerKeys(*chain);
  ASSERT_EQ(former.size(), 2U);
  EXPECT_EQ(former[0].ToText(), second_.verifier().ToText());
  EXPECT_EQ(former[1].ToText(), first_.verifier().ToText());
  EXPECT_TRUE(OpenSuccessions("").value().empty());
}

TEST_F(SuccessionTest, AChainWithALinkLeftOutOrMovedIsRefused) {
  const auto one = Note(first_, second_, 700);
  const auto two = Note(third_, SignerOf("log-4"), 300);
  EXPECT_EQ(OpenSuccessions(one + two).error().code, ErrorCode::kCorrupt);
  EXPECT_EQ(OpenSuccessions(one + one).error().code, ErrorCode::kCorrupt);
  EXPECT_FALSE(OpenSuccessions("x\n" + one).has_value());
  EXPECT_FALSE(OpenSuccessions(one + "x\n").has_value());
}

TEST_F(SuccessionTest, TheLogWentBackToTheSmallestTreeSinceAKey) {
  const auto fourth = SignerOf("log-4");
  const std::vector<Succession> chain = {Sample(first_, second_, 700), Sample(second_, third_, 300),
                                         Sample(third_, fourth, 500)};
  EXPECT_EQ(WentBackTo(chain, "log")->size, 300U);
  EXPECT_EQ(WentBackTo(chain, "log-2")->size, 300U);
  EXPECT_EQ(WentBackTo(chain, "log-3")->size, 500U);
  EXPECT_EQ(WentBackTo(chain, "log-4"), nullptr);
  EXPECT_EQ(WentBackTo({}, "log"), nullptr);
}

}  // namespace
}  // namespace jikimi::log
