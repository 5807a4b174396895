#include "vault/survivor_lock.h"

#include <algorithm>
#include <string>

#include "base/bytes.h"
#include "vault/forms.h"
#include "vault/hkdf.h"
#include "vault/normal_text.h"

namespace jikimi::vault {
namespace {

constexpr const char* kWhat = "survivor's lock";

// Errors that don't tell wrong from unknown.
Error DoesNotOpen() { return {ErrorCode::kPermissionDenied, "code: opens nothing"}; }
Error WordDoesNotOpen() { return {ErrorCode::kPermissionDenied, "word: opens nothing"}; }

// What the code is recognised by. The secret has 100 random bits: no slow hash is needed.
std::array<std::byte, 32> CodeDigest(const SurvivorCode& code, std::span<const std::byte> salt) {
  std::array<std::byte, 32> digest;
  HkdfSha256(code.secret(), salt, AsBytes("jikimi.vault.survivor-code.1"), digest);
  return digest;
}

// A word after Argon2id, with the code's secret beside it, so that words can't be tried by somebody
// who has the stored lock alone.
Result<SecretBytes> StretchedWord(const SurvivorCode& code, std::string_view word,
                                  std::span<const std::byte, kArgon2SaltBytes> salt,
                                  const Argon2Cost& cost) {
  const auto normal = TRY(NormalWord(word));
  if (normal.empty()) {
    return Error{ErrorCode::kInvalidArgument, "word: is empty"};
  }
  SecretBytes code_and_word(code.secret().size() + normal.size());
  const auto rest =
      std::copy(code.secret().begin(), code.secret().end(), code_and_word.bytes().begin());
  std::copy(normal.bytes().begin(), normal.bytes().end(), rest);
  SecretBytes stretched(64);
  TRY(Argon2id(code_and_word.bytes(), salt, cost, stretched.bytes()));
  return stretched;
}

// What a word is recognised by, from its first half.
std::array<std::byte, 32> WordDigest(const SecretBytes& stretched) {
  std::array<std::byte, 32> digest;
  HkdfSha256(stretched.bytes().first(32), {}, AsBytes("jikimi.vault.survivor-word.1"), digest);
  return digest;
}

// Her pair: from the code, and the word's second half if there is one.
SurvivorKeyPair PairFrom(const SurvivorCode& code, const KeyName<KeyKind::kSurvivor>& name,
                         std::span<const std::byte> salt, const SecretBytes* stretched) {
  const std::size_t word_bytes = stretched == nullptr ? 0 : 32;
  SecretBytes material(code.secret().size() + word_bytes);
  const auto rest = std::copy(code.secret().begin(), code.secret().end(), material.bytes().begin());
  if (stretched != nullptr) {
    const auto half = stretched->bytes().last(32);
    std::copy(half.begin(), half.end(), rest);
  }
  ByteWriter info;
  info.PutBytes(AsBytes(stretched == nullptr ? "jikimi.vault.survivor-pair.code.1"
                                             : "jikimi.vault.survivor-pair.word.1"));
  info.PutBytes(name.owner.bytes());
  info.Put(name.version);
  WipedArray<kKeyBytes> half;
  HkdfSha256(material.bytes(), salt, info.bytes(), half.bytes());
  return SurvivorKeyPair::FromPrivateHalf(name, half.bytes());
}

template <typename Array>
Result<void> TakeInto(ByteReader& reader, Array& array) {
  const auto bytes = TRY(reader.TakeBytes(array.size()));
  std::copy(bytes.begin(), bytes.end(), array.begin());
  return {};
}

}  // namespace

Result<SurvivorLock::Made> SurvivorLock::Create(const SurvivorCode& code,
                                                const KeyName<KeyKind::kSurvivor>& name,
                                                const std::optional<SurvivorWords>& words,
                                                const Argon2Cost& cost) {
  TRY(cost.Check());
  SurvivorLock lock;
  lock.cost_ = cost;
  FillRandom(lock.salt_);
  lock.code_digest_ = CodeDigest(code, lock.salt_);
  lock.has_words_ = words.has_value();
  if (!words) {
    FillRandom(lock.second_digest_);
    FillRandom(lock.duress_digest_);
    auto pair = PairFrom(code, name, lock.salt_, nullptr);
    lock.public_half_ = pair.public_key().half();
    return Made{lock, std::move(pair)};
  }
  const auto second = TRY(StretchedWord(code, words->second, lock.salt_, cost));
  const auto duress = TRY(StretchedWord(code, words->duress, lock.salt_, cost));
  lock.second_digest_ = WordDigest(second);
  lock.duress_digest_ = WordDigest(duress);
  if (EqualInConstantTime(lock.second_digest_, lock.duress_digest_)) {
    return Error{ErrorCode::kInvalidArgument, "words: the second and the duress word are the same"};
  }
  auto pair = PairFrom(code, name, lock.salt_, &second);
  lock.public_half_ = pair.public_key().half();
  return Made{lock, std::move(pair)};
}

SurvivorLock SurvivorLock::Decoy(const ServerKey& key, std::string_view locator,
                                 const Argon2Cost& cost) {
  SurvivorLock lock;
  lock.cost_ = cost;
  lock.has_words_ = true;
  const auto fill = [&](std::string_view what, std::span<std::byte> output) {
    HkdfSha256(key.bytes(), AsBytes(locator), AsBytes(what), output);
  };
  fill("jikimi.vault.decoy.salt.1", lock.salt_);
  fill("jikimi.vault.decoy.code.1", lock.code_digest_);
  fill("jikimi.vault.decoy.second.1", lock.second_digest_);
  fill("jikimi.vault.decoy.duress.1", lock.duress_digest_);
  fill("jikimi.vault.decoy.public.1", lock.public_half_);
  return lock;
}

Result<SurvivorLock> SurvivorLock::Parse(std::span<const std::byte> bytes) {
  ByteReader reader(bytes);
  TRY(TakeForm(reader, Form::kSurvivorLock, kWhat));
  SurvivorLock lock;
  const auto has_words = TRY(reader.Take<std::uint8_t>());
  const auto reserved = TRY(reader.Take<std::uint8_t>());
  if (has_words > 1 || reserved != 0) {
    return Error{ErrorCode::kCorrupt, std::string(kWhat) + ": bytes 2 and 3 hold what they can't"};
  }
  lock.has_words_ = has_words == 1;
  lock.cost_.memory_kib = TRY(reader.Take<std::uint32_t>());
  lock.cost_.passes = TRY(reader.Take<std::uint32_t>());
  if (const auto checked = lock.cost_.Check(); !checked) {
    return Error{ErrorCode::kCorrupt, std::string(kWhat) + ": " + checked.error().message};
  }
  TRY(TakeInto(reader, lock.salt_));
  TRY(TakeInto(reader, lock.code_digest_));
  TRY(TakeInto(reader, lock.second_digest_));
  TRY(TakeInto(reader, lock.duress_digest_));
  TRY(TakeInto(reader, lock.public_half_));
  TRY(CheckEnd(reader, kWhat));
  return lock;
}

std::vector<std::byte> SurvivorLock::bytes() const {
  ByteWriter writer;
  writer.Put(static_cast<std::uint8_t>(Form::kSurvivorLock));
  writer.Put(kFormVersion);
  writer.Put(static_cast<std::uint8_t>(has_words_ ? 1 : 0));
  writer.Put(std::uint8_t{0});
  writer.Put(cost_.memory_kib);
  writer.Put(cost_.passes);
  writer.PutBytes(salt_);
  writer.PutBytes(code_digest_);
  writer.PutBytes(second_digest_);
  writer.PutBytes(duress_digest_);
  writer.PutBytes(public_half_);
  return std::move(writer).Take();
}

Result<void> SurvivorLock::CheckCode(const SurvivorCode& code) const {
  if (!EqualInConstantTime(CodeDigest(code, salt_), code_digest_)) return DoesNotOpen();
  return {};
}

Result<SurvivorLock::Opened> SurvivorLock::OpenWithWord(const SurvivorCode& code,
                                                        const KeyName<KeyKind::kSurvivor>& name,
                                                        std::string_view word) const {
  const auto stretched = TRY(StretchedWord(code, word, salt_, cost_));
  const auto digest = WordDigest(stretched);
  // No short cut: the same work whichever of the three fits.
  const bool is_code = EqualInConstantTime(CodeDigest(code, salt_), code_digest_);
  const bool is_second = EqualInConstantTime(digest, second_digest_);
  const bool is_duress = EqualInConstantTime(digest, duress_digest_);
  auto pair = PairFrom(code, name, salt_, &stretched);
  const bool is_pair = EqualInConstantTime(pair.public_key().half(), public_half_);
  if (!is_code || !(is_second || is_duress)) return WordDoesNotOpen();
  if (is_duress) return Opened{Word::kDuress, std::nullopt};
  if (!is_pair) {
    return Error{ErrorCode::kCorrupt, std::string(kWhat) + ": its public half is not hers"};
  }
  return Opened{Word::kSecond, std::move(pair)};
}

Result<SurvivorKeyPair> SurvivorLock::OpenWithoutWord(
    const SurvivorCode& code, const KeyName<KeyKind::kSurvivor>& name) const {
  const bool is_code = EqualInConstantTime(CodeDigest(code, salt_), code_digest_);
  auto pair = PairFrom(code, name, salt_, nullptr);
  const bool is_pair = EqualInConstantTime(pair.public_key().half(), public_half_);
  if (!is_code || has_words_) return DoesNotOpen();
  if (!is_pair) {
    return Error{ErrorCode::kCorrupt, std::string(kWhat) + ": its public half is not hers"};
  }
  return pair;
}

}  // namespace jikimi::vault
