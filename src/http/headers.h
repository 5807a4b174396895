#ifndef JIKIMI_HTTP_HEADERS_H_
#define JIKIMI_HTTP_HEADERS_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace jikimi::http {

// Whether two texts are equal but for the case of ASCII letters.
bool EqualIgnoringCase(std::string_view a, std::string_view b);

// `text` without spaces and tabs at both ends.
std::string_view TrimBlank(std::string_view text);

// Header fields in the order in which they came; names compare without regard to case.
class Headers {
 public:
  struct Field {
    std::string name, value;
  };

  // The first field of this name.
  std::optional<std::string_view> Find(std::string_view name) const;
  // All of this name, joined with ", " as RFC 9110 section 5.3 has it; nullopt when there is none.
  std::optional<std::string> Joined(std::string_view name) const;
  int Count(std::string_view name) const;
  bool Has(std::string_view name) const { return Find(name).has_value(); }

  // Adds a field, also beside one of the same name. A name that is no token, or a value with a line
  // end, another control character or a non-ASCII byte is a bug of the caller: what a client sent
  // never goes into one.
  void Add(std::string_view name, std::string_view value);
  // Makes this the only field of its name.
  void Set(std::string_view name, std::string_view value);
  void Remove(std::string_view name);
  // Adds what was received, unchecked: for the reader of messages.
  void AddReceived(std::string_view name, std::string_view value);

  const std::vector<Field>& fields() const { return fields_; }

 private:
  std::vector<Field> fields_;
};

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_HEADERS_H_
