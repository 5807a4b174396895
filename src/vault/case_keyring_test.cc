#include "vault/case_keyring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "base/bytes.h"
#include "base/random.h"
#include "vault/test_bytes.h"
#include "vault/wrap.h"

namespace jikimi::vault {
namespace {

PinnedPersonKey Pinned(const PersonKeyPair& pair) {
  return PinnedPersonKey::Check(pair.public_key(), pair.public_key().Pin()).value();
}
PinnedEscrowKey Pinned(const EscrowKeyPair& pair) {
  return PinnedEscrowKey::Check(pair.public_key(), pair.public_key().Pin()).value();
}

Context NoteOf(CaseId id) {
  return {.purpose = Purpose::kField, .of = id, .about = {}, .field = "note", .version = 1};
}
Context UploadOf(ItemId id) {
  return {.purpose = Purpose::kField, .of = id, .about = {}, .field = "title", .version = 1};
}

class CaseKeyringTest : public testing::Test {
 protected:
  PersonKeyPair anna_ = PersonKeyPair::Generate({PersonId::Random(), 1});
  PersonKeyPair bora_ = PersonKeyPair::Generate({PersonId::Random(), 1});
  PersonKeyPair chul_ = PersonKeyPair::Generate({PersonId::Random(), 1});
  EscrowKeyPair escrow_ = EscrowKeyPair::Generate({EscrowId::Random(), 1});
  SurvivorKeyPair survivor_ = SurvivorKeyPair::Generate({SurvivorId::Random(), 1});
  CaseKeyring::Created created_ =
      CaseKeyring::Create(CaseId::Random(), std::vector{Pinned(anna_), Pinned(bora_)},
                          Pinned(escrow_), survivor_.public_key())
          .value();
  CaseKeyring& keyring_ = created_.keyring;
};

TEST_F(CaseKeyringTest, OpensForEachGranteeTheEscrowAndTheSurvivor) {
  for (const auto& opened : {keyring_.Open(anna_), keyring_.Open(bora_),
                             keyring_.OpenByEscrow(escrow_), keyring_.OpenBySurvivor(survivor_)}) {
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    EXPECT_EQ(opened->public_key(), keyring_.public_key());
  }
}

TEST_F(CaseKeyringTest, OpensForNobodyElse) {
  EXPECT_EQ(keyring_.Open(chul_).error().code, ErrorCode::kPermissionDenied);
  const auto impostor = PersonKeyPair::Generate(anna_.name());
  EXPECT_EQ(keyring_.Open(impostor).error().code, ErrorCode::kPermissionDenied);
  EXPECT_FALSE(keyring_.OpenByEscrow(EscrowKeyPair::Generate(escrow_.name())).has_value());
  EXPECT_FALSE(keyring_.OpenBySurvivor(SurvivorKeyPair::Generate(survivor_.name())).has_value());
}

TEST_F(CaseKeyringTest, OpensForRepresentativesBesideTheSurvivorUntilTheyAreTakenOff) {
  const auto guardian = SurvivorKeyPair::Generate({SurvivorId::Random(), 1});
  const auto proxy = SurvivorKeyPair::Generate({SurvivorId::Random(), 1});
  EXPECT_FALSE(keyring_.OpenBySurvivor(guardian).has_value());
  for (const auto* pair : {&guardian, &proxy}) {
    ASSERT_TRUE(keyring_.AddRepresentative(created_.pair, pair->public_key()).has_value());
    EXPECT_EQ(keyring_.AddRepresentative(created_.pair, pair->public_key()).error().code,
              ErrorCode::kAlreadyExists);
  }
  EXPECT_EQ(keyring_.AddRepresentative(created_.pair, survivor_.public_key()).error().code,
            ErrorCode::kAlreadyExists);
  EXPECT_EQ(keyring_.representatives().size(), 2U);
  const auto words =
      SurvivorKeyPair::Generate({guardian.name().owner, guardian.name().version + 1});
  const auto pair = keyring_.ReplaceRepresentative(created_.pair, words.public_key()).value();
  const auto stored = CaseKeyring::Parse(keyring_.bytes()).value();
  EXPECT_EQ(stored.bytes(), keyring_.bytes());
  for (const SurvivorKeyPair* opener :
       std::initializer_list<const SurvivorKeyPair*>{&survivor_, &words, &proxy}) {
    EXPECT_TRUE(stored.OpenBySurvivor(*opener).has_value());
  }
  EXPECT_FALSE(stored.OpenBySurvivor(guardian).has_value()) << "its former key";
  ASSERT_TRUE(keyring_.RemoveRepresentative(pair, words.name().owner).has_value());
  EXPECT_FALSE(keyring_.OpenBySurvivor(words).has_value());
  EXPECT_TRUE(keyring_.OpenBySurvivor(proxy).has_value());
  ASSERT_TRUE(keyring_.ForgetRepresentative(proxy.name().owner).has_value());
  EXPECT_FALSE(keyring_.OpenBySurvivor(proxy).has_value());
  EXPECT_TRUE(keyring_.OpenBySurvivor(survivor_).has_value());
  EXPECT_EQ(CaseKeyring::Parse(keyring_.bytes()).value().bytes(), keyring_.bytes());
}

TEST_F(CaseKeyringTest, NeedsTwoDifferentGrantees) {
  const auto create = [&](const std::vector<PinnedPersonKey>& grantees) {
    return CaseKeyring::Create(CaseId::Random(), grantees, Pinned(escrow_), std::nullopt);
  };
  EXPECT_EQ(create({}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(create({Pinned(anna_)}).error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(create({Pinned(anna_), Pinned(anna_)}).error().message,
              testing::HasSubstr("granted twice"));
}

TEST_F(CaseKeyringTest, TheLastTwoGranteesStay) {
  const auto before = keyring_.bytes();
  const auto revoked = keyring_.Revoke(created_.pair, anna_.name().owner);
  ASSERT_FALSE(revoked.has_value());
  EXPECT_EQ(revoked.error().code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(keyring_.bytes(), before) << "a refused change changes nothing";
}

TEST_F(CaseKeyringTest, ForgettingAGranteeNeedsNoPairAndMayLeaveOne) {
  ASSERT_TRUE(keyring_.ForgetGrantee(anna_.name().owner).has_value());
  ASSERT_TRUE(keyring_.ForgetGrantee(chul_.name().owner).has_value()) << "not granted anyhow";
  const auto parsed = CaseKeyring::Parse(keyring_.bytes());
  ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
  EXPECT_EQ(parsed->Open(anna_).error().code, ErrorCode::kPermissionDenied);
  EXPECT_TRUE(parsed->Open(bora_).has_value());
}

TEST_F(CaseKeyringTest, KnowsWhetherFormerKeysAreKept) {
  EXPECT_FALSE(keyring_.has_former());
  ASSERT_TRUE(keyring_.Rotate(created_.pair).has_value());
  EXPECT_TRUE(keyring_.has_former());
  keyring_.DropFormer();
  EXPECT_FALSE(keyring_.has_former());
}

TEST_F(CaseKeyringTest, GrantingNeedsTheCurrentPair) {
  const auto before = keyring_.bytes();
  const auto stranger = CaseKeyPair::Generate(created_.pair.name());
  EXPECT_EQ(keyring_.Grant(stranger, Pinned(chul_)).error().code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(keyring_.Revoke(stranger, anna_.name().owner).error().code,
            ErrorCode::kPermissionDenied);
  EXPECT_EQ(keyring_.Rotate(stranger).error().code, ErrorCode::kPermissionDenied);
  EXPECT_EQ(keyring_.bytes(), before);
  EXPECT_TRUE(keyring_.Grant(created_.pair, Pinned(chul_)).has_value());
  EXPECT_TRUE(keyring_.Open(chul_).has_value());
  EXPECT_EQ(keyring_.Grant(created_.pair, Pinned(chul_)).error().code, ErrorCode::kAlreadyExists);
}

TEST_F(CaseKeyringTest, ARevokedPersonOpensNothingThatIsNewOrRewrapped) {
  ASSERT_TRUE(keyring_.Grant(created_.pair, Pinned(chul_)).has_value());
  const auto item = ItemId::Random();
  const auto file = FileId::Random();
  const auto old_item = keyring_.AddItem(item).value();
  const auto old_file = keyring_.AddFile(old_item, file).value();
  const auto old_pair = keyring_.Open(chul_).value();

  const auto new_pair = keyring_.Revoke(created_.pair, chul_.name().owner);
  ASSERT_TRUE(new_pair.has_value()) << new_pair.error().message;
  EXPECT_FALSE(keyring_.Open(chul_).has_value());
  EXPECT_NE(keyring_.public_key(), old_pair.public_key());
  EXPECT_FALSE(keyring_.OpenItem(old_pair, item).has_value());
  EXPECT_FALSE(keyring_.OpenFile(old_item, file).has_value());
  EXPECT_FALSE(keyring_.AddFile(old_item, FileId::Random()).has_value());

  const auto new_item = keyring_.OpenItem(*new_pair, item).value();
  EXPECT_EQ(new_item.name().version, 2u);
  EXPECT_NE(CopyOf(new_item.bytes()), CopyOf(old_item.bytes()));
  EXPECT_EQ(CopyOf(keyring_.OpenFile(new_item, file)->bytes()), CopyOf(old_file.bytes()));
  const auto note = Seal(keyring_.public_key(), NoteOf(keyring_.id()), AsBytes("new")).value();
  EXPECT_FALSE(Open(old_pair, NoteOf(keyring_.id()), note).has_value());
  EXPECT_TRUE(Open(*new_pair, NoteOf(keyring_.id()), note).has_value());
  for (const auto* person : {&anna_, &bora_}) EXPECT_TRUE(keyring_.Open(*person).has_value());
  EXPECT_TRUE(keyring_.OpenByEscrow(escrow_).has_value());
  EXPECT_TRUE(keyring_.OpenBySurvivor(survivor_).has_value());
}

TEST_F(CaseKeyringTest, FormerKeysStayReadableUntilDroppedForThoseWithAccess) {
  const auto item = ItemId::Random();
  const auto old_item = keyring_.AddItem(item).value();
  const auto note = Seal(keyring_.public_key(), NoteOf(keyring_.id()), AsBytes("old")).value();
  const auto title = Seal(old_item, UploadOf(item), AsBytes("old title"));
  const auto second = keyring_.Rotate(created_.pair).value();
  const auto third = keyring_.Rotate(second).value();

  const auto former = keyring_.OpenFormer(third, 1);
  ASSERT_TRUE(former.has_value()) << former.error().message;
  EXPECT_EQ(TextOf(Open(*former, NoteOf(keyring_.id()), note).value()), "old");
  const auto current_item = keyring_.OpenItem(third, item).value();
  EXPECT_EQ(current_item.name().version, 3u);
  const auto former_item = keyring_.OpenFormerItem(current_item, 1).value();
  EXPECT_EQ(TextOf(Open(former_item, UploadOf(item), title).value()), "old title");
  EXPECT_FALSE(keyring_.OpenFormer(second, 1).has_value());

  keyring_.DropFormer();
  EXPECT_EQ(keyring_.OpenFormer(third, 1).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(keyring_.OpenFormerItem(current_item, 1).error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(keyring_.OpenItem(third, item).has_value());
}

TEST_F(CaseKeyringTest, ALostCodeDiesWhenTheSurvivorGetsANewOne) {
  const auto fresh = SurvivorKeyPair::Generate({survivor_.name().owner, 2});
  const auto pair = keyring_.ReplaceSurvivor(created_.pair, fresh.public_key());
  ASSERT_TRUE(pair.has_value()) << pair.error().message;
  EXPECT_FALSE(keyring_.OpenBySurvivor(survivor_).has_value());
  EXPECT_EQ(keyring_.OpenBySurvivor(fresh)->public_key(), pair->public_key());
  ASSERT_TRUE(keyring_.ReplaceSurvivor(*pair, std::nullopt).has_value());
  EXPECT_FALSE(keyring_.OpenBySurvivor(fresh).has_value());
}

TEST_F(CaseKeyringTest, TheEscrowIsRotated) {
  const auto fresh = EscrowKeyPair::Generate({escrow_.name().owner, 2});
  const auto pair = keyring_.ReplaceEscrow(created_.pair, Pinned(fresh)).value();
  EXPECT_FALSE(keyring_.OpenByEscrow(escrow_).has_value());
  EXPECT_EQ(keyring_.OpenByEscrow(fresh)->public_key(), pair.public_key());
}

TEST_F(CaseKeyringTest, APersonsNewKeyTakesThePlaceOfTheFormer) {
  const auto fresh = PersonKeyPair::Generate({anna_.name().owner, 2});
  ASSERT_TRUE(keyring_.ReplacePerson(created_.pair, Pinned(fresh)).has_value());
  EXPECT_FALSE(keyring_.Open(anna_).has_value());
  EXPECT_TRUE(keyring_.Open(fresh).has_value());
  EXPECT_EQ(keyring_.grantees().size(), 2u);
}

TEST_F(CaseKeyringTest, ItemsAndFilesAreAddedOnce) {
  const auto item = ItemId::Random();
  const auto file = FileId::Random();
  const auto key = keyring_.AddItem(item).value();
  EXPECT_EQ(keyring_.AddItem(item).error().code, ErrorCode::kAlreadyExists);
  ASSERT_TRUE(keyring_.AddFile(key, file).has_value());
  EXPECT_EQ(keyring_.AddFile(key, file).error().code, ErrorCode::kAlreadyExists);
  EXPECT_EQ(keyring_.OpenFile(key, FileId::Random()).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(keyring_.OpenItem(created_.pair, ItemId::Random()).error().code, ErrorCode::kNotFound);
  EXPECT_THAT(keyring_.items(), testing::ElementsAre(item));
  EXPECT_THAT(keyring_.files(item), testing::ElementsAre(file));
}

TEST_F(CaseKeyringTest, ANewReportOpensForTheIntakeTeamUntilTwoPeopleHaveIt) {
  const auto team = TeamKeyPair::Generate({TeamId::Random(), 1});
  const auto pinned = PinnedTeamKey::Check(team.public_key(), team.public_key().Pin()).value();
  auto created = CaseKeyring::CreateForIntake(CaseId::Random(), pinned, Pinned(escrow_),
                                              survivor_.public_key())
                     .value();
  auto ring = CaseKeyring::Parse(created.keyring.bytes()).value();
  EXPECT_TRUE(ring.at_intake());
  // A member has the team's pair wrapped to their own.
  const auto wrap = WrapPair(chul_.public_key(), team).value();
  const auto member = UnwrapPair(chul_, team.name(), wrap).value();
  const auto pair = ring.OpenByTeam(member).value();
  EXPECT_TRUE(ring.OpenByEscrow(escrow_).has_value());
  EXPECT_TRUE(ring.OpenBySurvivor(survivor_).has_value());
  EXPECT_EQ(ring.ReleaseTeam(pair).error().code, ErrorCode::kPermissionDenied);
  ASSERT_TRUE(ring.Grant(pair, Pinned(anna_)).has_value());
  EXPECT_EQ(ring.ReleaseTeam(pair).error().code, ErrorCode::kPermissionDenied);
  ASSERT_TRUE(ring.Grant(pair, Pinned(bora_)).has_value());
  const auto released = ring.ReleaseTeam(pair);
  ASSERT_TRUE(released.has_value()) << released.error().message;
  EXPECT_FALSE(ring.at_intake());
  EXPECT_FALSE(ring.OpenByTeam(member).has_value());
  EXPECT_FALSE(ring.OpenFormer(pair, 1).has_value());
  EXPECT_EQ(ring.Open(anna_)->public_key(), released->public_key());
  EXPECT_EQ(CaseKeyring::Parse(ring.bytes())->bytes(), ring.bytes());
}

TEST_F(CaseKeyringTest, AMemberWhoLeftTheTeamLosesTheReportsAtIntake) {
  const auto team = TeamKeyPair::Generate({TeamId::Random(), 1});
  const auto fresh = TeamKeyPair::Generate({team.name().owner, 2});
  const auto pinned = [](const TeamKeyPair& pair) {
    return PinnedTeamKey::Check(pair.public_key(), pair.public_key().Pin()).value();
  };
  auto created =
      CaseKeyring::CreateForIntake(CaseId::Random(), pinned(team), Pinned(escrow_), std::nullopt)
          .value();
  EXPECT_EQ(keyring_.ReplaceTeam(created_.pair, pinned(fresh)).error().code, ErrorCode::kNotFound);
  ASSERT_TRUE(created.keyring.ReplaceTeam(created.pair, pinned(fresh)).has_value());
  EXPECT_FALSE(created.keyring.OpenByTeam(team).has_value());
  EXPECT_TRUE(created.keyring.OpenByTeam(fresh).has_value());
}

TEST_F(CaseKeyringTest, ADestroyedItemIsGoneAndCounted) {
  const auto item = ItemId::Random();
  const auto kept = ItemId::Random();
  const auto key = keyring_.AddItem(item).value();
  ASSERT_TRUE(keyring_.AddItem(kept).has_value());
  ASSERT_TRUE(keyring_.AddFile(key, FileId::Random()).has_value());
  EXPECT_EQ(keyring_.DestroyItem(item).value(), 2u);
  EXPECT_FALSE(keyring_.OpenItem(created_.pair, item).has_value());
  EXPECT_TRUE(keyring_.OpenItem(created_.pair, kept).has_value());
  EXPECT_EQ(keyring_.DestroyItem(item).error().code, ErrorCode::kNotFound);
}

TEST_F(CaseKeyringTest, ADestroyedCaseOpensForNobodyAndRefusesEverything) {
  ASSERT_TRUE(keyring_.AddItem(ItemId::Random()).has_value());
  EXPECT_EQ(keyring_.Destroy(), 2u);
  EXPECT_EQ(keyring_.Destroy(), 0u);
  const auto stored = CaseKeyring::Parse(keyring_.bytes());
  ASSERT_TRUE(stored.has_value()) << stored.error().message;
  for (auto ring : {*stored, keyring_}) {
    EXPECT_TRUE(ring.destroyed());
    for (const auto& opened :
         {ring.Open(anna_), ring.OpenByEscrow(escrow_), ring.OpenBySurvivor(survivor_)}) {
      ASSERT_FALSE(opened.has_value());
      EXPECT_EQ(opened.error().message, "case: its keys were destroyed");
    }
    EXPECT_FALSE(ring.AddItem(ItemId::Random()).has_value());
    EXPECT_FALSE(ring.Grant(created_.pair, Pinned(chul_)).has_value());
    EXPECT_FALSE(ring.Rotate(created_.pair).has_value());
  }
}

class CaseKeyringFormTest : public CaseKeyringTest {
 protected:
  CaseKeyringFormTest() {
    for (int i = 0; i < 2; ++i) {
      const auto id = ItemId::Random();
      const auto key = keyring_.AddItem(id).value();
      file_ = FileId::Random();
      CHECK(keyring_.AddFile(key, file_).has_value());
      item_ = id;
    }
    pair_.emplace(keyring_.Rotate(created_.pair).value());
  }

  ItemId item_;
  FileId file_;
  std::optional<CaseKeyPair> pair_;
};

TEST_F(CaseKeyringFormTest, ComesBackWhole) {
  const auto form = keyring_.bytes();
  const auto back = CaseKeyring::Parse(form);
  ASSERT_TRUE(back.has_value()) << back.error().message;
  EXPECT_EQ(back->bytes(), form);
  EXPECT_EQ(back->revision(), keyring_.revision());
  EXPECT_EQ(back->Open(bora_)->public_key(), keyring_.public_key());
  const auto key = back->OpenItem(*pair_, item_).value();
  EXPECT_TRUE(back->OpenFile(key, file_).has_value());
  EXPECT_TRUE(back->OpenFormer(*pair_, 1).has_value());
}

TEST_F(CaseKeyringFormTest, EveryCutIsRefusedAndEveryFlipIsRefusedOrDeniesSomebody) {
  const auto form = keyring_.bytes();
  for (std::size_t size = 0; size < form.size(); ++size) {
    EXPECT_FALSE(CaseKeyring::Parse(std::span(form).first(size)).has_value()) << size;
  }
  auto longer = form;
  longer.push_back(std::byte{0});
  EXPECT_FALSE(CaseKeyring::Parse(longer).has_value());
  // The form has no checksum: the epoch's layer authenticates it. But a flip never opens more.
  const auto opens_all = [&](const CaseKeyring& ring) {
    if (!ring.Open(anna_) || !ring.Open(bora_) || !ring.OpenByEscrow(escrow_) ||
        !ring.OpenBySurvivor(survivor_) || !ring.OpenFormer(*pair_, 1)) {
      return false;
    }
    if (ring.items() != keyring_.items()) return false;
    for (const auto id : ring.items()) {
      const auto key = ring.OpenItem(*pair_, id);
      if (!key || !ring.OpenFormerItem(*key, 1)) return false;
      if (ring.files(id) != keyring_.files(id)) return false;
      for (const auto file : ring.files(id)) {
        if (!ring.OpenFile(*key, file)) return false;
      }
    }
    return true;
  };
  ASSERT_TRUE(opens_all(CaseKeyring::Parse(form).value()));
  for (std::size_t i = 0; i < form.size(); ++i) {
    auto flipped = form;
    flipped[i] ^= std::byte{1};
    const auto ring = CaseKeyring::Parse(flipped);
    if (!ring || (i >= 4 && i < 12)) continue;  // bytes 4 to 11: the revision number
    EXPECT_TRUE(!opens_all(*ring) || ring->bytes() != form) << i;
  }
}

// Random sequences of changes. A model keeps who should open what, and every key that anybody ever
// held: who should, opens; who should not, doesn't, with any of them.
class CaseKeyringPropertyTest : public testing::TestWithParam<std::uint64_t> {
 protected:
  struct Person {
    PersonKeyPair pair;
    bool granted = false;
    std::vector<CaseKeyPair> held_pairs;  // while granted
    std::vector<ItemKey> held_items;
  };
  struct Secret {  // sealed to the case when it had this version
    SealedTo<KeyKind::kCase> note;
  };
};

TEST_P(CaseKeyringPropertyTest, OpensForExactlyThoseWhoShould) {
  SplitMix64 random(GetParam());
  std::vector<Person> people;
  for (int i = 0; i < 5; ++i) {
    people.push_back({PersonKeyPair::Generate({PersonId::Random(), 1}), false, {}, {}});
  }
  const auto escrow = EscrowKeyPair::Generate({EscrowId::Random(), 1});
  auto created = CaseKeyring::Create(CaseId::Random(),
                                     std::vector{Pinned(people[0].pair), Pinned(people[1].pair)},
                                     Pinned(escrow), std::nullopt)
                     .value();
  people[0].granted = people[1].granted = true;
  auto keyring = std::move(created.keyring);
  auto pair = std::move(created.pair);
  std::vector<ItemId> items;

  for (int step = 0; step < 60; ++step) {
    // Everybody with access takes all that they can.
    for (auto& person : people) {
      const auto opened = keyring.Open(person.pair);
      ASSERT_EQ(opened.has_value(), person.granted) << "step " << step;
      if (!person.granted) continue;
      person.held_pairs.push_back(
          CaseKeyPair::FromPrivateHalf(opened->name(), opened->private_half()));
      for (const auto item : items) {
        person.held_items.push_back(keyring.OpenItem(*opened, item).value());
      }
    }
    const auto granted = static_cast<std::size_t>(
        std::count_if(people.begin(), people.end(), [](const auto& p) { return p.granted; }));
    auto& person = people[random.Below(5)];
    switch (random.Below(6)) {
      case 0:
      case 1: {
        const auto result = keyring.Grant(pair, Pinned(person.pair));
        ASSERT_EQ(result.has_value(), !person.granted);
        person.granted = true;
        break;
      }
      case 2: {
        auto result = keyring.Revoke(pair, person.pair.name().owner);
        ASSERT_EQ(result.has_value(), person.granted && granted > 2);
        if (result) {
          person.granted = false;
          pair = std::move(*result);
        }
        break;
      }
      case 3:
        if (auto result = keyring.Rotate(pair); result) pair = std::move(*result);
        break;
      case 4: {
        items.push_back(ItemId::Random());
        const auto key = keyring.AddItem(items.back());
        ASSERT_TRUE(key.has_value());
        ASSERT_TRUE(keyring.AddFile(*key, FileId::Random()).has_value());
        break;
      }
      case 5:
        if (!items.empty()) {
          ASSERT_TRUE(keyring.DestroyItem(items.back()).has_value());
          items.pop_back();
        }
        keyring.DropFormer();
        break;
    }
    keyring = CaseKeyring::Parse(keyring.bytes()).value();
    ASSERT_GE(keyring.grantees().size(), 2u);

    // What is sealed now opens for those granted now, and for nobody else with anything they held.
    const auto context = NoteOf(keyring.id());
    const auto note = Seal(keyring.public_key(), context, AsBytes("now")).value();
    ASSERT_TRUE(Open(keyring.OpenByEscrow(escrow).value(), context, note).has_value());
    for (const auto& one : people) {
      if (one.granted) {
        const auto opened = keyring.Open(one.pair).value();
        ASSERT_TRUE(Open(opened, context, note).has_value());
        for (const auto item : items) {
          const auto key = keyring.OpenItem(opened, item).value();
          for (const auto file : keyring.files(item)) {
            ASSERT_TRUE(keyring.OpenFile(key, file).has_value());
          }
        }
        continue;
      }
      for (const auto& held : one.held_pairs) {
        ASSERT_FALSE(Open(held, context, note).has_value());
        for (const auto item : items) ASSERT_FALSE(keyring.OpenItem(held, item).has_value());
        ASSERT_FALSE(keyring.OpenFormer(held, 1).has_value());
      }
      for (const auto& held : one.held_items) {
        for (const auto file : keyring.files(held.name().owner)) {
          ASSERT_FALSE(keyring.OpenFile(held, file).has_value());
        }
      }
    }
  }

  // Destroyed: nobody, with any key that was ever held.
  keyring.Destroy();
  for (const auto& one : people) {
    EXPECT_FALSE(keyring.Open(one.pair).has_value());
    for (const auto& held : one.held_pairs) {
      EXPECT_FALSE(keyring.OpenFormer(held, held.name().version).has_value());
      for (const auto item : items) EXPECT_FALSE(keyring.OpenItem(held, item).has_value());
    }
  }
  EXPECT_FALSE(keyring.OpenByEscrow(escrow).has_value());
}

INSTANTIATE_TEST_SUITE_P(, CaseKeyringPropertyTest, testing::Range<std::uint64_t>(1, 13));

}  // namespace
}  // namespace jikimi::vault
