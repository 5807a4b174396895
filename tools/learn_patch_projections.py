#!/usr/bin/env python3
"""Learns the planes of the patch words: writes src/fingerprint/patch_projections.cc.

  learn_patch_projections.py PAIRS [--out FILE]

PAIRS is what alignment_pairs wrote. Needs numpy. doc/patches.md says what is learned and why. The
result is the same for the same pairs; changing it changes every patch word.
"""

import argparse

import numpy as np

CELLS, BINS = 4, 8
SIZE = CELLS * CELLS * BINS
PLANES = 64
KEPT = 96  # directions of the whitened space that tell places apart
REGULAR = 0.2  # of the mean variance within a place, against directions that never vary
PAIRS = 90_000
CANDIDATES = 600  # tried for each plane


def form_orders():
    """For each form, where an entry of the histogram goes (IndexInForm in patch_descriptor.h)."""
    index = np.arange(SIZE)
    orders = []
    for form in range(4):
        row, column, direction = index // (CELLS * BINS), index // BINS % CELLS, index % BINS
        if form in (1, 3):
            row, direction = CELLS - 1 - row, (BINS - direction) % BINS
        if form in (2, 3):
            row, column = CELLS - 1 - row, CELLS - 1 - column
        orders.append((row * CELLS + column) * BINS + direction)
    return orders


ORDERS = form_orders()


def read_pairs(path, rng):
    """Histograms (pairs, 2, 128), the same number of each edit as far as there are enough."""
    raw = np.fromfile(path, np.uint8)
    raw = raw[: len(raw) // (4 + 4 * SIZE) * (4 + 4 * SIZE)].reshape(-1, 4 + 4 * SIZE)
    edit = raw[:, :4].copy().view("<i4")[:, 0]
    histograms = raw[:, 4:].copy().view("<i2").reshape(-1, 2, SIZE).astype(float)
    changed = (histograms[:, 0] != histograms[:, 1]).any(axis=1)  # else nothing is to be learned
    edit, histograms = edit[changed], histograms[changed]
    weight = 1 / np.bincount(edit)[edit]
    chosen = rng.choice(len(edit), min(PAIRS, len(edit)), replace=False, p=weight / weight.sum())
    return histograms[np.sort(chosen)]


def over_forms(covariance):
    return np.mean([covariance[np.ix_(order, order)] for order in ORDERS], axis=0)


def whitening(histograms, mean):
    """Rows that make the differences within a place round, then the spread of places round."""
    within = (histograms[:, 0] - histograms[:, 1]) / np.sqrt(2)
    within = over_forms(within.T @ within / len(within))
    within += REGULAR * np.trace(within) / SIZE * np.eye(SIZE)
    value, vector = np.linalg.eigh(within)
    white = vector @ np.diag(value**-0.5) @ vector.T
    centred = histograms.reshape(-1, SIZE) - mean
    value, vector = np.linalg.eigh(white @ over_forms(centred.T @ centred / len(centred)) @ white)
    value, vector = value[::-1][:KEPT], vector[:, ::-1][:, :KEPT]
    return np.diag(value**-0.5) @ vector.T @ white


def spread_planes(rows, rng):
    """Planes whose four forms are as far from each other and from all others as can be found."""
    inverse = np.linalg.pinv(rows)
    forms = [rows[:, order] @ inverse for order in ORDERS]
    planes, taken = [], np.zeros((0, KEPT))
    for _ in range(PLANES):
        tried = rng.normal(size=(CANDIDATES, KEPT))
        tried /= np.linalg.norm(tried, axis=1, keepdims=True)
        orbit = np.stack([tried @ form for form in forms], axis=1)
        own = np.einsum("nfd,ngd->nfg", orbit, orbit)
        own[:, range(4), range(4)] = 0
        cost = 4 * (own**4).sum(axis=(1, 2)) + ((orbit @ taken.T) ** 4).sum(axis=(1, 2))
        best = cost.argmin()
        planes.append(tried[best])
        taken = np.concatenate([taken, orbit[best]])
    return np.array(planes) @ rows


def write(path, weights, thresholds):
    with open(path, "w") as out:
        out.write('#include "fingerprint/patch_projections.h"\n\nnamespace jikimi::fingerprint {\n\n')
        out.write("// clang-format off\n")
        out.write("const std::array<std::array<std::int8_t, kHistogramSize>, kProjections> kProjectionWeights = {{\n")
        for row in weights:
            out.write("{" + ",".join(map(str, row)) + "},\n")
        out.write("}};\n\nconst std::array<std::int32_t, kProjections> kProjectionThresholds = {")
        out.write(", ".join(map(str, thresholds)) + "};\n// clang-format on\n\n")
        out.write("}  // namespace jikimi::fingerprint\n")


def main():
    parser = argparse.ArgumentParser(description="Learns the planes of the patch words.")
    parser.add_argument("pairs")
    parser.add_argument("--out", default="src/fingerprint/patch_projections.cc")
    parser.add_argument("--seed", type=int, default=3)
    chosen = parser.parse_args()
    rng = np.random.default_rng(chosen.seed)
    histograms = read_pairs(chosen.pairs, rng)
    mean = np.mean([histograms[:, :, order].mean(axis=(0, 1)) for order in ORDERS], axis=0)
    planes = spread_planes(whitening(histograms, mean), rng)
    scale = 127 / np.abs(planes).max() * 1.6  # a few of the largest weights are cut
    weights = np.clip(np.round(planes * scale), -127, 127).astype(int)
    write(chosen.out, weights, np.round(weights @ mean).astype(int))
    print(f"{len(histograms)} pairs, {np.mean(np.abs(planes * scale) > 127):.2%} of the weights cut")


if __name__ == "__main__":
    main()
