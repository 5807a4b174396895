"""How many altered copies are found, per edit, by jikimi and by what it is measured beside.

Registers photographs among thousands of windows of other photographs, asks for each photograph's
altered copies, and counts what was found and what was called a match falsely. See bench/README.md.
"""

import argparse
import collections
import importlib.util
import json
import os
import shutil
import sys
import time

import numpy as np

import material
import ours
import peers
import stopping
from edits import EDITS, bound



def processor():
    with open("/proc/cpuinfo") as described:
        for line in described:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return "unknown processor"


def relatives(path):
    """Sets of photographs of one scene, from lines of names; a match between them is not false."""
    groups = {}
    if path:
        with open(path) as lines:
            for line in lines:
                names = set(line.split())
                for name in names:
                    groups.setdefault(name, set()).update(names)
    return groups


class Tally:
    """What the pairs that a program gave come to."""

    def __init__(self, result, items, queries, groups):
        source = {row["file"]: row["source"] for row in items}
        kind = {row["file"]: row["kind"] for row in items}
        asked = {row["file"]: row for row in queries}
        self.name, self.rule, self.cpu = result["name"], result["rule"], result["cpu_seconds"]
        self.found, self.false, self.false_shared = set(), [], []
        for query, item in result["pairs"]:
            row = asked[query]
            here = peers.related(row)
            here = here.union(*(groups.get(name, set()) for name in here))
            if source[item] == row["source"] and kind[item] == "known":
                self.found.add(query)
            elif source[item] not in here:
                (self.false_shared if kind[item] in material.SHARED else self.false).append((query, item))
        self.pairs = result.get("looked_at")

    def share(self, files):
        return sum(file in self.found for file in files) / len(files)


def count_pairs(items, queries, groups):
    """How many (query, item) pairs have nothing in common."""
    held = {}
    for row in items:
        held[row["source"]] = held.get(row["source"], 0) + 1
    pairs = 0
    for row in queries:
        here = peers.related(row)
        here = here.union(*(groups.get(name, set()) for name in here))
        pairs += len(items) - sum(held.get(name, 0) for name in here)
    return pairs


def table(tallies, queries, edits):
    lines = ["| edit | queries | " + " | ".join(tally.name for tally in tallies) + " |"]
    lines.append("| --- | ---: |" + " ---: |" * len(tallies))
    all_files, lowest = [], [1.0] * len(tallies)
    for edit in edits:
        files = [row["file"] for row in queries if row["edit"] == edit]
        if not files:
            continue
        all_files += files
        shares = [tally.share(files) for tally in tallies]
        lowest = [min(pair) for pair in zip(lowest, shares)]
        lines.append(f"| {edit} | {len(files)} | " + " | ".join(f"{100 * share:.0f} %" for share in shares) + " |")
    lines.append(f"| **all edits** | {len(all_files)} | " + " | ".join(f"**{100 * tally.share(all_files):.1f} %**" for tally in tallies) + " |")
    lines.append("| lowest edit | | " + " | ".join(f"{100 * share:.0f} %" for share in lowest) + " |")
    lines.append("| false, ordinary items | | " + " | ".join(str(len(tally.false)) for tally in tallies) + " |")
    lines.append("| false, items with a shared feature | | " + " | ".join(str(len(tally.false_shared)) for tally in tallies) + " |")
    lines.append("| CPU seconds | | " + " | ".join(f"{tally.cpu:.0f}" for tally in tallies) + " |")
    return lines


def false_by_kind(tallies, items, queries):
    """What false verdicts have in common: the shared feature, or the two photographs."""
    kind, source = ({row["file"]: row[key] for row in items} for key in ("kind", "source"))
    asked = {row["file"]: row for row in queries}

    def name(query, item):
        if kind[item] not in material.SHARED:
            return f"a photograph: {asked[query]['source']} is not {source[item]}"
        edit = asked[query]["edit"]
        return f"an item with {kind[item]}, asked with " + (edit if edit in material.SHARED or edit == "strange" else "an edit")

    counts = [collections.Counter(name(*pair) for pair in tally.false + tally.false_shared) for tally in tallies]
    names = sorted(set().union(*counts), key=lambda one: (-counts[-1][one], one))
    if not names:
        return ["No false verdict."]
    lines = ["| false verdicts | " + " | ".join(tally.name for tally in tallies) + " |", "| --- |" + " ---: |" * len(tallies)]
    lines += [f"| {one} | " + " | ".join(str(count[one]) for count in counts) + " |" for one in names[:30]]
    return lines + ([f"| {len(names) - 30} more | " + " | " * len(tallies)] if len(names) > 30 else [])


