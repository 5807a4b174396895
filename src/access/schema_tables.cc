#include "access/schema.h"

namespace jikimi::access {

store::Schema AccessSchema() {
  static const store::Migration migrations[] = {
      {"people", kPeopleSchema}, {"keys", kKeySchema}, {"representatives", kRepresentativeSchema}};
  return {"access", migrations};
}

}  // namespace jikimi::access
