#include "log/reader.h"

#include <limits>
#include <map>
#include <string>

#include "log/detail_tables.h"
#include "log/seal.h"
#include "vault/sealed.h"

namespace jikimi::log {
namespace {

constexpr int kMaxPage = 500;

Result<Entry> CheckPlaces(const StoredDetail& detail, std::span<const std::byte> form) {
  Entry entry = TRY(CheckDetail(form, *detail.digest));
  if (detail.number && detail.tile_hash != detail.digest->Leaf()) {
    return Error{ErrorCode::kCorrupt, "log entry " + std::to_string(*detail.number) +
                                          ": is not the leaf that stands in the tree"};
  }
  if (entry.case_id != detail.case_id) {
    return Error{ErrorCode::kCorrupt, "log entry: is another case's"};
  }
  return entry;
}

// `open` gives a detail's form: Result<SecretBytes>(const StoredDetail&).
template <typename Open>
Result<EntryPage> ReadPage(store::Transaction& transaction, SealKind seal,
                           const std::optional<vault::CaseId>& case_id, const PageRequest& request,
                           Open&& open) {
  if (request.limit < 1 || request.limit > kMaxPage) {
    return Error{ErrorCode::kInvalidArgument,
                 "a page of the log has 1 to " + std::to_string(kMaxPage) + " entries"};
  }
  const std::int64_t before =
      request.before ? request.before->before : std::numeric_limits<std::int64_t>::max();
  const auto details =
      TRY(DetailsBefore(transaction, seal, case_id, before, std::int64_t{request.limit} + 1));
  EntryPage page;
  int taken = 0;
  for (const auto& detail : details) {
    // One more than asked for was read: the last one on this page is where the next goes on.
    if (taken++ == request.limit) return page;
    page.next = EntryCursor{detail.entry};
    ReadEntry read;
    read.number = detail.number;
    bool nothing = false;
    const auto opened = [&]() -> Result<Entry> {
      if (!detail.digest) {
        return Error{ErrorCode::kCorrupt, "log entry: its leaf is gone or was changed"};
      }
      const auto form = TRY(open(detail));
      nothing = seal == SealKind::kAudit && IsNothing(form.bytes());
      return CheckPlaces(detail, form.bytes());
    }();
    if (nothing) continue;
    if (detail.digest) read.digest = *detail.digest;
    if (opened) {
      read.entry = *opened;
    } else {
      read.problem = opened.error();
    }
    page.entries.push_back(std::move(read));
  }
  page.next.reset();
  return page;
}

}  // namespace

Result<EntryPage> ReadCase(store::Transaction& transaction, const vault::CaseKeyring& keyring,
                           const vault::CaseKeyPair& current, const PageRequest& request) {
  if (current.public_key() != keyring.public_key()) {
    return Error{ErrorCode::kPermissionDenied, "reading a log: not the case's current pair"};
  }
  std::map<std::uint32_t, vault::CaseKeyPair> former;
  const auto open = [&](const StoredDetail& detail) -> Result<vault::SecretBytes> {
    const auto sealed = TRY(vault::SealedTo<vault::KeyKind::kCase>::Parse(detail.sealed));
    const auto context = CaseContext(keyring.id(), *detail.digest);
    const auto version = sealed.key_version();
    if (version == current.name().version) return vault::Open(current, context, sealed);
    auto found = former.find(version);
    if (found == former.end()) {
      found = former.emplace(version, TRY(keyring.OpenFormer(current, version))).first;
    }
    return vault::Open(found->second, context, sealed);
  };
  return ReadPage(transaction, SealKind::kCase, keyring.id(), request, open);
}

Result<EntryPage> ReadStaffAccess(store::Transaction& transaction,
                                  std::span<const vault::AuditKeyPair> audit,
                                  const PageRequest& request) {
  const auto open = [&](const StoredDetail& detail) -> Result<vault::SecretBytes> {
    const auto sealed = TRY(vault::SealedTo<vault::KeyKind::kAudit>::Parse(detail.sealed));
    for (const auto& pair : audit) {
      if (pair.name().version != sealed.key_version()) continue;
      return vault::Open(pair, AuditContext(pair.name().owner, detail.case_id, *detail.digest),
                         sealed);
    }
    return Error{ErrorCode::kPermissionDenied, "log entry: is sealed to version " +
                                                   std::to_string(sealed.key_version()) +
                                                   " of the audit key, which was not given"};
  };
  return ReadPage(transaction, SealKind::kAudit, std::nullopt, request, open);
}

Result<EntryPage> ReadCentre(store::Transaction& transaction, const vault::ServerKeys& server_keys,
                             const PageRequest& request) {
  const auto open = [&](const StoredDetail& detail) -> Result<vault::SecretBytes> {
    const auto sealed = TRY(vault::SealedUnder<vault::KeyKind::kServer>::Parse(detail.sealed));
    return server_keys.OpenField(ServerContext(*detail.digest), sealed);
  };
  return ReadPage(transaction, SealKind::kServer, std::nullopt, request, open);
}

}  // namespace jikimi::log
