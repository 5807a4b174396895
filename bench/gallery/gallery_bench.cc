// How long a photograph takes to be asked of galleries of many items, and what they weigh.
//
//   gallery_bench windows PICTURES OUT.gallery COUNT   windows of photographs -> a gallery file
//   gallery_bench ask PICTURES WINDOWS.gallery ITEMS QUERIES [ROUNDS]
//
// PICTURES is a folder of binary PPM or PGM files (bench/gallery/pictures.py makes one). `windows`
// goes on where it stopped, so that it can be run in pieces. `ask` fills an index with ITEMS items:
// the windows as they are, then copies of them in which a quarter of each word's bits is flipped
// and the places of the patches are dealt anew, so that a copy is another picture with words of the
// same distribution. Its queries are altered windows of one megapixel, as JPEG files, each read by
// a decoding process and asked ROUNDS times (1); a window that is among the items is to be found.
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/random.h"
#include "fingerprint/fingerprint_picture.h"
#include "gallery/fingerprint_find.h"
#include "gallery/gallery.h"
#include "gallery/gallery_file.h"
#include "gallery/item_index.h"
#include "ingest/reader.h"
#include "media/encode.h"
#include "media/worker.h"

namespace jikimi::gallery {
namespace {

using fingerprint::Fingerprint;
using fingerprint::FingerprintPicture;
using fingerprint::PictureFingerprint;

constexpr int kWindowWidth = 480, kWindowHeight = 360;
constexpr int kItemPatches = 200;

double Seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// The processes that this one started, and those that they did.
std::vector<pid_t> Descendants() {
  std::map<pid_t, pid_t> parents;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::ifstream stat(entry.path() / "stat");
    std::string line;
    if (!std::getline(stat, line)) continue;
    pid_t parent = 0;
    char state = 0;
    const std::size_t name_ends = line.rfind(')');  // a name may hold anything
    if (name_ends == std::string::npos) continue;
    if (std::sscanf(line.c_str() + name_ends + 1, " %c %d", &state, &parent) != 2) continue;
    parents[std::atoi(line.c_str())] = parent;
  }
  std::vector<pid_t> found = {getpid()};
  for (std::size_t i = 0; i < found.size(); ++i) {
    for (const auto& [process, parent] : parents) {
      if (parent == found[i]) found.push_back(process);
    }
  }
  found.erase(found.begin());
  return found;
}

// What this thread and the processes that are there when it is made (they decode) take of a
// processor: about what a clock shows on a machine that does nothing else.
class ProcessorTime {
 public:
  ProcessorTime() {
    for (const pid_t process : Descendants()) {
      clockid_t clock = 0;
      if (clock_getcpuclockid(process, &clock) == 0) clocks_.push_back(clock);
    }
  }

  double Seconds() const {
    double seconds = 0;
    for (const clockid_t clock : clocks_) {
      timespec time = {};
      if (clock_gettime(clock, &time) != 0) continue;
      seconds += static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
    }
    return seconds;
  }

 private:
  std::vector<clockid_t> clocks_ = {CLOCK_THREAD_CPUTIME_ID};
};

double PeakGigabytes() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1e6;
}

std::string Processor() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

[[noreturn]] void Fail(const std::string& what) {
  std::fprintf(stderr, "gallery_bench: %s\n", what.c_str());
  std::exit(1);
}

