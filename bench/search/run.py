#!/usr/bin/env python3
"""Exact range search, ours against FAISS: the same words, the same queries, one core, one run.

    run.py --bench BUILD/bench/search/search_bench --photos FOLDER... --size 1000000

Words are PDQ hashes of random windows of the photographs (make_words.py; --words takes a file it
made before). When a size needs more words than that, the rest are copies with some 48 random bits
flipped, too far away to be neighbours of what they were copied from; the table says how many. Half
of the queries are registered words with 0 to 31 bits flipped, half are words of windows that are
not registered. FAISS is the faiss-cpu package: IndexBinaryFlat and IndexBinaryMultiHash(256, 16,
16) with nflip = 1, range search, one thread. Without the package its rows say "skipped".
"""
import argparse
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile
import time

# They would change which instructions FAISS's BLAS takes; the peer runs as its package comes.
for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(name, None)
os.environ["OMP_NUM_THREADS"] = "1"

import numpy

HERE = pathlib.Path(__file__).resolve().parent


def flipped(words, random):
    """Each bit flipped with a chance of 3/16: 48 bits, give or take 6."""
    a, b, c, d = (random.integers(0, 256, words.shape, dtype=numpy.uint8) for _ in range(4))
    return words ^ (a & b & (c | d))


def registered_and_queries(real, size, queries, random):
    held_out = real[:queries // 2]
    real = real[queries // 2:]
    parts = [real[:size]]
    missing = size - len(parts[0])
    while missing > 0:
        part = flipped(real[random.integers(0, len(real), min(missing, 1_000_000))], random)
        parts.append(part)
        missing -= len(part)
    registered = numpy.concatenate(parts)
    near = numpy.unpackbits(registered[random.integers(0, size, queries - len(held_out))], axis=1)
    for row in near:
        row[random.choice(256, random.integers(0, 32), replace=False)] ^= 1
    asked = numpy.concatenate([held_out, numpy.packbits(near, axis=1)])
    return registered, asked[random.permutation(len(asked))], len(registered) - len(parts[0])


def ours(bench, registered_file, queries_file, radius, folder):
    hits_file = os.path.join(folder, "hits")
    output = subprocess.run([bench, "index", registered_file, queries_file, str(radius), folder,
                             hits_file], check=True, capture_output=True, text=True).stdout
    figures = dict(line.split(" ", 1) for line in output.splitlines())
    hits = numpy.loadtxt(hits_file, dtype=numpy.int64, ndmin=2).reshape(-1, 3)
    return figures, {(q, i): d for q, i, d in hits.tolist()}


def peer(index, registered, asked, radius, seconds):
    """Queries a second one at a time, and the hits of those that were asked in the time given."""
    start = time.perf_counter()
    index.add(registered)
    build = time.perf_counter() - start
    hits = {}
    asked_count = 0
    start = time.perf_counter()
    for q in range(len(asked)):
        # FAISS finds what is nearer than its radius, we what is no further than ours.
        _, distances, ids = index.range_search(asked[q:q + 1], radius + 1)
        for i, d in zip(ids.tolist(), distances.tolist()):
            hits[(q, i)] = int(d)
        asked_count = q + 1
        if time.perf_counter() - start > seconds:
            break
    rate = asked_count / (time.perf_counter() - start)
    return rate, build, hits, asked_count


def measure(options):
    folder = options.prepared
    registered_file = os.path.join(folder, "registered")
    queries_file = os.path.join(folder, "queries")
    figures, hits = ours(options.bench, registered_file, queries_file, options.radius, folder)
    for name, value in figures.items():
        print(f"{name:42} {value}")

    try:
        import faiss
    except ImportError:
        print("FAISS skipped: there is no package faiss-cpu for this Python")
        return
    registered = numpy.fromfile(registered_file, dtype=numpy.uint8).reshape(-1, 32)
    asked = numpy.fromfile(queries_file, dtype=numpy.uint8).reshape(-1, 32)
    faiss.omp_set_num_threads(1)
    best = 0
    peers = [("IndexBinaryFlat", lambda: faiss.IndexBinaryFlat(256))]
    if not options.no_multihash:
        def multi_hash():
            index = faiss.IndexBinaryMultiHash(256, 16, 16)
            index.nflip = 1
            return index
        peers.append(("IndexBinaryMultiHash(256,16,16) nflip 1", multi_hash))
    for name, make in peers:
        rate, build, found, count = peer(make(), registered, asked, options.radius,
                                         options.seconds)
        same = found == {key: d for key, d in hits.items() if key[0] < count}
        print(f"FAISS {faiss.__version__} {name}: {rate:.0f} queries a second, build "
              f"{build:.1f} s, hits of {count} queries "
              f"{'the same' if same else f'differ: {len(found)} found'}")
        best = max(best, rate)
    single = float(figures["single_per_second"])
    print(f"ratio to the better one: {single / best:.1f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--bench", required=True, help="the program search_bench of the build")
    parser.add_argument("--photos", nargs="+", help="folders of photographs")
    parser.add_argument("--words", help="a file of make_words.py instead of --photos")
    parser.add_argument("--size", type=int, default=1_000_000)
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--radius", type=int, default=31)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=5, help="for each peer's queries")
    parser.add_argument("--folder", help="where the files go meanwhile: 180 bytes a word")
    parser.add_argument("--wrap", default="",
                        help="a command to run the measured part under, such as one that waits "
                             "until the machine is quiet")
    parser.add_argument("--no-multihash", action="store_true",
                        help="its build takes minutes and 10 GB at 10 million")
    parser.add_argument("--prepared", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.prepared is not None:
        measure(options)
        return

    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        words_file = options.words
        if words_file is None:
            if not options.photos:
                sys.exit("--photos or --words, please")
            words_file = os.path.join(folder, "real")
            subprocess.run([sys.executable, HERE / "make_words.py", "--out", words_file, "--seed",
                            str(options.seed), "--photos", *options.photos], check=True)
        real = numpy.fromfile(words_file, dtype=numpy.uint8).reshape(-1, 32)
        random = numpy.random.default_rng(options.seed)
        registered, asked, copies = registered_and_queries(real, options.size, options.queries,
                                                           random)
        registered_file = os.path.join(folder, "registered")
        queries_file = os.path.join(folder, "queries")
        registered.tofile(registered_file)
        asked.tofile(queries_file)
        print(f"words {len(registered)}, of them copies with flipped bits {copies}, "
              f"seed {options.seed}")

        prepared = ["--prepared", folder, "--bench", options.bench, "--radius",
                    str(options.radius), "--seconds", str(options.seconds)]
        if options.no_multihash:
            prepared.append("--no-multihash")
        sys.stdout.flush()
        subprocess.run([*shlex.split(options.wrap), sys.executable, __file__, *prepared],
                       check=True)


if __name__ == "__main__":
    main()
