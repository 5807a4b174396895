#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "access/survivors.h"
#include "access/test_centre.h"

namespace jikimi::access {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using store::Must;
using store::Transaction;

constexpr vault::SurvivorWords kWords{"blue teapot", "old bicycle"};

std::string_view View(const vault::SecretBytes& secret) {
  const auto bytes = secret.bytes();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

class SurvivorTest : public CentreTest {
 protected:
  void SetUp() override {
    CentreTest::SetUp();
    SurvivorOptions options;
    options.quota = {.burst = 1'000};
    door_.emplace(*database_, *keys_, *roles_, clock_, gate_, options);
    first_.emplace(MakeStaff(Role::kCounsellor));
    second_.emplace(MakeStaff(Role::kCounsellor));
  }

  // A case of the two counsellors, with a survivor who has a code; her code as text.
  std::string TakeReport() {
    const NewSurvivor survivor = Must(MakeSurvivor());
    case_ = vault::CaseId::Random();
    const vault::PersonId persons[] = {IdOfStaff(*first_), IdOfStaff(*second_)};
    Write([&](Transaction& transaction) -> Result<void> {
      TRY(CreateForPersons(transaction, *keys_, case_, persons, survivor.pair.public_key(), {},
                           clock_.Now()));
      return AddSurvivor(transaction, survivor, case_);
    });
    return std::string(View(survivor.code.ToText()));
  }
  SurvivorIn Choose(std::string_view code, std::string_view word = "",
                    const vault::SurvivorWords& words = kWords) {
    return Must(door_->ChooseWords(code, word, words, source_));
  }
  ScopeFacts Facts() const {
    facts_ = {IdOfStaff(*first_), IdOfStaff(*second_)};
    return {.of_case = case_, .persons = facts_};
  }
  std::optional<Timestamp> UnsafeSince() {
    return Write([&](Transaction& transaction) { return ContactUnsafeSince(transaction, case_); });
  }
  void AgreeOnAQuestion() {
    Write([&](Transaction& transaction) -> Result<void> {
      const auto key = TRY(FindCaseKey(transaction, *keys_, case_));
      const auto sealed = TRY(
          vault::Seal(key, AgreedQuestionContext(case_), AsBytes("the first bus to school? 17")));
      return SetAgreedQuestion(transaction, *keys_, *first_, Facts(), case_, sealed, clock_.Now());
    });
  }
  Result<LostCode> Attest(const Actor& who) {
    return database_->Write([&](Transaction& transaction) {
      return AttestLostCode(transaction, *keys_, who, Facts(), case_, clock_.Now());
    });
  }
  Result<std::string> NewCode(const Actor& who) {
    return database_->Write([&](Transaction& transaction) -> Result<std::string> {
      OpenedCase opened = TRY(OpenCase(transaction, *keys_, who, case_));
      const auto code = TRY(GiveNewCode(transaction, *keys_, who, Facts(), opened, clock_.Now()));
      return std::string(View(code.ToText()));
    });
  }

  std::optional<SurvivorDoor> door_;
  std::optional<Actor> first_, second_;
  vault::CaseId case_;
  mutable std::array<vault::PersonId, 2> facts_;
  const Source source_ = sources_.Local();
};
JIKIMI_ON_BOTH_DATABASES(SurvivorTest);

TEST_P(SurvivorTest, TheCodeAloneShowsTheBarePage) {
  const std::string code = TakeReport();
  const SurvivorIn in = Must(door_->Enter(code, source_));
  const Actor actor = Must(door_->Check(View(in.cookie)));
  ASSERT_NE(actor.survivor(), nullptr);
  EXPECT_EQ(actor.survivor()->of_case, case_);
  EXPECT_FALSE(actor.survivor()->pair.has_value());
  EXPECT_TRUE(May(actor, Permission::kPortalStatus, {.of_case = case_}));
  EXPECT_FALSE(May(actor, Permission::kPortalRead, {.of_case = case_}));
  EXPECT_FALSE(Must(door_->HasWords(View(in.cookie))));
}

TEST_P(SurvivorTest, WrongUnknownAndDestroyedCodesGetTheSameAnswer) {
  const std::string code = TakeReport();
  const auto other = vault::SurvivorCode::Generate();
  const Error unknown = door_->Enter(View(other.ToText()), source_).error();
  EXPECT_EQ(unknown.code, ErrorCode::kPermissionDenied);
  // Another secret behind the same locator.
  const std::string locator = Must(vault::SurvivorCode::Parse(code)).Locator();
  std::string wrong;
  while (wrong.empty()) {
    std::string tried = locator + std::string(View(other.ToText())).substr(10);
    for (const char last : std::string_view("0123456789ABCDEFGHJKMNPQRSTVWXYZ")) {
      tried.back() = last;
      if (vault::SurvivorCode::Parse(tried)) wrong = tried;
    }
  }
  EXPECT_EQ(door_->Enter(wrong, source_).error(), unknown);
  EXPECT_EQ(door_->EnterWithWord(wrong, "blue teapot", source_).error(), unknown);
  EXPECT_EQ(door_->EnterWithWord(View(other.ToText()), "blue teapot", source_).error(), unknown);
  EXPECT_EQ(door_->EnterWithWord(code, "blue teapot", source_).error(), unknown);  // no words yet
  Write([&](Transaction& transaction) { return EraseSurvivors(transaction, case_); });
  EXPECT_EQ(door_->Enter(code, source_).error(), unknown);
  EXPECT_EQ(door_->EnterWithWord(code, "blue teapot", source_).error(), unknown);
}

TEST_P(SurvivorTest, WithTheSecondWordHerPairOpensHerCase) {
  const std::string code = TakeReport();
  const SurvivorIn chosen = Choose(code);
  EXPECT_TRUE(chosen.actor.survivor()->pair.has_value());
  const SurvivorIn in = Must(door_->EnterWithWord(code, "Blue Tea-pot", source_));
  const Actor actor = Must(door_->Check(View(in.cookie)));
  EXPECT_TRUE(May(actor, Permission::kPortalRead, {.of_case = case_}));
  EXPECT_FALSE(May(actor, Permission::kPortalRead, {.of_case = vault::CaseId::Random()}));
  Write([&](Transaction& transaction) -> Result<void> {
    TRY(OpenCase(transaction, *keys_, actor, case_));
    return {};
  });
  EXPECT_TRUE(Must(door_->HasWords(View(in.cookie))));
  EXPECT_FALSE(UnsafeSince().has_value());
  // The code alone now shows the bare page, and chooses no words any more.
  EXPECT_FALSE(Must(door_->Enter(code, source_)).actor.survivor()->pair.has_value());
  EXPECT_FALSE(door_->ChooseWords(code, "", kWords, source_));
}

TEST_P(SurvivorTest, TheDuressWordShowsTheBarePageAndMarksHerContactUnsafe) {
  const std::string code = TakeReport();
  Choose(code);
  const SurvivorIn in = Must(door_->EnterWithWord(code, "old bicycle", source_));
  const SurvivorIn bare = Must(door_->Enter(code, source_));
  EXPECT_FALSE(in.actor.survivor()->pair.has_value());
  EXPECT_EQ(in.actor.permissions(), bare.actor.permissions());
  EXPECT_EQ(in.cookie.size(), bare.cookie.size());
  EXPECT_EQ(UnsafeSince(), clock_.Now());
  // It changes no words, and the answer is the one to a wrong word.
  EXPECT_EQ(door_->ChooseWords(code, "old bicycle", kWords, source_).error(),
            door_->ChooseWords(code, "no such word", kWords, source_).error());
  Write([&](Transaction& transaction) {
    return MarkContactSafe(transaction, *keys_, *first_, Facts(), case_, clock_.Now());
  });
  EXPECT_FALSE(UnsafeSince().has_value());
}

TEST_P(SurvivorTest, ChoosingOtherWordsVoidsTheOldOnesAndTheirSessions) {
  const std::string code = TakeReport();
  const SurvivorIn before = Choose(code);
  Choose(code, "blue teapot", {"green kettle", "red wagon"});
  EXPECT_FALSE(door_->Check(View(before.cookie)));
  EXPECT_FALSE(door_->EnterWithWord(code, "blue teapot", source_));
  const SurvivorIn after = Must(door_->EnterWithWord(code, "green kettle", source_));
  Write([&](Transaction& transaction) -> Result<void> {
    TRY(OpenCase(transaction, *keys_, after.actor, case_));
    return {};
  });
}

TEST_P(SurvivorTest, WordsAreHeldUpForWhoHasTheCodeAndTryingALocatorHoldsNobodyUp) {
  const std::string code = TakeReport();
  Choose(code);
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(door_->EnterWithWord(code, "wrong word", source_).error().code,
              ErrorCode::kPermissionDenied);
  }
  const auto wrong = door_->EnterWithWord(code, "wrong word", source_);
  EXPECT_EQ(door_->EnterWithWord(code, "blue teapot", source_).error(), wrong.error());
  clock_.Advance(seconds(1));
  EXPECT_TRUE(door_->EnterWithWord(code, "blue teapot", source_));
  EXPECT_TRUE(door_->EnterWithWord(code, "blue teapot", source_));
}

TEST_P(SurvivorTest, AFloodOfOneSourceIsTurnedAwayAndAnotherOneComesIn) {
  const std::string code = TakeReport();
  SurvivorOptions options;
  options.quota = {.burst = 2};
  SurvivorDoor door(*database_, *keys_, *roles_, clock_, gate_, options);
  const auto wrong = vault::SurvivorCode::Generate().ToText();
  for (int i = 0; i < 2; ++i) EXPECT_FALSE(door.Enter(View(wrong), source_));
  EXPECT_EQ(door.Enter(code, source_).error().code, ErrorCode::kResourceExhausted);
  const std::array<std::byte, 4> elsewhere = {std::byte{192}, std::byte{0}, std::byte{2},
                                              std::byte{1}};
  EXPECT_TRUE(door.Enter(code, sources_.Of(elsewhere)));
}

TEST_P(SurvivorTest, HerSessionIsShort) {
  const std::string code = TakeReport();
  const SurvivorIn idle = Must(door_->Enter(code, source_));
  clock_.Advance(minutes(10));
  EXPECT_FALSE(door_->Check(View(idle.cookie)));
  const SurvivorIn busy = Must(door_->Enter(code, source_));
  for (int i = 0; i < 11; ++i) {
    clock_.Advance(minutes(5));
    EXPECT_TRUE(door_->Check(View(busy.cookie)));
  }
  clock_.Advance(minutes(5));
  EXPECT_FALSE(door_->Check(View(busy.cookie)));
  const SurvivorIn out = Must(door_->Enter(code, source_));
  Must(door_->SignOut(View(out.cookie)));
  EXPECT_FALSE(door_->Check(View(out.cookie)));
}

TEST_P(SurvivorTest, TheAgreedQuestionIsResealedWithTheCase) {
  const std::string code = TakeReport();
  AgreeOnAQuestion();
  Choose(code);
  const auto open = [&] {
    return Write(
        [&](Transaction& transaction) { return OpenCase(transaction, *keys_, *first_, case_); });
  };
  OpenedCase opened = open();
  ASSERT_TRUE(opened.reseal_due());
  ASSERT_TRUE(Must(ResealCase(*database_, *keys_, *first_, opened, {}, clock_.Now())).finished);
  const auto bytes = Write([&](Transaction& transaction) {
    return FindAgreedQuestion(transaction, *first_, Facts(), case_);
  });
  const auto sealed = Must(vault::SealedTo<vault::KeyKind::kCase>::Parse(bytes));
  const auto plain = Must(open().OpenField(AgreedQuestionContext(case_), sealed));
  EXPECT_EQ(View(plain), "the first bus to school? 17");
}

TEST_P(SurvivorTest, ALostCodeTakesAQuestionTwoOfStaffAndADay) {
  const std::string code = TakeReport();
  const SurvivorIn old_session = Choose(code);
  EXPECT_EQ(Attest(*first_).error().code, ErrorCode::kInvalidArgument);
  AgreeOnAQuestion();
  EXPECT_FALSE(NewCode(*first_));
  EXPECT_FALSE(Must(Attest(*first_)).not_before.has_value());
  EXPECT_EQ(Attest(*first_).error().code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(Attest(MakeStaff(Role::kStatistician)).error().code, ErrorCode::kPermissionDenied);
  EXPECT_FALSE(NewCode(*first_));
  EXPECT_EQ(Must(Attest(*second_)).not_before, clock_.Now() + kLostCodeWait);
  EXPECT_EQ(NewCode(*second_).error().code, ErrorCode::kPermissionDenied);
  clock_.Advance(kLostCodeWait);
  EXPECT_TRUE(door_->Enter(code, source_));  // the old one still works
  Must(door_->EnterWithWord(code, "blue teapot", source_));
  const std::string new_code = Must(NewCode(*second_));
  EXPECT_FALSE(door_->Enter(code, source_));
  EXPECT_FALSE(door_->EnterWithWord(code, "blue teapot", source_));
  EXPECT_FALSE(door_->Check(View(old_session.cookie)));
  EXPECT_TRUE(door_->Enter(new_code, source_));
  const SurvivorIn in = Choose(new_code);
  Write([&](Transaction& transaction) -> Result<void> {
    TRY(OpenCase(transaction, *keys_, in.actor, case_));
    return {};
  });
  EXPECT_FALSE(NewCode(*second_));  // once
}

TEST_P(SurvivorTest, SheObjectsWithTheOldCodeAndTheRequestIsVoid) {
  const std::string code = TakeReport();
  Choose(code);
  AgreeOnAQuestion();
  Must(Attest(*first_));
  Must(Attest(*second_));
  const SurvivorIn in = Must(door_->EnterWithWord(code, "blue teapot", source_));
  Write([&](Transaction& transaction) {
    return StopLostCode(transaction, *keys_, in.actor, {.of_case = case_}, case_, clock_.Now());
  });
  clock_.Advance(kLostCodeWait);
  EXPECT_FALSE(NewCode(*second_));
  EXPECT_TRUE(door_->Enter(code, source_));
}

TEST_P(SurvivorTest, ASecondSurvivorOfACaseIsRefused) {
  TakeReport();
  const NewSurvivor other = Must(MakeSurvivor());
  EXPECT_EQ(WriteError([&](Transaction& transaction) {
              return AddSurvivor(transaction, other, case_);
            }).code,
            ErrorCode::kAlreadyExists);
}

}  // namespace
}  // namespace jikimi::access
