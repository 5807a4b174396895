#!/usr/bin/env python3
"""Makes altered copies of photographs: the 34 edits that are measured, and a held-out set.

  edits.py --photos DIR --out DIR --seed N [--vary] [--held-out] [--limit N] [--size 1024x1024]

writes DIR/<photo>.<edit>.png and DIR/manifest.csv: photo, edit, params, file, others (photographs
that are seen beside the edited one). The seed, the photograph's name and the edit's name decide
every number that is drawn, so one edit of one photograph is the same in any run over that folder.
"""

import argparse
import csv
import hashlib
import math
import os
import sys

import cv2
import numpy as np
from PIL import Image

import canvas
from canvas import cut, placed, scaled, through

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".avif")


class Draws:
    """The numbers and pictures one edit draws: reproducible, and noted for the manifest."""

    def __init__(self, seed, photo, edit, vary, surroundings):
        digest = hashlib.sha256(f"{seed}/{os.path.basename(photo)}/{edit}".encode()).digest()
        self.rng = np.random.default_rng(list(digest))
        self.notes = {}
        self.others = []
        self.varied = vary
        self._surroundings = [path for path in surroundings if path != photo]

    def value(self, name, usual, low, high):
        """The usual value of a parameter, or one between low and high when varied."""
        chosen = self.rng.uniform(low, high) if self.varied else usual
        chosen = round(chosen) if isinstance(usual, int) else round(float(chosen), 3)
        self.notes[name] = chosen
        return chosen

    def between(self, name, low, high):
        self.notes[name] = round(float(self.rng.uniform(low, high)), 3)
        return self.notes[name]

    def chance(self):
        return bool(self.rng.integers(2))

    def colour(self):
        return tuple(int(c) for c in self.rng.integers(0, 256, 3))

    def other(self):
        """Another photograph of the folder."""
        if not self._surroundings:
            raise SystemExit("pasting and collages need at least two photographs")
        path = self._surroundings[self.rng.integers(len(self._surroundings))]
        self.others.append(os.path.basename(path))
        return canvas.load(path, (1280, 1280))


# Each edit takes a picture and its draws, and gives the altered picture.


def none(picture, draws):
    return picture


def jpeg(picture, draws):
    return through(picture, "JPEG", quality=draws.value("quality", 10, 8, 20))


def quarter(picture, draws):
    factor = draws.value("side", 0.25, 0.22, 0.4)
    return scaled(picture, picture.shape[1] * factor, picture.shape[0] * factor)


