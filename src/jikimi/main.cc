// jikimi: words of the command line to the commands in commands.h.

#include <CLI/CLI.hpp>
#include <csignal>
#include <string>

#include "jikimi/commands.h"
#include "jikimi/interrupt.h"
#include "media/worker.h"

namespace jikimi {
namespace {

constexpr char kVersion[] = "jikimi " JIKIMI_VERSION;
constexpr char kFooter[] =
    "Exit status: 0 done; 1 done, but some inputs had errors; 2 wrong words; 3 failed;\n"
    "130 interrupted. The manual: man jikimi";

void AddThreads(CLI::App* command, ReadingOptions& reading) {
  command
      ->add_option("--threads", reading.threads,
                   "Files worked on at the same time (default: one a core)")
      ->check(CLI::Range(1, 256));
}

CLI::App* Command(CLI::App& parent, const std::string& name, const std::string& what,
                  const std::string& examples) {
  CLI::App* command = parent.add_subcommand(name, what);
  command->footer("Examples:\n" + examples);
  return command;
}

struct Options {
  FingerprintOptions fingerprint;
  FindOptions find;
  CompareOptions compare;
  GalleryOptions gallery;
};

void AddFingerprint(CLI::App& app, FingerprintOptions& options, ExitCode& status) {
  CLI::App* command = Command(app, "fingerprint", "Fingerprint pictures and videos",
                              "  jikimi fingerprint photo.jpg\n"
                              "  jikimi fingerprint --json folder/ | jq .pdq\n"
                              "  curl -s https://example.org/a.webp | jikimi fingerprint -");
  command->add_option("paths", options.paths, "Files, folders, or - for the standard input")
      ->required();
  command->add_flag("--json", options.json, "One JSON object a line");
  command->add_flag("--every-frame", options.every_frame,
                    "Of videos, a word for every frame (default: one a second)");
  command->add_flag("--vpdq", options.vpdq, "Of videos, print frame,quality,hash,timestamp lines")
      ->excludes("--json");
  AddThreads(command, options.reading);
  command->callback([&] { status = RunFingerprint(options); });
}

void AddFind(CLI::App& app, FindOptions& options, ExitCode& status) {
  CLI::App* command =
      Command(app, "find", "Find registered pictures and videos again, whatever was done to them",
              "  jikimi find --registered originals/ --in downloads/\n"
              "  jikimi find --gallery centre.jkg --in downloads/ --json\n"
              "  jikimi find --registered a.jpg --in downloads/ --page matches.html");
  auto* registered =
      command->add_option("--registered", options.registered, "Files or folders to look for");
  auto* gallery =
      command->add_option("--gallery", options.gallery, "A gallery file of what to look for");
  gallery->excludes(registered);
  command->add_option("--in", options.in, "Files or folders to look in, or -")->required();
  command->add_flag("--json", options.json, "One JSON object a match");
  command->add_option("--page", options.page, "Write an HTML page with each match drawn");
  AddThreads(command, options.reading);
  command->callback([&, registered, gallery] {
    if (registered->count() + gallery->count() == 0) {
      throw CLI::RequiredError("--registered or --gallery");
    }
    status = RunFind(options);
  });
}

void AddCompare(CLI::App& app, CompareOptions& options, ExitCode& status) {
  CLI::App* command = Command(app, "compare", "Say whether B is A, and how it was altered",
                              "  jikimi compare original.jpg found.jpg\n"
                              "  jikimi compare original.jpg found.mp4 --picture match.png");
  command->add_option("A", options.first, "The original")->required();
  command->add_option("B", options.second, "The one that was found")->required();
  command->add_flag("--json", options.json, "One JSON object");
  command->add_option("--picture", options.picture,
                      "Write a PNG of both with what matches drawn in");
  command->callback([&] { status = RunCompare(options); });
}

void AddGallery(CLI::App& app, GalleryOptions& options, ExitCode& status) {
  CLI::App* gallery = Command(app, "gallery", "Keep registered fingerprints in a file",
                              "  jikimi gallery add originals/ --gallery centre.jkg\n"
                              "  jikimi gallery remove 4711 --gallery centre.jkg\n"
                              "  jikimi gallery list --gallery centre.jkg");
  gallery->require_subcommand(1);
  const auto add = [&](const char* name, const char* what, ExitCode (*run)(const GalleryOptions&)) {
    CLI::App* command = gallery->add_subcommand(name, what);
    command->add_option("--gallery", options.gallery, "The gallery file")->required();
    command->callback([&options, &status, run] { status = run(options); });
    return command;
  };
  CLI::App* command = add("add", "Register files; prints the number given to each", RunGalleryAdd);
  command->add_option("paths", options.paths, "Files, folders, or -")->required();
  command->add_flag("--json", options.json, "One JSON object a file");
  AddThreads(command, options.reading);
  command = add("remove", "Withdraw items by their numbers", RunGalleryRemove);
  command->add_option("numbers", options.numbers, "Item numbers")->required();
  command =
      add("list", "List items: number, kind, pictures, patches, frames, bytes", RunGalleryList);
  command->add_flag("--json", options.json, "One JSON object an item");
  command = add("info", "Count what the file holds", RunGalleryInfo);
  command->add_flag("--json", options.json, "One JSON object");
}

int Main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_DFL);
  std::signal(SIGXFSZ, SIG_IGN);  // a file over its limit is an error of the write, not a death
  CatchInterrupts();
  CLI::App app("Jikimi finds registered pictures and videos again, whatever was done to them.",
               "jikimi");
  app.set_version_flag("--version", kVersion);
  app.require_subcommand(1);
  app.footer(kFooter);
  Options options;
  ExitCode status = ExitCode::kDone;
  AddFingerprint(app, options.fingerprint, status);
  AddFind(app, options.find, status);
  AddCompare(app, options.compare, status);
  AddGallery(app, options.gallery, status);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : static_cast<int>(ExitCode::kUsage);
  }
  return static_cast<int>(status);
}

}  // namespace
}  // namespace jikimi

int main(int argc, char** argv) {
  jikimi::media::WorkerMainIfAsked(argc, argv);
  return jikimi::Main(argc, argv);
}
