#include "media/decoder_pool.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "base/bytes.h"
#include "base/file.h"
#include "media/decode.h"
#include "media/samples.h"

namespace jikimi::media {
namespace {

Result<void> Ignore(const PixelsView&, const FrameInfo&) { return {}; }

class DecoderPoolTest : public testing::Test {
 protected:
  DecoderPoolTest() {
    std::string name = testing::TempDir() + "/jikimi-pool-XXXXXX";
    folder_ = mkdtemp(name.data());
  }
  ~DecoderPoolTest() override { std::filesystem::remove_all(folder_); }

  static std::unique_ptr<DecoderPool> MakePool(const PoolOptions& options = {}) {
    auto pool = DecoderPool::Create(options);
    EXPECT_TRUE(pool.has_value()) << pool.error().message;
    return std::move(*pool);
  }
  std::filesystem::path Write(const std::string& name, std::span<const std::byte> bytes) const {
    const auto path = folder_ / name;
    EXPECT_TRUE(WriteFileAtomically(path, bytes).has_value());
    return path;
  }

  std::filesystem::path folder_;
};

TEST_F(DecoderPoolTest, EveryFormatDecodesInTheSandboxAsOutsideOfIt) {
  const auto pool = MakePool();
  const Pixels scene = samples::Scene(200, 150);
  std::vector<std::pair<std::string, samples::Bytes>> files;
  for (const std::string suffix :
       {".jpg", ".png", ".webp", ".gif", ".tif", ".avif", ".heic", ".jxl"}) {
    files.emplace_back(suffix, samples::Picture(scene, {.suffix = suffix}));
  }
  files.emplace_back("cmyk", samples::Picture(scene, {.suffix = ".jpg", .interpretation = "cmyk"}));
  files.emplace_back("bmp", samples::Bmp(scene));
  for (const std::string codec : {"libx264", "libx265", "mpeg4", "libvpx-vp9", "mjpeg"}) {
    files.emplace_back(codec, samples::Video({.container = "matroska", .codec = codec}));
  }
  for (const auto& [name, bytes] : files) {
    for (const int target : {0, 60}) {
      DecodeRequest request;
      request.target_side = target;
      std::vector<std::vector<std::uint8_t>> here, there;
      const auto keep = [](std::vector<std::vector<std::uint8_t>>& frames) {
        return [&frames](const PixelsView& view, const FrameInfo&) {
          frames.emplace_back(view.data, view.data + view.stride * view.height);
          return Result<void>();
        };
      };
      const auto outside = DecodeHere(bytes, request, keep(here));
      const auto inside = pool->Decode(bytes, request, keep(there));
      ASSERT_TRUE(outside.has_value()) << name << outside.error().message;
      ASSERT_TRUE(inside.has_value()) << name << inside.error().message;
      EXPECT_EQ(inside->format, outside->format);
      EXPECT_EQ(inside->kind, outside->kind);
      EXPECT_EQ(inside->width, outside->width);
      EXPECT_EQ(inside->frames, outside->frames);
      EXPECT_EQ(inside->duration_us, outside->duration_us);
      EXPECT_TRUE(here == there) << name;
    }
  }
}

TEST_F(DecoderPoolTest, WorkersHoldNothingButTheirChannel) {
  const auto pool = MakePool();
  const auto jpeg = samples::Picture(samples::Scene(64, 48), {.suffix = ".jpg"});
  ASSERT_TRUE(pool->DecodePhoto(jpeg, {}).has_value());
  ASSERT_FALSE(pool->worker_pids().empty());
  const std::string process = "/proc/" + std::to_string(pool->worker_pids().front());
  for (const auto& entry : std::filesystem::directory_iterator(process + "/fd")) {
    if (entry.path().filename() == "2") continue;  // a debug build keeps its error output
    const std::string target = std::filesystem::read_symlink(entry.path()).native();
    const bool channel = entry.path().filename() == "3" && target.starts_with("socket:");
    EXPECT_TRUE(target == "/dev/null" || channel) << entry.path() << " is " << target;
  }
  const auto status = ReadFile(process + "/status", 1 << 20);
  ASSERT_TRUE(status.has_value());
  const std::string text(reinterpret_cast<const char*>(status->data()), status->size());
  EXPECT_NE(text.find("Seccomp:\t2"), std::string::npos) << text;
  EXPECT_NE(text.find("NoNewPrivs:\t1"), std::string::npos) << text;
  const auto environment = ReadFile(process + "/environ", 1 << 20);
  ASSERT_TRUE(environment.has_value());
  EXPECT_TRUE(environment->empty());
}

TEST_F(DecoderPoolTest, FilesAreDecodedByContentWhateverTheirName) {
  const auto pool = MakePool();
  const auto png = samples::Picture(samples::Scene(64, 48), {.suffix = ".png"});
  for (const std::string name :
       {"photo.jpg", "movie.mp4", "사진.txt", "no-extension", "\xff\xfe.png", "new\nline"}) {
    const auto photo = pool->DecodePhotoFile(Write(name, png), {});
    ASSERT_TRUE(photo.has_value()) << photo.error().message;
    EXPECT_EQ(photo->info.format, "PNG");
    EXPECT_TRUE(std::ranges::equal(photo->pixels.bytes(), samples::Scene(64, 48).bytes()));
  }
}

TEST_F(DecoderPoolTest, WhatIsNoPictureIsNamedAndOthersGoOn) {
  const auto pool = MakePool();
  const auto png = samples::Picture(samples::Scene(64, 48), {.suffix = ".png"});
  ASSERT_EQ(mkfifo((folder_ / "fifo").c_str(), 0600), 0);
  const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  const std::string socket_path = (folder_ / "socket").native();
  ASSERT_LT(socket_path.size(), sizeof address.sun_path);
  std::copy(socket_path.begin(), socket_path.end(), address.sun_path);
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  Write("empty.jpg", {});
  Write("byte.jpg", AsBytes("x"));
  Write("text.png", AsBytes("hello\n"));
  Write("page.mp4", AsBytes("<html></html>"));
  struct Case {
    std::string name;
    ErrorCode code;
    std::string what;
  };
  for (const Case& bad : {Case{"fifo", ErrorCode::kUnsupported, "a FIFO"},
                          Case{"socket", ErrorCode::kUnsupported, "a socket"},
                          Case{"", ErrorCode::kUnsupported, "a folder"},
                          Case{"gone", ErrorCode::kNotFound, "No such file"},
                          Case{"empty.jpg", ErrorCode::kUnsupported, "an empty file"},
                          Case{"byte.jpg", ErrorCode::kUnsupported, "plain text"},
                          Case{"text.png", ErrorCode::kUnsupported, "plain text"},
                          Case{"page.mp4", ErrorCode::kUnsupported, "an HTML page"}}) {
    const auto photo = pool->DecodePhotoFile(folder_ / bad.name, {});
    ASSERT_FALSE(photo.has_value()) << bad.name;
    EXPECT_EQ(photo.error().code, bad.code) << photo.error().message;
    EXPECT_NE(photo.error().message.find(bad.what), std::string::npos) << photo.error().message;
    EXPECT_TRUE(photo.error().message.starts_with(folder_.native())) << photo.error().message;
    EXPECT_TRUE(pool->DecodePhoto(png, {}).has_value());
  }
  close(listener);
}

TEST_F(DecoderPoolTest, LimitsAreKeptAndNamed) {
  const auto pool = MakePool({.limits = {.input_bytes = 1 << 20, .animation_frames = 10}});
  const auto bomb = pool->DecodePhoto(samples::BombPng(30'000, 30'000), {});
  ASSERT_FALSE(bomb.has_value());
  EXPECT_EQ(bomb.error().code, ErrorCode::kResourceExhausted);
  EXPECT_NE(bomb.error().message.find("30000x30000"), std::string::npos) << bomb.error().message;
  const auto long_gif = samples::Picture(samples::Scene(8, 8), {.suffix = ".gif", .pages = 11});
  const auto frames = pool->DecodePhoto(long_gif, {});
  ASSERT_FALSE(frames.has_value());
  EXPECT_EQ(frames.error().code, ErrorCode::kResourceExhausted);
  const auto large = pool->DecodePhotoFile(Write("large", samples::Bytes((1 << 20) + 1)), {});
  ASSERT_FALSE(large.has_value());
  EXPECT_EQ(large.error().code, ErrorCode::kResourceExhausted);
}

TEST_F(DecoderPoolTest, DamagedFileCostsItsWorkerAndNothingElse) {
  const auto pool = MakePool({.workers = 1});
  auto jpeg = samples::Picture(samples::Scene(300, 200), {.suffix = ".jpg"});
  const auto before = pool->worker_pids();
  const auto cut = pool->DecodePhoto(std::span(jpeg).first(jpeg.size() / 2), {});
  ASSERT_FALSE(cut.has_value());
  EXPECT_EQ(cut.error().code, ErrorCode::kCorrupt) << cut.error().message;
  EXPECT_NE(pool->worker_pids(), before);
  EXPECT_TRUE(pool->DecodePhoto(jpeg, {}).has_value());
}

TEST_F(DecoderPoolTest, KilledWorkerFailsItsOwnInputAndIsReplaced) {
  const auto pool = MakePool({.workers = 1});
  const auto video = samples::Video({.frames = 200});
  int frames = 0;
  const auto killed = pool->Decode(video, {}, [&](const PixelsView&, const FrameInfo&) {
    if (++frames == 3) kill(pool->worker_pids().at(0), SIGKILL);
    return Result<void>();
  });
  ASSERT_FALSE(killed.has_value());
  EXPECT_EQ(killed.error().code, ErrorCode::kUnavailable);
  EXPECT_NE(killed.error().message.find("died"), std::string::npos);
  EXPECT_LT(frames, 10);
  const auto again = pool->Decode(video, {}, Ignore);
  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_EQ(again->frames, 200);
}

TEST_F(DecoderPoolTest, WorkerKilledWhileIdleIsNoInputsFault) {
  const auto pool = MakePool({.workers = 1});
  const auto png = samples::Picture(samples::Scene(64, 48), {});
  for (int i = 0; i < 3; ++i) {
    const int worker = pool->worker_pids().at(0);
    const FileDescriptor handle(static_cast<int>(syscall(SYS_pidfd_open, worker, 0)));
    kill(worker, SIGKILL);
    pollfd ended = {handle.get(), POLLIN, 0};
    ASSERT_EQ(poll(&ended, 1, 60'000), 1) << "the worker lives on";
    const auto photo = pool->DecodePhoto(png, {});
    ASSERT_TRUE(photo.has_value()) << photo.error().message;
  }
}

TEST_F(DecoderPoolTest, StoppedWorkerIsGivenUpAndReplaced) {
  const auto pool = MakePool({.workers = 1, .limits = {.silent_seconds = 0.3}});
  const auto video = samples::Video({.frames = 200});
  int frames = 0, stopped = 0;
  const auto begun = std::chrono::steady_clock::now();
  const auto result = pool->Decode(video, {}, [&](const PixelsView&, const FrameInfo&) {
    if (++frames == 3) kill(stopped = pool->worker_pids().at(0), SIGSTOP);
    return Result<void>();
  });
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::kResourceExhausted);
  EXPECT_NE(result.error().message.find("silent for the limit of 0.3 s"), std::string::npos)
      << result.error().message;
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(20));
  EXPECT_TRUE(pool->Decode(video, {}, Ignore).has_value());
  EXPECT_NE(pool->worker_pids().at(0), stopped);
}

TEST_F(DecoderPoolTest, WallClockEndsWhatTakesTooLong) {
  const auto pool = MakePool({.workers = 1});
  DecodeRequest request;
  request.limits.seconds = 0.2;
  const auto result =
      pool->Decode(samples::Video({.frames = 100}), request, [](const auto&, const auto&) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        return Result<void>();
      });
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::kResourceExhausted);
  EXPECT_NE(result.error().message.find("limit of 0.2 s"), std::string::npos)
      << result.error().message;
}

