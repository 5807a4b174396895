#include "fingerprint/pdq_kernel.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "fingerprint/pdq_kernel.cc"
#include <hwy/foreach_target.h>
// foreach_target.h must come first.
#include <hwy/highway.h>

#include "fingerprint/pdq_plan.h"

HWY_BEFORE_NAMESPACE();
namespace jikimi::fingerprint {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;
using namespace pdq;  // NOLINT: the plan is this file's other half

constexpr float kRed = 0.299f, kGreen = 0.587f, kBlue = 0.114f;
using Wide = hn::CappedTag<float, 16>;

// Luma of kStrip pixels of a row. May read up to kReach bytes.
constexpr int kReach = 4 * kStrip;
HWY_INLINE void LumaBlock(const std::uint8_t* HWY_RESTRICT in, int channels,
                          float* HWY_RESTRICT out) {
#if HWY_TARGET == HWY_SCALAR
  for (int i = 0; i < kStrip; ++i, in += channels) {
    const float r = in[0], g = in[channels == 3 ? 1 : 0], b = in[channels == 3 ? 2 : 0];
    out[i] = kRed * r + kGreen * g + kBlue * b;
  }
#else
  const Wide d;
  const hn::RebindToSigned<Wide> di32;
  const auto luma = [&](auto r, auto g, auto b) HWY_ATTR {
    const auto rg = hn::Add(hn::Mul(hn::Set(d, kRed), hn::ConvertTo(d, r)),
                            hn::Mul(hn::Set(d, kGreen), hn::ConvertTo(d, g)));
    return hn::Add(rg, hn::Mul(hn::Set(d, kBlue), hn::ConvertTo(d, b)));
  };
  if (channels == 3) {
    // Four pixels are three 32-bit lanes: spread to a block of 16 bytes each, then each channel's
    // bytes to the low byte of a lane.
    const hn::Repartition<std::uint8_t, Wide> du8;
    constexpr std::int32_t kSpread[16] = {0, 1, 2, 2, 3, 4, 5, 5, 6, 7, 8, 8, 9, 10, 11, 11};
    constexpr std::uint8_t kNone = 0x80;
    alignas(16) constexpr std::uint8_t kRedBytes[16] = {0,     kNone, kNone, kNone, 3,     kNone,
                                                        kNone, kNone, 6,     kNone, kNone, kNone,
                                                        9,     kNone, kNone, kNone};
    const auto spread = hn::SetTableIndices(di32, kSpread);
    const auto red = hn::LoadDup128(du8, kRedBytes);
    const auto one = hn::BitCast(du8, hn::Set(di32, 1));
    const auto green = hn::Add(red, one), blue = hn::Add(green, one);
    for (std::size_t i = 0; i < kStrip; i += hn::Lanes(d)) {
      const auto bytes = hn::BitCast(
          du8, hn::TableLookupLanes(hn::BitCast(di32, hn::LoadU(du8, in + 3 * i)), spread));
      const auto channel = [&](auto which) HWY_ATTR {
        return hn::BitCast(di32, hn::TableLookupBytesOr0(bytes, which));
      };
      hn::StoreU(luma(channel(red), channel(green), channel(blue)), d, out + i);
    }
  } else {
    const hn::Rebind<std::uint8_t, Wide> du8;
    for (std::size_t i = 0; i < kStrip; i += hn::Lanes(d)) {
      const auto grey = hn::PromoteTo(di32, hn::LoadU(du8, in + i));
      hn::StoreU(luma(grey, grey, grey), d, out + i);
    }
  }
#endif
}

#if HWY_TARGET != HWY_SCALAR
// Four floats from each of a vector's number of blocks of rows: block b from in + 4 b step.
template <class D>
HWY_INLINE hn::VFromD<D> LoadBlocks(D d, const float* in, std::size_t step) {
  if constexpr (hn::MaxLanes(D()) > 4) {
    const hn::Half<D> half;
    return hn::Combine(d, LoadBlocks(half, in + hn::MaxLanes(half) * step, step),
                       LoadBlocks(half, in, step));
  } else {
    return hn::LoadU(d, in);
  }
}
#endif

// Turns a block of 16 rows of 16 values, `step` apart, to columns: column i goes to to(i).
template <class To>
HWY_INLINE void TurnBlock(const float* in, std::size_t step, const To& to) {
#if HWY_TARGET == HWY_SCALAR
  for (std::size_t x = 0; x < kStrip; ++x) {
    float* const out = to(x);
    for (std::size_t y = 0; y < kStrip; ++y) out[y] = in[y * step + x];
  }
#else
  const Wide d;
  const hn::Repartition<double, Wide> d64;
  for (std::size_t y = 0; y < kStrip; y += hn::Lanes(d)) {
    for (std::size_t x = 0; x < kStrip; x += 4) {
      const float* from = in + y * step + x;
      const auto r0 = LoadBlocks(d, from, step), r1 = LoadBlocks(d, from + step, step);
      const auto r2 = LoadBlocks(d, from + 2 * step, step);
      const auto r3 = LoadBlocks(d, from + 3 * step, step);
      const auto low01 = hn::BitCast(d64, hn::InterleaveLower(d, r0, r1));
      const auto high01 = hn::BitCast(d64, hn::InterleaveUpper(d, r0, r1));
      const auto low23 = hn::BitCast(d64, hn::InterleaveLower(d, r2, r3));
      const auto high23 = hn::BitCast(d64, hn::InterleaveUpper(d, r2, r3));
      hn::StoreU(hn::BitCast(d, hn::InterleaveLower(d64, low01, low23)), d, to(x) + y);
      hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(d64, low01, low23)), d, to(x + 1) + y);
      hn::StoreU(hn::BitCast(d, hn::InterleaveLower(d64, high01, high23)), d, to(x + 2) + y);
      hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(d64, high01, high23)), d, to(x + 3) + y);
    }
  }
