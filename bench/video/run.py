"""Video: the same words as vPDQ, its speed, clips of one scene found, and an excerpt in a long video.

Each part runs on what there is: --clips DIR with clips named <scene>-<variant>.<ext> and, in
DIR/vpdq, the reference's <clip>.txt (frame,quality,hash,timestamp). Without --clips the clips of
Debian's opencv-doc are taken, which have no reference.
"""

import argparse
import importlib.util
import itertools
import json
import os
import shutil
import subprocess
import sys
import time

import numpy as np

import clips

DEBIAN_CLIPS = "/usr/share/doc/opencv-doc/examples/data"
BITS_ALLOWED, SHARE_WANTED = 8, 0.98


def said(words, may_fail=False):
    ended = subprocess.run(words, capture_output=True, text=True)
    # jikimi ends with 1 when one of several inputs had an error, which it says in its lines.
    if ended.returncode not in (0, 1) and not may_fail:
        raise SystemExit(f"{' '.join(words)}: exit status {ended.returncode}\n{ended.stderr[-2000:]}")
    return ended.stdout


def json_lines(words):
    return [json.loads(line) for line in said(words).splitlines() if line.strip()]


def frame_words(text):
    """(frame number, quality, hash as bytes) from lines of frame,quality,hash,timestamp."""
    rows = [line.split(",") for line in text.splitlines() if line.strip()]
    return {int(row[0]): (int(row[1]), np.frombuffer(bytes.fromhex(row[2]), np.uint8)) for row in rows}


def package_words(file):
    import vpdq

    found = vpdq.computeHash(input_video_filename=file, seconds_per_hash=0, thread_count=1)
    return {row.frame_number: (row.quality, np.frombuffer(bytes.fromhex(row.hex), np.uint8)) for row in found}


def compare_words(ours, reference):
    distances = [int(np.bitwise_count(ours[frame][1] ^ row[1]).sum()) for frame, row in reference.items() if frame in ours]
    return np.array(distances), len(reference)


def words_part(chosen, files):
    """Every frame's word beside the reference's; the vpdq package's too, whose decoder differs from the reference's."""
    rows, close, peer_close, total = [], 0, 0, 0
    peer = importlib.util.find_spec("vpdq") is not None
    for file in files:
        name = os.path.splitext(os.path.basename(file))[0]
        expected = os.path.join(chosen.clips, "vpdq", name + ".txt")
        if not os.path.exists(expected):
            continue
        reference = frame_words(open(expected).read())
        ours = frame_words(said([chosen.jikimi, "fingerprint", "--every-frame", "--vpdq", "--threads", "1", file]))
        distances, frames = compare_words(ours, reference)
        within = int((distances <= BITS_ALLOWED).sum())
        close, total = close + within, total + frames
        row = f"| {name} | {len(ours)} of {frames} | {100 * within / frames:.1f} % | {np.median(distances):.0f} | {distances.max(initial=0)} |"
        if peer:
            theirs = int((compare_words(package_words(file), reference)[0] <= BITS_ALLOWED).sum())
            peer_close += theirs
            row += f" {100 * theirs / frames:.1f} % |"
        rows.append(row)
    if not total:
        return ["No clip has a reference file: left out."]
    head = [f"| clip | frames | within {BITS_ALLOWED} bits | median | most |" + " vpdq within |" * peer, "| --- | ---: | ---: | ---: | ---: |" + " ---: |" * peer]
    verdict = "reached" if close / total >= SHARE_WANTED else "NOT reached"
    return head + rows + ["", f"All clips: {100 * close / total:.2f} % of {total} frames within {BITS_ALLOWED} bits ({100 * SHARE_WANTED:.0f} % is {verdict})." + f" The vpdq package: {100 * peer_close / total:.2f} %." * peer]


def scene(path):
    return os.path.basename(path).split("-")[0].split(".")[0]


