"""The programs that ours is measured beside: PDQ, OpenCV's img_hash, ORB with geometry.

Each takes a run's folder and gives the (query file, item file) pairs that it calls the same, what
rule it went by, and how many pairs it really looked at.
"""

import os
import time

import numpy as np

import material
import stopping


def related(query):
    """The photographs that are to be seen in a query."""
    return {query["source"], *filter(None, query["others"].split(";"))}


def unrelated_mask(query, sources):
    """For each item's source, whether nothing of it is in the query."""
    return ~np.isin(sources, list(related(query)))


PIECE = 500  # pictures


def in_pieces(work, name, what, compute):
    """Joins what compute gives for each piece of the pictures: arrays by name.

    Finished pieces are kept in the work folder, so a run that was stopped goes on from there. The
    array "cpu" is the CPU seconds that each piece took, decoding included.
    """
    from PIL import Image

    def picture(row):
        with Image.open(os.path.join(work, what, row["file"])) as opened:
            return np.asarray(opened.convert("RGB"))

    rows = material.read(work, what)
    os.makedirs(os.path.join(work, "pieces"), exist_ok=True)
    pieces = []
    for start in range(0, len(rows), PIECE):
        kept = os.path.join(work, "pieces", f"{name}-{what}-{start:06d}.npz")
        if not os.path.exists(kept):
            stopping.stop_if_due()
            before = time.process_time()
            arrays = compute((row, picture(row)) for row in rows[start : start + PIECE])
            arrays["cpu"] = np.array([time.process_time() - before])
            np.savez(kept + ".part.npz", **arrays)
            os.replace(kept + ".part.npz", kept)
        pieces.append(dict(np.load(kept)))
    return {key: np.concatenate([piece[key] for piece in pieces]) for key in pieces[0]}


def bit_distances(queries, items):
    """Rows of Hamming distances, one row for each query."""
    queries, items = _as_words(queries), _as_words(items)
    for query in queries:
        yield np.bitwise_count(items ^ query).sum(axis=1, dtype=np.float32)


def _as_words(rows):
    rows = np.ascontiguousarray(rows)
    pad = -rows.shape[1] % 8
    return np.pad(rows, ((0, 0), (0, pad))).view(np.uint64)


def moment_distances(queries, items):
    for query in queries:
        yield np.sqrt(((items - query) ** 2).sum(axis=1))


def matches_by_hash(work, queries, items, distances, radius=None):
    """Pairs within radius; without one, within the largest at which no ordinary pair is false."""
    query_rows, item_rows = material.read(work, "queries"), material.read(work, "gallery")
    sources = np.array([row["source"] for row in item_rows])
    ordinary = np.array([row["kind"] not in material.SHARED for row in item_rows])
    if radius is None:
        nearest = np.inf
        for row, found in zip(query_rows, distances(queries, items)):
            strange = found[unrelated_mask(row, sources) & ordinary]
            nearest = min(nearest, float(strange.min(initial=np.inf)))
        radius = np.nextafter(nearest, 0)
    pairs = []
    for row, found in zip(query_rows, distances(queries, items)):
        pairs += [(row["file"], item_rows[place]["file"]) for place in np.flatnonzero(found <= radius)]
    return pairs, float(radius)


def pdq(work):
    import pdqhash

    def hashes(pictures):
        return {"pdq": np.array([np.packbits(pdqhash.compute(picture)[0]) for _, picture in pictures], np.uint8)}

    queries, items = (in_pieces(work, "pdq", what, hashes) for what in ("queries", "gallery"))
    before = time.process_time()
    pairs, _ = matches_by_hash(work, queries["pdq"], items["pdq"], bit_distances, 31)
    cpu = queries["cpu"].sum() + items["cpu"].sum() + time.process_time() - before
    return {"name": "PDQ@31", "rule": "pdqhash, distance <= 31 as recommended", "pairs": pairs, "cpu_seconds": cpu}


def img_hash(work):
    import cv2

    makers = {
        "pHash": (cv2.img_hash.PHash_create(), bit_distances),
        "averageHash": (cv2.img_hash.AverageHash_create(), bit_distances),
        "blockMeanHash": (cv2.img_hash.BlockMeanHash_create(0), bit_distances),
        "blockMeanHash mode 1": (cv2.img_hash.BlockMeanHash_create(1), bit_distances),
        "marrHildrethHash": (cv2.img_hash.MarrHildrethHash_create(), bit_distances),
        "colorMomentHash": (cv2.img_hash.ColorMomentHash_create(), moment_distances),
    }

    def hashes(pictures):
        kept = {name: [] for name in makers}
        for _, picture in pictures:
            for name, (maker, _) in makers.items():
                kept[name].append(maker.compute(np.ascontiguousarray(picture[..., ::-1]))[0])
        return {name: np.array(rows) for name, rows in kept.items()}

    queries, items = (in_pieces(work, "img_hash", what, hashes) for what in ("queries", "gallery"))
    cpu = queries["cpu"].sum() + items["cpu"].sum()
    best, notes = None, []
    for name, (_, distances) in makers.items():
        pairs, radius = matches_by_hash(work, queries[name], items[name], distances)
        found = len(true_finds(work, pairs))
        notes.append(f"{name} {found} at <= {radius:.4g}")
        if best is None or found > best[0]:
            best = (found, name, radius, pairs)
    found, name, radius, pairs = best
    rule = f"{name}, the best of these, each at its largest distance without a false verdict over this run's ordinary pairs: {'; '.join(notes)}"
    return {"name": f"img_hash ({name})", "rule": rule, "pairs": pairs, "cpu_seconds": cpu}


