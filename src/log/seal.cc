#include "log/seal.h"

#include "vault/sealed.h"
#include "vault/server_keys.h"

namespace jikimi::log {
namespace {

Error Misfit(const Entry& entry, std::string_view problem) {
  return {ErrorCode::kInvalidArgument,
          "log entry " + std::string(entry.kind.code()) + ": " + std::string(problem)};
}

// The salt is secret as long as the detail is.
class WipedForm {
 public:
  explicit WipedForm(std::vector<std::byte> bytes) : bytes_(std::move(bytes)) {}
  ~WipedForm() { vault::Wipe(bytes_); }
  WipedForm(const WipedForm&) = delete;
  WipedForm& operator=(const WipedForm&) = delete;
  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

}  // namespace

std::string_view SealKindCode(SealKind kind) {
  switch (kind) {
    case SealKind::kCase:
      return "case";
    case SealKind::kAudit:
      return "audit";
    case SealKind::kServer:
      return "server";
  }
  return "";
}

vault::Context CaseContext(vault::CaseId case_id, const EntryDigest& digest) {
  return {vault::Purpose::kLogDetail, case_id, {}, digest.ToHex(), 0};
}

vault::Context AuditContext(vault::AuditId audit, const std::optional<vault::CaseId>& case_id,
                            const EntryDigest& digest) {
  vault::Context context{vault::Purpose::kLogDetail, audit, {}, digest.ToHex(), 0};
  if (case_id) context.about = *case_id;
  return context;
}

vault::Context ServerContext(const EntryDigest& digest) {
  return {vault::Purpose::kLogDetail, {}, {}, digest.ToHex(), 0};
}

std::vector<std::byte> NothingToAudit(std::span<const std::byte> form) {
  return std::vector<std::byte>(form.size());
}

// A detail begins with its form's version, which is never 0.
bool IsNothing(std::span<const std::byte> form) { return !form.empty() && form[0] == std::byte{0}; }

Result<Entry> CheckDetail(std::span<const std::byte> form, const EntryDigest& digest) {
  if (EntryDigest::Of(form) != digest) {
    return Error{ErrorCode::kCorrupt, "log detail: is not the one whose digest stands in the log"};
  }
  return TRY(Detail::Parse(form)).entry;
}

Result<SealedEntry> SealedEntry::Seal(const Entry& entry, const EntrySeals& seals) {
  const bool of_case = entry.kind.scope() == EntryScope::kCase;
  if (of_case != (seals.case_key_ != nullptr)) {
    return Misfit(entry, of_case ? "is about a case, and was given the centre's keys"
                                 : "is about the centre, and was given a case's keys");
  }
  if (of_case && entry.case_id && seals.case_key_->name().owner != *entry.case_id) {
    return Misfit(entry, "the key is another case's");
  }
  const Detail detail{entry, vault::RandomArray<32>()};
  const WipedForm form(TRY(detail.Encode()));
  const auto digest = EntryDigest::Of(form.bytes());
  SealedEntry sealed(digest, entry.case_id);
  if (!of_case) {
    const auto copy = seals.server_keys_->SealField(ServerContext(digest), form.bytes());
    sealed.copies_.push_back({SealKind::kServer, copy.key_version(), copy.bytes()});
    return sealed;
  }
  const auto copy =
      TRY(vault::Seal(*seals.case_key_, CaseContext(*entry.case_id, digest), form.bytes()));
  sealed.copies_.push_back({SealKind::kCase, copy.key_version(), copy.bytes()});
  const bool staff = entry.actor.kind == ActorRef::Kind::kStaff;
  const WipedForm audited(staff ? std::vector(form.bytes().begin(), form.bytes().end())
                                : NothingToAudit(form.bytes()));
  const auto audit = TRY(vault::Seal(
      *seals.audit_key_, AuditContext(seals.audit_key_->name().owner, entry.case_id, digest),
      audited.bytes()));
  sealed.copies_.push_back({SealKind::kAudit, audit.key_version(), audit.bytes()});
  return sealed;
}

}  // namespace jikimi::log
