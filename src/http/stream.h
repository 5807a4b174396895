#ifndef JIKIMI_HTTP_STREAM_H_
#define JIKIMI_HTTP_STREAM_H_

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"
#include "http/server.h"

// A connection's bytes, plain or under TLS, without ever waiting. OpenSSL is used here only.
namespace jikimi::http {

// What a call could do at once, or what must come first.
struct Transfer {
  enum class State {
    kDone,       // `bytes` were moved; 0 of a Read() is the end
    kNeedRead,   // wait until the socket can be read
    kNeedWrite,  // wait until it can be written
    kFailed,     // broken or hostile: close
  };
  State state = State::kDone;
  std::size_t bytes = 0;
};

// A certificate with its key. Immutable; connections hold the one that they began with.
class TlsContext {
 public:
  static Result<std::shared_ptr<const TlsContext>> Load(const TlsFiles& files);
  virtual ~TlsContext() = default;
};

class Stream {
 public:
  virtual ~Stream() = default;

  virtual Transfer Handshake() = 0;
  virtual Transfer Read(std::span<char> into) = 0;
  virtual Transfer Write(std::string_view bytes) = 0;
  // Says that nothing more is written; reading goes on.
  virtual void ShutDown() = 0;
};

// `socket` is non-blocking and outlives the stream; `tls` may be null.
std::unique_ptr<Stream> MakeStream(int socket, std::shared_ptr<const TlsContext> tls);

}  // namespace jikimi::http

#endif  // JIKIMI_HTTP_STREAM_H_
