#ifndef JIKIMI_MEDIA_CHANNEL_H_
#define JIKIMI_MEDIA_CHANNEL_H_

#include <sys/socket.h>

#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/result.h"

// Whole messages of fixed size, with descriptors beside them, over a SOCK_SEQPACKET socket pair.
namespace jikimi::media {

struct ChannelPair {
  FileDescriptor ours, theirs;
};
Result<ChannelPair> MakeChannel();

enum class Received { kMessage, kClosed, kNonsense };

// Sends all of `message` without ever blocking. False if the other end is gone or its queue full.
bool SendMessage(int socket, std::span<const std::byte> message, std::span<const int> descriptors);

// Waits for one message of exactly `message.size()` bytes; any other size is kNonsense. Descriptors
// that came along replace `descriptors`.
Received ReceiveMessage(int socket, std::span<std::byte> message,
                        std::vector<FileDescriptor>* descriptors);

template <typename T>
bool Send(int socket, const T& message, std::span<const int> descriptors = {}) {
  static_assert(std::is_trivially_copyable_v<T>);
  return SendMessage(socket, std::as_bytes(std::span(&message, 1)), descriptors);
}

template <typename T>
Received Receive(int socket, T* message, std::vector<FileDescriptor>* descriptors = nullptr) {
  static_assert(std::is_trivially_copyable_v<T>);
  return ReceiveMessage(socket, std::as_writable_bytes(std::span(message, 1)), descriptors);
}

// Memory that two processes share through a descriptor.
class SharedMemory {
 public:
  // Zeros, of a size that can't be changed by anybody who gets the descriptor.
  static Result<SharedMemory> Make(std::size_t size);
  // What another process made.
  static Result<SharedMemory> Map(FileDescriptor file, std::size_t size);

  SharedMemory() = default;
  SharedMemory(SharedMemory&& other) noexcept
      : file_(std::move(other.file_)), bytes_(std::exchange(other.bytes_, {})) {}
  SharedMemory& operator=(SharedMemory&& other) noexcept;
  ~SharedMemory();

  const FileDescriptor& file() const { return file_; }
  std::span<std::byte> bytes() const { return bytes_; }
  void CloseFile() { file_.Reset(); }  // the mapping stays
  // Gives the pages back to the system; they read as zeros afterwards.
  void Clear();

 private:
  FileDescriptor file_;
  std::span<std::byte> bytes_;
};

// A copy of `bytes` in a descriptor that nobody can write to any more.
Result<FileDescriptor> SealedCopy(std::span<const std::byte> bytes);

}  // namespace jikimi::media

#endif  // JIKIMI_MEDIA_CHANNEL_H_
