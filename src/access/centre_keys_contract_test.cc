#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <thread>

#include "access/case_key_tables.h"
#include "access/centre_key_tables.h"
#include "access/centre_keys.h"
#include "access/destructions.h"
#include "access/key_centre.h"
#include "access/key_folder.h"
#include "access/secret_file.h"
#include "base/bytes.h"
#include "base/file.h"

namespace jikimi::access {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class CentreKeysTest : public KeyCentreTest {
 protected:
  void SetUp() override {
    KeyCentreTest::SetUp();
    anna_ = AddStaff(Role::kCounsellor);
    bora_ = AddStaff(Role::kCounsellor);
  }
  EpochRotation Rotate() { return Must(RotateEpochIfDue(database(), keys(), Now())); }
  void NextDay() { clock_.Advance(std::chrono::days(1)); }

  Staff anna_;
  Staff bora_;
};

TEST_P(CentreKeysTest, FilesAreTheOwnersOnlyAndTheCopiesHaveTheSame) {
  for (const auto name : {kServerKeysFile, kEpochRingFile, kCentreKeyFile, kLogKeyFile}) {
    struct stat status = {};
    ASSERT_EQ(stat((keys().folder() / name).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
    EXPECT_EQ(Must(ReadFile(keys().folder() / name, 10'000)),
              Must(ReadFile(folder() / "copy" / name, 10'000)));
  }
  EXPECT_EQ(CentreKeys::Init(key_options(), Now()).error().code, ErrorCode::kAlreadyExists);
}

TEST_P(CentreKeysTest, WhatIsWrongWithAFileIsSaid) {
  const auto path = keys().folder() / kEpochRingFile;
  const auto load = [&] { return CentreKeys::Load({keys().folder(), {}}); };
  const auto good = Must(ReadFile(path, 10'000));
  const auto expect = [&](ErrorCode code, std::string_view what) {
    const auto loaded = load();
    ASSERT_FALSE(loaded.has_value());
    EXPECT_EQ(loaded.error().code, code);
    EXPECT_THAT(loaded.error().message, HasSubstr(path.native()));
    EXPECT_THAT(loaded.error().message, HasSubstr(what));
  };
  chmod(path.c_str(), 0640);
  expect(ErrorCode::kPermissionDenied, "0600");
  chmod(path.c_str(), 0600);
  for (std::size_t at = 0; at < good.size(); at += 7) {
    auto changed = good;
    changed[at] ^= std::byte{1};
    Must(WriteFileAtomically(path, changed));
    chmod(path.c_str(), 0600);
    EXPECT_FALSE(load().has_value()) << at;
    Must(WriteFileAtomically(path, std::span(good).first(at)));
    chmod(path.c_str(), 0600);
    EXPECT_FALSE(load().has_value()) << "cut at " << at;
  }
  std::filesystem::remove(path);
  expect(ErrorCode::kNotFound, "");
  std::filesystem::copy_file(keys().folder() / kServerKeysFile, path);
  expect(ErrorCode::kCorrupt, "another file");
}

TEST_P(CentreKeysTest, ANewerCopyBringsAnOldFolderUpToDate) {
  const auto old_ring = Must(ReadFile(keys().folder() / kEpochRingFile, 10'000));
  NextDay();
  EXPECT_TRUE(Rotate().opened);
  Stop();
  const auto path = key_options().folder / kEpochRingFile;
  Must(WriteFileAtomically(path, old_ring));
  chmod(path.c_str(), 0600);
  Start();
  EXPECT_EQ(keys().epochs()->current(), 2u);
  Must(keys().CheckBelongsTo(database(), Now()));
}

TEST_P(CentreKeysTest, AnOldFolderOrAnotherCentresIsRefused) {
  const CentreKeysOptions old{folder() / "old", {}};
  std::filesystem::copy(keys().folder(), old.folder);
  NextDay();
  Rotate();
  const auto old_keys = Must(CentreKeys::Load(old));
  EXPECT_EQ(old_keys.CheckBelongsTo(database(), Now()).error().code, ErrorCode::kUnavailable);
  const CentreKeysOptions another{folder() / "another", {}};
  Must(CentreKeys::Init(another, Now()));
  const auto other_keys = Must(CentreKeys::Load(another));
  EXPECT_FALSE(other_keys.CheckBelongsTo(database(), Now()).has_value());
}

TEST_P(CentreKeysTest, TheDailyRotationDropsWhatIsSevenDaysOldAndKeepsEveryCase) {
  std::vector<Case> cases;
  for (int i = 0; i < 5; ++i) cases.push_back(NewCaseOf(anna_, bora_));
  EXPECT_FALSE(Rotate().opened) << "not due yet";
  std::vector<std::uint32_t> dropped;
  for (int day = 1; day <= 9; ++day) {
    NextDay();
    const auto rotation = Rotate();
    EXPECT_TRUE(rotation.opened);
    EXPECT_EQ(rotation.resealed, std::ssize(cases));
    dropped.insert(dropped.end(), rotation.dropped.begin(), rotation.dropped.end());
    for (const auto& made : cases) EXPECT_TRUE(Open(As(anna_), made.id).has_value());
    cases.push_back(NewCaseOf(anna_, bora_));
  }
  EXPECT_THAT(dropped, ElementsAre(1u, 2u, 3u));
  EXPECT_THAT(keys().epochs()->epochs(), SizeIs(7));
}

TEST_P(CentreKeysTest, ARotationThatWasKilledAnywhereGoesOn) {
  const auto made = NewCaseOf(anna_, bora_);
  NextDay();
  {  // killed after the ring was written
    auto ring = Must(keys().files().FreshEpochs());
    Must(ring.Rotate(DayOf(Now())));
    const auto lock = Must(keys().files().Lock());
    Must(keys().files().Save(ring));
  }
  const auto between = NewCaseOf(anna_, bora_);
  const auto rotation = Rotate();
  EXPECT_FALSE(rotation.opened) << "the one that was begun";
  EXPECT_EQ(rotation.resealed, 1);
  EXPECT_TRUE(keys().epochs()->LastCopyDies(DayOf(Now())).has_value());
  EXPECT_TRUE(Open(As(anna_), made.id).has_value());
  EXPECT_TRUE(Open(As(anna_), between.id).has_value());
}

TEST_P(CentreKeysTest, AProcessThatMissedARotationWritesNothingUnderTheOldKey) {
  // Another process on a folder of its own that is not kept up to date.
  const CentreKeysOptions stale_options{folder() / "stale", {}};
  std::filesystem::copy(keys().folder(), stale_options.folder);
  const auto stale = Must(CentreKeys::Load(stale_options));
  NextDay();
  Rotate();
  const auto made = NewCaseOf(anna_, bora_);
  const auto refused = Write([&](store::Transaction& transaction) -> Result<void> {
    const std::vector persons = {anna_.id, bora_.id};
    TRY(CreateForPersons(transaction, stale, vault::CaseId::Random(), persons, std::nullopt, {},
                         Now()));
    return {};
  });
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(refused.error().message, HasSubstr("stale"));
}

TEST_P(CentreKeysTest, AProcessNoticesWhatAnotherOneRotated) {
  const auto other = Must(CentreKeys::Load(key_options()));
  NextDay();
  Rotate();
  EXPECT_EQ(other.epochs()->current(), 2u);
  const auto version = Must(BeginServerKeyRotation(database(), keys(), Now()));
  EXPECT_EQ(other.server()->current().name().version, version);
}

TEST_P(CentreKeysTest, CasesAreMadeAndOpenedWhileARotationRuns) {
  for (int i = 0; i < 20; ++i) NewCaseOf(anna_, bora_);
  std::vector<vault::CaseId> made;
  std::jthread writer([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      made.push_back(NewCaseOf(anna_, bora_).id);
      if (!Open(As(bora_), made.back())) made.push_back({});
    }
  });
  for (int day = 0; day < 8; ++day) {
    NextDay();
    EXPECT_FALSE(Rotate().busy);
  }
  writer.request_stop();
  writer.join();
  for (const auto id : made) EXPECT_TRUE(Open(As(anna_), id).has_value());
  const auto left = Must(Write([&](store::Transaction& transaction) {
    return OlderLayers(transaction, keys().epochs()->epochs().front(), std::nullopt, 10);
  }));
  EXPECT_THAT(left, IsEmpty());
}

TEST_P(CentreKeysTest, AKeyringThatDoesNotOpenKeepsItsEpochAlive) {
  const auto made = NewCaseOf(anna_, bora_);
  const auto other = NewCaseOf(anna_, bora_);
  const std::span<const std::byte> id = made.id.bytes();
  Must(store::Do(database(),
                 "UPDATE access_case_key SET revision = revision + 1 WHERE case_id = $1", {id}));
  NextDay();
  EXPECT_EQ(RotateEpochIfDue(database(), keys(), Now()).error().code, ErrorCode::kCorrupt);
  EXPECT_FALSE(keys().epochs()->LastCopyDies(DayOf(Now())).has_value()) << "no receipt";
  Must(store::Do(database(),
                 "UPDATE access_case_key SET revision = revision - 1 WHERE case_id = $1", {id}));
  EXPECT_EQ(Rotate().resealed, 1);
  EXPECT_TRUE(Open(As(anna_), made.id).has_value());
  EXPECT_TRUE(Open(As(anna_), other.id).has_value());
}

TEST_P(CentreKeysTest, TheServerKeysRotateAndRetire) {
  const vault::Context context{vault::Purpose::kField, vault::CaseId::Random(), {}, "url", 1};
  auto stored = keys().SealField(context, AsBytes("https://example.test/"));
  EXPECT_EQ(Must(BeginServerKeyRotation(database(), keys(), Now())), 2u);
  EXPECT_EQ(BeginServerKeyRotation(database(), keys(), Now()).error().code,
            ErrorCode::kUnavailable);
  const std::vector<ServerField> fields = {
      {"test.url",
       [&](store::Transaction&, const vault::ServerKeys& ring, int) -> Result<std::int64_t> {
         if (stored.key_version() == ring.current().name().version) return 0;
         stored = TRY(ring.Reseal(context, stored));
         return 1;
       }}};
  EXPECT_EQ(FinishServerKeyRotation(database(), keys(), fields, Now()).error().code,
            ErrorCode::kUnavailable)
      << "others may still write under the old one";
  clock_.Advance(kServerKeyGrace);
  EXPECT_GE(Must(FinishServerKeyRotation(database(), keys(), fields, Now())), 1);
  EXPECT_THAT(keys().server()->versions(), ElementsAre(2u));
  EXPECT_TRUE(keys().OpenField(context, stored).has_value());
  EXPECT_EQ(Must(FinishServerKeyRotation(database(), keys(), fields, Now())), 0);
  // Pins and staff names went along; what the room's people have is re-sealed by their own fields.
  EXPECT_TRUE(Write([&](store::Transaction& transaction) {
                return FindEscrowKey(transaction, keys());
              }).has_value());
}

// A backup's fields against the ring of today: `stored` stands in for a column of the database.
class RestoredFieldsTest : public CentreKeysTest {
 protected:
  using Sealed = vault::SealedUnder<vault::KeyKind::kServer>;

  void SetUp() override {
    CentreKeysTest::SetUp();
    stored_.emplace(Seal());
    const auto bytes = stored_->bytes();
    under_one_.assign(bytes.begin(), bytes.end());
  }
  void TearDown() override {
    stored_.reset();
    CentreKeysTest::TearDown();
  }
  Sealed Seal() { return keys().SealField(context_, AsBytes("https://example.test/")); }

  // All but `stored_` is sealed anew, and version 1 is retired.
  void RotateWithoutIt() {
    Must(BeginServerKeyRotation(database(), keys(), Now()));
    clock_.Advance(kServerKeyGrace);
    Must(FinishServerKeyRotation(database(), keys(), {}, Now()));
  }
  // The database again knows version 1, as one did that was copied while both were in the ring.
  void PutBackSampleOfVersionOne() {
    Must(Write([&](store::Transaction& transaction) {
      return AddKeySample(transaction, kServerSample, {1, Now(), under_one_});
    }));
  }
  std::vector<std::uint32_t> Samples() {
    std::vector<std::uint32_t> versions;
    for (const auto& sample : Must(Write([](store::Transaction& transaction) {
           return KeySamples(transaction, kServerSample);
         }))) {
      versions.push_back(sample.version);
    }
    return versions;
  }

  const vault::Context context_{vault::Purpose::kField, vault::CaseId::Random(), {}, "url", 1};
  std::optional<Sealed> stored_;
  std::vector<std::byte> under_one_;
  const std::vector<ServerField> fields_ = {
      {"test.url",
       [this](store::Transaction&, const vault::ServerKeys& ring, int) -> Result<std::int64_t> {
         if (stored_->key_version() == ring.current().name().version) return 0;
         stored_ = TRY(ring.Reseal(context_, *stored_));
         return 1;
       }}};
};

TEST_P(RestoredFieldsTest, WhatIsUnderAKeyThatIsStillInTheRingOpensAndStays) {
  Must(BeginServerKeyRotation(database(), keys(), Now()));
  Must(CheckServerFields(database(), keys(), fields_));
  EXPECT_EQ(stored_->key_version(), 1u) << "the rotation under way seals it anew in its time";
  EXPECT_TRUE(keys().OpenField(context_, *stored_).has_value());
  clock_.Advance(kServerKeyGrace);
  EXPECT_GE(Must(FinishServerKeyRotation(database(), keys(), fields_, Now())), 1);
  EXPECT_TRUE(keys().OpenField(context_, *stored_).has_value());
}

TEST_P(RestoredFieldsTest, WhatIsUnderARetiredKeyOpensNoMoreAndTheRestoreSaysSo) {
  RotateWithoutIt();
  const auto opened = keys().OpenField(context_, *stored_);
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code, ErrorCode::kNotFound);
  EXPECT_THAT(opened.error().message, HasSubstr("retired"));
  PutBackSampleOfVersionOne();
  const auto refused = CheckServerFields(database(), keys(), fields_);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kPermissionDenied);
  EXPECT_THAT(refused.error().message, HasSubstr("server key 1 was retired"));
  EXPECT_THAT(refused.error().message, HasSubstr("test.url"));
  EXPECT_THAT(Samples(), testing::UnorderedElementsAre(1u, 2u)) << "asked again, it says the same";
}

// Such as a rotation that was killed between retiring the key and forgetting its sample.
TEST_P(RestoredFieldsTest, ARetiredKeyThatNothingIsUnderIsForgotten) {
  RotateWithoutIt();
  stored_ = Seal();
  PutBackSampleOfVersionOne();
  Must(CheckServerFields(database(), keys(), fields_));
  EXPECT_THAT(Samples(), ElementsAre(2u));
}

JIKIMI_ON_BOTH_DATABASES(CentreKeysTest);
JIKIMI_ON_BOTH_DATABASES(RestoredFieldsTest);

}  // namespace
}  // namespace jikimi::access
