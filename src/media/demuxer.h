#ifndef JIKIMI_MEDIA_DEMUXER_H_
#define JIKIMI_MEDIA_DEMUXER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "media/libav.h"
#include "media/media.h"
#include "media/sampling_plan.h"
#include "media/sniff.h"

namespace jikimi::media {

// One video stream of a container in memory.
class Demuxer {
 public:
  // `bytes` must outlive the demuxer.
  static Result<Demuxer> Open(std::span<const std::byte> bytes, Format format,
                              const Limits& limits);

  Demuxer(Demuxer&&) noexcept = default;
  Demuxer& operator=(Demuxer&&) noexcept = delete;
  ~Demuxer() = default;

  const AVStream& stream() const { return *context_->streams[stream_]; }
  const AVCodec& codec() const { return *codec_; }
  Orientation orientation() const;
  double frame_rate() const;  // mean frames a second as stated, or 0

  // The stream's next packet. False at the end; kCorrupt if the container breaks off.
  Result<bool> Read(AVPacket& packet);

  // All packets of the stream from here to the end, unless the codec or the container does not
  // allow to plan by packets. Read() is then at the end.
  Result<std::optional<std::vector<PacketEntry>>> Index(const Limits& limits);

  std::int64_t ToMicroseconds(std::int64_t time) const {
    return av_rescale_q(time, stream().time_base, AVRational{1, 1'000'000});
  }

 private:
  struct Input {
    std::span<const std::byte> bytes;
    std::int64_t position = 0;
  };

  Demuxer() = default;
  Result<void> ChooseStream();

  static int ReadBytes(void* opaque, std::uint8_t* buffer, int size);
  static std::int64_t Seek(void* opaque, std::int64_t offset, int whence);

  // Declared in the order in which they lean on each other.
  std::unique_ptr<Input> input_;
  Libav<AVIOContext> io_;
  Libav<AVFormatContext> context_;
  unsigned stream_ = 0;
  const AVCodec* codec_ = nullptr;
};

}  // namespace jikimi::media

#endif  // JIKIMI_MEDIA_DEMUXER_H_
