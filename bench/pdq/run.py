#!/usr/bin/env python3
"""PDQ from pixels in memory, ours against the pdqhash package, one core, in one run.

    python3 bench/pdq/run.py BUILD_FOLDER

Needs numpy; the peer is pdqhash from PyPI (bench/peers/install makes a venv that has both). The peer
is timed around its call alone; rounds of both alternate. Pictures: bench/pdq/pictures.py.
"""
import os
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np

import pictures

SIZES = [(481, 321), (512, 512), (1024, 768)]
ROUNDS, CALLS = 5, 40


def processor():
    with open('/proc/cpuinfo') as lines:
        for line in lines:
            if line.startswith('model name'):
                return line.split(':', 1)[1].strip()
    return 'unknown'


def write_pixmap(path, pixels):
    with open(path, 'wb') as out:
        out.write(b'P6\n%d %d\n255\n' % (pixels.shape[1], pixels.shape[0]))
        out.write(pixels.tobytes())


def peer_milliseconds(pdqhash, pixels):
    times = []
    for _ in range(CALLS):
        start = time.perf_counter()
        pdqhash.compute(pixels)
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times)


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    binary = os.path.join(sys.argv[1], 'src', 'fingerprint', 'pdq_speed')
    if not os.path.exists(binary):
        sys.exit('%s is not there: build the target pdq_speed first' % binary)
    if hasattr(os, 'sched_setaffinity'):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    try:
        import pdqhash
    except ImportError:
        pdqhash = None
    print('CPU: %s, one core' % processor())
    print('%-10s %-6s %10s %12s %12s %8s  %s' % (
        'size', 'kernel', 'ours ms', 'all 8 ms', 'pdqhash ms', 'ratio', 'words'))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'picture.ppm')
        for width, height in SIZES:
            pixels = np.ascontiguousarray(pictures.picture(width, height, 3, 1))
            write_pixmap(path, pixels)
            ours, eight, theirs = [], [], []
            for _ in range(ROUNDS):
                kernel, word, one, all_eight = subprocess.run(
                    [binary, path, str(10 * CALLS)], check=True, capture_output=True,
                    text=True).stdout.split()
                ours.append(float(one))
                eight.append(float(all_eight))
                if pdqhash:
                    theirs.append(peer_milliseconds(pdqhash, pixels))
            row = '%-10s %-6s %10.3f %12.3f' % (
                '%dx%d' % (width, height), kernel, statistics.median(ours),
                statistics.median(eight))
            if pdqhash:
                bits, _ = pdqhash.compute(pixels)
                row += ' %12.3f %7.1fx  %s' % (
                    statistics.median(theirs), statistics.median(theirs) / statistics.median(ours),
                    'equal' if pictures.digits(bits) == word else 'DIFFER')
            else:
                row += ' %12s %8s  %s' % ('skipped', '', 'pdqhash is not installed')
            print(row)


if __name__ == '__main__':
    main()
