#include "vault/split_key.h"

#include <algorithm>
#include <string>

#include "base/bytes.h"
#include "vault/code_symbols.h"
#include "vault/forms.h"
#include "vault/hkdf.h"

namespace jikimi::vault {
namespace {

constexpr std::size_t kShareBytes = 50;
constexpr std::size_t kChecksumBytes = 4;
constexpr std::size_t kGroups = 20;
constexpr std::size_t kGroupSymbols = 4;
constexpr std::size_t kGroupWithCheck = kGroupSymbols + 1;
constexpr std::size_t kGroupsALine = 4;
constexpr int kMaxShares = 31;
constexpr const char* kShareName = "share";
constexpr const char* kRecordName = "record of a split key";
static_assert(kShareBytes * 8 == kGroups * kGroupSymbols * 5);

// The share without its checksum.
SecretBytes ShareBody(const KeyShare& share) {
  CHECK(share.point.y.size() == kKeyBytes);
  ByteWriter head;
  head.Put(static_cast<std::uint8_t>(Form::kShare));
  head.Put(kFormVersion);
  head.Put(static_cast<std::uint8_t>(share.kind));
  head.PutBytes(share.set);
  head.Put(share.key_version);
  head.Put(share.k);
  head.Put(share.n);
  head.Put(share.point.x);
  SecretBytes body(kShareBytes - kChecksumBytes);
  const auto rest = std::copy(head.bytes().begin(), head.bytes().end(), body.bytes().begin());
  std::copy(share.point.y.bytes().begin(), share.point.y.bytes().end(), rest);
  return body;
}

// The check symbol of a group, whose place is its first symbol, so that swapped groups show.
std::byte GroupCheck(std::size_t group, std::span<const std::byte> symbols) {
  WipedArray<kGroupSymbols + 1> placed;
  placed.bytes()[0] = static_cast<std::byte>(group);
  std::copy(symbols.begin(), symbols.end(), placed.bytes().begin() + 1);
  return CheckSymbol(placed.bytes());
}

Error BadShare(int x, std::string problem) {
  return {ErrorCode::kInvalidArgument, "share " + std::to_string(x) + ": " + std::move(problem)};
}

Result<KeyShare> ParseShare(std::span<const std::byte> bytes) {
  const auto checksum = Sha256(bytes.first(kShareBytes - kChecksumBytes));
  if (!EqualInConstantTime(std::span(checksum).first(kChecksumBytes), bytes.last(kChecksumBytes))) {
    return Error{ErrorCode::kInvalidArgument,
                 "share: its checksum does not fit: more than one character is wrong"};
  }
  ByteReader reader(bytes.first(kShareBytes - kChecksumBytes));
  TRY(TakeForm(reader, Form::kShare, kShareName));
  KeyShare share;
  share.kind = static_cast<KeyKind>(TRY(reader.Take<std::uint8_t>()));
  if (share.kind != KeyKind::kEscrow && share.kind != KeyKind::kAudit) {
    return Error{ErrorCode::kCorrupt, "share: is of a kind of key that is never split"};
  }
  const auto set = TRY(reader.TakeBytes(share.set.size()));
  std::copy(set.begin(), set.end(), share.set.begin());
  share.key_version = TRY(reader.Take<std::uint32_t>());
  share.k = TRY(reader.Take<std::uint8_t>());
  share.n = TRY(reader.Take<std::uint8_t>());
  share.point.x = TRY(reader.Take<std::uint8_t>());
  if (!internal::CheckThreshold(share.k, share.n) || share.point.x < 1 || share.point.x > share.n) {
    return Error{ErrorCode::kCorrupt, "share: its numbers contradict each other"};
  }
  share.point.y = SecretBytes::CopyOf(TRY(reader.TakeBytes(kKeyBytes)));
  return share;
}

}  // namespace

SecretBytes KeyShare::ToText() const {
  const auto body = ShareBody(*this);
  const auto checksum = Sha256(body.bytes());
  SecretBytes whole(kShareBytes);
  const auto rest = std::copy(body.bytes().begin(), body.bytes().end(), whole.bytes().begin());
  std::copy_n(checksum.begin(), kChecksumBytes, rest);
  const auto symbols = SymbolsOfBytes(whole.bytes());

  SecretBytes text(kGroups * (kGroupWithCheck + 1));
  auto out = text.bytes().begin();
  for (std::size_t group = 0; group < kGroups; ++group) {
    WipedArray<kGroupWithCheck> with_check;
    const auto four =
        std::span<const std::byte>(symbols.bytes()).subspan(group * kGroupSymbols, kGroupSymbols);
    std::copy(four.begin(), four.end(), with_check.bytes().begin());
    with_check.bytes()[kGroupSymbols] = GroupCheck(group, four);
    const auto letters = SymbolText(with_check.bytes());
    out = std::copy(letters.bytes().begin(), letters.bytes().end(), out);
    *out++ = static_cast<std::byte>(group % kGroupsALine == kGroupsALine - 1 ? '\n' : ' ');
  }
  return text;
}

Result<KeyShare> KeyShare::FromText(std::string_view text) {
  const auto typed = TRY(ReadSymbols(kShareName, text, kGroups * kGroupWithCheck));
  if (typed.size() != kGroups * kGroupWithCheck) {
    return Error{ErrorCode::kInvalidArgument, "share: has " + std::to_string(typed.size()) +
                                                  " letters and digits instead of " +
                                                  std::to_string(kGroups * kGroupWithCheck)};
  }
  SecretBytes symbols(kGroups * kGroupSymbols);
  std::string wrong;
  for (std::size_t group = 0; group < kGroups; ++group) {
    const auto five =
        std::span<const std::byte>(typed.bytes()).subspan(group * kGroupWithCheck, kGroupWithCheck);
    if (GroupCheck(group, five.first(kGroupSymbols)) != five.back()) {
      wrong += (wrong.empty() ? "" : ", ") + std::to_string(group + 1);
    }
    std::copy_n(five.begin(), kGroupSymbols,
                symbols.bytes().begin() + static_cast<std::ptrdiff_t>(group * kGroupSymbols));
  }
  if (!wrong.empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 "share: mistyped in group " + wrong + " of " + std::to_string(kGroups)};
  }
  return ParseShare(BytesOfSymbols(symbols.bytes()).bytes());
}