#endif
}

// From columns of kStrip values to kStrip rows.
void TurnBack(const float* columns, std::size_t count, float* const* rows) {
  for (std::size_t x = 0; x + kStrip <= count; x += kStrip) {
    TurnBlock(columns + x * kStrip, kStrip, [&](std::size_t row) { return rows[row] + x; });
  }
}

// sum / size as the correctly rounded quotient: by a power of two, multiplying is exact.
template <bool kPowerOfTwo, class D, class V>
HWY_INLINE V Mean(D d, V sum, V size, V reciprocal) {
  (void)d;
  if constexpr (kPowerOfTwo) {
    return hn::Mul(sum, reciprocal);
  } else {
#if HWY_TARGET <= HWY_AVX2 && HWY_ARCH_X86
    // Markstein: one Newton step on a quotient from a correctly rounded reciprocal, with the
    // remainder exact by fused multiply-add, rounds correctly. Cheaper than dividing.
    (void)size;
    const V quotient = hn::Mul(sum, reciprocal);
    return hn::MulAdd(hn::NegMulAdd(quotient, size, sum), reciprocal, quotient);
#else
    return hn::Div(sum, size);
#endif
  }
}

// Steps [from, to) of the row filter over a strip: `in` and `out` hold kStrip values a column, and
// `sums` the running sums of the rows.
template <bool kPowerOfTwo>
HWY_INLINE void FilterSteps(const float* HWY_RESTRICT in, const Box& box, int from, int to,
                            float* HWY_RESTRICT sums, float* HWY_RESTRICT out) {
  const Wide d;
  const auto size = hn::Set(d, static_cast<float>(box.full));
  const auto reciprocal = hn::Div(hn::Set(d, 1.0f), size);
  const auto until = [&](int end) { return to < end ? to : end; };
  for (std::size_t lane = 0; lane < kStrip; lane += hn::Lanes(d)) {
    auto sum = hn::Load(d, sums + lane);
    const auto sample = [&](int i) HWY_ATTR { return hn::Load(d, in + Size(i) * kStrip + lane); };
    float* const first = out + lane;
    const auto write = [&](int i, auto mean) HWY_ATTR {
      hn::Store(mean, d, first + Size(i - (box.half - 1)) * kStrip);
    };
    const auto window = [&](int i)
                            HWY_ATTR { return hn::Set(d, static_cast<float>(box.WindowAt(i))); };
    int i = from;
    for (; i < until(box.half - 1); ++i) sum = hn::Add(sum, sample(i));
    for (; i < until(box.full); ++i) {
      sum = hn::Add(sum, sample(i));
      write(i, hn::Div(sum, window(i)));
    }
    if (i < until(box.length)) {
      const float* add = in + Size(i) * kStrip + lane;
      const float* subtract = add - Size(box.full) * kStrip;
      float* mean = first + Size(i - (box.half - 1)) * kStrip;
      for (; i < until(box.length); ++i, add += kStrip, subtract += kStrip, mean += kStrip) {
        sum = hn::Sub(hn::Add(sum, hn::Load(d, add)), hn::Load(d, subtract));
        hn::Store(Mean<kPowerOfTwo>(d, sum, size, reciprocal), d, mean);
      }
    }
    for (; i < to; ++i) {
      sum = hn::Sub(sum, sample(i - box.full));
      write(i, hn::Div(sum, window(i)));
    }
    hn::Store(sum, d, sums + lane);
  }
}