def how_sure(result, tally):
    """How far apart the log odds of right and false verdicts are."""
    false = {tuple(pair) for pair in tally.false + tally.false_shared}
    right, wrong = [], []
    for pair, verdict in zip(result["pairs"], result["verdicts"]):
        if "log_odds" in verdict:
            (wrong if tuple(pair) in false else right).append(verdict["log_odds"])
    if not right or not wrong:
        return []
    low = [f"{np.quantile(right, share):.0f}" for share in (0, 0.01, 0.05, 0.5)]
    high = [f"{np.quantile(wrong, share):.0f}" for share in (0.5, 0.99, 1)]
    return [f"Log odds of verdicts that are right: least {low[0]}, 1 % under {low[1]}, 5 % under {low[2]}, median {low[3]}; of false ones: median {high[0]}, 1 % over {high[1]}, most {high[2]}."]


def report(plan, work, results, missing, groups):
    items, queries = material.read(work, "gallery"), material.read(work, "queries")
    tallies = [Tally(result, items, queries, groups) for result in results]
    known = sum(row["kind"] == "known" for row in items)
    pairs = count_pairs(items, queries, groups)
    alike = sum(row["edit"] in material.SHARED for row in queries)
    lines = [
        f"Seed {plan['seed']}, {'varied parameters' if plan['varied'] else 'usual parameters'}, "
        f"{'held-out edits' if plan['held_out'] else 'the 34 edits'}; {plan['photographs']} photographs in `{plan['folder']}`"
        + (f" made no larger than {plan['size'][0]}x{plan['size'][1]}" if plan["size"] else "") + ".",
        f"Gallery of {len(items):,} items: {known} photographs, the rest windows of others, "
        f"{sum(row['kind'] in material.SHARED for row in items)} of them with a shared logo, watermark, frame, subtitles, chrome, chat, letterbox or caption.",
        f"{len(queries):,} queries, {alike} of them strangers that share one of those; "
        f"{pairs:,} pairs of a query and an item that has nothing to do with it.",
        f"{processor()}, {time.strftime('%Y-%m-%d')}, `{plan['command']}`.",
        "",
    ]
    lines += table(tallies, queries, plan["edits"])
    lines += ["", "Rules:", ""]
    for tally in tallies:
        pairs_said = f" ({tally.pairs:,} unrelated pairs looked at)" if tally.pairs is not None else ""
        lines.append(f"- **{tally.name}**: {tally.rule}{pairs_said}")
    lines += [f"- **{name}** left out: {why}" for name, why in missing]
    lines += ["", *false_by_kind(tallies, items, queries)]
    for result, tally in zip(results, tallies):
        if "verdicts" in result:
            lines += ["", *how_sure(result, tally)]
    return "\n".join(lines) + "\n"


