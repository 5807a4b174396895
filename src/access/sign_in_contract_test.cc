#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <iterator>
#include <thread>

#include "access/approvals.h"
#include "access/enrolment.h"
#include "access/sign_in.h"
#include "access/software_authenticator.h"
#include "access/test_centre.h"
#include "vault/totp.h"

namespace jikimi::access {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using store::Must;
using store::Transaction;
using testing::HasSubstr;

constexpr std::string_view kPassword = "made-up battery 9 horse";
const PasskeySite kSite{"centre.example", "https://centre.example"};
const SoftwareAuthenticator::Words kTrue{{}, kSite.origin, kSite.rp_id};

std::string_view View(const vault::SecretBytes& secret) {
  const auto bytes = secret.bytes();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// RFC 4648's base32, as people type it into their app.
std::vector<std::byte> FromBase32(std::string_view text) {
  std::vector<std::byte> bytes;
  unsigned bits = 0;
  int count = 0;
  for (const char letter : text) {
    const unsigned value = letter >= 'A' ? static_cast<unsigned>(letter - 'A')
                                         : static_cast<unsigned>(letter - '2' + 26);
    bits = bits << 5 | value;
    count += 5;
    if (count < 8) continue;
    count -= 8;
    bytes.push_back(static_cast<std::byte>(bits >> count & 255));
  }
  return bytes;
}

class SignInTest : public CentreTest {
 protected:
  void SetUp() override {
    CentreTest::SetUp();
    SignInOptions options;
    options.site = kSite;
    options.quota = {.burst = 1'000};
    sign_in_ = Must(SignIn::Create(*database_, *keys_, *roles_, clock_, gate_, options));
  }
  void TearDown() override {
    sign_in_.reset();
    CentreTest::TearDown();
  }

  // An authenticator app.
  struct App {
    std::vector<std::byte> secret;
    std::string CodeAt(Timestamp now) const {
      const auto since = std::chrono::duration_cast<seconds>(now.time_since_epoch()).count();
      return Must(vault::Totp::FromSecret(secret)).Code(since / vault::Totp::kPeriodSeconds);
    }
  };
  Result<vault::PersonId> Accept(const vault::SecretBytes& code, App& app, std::string_view name,
                                 std::string_view password = kPassword) {
    const Welcome welcome =
        TRY(OpenInvitation(*database_, *keys_, "Centre", View(code), clock_.Now()));
    app.secret = FromBase32(View(welcome.totp_secret));
    return AcceptInvitation(*database_, *keys_, gate_, source_, View(code),
                            {name, password, app.CodeAt(clock_.Now())}, clock_);
  }
  Invitation InviteFirst() {
    const Actor system(SystemActor{"test"});
    return Write([&](Transaction& transaction) {
      return Invite(transaction, *keys_, *roles_, system, std::nullopt,
                    {"Kim Made-up", Role::kSupervisor, std::nullopt}, clock_.Now());
    });
  }
  // Enrols a first supervisor; the next code comes from the next step.
  App Enrol(std::string_view name) {
    App app;
    Must(Accept(InviteFirst().code, app, name));
    clock_.Advance(seconds(30));
    return app;
  }
  Result<Pending> GivePassword(std::string_view name, std::string_view password = kPassword) {
    return sign_in_->Password(name, password, source_, "test browser");
  }
  SignedIn SignInWith(std::string_view name, const App& app) {
    const Pending pending = Must(GivePassword(name));
    auto signed_in = Must(sign_in_->Totp(View(pending.cookie), app.CodeAt(clock_.Now())));
    clock_.Advance(seconds(30));
    return signed_in;
  }
  bool Holds(const SignedIn& signed_in) {
    return sign_in_->Check(View(signed_in.cookie)).has_value();
  }

  std::unique_ptr<SignIn> sign_in_;
  const Source source_ = sources_.Local();
};
JIKIMI_ON_BOTH_DATABASES(SignInTest);

TEST_P(SignInTest, WhoWasInvitedEnrolsOnceAndSignsInWithPasswordAndCode) {
  const Invitation invitation = InviteFirst();
  App app;
  const auto id = Must(Accept(invitation.code, app, "Kim.Min"));
  EXPECT_EQ(Accept(invitation.code, app, "other").error().code, ErrorCode::kPermissionDenied);
  clock_.Advance(seconds(30));
  const SignedIn signed_in = SignInWith("kim.min", app);
  const Actor actor = Must(sign_in_->Check(View(signed_in.cookie)));
  ASSERT_NE(actor.staff(), nullptr);
  EXPECT_EQ(actor.staff()->person, id);
  EXPECT_EQ(actor.staff()->number, 1);
  EXPECT_EQ(actor.staff()->role, Role::kSupervisor);
  // The pair in the session is the one that was pinned.
  const auto pinned =
      Write([&](Transaction& transaction) { return FindPersonKey(transaction, *keys_, id); });
  EXPECT_EQ(pinned.key(), actor.staff()->pair.public_key());
  Write([&](Transaction& transaction) {
    return Require(transaction, actor, Permission::kApprovalVote);
  });
}

TEST_P(SignInTest, AnInvitationRunsOutAndAMistypedCodeIsToldSo) {
  const Invitation invitation = InviteFirst();
  std::string mistyped(View(invitation.code));
  mistyped[3] = mistyped[3] == '7' ? '8' : '7';
  EXPECT_EQ(OpenInvitation(*database_, *keys_, "Centre", mistyped, clock_.Now()).error().code,
            ErrorCode::kInvalidArgument);
  clock_.Advance(kInvitationTime);
  EXPECT_EQ(OpenInvitation(*database_, *keys_, "Centre", View(invitation.code), clock_.Now())
                .error()
                .code,
            ErrorCode::kPermissionDenied);
}

TEST_P(SignInTest, TheSystemInvitesTheFirstSupervisorsOnlyAndVotersTakeTwo) {
  const Actor system(SystemActor{"test"});
  const Actor first = MakeStaff(Role::kSupervisor), second = MakeStaff(Role::kSupervisor);
  const auto invite = [&](const Actor& who, Role role, const std::optional<ApprovalId>& approval) {
    return database_->Write([&](Transaction& transaction) -> Result<void> {
      TRY(Invite(transaction, *keys_, *roles_, who, approval, {"Lee", role, std::nullopt},
                 clock_.Now()));
      return {};
    });
  };
  EXPECT_FALSE(invite(system, Role::kCounsellor, std::nullopt));
  EXPECT_TRUE(invite(system, Role::kSupervisor, std::nullopt));
  MakeStaff(Role::kSupervisor);
  EXPECT_FALSE(invite(system, Role::kSupervisor, std::nullopt));
  EXPECT_TRUE(invite(first, Role::kCounsellor, std::nullopt));
  EXPECT_FALSE(invite(first, Role::kSupervisor, std::nullopt));
  EXPECT_FALSE(invite(first, Role::kAdministrator, std::nullopt));
  EXPECT_FALSE(invite(MakeStaff(Role::kAdministrator), Role::kCounsellor, std::nullopt));
  NewApproval what;
  what.kind = ActKind::kRole;
  what.subject = InvitationSubject({"Lee", Role::kSupervisor, std::nullopt});
  what.reason = "a fourth one";
  const ApprovalId approval = Write([&](Transaction& transaction) {
    return Propose(transaction, *keys_, first, what, clock_.Now());
  });
  Write([&](Transaction& transaction) {
    return Vote(transaction, *keys_, second, approval,
                ApprovalDigest(what.kind, what.subject, what.payload), {}, clock_.Now());
  });
  EXPECT_FALSE(invite(first, Role::kAdministrator, approval));
  EXPECT_TRUE(invite(first, Role::kSupervisor, approval));
  EXPECT_FALSE(invite(first, Role::kSupervisor, approval));
}

TEST_P(SignInTest, WrongNameWrongPasswordAndALockedAccountGetTheSameAnswer) {
  Enrol("kim");
  const Error wrong_password = GivePassword("kim", "made-up battery 9 house").error();
  EXPECT_EQ(wrong_password.code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(GivePassword("nobody").error(), wrong_password);
  EXPECT_EQ(GivePassword("not a name!?").error(), wrong_password);
  const Actor other = MakeStaff(Role::kSupervisor);
  Write([&](Transaction& transaction) -> Result<void> {
    const auto row = TRY(FindPersonByName(transaction, "kim"));
    return LockPerson(transaction, *keys_, other, row->person.id, "away", clock_.Now());
  });
  EXPECT_EQ(GivePassword("kim").error(), wrong_password);
}

TEST_P(SignInTest, TheCookieOfTheFirstStepOpensNothing) {
  Enrol("kim");
  const Pending pending = Must(GivePassword("kim"));
  EXPECT_TRUE(pending.has_totp);
  EXPECT_FALSE(pending.has_passkey);
  EXPECT_FALSE(sign_in_->Check(View(pending.cookie)));
  EXPECT_FALSE(sign_in_->Totp(View(pending.cookie), "000000"));
  clock_.Advance(minutes(5));
  EXPECT_EQ(sign_in_->Totp(View(pending.cookie), "000000").error().message,
            "session: is over, sign in again");
}

TEST_P(SignInTest, ACodeIsGoodOnceAlsoForManyAtOnceOnTwoMachines) {
  const App app = Enrol("kim");
  // Another machine: other connections, the same database.
  store::Database other_database = Open();
  const auto other_machine =
      Must(SignIn::Create(other_database, *keys_, *roles_, clock_, gate_, {}));
  std::vector<Pending> pending;
  for (int i = 0; i < 4; ++i) pending.push_back(Must(GivePassword("kim")));
  const std::string code = app.CodeAt(clock_.Now());
  std::atomic<int> entered = 0;
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < pending.size(); ++i) {
    threads.emplace_back([&, i] {
      SignIn& machine = i % 2 == 0 ? *sign_in_ : *other_machine;
      entered += machine.Totp(View(pending[i].cookie), code) ? 1 : 0;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(entered, 1);
  // Nor after the clock has jumped back.
  clock_.Advance(-seconds(30));
  const Pending late = Must(GivePassword("kim"));
  EXPECT_FALSE(sign_in_->Totp(View(late.cookie), app.CodeAt(clock_.Now())));
}

TEST_P(SignInTest, WrongCodesAreHeldUpAcrossSessions) {
  const App app = Enrol("kim");
  Pending pending = Must(GivePassword("kim"));
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(sign_in_->Totp(View(pending.cookie), "000000").error().code,
              ErrorCode::kPermissionDenied);
  }
  pending = Must(GivePassword("kim"));
  EXPECT_EQ(sign_in_->Totp(View(pending.cookie), app.CodeAt(clock_.Now())).error().code,
            ErrorCode::kResourceExhausted);
  clock_.Advance(seconds(61));
  EXPECT_TRUE(sign_in_->Totp(View(pending.cookie), app.CodeAt(clock_.Now())));
}

TEST_P(SignInTest, TriesOfOneNameFromOnePlaceAreHeldUpAndOtherNamesAreNot) {
  Enrol("kim");
  for (int i = 0; i < 6; ++i) {
    EXPECT_EQ(GivePassword("nobody").error().code, ErrorCode::kPermissionDenied);
  }
  EXPECT_THAT(GivePassword("nobody").error().message, HasSubstr("wait 1 s"));
  EXPECT_TRUE(GivePassword("kim"));
  clock_.Advance(seconds(1));
  EXPECT_EQ(GivePassword("nobody").error().code, ErrorCode::kPermissionDenied);
}

TEST_P(SignInTest, ASessionEndsIdleAtItsEndAndByHand) {
  const App app = Enrol("kim");
  const SignedIn idle = SignInWith("kim", app);
  clock_.Advance(minutes(29));
  EXPECT_TRUE(Holds(idle));  // and is noted
  clock_.Advance(minutes(29));
  EXPECT_TRUE(Holds(idle));
  clock_.Advance(minutes(30));
  EXPECT_FALSE(Holds(idle));

  const SignedIn busy = SignInWith("kim", app);
  for (int i = 0; i < 35; ++i) {
    clock_.Advance(minutes(20));
    EXPECT_TRUE(Holds(busy));
  }
  clock_.Advance(minutes(20));
  EXPECT_FALSE(Holds(busy));  // 12 hours

  const SignedIn out = SignInWith("kim", app);
  Must(sign_in_->SignOut(View(out.cookie)));
  Must(sign_in_->SignOut(View(out.cookie)));
  EXPECT_FALSE(Holds(out));
  EXPECT_FALSE(sign_in_->Check("no cookie"));
  EXPECT_FALSE(sign_in_->Check(""));
}

TEST_P(SignInTest, ABrowserThatCallsItselfSomethingOddComesInAllTheSame) {
  const App app = Enrol("kim");
  const std::string odd = "Fire\0fox\xff " + std::string("브라우저") + std::string(500, 'x');
  const Pending pending = Must(sign_in_->Password("kim", kPassword, source_, odd));
  const auto signed_in = Must(sign_in_->Totp(View(pending.cookie), app.CodeAt(clock_.Now())));
  const std::string device = Must(sign_in_->Sessions(signed_in.actor)).at(0).device;
  EXPECT_LE(device.size(), 100u);
  EXPECT_THAT(device, testing::StartsWith("Fire"));
}

TEST_P(SignInTest, OnesOwnSessionsAreListedAndEndedAndNobodyElses) {
  const App app = Enrol("kim");
  const SignedIn one = SignInWith("kim", app), two = SignInWith("kim", app);
  const auto rows = Must(sign_in_->Sessions(one.actor));
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].device, "test browser");
  const Actor stranger = MakeStaff(Role::kCounsellor);
  EXPECT_EQ(sign_in_->EndSession(stranger, two.actor.staff()->session).error().code,
            ErrorCode::kNotFound);
  EXPECT_FALSE(sign_in_->EndSessions(stranger, one.actor.staff()->person));
  Must(sign_in_->EndSession(one.actor, two.actor.staff()->session));
  EXPECT_TRUE(Holds(one));
  EXPECT_FALSE(Holds(two));
  EXPECT_EQ(Must(sign_in_->EndSessions(one.actor, one.actor.staff()->person)), 1);
  EXPECT_FALSE(Holds(one));
}

TEST_P(SignInTest, ANewPasswordKeepsTheKeyAndEndsTheOtherSessions) {
  const App app = Enrol("kim");
  const SignedIn one = SignInWith("kim", app), two = SignInWith("kim", app);
  constexpr std::string_view kNew = "quite another 4 words";
  EXPECT_EQ(sign_in_->ChangePassword(one.actor, "wrong 1 password", kNew, source_).error().code,
            ErrorCode::kPermissionDenied);
  EXPECT_EQ(sign_in_->ChangePassword(one.actor, kPassword, "short", source_).error().code,
            ErrorCode::kInvalidArgument);
  Must(sign_in_->ChangePassword(one.actor, kPassword, kNew, source_));
  EXPECT_TRUE(Holds(one));
  EXPECT_FALSE(Holds(two));
  EXPECT_FALSE(GivePassword("kim"));
  const Pending pending = Must(GivePassword("kim", kNew));
  const auto again = Must(sign_in_->Totp(View(pending.cookie), app.CodeAt(clock_.Now())));
  EXPECT_EQ(again.actor.staff()->pair.public_key(), one.actor.staff()->pair.public_key());
}

TEST_P(SignInTest, ResetsTakeTwoSupervisorsAndAForgottenPasswordMakesANewKey) {
  const App app = Enrol("kim");
  const SignedIn before = SignInWith("kim", app);
  const auto id = before.actor.staff()->person;
  const Actor first = MakeStaff(Role::kSupervisor), second = MakeStaff(Role::kSupervisor);
  const auto approved = [&](ActKind kind) {
    NewApproval what;
    what.kind = kind;
    what.subject = PersonSubject(id);
    what.reason = "was asked in person";
    what.about = id;
    const ApprovalId approval = Write([&](Transaction& transaction) {
      return Propose(transaction, *keys_, first, what, clock_.Now());
    });
    EXPECT_FALSE(database_->Write([&](Transaction& transaction) -> Result<void> {
      TRY(ResetKey(transaction, *keys_, first, approval, id, clock_.Now()));
      return {};
    }));
    Write([&](Transaction& transaction) {
      return Vote(transaction, *keys_, second, approval,
                  ApprovalDigest(what.kind, what.subject, what.payload), {}, clock_.Now());
    });
    return approval;
  };
  // The second factor alone: the same key, the same password.
  const ApprovalId factor = approved(ActKind::kSecondFactorReset);
  const Invitation new_factor = Write([&](Transaction& transaction) {
    return ResetSecondFactor(transaction, *keys_, second, factor, id, clock_.Now());
  });
  EXPECT_FALSE(Holds(before));
  EXPECT_FALSE(Must(GivePassword("kim")).has_totp);
  App new_app;
  EXPECT_EQ(Accept(new_factor.code, new_app, "", "wrong 1 password").error().code,
            ErrorCode::kPermissionDenied);
  Must(Accept(new_factor.code, new_app, ""));
  clock_.Advance(seconds(30));
  const SignedIn between = SignInWith("kim", new_app);
  EXPECT_EQ(between.actor.staff()->pair.public_key(), before.actor.staff()->pair.public_key());

  const ApprovalId key = approved(ActKind::kKeyReset);
  const Invitation new_key = Write([&](Transaction& transaction) {
    return ResetKey(transaction, *keys_, second, key, id, clock_.Now());
  });
  EXPECT_FALSE(Holds(between));
  EXPECT_FALSE(GivePassword("kim"));
  constexpr std::string_view kNew = "quite another 4 words";
  Must(Accept(new_key.code, new_app, "", kNew));
  clock_.Advance(seconds(30));
  const Pending pending = Must(GivePassword("kim", kNew));
  const auto after = Must(sign_in_->Totp(View(pending.cookie), new_app.CodeAt(clock_.Now())));
  EXPECT_EQ(after.actor.staff()->pair.name().version, 2u);
  const auto pinned =
      Write([&](Transaction& transaction) { return FindPersonKey(transaction, *keys_, id); });
  EXPECT_EQ(pinned.key(), after.actor.staff()->pair.public_key());
}

TEST_P(SignInTest, APasskeyIsASecondFactorWhoseQuestionsAreAskedOnce) {
  const App app = Enrol("kim");
  const SignedIn first = SignInWith("kim", app);
  SoftwareAuthenticator key(SoftwareAuthenticator::Algorithm::kEs256);
  const auto challenge = Must(sign_in_->AskNewPasskey(first.actor));
  const auto created = key.Create(challenge, kTrue, SoftwareAuthenticator::Attestation::kNone);
  Must(sign_in_->AddPasskey(first.actor, created.answer(), "blue key"));
  EXPECT_FALSE(sign_in_->AddPasskey(first.actor, created.answer(), "again"));
  EXPECT_EQ(Must(sign_in_->Passkeys(first.actor)).size(), 1u);

  Pending pending = Must(GivePassword("kim"));
  EXPECT_TRUE(pending.has_passkey);
  auto question = Must(sign_in_->AskPasskey(View(pending.cookie)));
  ASSERT_EQ(question.credential_ids.size(), 1u);
  const auto answer = key.Assert(question.challenge, kTrue);
  const auto entered = Must(sign_in_->AnswerPasskey(View(pending.cookie), answer.answer()));
  EXPECT_TRUE(Holds(entered));

  // The same answer again, to the question of another session.
  pending = Must(GivePassword("kim"));
  question = Must(sign_in_->AskPasskey(View(pending.cookie)));
  EXPECT_FALSE(sign_in_->AnswerPasskey(View(pending.cookie), answer.answer()));
  // The question is gone with the wrong answer.
  const auto right = key.Assert(question.challenge, kTrue);
  EXPECT_FALSE(sign_in_->AnswerPasskey(View(pending.cookie), right.answer()));
  // A copy of the passkey, whose counter stands where it was.
  key.counter = 0;
  question = Must(sign_in_->AskPasskey(View(pending.cookie)));
  const auto copied = key.Assert(question.challenge, kTrue);
  EXPECT_FALSE(sign_in_->AnswerPasskey(View(pending.cookie), copied.answer()));

  Must(sign_in_->RemovePasskey(entered.actor, key.credential_id()));
  EXPECT_FALSE(sign_in_->RemovePasskey(entered.actor, key.credential_id()));
}

// Bytes as a database shows them in text.
std::string Hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    text += kDigits[static_cast<unsigned char>(byte) >> 4];
    text += kDigits[static_cast<unsigned char>(byte) & 15];
  }
  return text;
}

TEST_P(SignInTest, NoCookiePasswordNameOrSecretStandsInTheDatabase) {
  const App app = Enrol("kim");
  const SignedIn signed_in = SignInWith("kim", app);
  std::string all;
  if (sqlite()) {
    for (const auto& file : std::filesystem::directory_iterator(folder())) {
      if (!file.is_regular_file()) continue;
      std::ifstream stream(file.path(), std::ios::binary);
      all.append(std::istreambuf_iterator<char>(stream), {});
    }
  } else {
    for (const store::Row& table :
         store::Rows(*database_,
                     "SELECT CAST(table_name AS TEXT) FROM information_schema.tables "
                     "WHERE table_schema = 'public'")) {
      const auto name = Must(table.Get<std::string>(0));
      for (const store::Row& row :
           store::Rows(*database_, "SELECT CAST(row_to_json(t) AS TEXT) FROM " + name + " t")) {
        all += Must(row.Get<std::string>(0));
      }
    }
  }
  ASSERT_NE(all.find("kim"), std::string::npos);  // the sign-in name: the right place was read
  const std::string totp(reinterpret_cast<const char*>(app.secret.data()), app.secret.size());
  const auto pair = signed_in.actor.staff()->pair.private_half();
  const std::string half(reinterpret_cast<const char*>(pair.data()), pair.size());
  for (const std::string_view secret :
       {View(signed_in.cookie), kPassword, std::string_view("Kim Made-up"), std::string_view(totp),
        std::string_view(half)}) {
    EXPECT_EQ(all.find(secret), std::string::npos);
    EXPECT_EQ(all.find(Hex(secret)), std::string::npos);
  }
}

struct BadPassword {
  std::string name, password;
};
class PasswordRuleTest : public testing::TestWithParam<BadPassword> {};

TEST_P(PasswordRuleTest, RefusesIt) {
  EXPECT_EQ(CheckPassword(GetParam().password, "kim").error().code, ErrorCode::kInvalidArgument);
}
INSTANTIATE_TEST_SUITE_P(, PasswordRuleTest,
                         testing::Values(BadPassword{"Empty", ""},
                                         BadPassword{"ElevenCharacters", "abcdefghijk"},
                                         BadPassword{"FewDifferent", "abcabcabcabcabc"},
                                         BadPassword{"OneThatBecomesEighteen", "\uFDFA"},
                                         BadPassword{"WithTheName", "abcdefgkimhijklm"},
                                         BadPassword{"TooLong", std::string(1'025, 'x')},
                                         BadPassword{"NotUtf8", "abcdefghijkl\xff"},
                                         BadPassword{"ElevenSyllables", "가나다라마바사아자차카"}),
                         [](const auto& test) { return test.param.name; });

TEST(PasswordRule, CountsCharactersAndNotBytes) {
  EXPECT_TRUE(CheckPassword("가나다라마바사아자차카타", "kim"));
  EXPECT_TRUE(CheckPassword("correct horse b", "kim"));
}

}  // namespace
}  // namespace jikimi::access
