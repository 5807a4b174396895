// The browser's build gives the same fingerprints as the native one, and the published PDQ words.
//   node browser_test.mjs fingerprint.wasm FOLDER_OF_CASES SOURCE_FOLDER
import assert from "node:assert";
import fs from "node:fs";
import path from "node:path";
import zlib from "node:zlib";
import { load } from "./module.mjs";

const [wasmPath, casesFolder, sourceFolder] = process.argv.slice(2);
const module = await load(fs.readFileSync(wasmPath));

const kHeader = 28, kWords = kHeader + 12, kWordBytes = 32;

function wordOf(form, index) {
  const at = kWords + index * kWordBytes;
  return Buffer.from(form.subarray(at, at + kWordBytes)).reverse().toString("hex");
}

function compareWithNative() {
  const files = fs.readdirSync(casesFolder).filter((name) => name.endsWith(".case"));
  assert(files.length >= 20, `only ${files.length} cases in ${casesFolder}`);
  let patches = 0;
  for (const name of files) {
    const bytes = fs.readFileSync(path.join(casesFolder, name));
    const [width, height, channels, fullWidth, fullHeight, maxPatches, size] =
      [0, 1, 2, 3, 4, 5, 6].map((i) => bytes.readUInt32LE(4 * i));
    const count = width * height * channels;
    const pixels = bytes.subarray(28, 28 + count);
    const native = bytes.subarray(28 + count);
    assert.strictEqual(native.length, size, name);
    const form = module.fingerprint(
      { pixels, width, height, channels, fullWidth, fullHeight, maxPatches });
    assert.strictEqual(
      Buffer.compare(Buffer.from(form), native), 0, `${name}: differs from the native build`);
    patches += Buffer.from(form).readUInt16LE(kHeader + 10);
  }
  assert(patches > 500, `only ${patches} patches in all cases`);
  console.log(`${files.length} pictures, ${patches} patches: as the native build`);
}

// An 8-bit PNG without interlacing as RGB.
function readPng(file) {
  const bytes = fs.readFileSync(file);
  const width = bytes.readUInt32BE(16), height = bytes.readUInt32BE(20);
  const channels = { 0: 1, 2: 3 }[bytes[25]];
  assert(bytes[24] === 8 && channels !== undefined && bytes[28] === 0, `${file}: not such a PNG`);
  const parts = [];
  for (let at = 8; at < bytes.length;) {
    const length = bytes.readUInt32BE(at);
    if (bytes.toString("latin1", at + 4, at + 8) === "IDAT") {
      parts.push(bytes.subarray(at + 8, at + 8 + length));
    }
    at += 12 + length;
  }
  const raw = zlib.inflateSync(Buffer.concat(parts));
  const stride = width * channels;
  const pixels = new Uint8Array(stride * height);
  for (let y = 0; y < height; ++y) {
    const filter = raw[y * (stride + 1)];
    for (let i = 0; i < stride; ++i) {
      const left = i >= channels ? pixels[y * stride + i - channels] : 0;
      const up = y > 0 ? pixels[(y - 1) * stride + i] : 0;
      const corner = i >= channels && y > 0 ? pixels[(y - 1) * stride + i - channels] : 0;
      let guess = 0;
      if (filter === 1) guess = left;
      if (filter === 2) guess = up;
      if (filter === 3) guess = (left + up) >> 1;
      if (filter === 4) {
        const p = left + up - corner;
        const [a, b, c] = [left, up, corner].map((value) => Math.abs(p - value));
        guess = a <= b && a <= c ? left : b <= c ? up : corner;
      }
      pixels[y * stride + i] = (raw[y * (stride + 1) + 1 + i] + guess) & 255;
    }
  }
  return { pixels, width, height, channels };
}

function compareWithReference() {
  const folder = process.env.JIKIMI_DATA ?? path.join(sourceFolder, "..", "shared", "data");
  const table = path.join(folder, "pdq", "expected.csv");
  if (!fs.existsSync(table)) {
    console.log("no data folder: the published words were compared in the native build alone");
    return;
  }
  const rows = fs.readFileSync(table, "utf8").trim().split("\n").slice(1);
  for (const row of rows) {
    const [file, , , quality, ...words] = row.split(",");
    const form = module.fingerprint(readPng(path.join(folder, "pdq", file)));
    assert.strictEqual(form[kHeader + 8], Number(quality), file);
    // Of a flat picture the word is rounding noise.
    if (file.startsWith("flat-")) continue;
    words.forEach((word, i) => assert.strictEqual(wordOf(form, i), word, `${file}, form ${i}`));
  }
  console.log(`${rows.length} published pictures: equal`);
}

function refuseNonsense() {
  const pixels = new Uint8Array(12);
  assert.throws(() => module.fingerprint({ pixels, width: 2, height: 2, channels: 4 }), RangeError);
  assert.throws(() => module.fingerprint({ pixels, width: 6, height: 1, channels: 2 }), RangeError);
  assert.throws(() => module.fingerprint(
    { pixels, width: 2, height: 2, channels: 3, fullWidth: 1, fullHeight: 2 }), RangeError);
  assert.throws(() => module.fingerprint(
    { pixels: new Uint8Array(0), width: 0, height: 0, channels: 3 }), RangeError);
}

compareWithNative();
compareWithReference();
refuseNonsense();
