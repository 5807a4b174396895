// Writes real files of every kind that media reads, for the fuzz targets to start from:
//   media_seeds FOLDER      makes FOLDER/media_photo_fuzz and FOLDER/media_video_fuzz
// Without them no input gets past the sniffing for hours. Before each file stands the byte that
// chooses the request.
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "base/file.h"
#include "media/samples.h"

namespace {

namespace samples = jikimi::media::samples;

struct Container {
  const char *container, *codec;
  int b_frames = 0;
};
constexpr Container kVideos[] = {{"mp4", "libx264", 2},
                                 {"mp4", "libx265"},
                                 {"mp4", "mpeg4", 2},
                                 {"matroska", "libx264"},
                                 {"mpegts", "mpeg2video"},
                                 {"avi", "mpeg4"},
                                 {"mov", "mjpeg"},
                                 {"webm", "libvpx"},
                                 {"webm", "libvpx-vp9"},
                                 {"ogg", "libtheora"},
                                 {"asf", "wmv2"},
                                 {"flv", "flv"},
                                 {"nut", "mpeg4"},
                                 {"mpeg", "mpeg2video"},
                                 {"h264", "libx264"},
                                 {"apng", "apng"},
                                 {"yuv4mpegpipe", "wrapped_avframe"}};

constexpr const char* kPictures[] = {".jpg[Q=80]",
                                     ".jpg[interlace]",
                                     ".png",
                                     ".png[interlace]",
                                     ".webp[lossless]",
                                     ".webp[Q=70]",
                                     ".avif[Q=60]",
                                     ".heic[Q=60]",
                                     ".jxl",
                                     ".gif",
                                     ".tif",
                                     ".tif[compression=lzw]"};

// Luma and colour, shrunk and whole, every frame and some.
constexpr unsigned char kChoices[] = {0, 2, 3, 0x52};

bool Write(const std::filesystem::path& folder, int number, const samples::Bytes& file) {
  for (const unsigned char choice : kChoices) {
    samples::Bytes seed = {std::byte{choice}};
    seed.insert(seed.end(), file.begin(), file.end());
    const auto path = folder / (std::to_string(number) + "-" + std::to_string(choice));
    const auto written = jikimi::WriteFileAtomically(path, seed);
    if (!written.has_value()) {
      std::fprintf(stderr, "media_seeds: %s\n", written.error().message.c_str());
      return false;
    }
  }
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: media_seeds FOLDER\n");
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  const auto photos = folder / "media_photo_fuzz", videos = folder / "media_video_fuzz";
  std::filesystem::create_directories(photos);
  std::filesystem::create_directories(videos);
  int number = 0;
  for (const char* suffix : kPictures) {
    const auto file = samples::Picture(samples::Scene(40, 30), {.suffix = suffix});
    if (!Write(photos, number++, file)) return 1;
  }
  const auto pages = samples::Picture(samples::Scene(40, 30), {.suffix = ".gif", .pages = 3});
  if (!Write(photos, number++, pages)) return 1;
  if (!Write(photos, number++, samples::Bmp(samples::Scene(40, 30)))) return 1;
  for (const Container& video : kVideos) {
    const auto file = samples::Video({.container = video.container,
                                      .codec = video.codec,
                                      .width = 48,
                                      .height = 32,
                                      .frames = 6,
                                      .gop = 3,
                                      .b_frames = video.b_frames});
    if (!Write(videos, number++, file)) return 1;
  }
  return 0;
}
