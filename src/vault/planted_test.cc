// One centre's worth of sealed forms, with strings planted in everything that is secret: none of
// them may stand in any of the bytes that are stored.

#include <gtest/gtest.h>

#include <algorithm>
#include <unordered_set>

#include "base/bytes.h"
#include "vault/case_keyring.h"
#include "vault/code_symbols.h"
#include "vault/epoch_ring.h"
#include "vault/file_seal.h"
#include "vault/password.h"
#include "vault/receipt.h"
#include "vault/server_keys.h"
#include "vault/session.h"
#include "vault/survivor_lock.h"
#include "vault/test_bytes.h"

namespace jikimi::vault {
namespace {

constexpr Argon2Cost kCheapest{Argon2Cost::kMinMemoryKib, 1};
constexpr std::size_t kPlantedBytes = 12;

class PlantedTest : public testing::Test {
 protected:
  // A string that stands nowhere else.
  std::string Plant() {
    planted_.push_back(TextOf(SymbolText(SecretBytes::Random(kPlantedBytes).bytes())));
    return planted_.back();
  }
  void Store(std::span<const std::byte> bytes) {
    stored_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    stored_ += '\n';
  }

  std::vector<std::string> planted_;
  std::string stored_;
};

TEST_F(PlantedTest, NoneOfAThousandStringsStandsInAnyStoredForm) {
  const auto person = PersonKeyPair::Generate({PersonId::Random(), 1});
  const auto other = PersonKeyPair::Generate({PersonId::Random(), 1});
  const auto escrow = EscrowKeyPair::Generate({EscrowId::Random(), 1});
  const auto code = SurvivorCode::Generate();
  planted_.push_back(TextOf(code.ToText()).substr(10, 12));
  const auto lock = SurvivorLock::Create(code, {SurvivorId::Random(), 1},
                                         SurvivorWords{Plant(), Plant()}, kCheapest)
                        .value();
  Store(lock.lock.bytes());
  Store(PersonLock::Create(person, Plant(), kCheapest)->bytes());
  const auto cookie = SessionSecret::Generate();
  planted_.push_back(TextOf(cookie.ToText()).substr(0, kPlantedBytes));
  Store(SealSession(cookie, person).bytes());
  Store(cookie.Id().bytes());

  const auto pin = [](const PersonKeyPair& pair) {
    return PinnedPersonKey::Check(pair.public_key(), pair.public_key().Pin()).value();
  };
  auto created = CaseKeyring::Create(
                     CaseId::Random(), std::vector{pin(person), pin(other)},
                     PinnedEscrowKey::Check(escrow.public_key(), escrow.public_key().Pin()).value(),
                     lock.pair.public_key())
                     .value();
  auto& keyring = created.keyring;
  const auto server = ServerKeys::Create();
  const auto ring = EpochRing::Create({20'000});
  while (planted_.size() < 1'000) {
    const auto item = ItemId::Random();
    const auto key = keyring.AddItem(item).value();
    const Context note{Purpose::kField, keyring.id(), {}, "note", planted_.size()};
    const Context title{Purpose::kField, item, {}, "title", 1};
    Store(Seal(keyring.public_key(), note, AsBytes(Plant())).value().bytes());
    Store(Seal(key, title, AsBytes(Plant()), Padding::kNone).bytes());
    Store(server.SealField(title, AsBytes(Plant())).bytes());
    FileSealer file(keyring.AddFile(key, FileId::Random()).value());
    Store(file.Append(AsBytes(Plant())));
    Store(file.Finish());
  }
  Store(keyring.bytes());
  Store(ring.SealLayer({Purpose::kKeyring, keyring.id(), {}, "", 1}, keyring.bytes()).bytes());
  Store(server.SealTo(escrow.public_key())->bytes());
  DestructionReceipt receipt{DestroyedRecord::kCase, "centre", 20'000 * 86'400LL, {20'007}, 3};
  receipt.subject_digest =
      DestructionReceipt::SubjectDigest(receipt.subject_salt, code.ToText().bytes());
  Store(AsBytes(receipt.ToSignedText(SigningKey::Generate()).value()));

  const std::unordered_set<std::string> planted(planted_.begin(), planted_.end());
  ASSERT_GE(planted.size(), 1'000u);
  for (std::size_t at = 0; at + kPlantedBytes <= stored_.size(); ++at) {
    ASSERT_FALSE(planted.contains(stored_.substr(at, kPlantedBytes))) << "at " << at;
  }
}

}  // namespace
}  // namespace jikimi::vault
