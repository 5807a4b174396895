#ifndef JIKIMI_VAULT_WRAP_H_
#define JIKIMI_VAULT_WRAP_H_

#include "base/result.h"
#include "vault/sealed.h"

namespace jikimi::vault {

// Which key may be kept under which other one; anything else doesn't compile.
constexpr bool MayWrap(KeyKind outer, KeyKind inner) {
  switch (outer) {
    case KeyKind::kPerson:
      return inner == KeyKind::kCase || inner == KeyKind::kTeam;
    case KeyKind::kEscrow:
      return inner == KeyKind::kCase || inner == KeyKind::kServer || inner == KeyKind::kTeam;
    case KeyKind::kSurvivor:
      return inner == KeyKind::kCase;
    case KeyKind::kTeam:
      return inner == KeyKind::kCase || inner == KeyKind::kIndex;
    case KeyKind::kCase:  // the case's own former pairs, and its items
      return inner == KeyKind::kCase || inner == KeyKind::kItem;
    case KeyKind::kItem:  // the item's own former keys, and its files
      return inner == KeyKind::kItem || inner == KeyKind::kFile;
    case KeyKind::kSession:
      return inner == KeyKind::kPerson || inner == KeyKind::kSurvivor;
    case KeyKind::kPassword:
      return inner == KeyKind::kPerson;
    default:
      return false;
  }
}

// The place of a wrapped key: whose key it is, which version, and for which outer key.
template <KeyKind kInner>
Context WrapContext(const KeyName<kInner>& inner, const RecordReference& outer) {
  return {.purpose = Purpose::kWrappedKey,
          .of = inner.owner,
          .about = outer,
          .field = {},
          .version = inner.version};
}

namespace internal {
template <KeyKind kInner>
Result<SymmetricKey<kInner>> ToKey(const KeyName<kInner>& name, const SecretBytes& bytes) {
  if (bytes.size() != kKeyBytes) {
    return Error{ErrorCode::kCorrupt, "wrapped key: has the wrong length"};
  }
  return SymmetricKey<kInner>::FromBytes(name,
                                         std::span<const std::byte, kKeyBytes>(bytes.bytes()));
}
template <KeyKind kInner>
Result<KeyPair<kInner>> ToPair(const KeyName<kInner>& name, const SecretBytes& bytes) {
  if (bytes.size() != kKeyBytes) {
    return Error{ErrorCode::kCorrupt, "wrapped private half: has the wrong length"};
  }
  return KeyPair<kInner>::FromPrivateHalf(name,
                                          std::span<const std::byte, kKeyBytes>(bytes.bytes()));
}
}  // namespace internal

// A symmetric key under another symmetric key, and back. The name given to Unwrap() is what the
// caller expects: a wrapped key of another owner or version does not open.
template <KeyKind kOuter, KeyKind kInner>
SealedUnder<kOuter> Wrap(const SymmetricKey<kOuter>& outer, const SymmetricKey<kInner>& inner) {
  static_assert(MayWrap(kOuter, kInner));
  return Seal(outer, WrapContext(inner.name(), outer.name().owner), inner.bytes(), Padding::kNone);
}
template <KeyKind kOuter, KeyKind kInner>
Result<SymmetricKey<kInner>> Unwrap(const SymmetricKey<kOuter>& outer, const KeyName<kInner>& name,
                                    const SealedUnder<kOuter>& wrapped) {
  static_assert(MayWrap(kOuter, kInner));
  return internal::ToKey(name, TRY(Open(outer, WrapContext(name, outer.name().owner), wrapped)));
}

// A symmetric key to a public half, and back with the private one.
template <KeyKind kOuter, KeyKind kInner>
Result<SealedTo<kOuter>> Wrap(const PublicKey<kOuter>& outer, const SymmetricKey<kInner>& inner) {
  static_assert(MayWrap(kOuter, kInner));
  return Seal(outer, WrapContext(inner.name(), outer.name().owner), inner.bytes(), Padding::kNone);
}
template <KeyKind kOuter, KeyKind kInner>
Result<SymmetricKey<kInner>> Unwrap(const KeyPair<kOuter>& outer, const KeyName<kInner>& name,
                                    const SealedTo<kOuter>& wrapped) {
  static_assert(MayWrap(kOuter, kInner));
  return internal::ToKey(name, TRY(Open(outer, WrapContext(name, outer.name().owner), wrapped)));
}

// A pair's private half to a public half, and back.
template <KeyKind kOuter, KeyKind kInner>
Result<SealedTo<kOuter>> WrapPair(const PublicKey<kOuter>& outer, const KeyPair<kInner>& inner) {
  static_assert(MayWrap(kOuter, kInner));
  return Seal(outer, WrapContext(inner.name(), outer.name().owner), inner.private_half(),
              Padding::kNone);
}
template <KeyKind kOuter, KeyKind kInner>
Result<KeyPair<kInner>> UnwrapPair(const KeyPair<kOuter>& outer, const KeyName<kInner>& name,
                                   const SealedTo<kOuter>& wrapped) {
  static_assert(MayWrap(kOuter, kInner));
  return internal::ToPair(name, TRY(Open(outer, WrapContext(name, outer.name().owner), wrapped)));
}

// A pair's private half under a symmetric key, and back.
template <KeyKind kOuter, KeyKind kInner>
SealedUnder<kOuter> WrapPair(const SymmetricKey<kOuter>& outer, const KeyPair<kInner>& inner) {
  static_assert(MayWrap(kOuter, kInner));
  return Seal(outer, WrapContext(inner.name(), outer.name().owner), inner.private_half(),
              Padding::kNone);
}
template <KeyKind kOuter, KeyKind kInner>
Result<KeyPair<kInner>> UnwrapPair(const SymmetricKey<kOuter>& outer, const KeyName<kInner>& name,
                                   const SealedUnder<kOuter>& wrapped) {
  static_assert(MayWrap(kOuter, kInner));
  return internal::ToPair(name, TRY(Open(outer, WrapContext(name, outer.name().owner), wrapped)));
}

}  // namespace jikimi::vault

#endif  // JIKIMI_VAULT_WRAP_H_
