#include <cstdio>
#include <string>

#include "base/file.h"
#include "jikimi/centre.h"
#include "jikimi/centre_commands.h"
#include "jikimi/config.h"
#include "jikimi/reading.h"

namespace jikimi {
namespace {

void Print(const std::string& what, const Result<void>& result, bool& all_well) {
  std::printf("%-12s %s\n", what.c_str(),
              result.has_value() ? "ok" : Printable(result.error().message).c_str());
  if (!result.has_value()) all_well = false;
}

Result<void> CheckPem(const std::string& path) {
  if (path.empty()) return {};
  TRY(ReadFile(path, 1 << 20));
  return {};
}

}  // namespace

ExitCode RunConfigCheck(const ConfigOptions& options) {
  const auto loaded = LoadConfig(options.config, ProcessEnvironment());
  if (!loaded.has_value()) {
    Complain(loaded.error());
    return ExitCodeFor(loaded.error().code);
  }
  for (const ConfigKey& key : ConfigKeys()) {
    std::printf("%-30s %-40s %s\n", std::string(key.name).c_str(),
                ShownValue(loaded->config, key.name).c_str(),
                loaded->from.find(key.name)->second.c_str());
  }
  bool all_well = true;
  const auto& server = loaded->config.server;
  Print("certificate", CheckPem(server.certificate), all_well);
  Print("key", CheckPem(server.certificate_key), all_well);
  const auto centre = OpenCentre(loaded->config, Expect::kUsable);
  Print("centre", centre.has_value() ? Result<void>() : centre.error(), all_well);
  return all_well ? ExitCode::kDone : ExitCode::kFailed;
}

}  // namespace jikimi
