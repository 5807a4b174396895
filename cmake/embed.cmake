# Run by jikimi_embed(): writes OUTPUT, a source that holds the bytes of INPUT as the string_view
# jikimi::ROOM::CONSTANT.
file(READ ${INPUT} hex HEX)
string(LENGTH "${hex}" digits)
string(REGEX REPLACE "(..)" "\\\\x\\1" escaped "${hex}")
string(REGEX REPLACE "((\\\\x..)(\\\\x..?)?(\\\\x..?)?(\\\\x..?)?(\\\\x..?)?(\\\\x..?)?(\\\\x..?)?(\\\\x..?)?)"
       "\"\\1\"\n" lines "${escaped}")
math(EXPR bytes "${digits} / 2")
file(WRITE ${OUTPUT}
"#include <string_view>

namespace jikimi::${ROOM} {
extern const std::string_view ${CONSTANT};
constinit const std::string_view ${CONSTANT}(
${lines}\"\", ${bytes});
}  // namespace jikimi::${ROOM}
")
