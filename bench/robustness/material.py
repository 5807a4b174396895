"""The gallery and the queries of one run, made from a folder of photographs.

Photographs fall by seed into three heaps. *Known* ones are registered whole, and each is asked for
with each edit. *Padding* ones fill the gallery with windows cut out of them. *Strange* ones are
never registered: what is made of them may match nothing.

Shared features (one logo, one frame, one chat's chrome...) are put on windows of padding, which are
registered, and on strange photographs, which are asked: the feature is all that they share.
"""

import csv
import dataclasses
import os

import cv2
import numpy as np
from PIL import Image

import canvas
from canvas import cut, placed
from edits import Draws, framed, photographs

ITEM_FIELDS = ["file", "source", "kind"]
QUERY_FIELDS = ["file", "source", "edit", "params", "others"]


@dataclasses.dataclass
class Plan:
    photos: str
    seed: int
    known: int
    gallery: int
    pairs: int
    size: tuple
    varied: bool
    edits: dict
    edit_names: list


def heaps(photos, seed, known):
    """The photographs as (known, padding, strange) in the order that the seed gives."""
    order = np.random.default_rng(seed).permutation(len(photos))
    shuffled = [photos[place] for place in order]
    strange = max(2, len(shuffled) // 10)
    known = min(known, (len(shuffled) - strange) * 2 // 3)
    return shuffled[:known], shuffled[known:-strange], shuffled[-strange:]


def window(picture, rng):
    """A window of 25 to 70 % of the area, half of them mirrored."""
    height, width = picture.shape[:2]
    kept = rng.uniform(0.25, 0.70)
    shape = rng.uniform(max(kept, 0.75), min(1 / kept, 1 / 0.75))
    wide, high = min(width, int(width * (kept * shape) ** 0.5)), min(height, int(height * (kept / shape) ** 0.5))
    part = cut(picture, rng.integers(width - wide + 1), rng.integers(height - high + 1), wide, high)
    return np.ascontiguousarray(part[:, ::-1]) if rng.integers(2) else part


# Shared features: each function puts the very same thing on every picture that it is given.


def logo(picture):
    height, width = picture.shape[:2]
    rng = np.random.default_rng(7)
    side = round(min(height, width) * 0.3)
    sheet = np.full((240, 240, 3), (200, 20, 40), np.uint8)
    for _ in range(9):
        points = rng.integers(10, 230, (4, 2)).astype(np.int32)
        cv2.fillConvexPoly(sheet, cv2.convexHull(points), tuple(int(c) for c in rng.integers(0, 256, 3)), cv2.LINE_AA)
    sheet = canvas.written(sheet, "VIDEO TV", (120, 120), 46, (255, 255, 255), False, edge=(0, 0, 0))
    return placed(picture, canvas.scaled(sheet, side, side), width - side - 4, height - side - 4)


def watermark(picture):
    height, width = picture.shape[:2]
    for row in range(4):
        for column in range(3):
            centre = ((column + 0.5 * (row % 2) + 0.25) * width / 3, (row + 0.5) * height / 4)
            picture = canvas.written(picture, "영상모음.com", centre, min(height, width) * 0.08, (255, 255, 255), True, angle=30, opacity=0.6)
    return picture


def ornate_frame(picture):
    height, width = picture.shape[:2]
    edge = round(min(height, width) * 0.12)
    sheet = np.full((height + 2 * edge, width + 2 * edge, 3), (120, 80, 20), np.uint8)
    for x in range(edge // 2, sheet.shape[1], edge):
        for y in (edge // 2, sheet.shape[0] - edge // 2):
            cv2.circle(sheet, (x, y), edge // 3, (250, 220, 120), -1, cv2.LINE_AA)
            cv2.line(sheet, (x - edge // 3, y), (x + edge // 3, y - edge // 3), (60, 30, 0), max(1, edge // 8))
    for y in range(edge // 2, sheet.shape[0], edge):
        for x in (edge // 2, sheet.shape[1] - edge // 2):
            cv2.circle(sheet, (x, y), edge // 3, (250, 220, 120), -1, cv2.LINE_AA)
            cv2.line(sheet, (x - edge // 3, y), (x + edge // 3, y - edge // 3), (60, 30, 0), max(1, edge // 8))
    return placed(sheet, picture, edge, edge)


def same_subtitles(picture):
    height, width = picture.shape[:2]
    for row, (line, korean) in enumerate([("지금 바로 채널에 참여하세요", True), ("JOIN THE CHANNEL NOW example.com", False)]):
        pixels = canvas.fitted_text(width * 0.92, line, korean, height * 0.1)
        picture = canvas.written(picture, line, (width / 2, height * (0.8 + 0.12 * row)), pixels, (255, 255, 0), korean, edge=(0, 0, 0))
    return picture


def same_phone(picture):
    # A small picture between the same header and the same comments: most of the screen is shared.
    return canvas.phone_screen(np.random.default_rng(11), picture, 540, shown_height=420)[0]


def same_chat(picture):
    # A small picture among the same messages: nearly all of the screen is shared.
    sheet = np.full((1100, 540, 3), (178, 199, 217), np.uint8)
    small = canvas.scaled(picture, 300, min(390, 300 * picture.shape[0] / picture.shape[1]))
    sheet = placed(sheet, small, 60, 330)
    theirs = [("hello everybody", False), ("내일 몇 시에 만나?", True), ("look at this one", False)]
    answers = [("진짜 대박이다", True), ("who is this?", False), ("see you at noon", False), ("조금 늦을 것 같아", True)]
    for lines, left, top, colour in ((theirs, 60, 60, (255, 255, 255)), (answers, 120, 740, (254, 229, 0))):
        for row, (line, korean) in enumerate(lines):
            bubble = np.full((64, 380, 3), colour, np.uint8)
            sheet = placed(sheet, bubble, left, top + 86 * row)
            sheet = canvas.written(sheet, line, (left + 190, top + 86 * row + 32), 30, (20, 20, 20), korean)
    return sheet


def same_letterbox(picture):
    height, width = picture.shape[:2]
    high = max(round(width * 16 / 9), height + 8)
    sheet = placed(np.zeros((high, width, 3), np.uint8), picture, 0, (high - height) // 2)
    pixels = canvas.fitted_text(width * 0.8, "@daily_clips", False, high * 0.05)
    return canvas.written(sheet, "@daily_clips", (width / 2, high * 0.07), pixels, (255, 255, 255), False)


def same_caption(picture):
    height, width = picture.shape[:2]
    bar = round(height * 0.35)
    sheet = placed(np.full((height + bar, width, 3), 255, np.uint8), picture, 0, bar)
    for row, (line, korean) in enumerate([("when you see it", False), ("보면 바로 삭제됨", True)]):
        pixels = canvas.fitted_text(width * 0.9, line, korean, bar * 0.4)
        sheet = canvas.written(sheet, line, (width / 2, bar * (0.27 + 0.45 * row)), pixels, (0, 0, 0), korean)
    return sheet


def same_meme(picture):
    """Large outlined text over a plain frame: what the edit with frame and text leaves alike."""
    sheet = framed(picture, 0.10, (255, 255, 255))
    height, width = sheet.shape[:2]
    pixels = canvas.fitted_text(width * 0.94, "FREE PREVIEW", False, height * 0.3)
    return canvas.written(sheet, "FREE PREVIEW", (width / 2, height / 2), pixels, (255, 30, 60), False, edge=(255, 255, 255))


SHARED = {
    "shared-logo": logo, "shared-watermark": watermark, "shared-frame": ornate_frame,
    "shared-subtitles": same_subtitles, "shared-phone-chrome": same_phone, "shared-chat": same_chat, "shared-letterbox": same_letterbox,
    "shared-caption": same_caption, "shared-frame-text": same_meme,
}  # fmt: skip
SHARED_ITEMS = 40
SHARED_QUERIES = 30


def _load(path, size):
    try:
        return canvas.load(path, size)
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        print(f"run: left out {path}: {error}", flush=True)
        return None


class _Folder:
    """A folder of pictures and the list of what they are."""

    def __init__(self, path, fields):
        os.makedirs(path, exist_ok=True)
        self._path, self._rows, self._fields = path, [], fields

    def keep(self, picture, name, row):
        path = os.path.join(self._path, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        Image.fromarray(picture).save(path, **({"quality": 92} if name.endswith(".jpg") else {"compress_level": 1}))
        self._rows.append({"file": name, **row})

    def __len__(self):
        return len(self._rows)

    def close(self):
        with open(self._path + ".csv", "w", newline="") as listed:
            rows = csv.DictWriter(listed, self._fields)
            rows.writeheader()
            rows.writerows(self._rows)


def item_name(kind, items):
    # A thousand a folder, so that a gallery can be registered in pieces.
    return f"{len(items) // 1000:02d}/{kind}-{len(items):05d}.jpg"


def make(plan, work):
    """Writes work/gallery, work/queries and their lists."""
    photos = photographs(plan.photos)
    if len(photos) < 6:
        raise SystemExit(f"{plan.photos}: {len(photos)} photographs; at least 6 are needed")
    known, padding, strange = heaps(photos, plan.seed, plan.known)
    items = _Folder(os.path.join(work, "gallery"), ITEM_FIELDS)
    queries = _Folder(os.path.join(work, "queries"), QUERY_FIELDS)

    for photo in known:
        picture = _load(photo, plan.size)
        if picture is None:
            continue
        name = os.path.basename(photo)
        items.keep(picture, item_name("known", items), {"source": name, "kind": "known"})
        for edit in plan.edit_names:
            draws = Draws(plan.seed, photo, edit, plan.varied, photos)
            altered = plan.edits[edit](picture, draws)
            notes = " ".join(f"{key}={value}" for key, value in draws.notes.items())
            queries.keep(altered, f"{edit}/{name}.png", {"source": name, "edit": edit, "params": notes, "others": ";".join(draws.others)})

    shared_items = SHARED_ITEMS * len(SHARED)
    each = max(0, plan.gallery - len(items) - shared_items) / max(1, len(padding))
    rng = np.random.default_rng([plan.seed, 1])
    made = 0
    for number, photo in enumerate(padding):
        picture = _load(photo, plan.size)
        if picture is None:
            continue
        name = os.path.basename(photo)
        while made < round(each * (number + 1)):
            items.keep(window(picture, rng), item_name("padding", items), {"source": name, "kind": "padding"})
            made += 1
        shared_due = range(round(shared_items * number / len(padding)), round(shared_items * (number + 1) / len(padding)))
        for place in shared_due:
            kind = list(SHARED)[place % len(SHARED)]
            items.keep(SHARED[kind](window(picture, rng)), item_name(kind, items), {"source": name, "kind": kind})

    pictures = {photo: _load(photo, plan.size) for photo in strange}
    strange = [photo for photo in strange if pictures[photo] is not None]
    for kind, put_on in SHARED.items():
        for number in range(SHARED_QUERIES):
            photo = strange[number % len(strange)]
            part = pictures[photo] if number < len(strange) else window(pictures[photo], rng)
            name = os.path.basename(photo)
            queries.keep(put_on(part), f"{kind}/{name}.{number:03d}.png", {"source": name, "edit": kind, "params": "", "others": ""})
    extra = -(-(plan.pairs - len(queries) * len(items)) // len(items))
    for number in range(max(0, extra)):
        photo = strange[number % len(strange)]
        name = os.path.basename(photo)
        edit = plan.edit_names[number % len(plan.edit_names)]
        draws = Draws(f"{plan.seed}/{number}", photo, edit, True, strange)
        altered = plan.edits[edit](window(pictures[photo], rng), draws)
        queries.keep(altered, f"strange/{name}.{number:05d}.png", {"source": name, "edit": "strange", "params": edit, "others": ";".join(draws.others)})
    items.close()
    queries.close()


def read(work, what):
    """The rows of work/gallery.csv or work/queries.csv."""
    with open(os.path.join(work, what + ".csv"), newline="") as listed:
        return list(csv.DictReader(listed))
