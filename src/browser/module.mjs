// Loads the fingerprint module, in a browser or in Node.
//
//   const module = await load(bytes);             // of fingerprint.wasm
//   const form = module.fingerprint({pixels, width, height, channels: 4});
//
// The form is doc/fingerprint.md's binary one. Throws on arguments that make no sense.

// The module prints nothing and opens nothing; what its C library asks for all the same is answered
// with "bad descriptor".
const kBadDescriptor = 8;
const wasi = {
  fd_close: () => kBadDescriptor,
  fd_seek: () => kBadDescriptor,
  fd_write: () => kBadDescriptor,
};

export async function load(bytes) {
  const { instance } = await WebAssembly.instantiate(bytes, { wasi_snapshot_preview1: wasi });
  const wasm = instance.exports;
  wasm._initialize();

  function fingerprint({
    pixels, width, height, channels, fullWidth = 0, fullHeight = 0, maxPatches = 0,
  }) {
    if (pixels.length !== width * height * channels) {
      throw new RangeError(`${pixels.length} bytes are not ${width} x ${height} x ${channels}`);
    }
    const input = wasm.jikimi_alloc(pixels.length + 4);
    if (input === 0) throw new RangeError("the picture does not fit into memory");
    try {
      // A call may grow the memory, which detaches views of it: each is made anew.
      new Uint8Array(wasm.memory.buffer, input + 4, pixels.length).set(pixels);
      const form = wasm.jikimi_fingerprint(
        input + 4, width, height, channels, fullWidth, fullHeight, maxPatches, input);
      if (form === 0) throw new RangeError("not a picture that can be fingerprinted");
      const size = new DataView(wasm.memory.buffer).getUint32(input, true);
      const result = new Uint8Array(wasm.memory.buffer, form, size).slice();
      wasm.jikimi_free(form);
      return result;
    } finally {
      wasm.jikimi_free(input);
    }
  }
  return { fingerprint };
}
