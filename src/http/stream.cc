#include "http/stream.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "base/check.h"

namespace jikimi::http {
namespace {

using State = Transfer::State;

bool WouldBlock() { return errno == EAGAIN || errno == EWOULDBLOCK; }

Transfer Receive(int socket, std::span<char> into) {
  while (true) {
    const ssize_t got = recv(socket, into.data(), into.size(), 0);
    if (got >= 0) return {State::kDone, static_cast<std::size_t>(got)};
    if (errno == EINTR) continue;
    return {WouldBlock() ? State::kNeedRead : State::kFailed, 0};
  }
}

Transfer Send(int socket, std::string_view bytes) {
  while (true) {
    const ssize_t put = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (put >= 0) return {State::kDone, static_cast<std::size_t>(put)};
    if (errno == EINTR) continue;
    return {WouldBlock() ? State::kNeedWrite : State::kFailed, 0};
  }
}

class PlainStream : public Stream {
 public:
  explicit PlainStream(int socket) : socket_(socket) {}

  Transfer Handshake() override { return {}; }
  Transfer Read(std::span<char> into) override { return Receive(socket_, into); }
  Transfer Write(std::string_view bytes) override { return Send(socket_, bytes); }
  void ShutDown() override { shutdown(socket_, SHUT_WR); }

 private:
  const int socket_;
};

// OpenSSL's own socket BIO writes without MSG_NOSIGNAL, and a client that has gone would kill us.
int BioRead(BIO* bio, char* data, int size) {
  const int socket = *static_cast<int*>(BIO_get_data(bio));
  const Transfer got = Receive(socket, {data, static_cast<std::size_t>(size)});
  BIO_clear_retry_flags(bio);
  if (got.state == State::kNeedRead) BIO_set_retry_read(bio);
  return got.state == State::kDone ? static_cast<int>(got.bytes) : -1;
}

int BioWrite(BIO* bio, const char* data, int size) {
  const int socket = *static_cast<int*>(BIO_get_data(bio));
  const Transfer put = Send(socket, {data, static_cast<std::size_t>(size)});
  BIO_clear_retry_flags(bio);
  if (put.state == State::kNeedWrite) BIO_set_retry_write(bio);
  return put.state == State::kDone ? static_cast<int>(put.bytes) : -1;
}

long BioControl(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

const BIO_METHOD* SocketMethod() {
  static const BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "jikimi socket");
    CHECK(made && BIO_meth_set_read(made, BioRead) && BIO_meth_set_write(made, BioWrite) &&
          BIO_meth_set_ctrl(made, BioControl));
    return made;
  }();
  return method;
}

class OpenSslContext : public TlsContext {
 public:
  explicit OpenSslContext(SSL_CTX* context) : context_(context, SSL_CTX_free) {}
  SSL_CTX* get() const { return context_.get(); }

 private:
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
};

class TlsStream : public Stream {
 public:
  TlsStream(int socket, std::shared_ptr<const TlsContext> tls)
      : socket_(socket), tls_(std::move(tls)), ssl_(nullptr, SSL_free) {
    ssl_.reset(SSL_new(static_cast<const OpenSslContext&>(*tls_).get()));
    CHECK(ssl_);
    BIO* const bio = BIO_new(SocketMethod());
    CHECK(bio);
    BIO_set_data(bio, &socket_);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_.get(), bio, bio);
    SSL_set_accept_state(ssl_.get());
  }

  Transfer Handshake() override {
    ERR_clear_error();
    return Outcome(SSL_do_handshake(ssl_.get()), 0);
  }
  Transfer Read(std::span<char> into) override {
    ERR_clear_error();
    std::size_t bytes = 0;
    const int result = SSL_read_ex(ssl_.get(), into.data(), into.size(), &bytes);
    return Outcome(result, bytes);
  }
  Transfer Write(std::string_view bytes) override {
    ERR_clear_error();
    std::size_t put = 0;
    const int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &put);
    return Outcome(result, put);
  }
  void ShutDown() override {
    ERR_clear_error();
    if (SSL_is_init_finished(ssl_.get())) SSL_shutdown(ssl_.get());
    shutdown(socket_, SHUT_WR);
  }

 private:
  Transfer Outcome(int result, std::size_t bytes) {
    if (result == 1) return {State::kDone, bytes};
    switch (SSL_get_error(ssl_.get(), result)) {
      case SSL_ERROR_WANT_READ:
        return {State::kNeedRead, 0};
      case SSL_ERROR_WANT_WRITE:
        return {State::kNeedWrite, 0};
      case SSL_ERROR_ZERO_RETURN:
        return {State::kDone, 0};
      default:
        return {State::kFailed, 0};
    }
  }

  int socket_;
  std::shared_ptr<const TlsContext> tls_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
};

Error TlsError(const std::filesystem::path& path, std::string_view what) {
  std::string message = path.native() + ": " + std::string(what);
  char reason[256];
  if (const unsigned long code = ERR_get_error(); code != 0) {
    ERR_error_string_n(code, reason, sizeof(reason));
    message += " (" + std::string(reason) + ")";
  }
  return {ErrorCode::kInvalidArgument, message};
}

}  // namespace

Result<std::shared_ptr<const TlsContext>> TlsContext::Load(const TlsFiles& files) {
  ERR_clear_error();
  auto context = std::make_shared<OpenSslContext>(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* const ctx = context->get();
  CHECK(ctx);
  CHECK(SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1);
  // TLS 1.2 with forward secrecy and authenticated encryption only; 1.3 has nothing else.
  CHECK(SSL_CTX_set_cipher_list(ctx, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1);
  SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                               SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  // Idle connections keep no buffers; a write that has to wait may be repeated from another place.
  SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                            SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
  if (SSL_CTX_use_certificate_chain_file(ctx, files.certificate_chain.c_str()) != 1) {
    return TlsError(files.certificate_chain, "holds no certificate chain in PEM");
  }
  if (SSL_CTX_use_PrivateKey_file(ctx, files.private_key.c_str(), SSL_FILETYPE_PEM) != 1) {
    return TlsError(files.private_key, "holds no private key in PEM that fits the certificate");
  }
  if (SSL_CTX_check_private_key(ctx) != 1) {
    return TlsError(files.private_key, "is not the key of the certificate");
  }
  return std::shared_ptr<const TlsContext>(std::move(context));
}

std::unique_ptr<Stream> MakeStream(int socket, std::shared_ptr<const TlsContext> tls) {
  if (tls) return std::make_unique<TlsStream>(socket, std::move(tls));
  return std::make_unique<PlainStream>(socket);
}

}  // namespace jikimi::http
