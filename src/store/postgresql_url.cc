#include "store/postgresql_url.h"

#include <libpq-fe.h>

#include <algorithm>
#include <memory>

#include "base/file.h"

namespace jikimi::store {
namespace {

constexpr std::string_view kSchemes[] = {"postgresql://", "postgres://"};

// For what the URL doesn't say: UTF-8 texts, an end to waiting for hosts that are gone, and of
// several hosts the one that takes writes (so that work goes on after a failover).
constexpr std::pair<std::string_view, std::string_view> kDefaults[] = {
    {"connect_timeout", "10"},
    {"application_name", "jikimi"},
    {"keepalives_idle", "30"},
    {"keepalives_interval", "10"},
    {"keepalives_count", "3"},
    {"tcp_user_timeout", "30000"},
    {"target_session_attrs", "read-write"}};

Error Refused(std::string_view what) {
  return {ErrorCode::kInvalidArgument, "database URL: " + std::string(what)};
}

bool IsSecret(std::string_view keyword) {
  return keyword == "password" || keyword == "sslpassword";
}

bool IsPort(std::string_view port) {
  return !port.empty() && port.size() <= 5 &&
         std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Each of the ports that a comma separates, one of which may be left open.
bool ArePorts(std::string_view ports) {
  while (true) {
    const std::size_t comma = ports.find(',');
    const std::string_view port = ports.substr(0, comma);
    if (!port.empty() && !IsPort(port)) return false;
    if (comma == std::string_view::npos) return true;
    ports.remove_prefix(comma + 1);
  }
}

}  // namespace

bool PostgresqlUrl::Matches(std::string_view url) {
  return std::any_of(std::begin(kSchemes), std::end(kSchemes),
                     [&](std::string_view scheme) { return url.starts_with(scheme); });
}

Result<PostgresqlUrl> PostgresqlUrl::Parse(std::string_view url) {
  if (!Matches(url)) return Refused("begins with postgresql://");
  if (url.find('\0') != std::string_view::npos) return Refused("has a zero byte");
  const std::string_view rest = url.substr(url.find("://") + 3);
  // An '@' behind the host's part is a password that held a '/' or '?': libpq would take its first
  // half for a port and its second for a database, and say so aloud.
  const std::size_t authority_end = std::min(rest.find_first_of("/?#"), rest.size());
  const std::string_view authority = rest.substr(0, authority_end);
  if (rest.find('@', authority_end) != std::string_view::npos ||
      std::count(authority.begin(), authority.end(), '@') > 1) {
    return Refused(
        "'@', '/', '?', '#' and '%' in user names and passwords must be percent-encoded");
  }

  char* raw_message = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfoParse(std::string(url).c_str(), &raw_message), PQconninfoFree);
  const std::unique_ptr<char, decltype(&PQfreemem)> message(raw_message, PQfreemem);
  // libpq's message quotes the URL, so it stays here.
  if (!options) return Refused("malformed: a bad percent-encoding, host or option");

  PostgresqlUrl result;
  std::string host, port, database;
  for (const PQconninfoOption* option = options.get(); option->keyword; ++option) {
    if (!option->val) continue;
    const std::string_view keyword = option->keyword;
    if (keyword == "host") host = option->val;
    if (keyword == "port") port = option->val;
    if (keyword == "dbname") database = option->val;
    result.settings_.emplace_back(keyword, option->val);
  }
  if (!ArePorts(port)) return Refused("the port is not a number");
  for (const auto& preset : kDefaults) {
    const bool given =
        std::any_of(result.settings_.begin(), result.settings_.end(),
                    [&](const auto& setting) { return setting.first == preset.first; });
    if (!given) result.settings_.emplace_back(preset);
  }
  std::erase_if(result.settings_,
                [](const auto& setting) { return setting.first == "client_encoding"; });
  result.settings_.emplace_back("client_encoding", "UTF8");
  result.name_ = result.Redact("postgresql://" + Printable(host) +
                               (port.empty() ? "" : ":" + port) + "/" + Printable(database));
  return result;
}

std::string PostgresqlUrl::Redact(std::string text) const {
  for (const auto& [keyword, value] : settings_) {
    if (!IsSecret(keyword) || value.empty()) continue;
    for (std::size_t at = 0; (at = text.find(value, at)) != std::string::npos;) {
      text.replace(at, value.size(), "***");
      at += 3;
    }
  }
  return text;
}

}  // namespace jikimi::store
