#ifndef JIKIMI_BASE_VECTOR_CLONES_H_
#define JIKIMI_BASE_VECTOR_CLONES_H_

// JIKIMI_VECTOR_CLONES before a function compiles it once a vector width and chooses when the
// program starts; JIKIMI_POPCOUNT_CLONES does so for functions that count bits. Floating-point
// arithmetic stays the same lane by lane (no fused operations), so the results do too. Empty where
// the choice can't be made: other processors, wasm, and sanitizers, whose runtime isn't up yet when
// it is made.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define JIKIMI_NO_CLONES 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define JIKIMI_NO_CLONES 1
#endif

#if defined(__x86_64__) && defined(__linux__) && !defined(JIKIMI_NO_CLONES)
#define JIKIMI_VECTOR_CLONES __attribute__((target_clones("avx2", "default")))
#define JIKIMI_POPCOUNT_CLONES \
  __attribute__((target_clones("arch=icelake-server", "popcnt", "default")))
#else
#define JIKIMI_VECTOR_CLONES
#define JIKIMI_POPCOUNT_CLONES
#endif

#endif  // JIKIMI_BASE_VECTOR_CLONES_H_