TEST_F(DecoderPoolTest, SinkStopsDecodingWithItsOwnError) {
  const auto pool = MakePool({.workers = 1});
  const auto before = pool->worker_pids();
  const auto path = Write("v.mp4", samples::Video({.frames = 100}));
  int frames = 0;
  const auto result = pool->DecodeFile(path, {}, [&](const auto&, const auto&) -> Result<void> {
    ++frames;
    return Error{ErrorCode::kInterrupted, "stopped by Ctrl-C"};
  });
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error(), (Error{ErrorCode::kInterrupted, "stopped by Ctrl-C"}));
  EXPECT_EQ(frames, 1);
  EXPECT_EQ(pool->worker_pids(), before) << "the worker is still good";
}

TEST_F(DecoderPoolTest, ManyThreadsShareFewWorkers) {
  const auto pool = MakePool({.workers = 3, .files_per_worker = 5});
  const auto png = samples::Picture(samples::Scene(120, 90), {});
  const auto jpeg = samples::Picture(samples::Scene(120, 90), {.suffix = ".jpg"});
  const samples::Bytes cut(jpeg.begin(), jpeg.begin() + 700);
  std::vector<std::thread> threads;
  std::atomic<int> good = 0, bad = 0;
  for (int t = 0; t < 6; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) {
        const auto photo = pool->DecodePhoto(i % 5 == 4 ? cut : png, {});
        if (photo.has_value() &&
            std::ranges::equal(photo->pixels.bytes(), samples::Scene(120, 90).bytes())) {
          ++good;
        } else if (!photo.has_value() && photo.error().code == ErrorCode::kCorrupt) {
          ++bad;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 96);
  EXPECT_EQ(bad, 24);
  EXPECT_LE(pool->worker_pids().size(), 3u);
}

TEST_F(DecoderPoolTest, FileThatShrinksWhileItIsReadIsItsOwnError) {
  const auto pool = MakePool({.workers = 1});
  const auto path = Write("v.mkv", samples::Video({.container = "matroska", .frames = 400}));
  const auto result = pool->DecodeFile(path, {}, [&](const auto&, const FrameInfo& frame) {
    if (frame.number == 2) std::filesystem::resize_file(path, 100);
    return Result<void>();
  });
  ASSERT_FALSE(result.has_value());
  EXPECT_NE(result.error().message.find("shrank while it was read"), std::string::npos)
      << result.error().message;
  EXPECT_TRUE(pool->DecodePhoto(samples::Picture(samples::Scene(8, 8), {}), {}).has_value());
}

TEST_F(DecoderPoolTest, StreamsAreReadToTheirEndOrTheirBound) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  std::thread writer([&] {
    const std::string text(100'000, 'x');
    for (std::size_t done = 0; done < text.size();) {
      const ssize_t wrote = write(ends[1], text.data() + done, text.size() - done);
      if (wrote <= 0) break;
      done += static_cast<std::size_t>(wrote);
    }
    close(ends[1]);
  });
  const auto whole = ReadStream(ends[0], 100'000, "standard input");
  writer.join();
  ASSERT_TRUE(whole.has_value());
  EXPECT_EQ(whole->size(), 100'000u);
  close(ends[0]);

  const FileDescriptor endless(open("/dev/zero", O_RDONLY | O_CLOEXEC));
  const auto bounded = ReadStream(endless.get(), 1 << 20, "standard input");
  ASSERT_FALSE(bounded.has_value());
  EXPECT_EQ(bounded.error().code, ErrorCode::kResourceExhausted);
  EXPECT_EQ(bounded.error().message, "standard input: is over the limit of 1048576 bytes");
}

}  // namespace
}  // namespace jikimi::media
