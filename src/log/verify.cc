#include "log/verify.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <vector>

#include "log/detail_tables.h"
#include "log/pin_tables.h"
#include "log/seal.h"
#include "log/tree_tables.h"
#include "log/verify_walk.h"
#include "vault/sealed.h"

namespace jikimi::log {
namespace {

using Kind = LogBreach::Kind;

constexpr std::int64_t kPlacesAtOnce = 16'384;
constexpr std::int64_t kDetailsAtOnce = 256;  // of up to 60 kB each

constexpr std::array<std::string_view, 12> kNames = {
    "entry_changed",  "entry_removed", "entry_added",        "entry_reordered",    "cut_off",
    "rewritten",      "tile_changed",  "checkpoint_changed", "checkpoint_removed", "detail_removed",
    "detail_changed", "pin_changed"};

std::string NameOf(const StoredDetail& detail) {
  return detail.number ? "entry " + std::to_string(*detail.number)
                       : "an entry that is not in the tree yet";
}

// Details whose leaves are gone, which is how an entry without a number is removed.
Result<void> CheckPlaces(store::Database& database, SealKind seal, std::uint64_t size,
                         Breaches& breaches) {
  std::int64_t after = 0;
  while (true) {
    const auto places = TRY(database.Read([&](store::Transaction& transaction) {
      return DetailPlaces(transaction, seal, after, kPlacesAtOnce);
    }));
    for (const auto& place : places) {
      after = place.entry;
      if (place.has_leaf) continue;
      breaches.Add(Kind::kEntryRemoved, size, size,
                   "row " + std::to_string(place.entry) + " of the details (" +
                       std::string(SealKindCode(seal)) + "): its entry was removed");
    }
    if (places.size() < static_cast<std::size_t>(kPlacesAtOnce)) return {};
  }
}

void DetailChanged(const StoredDetail& detail, const Error& error, Breaches& breaches) {
  const std::uint64_t number = detail.number.value_or(0);
  breaches.Add(Kind::kDetailChanged, number, number, NameOf(detail) + ": " + error.message);
}

Result<Entry> OpenCentre(const StoredDetail& detail, const vault::ServerKeys& server_keys) {
  const auto sealed = TRY(vault::SealedUnder<vault::KeyKind::kServer>::Parse(detail.sealed));
  const auto form = TRY(server_keys.OpenField(ServerContext(*detail.digest), sealed));
  return CheckDetail(form.bytes(), *detail.digest);
}

// None: not what staff did.
Result<std::optional<Entry>> OpenAudit(const StoredDetail& detail,
                                       const vault::AuditKeyPair& audit) {
  const auto sealed = TRY(vault::SealedTo<vault::KeyKind::kAudit>::Parse(detail.sealed));
  const auto form = TRY(
      vault::Open(audit, AuditContext(audit.name().owner, detail.case_id, *detail.digest), sealed));
  if (IsNothing(form.bytes())) return std::optional<Entry>();
  return std::optional(TRY(CheckDetail(form.bytes(), *detail.digest)));
}

std::int64_t CountIn(const Entry& entry) {
  std::int64_t count = 0;
  for (const auto& field : entry.fields) {
    if (field.name != "count") continue;
    std::from_chars(field.text.data(), field.text.data() + field.text.size(), count);
  }
  return count;
}

// The centre's entries, at one moment: they say which keys were pinned, and how many details were
// destroyed on purpose.
class CentreCheck {
 public:
  CentreCheck(const vault::ServerKeys& server_keys, Breaches& breaches)
      : server_keys_(server_keys), breaches_(breaches) {}

  Result<void> Run(store::Transaction& transaction) {
    std::int64_t after = 0;
    while (true) {
      const auto details = TRY(DetailsAfter(transaction, SealKind::kServer, after, kDetailsAtOnce));
      for (const auto& detail : details) {
        after = detail.entry;
        if (detail.digest) TRY(Check(transaction, detail));
      }
      if (details.size() < static_cast<std::size_t>(kDetailsAtOnce)) break;
    }
    if (const auto gone = TRY(CountGone(transaction)); gone != destroyed_) {
      breaches_.Add(Kind::kDetailRemoved, 0, 0,
                    std::to_string(gone) +
                        " entries are marked as destroyed with their case; "
                        "the log has destroyed " +
                        std::to_string(destroyed_));
    }
    if (const auto pins = TRY(CountPins(transaction)); pins > pins_) {
      breaches_.Add(Kind::kPinChanged, 0, 0,
                    std::to_string(pins - pins_) + " pinned keys have no entry");
    }
    return {};
  }
  std::int64_t opened() const { return opened_; }

