#!/usr/bin/env python3
"""Photo files of twelve megapixels to PDQ: ours, decoding in the sandboxed worker included, against
Pillow and the pdqhash package, one core, in one run; and how far our word is from the full-size one.

    python3 bench/pdq/files.py BUILD_FOLDER PHOTOGRAPH...

Each photograph is brought to 4000x3000 and saved as JPEG at three qualities. Needs Pillow and numpy;
the peer is pdqhash (bench/peers/install makes a venv that has all three).
"""
import os
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
from PIL import Image

from run import processor

ROUNDS = 7
QUALITIES = (75, 90, 97)


def peer(pdqhash, path):
    times = []
    for _ in range(3):
        start = time.perf_counter()
        bits, quality = pdqhash.compute(np.asarray(Image.open(path).convert('RGB')))
        times.append((time.perf_counter() - start) * 1e3)
    return bits, quality, statistics.median(times)


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    import pdqhash
    binary = os.path.join(sys.argv[1], 'src', 'ingest', 'pdq_file')
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    print('CPU: %s, one core, 4000x3000 JPEG' % processor())
    print('%-28s %5s %9s %14s %7s %5s' % (
        'photograph, quality', 'MB', 'ours ms', 'Pillow+pdq ms', 'ratio', 'bits'))
    ratios, far = {'to 3 MB': [], '3 to 6 MB': []}, []
    with tempfile.TemporaryDirectory() as folder:
        for photograph in sys.argv[2:]:
            picture = Image.open(photograph).convert('RGB').resize((4000, 3000), Image.LANCZOS)
            for quality in QUALITIES:
                path = os.path.join(folder, 'photo.jpg')
                picture.save(path, quality=quality)
                size = os.path.getsize(path) / 1e6
                bits, quality_of_it, theirs = peer(pdqhash, path)
                word, _, ours = subprocess.run(
                    [binary, str(ROUNDS), path], check=True, capture_output=True,
                    text=True).stdout.split()
                mine = np.unpackbits(np.frombuffer(bytes.fromhex(word), dtype=np.uint8))
                distance = int((mine != bits).sum())
                if quality_of_it >= 80:
                    far.append(distance)
                if size <= 6:
                    ratios['to 3 MB' if size <= 3 else '3 to 6 MB'].append(theirs / float(ours))
                print('%-28s %5.1f %9.1f %14.1f %6.1fx %5d' % (
                    '%s, %d' % (os.path.basename(photograph)[:22], quality), size, float(ours),
                    theirs, theirs / float(ours), distance))
    for name, values in ratios.items():
        if values:
            print('%s: %d files, ratio median %.1fx, least %.1fx' % (
                name, len(values), statistics.median(values), min(values)))
    if far:
        print('bits from the full-size word where quality >= 80: median %g, most %d of %d files' % (
            statistics.median(far), max(far), len(far)))


if __name__ == '__main__':
    main()
