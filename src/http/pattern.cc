#include "http/pattern.h"

#include <re2/re2.h>

namespace jikimi::http {
namespace {

RE2::Options PatternOptions() {
  RE2::Options options;
  options.set_encoding(RE2::Options::EncodingUTF8);
  options.set_log_errors(false);
  options.set_max_mem(1 << 20);
  return options;
}

}  // namespace

struct Pattern::State {
  explicit State(const std::string& text) : expression(text, PatternOptions()) {}
  RE2 expression;
};

Result<Pattern> Pattern::Compile(std::string_view expression) {
  const std::string text(expression);
  auto state = std::make_shared<const State>(text);
  if (!state->expression.ok()) {
    return Error{ErrorCode::kInvalidArgument,
                 "the pattern '" + text + "' can't be used: " + state->expression.error()};
  }
  return Pattern(text, std::move(state));
}

bool Pattern::Matches(std::string_view text) const {
  return RE2::PartialMatch({text.data(), text.size()}, state_->expression);
}

}  // namespace jikimi::http
