#ifndef JIKIMI_CASEWORK_ENUM_NAMES_H_
#define JIKIMI_CASEWORK_ENUM_NAMES_H_

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/result.h"

// Names of an enum's values from 0 on, as they stand in the database and the API.
namespace jikimi::casework::internal {

template <typename Enum, std::size_t kCount>
struct EnumNames {
  std::string_view what;  // "channel": for messages
  std::array<std::string_view, kCount> names;

  std::string_view Name(Enum value) const {
    CHECK(static_cast<std::size_t>(value) < kCount);
    return names[static_cast<std::size_t>(value)];
  }
  Result<Enum> Parse(std::string_view name) const {
    std::string known;
    for (std::size_t i = 0; i < kCount; ++i) {
      if (names[i] == name) return static_cast<Enum>(i);
      known += (known.empty() ? "" : ", ") + std::string(names[i]);
    }
    return Error{ErrorCode::kInvalidArgument, "'" + std::string(name.substr(0, 64)) + "' is no " +
                                                  std::string(what) + "; there are: " + known};
  }
};

}  // namespace jikimi::casework::internal

#endif  // JIKIMI_CASEWORK_ENUM_NAMES_H_
