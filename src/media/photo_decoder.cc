#include "media/photo_decoder.h"

// vector.h needs what vips.h declares.
// clang-format off
#include <vips/vips.h>
#include <vips/vector.h>
// clang-format on

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "media/luma.h"
#include "media/orientation.h"
#include "media/structure.h"

namespace jikimi::media {
namespace {

struct Unref {
  void operator()(void* object) const { g_object_unref(object); }
};
using Image = std::unique_ptr<VipsImage, Unref>;
using Region = std::unique_ptr<VipsRegion, Unref>;

// What libvips says went wrong, in one line.
Error VipsFailure(Format format) {
  std::string text = vips_error_buffer();
  vips_error_clear();
  text = text.substr(0, std::min(text.find('\n'), std::size_t{200}));
  if (text.empty()) text = "can't be decoded";
  return Error{ErrorCode::kCorrupt, std::string(FormatName(format)) + ": " + Printable(text)};
}

void Discard(const gchar*, GLogLevelFlags, const gchar*, gpointer) {}

struct LoadOptions {
  int shrink = 1;  // JPEG: 1, 2, 4 or 8
  int page = 0;    // GIF, WebP, TIFF
  int pages = 1;   // GIF, WebP: -1 for all of them
};

Result<Image> Load(std::span<const std::byte> bytes, Format format, const LoadOptions& options) {
  void* data = const_cast<std::byte*>(bytes.data());  // libvips only reads it
  const std::size_t size = bytes.size();
  VipsImage* image = nullptr;
  int failed = -1;
  const auto sequential = VIPS_ACCESS_SEQUENTIAL;
  const auto fail_on = VIPS_FAIL_ON_TRUNCATED;
  switch (format) {
    case Format::kJpeg:
      failed = vips_jpegload_buffer(data, size, &image, "access", sequential, "fail_on", fail_on,
                                    "shrink", options.shrink, nullptr);
      break;
    case Format::kPng:
      failed = vips_pngload_buffer(data, size, &image, "access", sequential, "fail_on", fail_on,
                                   nullptr);
      break;
    case Format::kGif:
      failed = vips_gifload_buffer(data, size, &image, "access", sequential, "fail_on", fail_on,
                                   "page", options.page, "n", options.pages, nullptr);
      break;
    case Format::kWebp:
      failed = vips_webpload_buffer(data, size, &image, "access", sequential, "fail_on", fail_on,
                                    "page", options.page, "n", options.pages, nullptr);
      break;
    case Format::kTiff:
      failed = vips_tiffload_buffer(data, size, &image, "access", sequential, "fail_on", fail_on,
                                    "page", options.page, nullptr);
      break;
    case Format::kHeic:
    case Format::kAvif:
      failed = vips_heifload_buffer(data, size, &image, "access", sequential, "fail_on", fail_on,
                                    nullptr);
      break;
    case Format::kJxl:
      failed = vips_jxlload_buffer(data, size, &image, "access", sequential, "fail_on", fail_on,
                                   nullptr);
      break;
    default:
      return Error{ErrorCode::kUnsupported,
                   std::string(FormatName(format)) + " is not a picture format of libvips"};
  }
  if (failed != 0 || image == nullptr) return VipsFailure(format);
  return Image(image);
}

// How long each frame of an animation is shown, milliseconds; empty if the file does not say.
std::vector<int> DelaysOf(VipsImage* image) {
  int* delays = nullptr;
  int count = 0;
  if (vips_image_get_typeof(image, "delay") == 0 ||
      vips_image_get_array_int(image, "delay", &delays, &count) != 0) {
    return {};
  }
  return {delays, delays + count};
}

// Runs one libvips operation that makes `image` into another. False leaves the error in libvips.
template <typename Operation>
bool Apply(Image& image, Operation operation) {
  VipsImage* out = nullptr;
  if (operation(image.get(), &out) != 0) return false;
  image.reset(out);
  return true;
}

// Whether an embedded profile calls itself sRGB, in ASCII (ICC 2) or UTF-16 (ICC 4), so that
// converting it would change nothing.
bool IsSrgb(std::string_view profile) {
  using namespace std::string_view_literals;
  return profile.find("sRGB"sv) != profile.npos || profile.find("\0s\0R\0G\0B"sv) != profile.npos;
}

bool NeedsProfile(VipsImage* image) {
  const void* profile = nullptr;
  std::size_t size = 0;
  if (vips_image_get_typeof(image, VIPS_META_ICC_NAME) == 0 ||
      vips_image_get_blob(image, VIPS_META_ICC_NAME, &profile, &size) != 0) {
    return false;
  }
  return !IsSrgb({static_cast<const char*>(profile), size});
}

// Alpha on white. The largest value of a channel depends on how the file stores it.
bool Flatten(Image& image) {
  if (image->Type == VIPS_INTERPRETATION_CMYK) {
    if (image->Bands <= 4) return true;
    return Apply(image, [](VipsImage* in, VipsImage** out) {
      return vips_extract_band(in, out, 0, "n", 4, nullptr);
    });
  }
  if (vips_image_hasalpha(image.get()) == 0) return true;
  const bool deep = image->Type == VIPS_INTERPRETATION_RGB16 ||
                    image->Type == VIPS_INTERPRETATION_GREY16 ||
                    image->BandFmt == VIPS_FORMAT_USHORT;
  const double white = image->Type == VIPS_INTERPRETATION_scRGB ? 1.0 : deep ? 65535.0 : 255.0;
  return Apply(image, [white](VipsImage* in, VipsImage** out) {
    VipsArrayDouble* background = vips_array_double_newv(1, white);
    const int failed = vips_flatten(in, out, "background", background, "max_alpha", white, nullptr);
    vips_area_unref(VIPS_AREA(background));
    return failed;
  });
}

// 8-bit sRGB or grey, one or three bands.
bool ToEightBits(Image& image) {
  if (NeedsProfile(image.get())) {
    // A profile that doesn't fit the pixels is ignored, as viewers do.
    const bool converted = Apply(image, [](VipsImage* in, VipsImage** out) {
      return vips_icc_transform(in, out, "srgb", "embedded", TRUE, "intent", VIPS_INTENT_RELATIVE,
                                nullptr);
    });
    if (!converted) vips_error_clear();
  }
  const bool grey = image->Bands == 1;
  const VipsInterpretation wanted = grey ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB;
  if (image->Type != wanted && vips_colourspace_issupported(image.get()) != 0) {
    const bool converted = Apply(image, [wanted](VipsImage* in, VipsImage** out) {
      return vips_colourspace(in, out, wanted, nullptr);
    });
    if (!converted) return false;
  }
  if (image->BandFmt != VIPS_FORMAT_UCHAR) {
    const bool deep = image->BandFmt == VIPS_FORMAT_USHORT;
    const bool cast = Apply(image, [deep](VipsImage* in, VipsImage** out) {
      return vips_cast(in, out, VIPS_FORMAT_UCHAR, "shift", deep ? TRUE : FALSE, nullptr);
    });
    if (!cast) return false;
  }
  if (image->Bands == 1 || image->Bands == 3) return true;
  const int bands = image->Bands > 3 ? 3 : 1;
  return Apply(image, [bands](VipsImage* in, VipsImage** out) {
    return vips_extract_band(in, out, 0, "n", bands, nullptr);
  });
}

// Copies rows of 1 or 3 bands as `color` into packed rows.
void CopyRows(const std::uint8_t* from, std::ptrdiff_t stride, int rows, int width, int bands,
              Color color, std::uint8_t* to) {
  const auto pixels = static_cast<std::size_t>(width);
  const std::size_t to_stride = pixels * static_cast<std::size_t>(color);
  for (int y = 0; y < rows; ++y, from += stride, to += to_stride) {
    if (bands == static_cast<int>(color)) {
      std::copy_n(from, to_stride, to);
    } else if (bands == 3) {
      LumaOfRgb(from, pixels, to);
    } else {
      for (std::size_t x = 0; x < pixels; ++x) to[3 * x] = to[3 * x + 1] = to[3 * x + 2] = from[x];
    }
  }
}

class PhotoDecoder {
 public:
  PhotoDecoder(std::span<const std::byte> bytes, Format format, const DecodeRequest& request,
               FrameOutput& output)
      : bytes_(bytes),
        format_(format),
        request_(request),
        output_(output),
        selector_(request.frames) {}

