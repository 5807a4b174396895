#include "http/test_server.h"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/json/serialize.hpp>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <thread>

namespace jikimi::http {
namespace {

constexpr std::chrono::seconds kPatience{20};

// 1 MiB of bytes that say where they stand.
class CountingContent : public Content {
 public:
  std::uint64_t size() const override { return 1 << 20; }
  Result<void> Read(std::uint64_t offset, std::span<std::byte> into) override {
    for (std::size_t i = 0; i < into.size(); ++i) {
      into[i] = static_cast<std::byte>((offset + i) * 31 >> 3);
    }
    return {};
  }
};

class BrokenContent : public CountingContent {
 public:
  Result<void> Read(std::uint64_t offset, std::span<std::byte> into) override {
    if (offset > 0) return Error{ErrorCode::kCorrupt, "a broken block"};
    return CountingContent::Read(offset, into);
  }
};

Response ContentResponse(std::shared_ptr<Content> content) {
  Response response;
  response.content_type = "application/octet-stream";
  response.content = std::move(content);
  response.etag = "\"c1\"";
  response.ranges = Ranges::kBytes;
  return response;
}

}  // namespace

std::string TestDescription() {
  return R"({"openapi":"3.1.0","info":{"title":"Test","version":"1"},
"paths":{
 "/hello":{"get":{"operationId":"hello","parameters":[
    {"name":"name","in":"query","schema":{"type":"string","maxLength":10,"default":"you"}}],
   "responses":{"200":{"description":"","content":{"text/plain":{}}},
    "default":{"$ref":"#/components/responses/Problem"}}}},
 "/notes":{"post":{"operationId":"addNote","x-max-body-bytes":100000,"requestBody":{"required":true,"content":{
    "application/json":{"schema":{"type":"object","additionalProperties":false,"required":["text"],
      "properties":{"text":{"type":"string","minLength":1}}}},
    "application/octet-stream":{}}},
   "responses":{"201":{"description":"","content":{"application/json":{"schema":{"type":"object"}}}},
    "default":{"$ref":"#/components/responses/Problem"}}}},
 "/page":{"get":{"operationId":"page","responses":{"200":{"description":"","content":{"text/plain":{}}},
    "default":{"$ref":"#/components/responses/Problem"}}}},
 "/file":{"get":{"operationId":"file","responses":{"200":{"description":"","content":{"application/octet-stream":{}}},
    "default":{"$ref":"#/components/responses/Problem"}}}},
 "/broken":{"get":{"operationId":"broken","responses":{"200":{"description":"","content":{"application/octet-stream":{}}},
    "default":{"$ref":"#/components/responses/Problem"}}}},
 "/slow":{"get":{"operationId":"slow","responses":{"200":{"description":"","content":{"text/plain":{}}},
    "default":{"$ref":"#/components/responses/Problem"}}}},
 "/fails":{"get":{"operationId":"fails","responses":{
    "default":{"$ref":"#/components/responses/Problem"}}}},
 "/events":{"get":{"operationId":"events","responses":{"200":{"description":"","content":{"text/event-stream":{}}},
    "default":{"$ref":"#/components/responses/Problem"}}}},
 "/inside":{"get":{"operationId":"inside","x-internal":true,"x-inline":true,"responses":{"200":{"description":"",
    "content":{"text/plain":{}}},"default":{"$ref":"#/components/responses/Problem"}}}}
},
"components":{"responses":{"Problem":{"description":"","content":{"application/problem+json":{
  "schema":{"type":"object"}}}}}}})";
}

TestServer::TestServer(TestOptions options)
    : api_(Must(OpenApi::Parse(TestDescription())),
           {.origins = {}, .check_responses = true, .failure_log = nullptr, .guard = nullptr}) {
  std::string name = (std::filesystem::temp_directory_path() / "jikimi-http-XXXXXX").native();
  if (!mkdtemp(name.data())) throw std::runtime_error("mkdtemp failed");
  folder_ = name;
  tls_files_ = {folder_ / "chain.pem", folder_ / "key.pem"};
  AddHandlers();
  Must(api_.Finish());
  Listener listener;
  if (options.tls) {
    MakeCertificate("first.example");
    listener.tls = tls_files_;
  }
  Listener internal;
  internal.internal = true;
  server_ = Must(Server::Start(api_,
                               {.listeners = {listener, internal},
                                .limits = options.limits,
                                .io_threads = options.io_threads,
                                .access_log =
                                    [this](const Access& access) {
                                      const std::lock_guard lock(mutex_);
                                      log_.push_back(access);
                                      logged_.notify_all();
                                    }},
                               clock_, metrics_));
}

TestServer::~TestServer() {
  Release();
  server_.reset();
  std::filesystem::remove_all(folder_);
}

