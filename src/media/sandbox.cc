#include "media/sandbox.h"

#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <type_traits>

#include "base/file.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define JIKIMI_UNDER_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define JIKIMI_UNDER_SANITIZER 1
#endif
#endif

namespace jikimi::media {
namespace {

struct ReleaseFilter {
  void operator()(void* filter) const { seccomp_release(filter); }
};
using Filter = std::unique_ptr<std::remove_pointer_t<scmp_filter_ctx>, ReleaseFilter>;

constexpr int kAllowed[] = {
    SCMP_SYS(read),
    SCMP_SYS(write),
    SCMP_SYS(recvmsg),
    SCMP_SYS(sendmsg),
    SCMP_SYS(close),
    SCMP_SYS(fstat),
    SCMP_SYS(lseek),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(brk),
    SCMP_SYS(futex),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(rseq),
    SCMP_SYS(gettid),
    SCMP_SYS(getpid),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_getres),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(getrandom),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(getrusage),
    SCMP_SYS(sysinfo),
};

Error SandboxError(const std::string& what, int error_number) {
  return Error{
      ErrorCode::kInternal,
      "sandbox: " + what + ": " + std::strerror(error_number < 0 ? -error_number : error_number)};
}

bool AddRules(scmp_filter_ctx filter) {
  bool ok = true;
  const auto allow = [&](int call) {
    ok = ok && seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 0, nullptr) == 0;
  };
  const auto allow_if = [&](int call, const scmp_arg_cmp& argument) {
    ok = ok && seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &argument) == 0;
  };
  for (const int call : kAllowed) allow(call);
  const scmp_arg_cmp no_code = {2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0};
  allow_if(SCMP_SYS(mmap), no_code);
  allow_if(SCMP_SYS(mprotect), no_code);
  constexpr scmp_datum_t kThread = CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD;
  allow_if(SCMP_SYS(clone), {0, SCMP_CMP_MASKED_EQ, kThread, kThread});
  // abort() and thread names; nothing can be sent to another process.
  allow_if(SCMP_SYS(tgkill), {0, SCMP_CMP_EQ, static_cast<scmp_datum_t>(getpid()), 0});
  allow_if(SCMP_SYS(prctl), {0, SCMP_CMP_EQ, PR_SET_NAME, 0});
  ok = ok &&
       seccomp_rule_add_array(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0, nullptr) == 0;
  return ok;
}

Result<void> Limit(__rlimit_resource resource, std::int64_t value, const char* name) {
  const rlimit limit = {static_cast<rlim_t>(value), static_cast<rlim_t>(value)};
  if (setrlimit(resource, &limit) != 0) return SandboxError(std::string("limit ") + name, errno);
  return {};
}

struct MemoryInUse {
  std::int64_t addresses = 0, own = 0;  // bytes
};

Result<MemoryInUse> ReadMemoryInUse() {
  const auto text = TRY(ReadFile("/proc/self/statm", 4096));
  const std::string statm(reinterpret_cast<const char*>(text.data()), text.size());
  long long total = 0, resident = 0, shared = 0, code = 0, libraries = 0, own = 0;
  if (std::sscanf(statm.c_str(), "%lld %lld %lld %lld %lld %lld", &total, &resident, &shared, &code,
                  &libraries, &own) != 6) {
    return Error{ErrorCode::kInternal, "sandbox: /proc/self/statm reads " + statm};
  }
  const std::int64_t page = sysconf(_SC_PAGESIZE);
  return MemoryInUse{total * page, own * page};
}

}  // namespace

bool SandboxLimitsMemory() {
#ifdef JIKIMI_UNDER_SANITIZER
  return false;
#else
  return true;
#endif
}

Result<void> EnterSandbox(const SandboxLimits& limits) {
  if (SandboxLimitsMemory()) {
    const MemoryInUse used = TRY(ReadMemoryInUse());
    TRY(Limit(RLIMIT_DATA, used.own + limits.memory_bytes, "its own memory"));
    TRY(Limit(RLIMIT_AS, used.addresses + limits.memory_bytes + limits.mapped_bytes, "addresses"));
  }
  TRY(Limit(RLIMIT_CPU, limits.cpu_seconds, "CPU time"));
  TRY(Limit(RLIMIT_CORE, 0, "core dumps"));
  TRY(Limit(RLIMIT_FSIZE, 0, "file size"));
  TRY(Limit(RLIMIT_NOFILE, 16, "descriptors"));
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return SandboxError("give up privileges", errno);
  }
  const Filter filter(seccomp_init(SCMP_ACT_ERRNO(EPERM)));
  if (filter == nullptr || !AddRules(filter.get())) return SandboxError("make a filter", ENOMEM);
  if (const int failed = seccomp_load(filter.get()); failed != 0) {
    return SandboxError("load the filter", failed);
  }
  return {};
}

}  // namespace jikimi::media
