#include <algorithm>
#include <limits>

#include "base/bytes.h"
#include "log/entry.h"
#include "store/utf8.h"
#include "vault/hkdf.h"

namespace jikimi::log {
namespace {

constexpr std::uint8_t kFormVersion = 1;
constexpr std::string_view kDetailWord = "jikimi.log.detail.1";
constexpr std::string_view kEntryWord = "jikimi.log.entry.1";
constexpr std::size_t kMaxWordBytes = 64;
constexpr std::size_t kMaxFields = 1000;

Error Invalid(std::string problem) {
  return {ErrorCode::kInvalidArgument, "log entry: " + std::move(problem)};
}

// A code: letters, digits and _, beginning with a letter.
bool IsWord(std::string_view word) {
  return !word.empty() && word.size() <= kMaxWordBytes && word[0] >= 'a' && word[0] <= 'z' &&
         std::all_of(word.begin(), word.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
         });
}

bool IsStaffNumber(std::string_view number) {
  return !number.empty() && number.size() <= kMaxWordBytes &&
         std::all_of(number.begin(), number.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-';
         });
}

Result<void> CheckActor(const ActorRef& actor) {
  if (actor.kind == ActorRef::Kind::kStaff) {
    if (!IsWord(actor.role)) return Invalid("a member of staff has a role, a lower-case word");
    if (!IsStaffNumber(actor.staff_number)) {
      return Invalid("a staff number is 1 to 64 letters, digits and dashes");
    }
  } else if (actor.kind == ActorRef::Kind::kRepresentative) {
    if (!IsWord(actor.role)) return Invalid("a representative has a role, a lower-case word");
    if (!actor.staff_number.empty()) return Invalid("only staff have a number");
  } else if (!actor.role.empty() || !actor.staff_number.empty()) {
    return Invalid("only staff have a role and a number");
  }
  return {};
}

Result<void> CheckEntry(const Entry& entry) {
  TRY(CheckActor(entry.actor));
  if (entry.case_id.has_value() != (entry.kind.scope() == EntryScope::kCase)) {
    return Invalid(std::string(entry.kind.code()) +
                   (entry.case_id ? " is not about a case" : " is about a case and names none"));
  }
  if (entry.fields.size() > kMaxFields) return Invalid("over 1000 fields");
  for (const auto& field : entry.fields) {
    if (!IsWord(field.name)) return Invalid("a field's name is a lower-case word of 1 to 64 bytes");
    if (const auto bad = store::FindBadText(field.text); bad != field.text.size()) {
      return Invalid("field " + field.name + " is not UTF-8, or has U+0000, at byte " +
                     std::to_string(bad));
    }
  }
  return {};
}

void PutShort(ByteWriter& writer, std::string_view text) {
  writer.Put(static_cast<std::uint8_t>(text.size()));
  writer.PutBytes(AsBytes(text));
}

std::string Text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Result<std::string> TakeShort(ByteReader& reader) {
  const auto size = TRY(reader.Take<std::uint8_t>());
  return Text(TRY(reader.TakeBytes(size)));
}

template <std::size_t kSize>
Result<std::array<std::byte, kSize>> TakeArray(ByteReader& reader) {
  const auto bytes = TRY(reader.TakeBytes(kSize));
  std::array<std::byte, kSize> array;
  std::copy(bytes.begin(), bytes.end(), array.begin());
  return array;
}

Error Corrupt(const ByteReader& reader, std::string_view problem) {
  return {ErrorCode::kCorrupt, "log detail: " + std::string(problem) + " before byte " +
                                   std::to_string(reader.offset())};
}

Result<EntryKind> TakeKind(ByteReader& reader) {
  const auto code = TRY(TakeShort(reader));
  const auto kind = EntryKind::Parse(code);
  if (!kind) {
    return Error{ErrorCode::kUnsupported,
                 "log detail: of a kind that this program doesn't know, before byte " +
                     std::to_string(reader.offset())};
  }
  return *kind;
}