  Result<MediaInfo> Decode() {
    Image first = TRY(Load(bytes_, format_, {}));
    TRY(CheckPictureSize(first->Xsize, first->Ysize, request_.limits));
    const bool pages_count =
        format_ == Format::kGif || format_ == Format::kWebp || format_ == Format::kTiff;
    const int pages = pages_count ? std::max(1, vips_image_get_n_pages(first.get())) : 1;
    if (pages > request_.limits.animation_frames) {
      return Error{ErrorCode::kResourceExhausted,
                   "has " + std::to_string(pages) + " frames, over the limit of " +
                       std::to_string(request_.limits.animation_frames) +
                       " frames of an animation"};
    }
    info_.kind = pages > 1 ? MediaKind::kAnimation : MediaKind::kPhoto;
    info_.format = FormatName(format_);
    info_.orientation = OrientationFromExif(vips_image_get_orientation(first.get()));
    if (format_ == Format::kPng) info_.orientation = PngOrientation(bytes_);
    info_.width = first->Xsize;
    info_.height = first->Ysize;
    if (SwapsSides(info_.orientation)) std::swap(info_.width, info_.height);
    info_.frames = pages;
    if (pages == 1) {
      TRY(DecodeStill(std::move(first)));
    } else if (format_ == Format::kTiff) {
      TRY(DecodePages(std::move(first), pages));
    } else {
      TRY(DecodeAnimation(pages));
    }
    if (IsCutOff(format_, bytes_)) {
      return Error{ErrorCode::kCorrupt, info_.format + ": is cut off"};
    }
    return std::move(info_);
  }

