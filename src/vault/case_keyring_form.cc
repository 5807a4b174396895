// The stored form of a CaseKeyring (doc/vault.md), its one writer and its one reader. A keyring has
// exactly one form: records stand in the order of their ids, and nothing follows the end.

#include <string>

#include "base/bytes.h"
#include "vault/case_keyring.h"
#include "vault/forms.h"

namespace jikimi::vault {
namespace {

constexpr const char* kWhat = "keyring";
constexpr std::size_t kPublicKeyBytes = 56;
constexpr std::uint8_t kDestroyed = 1;
constexpr std::uint8_t kHasSurvivor = 2;
constexpr std::uint8_t kHasTeam = 4;
constexpr std::uint8_t kHasRepresentatives = 8;

Error Wrong(const ByteReader& reader, std::string problem) {
  return {ErrorCode::kCorrupt, std::string(kWhat) + ": before byte " +
                                   std::to_string(reader.offset()) + ": " + std::move(problem)};
}

void PutBlob(ByteWriter& writer, std::span<const std::byte> blob) {
  writer.Put(static_cast<std::uint32_t>(blob.size()));
  writer.PutBytes(blob);
}

template <typename Sealed>
Result<Sealed> TakeBlob(ByteReader& reader) {
  const auto size = TRY(reader.Take<std::uint32_t>());
  const auto blob = TRY(reader.TakeBytes(size));
  return Sealed::Parse(blob);
}

template <KeyKind kKind>
Result<RecordId<kKind>> TakeId(ByteReader& reader) {
  return RecordId<kKind>::FromBytes(
      TRY(reader.TakeBytes(RecordId<kKind>::kBytes)).template first<RecordId<kKind>::kBytes>());
}

template <KeyKind kKind>
Result<PublicKey<kKind>> TakePublicKey(ByteReader& reader) {
  return PublicKey<kKind>::Parse(TRY(reader.TakeBytes(kPublicKeyBytes)));
}

// Adds an entry that must come after all that are there: one order, and nothing twice.
template <typename Map, typename Key, typename Value>
Result<void> AddInOrder(const ByteReader& reader, Map& map, const Key& key, Value value) {
  if (!map.empty() && !(map.rbegin()->first < key)) {
    return Wrong(reader, "records are not in order");
  }
  map.emplace_hint(map.end(), key, std::move(value));
  return {};
}

}  // namespace

// Reads and writes the private parts; the class itself has no other business with bytes.
class CaseKeyringForm {
 public:
  static void Write(const CaseKeyring& keyring, ByteWriter& writer) {
    writer.Put(static_cast<std::uint8_t>(Form::kKeyring));
    writer.Put(kFormVersion);
    writer.Put(static_cast<std::uint8_t>(
        (keyring.destroyed_ ? kDestroyed : 0) | (keyring.survivor_ ? kHasSurvivor : 0) |
        (keyring.team_ ? kHasTeam : 0) |
        (keyring.representatives_.empty() ? 0 : kHasRepresentatives)));
    writer.Put(std::uint8_t{0});
    writer.Put(keyring.revision_);
    writer.PutBytes(keyring.public_key_.ToBytes());
    writer.PutBytes(keyring.escrow_key_.ToBytes());
    if (keyring.destroyed_) return;
    PutBlob(writer, keyring.escrow_wrap_->bytes());
    if (keyring.survivor_) {
      writer.PutBytes(keyring.survivor_->key.ToBytes());
      PutBlob(writer, keyring.survivor_->wrap.bytes());
    }
    if (keyring.team_) {
      writer.PutBytes(keyring.team_->key.ToBytes());
      PutBlob(writer, keyring.team_->wrap.bytes());
    }
    if (!keyring.representatives_.empty()) {
      writer.Put(static_cast<std::uint32_t>(keyring.representatives_.size()));
      for (const auto& [id, representative] : keyring.representatives_) {
        writer.PutBytes(representative.key.ToBytes());
        PutBlob(writer, representative.wrap.bytes());
      }
    }
    writer.Put(static_cast<std::uint32_t>(keyring.grantees_.size()));
    for (const auto& [person, grantee] : keyring.grantees_) {
      writer.PutBytes(grantee.key.ToBytes());
      PutBlob(writer, grantee.wrap.bytes());
    }
    WriteFormer(keyring.former_, writer);
    writer.Put(static_cast<std::uint32_t>(keyring.items_.size()));
    for (const auto& [id, item] : keyring.items_) {
      writer.PutBytes(id.bytes());
      writer.Put(item.version);
      PutBlob(writer, item.wrap.bytes());
      WriteFormer(item.former, writer);
      writer.Put(static_cast<std::uint32_t>(item.files.size()));
      for (const auto& [file, wrap] : item.files) {
        writer.PutBytes(file.bytes());
        PutBlob(writer, wrap.bytes());
      }
    }
  }