def pairs_part(chosen, files):
    """Each clip asked of all: every pair of one scene is to be found and none across scenes."""
    folder = os.path.join(chosen.work, "clips")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    for file in files:
        os.symlink(os.path.abspath(file), os.path.join(folder, os.path.basename(file)))
    found = {(os.path.basename(line["path"]), os.path.basename(line["registered"]))
             for line in json_lines([chosen.jikimi, "find", "--json", "--threads", "1", "--registered", folder, "--in", folder]) if "verdict" in line}  # fmt: skip
    names = [os.path.basename(file) for file in files]
    missed, false = [], []
    wanted = 0
    for asked, registered in itertools.product(names, names):
        same = scene(asked) == scene(registered)
        wanted += same
        if same and (asked, registered) not in found:
            missed.append(f"{asked} in {registered}")
        if not same and (asked, registered) in found:
            false.append(f"{asked} in {registered}")
    lines = [f"{wanted - len(missed)} of {wanted} ordered pairs of one scene found (each clip and itself among them), {len(false)} found across scenes."]
    return lines + [f"- missed: {pair}" for pair in missed] + [f"- false: {pair}" for pair in false]


def least_seconds(run, times):
    taken = []
    for _ in range(times):
        before = time.perf_counter()
        run()
        taken.append(time.perf_counter() - before)
    return min(taken)


def speed_row(name, label, taken):
    peer, words, whole = taken
    return f"| {name} | {label} | {peer:.2f} | {words:.2f} | {peer / words:.2f}× | {whole:.2f} | {peer / whole:.2f}× |"


def speed_part(chosen, files):
    """Ours as a whole program, its start included: frame words alone (--vpdq), and all that is registered (--json: patch words of key frames too); vpdq's as one call in a running Python, frame words alone."""
    if importlib.util.find_spec("vpdq") is None:
        return ["The Python package vpdq is missing (bench/peers/install says what building it needs): left out."]
    import vpdq

    cores = len(os.sched_getaffinity(0))
    lines = [f"{cores} core(s) to run on; vpdq's thread_count and jikimi's --threads are {chosen.threads}; the least of {chosen.repeat} runs, taken in turn.", "",
             "| clips | frames hashed | vpdq, s | jikimi --vpdq, s | ratio | jikimi --json, s | ratio |", "| --- | --- | ---: | ---: | ---: | ---: | ---: |"]  # fmt: skip
    for label, every, words in (("every frame", 0, ["--every-frame"]), ("one a second", 1, [])):
        sums = np.zeros(3)
        for file in files:
            peer = least_seconds(lambda: vpdq.computeHash(input_video_filename=file, seconds_per_hash=every, thread_count=chosen.threads), chosen.repeat)
            ours = [least_seconds(lambda: said([chosen.jikimi, "fingerprint", form, "--threads", str(chosen.threads), *words, file]), chosen.repeat) for form in ("--vpdq", "--json")]
            taken = np.array([peer, *ours])
            sums += taken
            lines.append(speed_row(os.path.basename(file), label, taken))
        lines.append(speed_row(f"**all {len(files)}**", label, sums))
    return lines


def segments_of(lines, path, registered):
    return [segment for line in lines if os.path.samefile(line["path"], path) and os.path.samefile(line["registered"], registered) for segment in line.get("segments", [])]


def off_by(segment, wanted):
    return max(abs(segment[key] - wanted[key]) for key in wanted)