std::array<std::byte, 32> KeyShare::Digest(const RecordReference& owner) const {
  return HmacSha256(owner.id, ShareBody(*this).bytes());
}

namespace internal {

Result<void> CheckThreshold(int k, int n) {
  if (2 <= k && k <= n && n <= kMaxShares) return {};
  return Error{ErrorCode::kInvalidArgument,
               "split key: " + std::to_string(k) + " of " + std::to_string(n) +
                   " is not possible; at least 2 are needed, at most 31 made"};
}

SplitRecordBody Split(const RecordReference& owner, std::uint32_t key_version,
                      std::span<const std::byte> private_half, int k, int n,
                      std::vector<KeyShare>& shares) {
  SplitRecordBody body{owner, RandomArray<4>(), static_cast<std::uint8_t>(k), {}};
  for (auto& point : SplitSecret(private_half, k, n)) {
    KeyShare share{static_cast<KeyKind>(owner.kind), body.set,        key_version, body.k,
                   static_cast<std::uint8_t>(n),     std::move(point)};
    body.digests.push_back(share.Digest(owner));
    shares.push_back(std::move(share));
  }
  return body;
}

Result<void> CheckShare(const SplitRecordBody& body, std::uint32_t key_version,
                        const KeyShare& share) {
  const int x = share.point.x;
  if (static_cast<std::uint8_t>(share.kind) != body.owner.kind)
    return BadShare(x, "belongs to a key of another kind");
  if (share.key_version != key_version) {
    return BadShare(x, "belongs to version " + std::to_string(share.key_version) +
                           " of the key; version " + std::to_string(key_version) + " is needed");
  }
  if (share.set != body.set) return BadShare(x, "belongs to another splitting of the key");
  if (x < 1 || static_cast<std::size_t>(x) > body.digests.size()) {
    return BadShare(x, "there is no share of this number");
  }
  if (!EqualInConstantTime(share.Digest(body.owner),
                           body.digests[static_cast<std::size_t>(x - 1)])) {
    return BadShare(x, "is wrong: it is not the one that was given out");
  }
  return {};
}

Result<SecretBytes> Combine(const SplitRecordBody& body, std::uint32_t key_version,
                            std::span<const KeyShare> shares) {
  std::vector<ShamirPoint> points;
  for (const auto& share : shares) {
    TRY(CheckShare(body, key_version, share));
    for (const auto& point : points) {
      if (point.x == share.point.x) return BadShare(point.x, "was given twice");
    }
    points.push_back({share.point.x, SecretBytes::CopyOf(share.point.y.bytes())});
  }
  if (points.size() < body.k) {
    return Error{ErrorCode::kPermissionDenied, "shares: " + std::to_string(points.size()) +
                                                   " were given, " + std::to_string(body.k) +
                                                   " are needed"};
  }
  points.resize(body.k);
  return CombinePoints(points);
}

std::vector<std::byte> SplitRecordForm(const SplitRecordBody& body,
                                       std::span<const std::byte> public_key) {
  ByteWriter writer;
  writer.Put(static_cast<std::uint8_t>(Form::kSplitRecord));
  writer.Put(kFormVersion);
  writer.Put(body.owner.kind);
  writer.Put(body.k);
  writer.Put(static_cast<std::uint8_t>(body.digests.size()));
  writer.PutBytes(body.set);
  writer.PutBytes(public_key);
  for (const auto& digest : body.digests) writer.PutBytes(digest);
  return std::move(writer).Take();
}

Result<SplitRecordBody> ParseSplitRecord(std::span<const std::byte> form, KeyKind kind,
                                         std::span<const std::byte>& public_key) {
  constexpr std::size_t kPublicKeyBytes = 56;
  ByteReader reader(form);
  TRY(TakeForm(reader, Form::kSplitRecord, kRecordName));
  SplitRecordBody body;
  if (TRY(reader.Take<std::uint8_t>()) != static_cast<std::uint8_t>(kind)) {
    return Error{ErrorCode::kCorrupt, std::string(kRecordName) + ": is of another kind of key"};
  }
  body.k = TRY(reader.Take<std::uint8_t>());
  const int n = TRY(reader.Take<std::uint8_t>());
  if (!CheckThreshold(body.k, n)) {
    return Error{ErrorCode::kCorrupt,
                 std::string(kRecordName) + ": its numbers contradict each other"};
  }
  const auto set = TRY(reader.TakeBytes(body.set.size()));
  std::copy(set.begin(), set.end(), body.set.begin());
  public_key = TRY(reader.TakeBytes(kPublicKeyBytes));
  for (int i = 0; i < n; ++i) {
    const auto digest = TRY(reader.TakeBytes(32));
    std::copy(digest.begin(), digest.end(), body.digests.emplace_back().begin());
  }
  TRY(CheckEnd(reader, kRecordName));
  return body;
}

}  // namespace internal
}  // namespace jikimi::vault
