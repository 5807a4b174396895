#ifndef JIKIMI_MEDIA_WORKER_H_
#define JIKIMI_MEDIA_WORKER_H_

#include <string_view>

namespace jikimi::media {

// The argument with which a DecoderPool starts this program again.
inline constexpr std::string_view kWorkerArgument = "--jikimi-media-worker";

// The first thing in main() of every program that makes a DecoderPool (tests too). A pool runs
// /proc/self/exe with kWorkerArgument: then this does a worker's duty and exits, and otherwise it
// returns at once.
//
// That process starts the decoding libraries once, while it has one thread and knows no untrusted
// byte, and then forks a worker whenever the pool asks: a new worker costs about a millisecond.
// Workers enter the sandbox (sandbox.h) before they read anything. All of them end with the pool's
// process, however that ends.
void WorkerMainIfAsked(int argc, char* const argv[]);

}  // namespace jikimi::media

#endif  // JIKIMI_MEDIA_WORKER_H_
