#ifndef JIKIMI_MEDIA_LIBAV_H_
#define JIKIMI_MEDIA_LIBAV_H_

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

#include <memory>
#include <string>

#include "base/result.h"

// Owners of libav's handles; for this room's .cc files only.
namespace jikimi::media {

struct LibavFree {
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
  void operator()(AVCodecContext* context) const { avcodec_free_context(&context); }
  void operator()(AVFormatContext* context) const { avformat_close_input(&context); }
  void operator()(SwsContext* context) const { sws_freeContext(context); }
  void operator()(AVIOContext* context) const {
    av_freep(&context->buffer);
    avio_context_free(&context);
  }
};
template <typename T>
using Libav = std::unique_ptr<T, LibavFree>;

// What libav's negative return value says.
inline std::string LibavText(int error) {
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(error, text, sizeof text);
  return text;
}

inline Error OutOfMemory() { return Error{ErrorCode::kResourceExhausted, "needs too much memory"}; }

}  // namespace jikimi::media

#endif  // JIKIMI_MEDIA_LIBAV_H_
