#ifndef JIKIMI_BROWSER_FINGERPRINT_ABI_H_
#define JIKIMI_BROWSER_FINGERPRINT_ABI_H_

#include <cstddef>
#include <cstdint>

// What the browser calls: the fingerprint room behind plain numbers and pointers. The module has no
// state beyond its memory, asks for no imports but WASI's, and never sees a file or a network.
// One call at a time: a page runs it in a worker.
extern "C" {

// Memory for pixels, and for what jikimi_fingerprint() returns, to be given back. No memory: null.
void* jikimi_alloc(std::size_t bytes);
void jikimi_free(void* memory);

// The fingerprint of a photo in the binary form (doc/fingerprint.md); its size goes to *size. Free
// it with jikimi_free(). Null, with *size 0, when an argument makes no sense or memory runs out.
//
// pixels: rows top to bottom without padding, 1 (grey), 3 (RGB) or 4 (RGBA, not premultiplied, as
// a canvas gives it) bytes each, laid on white as the server does. full_width and full_height: the
// size before the picture was shrunk by averaging blocks; 0: it wasn't. max_patches: 0 leaves the
// patches out, which is the form that may leave the centre.
std::uint8_t* jikimi_fingerprint(const std::uint8_t* pixels, std::int32_t width,
                                 std::int32_t height, std::int32_t channels,
                                 std::int32_t full_width, std::int32_t full_height,
                                 std::int32_t max_patches, std::uint32_t* size);

}  // extern "C"

#endif  // JIKIMI_BROWSER_FINGERPRINT_ABI_H_
