#ifndef JIKIMI_JIKIMI_CONFIG_H_
#define JIKIMI_JIKIMI_CONFIG_H_

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace jikimi {

// What a centre's machine is told: one TOML file, every key of which may be overridden by an
// environment variable (server.listen by JIKIMI_SERVER_LISTEN). No secret stands here but a
// password inside database.url, and a file with one is refused when others may read it.
// doc/config.md lists the keys; a test keeps that list equal to ConfigKeys().
struct Config {
  struct {
    std::string name;     // on receipts and exports; one line
    std::string origin;   // names the log: a host and a path, as in "centre.example/log"
    std::string country;  // ISO 3166 code: whose law and whose telephone numbers
    std::int64_t receipt_days = 0;
  } centre;
  struct {
    std::string url;
    std::int64_t connections = 0;
  } database;
  struct {
    std::string folder;
    std::string copies;  // folders with ':' between them
  } keys;
  struct {
    std::string listen;       // ADDRESS:PORT, [ADDRESS]:PORT
    std::string public_url;   // scheme and host as the browser sees them
    std::string certificate;  // PEM files; both or none
    std::string certificate_key;
    std::int64_t workers = 0;
    std::int64_t connections = 0;
    std::int64_t connections_per_source = 0;
    bool behind_proxy = false;  // believe the X-Forwarded-For of the one peer before us
  } server;
  struct {
    std::string listen;  // empty: none
  } metrics;
};

// For how long the receipt of a destruction waits.
inline std::chrono::hours ReceiptTime(const Config& config) {
  return std::chrono::hours(24 * config.centre.receipt_days);
}

struct ConfigKey {
  std::string_view name;  // "server.listen"
  std::string_view type;  // "text", "number" or "truth"
  std::string default_text;
  std::string_view what;
};
// Every key, in the order of doc/config.md.
std::vector<ConfigKey> ConfigKeys();

// Gives an environment variable, or nothing.
using Environment = std::function<std::optional<std::string>(const std::string&)>;
Environment ProcessEnvironment();

struct LoadedConfig {
  Config config;
  // Where each key's value comes from: "centre.toml:7", "JIKIMI_SERVER_LISTEN" or "default".
  std::map<std::string, std::string, std::less<>> from;
};

// Reads `path` (empty: no file, defaults and environment only). kInvalidArgument with file and
// line for a key that is unknown, given twice, of the wrong type or outside its bounds, or for
// TOML that isn't; kPermissionDenied when the file holds a password and others may read it.
Result<LoadedConfig> LoadConfig(const std::filesystem::path& path, const Environment& environment);

// The value of a key as text, a password in a URL as "***".
std::string ShownValue(const Config& config, std::string_view key);

}  // namespace jikimi

#endif  // JIKIMI_JIKIMI_CONFIG_H_