def true_finds(work, pairs):
    """The queries among pairs that met the registered photograph they were made of."""
    item_source = {row["file"]: row["source"] for row in material.read(work, "gallery") if row["kind"] == "known"}
    query_source = {row["file"]: row["source"] for row in material.read(work, "queries")}
    return {query for query, item in pairs if item_source.get(item) == query_source[query]}


ORB_FEATURES = 1500
ORB_STRANGE_A_QUERY = 1


def orb(work):
    """ORB has no index: each query meets its own item and a random unrelated one, both ways round."""
    import cv2

    detector = cv2.ORB_create(ORB_FEATURES)
    matcher = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True)

    def features(picture):
        points, words = detector.detectAndCompute(picture, None)
        return np.float32([point.pt for point in points]).reshape(-1, 2), words

    def inliers(asked, item):
        """Matches one to one in words and in place that agree on one similarity of sound scale."""
        if asked[1] is None or item[1] is None or len(asked[0]) < 2 or len(item[0]) < 2:
            return 0
        matches = matcher.match(asked[1], item[1])
        if len(matches) < 4:
            return 0
        here = asked[0][[match.queryIdx for match in matches]]
        there = item[0][[match.trainIdx for match in matches]]
        cv2.setRNGSeed(1)
        similarity, kept = cv2.estimateAffinePartial2D(here, there, ransacReprojThreshold=5.0, maxIters=2000)
        if similarity is None or not 0.1 <= np.hypot(similarity[0, 0], similarity[1, 0]) <= 10:
            return 0
        kept = kept.ravel().astype(bool)
        return min(len(np.unique(np.round(side[kept] / 3), axis=0)) for side in (here, there))

    item_rows = material.read(work, "gallery")
    ordinary = [row for row in item_rows if row["kind"] not in material.SHARED]
    of_source = {row["source"]: row["file"] for row in item_rows if row["kind"] == "known"}
    held = {}

    def item_features(file):
        if file not in held:
            held[file] = features(cv2.imread(os.path.join(work, "gallery", file), cv2.IMREAD_GRAYSCALE))
        return held[file]

    def asked(pictures):
        pairs = []
        for row, picture in pictures:
            rng = np.random.default_rng([3, *row["file"].encode()])
            shown = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
            ways = [features(shown), features(np.ascontiguousarray(shown[:, ::-1]))]
            seen_here = related(row)
            targets = [of_source[row["source"]]] if row["source"] in of_source else []
            alike = [other["file"] for other in item_rows if other["kind"] == row["edit"]]
            targets += rng.choice(alike, min(len(alike), ORB_STRANGE_A_QUERY), replace=False).tolist()
            strangers = [other["file"] for other in ordinary if other["source"] not in seen_here]
            targets += rng.choice(strangers, ORB_STRANGE_A_QUERY, replace=False).tolist()
            pairs += [(row["file"], target, max(inliers(way, item_features(target)) for way in ways)) for target in targets]
        queries, targets, scores = zip(*pairs)
        return {"query": np.array(queries), "target": np.array(targets), "score": np.array(scores)}

    met = in_pieces(work, "orb", "queries", asked)
    rows = {row["file"]: row for row in material.read(work, "queries")}
    scores = [(rows[query], str(target), int(score)) for query, target, score in zip(met["query"], met["target"], met["score"])]
    source = {row["file"]: row["source"] for row in item_rows}
    usual = {row["file"] for row in ordinary}
    strange = [(target, score) for row, target, score in scores if source[target] not in related(row)]
    bar = 1 + max((score for target, score in strange if target in usual), default=0)
    pairs = [(row["file"], target) for row, target, score in scores if score >= bar]
    plain = sum(target in usual for target, _ in strange)
    rule = f"{ORB_FEATURES} points, one-to-one matches, similarity by RANSAC, both ways round, >= {bar} inliers: the least without a false one in {plain} ordinary unrelated pairs; no index, so each query meets its own item and {ORB_STRANGE_A_QUERY} unrelated, and {ORB_STRANGE_A_QUERY} with its shared feature"
    return {"name": f"ORB {ORB_FEATURES}", "rule": rule, "pairs": pairs, "looked_at": len(strange), "cpu_seconds": met["cpu"].sum()}


PEERS = {"pdq": pdq, "img_hash": img_hash, "orb": orb}
NEEDS = {"pdq": "pdqhash", "img_hash": "cv2", "orb": "cv2"}
