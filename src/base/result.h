#ifndef JIKIMI_BASE_RESULT_H_
#define JIKIMI_BASE_RESULT_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/check.h"

namespace jikimi {

// What kind of failure it is; the message says what and where. One table (jikimi/exit_code.h) maps
// these to exit codes, and another to HTTP statuses.
enum class ErrorCode {
  kInvalidArgument,    // the caller's words are wrong: an option, a malformed hex string
  kNotFound,           // no such file, item or record
  kAlreadyExists,      // it is there already
  kStale,              // somebody changed it meanwhile: read it again
  kPermissionDenied,   // the system or a rule refuses
  kUnsupported,        // well-formed, but not something we read: a format, a version
  kCorrupt,            // bytes that are not what they claim to be: truncated, bad checksum
  kResourceExhausted,  // over a limit of ours: pixels, bytes, frames, time, disk
  kUnavailable,        // may work later: a lock is held, a worker died
  kInterrupted,        // stopped on request
  kInternal,           // a failure below us that fits nothing else
};

// "invalid_argument", "not_found", …: stable names for JSON and logs.
std::string_view ErrorCodeName(ErrorCode code);

struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;

  friend bool operator==(const Error&, const Error&) = default;
};

// `error` with `where` and ": " before its message.
Error Prefixed(std::string_view where, Error error);

// A value or an Error, with the interface of std::expected<T, Error>. Converts implicitly from
// either, so functions `return value;` or `return Error{…};`.
template <typename T>
class [[nodiscard]] Result {
 public:
  using value_type = T;

  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  T& value() & {
    CHECK(has_value());
    return *std::get_if<0>(&state_);
  }
  const T& value() const& {
    CHECK(has_value());
    return *std::get_if<0>(&state_);
  }
  T&& value() && {
    CHECK(has_value());
    return std::move(*std::get_if<0>(&state_));
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  const Error& error() const& {
    CHECK(!has_value());
    return *std::get_if<1>(&state_);
  }
  Error&& error() && {
    CHECK(!has_value());
    return std::move(*std::get_if<1>(&state_));
  }

  template <typename U>
  T value_or(U&& fallback) const& {
    return has_value() ? value() : static_cast<T>(std::forward<U>(fallback));
  }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  using value_type = void;

  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit

  bool has_value() const { return !error_.has_value(); }
  explicit operator bool() const { return has_value(); }
  void value() const { CHECK(has_value()); }

  const Error& error() const& {
    CHECK(!has_value());
    return *error_;
  }
  Error&& error() && {
    CHECK(!has_value());
    return std::move(*error_);
  }

 private:
  std::optional<Error> error_;
};

}  // namespace jikimi

// The value of `expression` (a Result), or returns its error from the calling function. The only
// control-flow macro of the project. Each use has a name of its own, so that one may stand within
// another. Not within braces behind an element that owns memory, as in S{text, TRY(f())}: neither
// GCC nor Clang destroys the elements already made when a TRY leaves from there, so they leak, and
// a secret isn't wiped.
#define TRY(expression) JIKIMI_TRY_COUNTED(expression, __COUNTER__)
#define JIKIMI_TRY_COUNTED(expression, number) JIKIMI_TRY_JOINED(expression, number)
#define JIKIMI_TRY_JOINED(expression, number) JIKIMI_TRY_NAMED(expression, try_result_##number##_)
#define JIKIMI_TRY_NAMED(expression, name)                 \
  __extension__({                                          \
    auto name = (expression);                              \
    if (!name.has_value()) return std::move(name).error(); \
    std::move(name).value();                               \
  })

#endif  // JIKIMI_BASE_RESULT_H_
