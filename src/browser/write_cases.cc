// Writes pictures and the fingerprints that the native build gives them, for browser_test.mjs to
// hold the browser's build against: write_cases FOLDER.
// Each file N.case: width, height, channels, full width, full height, most patches, size of the
// form (32-bit, little-endian), the pixels, the form.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/bytes.h"
#include "browser/fingerprint_abi.h"
#include "fingerprint/test_pictures.h"

namespace {

using jikimi::Pixels;

struct Case {
  int width, height, channels, full_width, full_height, max_patches;
  std::vector<std::uint8_t> pixels;
};

Case Made(const Pixels& picture, int max_patches) {
  return {picture.width(),
          picture.height(),
          picture.channels(),
          0,
          0,
          max_patches,
          std::vector<std::uint8_t>(picture.bytes().begin(), picture.bytes().end())};
}

Case WithAlpha(const Pixels& picture) {
  Case result = Made(picture, 100);
  result.channels = 4;
  result.pixels.clear();
  for (std::size_t i = 0; i < picture.bytes().size(); i += 3) {
    const auto rgb = picture.bytes().subspan(i, 3);
    result.pixels.insert(result.pixels.end(), rgb.begin(), rgb.end());
    result.pixels.push_back(static_cast<std::uint8_t>(i / 3 % 256));
  }
  return result;
}

Case Shrunk(const Pixels& picture, int factor) {
  Case result = Made(jikimi::fingerprint::BoxShrunk(picture, factor), 300);
  result.full_width = picture.width();
  result.full_height = picture.height();
  return result;
}

Case Framed(const Pixels& picture) {
  Pixels canvas(picture.width() + 100, picture.height() + 300, 3);
  std::fill(canvas.bytes().begin(), canvas.bytes().end(), std::uint8_t{240});
  for (int y = 0; y < picture.height(); ++y) {
    std::copy_n(picture.row(y), picture.stride(), canvas.row(y + 150) + 3 * 50);
  }
  return Made(canvas, 250);
}

bool Write(const std::string& path, const Case& test) {
  std::uint32_t size = 0;
  std::uint8_t* form =
      jikimi_fingerprint(test.pixels.data(), test.width, test.height, test.channels,
                         test.full_width, test.full_height, test.max_patches, &size);
  if (form == nullptr) return false;
  jikimi::ByteWriter out;
  for (const int value : {test.width, test.height, test.channels, test.full_width, test.full_height,
                          test.max_patches, static_cast<int>(size)}) {
    out.Put(static_cast<std::uint32_t>(value));
  }
  out.PutBytes(std::as_bytes(std::span(test.pixels)));
  out.PutBytes(std::as_bytes(std::span(form, size)));
  jikimi_free(form);
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(out.bytes().data()),
             static_cast<std::streamsize>(out.bytes().size()));
  return file.good();
}

}  // namespace

int main(int argc, char** argv) {
  using jikimi::fingerprint::CloudPicture;
  using jikimi::fingerprint::TestPicture;
  if (argc != 2) return 2;
  std::vector<Case> cases;
  std::uint64_t seed = 100;
  for (const auto& [width, height, channels] : {std::tuple{481, 321, 3},
                                                {512, 512, 3},
                                                {640, 480, 1},
                                                {127, 33, 3},
                                                {5, 5, 3},
                                                {1, 1, 1},
                                                {4, 300, 3},
                                                {17, 511, 1},
                                                {64, 64, 3},
                                                {65, 63, 3}}) {
    cases.push_back(Made(TestPicture(width, height, channels, ++seed), 300));
  }
  for (const auto& [width, height] : {std::pair{800, 600}, {600, 800}, {1024, 683}}) {
    const Pixels cloud = CloudPicture(width, height, ++seed);
    cases.push_back(Made(cloud, 600));
    cases.push_back(Made(cloud, 0));
    cases.push_back(WithAlpha(cloud));
    cases.push_back(Shrunk(cloud, 2));
    cases.push_back(Framed(cloud));
  }
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const std::string path = std::string(argv[1]) + "/" + std::to_string(i) + ".case";
    if (!Write(path, cases[i])) {
      std::fprintf(stderr, "%s: could not be made\n", path.c_str());
      return 1;
    }
  }
  return 0;
}
