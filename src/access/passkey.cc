#include "access/passkey.h"

#include <fido.h>
#include <fido/eddsa.h>
#include <fido/es256.h>

#include <algorithm>
#include <boost/json.hpp>
#include <memory>

#include "access/attestation.h"
#include "base/bytes.h"
#include "vault/base64.h"
#include "vault/hkdf.h"
#include "vault/secret_bytes.h"

namespace jikimi::access {
namespace {

constexpr std::size_t kMaxClientData = 8 * 1024;
constexpr std::size_t kMaxAttestation = 64 * 1024;
constexpr std::size_t kMinCredentialId = 16;
constexpr std::size_t kMaxCredentialId = 1'023;
constexpr std::uint8_t kUserPresent = 0x01;
constexpr std::uint8_t kUserVerified = 0x04;

Error Malformed(const std::string& what) {
  return {ErrorCode::kInvalidArgument, "passkey: " + what};
}
Error Refused(const std::string& what) {
  return {ErrorCode::kPermissionDenied, "passkey: " + what};
}

// A libfido2 call that must succeed.
Result<void> Expect(int code, const char* what, ErrorCode error) {
  if (code == FIDO_OK) return {};
  return Error{error, std::string("passkey: ") + what + ": " + fido_strerr(code)};
}

const unsigned char* Raw(std::span<const std::byte> bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

std::string Base64Url(std::span<const std::byte> bytes) {
  std::string text = vault::ToBase64(bytes);
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  text.erase(std::find(text.begin(), text.end(), '='), text.end());
  return text;
}

// The text of a member, or nothing.
std::string_view TextOf(const boost::json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string_view(value->get_string())
                                                : std::string_view();
}

// What the browser says that it signed (section 7.1, steps 5 to 9), and its hash.
Result<std::array<std::byte, 32>> CheckClientData(const PasskeySite& site,
                                                  const PasskeyChallenge& challenge,
                                                  std::string_view type,
                                                  std::span<const std::byte> json) {
  if (json.size() > kMaxClientData) return Malformed("clientDataJSON is too long");
  boost::system::error_code failed;
  const auto value = boost::json::parse(
      std::string_view(reinterpret_cast<const char*>(json.data()), json.size()), failed);
  if (failed || !value.is_object()) return Malformed("clientDataJSON is no JSON object");
  const auto& data = value.get_object();
  if (TextOf(data, "type") != type) return Refused("is an answer to another question");
  const std::string expected = Base64Url(challenge);
  if (!vault::EqualInConstantTime(AsBytes(TextOf(data, "challenge")), AsBytes(expected))) {
    return Refused("answers another challenge");
  }
  if (TextOf(data, "origin") != site.origin) return Refused("comes from another site");
  const auto* cross = data.if_contains("crossOrigin");
  if (cross != nullptr && (!cross->is_bool() || cross->get_bool())) {
    return Refused("comes from a page within another site");
  }
  return vault::Sha256(json);
}

Result<void> CheckFlags(std::uint8_t flags) {
  if ((flags & kUserPresent) == 0) return Refused("nobody touched it");
  if ((flags & kUserVerified) == 0) return Refused("it did not check who touched it");
  return {};
}

struct CredentialDeleter {
  void operator()(fido_cred_t* credential) const { fido_cred_free(&credential); }
};
using Credential = std::unique_ptr<fido_cred_t, CredentialDeleter>;
struct AssertionDeleter {
  void operator()(fido_assert_t* assertion) const { fido_assert_free(&assertion); }
};
using Assertion = std::unique_ptr<fido_assert_t, AssertionDeleter>;
struct Es256Deleter {
  void operator()(es256_pk_t* key) const { es256_pk_free(&key); }
};
struct EddsaDeleter {
  void operator()(eddsa_pk_t* key) const { eddsa_pk_free(&key); }
};

std::vector<std::byte> Copy(const unsigned char* bytes, std::size_t size) {
  const auto* first = reinterpret_cast<const std::byte*>(bytes);
  return bytes == nullptr ? std::vector<std::byte>() : std::vector<std::byte>(first, first + size);
}

struct Made {
  Credential credential;
  int algorithm = 0;
};

// A credential from its authenticator data. The algorithm stands in these, and libfido2 wants to be
// told beforehand which it must be: of those that are taken, the one that fits.
Result<Made> MakeCredential(std::span<const std::byte> auth_data) {
  for (const int algorithm : {COSE_ES256, COSE_EDDSA}) {
    Credential credential(fido_cred_new());
    if (!credential) return Error{ErrorCode::kResourceExhausted, "passkey: out of memory"};
    TRY(Expect(fido_cred_set_type(credential.get(), algorithm), "algorithm", ErrorCode::kInternal));
    const int code = fido_cred_set_authdata_raw(credential.get(), Raw(auth_data), auth_data.size());
    if (code == FIDO_OK) return Made{std::move(credential), algorithm};
  }
  return Malformed("authenticator data are damaged, or of a key that is neither ES256 nor EdDSA");
}

// The signature over a new credential, where its format has one.
Result<void> CheckAttestation(fido_cred_t* credential, const AttestationObject& object) {
  if (object.format == "none") {
    // An empty map; what is in the authenticator data was checked by the caller.
    if (object.statement.size() != 1 || object.statement[0] != std::byte{0xa0}) {
      return Malformed("attestation 'none' has a statement");
    }
    return {};
  }
  TRY(Expect(fido_cred_set_attstmt(credential, Raw(object.statement), object.statement.size()),
             "attestation statement", ErrorCode::kInvalidArgument));
  const int code = fido_cred_x5c_len(credential) == 0 ? fido_cred_verify_self(credential)
                                                      : fido_cred_verify(credential);
  return Expect(code, "attestation", ErrorCode::kPermissionDenied);
}

Result<std::unique_ptr<es256_pk_t, Es256Deleter>> Es256Key(const Passkey& passkey) {
  std::unique_ptr<es256_pk_t, Es256Deleter> key(es256_pk_new());
  if (!key) return Error{ErrorCode::kResourceExhausted, "passkey: out of memory"};
  TRY(Expect(es256_pk_from_ptr(key.get(), passkey.public_key.data(), passkey.public_key.size()),
             "stored key", ErrorCode::kCorrupt));
  return key;
}

Result<std::unique_ptr<eddsa_pk_t, EddsaDeleter>> EddsaKey(const Passkey& passkey) {
  std::unique_ptr<eddsa_pk_t, EddsaDeleter> key(eddsa_pk_new());
  if (!key) return Error{ErrorCode::kResourceExhausted, "passkey: out of memory"};
  TRY(Expect(eddsa_pk_from_ptr(key.get(), passkey.public_key.data(), passkey.public_key.size()),
             "stored key", ErrorCode::kCorrupt));
  return key;
}

Result<void> VerifySignature(fido_assert_t* assertion, const Passkey& passkey) {
  if (passkey.algorithm == COSE_ES256) {
    const auto key = TRY(Es256Key(passkey));
    return Expect(fido_assert_verify(assertion, 0, COSE_ES256, key.get()), "signature",
                  ErrorCode::kPermissionDenied);
  }
  const auto key = TRY(EddsaKey(passkey));
  return Expect(fido_assert_verify(assertion, 0, COSE_EDDSA, key.get()), "signature",
                ErrorCode::kPermissionDenied);
}

}  // namespace

Result<void> PasskeySite::Check() const {
  const auto refuse = [&](const char* rule) {
    return Error{ErrorCode::kInvalidArgument, "passkey origin '" + origin + "': " + rule};
  };
  const bool is_https = origin.starts_with("https://");
  if (!is_https && !origin.starts_with("http://localhost")) return refuse("must be https");
  std::string_view host = std::string_view(origin).substr(is_https ? 8 : 7);
  host = host.substr(0, host.find(':'));
  if (host.empty() || host.find_first_of("/?#@") != std::string_view::npos) {
    return refuse("must be scheme, host and maybe a port");
  }
  const bool is_within = host == rp_id || (host.size() > rp_id.size() && host.ends_with(rp_id) &&
                                           host[host.size() - rp_id.size() - 1] == '.');
  if (rp_id.empty() || !is_within) return refuse("its host must be the rp_id or under it");
  return {};
}

Result<Passkey> CheckPasskeyRegistration(const PasskeySite& site, const PasskeyChallenge& challenge,
                                         const PasskeyRegistration& answer) {
  const auto hash =
      TRY(CheckClientData(site, challenge, "webauthn.create", answer.client_data_json));
  if (answer.attestation_object.size() > kMaxAttestation) {
    return Malformed("attestation object is too long");
  }
  const auto object = TRY(ParseAttestationObject(answer.attestation_object));
  const Made made = TRY(MakeCredential(object.auth_data));
  fido_cred_t* const raw = made.credential.get();
  const auto site_hash = vault::Sha256(AsBytes(site.rp_id));
  if (object.auth_data.size() < site_hash.size() ||
      !std::equal(site_hash.begin(), site_hash.end(), object.auth_data.begin())) {
    return Refused("was made for another site");
  }
  TRY(CheckFlags(fido_cred_flags(raw)));
  TRY(Expect(fido_cred_set_clientdata_hash(raw, Raw(hash), hash.size()), "client data",
             ErrorCode::kInternal));
  TRY(Expect(fido_cred_set_rp(raw, site.rp_id.c_str(), nullptr), "site", ErrorCode::kInternal));
  TRY(Expect(fido_cred_set_uv(raw, FIDO_OPT_TRUE), "user verification", ErrorCode::kInternal));
  if (fido_cred_set_fmt(raw, std::string(object.format).c_str()) != FIDO_OK) {
    return Error{ErrorCode::kUnsupported, "passkey: attestation of a format that is not read"};
  }
  TRY(CheckAttestation(raw, object));
  Passkey passkey;
  passkey.credential_id = Copy(fido_cred_id_ptr(raw), fido_cred_id_len(raw));
  passkey.algorithm = made.algorithm;
  passkey.public_key = Copy(fido_cred_pubkey_ptr(raw), fido_cred_pubkey_len(raw));
  passkey.sign_count = fido_cred_sigcount(raw);
  if (passkey.credential_id.size() < kMinCredentialId ||
      passkey.credential_id.size() > kMaxCredentialId || passkey.public_key.empty()) {
    return Malformed("credential id has another length than 16 to 1,023 bytes");
  }
  return passkey;
}

Result<std::uint32_t> CheckPasskeyAssertion(const PasskeySite& site,
                                            const PasskeyChallenge& challenge,
                                            const Passkey& passkey,
                                            const PasskeyAssertion& answer) {
  if (!std::equal(answer.credential_id.begin(), answer.credential_id.end(),
                  passkey.credential_id.begin(), passkey.credential_id.end())) {
    return Refused("is another one");
  }
  const auto hash = TRY(CheckClientData(site, challenge, "webauthn.get", answer.client_data_json));
  const Assertion assertion(fido_assert_new());
  if (!assertion) return Error{ErrorCode::kResourceExhausted, "passkey: out of memory"};
  fido_assert_t* const raw = assertion.get();
  TRY(Expect(fido_assert_set_clientdata_hash(raw, Raw(hash), hash.size()), "client data",
             ErrorCode::kInternal));
  TRY(Expect(fido_assert_set_rp(raw, site.rp_id.c_str()), "site", ErrorCode::kInternal));
  TRY(Expect(fido_assert_set_count(raw, 1), "count", ErrorCode::kInternal));
  TRY(Expect(fido_assert_set_up(raw, FIDO_OPT_TRUE), "user presence", ErrorCode::kInternal));
  TRY(Expect(fido_assert_set_uv(raw, FIDO_OPT_TRUE), "user verification", ErrorCode::kInternal));
  TRY(Expect(fido_assert_set_authdata_raw(raw, 0, Raw(answer.authenticator_data),
                                          answer.authenticator_data.size()),
             "authenticator data", ErrorCode::kInvalidArgument));
  TRY(CheckFlags(fido_assert_flags(raw, 0)));
  TRY(Expect(fido_assert_set_sig(raw, 0, Raw(answer.signature), answer.signature.size()),
             "signature", ErrorCode::kInvalidArgument));
  TRY(VerifySignature(raw, passkey));
  const std::uint32_t count = fido_assert_sigcount(raw, 0);
  const bool has_counter = count != 0 || passkey.sign_count != 0;
  if (has_counter && count <= passkey.sign_count) {
    return Refused("its counter did not go up: there is a copy of it");
  }
  return count;
}

}  // namespace jikimi::access
