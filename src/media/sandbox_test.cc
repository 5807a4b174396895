#include "media/sandbox.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>

namespace jikimi::media {
namespace {

// Runs `check` in a child that is in the sandbox; its return value, or -1 if it died.
int InSandbox(const std::function<int()>& check) {
  const pid_t child = fork();
  if (child == 0) {
    if (!EnterSandbox({.memory_bytes = 256 << 20, .cpu_seconds = 20}).has_value()) _exit(101);
    _exit(check());
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

struct Denied {
  std::string name;
  std::function<long()> call;  // -1 with errno EPERM is expected
};

class SandboxDeniesTest : public testing::TestWithParam<Denied> {};

TEST_P(SandboxDeniesTest, WithPermissionDenied) {
  const int result = InSandbox([] {
    errno = 0;
    return GetParam().call() == -1 ? errno : 100;
  });
  EXPECT_EQ(result, EPERM);
}

char* const kArguments[] = {const_cast<char*>("/bin/true"), nullptr};

INSTANTIATE_TEST_SUITE_P(
    , SandboxDeniesTest,
    testing::Values(
        Denied{"Open", [] { return long{open("/etc/passwd", O_RDONLY)}; }},
        Denied{"OpenByOldCall", [] { return syscall(SYS_open, "/dev/null", O_RDONLY); }},
        Denied{"OpenOfOwnMemory", [] { return long{open("/proc/self/mem", O_RDWR)}; }},
        Denied{"Create", [] { return long{open("/tmp/x", O_WRONLY | O_CREAT, 0600)}; }},
        Denied{"Stat",
               [] {
                 struct stat status;
                 return long{stat("/etc/passwd", &status)};
               }},
        Denied{"Unlink", [] { return long{unlink("/tmp/none")}; }},
        Denied{"ChangeFolder", [] { return long{chdir("/")}; }},
        Denied{"Socket", [] { return long{socket(AF_INET, SOCK_STREAM, 0)}; }},
        Denied{"UnixSocket", [] { return long{socket(AF_UNIX, SOCK_STREAM, 0)}; }},
        Denied{"SocketPair",
               [] {
                 int ends[2];
                 return long{socketpair(AF_UNIX, SOCK_STREAM, 0, ends)};
               }},
        Denied{"Execute", [] { return long{execve("/bin/true", kArguments, nullptr)}; }},
        Denied{"Fork", [] { return syscall(SYS_fork); }},
        Denied{"ForkOfTheLibrary", [] { return long{fork()}; }},
        Denied{"CloneOfAProcess", [] { return syscall(SYS_clone, 17, 0, 0, 0, 0); }},
        Denied{"KillParent", [] { return long{kill(getppid(), 0)}; }},
        Denied{"Ptrace", [] { return ptrace(PTRACE_ATTACH, 1, nullptr, nullptr); }},
        Denied{"ExecutableMemory",
               [] {
                 void* data = mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                 return data == MAP_FAILED ? -1L : 0L;
               }},
        Denied{"MakingMemoryExecutable",
               [] {
                 void* data = mmap(nullptr, 4096, PROT_READ | PROT_WRITE,
                                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
                 return long{mprotect(data, 4096, PROT_READ | PROT_EXEC)};
               }},
        Denied{"MemoryFile", [] { return syscall(SYS_memfd_create, "x", 0); }},
        Denied{"Truncate", [] { return long{ftruncate(0, 0)}; }},
        Denied{"OtherProcessMemory",
               [] { return syscall(SYS_process_vm_readv, getppid(), nullptr, 0, nullptr, 0, 0); }},
        Denied{"Namespace", [] { return long{unshare(CLONE_NEWUSER)}; }},
        Denied{"RaisingALimit", [] { return syscall(SYS_prlimit64, 0, 7, nullptr, nullptr); }},
        Denied{"IoUring", [] { return syscall(SYS_io_uring_setup, 8, nullptr); }},
        Denied{"Bpf", [] { return syscall(SYS_bpf, 0, nullptr, 0); }},
        Denied{"NoSuchCall", [] { return syscall(9999); }}),
    [](const auto& test) { return test.param.name; });

TEST(SandboxTest, ClonesWhoseFlagsCanNotBeSeenDoNotExist) {
  EXPECT_EQ(InSandbox([] { return syscall(SYS_clone3, nullptr, 0) == -1 ? errno : 100; }), ENOSYS);
}

TEST(SandboxTest, ThreadsAndMemoryStillWork) {
  EXPECT_EQ(InSandbox([] {
              int value = 0;
              std::thread([&value] { value = 42; }).join();
              void* data = std::malloc(32 << 20);
              if (data == nullptr) return 1;
              std::free(data);
              return value;
            }),
            42);
}

TEST(SandboxTest, MemoryOverTheLimitIsRefused) {
  if (!SandboxLimitsMemory()) GTEST_SKIP() << "a sanitizer takes terabytes of addresses";
  EXPECT_EQ(InSandbox([] {
              void* data = mmap(nullptr, 300 << 20, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
              return data == MAP_FAILED ? errno : 100;
            }),
            ENOMEM);
}

}  // namespace
}  // namespace jikimi::media
