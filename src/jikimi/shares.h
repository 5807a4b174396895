#ifndef JIKIMI_JIKIMI_SHARES_H_
#define JIKIMI_JIKIMI_SHARES_H_

#include <string_view>
#include <vector>

#include "access/escrow.h"
#include "base/result.h"
#include "vault/split_key.h"

namespace jikimi {

// The shares on the standard input until its end: one a line, or as they were printed, on five
// lines. Empty lines and lines of "--" and "==" don't count. kInvalidArgument names the line; no
// error quotes a share. On a terminal `what` they are of is asked for.
Result<std::vector<vault::KeyShare>> ReadShares(std::string_view what);

// The same from a text.
Result<std::vector<vault::KeyShare>> ParseShares(std::string_view text);

// Prints shares once, a page each. When it comes back without an error they have left the program:
// a full disk or a closed pipe is one.
Result<void> PrintShares(std::string_view title, const access::PrintedShares& shares, int needed);

}  // namespace jikimi

#endif  // JIKIMI_JIKIMI_SHARES_H_
