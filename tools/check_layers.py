#!/usr/bin/env python3
"""Checks every #include under src/ against the layer table in ARCHITECTURE.md.

The table's rows are `| floor | rooms | may include |`. A room may include itself and what its row
names. Also checked: each room has a row, each row's rooms exist, SQL headers stay in *_tables.cc,
third-party headers stay in the rooms that own them, and a room's CMakeLists.txt lists every source.
Exit status 0 when the layers hold, 1 when not; every breach is printed as file:line.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
INCLUDE = re.compile(r'^\s*#\s*include\s+(?:"([^"]+)"|<([^>]+)>)')
# Foreign headers and the rooms whose adapters own them.
OWNERS = {
    "vips/": {"media"},
    "libavformat/": {"media"},
    "libavcodec/": {"media"},
    "libavutil/": {"media"},
    "libswscale/": {"media"},
    "seccomp.h": {"media"},
    "jpeglib.h": {"media"},
    "png.h": {"media", "fingerprint"},
    "hwy/": {"fingerprint", "search"},
    "sqlite3.h": {"store"},
    "libpq-fe.h": {"store"},
    "sodium.h": {"vault"},
    "openssl/": {"vault", "access", "http"},
    "fido": {"access"},
    "toml.hpp": {"access", "casework", "jikimi"},
    "zlib.h": {"http", "media"},
    "re2/": {"http"},
    "boost/asio": {"http"},
    "boost/beast": {"http"},
    "CLI/": {"jikimi"},
    "boost/json": {"fingerprint", "log", "access", "casework", "http", "jikimi"},
}
# Breaches that are known; this list only shrinks.
EXCEPTIONS: set[tuple[str, str]] = set()


def read_table() -> dict[str, set[str]]:
    """Room -> rooms that it may include, from the table that follows '## Layers'."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    section = text.split("## Layers", 1)[1].split("\n## ", 1)[0]
    allowed: dict[str, set[str]] = {}
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if len(cells) != 3 or not line.startswith("|") or set(cells[0]) <= set("-: "):
            continue
        if cells[0] == "floor":
            continue
        for room in re.findall(r"`(\w+)`", cells[1]):
            allowed[room] = set(re.findall(r"`(\w+)`", cells[2])) | {room}
    return allowed


def check_file(path: pathlib.Path, room: str, allowed: dict[str, set[str]]) -> list[str]:
    breaches = []
    name = path.relative_to(ROOT).as_posix()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        quoted, angled = match.groups()
        header = quoted or angled
        if (name, header) in EXCEPTIONS:
            continue
        first = header.split("/", 1)[0]
        foreign = any(header.startswith(prefix) for prefix in OWNERS)
        if quoted and not foreign and first not in allowed:
            breaches.append(f'{name}:{number}: "{header}" is not under a room of ARCHITECTURE.md')
        elif quoted and not foreign and first not in allowed[room]:
            breaches.append(f"{name}:{number}: {room} may not include {first}")
        for prefix, owners in OWNERS.items():
            if header.startswith(prefix) and room not in owners:
                breaches.append(f"{name}:{number}: {header} belongs to {', '.join(sorted(owners))}")
        if header == "store/sql.h" and not name.endswith("_tables.cc") and room != "store":
            breaches.append(f"{name}:{number}: SQL stands only in *_tables.cc")
    return breaches


def main() -> int:
    allowed = read_table()
    rooms = sorted(p.name for p in (ROOT / "src").iterdir() if p.is_dir())
    breaches = [f"src/{room}: has no row in ARCHITECTURE.md" for room in rooms if room not in allowed]
    breaches += [f"ARCHITECTURE.md: room {room} is not in src/" for room in allowed if room not in rooms]
    for room in rooms:
        if room not in allowed:
            continue
        folder = ROOT / "src" / room
        lists = "".join(p.read_text(encoding="utf-8") for p in folder.rglob("CMakeLists.txt"))
        for path in sorted(folder.rglob("*")):
            if path.suffix not in {".h", ".cc"}:
                continue
            breaches += check_file(path, room, allowed)
            if path.suffix == ".cc" and not re.search(rf"\b{re.escape(path.name)}\b", lists):
                breaches.append(f"{path.relative_to(ROOT)}: is in no CMakeLists.txt of its room")
    for breach in breaches:
        print(breach)
    count = sum(1 for _ in (ROOT / "src").rglob("*.h")) + sum(1 for _ in (ROOT / "src").rglob("*.cc"))
    if count == 0:
        print("src/ holds no sources: nothing was checked")
        return 1
    print(f"layers: {count} files in {len(rooms)} rooms, {len(breaches)} breaches")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
