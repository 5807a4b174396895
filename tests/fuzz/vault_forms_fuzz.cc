// Every stored form of the vault: what is read has exactly one form, which is what was read.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/check.h"
#include "vault/case_keyring.h"
#include "vault/epoch_ring.h"
#include "vault/file_seal.h"
#include "vault/password.h"
#include "vault/server_keys.h"
#include "vault/split_key.h"
#include "vault/survivor_lock.h"

namespace jikimi::vault {
namespace {

bool Equal(std::span<const std::byte> a, std::span<const std::byte> b) {
  return std::vector<std::byte>(a.begin(), a.end()) == std::vector<std::byte>(b.begin(), b.end());
}

template <typename Form>
void ReadAndWrite(std::span<const std::byte> bytes) {
  if (const auto form = Form::Parse(bytes); form) CHECK(Equal(form->bytes(), bytes));
}

template <typename Ring>
void ReadAndWriteRing(std::span<const std::byte> bytes) {
  if (const auto ring = Ring::Parse(bytes); ring) CHECK(Equal(ring->ToBytes().bytes(), bytes));
}

// Sealed bytes that nobody sealed never open.
void OpenForged(std::span<const std::byte> bytes) {
  static const auto* key = new ItemKey(ItemKey::Generate({ItemId::Random(), 1}));
  static const auto* pair = new CaseKeyPair(CaseKeyPair::Generate({CaseId::Random(), 1}));
  static const auto* file_key = new FileKey(FileKey::Generate({FileId::Random(), 1}));
  if (const auto sealed = SealedUnder<KeyKind::kItem>::Parse(bytes); sealed) {
    CHECK(!Open(*key, Context{}, *sealed).has_value());
  }
  if (const auto sealed = SealedTo<KeyKind::kCase>::Parse(bytes); sealed) {
    CHECK(!Open(*pair, Context{}, *sealed).has_value());
  }
  FileOpener opener(*file_key);
  CHECK(!opener.Append(bytes).has_value() || !opener.Finish().has_value());
}

}  // namespace
}  // namespace jikimi::vault

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jikimi::vault;
  const auto bytes = std::as_bytes(std::span(data, size));
  ReadAndWrite<SealedUnder<KeyKind::kItem>>(bytes);
  ReadAndWrite<SealedTo<KeyKind::kCase>>(bytes);
  ReadAndWrite<CaseKeyring>(bytes);
  ReadAndWrite<PersonLock>(bytes);
  ReadAndWrite<SurvivorLock>(bytes);
  ReadAndWrite<EscrowRecord>(bytes);
  ReadAndWriteRing<ServerKeys>(bytes);
  ReadAndWriteRing<EpochRing>(bytes);
  if (const auto key = PersonPublicKey::Parse(bytes); key) CHECK(Equal(key->ToBytes(), bytes));
  OpenForged(bytes);
  return 0;
}