// The luma of the strip of rows from `y` on, filtered along the rows, column by column. Rows below
// the last repeat it. Filtering follows block by block, so that its chain of sums runs beside the
// next block's luma.
template <bool kPowerOfTwo>
void RowStrip(const PixelsView& picture, const Box& box, int y, float* HWY_RESTRICT columns,
              float* HWY_RESTRICT filtered) {
  const std::uint8_t* rows[kStrip];
  for (int i = 0; i < kStrip; ++i) {
    rows[i] = picture.row(y + i < picture.height ? y + i : picture.height - 1);
  }
  alignas(64) float block[kStrip * kStrip];
  alignas(64) float sums[kStrip] = {};
  std::uint8_t end[kReach] = {};  // the end of a row, when a block would read past it
  for (int x = 0; x < picture.width; x += kStrip) {
    const std::ptrdiff_t at = std::ptrdiff_t{x} * picture.channels;
    const std::ptrdiff_t left = std::ptrdiff_t{picture.width} * picture.channels - at;
    for (int i = 0; i < kStrip; ++i) {
      const std::uint8_t* in = rows[i] + at;
      if (HWY_UNLIKELY(left < kReach)) {
        std::memcpy(end, in, static_cast<std::size_t>(left));
        in = end;
      }
      LumaBlock(in, picture.channels, block + i * kStrip);
    }
    float* const out = columns + Size(x) * kStrip;
    TurnBlock(block, kStrip, [&](std::size_t column) { return out + column * kStrip; });
    const int ready = x + kStrip < box.length ? x + kStrip : box.steps;
    FilterSteps<kPowerOfTwo>(columns, box, x, ready, sums, filtered);
  }
}

// The second filter along an axis, of which only the 64 samples are wanted. Sample i of lane l is
// written to out[i * out_step + l], from in[j * in_step + l].
template <bool kPowerOfTwo>
HWY_INLINE void SampleLane(const float* HWY_RESTRICT in, std::size_t in_step, const Box& box,
                           float* HWY_RESTRICT out, std::size_t out_step) {
  const Wide d;
  const auto size = hn::Set(d, static_cast<float>(box.full));
  const auto reciprocal = hn::Div(hn::Set(d, 1.0f), size);
  auto sum = hn::Zero(d);
  int read = 0;  // steps taken
  for (int i = 0; i < kSide; ++i) {
    const int wanted = box.sampled[Size(i)];
    const auto until = [&](int end) { return wanted < end ? wanted : end; };
    const auto sample = [&](int j) HWY_ATTR { return hn::Load(d, in + Size(j) * in_step); };
    for (; read < until(box.full); ++read) sum = hn::Add(sum, sample(read));
    for (; read < until(box.length); ++read) {
      sum = hn::Sub(hn::Add(sum, sample(read)), sample(read - box.full));
    }
    for (; read < wanted; ++read) sum = hn::Sub(sum, sample(read - box.full));
    const int window = box.WindowAt(wanted - 1);
    const auto mean = window == box.full ? Mean<kPowerOfTwo>(d, sum, size, reciprocal)
                                         : hn::Div(sum, hn::Set(d, static_cast<float>(window)));
    hn::StoreU(mean, d, out + Size(i) * out_step);
  }
}

template <bool kPowerOfTwo>
void SampleStrip(const float* in, const Box& box, float* out) {
  for (std::size_t lane = 0; lane < kStrip; lane += hn::Lanes(Wide())) {
    SampleLane<kPowerOfTwo>(in + lane, kStrip, box, out + lane, kStrip);
  }
}

