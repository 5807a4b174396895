#ifndef JIKIMI_BENCH_PDQ_PIXMAP_H_
#define JIKIMI_BENCH_PDQ_PIXMAP_H_

#include <fstream>
#include <string>

#include "base/pixels.h"

namespace jikimi::bench {

// A P5 or P6 file of up to 255; empty when it is none.
inline Pixels ReadPixmap(const char* path) {
  std::ifstream file(path, std::ios::binary);
  std::string magic;
  int width = 0, height = 0, white = 0;
  file >> magic >> width >> height >> white;
  file.get();
  if (!file || (magic != "P5" && magic != "P6") || white != 255 || width < 1 || height < 1) {
    return {};
  }
  Pixels pixels(width, height, magic == "P6" ? 3 : 1);
  file.read(reinterpret_cast<char*>(pixels.bytes().data()),
            static_cast<std::streamsize>(pixels.bytes().size()));
  return file ? pixels : Pixels();
}

}  // namespace jikimi::bench

#endif  // JIKIMI_BENCH_PDQ_PIXMAP_H_