template <typename T>
T OrFail(Result<T> result) {
  if (!result.has_value()) Fail(result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(result).value();
}

Pixels ReadPnm(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string kind;
  int width = 0, height = 0, most = 0;
  file >> kind >> width >> height >> most;
  if ((kind != "P5" && kind != "P6") || most != 255) Fail(path.string() + ": no 8-bit PPM or PGM");
  file.get();
  Pixels pixels(width, height, kind == "P6" ? 3 : 1);
  file.read(reinterpret_cast<char*>(pixels.bytes().data()),
            static_cast<std::streamsize>(pixels.bytes().size()));
  if (!file) Fail(path.string() + ": cut short");
  return pixels;
}

std::vector<Pixels> ReadPictures(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<Pixels> pictures;
  for (const auto& path : paths) pictures.push_back(ReadPnm(path));
  if (pictures.empty()) Fail(folder.string() + ": no pictures");
  return pictures;
}

// A window of a picture as a new picture, mirrored if wanted; samples by the nearest pixels' mean.
struct Window {
  double left, top, width, height;  // in the picture
};
Pixels Seen(const Pixels& picture, const Window& window, int width, int height, bool mirrored) {
  Pixels seen(width, height, picture.channels());
  const double step_x = window.width / width, step_y = window.height / height;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const double from_x = window.left + (mirrored ? width - 1 - x : x) * step_x;
      const double from_y = window.top + y * step_y;
      for (int c = 0; c < picture.channels(); ++c) {
        double sum = 0;
        for (const double j : {0.25, 0.75}) {
          for (const double i : {0.25, 0.75}) {
            const int px =
                std::clamp(static_cast<int>(from_x + i * step_x), 0, picture.width() - 1);
            const int py =
                std::clamp(static_cast<int>(from_y + j * step_y), 0, picture.height() - 1);
            sum += picture.row(py)[px * picture.channels() + c];
          }
        }
        seen.row(y)[x * picture.channels() + c] = static_cast<std::uint8_t>(sum / 4);
      }
    }
  }
  return seen;
}

// Window number i: of which picture, and where.
std::pair<std::size_t, Window> WindowOf(std::uint64_t i, const std::vector<Pixels>& pictures) {
  SplitMix64 random(SplitMix64(i).Next());
  const std::size_t number = random.Below(static_cast<std::uint32_t>(pictures.size()));
  const Pixels& picture = pictures[number];
  const double widest = std::min<double>(picture.width(), picture.height() * 4.0 / 3);
  const double width = widest * (0.35 + 0.6 * random.Unit()), height = width * 3 / 4;
  return {number,
          {random.Unit() * (picture.width() - width), random.Unit() * (picture.height() - height),
           width, height}};
}

void MakeWindows(const std::filesystem::path& folder, const std::filesystem::path& out,
                 std::uint64_t count) {
  const auto pictures = ReadPictures(folder);
  Gallery gallery =
      OrFail(std::filesystem::exists(out) ? Gallery::Open(out, Gallery::Access::kReadWrite)
                                          : Gallery::Create(out));
  std::vector<Fingerprint> prints;
  std::vector<Registration> batch;
  prints.reserve(200);
  const auto flush = [&] {
    OrFail(gallery.Add(batch));
    batch.clear();
    prints.clear();
  };
  for (std::uint64_t i = gallery.Info().items; i < count; ++i) {
    const auto [picture, window] = WindowOf(i, pictures);
    const Pixels seen = Seen(pictures[picture], window, kWindowWidth, kWindowHeight, false);
    Fingerprint print;
    print.pictures.push_back(
        fingerprint::FingerprintPicture(seen.view(), {.max_patches = kItemPatches}));
    prints.push_back(std::move(print));
    batch.push_back({{i}, &prints.back()});
    if (batch.size() == 200) flush();
  }
  flush();
}

void Fill(ItemIndex& index, const std::vector<ItemRecord>& windows, std::uint64_t items) {
  SplitMix64 random(7);
  for (std::uint64_t i = 0; i < items; ++i) {
    const ItemRecord& window = windows[i % windows.size()];
    if (i < windows.size()) {
      OrFail(index.Load({i}, window));
      continue;
    }
    ItemRecord copy = window;
    for (PictureRecord& picture : copy.pictures) {
      // Two photo words of unrelated pictures are far apart.
      picture.word = Word256({random.Next(), random.Next(), random.Next(), random.Next()});
      picture.inner.clear();
      auto& patches = picture.patches;
      for (std::size_t p = 0; p < patches.size(); ++p) {
        std::array<std::uint64_t, Word256::kLimbs> limbs = patches[p].word.limbs();
        for (std::uint64_t& limb : limbs) limb ^= random.Next() & random.Next();
        patches[p].word = Word256(limbs);
        const std::size_t other = random.Below(static_cast<std::uint32_t>(patches.size()));
        std::swap(patches[p].x, patches[other].x);
        std::swap(patches[p].y, patches[other].y);
        std::swap(patches[p].log_scale, patches[other].log_scale);
        patches[p].angle = static_cast<std::uint16_t>(random.Next());
      }
    }
    OrFail(index.Load({i}, copy));
  }
}

