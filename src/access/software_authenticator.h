#ifndef JIKIMI_ACCESS_SOFTWARE_AUTHENTICATOR_H_
#define JIKIMI_ACCESS_SOFTWARE_AUTHENTICATOR_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "access/passkey.h"

struct evp_pkey_st;

// A passkey in software, for tests: it answers as a browser and a security key would, or in ways in
// which they never should.
namespace jikimi::access {

class SoftwareAuthenticator {
 public:
  enum class Algorithm { kEs256, kEddsa, kEs384 };
  enum class Attestation { kNone, kSelf };

  // What an answer says; change it to lie.
  struct Words {
    std::string type;  // empty: the right one
    std::string origin;
    std::string rp_id;
    bool cross_origin = false;
    std::uint8_t flags = 0x05;  // present, verified
  };

  explicit SoftwareAuthenticator(Algorithm algorithm);
  ~SoftwareAuthenticator();

  struct Created {
    std::vector<std::byte> client_data_json, attestation_object;
    PasskeyRegistration answer() const { return {client_data_json, attestation_object}; }
  };
  Created Create(const PasskeyChallenge& challenge, const Words& words, Attestation attestation);

  struct Asserted {
    std::vector<std::byte> credential_id, client_data_json, authenticator_data, signature;
    PasskeyAssertion answer() const {
      return {credential_id, client_data_json, authenticator_data, signature};
    }
  };
  // Counts one up, unless `counts` is off.
  Asserted Assert(const PasskeyChallenge& challenge, const Words& words);

  const std::vector<std::byte>& credential_id() const { return credential_id_; }
  std::uint32_t counter = 0;
  bool counts = true;

 private:
  std::vector<std::byte> AuthenticatorData(const Words& words, bool with_key) const;
  std::vector<std::byte> CoseKey() const;
  std::vector<std::byte> Sign(const std::vector<std::byte>& message) const;

  Algorithm algorithm_;
  evp_pkey_st* key_;
  std::vector<std::byte> credential_id_;
};

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_SOFTWARE_AUTHENTICATOR_H_