template <bool kPowerOfTwo>
void SampleColumns(const float* in, const Box& box, Luma64* out) {
  for (std::size_t column = 0; column < kSide; column += hn::Lanes(Wide())) {
    SampleLane<kPowerOfTwo>(in + column, kSide, box, out->data() + column, kSide);
  }
}

// The column filter: reads the strip of rows from `y` on, writes as many, column by column.
template <bool kPowerOfTwo>
void ColumnStrip(const Scratch& scratch, const Box& box, int y) {
  const Wide d;
  struct Row {
    const float* add;       // or nullptr
    const float* subtract;  // or nullptr
    float size;             // of the window
  };
  Row rows[kStrip];
  bool inside = true;  // both rows exist at every step
  for (int i = 0; i < kStrip; ++i) {
    const int in = y + i;
    const bool add = in < box.length;
    const bool subtract = in >= box.full && in - box.full < box.length;
    const int size = box.WindowAt(in);
    rows[i] = {.add = add ? scratch.RingRow(in) : nullptr,
               .subtract = subtract ? scratch.RingRow(in - box.full) : nullptr,
               .size = static_cast<float>(size > 1 ? size : 1)};
    inside = inside && add && subtract;
  }
  const auto full = hn::Set(d, static_cast<float>(box.full));
  const auto reciprocal = hn::Div(hn::Set(d, 1.0f), full);
  alignas(64) float block[kStrip * kStrip];
  for (std::size_t x = 0; x + kStrip <= scratch.stride; x += kStrip) {
    for (std::size_t lane = 0; lane < kStrip; lane += hn::Lanes(d)) {
      auto sum = hn::Load(d, scratch.sums + x + lane);
      float* out = block + lane;
      for (const Row& row : rows) {
        if (inside) {
          sum = hn::Sub(hn::Add(sum, hn::Load(d, row.add + x + lane)),
                        hn::Load(d, row.subtract + x + lane));
          hn::Store(Mean<kPowerOfTwo>(d, sum, full, reciprocal), d, out);
        } else {
          if (row.add != nullptr) sum = hn::Add(sum, hn::Load(d, row.add + x + lane));
          if (row.subtract != nullptr) sum = hn::Sub(sum, hn::Load(d, row.subtract + x + lane));
          hn::Store(hn::Div(sum, hn::Set(d, row.size)), d, out);
        }
        out += kStrip;
      }
      hn::Store(sum, d, scratch.sums + x + lane);
    }
    TurnBlock(block, kStrip,
              [&](std::size_t column) { return scratch.columns + (x + column) * kStrip; });
  }
}

void Downsample(const PixelsView& picture, Luma64* out) {
  const Box row_box(picture.width), column_box(picture.height);
  const Scratch scratch(picture.width, picture.height, column_box);
  const auto is_power = [](int value) { return (value & (value - 1)) == 0; };
  const bool rows_by_power = is_power(row_box.full), columns_by_power = is_power(column_box.full);
  const auto row_strip = rows_by_power ? RowStrip<true> : RowStrip<false>;
  const auto column_strip = columns_by_power ? ColumnStrip<true> : ColumnStrip<false>;
  const auto sample_strip = rows_by_power ? SampleStrip<true> : SampleStrip<false>;
  const auto sample_columns = columns_by_power ? SampleColumns<true> : SampleColumns<false>;
  // What lies right of the picture is filtered along, so it must hold some number.
  for (std::size_t x = 0; x < scratch.stride; ++x) scratch.sums[x] = 0;
  for (std::size_t x = Size(picture.width) * kStrip; x < scratch.stride * kStrip; ++x) {
    scratch.filtered[x] = 0;
  }

  for (int y = 0; y < column_box.steps; y += kStrip) {
    if (y < picture.height) {
      row_strip(picture, row_box, y, scratch.columns, scratch.filtered);
      // The ring has room for a whole strip: rows below the last only overwrite what is done with.
      float* ring[kStrip];
      for (int i = 0; i < kStrip; ++i) ring[i] = scratch.RingRow(y + i);
      TurnBack(scratch.filtered, scratch.stride, ring);
    }
    column_strip(scratch, column_box, y);
    sample_strip(scratch.columns, row_box, scratch.samples);
    float* narrow[kStrip];
    for (int i = 0; i < kStrip; ++i) narrow[i] = scratch.narrow + Size(y + i) * kSide;
    TurnBack(scratch.samples, kSide, narrow);
  }
  sample_columns(scratch.narrow + Size(column_box.half - 1) * kSide, column_box, out);
}