def excerpt_part(chosen, files):
    """A short altered excerpt in a long video, and a long video asked for a short excerpt."""
    by_length = sorted(files, key=lambda file: -clips.probe(file)[3])
    clip = chosen.clip or by_length[0]
    length = clips.probe(clip)[3]
    start = min(chosen.start, max(0.0, length - chosen.seconds))
    others = [file for file in files if scene(file) != scene(clip)]
    once_each = [next(members) for _, members in itertools.groupby(sorted(others, key=scene), key=scene)]
    photos = [line for line in open(chosen.photos).read().split("\n") if line] if os.path.isfile(chosen.photos) else [
        os.path.join(chosen.photos, name) for name in sorted(os.listdir(chosen.photos)) if name.lower().endswith((".jpg", ".jpeg", ".png"))]  # fmt: skip
    if not photos:
        return ["No photographs for the rest of the long video: left out."]
    rng = np.random.default_rng(chosen.seed)
    excerpt, holder, whole = (os.path.join(chosen.work, name) for name in ("excerpt.mp4", "holds-excerpt.mp4", "holds-clip.mp4"))
    shown = clips.altered_excerpt(clip, start, chosen.seconds, excerpt)
    noted = os.path.join(chosen.work, "long.json")
    plan = [clip, start, chosen.seconds, chosen.minutes, chosen.seed]
    if os.path.exists(noted) and json.load(open(noted))["plan"] == plan:
        times = json.load(open(noted))["times"]
    else:
        at = chosen.minutes * 60 * 0.62
        times = [clips.long_video(out, [first, *once_each], photos, chosen.minutes * 60, at, rng) for out, first in ((holder, excerpt), (whole, clip))]
        with open(noted, "w") as held:
            json.dump({"plan": plan, "times": times}, held)
    lines = [f"`{os.path.basename(clip)}` from {start:.1f} s for {chosen.seconds:.1f} s: mirrored, 15 % of each side cut off, logo, {clips.SPEED}× the speed, 24 frames a second; long videos of {chosen.minutes} minutes, seed {chosen.seed}."]

    def report(what, found, wanted, seconds):
        if not found:
            return f"- {what}: NOT found ({seconds:.1f} s)"
        best = min(found, key=lambda segment: off_by(segment, wanted))
        told = ", ".join(f"{key} {best[key]:.2f} (is {value:.2f})" for key, value in wanted.items())
        off = off_by(best, wanted)
        return f"- {what}: found, {'times right to 1 s' if off <= 1 else 'times WRONG'} (off by at most {off:.2f} s): {told}; {len(found)} segment(s); {seconds:.1f} s"

    for what, asked, registered, place in (("the clip registered, the long video with the altered excerpt asked", holder, clip, times[0]),
                                           ("the long video with the whole clip registered, the altered excerpt asked", excerpt, whole, times[1])):  # fmt: skip
        before = time.perf_counter()
        matches = [line for line in json_lines([chosen.jikimi, "find", "--json", "--threads", str(chosen.threads), "--registered", registered, "--in", asked]) if "verdict" in line]
        taken = time.perf_counter() - before
        found = segments_of(matches, asked, registered)
        if asked == holder:
            wanted = {"query_from": place[0], "query_to": place[1], "item_from": start, "item_to": start + chosen.seconds}
        else:
            wanted = {"query_from": 0.0, "query_to": shown, "item_from": place[0] + start, "item_to": place[0] + start + chosen.seconds}
        lines.append(report(what, found, wanted, taken))
    return lines


PARTS = {"words": words_part, "pairs": pairs_part, "speed": speed_part, "excerpt": excerpt_part}


def main():
    parser = argparse.ArgumentParser(prog="bench/video/run", description=__doc__.split("\n\n")[0], epilog=__doc__.split("\n\n")[1], formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("--clips", help="a folder of clips")
    parser.add_argument("--work", required=True, help="a folder for what is made")
    parser.add_argument("--photos", help="a folder of photographs, or a file of their paths, for the long video; without it, bench/robustness/photographs")
    parser.add_argument("--only", default=",".join(PARTS), help="which parts, by commas")
    parser.add_argument("--jikimi", default=shutil.which("jikimi"), help="the jikimi program")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=3, help="runs of each timing")
    parser.add_argument("--limit", type=int, help="speed: only the first N clips")
    parser.add_argument("--clip", help="excerpt: the clip it is cut from; without it, the longest")
    parser.add_argument("--start", type=float, default=9.0, help="excerpt: from this second")
    parser.add_argument("--seconds", type=float, default=5.0, help="excerpt: so long before the speed is changed")
    parser.add_argument("--minutes", type=float, default=10, help="excerpt: length of the long video")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", help="also write the report there")
    chosen = parser.parse_args()
    if not chosen.jikimi:
        parser.error("no jikimi program; give --jikimi")
    chosen.clips = chosen.clips or DEBIAN_CLIPS
    files = clips.clip_files(chosen.clips) if os.path.isdir(chosen.clips) else []
    if not files:
        parser.error(f"{chosen.clips}: no clips; apt-get install opencv-doc, or give --clips")
    os.makedirs(chosen.work, exist_ok=True)
    if not chosen.photos:
        chosen.photos = os.path.join(chosen.work, "photographs.txt")
        with open(chosen.photos, "w") as held:
            subprocess.run([os.path.join(os.path.dirname(os.path.abspath(__file__)), "../robustness/photographs")], stdout=held, check=True)

    sections = []
    for name in chosen.only.split(","):
        if name not in PARTS:
            parser.error(f"no part {name}; there are {', '.join(PARTS)}")
        part_files = files[: chosen.limit] if name == "speed" else files
        sections += [f"### {name}: {PARTS[name].__doc__}", "", *PARTS[name](chosen, part_files), ""]
    text = "\n".join(sections)
    print(text)
    if chosen.out:
        with open(chosen.out, "w") as held:
            held.write(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