  static Result<CaseKeyring> Read(ByteReader& reader) {
    TRY(TakeForm(reader, Form::kKeyring, kWhat));
    const auto flags = TRY(reader.Take<std::uint8_t>());
    const auto reserved = TRY(reader.Take<std::uint8_t>());
    if ((flags != kDestroyed && (flags & ~(kHasSurvivor | kHasTeam | kHasRepresentatives)) != 0) ||
        reserved != 0) {
      return Wrong(reader, "bytes 2 and 3 hold what they can't");
    }
    const auto revision = TRY(reader.Take<std::uint64_t>());
    const auto public_key = TRY(TakePublicKey<KeyKind::kCase>(reader));
    const auto escrow_key = TRY(TakePublicKey<KeyKind::kEscrow>(reader));
    CaseKeyring keyring(public_key, escrow_key);
    keyring.revision_ = revision;
    keyring.destroyed_ = flags == kDestroyed;
    if (keyring.destroyed_) return keyring;
    keyring.escrow_wrap_ = TRY(TakeBlob<SealedTo<KeyKind::kEscrow>>(reader));
    if ((flags & kHasSurvivor) != 0) {
      const auto key = TRY(TakePublicKey<KeyKind::kSurvivor>(reader));
      keyring.survivor_ =
          CaseKeyring::Survivor{key, TRY(TakeBlob<SealedTo<KeyKind::kSurvivor>>(reader))};
    }
    if ((flags & kHasTeam) != 0) {
      const auto key = TRY(TakePublicKey<KeyKind::kTeam>(reader));
      keyring.team_ = CaseKeyring::Team{key, TRY(TakeBlob<SealedTo<KeyKind::kTeam>>(reader))};
    }
    if ((flags & kHasRepresentatives) != 0) {
      const auto representatives = TRY(reader.Take<std::uint32_t>());
      if (representatives == 0) return Wrong(reader, "representatives are announced and none come");
      for (std::uint32_t i = 0; i < representatives; ++i) {
        const auto key = TRY(TakePublicKey<KeyKind::kSurvivor>(reader));
        CaseKeyring::Survivor one{key, TRY(TakeBlob<SealedTo<KeyKind::kSurvivor>>(reader))};
        TRY(AddInOrder(reader, keyring.representatives_, key.name().owner, std::move(one)));
      }
    }
    const auto grantees = TRY(reader.Take<std::uint32_t>());
    for (std::uint32_t i = 0; i < grantees; ++i) {
      const auto key = TRY(TakePublicKey<KeyKind::kPerson>(reader));
      CaseKeyring::Grantee grantee{key, TRY(TakeBlob<SealedTo<KeyKind::kPerson>>(reader))};
      TRY(AddInOrder(reader, keyring.grantees_, key.name().owner, std::move(grantee)));
    }
    TRY(ReadFormer(reader, public_key.name().version, keyring.former_));
    const auto items = TRY(reader.Take<std::uint32_t>());
    for (std::uint32_t i = 0; i < items; ++i) {
      const auto id = TRY(TakeId<KeyKind::kItem>(reader));
      auto item = TRY(ReadItem(reader));
      TRY(AddInOrder(reader, keyring.items_, id, std::move(item)));
    }
    return keyring;
  }

 private:
  template <typename Wrap>
  static void WriteFormer(const std::map<std::uint32_t, Wrap>& former, ByteWriter& writer) {
    writer.Put(static_cast<std::uint32_t>(former.size()));
    for (const auto& [version, wrap] : former) {
      writer.Put(version);
      PutBlob(writer, wrap.bytes());
    }
  }

  template <typename Wrap>
  static Result<void> ReadFormer(ByteReader& reader, std::uint32_t current,
                                 std::map<std::uint32_t, Wrap>& former) {
    const auto count = TRY(reader.Take<std::uint32_t>());
    for (std::uint32_t i = 0; i < count; ++i) {
      const auto version = TRY(reader.Take<std::uint32_t>());
      if (version >= current) return Wrong(reader, "a former key is not older than the current");
      auto wrap = TRY(TakeBlob<Wrap>(reader));
      TRY(AddInOrder(reader, former, version, std::move(wrap)));
    }
    return {};
  }

  static Result<CaseKeyring::Item> ReadItem(ByteReader& reader) {
    const auto version = TRY(reader.Take<std::uint32_t>());
    CaseKeyring::Item item{version, TRY(TakeBlob<CaseKeyring::CaseWrap>(reader)), {}, {}};
    TRY(ReadFormer(reader, version, item.former));
    const auto files = TRY(reader.Take<std::uint32_t>());
    for (std::uint32_t i = 0; i < files; ++i) {
      const auto id = TRY(TakeId<KeyKind::kFile>(reader));
      auto wrap = TRY(TakeBlob<CaseKeyring::ItemWrap>(reader));
      TRY(AddInOrder(reader, item.files, id, std::move(wrap)));
    }
    return item;
  }
};

std::vector<std::byte> CaseKeyring::bytes() const {
  ByteWriter writer;
  CaseKeyringForm::Write(*this, writer);
  return std::move(writer).Take();
}

Result<CaseKeyring> CaseKeyring::Parse(std::span<const std::byte> bytes) {
  ByteReader reader(bytes);
  auto keyring = TRY(CaseKeyringForm::Read(reader));
  TRY(CheckEnd(reader, kWhat));
  return keyring;
}

}  // namespace jikimi::vault