int Gradient(const Luma64& luma) {
  const Wide d;
  const hn::Rebind<std::int32_t, Wide> di32;
  const auto hundred = hn::Set(d, 100.0f), white = hn::Set(d, 255.0f);
  auto total = hn::Zero(di32);
  const auto steps = [&](const float* a, const float* b) HWY_ATTR {
    const auto difference = hn::Sub(hn::LoadU(d, a), hn::LoadU(d, b));
    return hn::Abs(hn::ConvertTo(di32, hn::Div(hn::Mul(difference, hundred), white)));
  };
  for (std::size_t i = 0; i < 63 * 64; i += hn::Lanes(d)) {
    total = hn::Add(total, steps(luma.data() + i, luma.data() + i + 64));
  }
  // Across, a row has 63 pairs: its last vector starts one pair early, and that pair counts once.
  const auto first = hn::Eq(hn::Iota(di32, 0), hn::Zero(di32));
  for (std::size_t row = 0; row < 64; ++row) {
    const float* in = luma.data() + row * 64;
    for (std::size_t x = 0; x + hn::Lanes(d) < 64; x += hn::Lanes(d)) {
      total = hn::Add(total, steps(in + x, in + x + 1));
    }
    in += 63 - hn::Lanes(d);
    total = hn::Add(total, hn::IfThenZeroElse(first, steps(in, in + 1)));
  }
  return hn::GetLane(hn::SumOfLanes(di32, total));
}

void Transform(const Luma64& luma, const CosineMatrix& cosine, Dct16* out) {
  const Wide d;
  alignas(64) std::array<float, 16 * kSide> half;
  for (std::size_t i = 0; i < 16; ++i) {
    const float* row = cosine.by_row.data() + i * kSide;
    for (std::size_t j = 0; j < kSide; j += hn::Lanes(d)) {
      auto sum = hn::Zero(d);
      for (std::size_t k = 0; k < kSide; ++k) {
        sum = hn::Add(sum, hn::Mul(hn::Set(d, row[k]), hn::LoadU(d, luma.data() + k * kSide + j)));
      }
      hn::Store(sum, d, half.data() + i * kSide + j);
    }
  }
  for (std::size_t i = 0; i < 16; ++i) {
    const float* row = half.data() + i * kSide;
    for (std::size_t j = 0; j < 16; j += hn::Lanes(d)) {
      auto sum = hn::Zero(d);
      for (std::size_t k = 0; k < kSide; ++k) {
        const auto column = hn::Load(d, cosine.by_column.data() + k * 16 + j);
        sum = hn::Add(sum, hn::Mul(hn::Set(d, row[k]), column));
      }
      hn::StoreU(sum, d, out->data() + i * 16 + j);
    }
  }
}

const char* TargetName() { return hwy::TargetName(HWY_TARGET); }

}  // namespace HWY_NAMESPACE
}  // namespace jikimi::fingerprint
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace jikimi::fingerprint {

HWY_EXPORT(Downsample);
HWY_EXPORT(Gradient);
HWY_EXPORT(Transform);
HWY_EXPORT(TargetName);

Luma64 DownsampleLuma(const PixelsView& picture) {
  CHECK(picture.width >= 5 && picture.height >= 5);
  Luma64 luma;
  HWY_DYNAMIC_DISPATCH(Downsample)(picture, &luma);
  return luma;
}

int GradientQuality(const Luma64& luma) {
  const int quality = HWY_DYNAMIC_DISPATCH(Gradient)(luma) / 90;
  return quality > 100 ? 100 : quality;
}

Dct16 CosineTransform(const Luma64& luma) {
  static const pdq::CosineMatrix cosine;
  Dct16 dct;
  HWY_DYNAMIC_DISPATCH(Transform)(luma, cosine, &dct);
  return dct;
}

const char* PdqKernelName() { return HWY_DYNAMIC_DISPATCH(TargetName)(); }
}  // namespace jikimi::fingerprint
#endif  // HWY_ONCE
