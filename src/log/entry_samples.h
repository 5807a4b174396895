#ifndef JIKIMI_LOG_ENTRY_SAMPLES_H_
#define JIKIMI_LOG_ENTRY_SAMPLES_H_

#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "log/entry.h"
#include "vault/case_keyring.h"
#include "vault/server_keys.h"

// Keys and entries for tests of this room and of those above it.
namespace jikimi::log {

// 2026-07-01 00:00 UTC.
inline constexpr Timestamp kSampleDay{std::chrono::microseconds(1'782'864'000'000'000)};

template <vault::KeyKind kKind>
vault::PinnedKey<kKind> PinnedSample(const vault::PublicKey<kKind>& key) {
  return vault::PinnedKey<kKind>::Check(key, key.Pin()).value();
}

// A case that two people can open.
inline vault::CaseKeyring::Created SampleCase() {
  const auto person = [] {
    const auto pair = vault::PersonKeyPair::Generate({vault::PersonId::Random(), 1});
    return PinnedSample(pair.public_key());
  };
  const std::vector<vault::PinnedPersonKey> grantees = {person(), person()};
  const auto escrow = vault::EscrowKeyPair::Generate({vault::EscrowId::Random(), 1});
  return vault::CaseKeyring::Create(vault::CaseId::Random(), grantees,
                                    PinnedSample(escrow.public_key()), std::nullopt)
      .value();
}

inline vault::AuditKeyPair SampleAudit() {
  return vault::AuditKeyPair::Generate({vault::AuditId::Random(), 1});
}

inline Entry SampleEntry(EntryKind kind, const vault::CaseId& id, std::string note = "first") {
  Entry entry{kind, kSampleDay, ActorRef::Staff("counsellor", "C-017"), id};
  entry.fields.push_back({"note", std::move(note)});
  return entry;
}

}  // namespace jikimi::log

#endif  // JIKIMI_LOG_ENTRY_SAMPLES_H_
