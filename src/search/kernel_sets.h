#ifndef JIKIMI_SEARCH_KERNEL_SETS_H_
#define JIKIMI_SEARCH_KERNEL_SETS_H_

#include "search/kernels.h"

// One instruction set a file. Their functions carry target attributes instead of the files carrying
// compiler flags: with flags, an inline function of a header could be emitted with instructions
// that another machine lacks, and the linker might keep that copy for the whole program.
namespace jikimi::search::internal {

// Candidates lie anywhere in memory: this many are on their way while one is looked at.
inline constexpr std::size_t kWordsAhead = 12;

extern const Kernels kScalarKernels;
#if defined(__x86_64__)
extern const Kernels kAvx2Kernels;
extern const Kernels kAvx512Kernels;
#endif

}  // namespace jikimi::search::internal

#endif  // JIKIMI_SEARCH_KERNEL_SETS_H_
