#include "media/channel.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

namespace jikimi::media {
namespace {

constexpr std::size_t kMaxDescriptors = 4;

Error SystemError(const char* doing) {
  const ErrorCode code = errno == ENOMEM || errno == EMFILE || errno == ENFILE
                             ? ErrorCode::kResourceExhausted
                             : ErrorCode::kInternal;
  return Error{code, std::string("can't ") + doing + ": " + std::strerror(errno)};
}

}  // namespace

Result<ChannelPair> MakeChannel() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return SystemError("make a socket pair");
  }
  return ChannelPair{FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

bool SendMessage(int socket, std::span<const std::byte> message, std::span<const int> descriptors) {
  CHECK(descriptors.size() <= kMaxDescriptors);
  iovec part = {const_cast<std::byte*>(message.data()), message.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * kMaxDescriptors)> control = {};
  msghdr header = {};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (!descriptors.empty()) {
    header.msg_control = control.data();
    header.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(rights), descriptors.data(), descriptors.size_bytes());
  }
  while (true) {
    const ssize_t sent = sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno == EINTR) continue;
    return sent == static_cast<ssize_t>(message.size());
  }
}

Received ReceiveMessage(int socket, std::span<std::byte> message,
                        std::vector<FileDescriptor>* descriptors) {
  iovec part = {message.data(), message.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * kMaxDescriptors)> control = {};
  msghdr header = {};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (descriptors != nullptr) {
    descriptors->clear();
    header.msg_control = control.data();
    header.msg_controllen = control.size();
  }
  ssize_t got;
  do {
    got = recvmsg(socket, &header, MSG_CMSG_CLOEXEC | MSG_TRUNC);
  } while (got < 0 && errno == EINTR);
  if (got <= 0) return Received::kClosed;
  for (cmsghdr* rights = CMSG_FIRSTHDR(&header); descriptors != nullptr && rights != nullptr;
       rights = CMSG_NXTHDR(&header, rights)) {
    if (rights->cmsg_level != SOL_SOCKET || rights->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (rights->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int descriptor;
      std::memcpy(&descriptor, CMSG_DATA(rights) + i * sizeof(int), sizeof(int));
      descriptors->emplace_back(descriptor);
    }
  }
  return static_cast<std::size_t>(got) == message.size() ? Received::kMessage : Received::kNonsense;
}

Result<SharedMemory> SharedMemory::Make(std::size_t size) {
  FileDescriptor file(memfd_create("jikimi-pixels", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file.valid() || ftruncate(file.get(), static_cast<off_t>(size)) != 0 ||
      fcntl(file.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    return SystemError("make shared memory");
  }
  return Map(std::move(file), size);
}

Result<SharedMemory> SharedMemory::Map(FileDescriptor file, std::size_t size) {
  SharedMemory memory;
  void* data = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (data == MAP_FAILED) return SystemError("map shared memory");
  memory.file_ = std::move(file);
  memory.bytes_ = {static_cast<std::byte*>(data), size};
  return memory;
}

SharedMemory& SharedMemory::operator=(SharedMemory&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

SharedMemory::~SharedMemory() {
  if (!bytes_.empty()) munmap(bytes_.data(), bytes_.size());
}

void SharedMemory::Clear() {
  fallocate(file_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
            static_cast<off_t>(bytes_.size()));
}

Result<FileDescriptor> SealedCopy(std::span<const std::byte> bytes) {
  FileDescriptor file(memfd_create("jikimi-input", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file.valid()) return SystemError("make memory for the input");
  TRY(WriteFully(file, bytes, 0, "input in memory"));
  constexpr int kSeals = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
  if (fcntl(file.get(), F_ADD_SEALS, kSeals) != 0) return SystemError("seal the input");
  return file;
}

}  // namespace jikimi::media
