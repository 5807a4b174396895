#ifndef JIKIMI_HTTP_PATTERN_H_
#define JIKIMI_HTTP_PATTERN_H_

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace jikimi::http {

// A regular expression that is matched in time linear in the text and in bounded memory (RE2), in
// code points. Of ECMA-262 it takes what both read alike; look-around and back references are
// refused. Thread-safe; copies share.
class Pattern {
 public:
  static Result<Pattern> Compile(std::string_view expression);

  // Whether it matches anywhere in `text`.
  bool Matches(std::string_view text) const;
  const std::string& expression() const { return expression_; }

 private:
  struct State;
  Pattern(std::string expression, std::shared_ptr<const State> state)
      : expression_(std::move(expression)), state_(std::move(state)) {}

  std::string expression_;
  std::shared_ptr<const State> state_;
};

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_PATTERN_H_
