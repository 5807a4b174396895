#include "jikimi/config.h"

#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <sstream>
#include <toml.hpp>
#include <utility>
#include <variant>

#include "base/file.h"

namespace jikimi {
namespace {

constexpr std::uint64_t kMaxFileBytes = 1 << 20;

struct Number {
  std::int64_t least, most;
};

// One key: where its value lies, what it may be, and what it is for.
struct Key {
  std::string_view name;
  std::function<std::string*(Config&)> text;
  std::function<std::int64_t*(Config&)> number;
  std::function<bool*(Config&)> truth;
  std::string default_text;
  Number bounds = {0, 0};
  std::string_view what;
};

template <typename Member>
Key Text(std::string_view name, Member member, std::string value, std::string_view what) {
  return {name, member, nullptr, nullptr, std::move(value), {}, what};
}
template <typename Member>
Key Count(std::string_view name, Member member, std::int64_t value, Number bounds,
          std::string_view what) {
  return {name, nullptr, member, nullptr, std::to_string(value), bounds, what};
}
template <typename Member>
Key Truth(std::string_view name, Member member, bool value, std::string_view what) {
  return {name, nullptr, nullptr, member, value ? "true" : "false", {}, what};
}

const std::vector<Key>& Keys() {
  static const std::vector<Key> keys = {
      Text(
          "centre.name", [](Config& c) { return &c.centre.name; }, "Centre",
          "Name of the centre on receipts and exports"),
      Text(
          "centre.origin", [](Config& c) { return &c.centre.origin; }, "localhost/jikimi-log",
          "Name of the log, a host and a path; never changes once the centre is open"),
      Text(
          "centre.country", [](Config& c) { return &c.centre.country; }, "KR",
          "Country (ISO 3166) whose law applies; telephone numbers without a prefix are Korean "
          "ones"),
      Count(
          "centre.receipt_days", [](Config& c) { return &c.centre.receipt_days; }, 90, {1, 3650},
          "Days for which the receipt of a destruction waits for the survivor"),
      Text(
          "database.url", [](Config& c) { return &c.database.url; },
          "sqlite:/var/lib/jikimi/centre.db",
          "sqlite:PATH, or postgresql://USER@HOST/NAME with the password in ~/.pgpass"),
      Count(
          "database.connections", [](Config& c) { return &c.database.connections; }, 16, {1, 1000},
          "Connections to the database at most"),
      Text(
          "keys.folder", [](Config& c) { return &c.keys.folder; }, "/var/lib/jikimi/keys",
          "Folder of the centre's secret files; outside the database and its backups"),
      Text(
          "keys.copies", [](Config& c) { return &c.keys.copies; }, "",
          "Folders with copies of it, on other machines, with ':' between them; a change is "
          "written "
          "to all or not done"),
      Text(
          "server.listen", [](Config& c) { return &c.server.listen; }, "127.0.0.1:8443",
          "ADDRESS:PORT to listen on; an IPv6 address in brackets; port 0 takes a free one"),
      Text(
          "server.public_url", [](Config& c) { return &c.server.public_url; }, "",
          "Scheme and host as browsers see them; empty: as listened on"),
      Text(
          "server.certificate", [](Config& c) { return &c.server.certificate; }, "",
          "PEM file of the certificate and its chain; empty: plain HTTP, for loopback only"),
      Text(
          "server.certificate_key", [](Config& c) { return &c.server.certificate_key; }, "",
          "PEM file of the certificate's key"),
      Count(
          "server.workers", [](Config& c) { return &c.server.workers; }, 16, {1, 1000},
          "Requests worked on at the same time"),
      Count(
          "server.connections", [](Config& c) { return &c.server.connections; }, 12'000,
          {1, 1'000'000}, "Connections at most"),
      Count(
          "server.connections_per_source",
          [](Config& c) { return &c.server.connections_per_source; }, 256, {1, 1'000'000},
          "Connections at most from one address"),
      Truth(
          "server.behind_proxy", [](Config& c) { return &c.server.behind_proxy; }, false,
          "A proxy of the centre stands before this server and ends TLS: believe the last address "
          "of its X-Forwarded-For; needs server.public_url"),
      Text(
          "metrics.listen", [](Config& c) { return &c.metrics.listen; }, "",
          "ADDRESS:PORT for /metrics, which the public port does not serve; empty: none"),
  };
  return keys;
}

Result<void> Set(Config& config, const Key& key, const std::string& text) {
  const auto wrong = [&](const std::string& what) {
    return Error{ErrorCode::kInvalidArgument, std::string(key.name) + ": " + what};
  };
  if (key.text) {
    if (std::any_of(text.begin(), text.end(),
                    [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; })) {
      return wrong("holds a control character");
    }
    *key.text(config) = text;
  } else if (key.number) {
    std::int64_t value = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc() || end != text.data() + text.size()) {
      return wrong("'" + text + "' is no whole number");
    }
    if (value < key.bounds.least || value > key.bounds.most) {
      return wrong(text + " is outside " + std::to_string(key.bounds.least) + " to " +
                   std::to_string(key.bounds.most));
    }
    *key.number(config) = value;
  } else {
    if (text != "true" && text != "false") return wrong("'" + text + "' is neither true nor false");
    *key.truth(config) = text == "true";
  }
  return {};
}

// A value of the file as text, when it is of the key's type.
Result<std::string> TextOf(const Key& key, const toml::value& value) {
  if (key.text && value.is_string()) return std::string(value.as_string().str);
  if (key.number && value.is_integer()) return std::to_string(value.as_integer());
  if (key.truth && value.is_boolean()) return std::string(value.as_boolean() ? "true" : "false");
  return Error{ErrorCode::kInvalidArgument, std::string(key.name) + ": must be " +
                                                (key.text     ? "a text in quotes"
                                                 : key.number ? "a whole number"
                                                              : "true or false")};
}

std::string VariableName(std::string_view key) {
  std::string name = "JIKIMI_";
  for (const char c : key) {
    name += c == '.' ? '_' : static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  }
  return name;
}

bool HasPassword(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return false;
  const std::string_view rest = url.substr(scheme + 3);
  const std::size_t at = rest.substr(0, rest.find('/')).rfind('@');
  return (at != std::string_view::npos && rest.substr(0, at).find(':') != std::string_view::npos) ||
         url.find("password=") != std::string_view::npos;
}

// toml11 describes an error over several lines with the source in between: its first line, and
// the first place that it names.
std::string FirstLine(std::string_view message) {
  std::string line(message.substr(0, message.find('\n')));
  if (line.rfind("[error] ", 0) == 0) line.erase(0, 8);
  if (const std::size_t colons = line.find("toml::"); colons == 0) {
    if (const std::size_t after = line.find(": "); after != std::string::npos) {
      line.erase(0, after + 2);
    }
  }
  return line;
}

std::string Place(const std::filesystem::path& path, const toml::value& value) {
  return Printable(path.filename().string()) + ":" + std::to_string(value.location().line());
}

Result<void> ReadTable(const std::filesystem::path& path, const toml::value& file,
                       LoadedConfig& loaded) {
  for (const auto& [section, content] : file.as_table()) {
    if (!content.is_table()) {
      return Error{ErrorCode::kInvalidArgument,
                   Place(path, content) + ": " + section + ": must stand in a section"};
    }
    for (const auto& [name, value] : content.as_table()) {
      const std::string full = section + "." + name;
      const auto key = std::find_if(Keys().begin(), Keys().end(),
                                    [&](const Key& known) { return known.name == full; });
      if (key == Keys().end()) {
        return Error{ErrorCode::kInvalidArgument,
                     Place(path, value) + ": " + full + ": no such key"};
      }
      const auto text = TextOf(*key, value);
      const auto set = text.has_value() ? Set(loaded.config, *key, *text) : text.error();
      if (!set.has_value()) return Prefixed(Place(path, value), set.error());
      loaded.from[full] = Place(path, value);
    }
  }
  return {};
}

Result<void> ReadConfigFile(const std::filesystem::path& path, LoadedConfig& loaded) {
  const auto bytes = TRY(ReadFile(path, kMaxFileBytes));
  std::istringstream stream(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  try {
    const toml::value file = toml::parse(stream, path.filename().string());
    TRY(ReadTable(path, file, loaded));
  } catch (const toml::exception& error) {
    return Error{ErrorCode::kInvalidArgument, Printable(path.filename().string()) + ":" +
                                                  std::to_string(error.location().line()) + ": " +
                                                  FirstLine(error.what())};
  } catch (const std::exception& error) {
    return Error{ErrorCode::kInvalidArgument,
                 Printable(path.string()) + ": " + FirstLine(error.what())};
  }
  struct stat status {};
  if (HasPassword(loaded.config.database.url) && stat(path.c_str(), &status) == 0 &&
      (status.st_mode & (S_IRGRP | S_IROTH)) != 0) {
    return Error{ErrorCode::kPermissionDenied,
                 Printable(path.string()) +
                     ": holds the database's password and others may read it; chmod 600 it"};
  }
  return {};
}

Result<void> CheckTogether(const LoadedConfig& loaded) {
  const auto& server = loaded.config.server;
  if (server.certificate.empty() != server.certificate_key.empty()) {
    return Error{ErrorCode::kInvalidArgument,
                 "server.certificate and server.certificate_key: give both or none"};
  }
  if (server.behind_proxy && server.public_url.empty()) {
    return Error{
        ErrorCode::kInvalidArgument,
        "server.behind_proxy: needs server.public_url, the scheme and host that browsers see"};
  }
  for (const auto& [name, value] : {std::pair{"centre.name", &loaded.config.centre.name},
                                    std::pair{"centre.origin", &loaded.config.centre.origin},
                                    std::pair{"database.url", &loaded.config.database.url},
                                    std::pair{"keys.folder", &loaded.config.keys.folder},
                                    std::pair{"server.listen", &server.listen}}) {
    if (value->empty()) {
      return Error{ErrorCode::kInvalidArgument, std::string(name) + ": must not be empty"};
    }
  }
  return {};
}

}  // namespace

std::vector<ConfigKey> ConfigKeys() {
  std::vector<ConfigKey> keys;
  for (const Key& key : Keys()) {
    keys.push_back({key.name,
                    key.text     ? "text"
                    : key.number ? "number"
                                 : "truth",
                    key.default_text, key.what});
  }
  return keys;
}

Environment ProcessEnvironment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
}