void TestServer::AddHandlers() {
  api_.Handle("hello", [](const Request& request) -> Result<Response> {
    return TextResponse(200, "Hello, " + std::string(request.Text("name")) + "!");
  });
  api_.Handle("addNote", [this](const Request& request) -> Result<Response> {
    ++notes_taken_;
    return CreatedResponse("/notes/1", {{"bytes", static_cast<std::int64_t>(request.body.size())}});
  });
  api_.Handle("page", [](const Request&) -> Result<Response> {
    Response response = TextResponse(200, std::string(5'000, 'x'));
    response.compression = Compression::kAllowed;
    response.etag = "\"p1\"";
    return response;
  });
  api_.Handle("file", [](const Request&) -> Result<Response> {
    return ContentResponse(std::make_shared<CountingContent>());
  });
  api_.Handle("broken", [](const Request&) -> Result<Response> {
    return ContentResponse(std::make_shared<BrokenContent>());
  });
  api_.Handle("slow", [this](const Request&) -> Result<Response> {
    std::unique_lock lock(mutex_);
    released_.wait_for(lock, kPatience, [&] { return may_go_; });
    return TextResponse(200, "late");
  });
  api_.Handle("fails", [](const Request&) -> Result<Response> {
    return Error{ErrorCode::kInternal, "table secret_table is gone"};
  });
  api_.Handle("events", [this](const Request& request) {
    return hub_.Open(request, [](const ListEvent& event) { return event.topic != "hidden"; });
  });
  api_.Handle("inside",
              [](const Request&) -> Result<Response> { return TextResponse(200, "inside"); });
}

std::vector<Access> TestServer::log(std::size_t lines) {
  std::unique_lock lock(mutex_);
  logged_.wait_for(lock, kPatience, [&] { return log_.size() >= lines; });
  return log_;
}

void TestServer::Release() {
  {
    const std::lock_guard lock(mutex_);
    may_go_ = true;
  }
  released_.notify_all();
}

void TestServer::MakeCertificate(std::string_view name) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> made(X509_new(), X509_free);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
  X509_set_pubkey(made.get(), key.get());
  X509_NAME* const subject = X509_get_subject_name(made.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.data()),
                             static_cast<int>(name.size()), -1, 0);
  X509_set_issuer_name(made.get(), subject);
  X509_sign(made.get(), key.get(), EVP_sha256());
  const auto open = [](const std::filesystem::path& path) {
    return std::unique_ptr<FILE, decltype(&fclose)>(fopen(path.c_str(), "w"), fclose);
  };
  PEM_write_X509(open(tls_files_.certificate_chain).get(), made.get());
  PEM_write_PrivateKey(open(tls_files_.private_key).get(), key.get(), nullptr, nullptr, 0, nullptr,
                       nullptr);
}

TestClient::TestClient(std::uint16_t port, bool tls)
    : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      context_(nullptr, SSL_CTX_free),
      ssl_(nullptr, SSL_free) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    throw std::runtime_error(std::string("connecting: ") + std::strerror(errno));
  }
  if (!tls) return;
  context_.reset(SSL_CTX_new(TLS_client_method()));
  ssl_.reset(SSL_new(context_.get()));
  SSL_set_fd(ssl_.get(), socket_.get());
  if (SSL_connect(ssl_.get()) != 1) throw std::runtime_error("no TLS");
}

TestClient::TestClient(TestClient&&) noexcept = default;
TestClient::~TestClient() = default;

bool TestClient::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto put = ssl_ ? SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()))
                          : send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (put <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(put));
  }
  return true;
}

void TestClient::HalfClose() { shutdown(socket_.get(), SHUT_WR); }

// False at the end of the connection.
bool TestClient::More(std::chrono::milliseconds patience) {
  if (!ssl_ || SSL_pending(ssl_.get()) == 0) {
    pollfd waiting{socket_.get(), POLLIN, 0};
    const int ready = poll(&waiting, 1, static_cast<int>(patience.count()));
    if (ready == 0) throw std::runtime_error("the server keeps silent; so far: " + buffer_);
  }
  char bytes[16384];
  const auto got = ssl_ ? SSL_read(ssl_.get(), bytes, sizeof(bytes))
                        : recv(socket_.get(), bytes, sizeof(bytes), 0);
  if (got <= 0) return false;
  buffer_.append(bytes, static_cast<std::size_t>(got));
  return true;
}

std::string TestClient::ReceiveUntil(std::string_view text) {
  while (true) {
    if (const std::size_t found = buffer_.find(text); found != std::string::npos) {
      std::string taken = buffer_.substr(0, found + text.size());
      buffer_.erase(0, found + text.size());
      return taken;
    }
    if (!More(kPatience)) throw std::runtime_error("the connection ended; so far: " + buffer_);
  }
}

std::string TestClient::ReceiveAll() {
  while (More(kPatience)) {
  }
  return std::move(buffer_);
}

bool TestClient::Closed(std::chrono::milliseconds patience) {
  while (true) {
    try {
      if (!More(patience)) return true;
    } catch (const std::runtime_error&) {
      return false;
    }
  }
}

TestAnswer TestClient::Receive(bool head_only) {
  TestAnswer answer;
  std::string head = ReceiveUntil("\r\n\r\n");
  answer.status = std::atoi(head.c_str() + std::strlen("HTTP/1.1 "));
  std::string_view rest(head);
  rest.remove_prefix(rest.find("\r\n") + 2);
  while (rest.size() > 2) {
    const std::size_t end = rest.find("\r\n");
    const std::string_view line = rest.substr(0, end);
    const std::size_t colon = line.find(": ");
    answer.headers.AddReceived(line.substr(0, colon), line.substr(colon + 2));
    rest.remove_prefix(end + 2);
  }
  if (head_only) return answer;
  if (const auto length = answer.headers.Find("Content-Length")) {
    const std::size_t size = std::stoul(std::string(*length));
    while (buffer_.size() < size) {
      if (!More(kPatience)) throw std::runtime_error("the body was cut off");
    }
    answer.body = buffer_.substr(0, size);
    buffer_.erase(0, size);
  }
  return answer;
}

std::string TestClient::PeerName() const {
  const std::unique_ptr<X509, decltype(&X509_free)> peer(SSL_get1_peer_certificate(ssl_.get()),
                                                         X509_free);
  char name[256] = "";
  X509_NAME_get_text_by_NID(X509_get_subject_name(peer.get()), NID_commonName, name, sizeof(name));
  return name;
}

std::string PostNote(std::string_view body, std::string_view more) {
  return kPost + "Content-Length: " + std::to_string(body.size()) + "\r\n" + std::string(more) +
         "\r\n" + std::string(body);
}

}  // namespace jikimi::http
