#ifndef JIKIMI_ACCESS_SCHEMA_H_
#define JIKIMI_ACCESS_SCHEMA_H_

#include <string_view>

#include "store/migration.h"

namespace jikimi::access {

// All tables of this room; after those of store and log.
store::Schema AccessSchema();

// Its steps, each beside the code that uses its tables (*_tables.cc).
extern const std::string_view kPeopleSchema;
extern const std::string_view kRepresentativeSchema;
extern const std::string_view kReceiptSchema;
extern const std::string_view kKeySchema;
extern const std::string_view kConsentKeepingSchema;

}  // namespace jikimi::access

#endif  // JIKIMI_ACCESS_SCHEMA_H_
