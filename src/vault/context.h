#ifndef JIKIMI_VAULT_CONTEXT_H_
#define JIKIMI_VAULT_CONTEXT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "vault/record_id.h"

namespace jikimi::vault {

// What a sealed blob is. The numbers are bound into every blob and never change their meaning.
enum class Purpose : std::uint16_t {
  kField = 1,        // a field of a record
  kWrappedKey = 2,   // the private half or the bytes of another key
  kPersonLock = 3,   // a person's private half under a password
  kFileContent = 4,  // a file
  kKeyring = 5,      // a case's keyring under an epoch key
  kRing = 6,         // a ring of keys
  kSession = 7,      // what a session holds
  kLogDetail = 8,    // the detail of a log entry
};

// Where a blob belongs: what it is, whose, which field and which version. It is not stored with the
// blob: whoever opens says where the blob stands, and a blob that was moved there from another
// record, field or version does not open.
struct Context {
  Purpose purpose = Purpose::kField;
  RecordReference of;          // whose
  RecordReference about = {};  // a second record, where one is needed: for whom a key is wrapped
  std::string field = {};      // which field, under 65,536 bytes
  std::uint64_t version = 0;   // which version of the record

  // The bytes that are authenticated; different contexts have different ones.
  std::vector<std::byte> Encode() const;
  // "field 'name' of a case": for messages.
  std::string Describe() const;
};

}  // namespace jikimi::vault

#endif  // JIKIMI_VAULT_CONTEXT_H_
