// Looks for strings in all files of folders: planted_search FOLDER... < one string a line.
//
// Prints what was found, a line each, then how much was read. Exit status 0: nothing found; 1:
// something; 2: it couldn't be looked for.

#include "access/planted_search.h"

#include <cstdio>
#include <iostream>
#include <string>
#include <vector>

int main(int argc, char** argv) {
  std::vector<std::string> planted;
  for (std::string line; std::getline(std::cin, line);) planted.push_back(line);
  const auto search = jikimi::access::PlantedSearch::Create(planted);
  if (argc < 2 || planted.empty() || !search.has_value()) {
    std::fprintf(stderr, "planted_search: %s\n",
                 search.has_value() ? "wants folders, and strings on the standard input"
                                    : search.error().message.c_str());
    return 2;
  }
  long long files = 0, bytes = 0, found = 0;
  for (int i = 1; i < argc; ++i) {
    const auto report = search->InFolder(argv[i]);
    if (!report.has_value()) {
      std::fprintf(stderr, "planted_search: %s\n", report.error().message.c_str());
      return 2;
    }
    for (const auto& each : report->found) {
      std::printf("%s: %s in %s at %llu\n", planted[each.planted].c_str(),
                  std::string(each.form).c_str(), each.file.c_str(),
                  static_cast<unsigned long long>(each.offset));
      ++found;
    }
    files += report->files;
    bytes += report->bytes;
  }
  std::printf("%lld found in %lld files of %lld bytes\n", found, files, bytes);
  return found == 0 ? 0 : 1;
}
