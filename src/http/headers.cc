#include "http/headers.h"

#include <algorithm>

#include "base/check.h"
#include "http/characters.h"

namespace jikimi::http {

bool EqualIgnoringCase(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return ToLower(x) == ToLower(y); });
}

std::string_view TrimBlank(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

std::optional<std::string_view> Headers::Find(std::string_view name) const {
  for (const Field& field : fields_) {
    if (EqualIgnoringCase(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::optional<std::string> Headers::Joined(std::string_view name) const {
  std::optional<std::string> joined;
  for (const Field& field : fields_) {
    if (!EqualIgnoringCase(field.name, name)) continue;
    if (joined) {
      *joined += ", " + field.value;
    } else {
      joined = field.value;
    }
  }
  return joined;
}

int Headers::Count(std::string_view name) const {
  return static_cast<int>(std::count_if(fields_.begin(), fields_.end(), [&](const Field& field) {
    return EqualIgnoringCase(field.name, name);
  }));
}

void Headers::Add(std::string_view name, std::string_view value) {
  CHECK(IsToken(name));
  CHECK(std::all_of(value.begin(), value.end(), [](char c) { return c >= 0x20 && c < 0x7f; }));
  fields_.push_back({std::string(name), std::string(value)});
}

void Headers::Set(std::string_view name, std::string_view value) {
  Remove(name);
  Add(name, value);
}

void Headers::Remove(std::string_view name) {
  std::erase_if(fields_, [&](const Field& field) { return EqualIgnoringCase(field.name, name); });
}

void Headers::AddReceived(std::string_view name, std::string_view value) {
  fields_.push_back({std::string(name), std::string(value)});
}

}  // namespace jikimi::http
