#include "http/json.h"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>
#include <cmath>
#include <set>
#include <string>
#include <vector>

namespace jikimi::http {
namespace {

namespace json = boost::json;

// Builds the value, and stops at what ParseJson() refuses beyond the grammar.
class Builder {
 public:
  static constexpr std::size_t max_object_size = std::size_t(-1);
  static constexpr std::size_t max_array_size = std::size_t(-1);
  static constexpr std::size_t max_key_size = std::size_t(-1);
  static constexpr std::size_t max_string_size = std::size_t(-1);

  const std::string& refusal() const { return refusal_; }
  json::value Take() { return stack_.release(); }
  void Begin() { stack_.reset(); }

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_object_begin(json::error_code&) {
    names_.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t count, json::error_code&) {
    names_.pop_back();
    stack_.push_object(count);
    return true;
  }
  bool on_array_begin(json::error_code&) { return true; }
  bool on_array_end(std::size_t count, json::error_code&) {
    stack_.push_array(count);
    return true;
  }
  bool on_key_part(json::string_view part, std::size_t, json::error_code& error) {
    text_ += part;
    return Check(part, error);
  }
  bool on_key(json::string_view part, std::size_t, json::error_code& error) {
    text_ += part;
    if (!Check(part, error)) return false;
    if (!names_.back().insert(text_).second) {
      return Refuse("the name '" + text_.substr(0, 100) + "' stands twice in one object", error);
    }
    stack_.push_key(text_);
    text_.clear();
    return true;
  }
  bool on_string_part(json::string_view part, std::size_t, json::error_code& error) {
    text_ += part;
    return Check(part, error);
  }
  bool on_string(json::string_view part, std::size_t, json::error_code& error) {
    text_ += part;
    if (!Check(part, error)) return false;
    stack_.push_string(text_);
    text_.clear();
    return true;
  }
  bool on_number_part(json::string_view part, json::error_code&) {
    text_ += part;
    return true;
  }
  bool on_int64(std::int64_t value, json::string_view, json::error_code&) {
    text_.clear();
    stack_.push_int64(value);
    return true;
  }
  bool on_uint64(std::uint64_t, json::string_view, json::error_code& error) {
    return Refuse("an integer is beyond 64 bits with a sign", error);
  }
  bool on_double(double value, json::string_view part, json::error_code& error) {
    text_ += part;
    // The parser falls back on a double for an integer that is too large for it.
    if (text_.find_first_of(".eE") == std::string::npos) {
      return Refuse("an integer is beyond 64 bits with a sign", error);
    }
    if (!std::isfinite(value)) return Refuse("a number is beyond a double", error);
    text_.clear();
    stack_.push_double(value);
    return true;
  }
  bool on_bool(bool value, json::error_code&) {
    stack_.push_bool(value);
    return true;
  }
  bool on_null(json::error_code&) {
    stack_.push_null();
    return true;
  }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

 private:
  bool Check(json::string_view part, json::error_code& error) {
    if (part.find('\0') == json::string_view::npos) return true;
    return Refuse("a text holds U+0000", error);
  }
  bool Refuse(std::string why, json::error_code& error) {
    refusal_ = std::move(why);
    error = json::error::syntax;
    return false;
  }

  json::value_stack stack_;
  std::vector<std::set<std::string>> names_;  // of the objects that are open
  std::string text_;
  std::string refusal_;
};

}  // namespace

Result<json::value> ParseJson(std::string_view text, std::size_t max_depth) {
  json::parse_options options;
  options.max_depth = max_depth;
  json::basic_parser<Builder> parser(options);
  parser.handler().Begin();
  json::error_code error;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
  if (error || read < text.size()) {
    const std::string& refusal = parser.handler().refusal();
    const std::string why = !refusal.empty() ? refusal
                            : error          ? error.message()
                                             : "something follows the value";
    return Error{ErrorCode::kInvalidArgument,
                 "is not acceptable JSON: at byte " + std::to_string(read) + ", " + why};
  }
  return parser.handler().Take();
}

}  // namespace jikimi::http
