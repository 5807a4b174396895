#include "vault/survivor_lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <ctime>

#include "base/bytes.h"
#include "vault/test_bytes.h"

namespace jikimi::vault {
namespace {

constexpr Argon2Cost kCheapest{Argon2Cost::kMinMemoryKib, 1};
constexpr SurvivorWords kWords{"푸른 바다", "겨울 산"};

class SurvivorLockTest : public testing::Test {
 protected:
  SurvivorCode code_ = SurvivorCode::Generate();
  KeyName<KeyKind::kSurvivor> name_{SurvivorId::Random(), 1};
  SurvivorLock::Made made_ = SurvivorLock::Create(code_, name_, kWords, kCheapest).value();
};

TEST_F(SurvivorLockTest, TheCodeAloneIsRecognisedAndOpensNoPair) {
  EXPECT_TRUE(made_.lock.CheckCode(code_).has_value());
  EXPECT_FALSE(made_.lock.OpenWithoutWord(code_, name_).has_value());
}

TEST_F(SurvivorLockTest, TheSecondWordOpensThePair) {
  const auto lock = SurvivorLock::Parse(made_.lock.bytes()).value();
  const auto opened = lock.OpenWithWord(code_, name_, kWords.second);
  ASSERT_TRUE(opened.has_value()) << opened.error().message;
  EXPECT_EQ(opened->word, SurvivorLock::Word::kSecond);
  EXPECT_EQ(opened->pair->public_key(), made_.pair.public_key());
}

TEST_F(SurvivorLockTest, WordsAreReadKindly) {
  for (const auto* word :
       {" 푸른바다", "푸른-바다 ", "\u1111\u116e\u1105\u1173\u11ab \u1107\u1161\u1103\u1161"}) {
    EXPECT_TRUE(made_.lock.OpenWithWord(code_, name_, word).has_value()) << word;
  }
}

TEST_F(SurvivorLockTest, TheDuressWordIsKnownAndOpensNoPair) {
  const auto opened = made_.lock.OpenWithWord(code_, name_, kWords.duress);
  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ(opened->word, SurvivorLock::Word::kDuress);
  EXPECT_FALSE(opened->pair.has_value());
}

TEST_F(SurvivorLockTest, WrongUnknownAndDestroyedCodesGetTheSameAnswer) {
  const auto server = ServerKey::Generate({});
  const auto other = SurvivorCode::Generate();
  const auto decoy = SurvivorLock::Decoy(server, other.Locator(), kCheapest);
  const auto wrong = made_.lock.CheckCode(other);
  const auto unknown = decoy.CheckCode(other);
  ASSERT_FALSE(wrong.has_value());
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(wrong.error(), unknown.error());
  const auto wrong_word = made_.lock.OpenWithWord(code_, name_, "다른 말");
  const auto wrong_code = made_.lock.OpenWithWord(other, name_, kWords.second);
  const auto unknown_code = decoy.OpenWithWord(other, name_, kWords.second);
  ASSERT_FALSE(wrong_word.has_value());
  ASSERT_FALSE(wrong_code.has_value());
  ASSERT_FALSE(unknown_code.has_value());
  EXPECT_EQ(wrong_word.error(), wrong_code.error());
  EXPECT_EQ(wrong_word.error(), unknown_code.error());
}

TEST_F(SurvivorLockTest, ADecoyIsTheSameEachTimeAndLooksLikeALock) {
  const auto server = ServerKey::Generate({});
  const auto one = SurvivorLock::Decoy(server, "ABCDEFGH", kCheapest).bytes();
  EXPECT_EQ(one, SurvivorLock::Decoy(server, "ABCDEFGH", kCheapest).bytes());
  EXPECT_NE(one, SurvivorLock::Decoy(server, "ABCDEFGJ", kCheapest).bytes());
  const auto real = made_.lock.bytes();
  ASSERT_EQ(one.size(), real.size());
  EXPECT_TRUE(std::equal(one.begin(), one.begin() + 12, real.begin()));  // all that isn't random
}

TEST_F(SurvivorLockTest, AnUnknownCodeCostsWhatAWrongOneCosts) {
  const auto server = ServerKey::Generate({});
  const auto other = SurvivorCode::Generate();
  const auto cpu = [](auto&& work) {
    double best = 1e9;
    for (int i = 0; i < 3; ++i) {
      const auto start = std::clock();
      work();
      best = std::min(best, static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
    }
    return best;
  };
  const double wrong =
      cpu([&] { EXPECT_FALSE(made_.lock.OpenWithWord(other, name_, "말").has_value()); });
  const double unknown = cpu([&] {
    EXPECT_FALSE(SurvivorLock::Decoy(server, other.Locator(), kCheapest)
                     .OpenWithWord(other, name_, "말")
                     .has_value());
  });
  EXPECT_LT(unknown, 1.5 * wrong);
  EXPECT_LT(wrong, 1.5 * unknown);
}

TEST_F(SurvivorLockTest, WithoutWordsTheCodeOpensThePair) {
  const auto made = SurvivorLock::Create(code_, name_, std::nullopt, kCheapest).value();
  const auto lock = SurvivorLock::Parse(made.lock.bytes()).value();
  EXPECT_FALSE(lock.has_words());
  EXPECT_EQ(lock.OpenWithoutWord(code_, name_)->public_key(), made.pair.public_key());
  EXPECT_FALSE(lock.OpenWithoutWord(SurvivorCode::Generate(), name_).has_value());
  EXPECT_FALSE(lock.OpenWithWord(code_, name_, kWords.second).has_value());
}

TEST_F(SurvivorLockTest, BadWordsAreRefused) {
  for (const SurvivorWords words : {SurvivorWords{"", "a"}, SurvivorWords{"a", " - "},
                                    SurvivorWords{"Word", "w o r d"}, SurvivorWords{"a", "\xff"}}) {
    const auto made = SurvivorLock::Create(code_, name_, words, kCheapest);
    ASSERT_FALSE(made.has_value()) << words.second;
    EXPECT_EQ(made.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST_F(SurvivorLockTest, NeitherFlippedNorCutOpens) {
  ExpectNeitherFlippedNorCutOpens(made_.lock.bytes(), [&](const auto& form) {
    const auto lock = SurvivorLock::Parse(form);
    if (!lock) return false;
    // A flipped cost is another cost: not worth the minute that it may take.
    if (!std::equal(form.begin() + 4, form.begin() + 12, made_.lock.bytes().begin() + 4)) {
      return false;
    }
    // The digest of the other word has no part in this one: it is looked at below.
    const auto opened = lock->OpenWithWord(code_, name_, kWords.second);
    const auto duress_digest_flipped =
        !std::equal(form.begin() + 92, form.begin() + 124, made_.lock.bytes().begin() + 92);
    return opened.has_value() && !duress_digest_flipped;
  });
  auto form = made_.lock.bytes();
  form[100] ^= std::byte{1};
  EXPECT_FALSE(SurvivorLock::Parse(form)->OpenWithWord(code_, name_, kWords.duress).has_value());
}

TEST_F(SurvivorLockTest, HoldsNeitherCodeNorWords) {
  const auto bytes = made_.lock.bytes();
  const auto contains = [&](std::span<const std::byte> part) {
    return std::search(bytes.begin(), bytes.end(), part.begin(), part.end()) != bytes.end();
  };
  EXPECT_FALSE(contains(code_.secret().first(6)));
  EXPECT_FALSE(contains(AsBytes(kWords.second.substr(0, 6))));
  EXPECT_FALSE(contains(made_.pair.private_half().first(8)));
}

}  // namespace
}  // namespace jikimi::vault
