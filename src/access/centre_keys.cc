#include "access/centre_keys.h"

#include <string>
#include <utility>

#include "access/centre_key_tables.h"
#include "access/key_folder.h"
#include "access/key_samples.h"
#include "base/bytes.h"
#include "vault/hkdf.h"
#include "vault/secret_bytes.h"

namespace jikimi::access {
namespace {

vault::Context SampleContext(std::string_view kind, std::uint32_t version) {
  return {.purpose = vault::Purpose::kRing,
          .of = {},
          .about = {},
          .field = std::string(kind),
          .version = version};
}

constexpr std::string_view kSampleText = "jikimi";

Error WrongFolder(const CentreKeys& keys, ErrorCode code, std::string_view problem) {
  return {code, keys.folder().native() + ": " + std::string(problem)};
}

// Judges a folder by the samples that it should open: `open` opens one.
template <typename Sealed, typename Open>
Result<void> CheckSamples(const CentreKeys& keys, const std::vector<KeySample>& samples,
                          std::uint32_t newest, Open&& open) {
  bool any = samples.empty();
  for (const auto& sample : samples) {
    const auto sealed = TRY(Sealed::Parse(sample.sealed));
    if (sample.version > newest) {
      return WrongFolder(keys, ErrorCode::kUnavailable,
                         "holds older keys than the database was written with: it is an old copy, "
                         "or not the folder that the other machines use");
    }
    const auto opened = open(sample.version, sealed);
    any = any || opened.has_value();
    // A version that is gone was dropped; one that is here and doesn't open is another centre's.
    if (!opened && opened.error().code != ErrorCode::kNotFound) {
      return WrongFolder(keys, ErrorCode::kPermissionDenied,
                         "holds the keys of another centre than the database's");
    }
  }
  if (any) return {};
  return WrongFolder(keys, ErrorCode::kPermissionDenied,
                     "holds none of the keys that the database was written with: they are another "
                     "centre's, or the database is a backup from before all that are kept");
}

}  // namespace

vault::Day DayOf(Timestamp now) {
  return {static_cast<std::int32_t>(
      std::chrono::floor<std::chrono::days>(now).time_since_epoch().count())};
}

Result<void> AddSample(store::Transaction& transaction, const vault::EpochRing& ring,
                       Timestamp now) {
  const auto sealed =
      ring.SealLayer(SampleContext(kEpochSample, ring.current()), AsBytes(kSampleText));
  return AddKeySample(transaction, kEpochSample, {ring.current(), now, sealed.bytes()});
}

Result<void> AddSample(store::Transaction& transaction, const vault::ServerKeys& ring,
                       Timestamp now) {
  const auto version = ring.current().name().version;
  const auto sealed = ring.SealField(SampleContext(kServerSample, version), AsBytes(kSampleText));
  return AddKeySample(transaction, kServerSample, {version, now, sealed.bytes()});
}

Result<void> CentreKeys::Init(const CentreKeysOptions& options, Timestamp now) {
  return KeyFolder::Init(options, now);
}

Result<CentreKeys> CentreKeys::Load(const CentreKeysOptions& options) {
  return CentreKeys(TRY(KeyFolder::Load(options)));
}

CentreKeys::CentreKeys(std::unique_ptr<KeyFolder> files) : files_(std::move(files)) {}
CentreKeys::CentreKeys(CentreKeys&&) noexcept = default;
CentreKeys::~CentreKeys() = default;

std::shared_ptr<const vault::ServerKeys> CentreKeys::server() const { return files_->server(); }
std::shared_ptr<const vault::EpochRing> CentreKeys::epochs() const { return files_->epochs(); }
const vault::SigningKey& CentreKeys::centre_key() const { return files_->centre_key(); }
const vault::SigningKey& CentreKeys::log_key() const { return files_->log_key(); }
const std::string& CentreKeys::log_successions() const { return files_->log_successions(); }

std::array<std::byte, 32> CentreKeys::LastingDigest(std::string_view field,
                                                    std::span<const std::byte> plain) const {
  // Never the signing key itself: what one use gives away must say nothing about the other.
  vault::WipedArray<32> derived;
  vault::HkdfSha256(centre_key().seed(), {}, AsBytes("jikimi lasting digest v1"), derived.bytes());
  ByteWriter message;
  message.Put(static_cast<std::uint32_t>(field.size()));
  message.PutBytes(AsBytes(field));
  message.PutBytes(plain);
  return vault::HmacSha256(derived.bytes(), message.bytes());
}

Result<void> CentreKeys::ReplaceLogKey(const vault::SigningKey& key,
                                       std::string_view successions) const {
  const auto lock = TRY(files_->Lock());
  return files_->SaveLogKey(key, successions);
}

const std::filesystem::path& CentreKeys::folder() const { return files_->options().folder; }

vault::SealedUnder<vault::KeyKind::kServer> CentreKeys::SealField(
    const vault::Context& context, std::span<const std::byte> plain) const {
  return server()->SealField(context, plain);
}

Result<vault::SecretBytes> CentreKeys::OpenField(
    const vault::Context& context,
    const vault::SealedUnder<vault::KeyKind::kServer>& sealed) const {
  return server()->OpenField(context, sealed);
}

Result<void> CentreKeys::CheckBelongsTo(store::Database& database, Timestamp now) const {
  const auto ring = epochs();
  const auto server_keys = server();
  return database.Write([&](store::Transaction& transaction) -> Result<void> {
    const auto epoch_samples = TRY(KeySamples(transaction, kEpochSample));
    TRY(CheckSamples<vault::SealedUnder<vault::KeyKind::kEpoch>>(
        *this, epoch_samples, ring->current(), [&](std::uint32_t version, const auto& sealed) {
          return ring->OpenLayer(SampleContext(kEpochSample, version), sealed);
        }));
    const auto server_samples = TRY(KeySamples(transaction, kServerSample));
    TRY(CheckSamples<vault::SealedUnder<vault::KeyKind::kServer>>(
        *this, server_samples, server_keys->current().name().version,
        [&](std::uint32_t version, const auto& sealed) {
          return server_keys->OpenField(SampleContext(kServerSample, version), sealed);
        }));
    // The first start, or one after a rotation that was killed before it came to the database.
    TRY(AddSample(transaction, *ring, now));
    return AddSample(transaction, *server_keys, now);
  });
}

}  // namespace jikimi::access
