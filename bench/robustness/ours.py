"""Asks the jikimi program, as anyone would: a gallery file, then `find` over the folders of queries."""

import hashlib
import json
import os
import resource
import shutil
import subprocess

import material
import stopping

# `jikimi` ends with 1 when some inputs had errors: those are in its output.
USABLE = (0, 1)


def _run(words, output):
    """Runs a command into a file that is only there when the command came to its end."""
    stopping.stop_if_due()
    part = output + ".part"
    with open(part, "w") as held:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        ended = subprocess.run(words, stdout=held, stderr=subprocess.PIPE, text=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if ended.returncode not in USABLE:
        raise SystemExit(f"{' '.join(words)}: exit status {ended.returncode}\n{ended.stderr[-2000:]}")
    with open(output + ".cpu", "w") as held:
        held.write(str(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime))
    os.replace(part, output)


def _lines(path):
    with open(path) as held:
        return [json.loads(line) for line in held if line.strip()]


def _cpu_seconds(folder, begins):
    noted = (file for file in os.listdir(folder) if file.startswith(begins) and file.endswith(".cpu"))
    return sum(float(open(os.path.join(folder, file)).read()) for file in noted)


def jikimi(work, binary, threads):
    """Pairs as the peers give them, with each verdict's line; what was done before is kept."""
    folder = os.path.join(work, "jikimi")
    with open(binary, "rb") as program:
        version = hashlib.sha256(program.read()).hexdigest()
    stamp = os.path.join(folder, "binary.sha256")
    if not os.path.exists(stamp) or open(stamp).read() != version:
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        with open(stamp, "w") as held:
            held.write(version)
    gallery = os.path.join(folder, "gallery.jkg")
    items, failed = {}, []
    shelves = sorted(os.listdir(os.path.join(work, "gallery")))
    for shelf in shelves:
        added = os.path.join(folder, f"added-{shelf}.jsonl")
        if os.path.exists(added + ".part"):
            # Stopped half-way: these items are in the gallery under numbers that nobody wrote down.
            shutil.rmtree(folder)
            return jikimi(work, binary, threads)
        if not os.path.exists(added):
            print(f"  registering gallery/{shelf} of {len(shelves)}", flush=True)
            _run([binary, "gallery", "add", "--json", "--threads", str(threads), "--gallery", gallery, os.path.join(work, "gallery", shelf)], added)
        for line in _lines(added):
            file = os.path.relpath(line["path"], os.path.join(work, "gallery"))
            if "number" in line:
                items[str(line["number"])] = file
            else:
                failed.append(file)
    pairs, verdicts = [], []
    for edit in sorted({row["edit"] for row in material.read(work, "queries")}):
        found = os.path.join(folder, f"found-{edit}.jsonl")
        if not os.path.exists(found):
            print(f"  asking queries/{edit}", flush=True)
            _run([binary, "find", "--json", "--threads", str(threads), "--gallery", gallery, "--in", os.path.join(work, "queries", edit)], found)
        for line in _lines(found):
            file = os.path.relpath(line["path"], os.path.join(work, "queries"))
            if "error" in line:
                failed.append(file)
                continue
            pairs.append((file, items[str(line["registered"])]))
            verdicts.append(line)
    registering, asking = (_cpu_seconds(folder, begins) for begins in ("added-", "found-"))
    queries = len(material.read(work, "queries"))
    rule = (
        f"any verdict of `jikimi find`; {len(failed)} files with errors; registering took {1000 * registering / len(items):.1f} ms of CPU an item, "
        f"asking {1000 * asking / queries:.1f} ms a query (decoding and opening the gallery once an edit included); "
        f"the gallery file is {os.path.getsize(gallery) / len(items) / 1024:.1f} KiB an item"
    )
    return {"name": "jikimi", "rule": rule, "pairs": pairs, "verdicts": verdicts, "cpu_seconds": registering + asking}
