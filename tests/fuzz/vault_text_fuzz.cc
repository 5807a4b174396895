// Every text that people type or hand in: what is read comes back from its own writing.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "vault/base64.h"
#include "vault/normal_text.h"
#include "vault/receipt.h"
#include "vault/session.h"
#include "vault/split_key.h"
#include "vault/survivor_code.h"
#include "vault/totp.h"

namespace jikimi::vault {
namespace {

std::string TextOf(const SecretBytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.bytes().data()), bytes.size()};
}

void ReadCodes(std::string_view text) {
  if (const auto code = SurvivorCode::Parse(text); code) {
    const auto written = TextOf(code->ToText());
    const auto again = SurvivorCode::Parse(written);
    CHECK(again.has_value() && TextOf(again->ToText()) == written);
  }
  if (const auto share = KeyShare::FromText(text); share) {
    const auto written = TextOf(share->ToText());
    const auto again = KeyShare::FromText(written);
    CHECK(again.has_value() && TextOf(again->ToText()) == written);
  }
  if (const auto secret = SessionSecret::Parse(text); secret) {
    CHECK(TextOf(secret->ToText()) == text);
  }
  if (const auto bytes = FromBase64(text); bytes) CHECK(ToBase64(*bytes) == text);
}

void Normalise(std::string_view text) {
  if (const auto name = NormalName(text); name && name->size() <= 1024) {
    const auto again = NormalName(*name);
    CHECK(again.has_value() && *again == *name);
  }
  if (const auto number = NormalTelephone(text, "82"); number) {
    const auto again = NormalTelephone(*number, "1");
    CHECK(again.has_value() && *again == *number);
  }
}

}  // namespace
}  // namespace jikimi::vault

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace jikimi::vault;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  ReadCodes(text);
  Normalise(text);
  static const auto* key = new SigningKey(SigningKey::Generate());
  // Nobody but the holder of the key writes a receipt.
  CHECK(!DestructionReceipt::Verify(text, key->verify_key()).has_value());
  static const auto* totp = new Totp(Totp::Generate());
  if (const auto step = totp->Verify(text, 1'790'000'000, {}); step) {
    CHECK(*step >= 1'790'000'000 / 30 - 1 && *step <= 1'790'000'000 / 30 + 1);
  }
  return 0;
}
