#!/usr/bin/env python3
"""How far the word of a picture that was shrunk while decoding is from its word at full size.

    python3 bench/pdq/shrunk.py BUILD_FOLDER PHOTOGRAPHS_FOLDER...

Each photograph of at least 2,500 pixels on a side (JPEG, PNG, WebP; folders are searched through) is
shrunk by averaging blocks of whole pixels to a longer side of at least 384, 512, 768 and 1,024.
Needs Pillow. Only pictures of quality 80 or more count.
"""
import os
import statistics
import subprocess
import sys
import tempfile

from PIL import Image

SIDES = (384, 512, 768, 1024)
LEAST_SIDE, LEAST_QUALITY, MOST_PICTURES = 2500, 80, 60
SUFFIXES = ('.jpg', '.jpeg', '.png', '.webp')


def photographs(folders):
    for folder in folders:
        for parent, _, names in sorted(os.walk(folder)):
            for name in sorted(names):
                path = os.path.join(parent, name)
                if name.lower().endswith(SUFFIXES) and not os.path.islink(path):
                    yield path


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    Image.MAX_IMAGE_PIXELS = None
    binary = os.path.join(sys.argv[1], 'src', 'fingerprint', 'pdq_shrunk')
    known = {side: [] for side in SIDES}
    unknown = {side: [] for side in SIDES}
    count = 0
    with tempfile.TemporaryDirectory() as folder:
        for path in photographs(sys.argv[2:]):
            try:
                picture = Image.open(path).convert('RGB')
            except OSError:
                continue
            if max(picture.size) < LEAST_SIDE:
                continue
            files = [os.path.join(folder, 'full.ppm')]
            picture.save(files[0])
            for side in SIDES:
                files.append(os.path.join(folder, '%d.ppm' % side))
                picture.reduce(max(1, max(picture.size) // side)).save(files[-1])
            numbers = [int(number) for number in subprocess.run(
                [binary] + files, check=True, capture_output=True, text=True).stdout.split()]
            if numbers[0] < LEAST_QUALITY:
                continue
            for i, side in enumerate(SIDES):
                known[side].append(numbers[1 + 2 * i])
                unknown[side].append(numbers[2 + 2 * i])
            count += 1
            if count == MOST_PICTURES:
                break
    if count == 0:
        sys.exit('no photograph of %d pixels on a side and quality %d' % (LEAST_SIDE, LEAST_QUALITY))
    print('%d photographs; bits from the full-size word: median, most' % count)
    print('%-12s %-22s %s' % ('longer side', 'full size known', 'full size not known'))
    for side in SIDES:
        cells = ['%g, %d' % (statistics.median(bits[side]), max(bits[side]))
                 for bits in (known, unknown)]
        print('>= %-9d %-22s %s' % (side, cells[0], cells[1]))


if __name__ == '__main__':
    main()