Result<Entry> TakeEntry(ByteReader& reader) {
  const Timestamp at{std::chrono::microseconds(TRY(reader.Take<std::int64_t>()))};
  const EntryKind kind = TRY(TakeKind(reader));
  Entry entry{kind, at, {}};
  const auto actor = TRY(reader.Take<std::uint8_t>());
  if (actor < 1 || actor > 4) return Corrupt(reader, "an unknown sort of actor");
  entry.actor.kind = static_cast<ActorRef::Kind>(actor - 1);
  entry.actor.role = TRY(TakeShort(reader));
  entry.actor.staff_number = TRY(TakeShort(reader));
  const auto has_case = TRY(reader.Take<std::uint8_t>());
  if (has_case > 1) return Corrupt(reader, "neither a case nor none");
  if (has_case == 1) entry.case_id = vault::CaseId(TRY(TakeArray<16>(reader)));
  const auto count = TRY(reader.Take<std::uint16_t>());
  for (int i = 0; i < count; ++i) {
    EntryField field;
    field.name = TRY(TakeShort(reader));
    const auto size = TRY(reader.Take<std::uint32_t>());
    field.text = Text(TRY(reader.TakeBytes(size)));
    entry.fields.push_back(std::move(field));
  }
  return entry;
}

}  // namespace

Result<std::vector<std::byte>> Detail::Encode() const {
  TRY(CheckEntry(entry));
  ByteWriter writer;
  writer.Put(kFormVersion);
  writer.PutBytes(salt);
  writer.Put(static_cast<std::int64_t>(entry.at.time_since_epoch().count()));
  PutShort(writer, entry.kind.code());
  writer.Put(static_cast<std::uint8_t>(static_cast<int>(entry.actor.kind) + 1));
  PutShort(writer, entry.actor.role);
  PutShort(writer, entry.actor.staff_number);
  writer.Put(static_cast<std::uint8_t>(entry.case_id ? 1 : 0));
  if (entry.case_id) writer.PutBytes(entry.case_id->bytes());
  writer.Put(static_cast<std::uint16_t>(entry.fields.size()));
  std::size_t texts = 0;
  for (const auto& field : entry.fields) {
    texts += field.text.size();
    if (texts > kMaxDetailBytes) break;
    PutShort(writer, field.name);
    writer.Put(static_cast<std::uint32_t>(field.text.size()));
    writer.PutBytes(AsBytes(field.text));
  }
  if (texts > kMaxDetailBytes || writer.bytes().size() > kMaxDetailBytes) {
    return Error{ErrorCode::kResourceExhausted,
                 "log entry: " + std::string(entry.kind.code()) + " has more than " +
                     std::to_string(kMaxDetailBytes) + " bytes of detail"};
  }
  return std::move(writer).Take();
}

Result<Detail> Detail::Parse(std::span<const std::byte> form) {
  if (form.size() > kMaxDetailBytes) {
    return Error{ErrorCode::kCorrupt, "log detail: longer than any"};
  }
  ByteReader reader(form);
  const auto version = TRY(reader.Take<std::uint8_t>());
  if (version != kFormVersion) {
    return Error{ErrorCode::kUnsupported,
                 "log detail: version " + std::to_string(version) + " of the form is not known"};
  }
  const auto salt = TRY(TakeArray<32>(reader));
  Detail detail{TRY(TakeEntry(reader)), salt};
  if (reader.remaining() > 0) return Corrupt(reader, "more bytes follow than belong to it");
  if (const auto valid = CheckEntry(detail.entry); !valid) {
    return Error{ErrorCode::kCorrupt, "log detail: " + valid.error().message};
  }
  return detail;
}

EntryDigest EntryDigest::Of(std::span<const std::byte> detail_form) {
  std::vector<std::byte> message;
  message.reserve(kDetailWord.size() + detail_form.size());
  const auto word = AsBytes(kDetailWord);
  message.insert(message.end(), word.begin(), word.end());
  message.insert(message.end(), detail_form.begin(), detail_form.end());
  const EntryDigest digest{vault::Sha256(message)};
  vault::Wipe(message);
  return digest;
}

std::vector<std::byte> EntryDigest::LeafEntry() const {
  ByteWriter entry;
  entry.PutBytes(AsBytes(kEntryWord));
  entry.PutBytes(bytes);
  return std::move(entry).Take();
}

std::string EntryDigest::ToHex() const { return jikimi::ToHex(bytes); }

}  // namespace jikimi::log
