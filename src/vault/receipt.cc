#include "vault/receipt.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <vector>

#include "base/bytes.h"
#include "vault/base64.h"
#include "vault/hkdf.h"

namespace jikimi::vault {
namespace {

constexpr std::string_view kFirstLine = "jikimi destruction receipt 1";
constexpr std::int64_t kSecondsADay = 86'400;
constexpr std::int64_t kLastSecond = 253'402'300'799;  // 9999-12-31T23:59:59Z
constexpr std::size_t kMaxCentreBytes = 200;

Error Bad(std::string problem) {
  return {ErrorCode::kInvalidArgument, "receipt: " + std::move(problem)};
}

std::string DayText(std::int64_t days) {
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days}}};
  char text[16];
  std::snprintf(text, sizeof(text), "%04d-%02u-%02u", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
  return text;
}

std::string TimeText(std::int64_t seconds) {
  const std::int64_t in_day = seconds % kSecondsADay;
  char text[16];
  std::snprintf(text, sizeof(text), "T%02d:%02d:%02dZ", static_cast<int>(in_day / 3600),
                static_cast<int>(in_day / 60 % 60), static_cast<int>(in_day % 60));
  return DayText(seconds / kSecondsADay) + text;
}

template <typename Number>
bool ReadNumber(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

// Days since 1970 of "2026-11-22".
bool ReadDay(std::string_view text, std::int64_t& days) {
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  if (text.size() != 10 || !ReadNumber(text.substr(0, 4), year) ||
      !ReadNumber(text.substr(5, 2), month) || !ReadNumber(text.substr(8, 2), day)) {
    return false;
  }
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month},
                                         std::chrono::day{day}};
  if (!date.ok()) return false;
  days = std::chrono::sys_days{date}.time_since_epoch().count();
  return DayText(days) == text;
}

bool ReadTime(std::string_view text, std::int64_t& seconds) {
  int hour = 0;
  int minute = 0;
  int second = 0;
  if (text.size() != 20 || !ReadDay(text.substr(0, 10), seconds) ||
      !ReadNumber(text.substr(11, 2), hour) || !ReadNumber(text.substr(14, 2), minute) ||
      !ReadNumber(text.substr(17, 2), second)) {
    return false;
  }
  seconds = seconds * kSecondsADay + hour * 3600 + minute * 60 + second;
  return seconds >= 0 && TimeText(seconds) == text;
}

Result<void> CheckFields(const DestructionReceipt& receipt) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 32 || c == 127; };
  if (receipt.centre.empty() || receipt.centre.size() > kMaxCentreBytes ||
      std::any_of(receipt.centre.begin(), receipt.centre.end(), is_control)) {
    return Bad("the centre's name is not one line of 1 to 200 bytes");
  }
  if (receipt.destroyed_at < 0 || receipt.destroyed_at > kLastSecond) {
    return Bad("the time of destruction is not in 1970 to 9999");
  }
  const std::int64_t days = receipt.last_copy_dies.days - receipt.destroyed_at / kSecondsADay;
  if (days < 0 || days > EpochRing::kDeathDays) {
    return Bad("the last copy dies " + std::to_string(days) + " days after the destruction");
  }
  return {};
}

std::string Body(const DestructionReceipt& receipt) {
  std::string text(kFirstLine);
  text += "\ncentre: " + receipt.centre;
  text += "\ndestroyed: ";
  text += receipt.what == DestroyedRecord::kCase ? "case" : "item";
  text += "\nkeys: " + std::to_string(receipt.keys);
  text += "\nat: " + TimeText(receipt.destroyed_at);
  text += "\nlast copy dies: " + DayText(receipt.last_copy_dies.days);
  text += "\nsubject salt: " + ToBase64(receipt.subject_salt);
  text += "\nsubject digest: " + ToBase64(receipt.subject_digest) + "\n";
  return text;
}

// Takes lines off the front of a text and counts them.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}

  // The rest of the next line after `label`.
  Result<std::string_view> Take(std::string_view label) {
    ++number_;
    const auto end = rest_.find('\n');
    if (end == std::string_view::npos) return Wrong("is cut off");
    const auto line = rest_.substr(0, end);
    if (!line.starts_with(label)) return Wrong("does not begin with '" + std::string(label) + "'");
    rest_.remove_prefix(end + 1);
    return line.substr(label.size());
  }
  template <std::size_t kSize>
  Result<std::array<std::byte, kSize>> TakeBytes(std::string_view label) {
    const auto bytes = FromBase64(TRY(Take(label)));
    if (!bytes || bytes->size() != kSize) {
      return Wrong("is not " + std::to_string(kSize) + " bytes in base64");
    }
    std::array<std::byte, kSize> array;
    std::copy(bytes->begin(), bytes->end(), array.begin());
    return array;
  }
  Error Wrong(std::string problem) const {
    return Bad("line " + std::to_string(number_) + " " + std::move(problem));
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
  int number_ = 0;
};

}  // namespace

std::array<std::byte, 32> DestructionReceipt::SubjectDigest(std::span<const std::byte, 16> salt,
                                                            std::span<const std::byte> subject) {
  return HmacSha256(salt, subject);
}

Result<std::string> DestructionReceipt::ToSignedText(const SigningKey& key) const {
  TRY(CheckFields(*this));
  const auto body = Body(*this);
  return body + "signature: " + ToBase64(key.Sign(AsBytes(body))) + "\n";
}

Result<DestructionReceipt> DestructionReceipt::Verify(std::string_view text, const VerifyKey& key) {
  Lines lines(text);
  DestructionReceipt receipt;
  if (!TRY(lines.Take(kFirstLine)).empty())
    return lines.Wrong("is not '" + std::string(kFirstLine) + "'");
  receipt.centre = TRY(lines.Take("centre: "));
  const auto what = TRY(lines.Take("destroyed: "));
  if (what != "case" && what != "item") return lines.Wrong("is neither 'case' nor 'item'");
  receipt.what = what == "case" ? DestroyedRecord::kCase : DestroyedRecord::kItem;
  if (!ReadNumber(TRY(lines.Take("keys: ")), receipt.keys)) return lines.Wrong("is no number");
  if (!ReadTime(TRY(lines.Take("at: ")), receipt.destroyed_at)) {
    return lines.Wrong("is no time in UTC");
  }
  std::int64_t days = 0;
  if (!ReadDay(TRY(lines.Take("last copy dies: ")), days)) return lines.Wrong("is no day");
  receipt.last_copy_dies.days = static_cast<std::int32_t>(days);
  receipt.subject_salt = TRY(lines.TakeBytes<16>("subject salt: "));
  receipt.subject_digest = TRY(lines.TakeBytes<32>("subject digest: "));
  const auto body = text.substr(0, text.size() - lines.rest().size());
  const auto signature = TRY(lines.TakeBytes<64>("signature: "));
  if (!lines.rest().empty()) return Bad("holds text after its signature");
  if (!key.Verify(AsBytes(body), signature)) {
    return Error{ErrorCode::kPermissionDenied,
                 "receipt: its signature does not fit: it was changed, or signed by another key"};
  }
  TRY(CheckFields(receipt));
  return receipt;
}

}  // namespace jikimi::vault