def arguments():
    parser = argparse.ArgumentParser(prog="bench/robustness/run", description=__doc__.split("\n\n")[1], formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--photos", required=True, help="a folder of photographs")
    parser.add_argument("--work", required=True, help="a folder for what is made; work that stands there is gone on with")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--known", type=int, default=100, help="how many photographs are registered and asked for")
    parser.add_argument("--gallery", type=int, default=10000, help="items in the gallery")
    parser.add_argument("--pairs", type=int, default=0, help="at least so many (query, unrelated item) pairs")
    parser.add_argument("--size", type=bound, metavar="WxH", help="make photographs no larger than this first")
    parser.add_argument("--vary", action="store_true", help="other parameters than the usual ones")
    parser.add_argument("--held-out", action="store_true", help="the held-out edits in place of the 34")
    parser.add_argument("--edit", action="append", help="only this edit; may be given again")
    parser.add_argument("--only", default="make,pdq,img_hash,orb,jikimi", help="which steps, by commas; finished ones are read from the work folder")
    parser.add_argument("--jikimi", default=shutil.which("jikimi"), help="the jikimi program")
    parser.add_argument("--threads", type=int, default=1, help="of jikimi; the others have one")
    parser.add_argument("--stop-after", type=float, metavar="SECONDS", help=f"stop between two pieces of work with status {stopping.STATUS}; the same command goes on from there")
    parser.add_argument("--related", help="a file: names of photographs of one scene, a line a scene")
    parser.add_argument("--out", help="also write the report there")
    return parser.parse_args()


def make(chosen, edits):
    """Makes gallery and queries, unless the work folder has this very plan's."""
    from edits import photographs

    described = {
        "folder": os.path.basename(os.path.normpath(chosen.photos)), "photographs": len(photographs(chosen.photos)),
        "seed": chosen.seed, "known": chosen.known, "gallery": chosen.gallery, "pairs": chosen.pairs, "size": chosen.size,
        "varied": chosen.vary, "held_out": chosen.held_out, "edits": list(edits),
    }  # fmt: skip
    described = json.loads(json.dumps(described))
    noted = os.path.join(chosen.work, "plan.json")
    if os.path.exists(noted):
        if json.load(open(noted)) != described:
            raise SystemExit(f"{chosen.work} holds a run of another kind; give another --work, or remove it")
        return described
    if "make" not in chosen.only.split(","):
        raise SystemExit(f"{chosen.work}: nothing made yet")
    print("making gallery and queries", flush=True)
    for left in ("gallery", "queries"):
        shutil.rmtree(os.path.join(chosen.work, left), ignore_errors=True)
    os.makedirs(chosen.work, exist_ok=True)
    plan = material.Plan(chosen.photos, chosen.seed, chosen.known, chosen.gallery, chosen.pairs, chosen.size, chosen.vary, edits, list(edits))
    material.make(plan, chosen.work)
    with open(noted, "w") as held:
        json.dump(described, held)
    return described


def main():
    chosen = arguments()
    stopping.stop_after(chosen.stop_after)
    edits = EDITS
    if chosen.held_out:
        from held_out import HELD_OUT as edits
    if chosen.edit:
        unknown = [name for name in chosen.edit if name not in edits]
        if unknown:
            raise SystemExit(f"no such edit: {', '.join(unknown)}; there are {', '.join(edits)}")
        edits = {name: edits[name] for name in chosen.edit}
    plan = make(chosen, edits)
    shown = {"photos": plan["folder"], "work": "WORK", "jikimi": "jikimi"}
    words = [f"--{name.replace('_', '-')}" + ("" if value is True else f" {shown.get(name, value)}") for name, value in vars(chosen).items() if value not in (None, False) and name not in ("only", "out", "size", "stop_after")]
    words += [f"--size {chosen.size[0]}x{chosen.size[1]}"] if chosen.size else []
    plan["command"] = "bench/robustness/run " + " ".join(words)

    steps = {name: (lambda name=name: peers.PEERS[name](chosen.work)) for name in peers.PEERS}
    steps["jikimi"] = lambda: ours.jikimi(chosen.work, chosen.jikimi, chosen.threads)
    results, missing = [], []
    for name, step in steps.items():
        kept = os.path.join(chosen.work, f"result-{name}.json")
        wanted = name in chosen.only.split(",")
        # Ours is asked anew when the program changed: ours.py knows.
        if wanted and (name == "jikimi" or not os.path.exists(kept)):
            if name in peers.NEEDS and importlib.util.find_spec(peers.NEEDS[name]) is None:
                missing.append((name, f"no Python package {peers.NEEDS[name]}; bench/peers/install puts it in"))
                continue
            if name == "jikimi" and not chosen.jikimi:
                missing.append((name, "no such program; give --jikimi"))
                continue
            print(name, flush=True)
            result = step()
            result["cpu_seconds"] = round(float(result["cpu_seconds"]), 1)
            with open(kept, "w") as held:
                json.dump(result, held)
        if os.path.exists(kept):
            results.append(json.load(open(kept)))
        elif not wanted:
            missing.append((name, "not asked for"))
    if not results:
        print("made; nothing asked")
        return
    text = report(plan, chosen.work, results, missing, relatives(chosen.related))
    print("\n" + text)
    if chosen.out:
        with open(chosen.out, "w") as held:
            held.write(text)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