 private:
  Result<void> DecodeStill(Image image) {
    const int longer = std::max(image->Xsize, image->Ysize);
    if (format_ == Format::kJpeg && request_.target_side > 0) {
      int shrink = 1;
      while (shrink < 8 && longer / (shrink * 2) >= request_.target_side) shrink *= 2;
      if (shrink > 1) image = TRY(Load(bytes_, format_, {.shrink = shrink}));
    }
    return Emit(std::move(image), info_.orientation, {});
  }

  Result<void> DecodePages(Image first, int pages) {
    for (int page = 0; page < pages; ++page) {
      if (!selector_.Take(page, 0)) continue;
      Image image = page == 0 ? std::move(first) : TRY(Load(bytes_, format_, {.page = page}));
      TRY(CheckPictureSize(image->Xsize, image->Ysize, request_.limits));
      const auto orientation = OrientationFromExif(vips_image_get_orientation(image.get()));
      TRY(Emit(std::move(image), orientation, {.number = page}));
    }
    return {};
  }

  // libvips gives an animation as one tall picture, its frames one below the other.
  Result<void> DecodeAnimation(int pages) {
    const Image tall = TRY(Load(bytes_, format_, {.pages = -1}));
    const int height = vips_image_get_page_height(tall.get());
    if (std::int64_t{height} * pages != tall->Ysize) {
      return Error{ErrorCode::kCorrupt, info_.format + ": its frames differ in size"};
    }
    const std::vector<int> delays = DelaysOf(tall.get());
    std::int64_t time_us = 0;
    for (int page = 0; page < pages; ++page) {
      if (selector_.Take(page, time_us)) {
        VipsImage* frame = nullptr;
        if (vips_extract_area(tall.get(), &frame, 0, page * height, tall->Xsize, height, nullptr)) {
          return VipsFailure(format_);
        }
        TRY(Emit(Image(frame), info_.orientation, {.number = page, .time_us = time_us}));
      }
      const auto at = static_cast<std::size_t>(page);
      const int delay_ms = at < delays.size() ? delays[at] : 0;
      // Browsers show frames of 10 ms and less for 100 ms.
      time_us += std::int64_t{delay_ms <= 10 ? 100 : delay_ms} * 1000;
    }
    info_.duration_us = time_us;
    return {};
  }

