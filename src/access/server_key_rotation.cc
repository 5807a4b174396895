// `jikimi key rotate`: new keys for operational fields.

#include <algorithm>
#include <string>

#include "access/act_log.h"
#include "access/centre_key_tables.h"
#include "access/centre_keys.h"
#include "access/destructions.h"
#include "access/escrow.h"
#include "access/key_folder.h"
#include "access/key_samples.h"
#include "log/entries.h"

namespace jikimi::access {
namespace {

constexpr int kBatch = 500;

// A pass over all of these fields; how many were re-sealed.
Result<std::int64_t> ResealPass(store::Database& database, const vault::ServerKeys& ring,
                                std::span<const ServerField> fields) {
  std::int64_t resealed = 0;
  for (const auto& field : fields) {
    while (true) {
      auto done = database.Write(
          [&](store::Transaction& transaction) { return field.reseal(transaction, ring, kBatch); });
      if (!done) return Prefixed(field.name, std::move(done).error());
      if (*done == 0) break;
      resealed += *done;
    }
  }
  return resealed;
}

// The fields of the rooms, and the log's.
Result<std::int64_t> ResealAll(store::Database& database, const vault::ServerKeys& ring,
                               std::span<const ServerField> fields) {
  const std::vector<ServerField> own = {
      {"log", [](store::Transaction& transaction, const vault::ServerKeys& current, int limit) {
         return log::ResealCentreDetails(transaction, current, limit);
       }}};
  const auto resealed = TRY(ResealPass(database, ring, fields));
  return resealed + TRY(ResealPass(database, ring, own));
}

Result<void> SealToEscrowIfThere(store::Transaction& transaction, const CentreKeys& keys) {
  auto sealed = SealServerKeysToEscrow(transaction, keys);
  if (!sealed && sealed.error().code == ErrorCode::kNotFound) return {};  // before its init
  return sealed;
}

}  // namespace

Result<std::uint32_t> BeginServerKeyRotation(store::Database& database, const CentreKeys& keys,
                                             Timestamp now) {
  auto& files = keys.files();
  {
    const auto lock = TRY(files.Lock());
    auto ring = TRY(files.FreshServer());
    if (ring.versions().size() > 1) {
      return Error{ErrorCode::kUnavailable,
                   "rotation of the server keys: the last one is not finished yet"};
    }
    ring.Rotate();
    TRY(files.Save(ring));
  }
  const auto ring = keys.server();
  const auto make_known = [&](store::Transaction& transaction) -> Result<void> {
    TRY(AddSample(transaction, *ring, now));
    TRY(SealToEscrowIfThere(transaction, keys));
    return LogCentreAct(transaction, keys, Actor(SystemActor{"server keys"}), "server_keys.rotated",
                        {}, now);
  };
  TRY(database.Write(make_known));
  return ring->current().name().version;
}

Result<std::int64_t> FinishServerKeyRotation(store::Database& database, const CentreKeys& keys,
                                             std::span<const ServerField> fields, Timestamp now) {
  const auto ring = keys.server();
  const auto version = ring->current().name().version;
  // A rotation that was killed before it came to the database begins to count here.
  const auto find_start = [&](store::Transaction& transaction) -> Result<Timestamp> {
    TRY(AddSample(transaction, *ring, now));
    TRY(SealToEscrowIfThere(transaction, keys));
    for (const auto& sample : TRY(KeySamples(transaction, kServerSample))) {
      if (sample.version == version) return sample.made_at;
    }
    return now;
  };
  const auto made_at = TRY(database.Write(find_start));
  if (ring->versions().size() > 1 && now < made_at + kServerKeyGrace) {
    return Error{ErrorCode::kUnavailable,
                 "rotation of the server keys: began less than " +
                     std::to_string(kServerKeyGrace.count()) +
                     " minutes ago; other processes may still write under the former key"};
  }
  std::int64_t resealed = 0;
  for (std::int64_t in_pass = 1; in_pass > 0; resealed += in_pass) {
    in_pass = TRY(ResealAll(database, *ring, fields));
  }
  {
    auto& files = keys.files();
    const auto lock = TRY(files.Lock());
    auto retired = TRY(files.FreshServer());
    if (retired.current().name().version != version) {
      return Error{ErrorCode::kUnavailable,
                   "rotation of the server keys: another one began meanwhile"};
    }
    TRY(retired.RetireBefore(version));
    TRY(files.Save(retired));
  }
  const auto forget = [&](store::Transaction& transaction) -> Result<void> {
    for (const auto& sample : TRY(KeySamples(transaction, kServerSample))) {
      if (sample.version < version) {
        TRY(DeleteKeySample(transaction, kServerSample, sample.version));
      }
    }
    return SealToEscrowIfThere(transaction, keys);
  };
  TRY(database.Write(forget));
  return resealed;
}

Result<void> CheckServerFields(store::Database& database, const CentreKeys& keys,
                               std::span<const ServerField> fields) {
  const auto ring = keys.server();
  const auto versions = ring->versions();
  std::vector<std::uint32_t> retired;
  std::string text;
  for (const auto& sample : TRY(database.Read([](store::Transaction& transaction) {
         return KeySamples(transaction, kServerSample);
       }))) {
    if (std::find(versions.begin(), versions.end(), sample.version) != versions.end()) continue;
    retired.push_back(sample.version);
    text += (text.empty() ? "" : ", ") + std::to_string(sample.version);
  }
  if (!retired.empty()) {
    const auto resealed = ResealAll(database, *ring, fields);
    if (!resealed && resealed.error().code == ErrorCode::kNotFound) {
      return Error{ErrorCode::kPermissionDenied,
                   "the database was written before server key " + text +
                       " was retired (`jikimi key rotate`), and what is still under it opens no "
                       "more: take a backup from after that rotation (" +
                       resealed.error().message + ")"};
    }
    TRY(resealed);
  }
  return database.Write([&](store::Transaction& transaction) -> Result<void> {
    for (const auto version : retired) {
      TRY(DeleteKeySample(transaction, kServerSample, version));
    }
    return SealToEscrowIfThere(transaction, keys);
  });
}

}  // namespace jikimi::access
