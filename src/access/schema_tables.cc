#include "access/schema.h"

namespace jikimi::access {

store::Schema AccessSchema() {
  static const store::Migration migrations[] = {{"people", kPeopleSchema},
                                                {"keys", kKeySchema},
                                                {"representatives", kRepresentativeSchema},
                                                {"receipts", kReceiptSchema},
                                                {"consent keeping", kConsentKeepingSchema}};
  return {"access", migrations};
}

}  // namespace jikimi::access