double Percentile(std::vector<double> values, double part) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(part * static_cast<double>(values.size() - 1))];
}

void Print(const char* what, const std::vector<double>& milliseconds) {
  std::printf("%s: median %.1f ms, 95 %% %.1f ms, most %.1f ms\n", what,
              Percentile(milliseconds, 0.5), Percentile(milliseconds, 0.95),
              Percentile(milliseconds, 1));
}

// A folder of its own, which goes with it.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "gallery-bench-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) Fail("can't make " + name);
    path_ = name;
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

struct Query {
  std::uint64_t window = 0;
  Pixels pixels;
  std::filesystem::path file;
};

// Three quarters of a window, mirrored, at a megapixel, as pixels and as a JPEG file.
std::vector<Query> MakeQueries(const std::filesystem::path& folder, std::size_t windows, int count,
                               const std::filesystem::path& out) {
  const auto pictures = ReadPictures(folder);
  std::vector<Query> queries;
  for (int q = 0; q < count; ++q) {
    Query query;
    query.window = static_cast<std::uint64_t>(q) * 37 % windows;
    const auto [picture, window] = WindowOf(query.window, pictures);
    const Window part = {window.left + 0.06 * window.width, window.top + 0.07 * window.height,
                         0.866 * window.width, 0.866 * window.height};
    query.pixels = Seen(pictures[picture], part, 1152, 864, true);
    query.file = out / (std::to_string(q) + ".jpg");
    const auto bytes = OrFail(media::WriteJpeg(query.pixels.view()));
    std::ofstream file(query.file, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    if (!file.flush()) Fail("can't write " + query.file.string());
    queries.push_back(std::move(query));
  }
  return queries;
}

void AskMany(const std::filesystem::path& folder, const std::filesystem::path& file,
             std::uint64_t items, int queries, int rounds) {
  std::printf("processor: %s\n", Processor().c_str());
  std::vector<ItemRecord> windows;
  {
    GalleryFile stored = OrFail(GalleryFile::Open(file, GalleryFile::Access::kReadOnly));
    GalleryFile::Visitor visitor;
    visitor.registered = [&](ItemId, GalleryFile::Place,
                             std::span<const std::byte> bytes) -> Result<void> {
      windows.push_back(TRY(ParseItemRecord(bytes)));
      return {};
    };
    visitor.withdrawn = [](ItemId) -> Result<void> { return {}; };
    const double start = Seconds();
    OrFail(stored.Load(visitor));
    std::printf("read %zu windows, %.0f MB, in %.2f s\n", windows.size(),
                static_cast<double>(stored.size_bytes()) / 1e6, Seconds() - start);
  }
  windows.resize(std::min<std::size_t>(windows.size(), items));
  const auto index = OrFail(ItemIndex::Make());
  double start = Seconds();
  Fill(*index, windows, items);
  const double filled = Seconds() - start;
  start = Seconds();
  OrFail(index->Finish());
  const double built = Seconds() - start;
  const auto& table = index->patch_table();
  std::printf("%llu items, %.1f M patches: filled in %.1f s, tables built in %.1f s\n",
              static_cast<unsigned long long>(items),
              static_cast<double>(table.patch_count()) / 1e6, filled, built);
  std::printf("memory: %.2f bytes a patch in the look-up, %.2f GB in all, peak %.2f GB\n",
              static_cast<double>(table.memory_bytes()) / static_cast<double>(table.patch_count()),
              static_cast<double>(index->memory_bytes()) / 1e9, PeakGigabytes());
  std::fflush(stdout);

  const TemporaryFolder made;
  const std::vector<Query> asked = MakeQueries(folder, windows.size(), queries, made.path());
  const auto reader = OrFail(ingest::Reader::Create({}));
  OrFail(reader->Read(asked[0].file));  // starts the decoding process
  const ProcessorTime taken;
  std::vector<double> print_ms, read_ms, ask_ms, all_ms, print_cpu, read_cpu, ask_cpu, all_cpu;
  int found = 0, others = 0, seen = 0;
  for (int i = 0; i < rounds * queries; ++i) {
    const Query& query = asked[static_cast<std::size_t>(i % queries)];
    start = Seconds();
    double start_cpu = taken.Seconds();
    const PictureFingerprint print = FingerprintPicture(query.pixels.view(), {});
    print_ms.push_back((Seconds() - start) * 1e3);
    print_cpu.push_back((taken.Seconds() - start_cpu) * 1e3);
    start = Seconds();
    start_cpu = taken.Seconds();
    const auto reading = OrFail(reader->Read(query.file));
    const double read = Seconds(), of_read_cpu = taken.Seconds();
    const auto verdicts = OrFail(FindFingerprint(*index, reading.fingerprint));
    const double end = Seconds(), end_cpu = taken.Seconds();
    read_ms.push_back((read - start) * 1e3);
    ask_ms.push_back((end - read) * 1e3);
    all_ms.push_back((end - start) * 1e3);
    read_cpu.push_back((of_read_cpu - start_cpu) * 1e3);
    ask_cpu.push_back((end_cpu - of_read_cpu) * 1e3);
    all_cpu.push_back((end_cpu - start_cpu) * 1e3);
    if (i >= queries) continue;
    bool is_found = false;
    for (const Verdict& verdict : verdicts) {
      is_found |= verdict.item.value == query.window;
      // Windows of one photograph are related; copies with flipped bits are not.
      others += verdict.item.value >= windows.size() ? 1 : 0;
    }
    found += is_found ? 1 : 0;
    seen += static_cast<int>(verdicts.size());
    if (!is_found)
      std::printf("not found: window %llu\n", static_cast<unsigned long long>(query.window));
  }
  Print("fingerprint of a 1-megapixel picture in memory", print_ms);
  Print("reading its JPEG file, fingerprint included", read_ms);
  Print("asking", ask_ms);
  Print("from the file to the verdicts", all_ms);
  std::printf("of a processor, which other work on the machine hardly changes:\n");
  Print("fingerprint of a 1-megapixel picture in memory", print_cpu);
  Print("reading its JPEG file, fingerprint included", read_cpu);
  Print("asking", ask_cpu);
  Print("from the file to the verdicts", all_cpu);
  std::printf("found %d of %d; %.1f verdicts a query; false verdicts %d\n", found, queries,
              static_cast<double>(seen) / queries, others);
}

}  // namespace
}  // namespace jikimi::gallery

int main(int argc, char** argv) {
  jikimi::media::WorkerMainIfAsked(argc, argv);
  const std::string command = argc > 1 ? argv[1] : "";
  if (command == "windows" && argc == 5) {
    jikimi::gallery::MakeWindows(argv[2], argv[3], std::strtoull(argv[4], nullptr, 10));
  } else if (command == "ask" && (argc == 6 || argc == 7)) {
    jikimi::gallery::AskMany(argv[2], argv[3], std::strtoull(argv[4], nullptr, 10),
                             std::max(1, std::atoi(argv[5])),
                             argc == 7 ? std::max(1, std::atoi(argv[6])) : 1);
  } else {
    std::fprintf(stderr,
                 "usage: gallery_bench windows PICTURES OUT.gallery COUNT\n"
                 "       gallery_bench ask PICTURES WINDOWS.gallery ITEMS QUERIES [ROUNDS]\n");
    return 2;
  }
  return 0;
}