  Result<void> Emit(Image image, Orientation orientation, const FrameInfo& frame) {
    if (request_.facing == Facing::kAsStored) orientation = Orientation::kAsIs;
    if (image->Coding != VIPS_CODING_NONE || !Flatten(image)) return VipsFailure(format_);
    const int shrink = ShrinkFactor(image->Xsize, image->Ysize, request_.target_side);
    if (shrink > 1 && !Apply(image, [shrink](VipsImage* in, VipsImage** out) {
          const double x = std::min(shrink, in->Xsize), y = std::min(shrink, in->Ysize);
          return vips_shrink(in, out, x, y, nullptr);
        })) {
      return VipsFailure(format_);
    }
    if (!ToEightBits(image)) return VipsFailure(format_);

    int width = image->Xsize, height = image->Ysize;
    if (SwapsSides(orientation)) std::swap(width, height);
    std::uint8_t* pixels = TRY(output_.Reserve(width, height, request_.color));
    TRY(CopyOut(image.get(), orientation, pixels));
    return output_.Finish(frame);
  }

  // Pulls the picture through its pipeline some rows at a time, in this thread.
  Result<void> CopyOut(VipsImage* image, Orientation orientation, std::uint8_t* pixels) {
    constexpr int kRows = 32;
    const int channels = static_cast<int>(request_.color);
    const std::size_t stride =
        static_cast<std::size_t>(image->Xsize) * static_cast<std::size_t>(channels);
    strip_.resize(orientation == Orientation::kAsIs ? 0 : stride * kRows);
    const Region region(vips_region_new(image));
    if (region == nullptr) return VipsFailure(format_);
    for (int y = 0; y < image->Ysize; y += kRows) {
      const int rows = std::min(kRows, image->Ysize - y);
      const VipsRect area = {0, y, image->Xsize, rows};
      if (vips_region_prepare(region.get(), &area) != 0) return VipsFailure(format_);
      const std::uint8_t* from = VIPS_REGION_ADDR(region.get(), 0, y);
      const auto skip = static_cast<std::ptrdiff_t>(VIPS_REGION_LSKIP(region.get()));
      std::uint8_t* to = orientation == Orientation::kAsIs
                             ? pixels + static_cast<std::size_t>(y) * stride
                             : strip_.data();
      CopyRows(from, skip, rows, image->Xsize, image->Bands, request_.color, to);
      if (orientation != Orientation::kAsIs) {
        TurnRows(to, static_cast<std::ptrdiff_t>(stride), y, rows, image->Xsize, image->Ysize,
                 channels, orientation, pixels);
      }
    }
    return {};
  }

  std::span<const std::byte> bytes_;
  Format format_;
  const DecodeRequest& request_;
  FrameOutput& output_;
  FrameSelector selector_;
  MediaInfo info_;
  std::vector<std::uint8_t> strip_;
};

}  // namespace

Result<void> StartVips() {
  static std::once_flag once;
  static bool started = false;
  std::call_once(once, [] {
    for (const char* domain : {"VIPS", "GLib", "GLib-GObject", "GLib-GIO"}) {
      g_log_set_handler(domain, static_cast<GLogLevelFlags>(G_LOG_LEVEL_MASK & ~G_LOG_LEVEL_ERROR),
                        Discard, nullptr);
    }
    if (vips_init("jikimi") != 0) return;
    vips_concurrency_set(1);
    vips_cache_set_max(0);           // a cached operation would keep pointers to old input
    vips_vector_set_enabled(FALSE);  // it makes machine code at run time, which the sandbox denies
    vips_operation_block_set("VipsForeignLoad", TRUE);
    for (const char* loader : {"VipsForeignLoadJpeg", "VipsForeignLoadPng", "VipsForeignLoadNsgif",
                               "VipsForeignLoadWebp", "VipsForeignLoadTiff", "VipsForeignLoadHeif",
                               "VipsForeignLoadJxl"}) {
      vips_operation_block_set(loader, FALSE);
    }
    started = true;
  });
  if (!started) return Error{ErrorCode::kInternal, "libvips does not start"};
  return {};
}

Result<MediaInfo> DecodePhoto(std::span<const std::byte> bytes, Format format,
                              const DecodeRequest& request, FrameOutput& output) {
  return PhotoDecoder(bytes, format, request, output).Decode();
}

}  // namespace jikimi::media
