#!/usr/bin/env python3
"""Words with the distribution of real pictures: PDQ of random windows of photographs.

    make_words.py --photos FOLDER... --seconds 120 --seed 1 --out words.u8

Each window (a random place, 64 pixels to the whole picture a side, aspect up to 2:1) gives its
eight turned and mirrored words. Windows of low quality are kept: real folders have them too.
Writes 32 bytes a word, and prints how many. Needs numpy, opencv and pdqhash.
"""
import argparse
import pathlib
import sys
import time

import cv2
import numpy
import pdqhash

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}
LONGEST_SIDE = 1024  # larger photographs are shrunk first, so that a window costs about the same


def photographs(folders):
    paths = sorted(p for folder in folders for p in pathlib.Path(folder).rglob("*")
                   if p.suffix.lower() in SUFFIXES)
    for path in paths:
        pixels = cv2.imread(str(path))
        if pixels is None or min(pixels.shape[:2]) < 64:
            continue
        scale = LONGEST_SIDE / max(pixels.shape[:2])
        if scale < 1:
            pixels = cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        yield cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)


def random_window(pixels, random):
    height, width = pixels.shape[:2]
    side = int(numpy.exp(random.uniform(numpy.log(64), numpy.log(min(height, width)))))
    aspect = 2 ** random.uniform(-1, 1)
    w = min(width, max(64, int(side * aspect ** 0.5)))
    h = min(height, max(64, int(side / aspect ** 0.5)))
    x = random.integers(0, width - w + 1)
    y = random.integers(0, height - h + 1)
    return numpy.ascontiguousarray(pixels[y:y + h, x:x + w])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--photos", nargs="+", required=True)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--count", type=int, default=10**9, help="stop after this many words")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", required=True)
    options = parser.parse_args()

    pictures = list(photographs(options.photos))
    if not pictures:
        sys.exit("no photographs in " + " ".join(options.photos))
    random = numpy.random.default_rng(options.seed)
    words = []
    end = time.time() + options.seconds
    while time.time() < end and len(words) < options.count:
        window = random_window(pictures[random.integers(len(pictures))], random)
        hashes, _ = pdqhash.compute_dihedral(window)
        words += [numpy.packbits(bits, bitorder="little") for bits in hashes]
    words = numpy.array(words, dtype=numpy.uint8)
    words.tofile(options.out)
    print(f"{len(words)} words of {len(pictures)} photographs, seed {options.seed}: {options.out}")


if __name__ == "__main__":
    main()
