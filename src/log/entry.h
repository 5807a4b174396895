#ifndef JIKIMI_LOG_ENTRY_H_
#define JIKIMI_LOG_ENTRY_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "log/entry_kind.h"
#include "log/merkle.h"
#include "vault/keys.h"
#include "vault/server_keys.h"

namespace jikimi::log {

// Who did it: a member of staff by role and number, never by name; the survivor herself; somebody
// who acts for her with a code of their own; or the program on its own.
struct ActorRef {
  enum class Kind { kStaff, kSurvivor, kSystem, kRepresentative };

  Kind kind = Kind::kSystem;
  std::string role;          // of staff, "counsellor", and representatives, "guardian": a code
  std::string staff_number;  // of staff only: letters, digits and dashes

  static ActorRef Staff(std::string_view role, std::string_view staff_number) {
    return {Kind::kStaff, std::string(role), std::string(staff_number)};
  }
  static ActorRef Survivor() { return {Kind::kSurvivor, {}, {}}; }
  static ActorRef System() { return {Kind::kSystem, {}, {}}; }
  static ActorRef Representative(std::string_view role) {
    return {Kind::kRepresentative, std::string(role), {}};
  }

  friend bool operator==(const ActorRef&, const ActorRef&) = default;
};

struct EntryField {
  std::string name;  // a lower-case word of letters, digits and _
  std::string text;  // UTF-8 without U+0000

  friend bool operator==(const EntryField&, const EntryField&) = default;
};

// What happened. All of it is sealed; the tree gets a salted digest alone.
struct Entry {
  EntryKind kind;
  Timestamp at;
  ActorRef actor;
  std::optional<vault::CaseId> case_id = {};  // exactly when the kind's scope is a case
  std::vector<EntryField> fields = {};

  friend bool operator==(const Entry&, const Entry&) = default;
};

inline constexpr std::size_t kMaxDetailBytes = 60'000;

// An entry with its salt, as it is sealed and as the tree's digest covers it. doc/log.md has the
// form. One text for each entry and salt.
struct Detail {
  Entry entry;
  std::array<std::byte, 32> salt = {};

  // kInvalidArgument: a field or an actor that the form can't hold, a case where the kind has none
  // or the reverse; kResourceExhausted: over kMaxDetailBytes.
  Result<std::vector<std::byte>> Encode() const;
  // The inverse, and of nothing else: kCorrupt with the offset; kUnsupported for a later version
  // of the form and for kinds that this program doesn't know.
  static Result<Detail> Parse(std::span<const std::byte> form);
};

// What a tree knows of an entry: SHA-256 of a domain word and the detail, salt included.
struct EntryDigest {
  static constexpr std::size_t kBytes = 32;
  std::array<std::byte, kBytes> bytes = {};

  static EntryDigest Of(std::span<const std::byte> detail_form);
  // As it stands in tile/entries: a domain word and the digest.
  std::vector<std::byte> LeafEntry() const;
  TreeHash Leaf() const { return LeafHash(LeafEntry()); }
  std::string ToHex() const;

  friend bool operator==(const EntryDigest&, const EntryDigest&) = default;
};

// The keys that an entry's detail is sealed to. They must outlive it.
class EntrySeals {
 public:
  // For a case's entries. What staff do is sealed to the audit key besides; what others do is a
  // copy of the same size that holds nothing.
  static EntrySeals ForCase(const vault::CasePublicKey& case_key,
                            const vault::AuditPublicKey& audit_key) {
    return EntrySeals(&case_key, &audit_key, nullptr);
  }
  // For the centre's.
  static EntrySeals ForCentre(const vault::ServerKeys& server_keys) {
    return EntrySeals(nullptr, nullptr, &server_keys);
  }

 private:
  friend class SealedEntry;
  EntrySeals(const vault::CasePublicKey* case_key, const vault::AuditPublicKey* audit_key,
             const vault::ServerKeys* server_keys)
      : case_key_(case_key), audit_key_(audit_key), server_keys_(server_keys) {}

  const vault::CasePublicKey* case_key_;
  const vault::AuditPublicKey* audit_key_;
  const vault::ServerKeys* server_keys_;
};

// Who can open a copy of a detail. The codes stand in the database.
enum class SealKind { kCase, kAudit, kServer };
std::string_view SealKindCode(SealKind kind);  // "case", "audit", "server"

// An entry ready to be appended: salted, sealed. Making one is the costly part (up to 0.4 ms) and
// needs no transaction, so it may come before.
class SealedEntry {
 public:
  struct Copy {
    SealKind kind;
    std::uint32_t key_version;
    std::vector<std::byte> sealed;
  };

  // Draws a fresh salt. Errors as Detail::Encode(), and kInvalidArgument when `seals` don't fit the
  // entry: the case key of another case, or the centre's keys for a case.
  static Result<SealedEntry> Seal(const Entry& entry, const EntrySeals& seals);

  const EntryDigest& digest() const { return digest_; }
  const std::optional<vault::CaseId>& case_id() const { return case_id_; }
  const std::vector<Copy>& copies() const { return copies_; }

 private:
  SealedEntry(const EntryDigest& digest, std::optional<vault::CaseId> case_id)
      : digest_(digest), case_id_(case_id) {}

  EntryDigest digest_;
  std::optional<vault::CaseId> case_id_;
  std::vector<Copy> copies_;
};

}  // namespace jikimi::log

#endif  // JIKIMI_LOG_ENTRY_H_
