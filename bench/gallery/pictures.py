#!/usr/bin/env python3
"""Photographs -> a folder of PPM files for gallery_bench.

usage: pictures.py OUT FOLDER...

Every picture below the folders that Pillow opens, at most 1,600 pixels on a side.
"""
import pathlib
import sys

from PIL import Image


def main(out, *folders):
    out = pathlib.Path(out)
    out.mkdir(parents=True, exist_ok=True)
    count = 0
    for folder in folders:
        for path in sorted(pathlib.Path(folder).rglob("*")):
            if path.suffix.lower() not in (".jpg", ".jpeg", ".png", ".webp"):
                continue
            try:
                with Image.open(path) as picture:
                    picture.draft("RGB", (1600, 1600))
                    picture = picture.convert("RGB")
            except OSError as error:
                print(f"{path}: {error}", file=sys.stderr)
                continue
            if min(picture.size) < 200:
                continue
            picture.thumbnail((1600, 1600))
            picture.save(out / f"{count:05}.ppm")
            count += 1
    print(f"{count} pictures")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
