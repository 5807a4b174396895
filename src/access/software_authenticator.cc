#include "access/software_authenticator.h"

#include <openssl/ec.h>
#include <openssl/evp.h>

#include <algorithm>
#include <stdexcept>

#include "base/bytes.h"
#include "vault/base64.h"
#include "vault/hkdf.h"
#include "vault/secret_bytes.h"

namespace jikimi::access {
namespace {

using Bytes = std::vector<std::byte>;

void Append(Bytes& to, std::span<const std::byte> what) {
  to.insert(to.end(), what.begin(), what.end());
}
void AppendByte(Bytes& to, int value) { to.push_back(static_cast<std::byte>(value)); }

// CBOR heads of lengths under 65,536.
void AppendHead(Bytes& to, int major, std::size_t value) {
  if (value < 24) {
    AppendByte(to, major << 5 | static_cast<int>(value));
  } else if (value < 256) {
    AppendByte(to, major << 5 | 24);
    AppendByte(to, static_cast<int>(value));
  } else {
    AppendByte(to, major << 5 | 25);
    AppendByte(to, static_cast<int>(value >> 8));
    AppendByte(to, static_cast<int>(value & 255));
  }
}
void AppendText(Bytes& to, std::string_view text) {
  AppendHead(to, 3, text.size());
  Append(to, AsBytes(text));
}
void AppendBytes(Bytes& to, const Bytes& bytes) {
  AppendHead(to, 2, bytes.size());
  Append(to, bytes);
}

std::string Base64Url(std::span<const std::byte> bytes) {
  std::string text = vault::ToBase64(bytes);
  for (char& letter : text) letter = letter == '+' ? '-' : letter == '/' ? '_' : letter;
  text.erase(std::find(text.begin(), text.end(), '='), text.end());
  return text;
}

Bytes ClientData(const PasskeyChallenge& challenge, const SoftwareAuthenticator::Words& words,
                 const std::string& type) {
  const std::string json = "{\"type\":\"" + (words.type.empty() ? type : words.type) +
                           "\",\"challenge\":\"" + Base64Url(challenge) + "\",\"origin\":\"" +
                           words.origin +
                           "\",\"crossOrigin\":" + (words.cross_origin ? "true" : "false") + "}";
  const auto bytes = AsBytes(json);
  return {bytes.begin(), bytes.end()};
}

}  // namespace

SoftwareAuthenticator::SoftwareAuthenticator(Algorithm algorithm)
    : algorithm_(algorithm),
      key_(algorithm == Algorithm::kEddsa   ? EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")
           : algorithm == Algorithm::kEs384 ? EVP_EC_gen("P-384")
                                            : EVP_EC_gen("P-256")) {
  if (key_ == nullptr) throw std::runtime_error("OpenSSL makes no key");
  const auto id = vault::RandomArray<32>();
  credential_id_.assign(id.begin(), id.end());
}

SoftwareAuthenticator::~SoftwareAuthenticator() { EVP_PKEY_free(key_); }

Bytes SoftwareAuthenticator::CoseKey() const {
  Bytes cose;
  unsigned char raw[200];
  std::size_t size = sizeof(raw);
  if (algorithm_ == Algorithm::kEddsa) {
    if (EVP_PKEY_get_raw_public_key(key_, raw, &size) != 1) throw std::runtime_error("no key");
    for (const int byte : {0xa4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21}) AppendByte(cose, byte);
    AppendBytes(cose,
                {reinterpret_cast<std::byte*>(raw), reinterpret_cast<std::byte*>(raw) + size});
    return cose;
  }
  if (EVP_PKEY_get_octet_string_param(key_, "pub", raw, sizeof(raw), &size) != 1) {
    throw std::runtime_error("no key");
  }
  // The point is 0x04, x, y.
  const auto* point = reinterpret_cast<std::byte*>(raw) + 1;
  const std::size_t half = (size - 1) / 2;
  if (algorithm_ == Algorithm::kEs256) {
    for (const int byte : {0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21}) AppendByte(cose, byte);
  } else {
    for (const int byte : {0xa5, 0x01, 0x02, 0x03, 0x38, 0x22, 0x20, 0x02, 0x21}) {
      AppendByte(cose, byte);
    }
  }
  AppendBytes(cose, {point, point + half});
  AppendByte(cose, 0x22);
  AppendBytes(cose, {point + half, point + 2 * half});
  return cose;
}

Bytes SoftwareAuthenticator::AuthenticatorData(const Words& words, bool with_key) const {
  Bytes data;
  Append(data, vault::Sha256(AsBytes(words.rp_id)));
  AppendByte(data, words.flags | (with_key ? 0x40 : 0));
  for (int shift = 24; shift >= 0; shift -= 8) {
    AppendByte(data, static_cast<int>(counter >> shift & 255));
  }
  if (!with_key) return data;
  data.resize(data.size() + 16);  // AAGUID: none
  AppendByte(data, static_cast<int>(credential_id_.size() >> 8));
  AppendByte(data, static_cast<int>(credential_id_.size() & 255));
  Append(data, credential_id_);
  Append(data, CoseKey());
  return data;
}

Bytes SoftwareAuthenticator::Sign(const Bytes& message) const {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  const EVP_MD* digest = algorithm_ == Algorithm::kEddsa ? nullptr : EVP_sha256();
  std::size_t size = 200;
  Bytes signature(size);
  const bool is_signed =
      EVP_DigestSignInit(context, nullptr, digest, nullptr, key_) == 1 &&
      EVP_DigestSign(context, reinterpret_cast<unsigned char*>(signature.data()), &size,
                     reinterpret_cast<const unsigned char*>(message.data()), message.size()) == 1;
  EVP_MD_CTX_free(context);
  if (!is_signed) throw std::runtime_error("OpenSSL doesn't sign");
  signature.resize(size);
  return signature;
}

SoftwareAuthenticator::Created SoftwareAuthenticator::Create(const PasskeyChallenge& challenge,
                                                             const Words& words,
                                                             Attestation attestation) {
  Created created;
  created.client_data_json = ClientData(challenge, words, "webauthn.create");
  const Bytes data = AuthenticatorData(words, true);
  Bytes& object = created.attestation_object;
  AppendHead(object, 5, 3);
  AppendText(object, "fmt");
  AppendText(object, attestation == Attestation::kNone ? "none" : "packed");
  AppendText(object, "attStmt");
  if (attestation == Attestation::kNone) {
    AppendHead(object, 5, 0);
  } else {
    Bytes message = data;
    Append(message, vault::Sha256(created.client_data_json));
    AppendHead(object, 5, 2);
    AppendText(object, "alg");
    AppendByte(object, algorithm_ == Algorithm::kEddsa ? 0x27 : 0x26);
    AppendText(object, "sig");
    AppendBytes(object, Sign(message));
  }
  AppendText(object, "authData");
  AppendBytes(object, data);
  return created;
}

SoftwareAuthenticator::Asserted SoftwareAuthenticator::Assert(const PasskeyChallenge& challenge,
                                                              const Words& words) {
  if (counts) ++counter;
  Asserted asserted;
  asserted.credential_id = credential_id_;
  asserted.client_data_json = ClientData(challenge, words, "webauthn.get");
  asserted.authenticator_data = AuthenticatorData(words, false);
  Bytes message = asserted.authenticator_data;
  Append(message, vault::Sha256(asserted.client_data_json));
  asserted.signature = Sign(message);
  return asserted;
}

}  // namespace jikimi::access
