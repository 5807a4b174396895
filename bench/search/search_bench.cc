// Measures the range index on words of 32 bytes from a file; bench/search/run.py holds it against
// FAISS on the same words. Prints "name value" lines.
//
//   search_bench index WORDS QUERIES RADIUS FOLDER [HITS]   all of it; files go into FOLDER
//   search_bench crossover WORDS QUERIES RADIUS             table and linear kernel, size by size
//   search_bench scale WORDS QUERIES RADIUS MILLIONS        only memory and queries, for what no
//       file holds: WORDS, then copies of them with some 48 random bits flipped
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "base/file.h"
#include "base/random.h"
#include "search/bands.h"
#include "search/range_index.h"
#include "search/segment.h"

namespace jikimi::search {
namespace {

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

template <typename... Values>
void Print(const char* format, Values... values) {
  std::printf(format, values...);
  std::printf("\n");
  std::fflush(stdout);
}

std::vector<Word256> ReadWords(const char* path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  std::vector<Word256> words(static_cast<std::size_t>(std::max<std::streamoff>(file.tellg(), 0)) /
                             sizeof(Word256));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(words.data()),
            static_cast<std::streamsize>(words.size() * sizeof(Word256)));
  if (!file || words.empty()) {
    std::fprintf(stderr, "%s: can't be read, or is empty\n", path);
    std::exit(1);
  }
  return words;
}

template <typename T>
T Get(Result<T> result) {
  if (!result.has_value()) {
    std::fprintf(stderr, "%s\n", result.error().message.c_str());
    std::exit(1);
  }
  return std::move(result).value();
}
void Get(Result<void> result) {
  if (!result.has_value()) {
    std::fprintf(stderr, "%s\n", result.error().message.c_str());
    std::exit(1);
  }
}

// Seconds a call of `ask`, for every query in turn, for half a second at least.
double SecondsEach(std::size_t queries, const std::function<void(std::size_t)>& ask) {
  for (std::size_t i = 0; i < std::min<std::size_t>(queries, 50); ++i) ask(i);
  std::size_t asked = 0;
  const auto start = Clock::now();
  do {
    ask(asked++ % queries);
  } while (SecondsSince(start) < 0.5 || asked < std::min<std::size_t>(queries, 200));
  return SecondsSince(start) / static_cast<double>(asked);
}

std::string CpuName() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

double ResidentBytes() {
  std::ifstream file("/proc/self/statm");
  double total = 0, resident = 0;
  file >> total >> resident;
  return resident * 4096;
}

// How long after Insert() is called a query finds the word, while a thread asks 1,000 times a
// second and 8,000 other words a second come in, which are merged meanwhile.
void MeasureVisible(RangeIndex& index, const std::vector<Word256>& queries, Radius radius,
                    const char* name) {
  std::atomic<bool> done = false;
  std::atomic<std::uint64_t> asked = 0;
  std::thread reader([&] {
    auto next = Clock::now();
    while (!done) {
      Get(index.Query(queries[asked++ % queries.size()], radius));
      next += std::chrono::milliseconds(1);
      std::this_thread::sleep_until(next);
    }
  });
  SplitMix64 random(5);
  std::vector<double> waits;
  const auto begin = Clock::now();
  for (std::uint64_t i = 0; i < 400; ++i) {
    const Word256 word({random.Next(), random.Next(), random.Next(), random.Next()});
    const EntryId id{(std::uint64_t{1} << 40) + i};
    const auto start = Clock::now();
    Get(index.Insert(word, id));
    const auto matches = Get(index.Query(word, radius));
    waits.push_back(SecondsSince(start));
    if (std::find(matches.begin(), matches.end(), Match{id, 0}) == matches.end()) std::exit(2);
    std::vector<Entry> others(40);
    for (Entry& other : others) {
      other.word = Word256({random.Next(), random.Next(), random.Next(), random.Next()});
    }
    Get(index.Insert(others));
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  const double rate = static_cast<double>(asked) / SecondsSince(begin);
  done = true;
  reader.join();
  std::sort(waits.begin(), waits.end());
  Print("visible_%s_ms_median %.3f", name, waits[waits.size() / 2] * 1e3);
  Print("visible_%s_ms_worst %.3f", name, waits.back() * 1e3);
  Print("visible_%s_queries_per_second_meanwhile %.0f", name, rate);
}

int MeasureIndex(const char* words_path, const char* queries_path, Radius radius,
                 const std::string& folder, const char* hits_path) {
  Print("cpu %s", CpuName().c_str());
  Print("kernel %s", std::string(BestKernels().name).c_str());
  const auto queries = ReadWords(queries_path);
  const RangeIndex::Options options = {RangeIndex::Options::Merging::kOnRequest};
  const auto index = Get(RangeIndex::Make(options));
  double before = 0;
  std::size_t size = 0;
  {
    std::vector<Entry> entries;
    {
      const auto words = ReadWords(words_path);
      entries.resize(words.size());
      for (std::size_t i = 0; i < words.size(); ++i) entries[i] = {words[i], EntryId{i}};
    }
    size = entries.size();
    before = ResidentBytes();
    const auto start = Clock::now();
    Get(index->Insert(entries));
    Print("size %zu", size);
    Print("build_seconds %.2f", SecondsSince(start));
    Print("bytes_a_word_resident %.1f", (ResidentBytes() - before) / static_cast<double>(size));
  }
  Print("bytes_a_word_counted %.1f",
        static_cast<double>(index->memory_bytes()) / static_cast<double>(size));

  std::ofstream hits;
  if (hits_path != nullptr) hits.open(hits_path);
  std::size_t with_neighbours = 0, all_hits = 0;
  for (std::size_t i = 0; i < queries.size(); ++i) {
    auto matches = Get(index->Query(queries[i], radius));
    std::sort(matches.begin(), matches.end(),
              [](const Match& a, const Match& b) { return a.id < b.id; });
    with_neighbours += matches.empty() ? 0 : 1;
    all_hits += matches.size();
    for (const Match& match : matches) {
      hits << i << ' ' << static_cast<std::uint64_t>(match.id) << ' ' << match.distance << '\n';
    }
  }
  Print("queries %zu", queries.size());
  Print("queries_with_neighbours %zu", with_neighbours);
  Print("hits %zu", all_hits);

  Print("single_per_second %.0f", 1 / SecondsEach(queries.size(), [&](std::size_t i) {
                                    Get(index->Query(queries[i], radius));
                                  }));
  const double batch =
      SecondsEach(1, [&](std::size_t) { Get(index->QueryBatch(queries, radius)); });
  Print("batch_per_second %.0f", static_cast<double>(queries.size()) / batch);

  const std::string path = folder + "/search_bench.words";
  auto start = Clock::now();
  Get(index->SaveSnapshot(path));
  Print("save_seconds %.2f", SecondsSince(start));
  start = Clock::now();
  {
    const auto opened = Get(RangeIndex::OpenSnapshot(path, options));
    Print("open_ms %.2f", SecondsSince(start) * 1e3);
    Get(opened->Query(queries[0], radius));
    Print("open_and_first_answer_ms %.2f", SecondsSince(start) * 1e3);
    start = Clock::now();
    for (std::size_t i = 1; i < queries.size(); ++i) Get(opened->Query(queries[i], radius));
    Print("opened_per_second_while_touching %.0f",
          static_cast<double>(queries.size() - 1) / SecondsSince(start));
    Print("opened_single_per_second %.0f", 1 / SecondsEach(queries.size(), [&](std::size_t i) {
                                             Get(opened->Query(queries[i], radius));
                                           }));
  }
  start = Clock::now();
  Get(index->Withdraw(EntryId{size / 2}));
  Print("withdraw_ms %.2f", SecondsSince(start) * 1e3);
  {
    const auto opened = Get(RangeIndex::OpenSnapshot(path));
    MeasureVisible(*opened, queries, radius, "in_memory");
  }
  {
    const auto durable = Get(RangeIndex::OpenDurable(path));
    MeasureVisible(*durable, queries, radius, "durable");
  }
  for (const char* ending : {"", ".lock", ".journal-0"}) std::remove((path + ending).c_str());
  return 0;
}

int MeasureCrossover(const char* words_path, const char* queries_path, Radius radius) {
  Print("cpu %s", CpuName().c_str());
  const auto words = ReadWords(words_path);
  auto queries = ReadWords(queries_path);
  for (Word256& query : queries) query = SpreadOverBands(query);
  for (const Kernels& kernels : AvailableKernels()) {
    Print("kernel %s: size, microseconds of the linear kernel, of the table, of the index",
          std::string(kernels.name).c_str());
    for (std::size_t size = 256; size <= std::min<std::size_t>(words.size(), 1 << 20); size *= 2) {
      const auto segment = Get(Segment::Make(size));
      for (std::size_t i = 0; i < size; ++i) {
        segment->Append(SpreadOverBands(words[i]), EntryId{i});
      }
      Get(segment->BuildTable());
      std::vector<Match> matches;
      const auto time = [&](Segment::Way way) {
        return 1e6 * SecondsEach(queries.size(), [&](std::size_t i) {
                 matches.clear();
                 Get(segment->FindBy(way, queries[i], radius, kernels, &matches));
               });
      };
      const double linear = time(Segment::Way::kLinear), table = time(Segment::Way::kTable),
                   chosen = time(segment->FasterWay(radius, kernels));
      Print("%zu %.2f %.2f %.2f", size, linear, table, chosen);
    }
  }
  return 0;
}

int MeasureScale(const char* words_path, const char* queries_path, Radius radius,
                 std::size_t millions) {
  Print("cpu %s", CpuName().c_str());
  Print("kernel %s", std::string(BestKernels().name).c_str());
  const auto words = ReadWords(words_path);
  const auto queries = ReadWords(queries_path);
  const auto index = Get(RangeIndex::Make({RangeIndex::Options::Merging::kOnRequest}));
  SplitMix64 random(1);
  const auto flips = [&random] {
    return random.Next() & random.Next() & (random.Next() | random.Next());
  };
  const std::size_t size = millions * 1000000;
  double seconds = 0;
  for (std::size_t done = 0; done < size;) {
    std::vector<Entry> entries(std::min<std::size_t>(size - done, 25000000));
    for (std::size_t i = 0; i < entries.size(); ++i, ++done) {
      entries[i] = {words[done % words.size()], EntryId{done}};
      if (done < words.size()) continue;
      auto limbs = entries[i].word.limbs();
      for (auto& limb : limbs) limb ^= flips();
      entries[i].word = Word256(limbs);
    }
    const auto start = Clock::now();
    Get(index->Insert(entries));
    seconds += SecondsSince(start);
  }
  Print("size %zu", index->size());
  Print("build_seconds %.1f", seconds);
  Print("bytes_a_word_resident %.1f", ResidentBytes() / static_cast<double>(size));
  std::size_t hits = 0;
  for (const Word256& query : queries) hits += Get(index->Query(query, radius)).size();
  Print("hits %zu of %zu queries", hits, queries.size());
  Print("single_per_second %.0f", 1 / SecondsEach(queries.size(), [&](std::size_t i) {
                                    Get(index->Query(queries[i], radius));
                                  }));
  return 0;
}

int Main(int argc, char** argv) {
  const std::string mode = argc > 1 ? argv[1] : "";
  if (mode == "index" && (argc == 6 || argc == 7)) {
    return MeasureIndex(argv[2], argv[3], Get(Radius::Of(std::atoi(argv[4]))), argv[5],
                        argc == 7 ? argv[6] : nullptr);
  }
  if (mode == "crossover" && argc == 5) {
    return MeasureCrossover(argv[2], argv[3], Get(Radius::Of(std::atoi(argv[4]))));
  }
  if (mode == "scale" && argc == 6) {
    return MeasureScale(argv[2], argv[3], Get(Radius::Of(std::atoi(argv[4]))),
                        static_cast<std::size_t>(std::max(1, std::atoi(argv[5]))));
  }
  std::fprintf(stderr,
               "usage: search_bench index WORDS QUERIES RADIUS FOLDER [HITS]\n"
               "       search_bench crossover WORDS QUERIES RADIUS\n"
               "       search_bench scale WORDS QUERIES RADIUS MILLIONS\n");
  return 1;
}

}  // namespace
}  // namespace jikimi::search

int main(int argc, char** argv) { return jikimi::search::Main(argc, argv); }