Result<LoadedConfig> LoadConfig(const std::filesystem::path& path, const Environment& environment) {
  LoadedConfig loaded;
  for (const Key& key : Keys()) {
    TRY(Set(loaded.config, key, key.default_text));
    loaded.from[std::string(key.name)] = "default";
  }
  if (!path.empty()) TRY(ReadConfigFile(path, loaded));
  for (const Key& key : Keys()) {
    const std::string variable = VariableName(key.name);
    const auto value = environment(variable);
    if (!value) continue;
    if (const auto set = Set(loaded.config, key, *value); !set.has_value()) {
      return Prefixed(variable, set.error());
    }
    loaded.from[std::string(key.name)] = variable;
  }
  TRY(CheckTogether(loaded));
  return loaded;
}

std::string ShownValue(const Config& config, std::string_view key) {
  Config copy = config;
  for (const Key& known : Keys()) {
    if (known.name != key) continue;
    if (known.number) return std::to_string(*known.number(copy));
    if (known.truth) return *known.truth(copy) ? "true" : "false";
    std::string text = *known.text(copy);
    if (!HasPassword(text)) return text;
    const std::size_t start = text.find("://") + 3;
    const std::size_t colon = text.find(':', start);
    const std::size_t at = text.rfind('@');
    if (colon != std::string::npos && at != std::string::npos && colon < at) {
      text.replace(colon + 1, at - colon - 1, "***");
    }
    if (const std::size_t query = text.find("password="); query != std::string::npos) {
      const std::size_t end = text.find('&', query);
      text.replace(query + 9, (end == std::string::npos ? text.size() : end) - query - 9, "***");
    }
    return text;
  }
  return "";
}

}  // namespace jikimi