def grey(picture, draws):
    weights = np.array([0.299, 0.587, 0.114] if not draws.varied else draws.rng.dirichlet([4, 4, 4]))
    return np.repeat(np.clip(picture @ weights, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def blur(picture, draws):
    return cv2.GaussianBlur(picture, (0, 0), draws.value("sigma", 4.0, 2.5, 4.5))


def brightness(picture, draws):
    return np.clip(picture * draws.value("factor", 1.6, 1.3, 1.7), 0, 255).astype(np.uint8)


def contrast(picture, draws):
    factor = draws.value("factor", 0.5, 0.4, 0.7)
    return np.clip((picture - 128.0) * factor + 128, 0, 255).astype(np.uint8)


def negative(picture, draws):
    return 255 - picture


def noise(picture, draws):
    sigma = draws.value("sigma", 40.0, 25.0, 45.0)
    return np.clip(picture + draws.rng.normal(0, sigma, picture.shape), 0, 255).astype(np.uint8)


def flatter(picture, draws):
    return scaled(picture, picture.shape[1], picture.shape[0] * draws.value("height", 0.6, 0.55, 0.8))


def mirror(picture, draws):
    return np.ascontiguousarray(picture[:, ::-1])


def quarter_turn(picture, draws):
    turns = draws.value("turns", 1, 1, 3)
    return np.ascontiguousarray(np.rot90(picture, turns))


def turned(picture, degrees, fill):
    """Rotated about its centre on a sheet of its own size grown to hold every corner."""
    height, width = picture.shape[:2]
    radians = math.radians(degrees)
    cosine, sine = abs(math.cos(radians)), abs(math.sin(radians))
    wide, high = math.ceil(width * cosine + height * sine), math.ceil(width * sine + height * cosine)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    turn[:, 2] += (wide / 2 - width / 2, high / 2 - height / 2)
    return cv2.warpAffine(picture, turn, (wide, high), flags=cv2.INTER_CUBIC, borderValue=fill)


def rotated_cut(picture, draws):
    degrees = draws.value("degrees", 5.0, 2.0, 9.0) * (1 if draws.chance() else -1)
    height, width = picture.shape[:2]
    sheet = turned(picture, degrees, (0, 0, 0))
    radians = math.radians(abs(degrees))
    # The largest upright rectangle of the same shape inside the turned picture.
    factor = 1 / max(math.cos(radians) + math.sin(radians) * height / width, math.cos(radians) + math.sin(radians) * width / height)
    wide, high = int(width * factor) - 2, int(height * factor) - 2
    return cut(sheet, (sheet.shape[1] - wide) // 2, (sheet.shape[0] - high) // 2, wide, high)


def rotated_filled(picture, draws):
    degrees = draws.value("degrees", 20.0, 10.0, 30.0) * (1 if draws.chance() else -1)
    return turned(picture, degrees, (0, 0, 0) if draws.chance() else (255, 255, 255))


def without_sides(picture, share):
    height, width = picture.shape[:2]
    left, top = round(width * share), round(height * share)
    return cut(picture, left, top, width - 2 * left, height - 2 * top)


def sides_5(picture, draws):
    return without_sides(picture, draws.value("side", 0.05, 0.03, 0.07))


def sides_10(picture, draws):
    return without_sides(picture, draws.value("side", 0.10, 0.08, 0.14))


def cropped(picture, draws, area, low, high):
    """A random crop that keeps a share of the area, its shape up to a third off the picture's."""
    height, width = picture.shape[:2]
    kept = draws.value("area", area, low, high)
    shape = draws.between("shape", max(kept, 0.75), min(1 / kept, 1 / 0.75))
    wide = min(width, round(width * math.sqrt(kept * shape)))
    high_ = min(height, round(height * math.sqrt(kept / shape)))
    left, top = draws.rng.integers(width - wide + 1), draws.rng.integers(height - high_ + 1)
    return cut(picture, left, top, wide, high_)


def crop_75(picture, draws):
    return cropped(picture, draws, 0.75, 0.65, 0.85)


def crop_50(picture, draws):
    return cropped(picture, draws, 0.50, 0.42, 0.60)


def crop_25(picture, draws):
    return cropped(picture, draws, 0.25, 0.21, 0.35)


def crop_10(picture, draws):
    return cropped(picture, draws, 0.10, 0.09, 0.15)


def framed(picture, share, colour):
    height, width = picture.shape[:2]
    edge_x, edge_y = round(width * share), round(height * share)
    return cv2.copyMakeBorder(picture, edge_y, edge_y, edge_x, edge_x, cv2.BORDER_CONSTANT, value=colour)


def frame(picture, draws):
    return framed(picture, draws.value("side", 0.10, 0.06, 0.15), draws.colour())


def letterbox(picture, draws):
    height, width = picture.shape[:2]
    wide = max(width, round(height * 9 / 16))
    high = max(height, round(wide * 16 / 9))
    colour = (0, 0, 0) if draws.chance() or not draws.varied else draws.colour()
    ground = np.full((high, wide, 3), colour, np.uint8)
    return placed(ground, picture, (wide - width) // 2, (high - height) // 2)


def large_text(picture, draws, lines):
    height, width = picture.shape[:2]
    result = picture
    for line_number in range(lines):
        korean = draws.chance()
        line = canvas.any_line(draws.rng, korean)
        pixels = canvas.fitted_text(width * draws.value("width", 0.92, 0.75, 0.98), line, korean, height * 0.34)
        centre = (width / 2, height * ((line_number + draws.between("place", 0.35, 0.65)) / lines))
        colour = [(255, 255, 255), (255, 220, 0), (255, 30, 60), (0, 0, 0)][draws.rng.integers(4)]
        edge = (0, 0, 0) if sum(colour) else (255, 255, 255)
        result = canvas.written(result, line, centre, pixels, colour, korean, edge=edge)
    return result


def text_across(picture, draws):
    return large_text(picture, draws, 2)


def disc_over(picture, draws, share, low, high):
    height, width = picture.shape[:2]
    radius = round(math.sqrt(height * width * draws.value("area", share, low, high) / math.pi))
    radius = min(radius, min(height, width) // 2)
    centre = (int(draws.rng.integers(radius, width - radius + 1)), int(draws.rng.integers(radius, height - radius + 1)))
    return canvas.disc(picture, centre, radius, draws.colour())


def disc_10(picture, draws):
    return disc_over(picture, draws, 0.10, 0.07, 0.14)


def disc_30(picture, draws):
    return disc_over(picture, draws, 0.30, 0.24, 0.34)


def pixelated(picture, draws):
    """A band or a window of a third of the area, in blocks as a mosaic is."""
    height, width = picture.shape[:2]
    area = draws.value("area", 0.333, 0.25, 0.38)
    wide, high = round(width * math.sqrt(area)), round(height * math.sqrt(area))
    left, top = draws.rng.integers(width - wide + 1), draws.rng.integers(height - high + 1)
    blocks = max(2, round(wide / max(6, width * draws.value("block", 0.03, 0.02, 0.05))))
    window = cut(picture, left, top, wide, high)
    coarse = cv2.resize(window, (blocks, max(2, blocks * high // wide)), interpolation=cv2.INTER_AREA)
    return placed(picture, cv2.resize(coarse, (wide, high), interpolation=cv2.INTER_NEAREST), left, top)


def perspective(picture, draws):
    """Photographed at an angle: each corner moves inwards by up to 15 %, and the wall shows behind."""
    height, width = picture.shape[:2]
    most = draws.value("corner", 0.15, 0.08, 0.15)
    inwards = draws.rng.uniform(0, most, (4, 2))
    # One side is always foreshortened by the whole amount, so that none comes out flat.
    first, second = [(0, 1), (1, 2), (2, 3), (3, 0)][draws.rng.integers(4)]
    inwards[[first, second]] = most * draws.rng.uniform(0.7, 1, (2, 2))
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    towards = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]]) * inwards * (width, height)
    warp = cv2.getPerspectiveTransform(corners, (corners + towards).astype(np.float32))
    wall = np.full_like(picture, draws.rng.integers(70, 200, 3)).astype(float)
    wall += np.linspace(-30, 30, width)[None, :, None] + draws.rng.normal(0, 4, (height, width, 1))
    inside = cv2.warpPerspective(np.full((height, width), 255, np.uint8), warp, (width, height))[..., None] / 255.0
    shown = cv2.warpPerspective(picture, warp, (width, height), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    return np.clip(shown * inside + wall * (1 - inside), 0, 255).astype(np.uint8)


def pasted(picture, draws, area, low, high):
    """Pasted into another photograph, of which it covers a share."""
    share = draws.value("area", area, low, high)
    height, width = picture.shape[:2]
    other = draws.other()
    wide, high_ = other.shape[1], other.shape[0]
    factor = math.sqrt(share * wide * high_ / (width * height))
    if width * factor > wide or height * factor > high_:
        # A shape that does not fit: the other photograph is cut to this one's shape.
        other = canvas.cover(other, round(math.sqrt(wide * high_ * width / height)), round(math.sqrt(wide * high_ * height / width)))
        wide, high_ = other.shape[1], other.shape[0]
        factor = math.sqrt(share * wide * high_ / (width * height))
    # The pasted picture keeps its own pixels as far as the whole stays of usual size.
    grow = min(draws.value("pixels", 1.0, 0.5, 1.0) / factor, 1600 / max(wide, high_))
    other = scaled(other, wide * grow, high_ * grow)
    factor *= grow
    inner = scaled(picture, min(other.shape[1], width * factor), min(other.shape[0], height * factor))
    left = draws.rng.integers(other.shape[1] - inner.shape[1] + 1)
    top = draws.rng.integers(other.shape[0] - inner.shape[0] + 1)
    return placed(other, inner, left, top)


def pasted_50(picture, draws):
    return pasted(picture, draws, 0.50, 0.40, 0.60)


def pasted_25(picture, draws):
    return pasted(picture, draws, 0.25, 0.20, 0.33)


def pasted_10(picture, draws):
    return pasted(picture, draws, 0.10, 0.09, 0.15)


def screenshot(picture, draws):
    width = draws.value("width", 540, 432, 1080)
    screen, _ = canvas.phone_screen(draws.rng, picture, width, dark=draws.chance())
    return screen


def collage(picture, draws):
    """One of four, each filling its quarter; the shape of a quarter is the picture's."""
    height, width = picture.shape[:2]
    gap = draws.value("gap", 6, 0, 14)
    sheet = np.full((2 * height + gap, 2 * width + gap, 3), 255, np.uint8)
    mine = draws.rng.integers(4)
    draws.notes["quarter"] = int(mine)
    for place in range(4):
        shown = picture if place == mine else canvas.cover(draws.other(), width, height)
        top, left = (place // 2) * (height + gap), (place % 2) * (width + gap)
        sheet[top : top + height, left : left + width] = shown
    largest = max(sheet.shape[:2])
    return sheet if largest <= 1600 else scaled(sheet, sheet.shape[1] * 1600 / largest, sheet.shape[0] * 1600 / largest)


def mirror_crop_jpeg(picture, draws):
    kept = crop_75(mirror(picture, draws), draws)
    return through(kept, "JPEG", quality=draws.value("quality", 30, 20, 45))


def white_frame_text(picture, draws):
    edge = framed(picture, draws.value("side", 0.10, 0.06, 0.15), (255, 255, 255))
    return large_text(edge, draws, 1)


EDITS = {
    "none": none, "jpeg-10": jpeg, "quarter-size": quarter, "greyscale": grey, "blur-4": blur,
    "brightness-1.6": brightness, "contrast-0.5": contrast, "negative": negative, "noise-40": noise,
    "height-0.6": flatter, "mirror": mirror, "rotated-90": quarter_turn, "rotated-5-cut": rotated_cut,
    "rotated-20-filled": rotated_filled, "sides-5-cut": sides_5, "sides-10-cut": sides_10,
    "crop-75": crop_75, "crop-50": crop_50, "crop-25": crop_25, "crop-10": crop_10, "frame-10": frame,
    "letterbox-9-16": letterbox, "text-across": text_across, "disc-10": disc_10, "disc-30": disc_30,
    "pixelated-third": pixelated, "perspective-15": perspective, "pasted-50": pasted_50,
    "pasted-25": pasted_25, "pasted-10": pasted_10, "phone-screenshot": screenshot,
    "collage-of-four": collage, "mirror-crop-75-jpeg-30": mirror_crop_jpeg,
    "white-frame-text": white_frame_text,
}  # fmt: skip
assert len(EDITS) == 34


def photographs(folder):
    """Paths of the pictures in a folder, or on standard input's lines for '-', in name order."""
    if folder == "-":
        return [line.rstrip("\n") for line in sys.stdin if line.strip()]
    found = [os.path.join(folder, name) for name in os.listdir(folder) if name.lower().endswith(SUFFIXES)]
    return sorted(found)


def edited(photo, picture, edit, function, seed, vary, surroundings):
    """The altered picture and its draws."""
    draws = Draws(seed, photo, edit, vary, surroundings)
    return function(picture, draws), draws


def bound(text):
    width, _, height = text.partition("x")
    return int(width), int(height or width)


def main():
    parser = argparse.ArgumentParser(description="Makes altered copies of photographs.", epilog=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", required=True, help="a folder, or - for paths on standard input")
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--limit", type=int, help="only the first N photographs")
    parser.add_argument("--size", type=bound, metavar="WxH", help="make photographs no larger than this first")
    parser.add_argument("--format", choices=["png", "jpg"], default="png")
    parser.add_argument("--vary", action="store_true", help="other qualities, crops, angles... than the usual ones")
    parser.add_argument("--held-out", action="store_true", help="the held-out edits in place of the 34")
    parser.add_argument("--edit", action="append", help="only this edit; may be given again")
    chosen = parser.parse_args()

    edits = EDITS
    if chosen.held_out:
        from held_out import HELD_OUT as edits
    if chosen.edit:
        unknown = [name for name in chosen.edit if name not in edits]
        if unknown:
            parser.error(f"no such edit: {', '.join(unknown)}; there are {', '.join(edits)}")
        edits = {name: edits[name] for name in chosen.edit}
    photos = photographs(chosen.photos)
    if not photos:
        parser.error(f"{chosen.photos}: no photographs")
    if not canvas.has_korean():
        print("edits: no Korean font (apt-get install fonts-nanum): text is Latin only", file=sys.stderr)
    os.makedirs(chosen.out, exist_ok=True)
    print(f"seed {chosen.seed}{' varied' if chosen.vary else ''}, {len(photos)} photographs, {len(edits)} edits")
    with open(os.path.join(chosen.out, "manifest.csv"), "w", newline="") as manifest:
        rows = csv.writer(manifest)
        rows.writerow(["photo", "edit", "params", "file", "others"])
        for photo in photos[: chosen.limit]:
            try:
                picture = canvas.load(photo, chosen.size)
            except (OSError, ValueError, Image.DecompressionBombError) as error:
                print(f"edits: {photo}: {error}", file=sys.stderr)
                continue
            for edit, function in edits.items():
                result, draws = edited(photo, picture, edit, function, chosen.seed, chosen.vary, photos)
                name = f"{os.path.basename(photo)}.{edit}.{chosen.format}"
                options = {"quality": 92} if chosen.format == "jpg" else {"compress_level": 1}
                Image.fromarray(result).save(os.path.join(chosen.out, name), **options)
                notes = " ".join(f"{key}={value}" for key, value in draws.notes.items())
                rows.writerow([os.path.basename(photo), edit, notes, name, ";".join(draws.others)])


if __name__ == "__main__":
    main()