 private:
  Result<void> Check(store::Transaction& transaction, const StoredDetail& detail) {
    const auto entry = OpenCentre(detail, server_keys_);
    if (!entry) {
      DetailChanged(detail, entry.error(), breaches_);
      return {};
    }
    ++opened_;
    if (entry->kind == EntryKind("log.details_destroyed")) destroyed_ += CountIn(*entry);
    if (entry->kind == EntryKind("key.pinned")) {
      ++pins_;
      if (!TRY(HasPin(transaction, detail.entry, entry->fields))) {
        const std::uint64_t number = detail.number.value_or(0);
        breaches_.Add(Kind::kPinChanged, number, number,
                      NameOf(detail) + ": the pin that it tells of was changed or removed");
      }
    }
    return {};
  }

  const vault::ServerKeys& server_keys_;
  Breaches& breaches_;
  std::int64_t opened_ = 0;
  std::int64_t destroyed_ = 0;
  std::int64_t pins_ = 0;
};

Result<std::int64_t> CheckAudit(store::Database& database, const vault::AuditKeyPair& audit,
                                Breaches& breaches) {
  std::int64_t opened = 0;
  std::int64_t after = 0;
  while (true) {
    const auto details = TRY(database.Read([&](store::Transaction& transaction) {
      return DetailsAfter(transaction, SealKind::kAudit, after, kDetailsAtOnce);
    }));
    for (const auto& detail : details) {
      after = detail.entry;
      if (!detail.digest) continue;
      const auto entry = OpenAudit(detail, audit);
      if (!entry) {
        DetailChanged(detail, entry.error(), breaches);
      } else if (*entry && (*entry)->case_id != detail.case_id) {
        DetailChanged(detail, {ErrorCode::kCorrupt, "its detail is another case's"}, breaches);
      } else {
        ++opened;
      }
    }
    if (details.size() < static_cast<std::size_t>(kDetailsAtOnce)) return opened;
  }
}

// The trees that the log went on from, but for those that it went back before later.
std::vector<KnownRoot> SurvivingRoots(std::span<const Succession> successions) {
  std::vector<KnownRoot> roots;
  for (const auto& succession : successions) {
    while (!roots.empty() && roots.back().size > succession.size) roots.pop_back();
    roots.push_back(
        {succession.size, succession.root, "the hand-over to the key " + succession.next.name()});
  }
  return roots;
}

}  // namespace

std::string_view BreachName(LogBreach::Kind kind) { return kNames[static_cast<std::size_t>(kind)]; }

Result<LogVerdict> VerifyLog(store::Database& database, const NoteVerifier& log,
                             const VerifyOptions& options) {
  std::vector<NoteVerifier> keys = {log};
  keys.insert(keys.end(), options.former.begin(), options.former.end());
  const bool known = !options.kept || std::any_of(keys.begin(), keys.end(), [&](const auto& key) {
    return key.name() == options.kept->origin;
  });
  if (!known) {
    return Error{ErrorCode::kInvalidArgument, "the kept checkpoint is of the log " +
                                                  options.kept->origin + ", not of " + log.name()};
  }
  Breaches breaches;
  LogVerdict verdict;
  auto roots = SurvivingRoots(options.successions);
  if (options.kept) {
    const auto* back = WentBackTo(options.successions, options.kept->origin);
    if (back != nullptr && options.kept->size > back->size) {
      verdict.went_back = WentBack{back->size, back->at, options.kept->size - back->size};
    } else {
      roots.push_back({options.kept->size, options.kept->root, "the kept checkpoint"});
    }
  }
  TreeWalk walk(database, keys, roots, breaches);
  TRY(walk.Run());
  verdict.size = walk.size();
  verdict.checkpoints = walk.checkpoints();
  for (const auto seal : {SealKind::kCase, SealKind::kAudit, SealKind::kServer}) {
    TRY(CheckPlaces(database, seal, verdict.size, breaches));
  }
  if (options.server_keys != nullptr) {
    std::optional<Breaches> found;
    std::int64_t opened = 0;
    TRY(database.Read([&](store::Transaction& transaction) -> Result<void> {
      found.emplace(breaches);  // the transaction may be run again
      CentreCheck check(*options.server_keys, *found);
      auto done = check.Run(transaction);
      opened = check.opened();
      return done;
    }));
    breaches = std::move(*found);
    verdict.opened += opened;
  }
  if (options.audit != nullptr) {
    verdict.opened += TRY(CheckAudit(database, *options.audit, breaches));
  }
  verdict.pending = TRY(database.Read(CountPending));
  verdict.breaches = std::move(breaches).Take(verdict.breach_count);
  if (verdict.intact()) verdict.last = walk.last();
  return verdict;
}

}  // namespace jikimi::log
