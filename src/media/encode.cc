#include "media/encode.h"

// jpeglib.h needs FILE from <cstdio> before it.
#include <cstdio>
// clang-format off
#include <jpeglib.h>
// clang-format on
#include <png.h>

#include <csetjmp>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

namespace jikimi::media {
namespace {

Result<void> CheckPixels(const PixelsView& pixels) {
  if (!pixels.empty() && (pixels.channels == 1 || pixels.channels == 3)) return {};
  return Error{ErrorCode::kInvalidArgument, "no pixels to write a picture of"};
}

struct JpegErrors {
  jpeg_error_mgr base;
  std::jmp_buf jump;
  char message[JMSG_LENGTH_MAX];
};

[[noreturn]] void FailJpeg(j_common_ptr info) {
  auto* errors = reinterpret_cast<JpegErrors*>(info->err);
  info->err->format_message(info, errors->message);
  std::longjmp(errors->jump, 1);
}

void KeepSilent(j_common_ptr) {}

// Only plain values live here: libjpeg leaves by longjmp, which runs no destructors.
bool CompressJpeg(const PixelsView& pixels, int quality, JpegErrors* errors, unsigned char** bytes,
                  unsigned long* size) {
  jpeg_compress_struct jpeg;
  std::memset(&jpeg, 0, sizeof jpeg);
  jpeg.err = jpeg_std_error(&errors->base);
  errors->base.error_exit = FailJpeg;
  errors->base.output_message = KeepSilent;
  if (setjmp(errors->jump) != 0) {
    jpeg_destroy_compress(&jpeg);
    return false;
  }
  jpeg_create_compress(&jpeg);
  jpeg_mem_dest(&jpeg, bytes, size);
  jpeg.image_width = static_cast<JDIMENSION>(pixels.width);
  jpeg.image_height = static_cast<JDIMENSION>(pixels.height);
  jpeg.input_components = pixels.channels;
  jpeg.in_color_space = pixels.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
  jpeg_set_defaults(&jpeg);
  jpeg_set_quality(&jpeg, quality, TRUE);
  if (pixels.channels == 3 && quality >= 90) {
    jpeg.comp_info[0].h_samp_factor = jpeg.comp_info[0].v_samp_factor = 1;
  }
  jpeg_start_compress(&jpeg, TRUE);
  while (jpeg.next_scanline < jpeg.image_height) {
    JSAMPROW row = const_cast<JSAMPROW>(pixels.row(static_cast<int>(jpeg.next_scanline)));
    jpeg_write_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_compress(&jpeg);
  jpeg_destroy_compress(&jpeg);
  return true;
}

}  // namespace

Result<std::vector<std::byte>> WritePng(const PixelsView& pixels) {
  TRY(CheckPixels(pixels));
  png_image image;
  std::memset(&image, 0, sizeof image);
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(pixels.width);
  image.height = static_cast<png_uint_32>(pixels.height);
  image.format = pixels.channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB;
  const auto stride = static_cast<png_int_32>(pixels.stride);
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::vector<std::byte> bytes(size);
  if (png_image_write_to_memory(&image, bytes.data(), &size, 0, pixels.data, stride, nullptr) ==
      0) {
    return Error{ErrorCode::kInternal, std::string("can't write a PNG: ") + image.message};
  }
  bytes.resize(size);
  return bytes;
}

Result<std::vector<std::byte>> WriteJpeg(const PixelsView& pixels, int quality) {
  TRY(CheckPixels(pixels));
  if (quality < 1 || quality > 100) {
    return Error{ErrorCode::kInvalidArgument,
                 "JPEG quality " + std::to_string(quality) + " is not 1 to 100"};
  }
  if (pixels.width > JPEG_MAX_DIMENSION || pixels.height > JPEG_MAX_DIMENSION) {
    return Error{ErrorCode::kInvalidArgument, "a JPEG has at most 65500 pixels a side"};
  }
  JpegErrors errors;
  unsigned char* data = nullptr;
  unsigned long size = 0;
  const bool done = CompressJpeg(pixels, quality, &errors, &data, &size);
  const std::unique_ptr<unsigned char, decltype(&std::free)> owner(data, &std::free);
  if (!done) {
    return Error{ErrorCode::kInternal, std::string("can't write a JPEG: ") + errors.message};
  }
  const auto* first = reinterpret_cast<const std::byte*>(data);
  return std::vector<std::byte>(first, first + size);
}

}  // namespace jikimi::media
