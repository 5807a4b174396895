#include "media/exact_luma.h"

#include "base/vector_clones.h"

namespace jikimi::media {
namespace {

// All of it is done in 16 bits, whose vectors hold twice as many as those of 32.
using Short = std::int16_t;
using Unsigned = std::uint16_t;

// a * b / 65,536, rounded down.
[[gnu::always_inline]] inline Unsigned HighPart(Unsigned a, Unsigned b) {
  return static_cast<Unsigned>((static_cast<std::uint32_t>(a) * b) >> 16);
}
[[gnu::always_inline]] inline Short HighPart(Short a, Short b) {
  return static_cast<Short>((static_cast<std::int32_t>(a) * b) >> 16);
}

// (x * factor >> 16) + added.
struct Fixed {
  Short whole;
  Unsigned fraction;
  Short added;
};
constexpr Fixed FixedOf(std::int32_t factor) {
  return {static_cast<Short>(factor >> 16), static_cast<Unsigned>(factor & 0xffff),
          static_cast<Short>(-(factor >> 9))};
}
[[gnu::always_inline]] inline Short Apply(const Fixed& fixed, Unsigned x) {
  return static_cast<Short>(fixed.whole * x + HighPart(x, fixed.fraction) + fixed.added);
}

// libswscale's conversion. Chroma shifts a pixel's luma by whole steps, for each channel by other
// ones, before it is expanded: shifted + (shifted * stretch + rest >> 16) - black.
struct Matrix {
  Short stretch;
  Unsigned rest;
  Short black;
  Fixed red_v, green_u, green_v, blue_u;
};
constexpr Matrix kLimitedRange = {
    10773, 5822, 20, FixedOf(89830), FixedOf(-22049), FixedOf(-45756), FixedOf(113537)};
constexpr Matrix kFullRange = {
    0, 0, 0, FixedOf(91881), FixedOf(-22552), FixedOf(-46800), FixedOf(116129)};

[[gnu::always_inline]] inline Unsigned Expanded(Short shifted, const Matrix& matrix) {
  const auto low = static_cast<Unsigned>(shifted * matrix.stretch);
  const auto sum = static_cast<Unsigned>(low + matrix.rest);
  const auto carry = static_cast<Short>(sum < low ? 1 : 0);
  const auto value =
      static_cast<Short>(shifted + HighPart(shifted, matrix.stretch) + carry - matrix.black);
  const Short above = value < 0 ? Short{0} : value;
  return static_cast<Unsigned>(above > 255 ? Short{255} : above);
}

// In 256ths, off by at most one and a half.
[[gnu::always_inline]] inline Unsigned LumaOf(Unsigned red, Unsigned green, Unsigned blue) {
  const Unsigned of_red = HighPart(static_cast<Unsigned>(red << 8), 19595);
  const Unsigned of_green = HighPart(static_cast<Unsigned>(green << 8), 38470);
  const Unsigned of_blue = HighPart(static_cast<Unsigned>(blue << 8), 7471);
  return static_cast<Unsigned>(of_red + of_green + of_blue + 1);
}

// `u` and `v` have two rows that are averaged: the same one twice, or neighbours.
struct ChromaRows {
  const std::uint8_t *u0, *u1, *v0, *v1;
};

JIKIMI_VECTOR_CLONES void ShiftsOf(const ChromaRows& rows, int pairs, const Matrix& by,
                                   Short* __restrict red, Short* __restrict green,
                                   Short* __restrict blue) {
  const Matrix matrix = by;
  const ChromaRows of = rows;
  for (int i = 0; i < pairs; ++i) {
    const auto u = static_cast<Unsigned>((of.u0[i] + of.u1[i] + 1) >> 1);
    const auto v = static_cast<Unsigned>((of.v0[i] + of.v1[i] + 1) >> 1);
    const Short r = Apply(matrix.red_v, v);
    const auto g = static_cast<Short>(Apply(matrix.green_u, u) + Apply(matrix.green_v, v));
    const Short b = Apply(matrix.blue_u, u);
    red[2 * i] = red[2 * i + 1] = r;
    green[2 * i] = green[2 * i + 1] = g;
    blue[2 * i] = blue[2 * i + 1] = b;
  }
}

JIKIMI_VECTOR_CLONES void LumaRow(const std::uint8_t* y, const Short* red, const Short* green,
                                  const Short* blue, int width, const Matrix& by,
                                  Unsigned* __restrict luma) {
  const Matrix matrix = by;
  for (int x = 0; x < width; ++x) {
    luma[x] = LumaOf(Expanded(static_cast<Short>(y[x] + red[x]), matrix),
                     Expanded(static_cast<Short>(y[x] + green[x]), matrix),
                     Expanded(static_cast<Short>(y[x] + blue[x]), matrix));
  }
}

JIKIMI_VECTOR_CLONES void RoundRow(const std::uint16_t* row, std::size_t width, std::uint16_t* left,
                                   std::uint8_t* rounded) {
  for (std::size_t x = 0; x < width; ++x) {
    const auto sum = static_cast<std::uint16_t>(row[x] + left[x]);  // at most 65,280 + 255
    rounded[x] = static_cast<std::uint8_t>(sum >> 8);
    left[x] = sum & 0xff;
  }
}

}  // namespace

const std::uint16_t* ExactLuma::RowOf(const Yuv420View& frame, int row) {
  const auto width = static_cast<std::size_t>(frame.width);
  for (auto* shifts : {&red_, &green_, &blue_}) shifts->resize(width);
  luma_.resize(width);
  // Odd rows take their own chroma, even ones the mean with the row above; the last row is an
  // exception that libswscale makes.
  const int seen = row == frame.height - 1 && frame.height > 2 ? row - 1 : row;
  const std::ptrdiff_t lower = seen / 2;
  const std::ptrdiff_t upper = seen % 2 == 0 && lower > 0 ? lower - 1 : lower;
  const Matrix& matrix = frame.full_range ? kFullRange : kLimitedRange;
  ShiftsOf({frame.u + lower * frame.u_stride, frame.u + upper * frame.u_stride,
            frame.v + lower * frame.v_stride, frame.v + upper * frame.v_stride},
           frame.width / 2, matrix, red_.data(), green_.data(), blue_.data());
  LumaRow(frame.y + std::ptrdiff_t{row} * frame.y_stride, red_.data(), green_.data(), blue_.data(),
          frame.width, matrix, luma_.data());
  return luma_.data();
}

const std::uint16_t* ExactLuma::RowOfRgb(const std::uint8_t* rgb, int width) {
  luma_.resize(static_cast<std::size_t>(width));
  for (std::size_t x = 0; x < luma_.size(); ++x, rgb += 3)
    luma_[x] = LumaOf(rgb[0], rgb[1], rgb[2]);
  return luma_.data();
}

void LumaRounder::Begin(int width) {
  constexpr std::uint16_t kHalf = 128;
  left_.assign(static_cast<std::size_t>(width), kHalf);
}

void LumaRounder::Round(const std::uint16_t* row, std::uint8_t* rounded) {
  RoundRow(row, left_.size(), left_.data(), rounded);
}

}  // namespace jikimi::media
