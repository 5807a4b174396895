"""Pictures as uint8 RGB arrays (height, width, 3), and what is drawn on and around them."""

import functools
import os

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

# The first that exists is used. `apt-get install fonts-nanum` gives the Korean ones; without it
# text is Latin only.
KOREAN_FONTS = [
    "/usr/share/fonts/truetype/nanum/NanumGothicBold.ttf",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc",
    "/usr/share/fonts/truetype/nanum/NanumGothic.ttf",
]
LATIN_FONTS = [
    "/usr/share/fonts/truetype/dejavu/DejaVuSans-Bold.ttf",
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf",
    "/usr/share/fonts/truetype/liberation/LiberationSans-Bold.ttf",
]
KOREAN_LINES = [
    "실시간 단독 공개", "무단 배포 금지", "어제 저녁에 찍은 사진", "이거 진짜예요?", "링크는 프로필에",
    "다들 조용히 해 주세요", "출처: 익명 게시판", "오늘의 화제",
]
LATIN_LINES = [
    "BREAKING NEWS", "WAIT FOR IT", "who is this??", "SHARE NOW", "link in bio", "FREE PREVIEW",
    "do not repost", "seen at the beach",
]


@functools.cache
def first_font(candidates):
    return next((path for path in candidates if os.path.exists(path)), None)


def has_korean():
    return first_font(tuple(KOREAN_FONTS)) is not None


def font(pixels, korean):
    path = first_font(tuple(KOREAN_FONTS)) if korean and has_korean() else first_font(tuple(LATIN_FONTS))
    if path is None:
        raise SystemExit("no font found: apt-get install fonts-dejavu-core fonts-nanum")
    return ImageFont.truetype(path, max(6, int(pixels)))


def any_line(rng, korean):
    lines = KOREAN_LINES if korean and has_korean() else LATIN_LINES
    return lines[rng.integers(len(lines))]


def load(path, bound=None):
    """Reads a photograph upright as RGB, made no larger than bound (width, height) if given."""
    with Image.open(path) as opened:
        picture = ImageOps.exif_transpose(opened).convert("RGB")
    if bound is not None:
        picture.thumbnail(bound, Image.LANCZOS)
    return np.asarray(picture)


def through(picture, how, **options):
    """Encodes and decodes a picture with Pillow."""
    import io

    held = io.BytesIO()
    Image.fromarray(picture).save(held, how, **options)
    held.seek(0)
    return np.asarray(Image.open(held).convert("RGB"))


def scaled(picture, width, height):
    width, height = max(1, round(width)), max(1, round(height))
    smaller = width * height < picture.shape[0] * picture.shape[1]
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC)


def cover(picture, width, height):
    """Scales a picture to fill width x height, and cuts off what hangs over on both sides."""
    height_now, width_now = picture.shape[:2]
    factor = max(width / width_now, height / height_now)
    larger = scaled(picture, max(width, width_now * factor), max(height, height_now * factor))
    top, left = (larger.shape[0] - height) // 2, (larger.shape[1] - width) // 2
    return np.ascontiguousarray(larger[top : top + height, left : left + width])


def cut(picture, left, top, width, height):
    return np.ascontiguousarray(picture[top : top + height, left : left + width])


def placed(ground, picture, left, top):
    """A copy of ground with picture on it, which must fit."""
    result = ground.copy()
    result[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return result


def written(picture, line, centre, pixels, colour, korean, edge=None, angle=0.0, opacity=1.0):
    """Writes a line of text about a centre; edge is the colour of its outline."""
    height, width = picture.shape[:2]
    type_face = font(pixels, korean)
    sheet = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    ImageDraw.Draw(sheet).text(
        centre, line, font=type_face, fill=tuple(colour) + (round(255 * opacity),), anchor="mm",
        stroke_width=0 if edge is None else max(1, int(pixels) // 14), stroke_fill=edge,
    )
    if angle:
        sheet = sheet.rotate(angle, resample=Image.BICUBIC, center=centre)
    return np.asarray(Image.alpha_composite(Image.fromarray(picture).convert("RGBA"), sheet).convert("RGB"))


def fitted_text(width, line, korean, largest):
    """The size in pixels at which a line is as wide as width, and no more than largest."""
    return min(largest, width / max(1.0, font(100, korean).getlength(line)) * 100)


def disc(picture, centre, radius, colour):
    result = picture.copy()
    cv2.circle(result, centre, radius, tuple(int(c) for c in colour), -1, cv2.LINE_AA)
    return result


def phone_screen(rng, picture, width, shown_height=None, dark=False):
    """A phone's screen showing a post: status bar, header, the picture, buttons and comments.

    The picture spans the width. The screen is about 19.5:9; a tall picture makes fewer comments.
    """
    height = round(width * 2340 / 1080)
    paper, ink, pale = ((18, 18, 20), (235, 235, 235), (120, 120, 125)) if dark else ((255, 255, 255), (20, 20, 20), (140, 140, 145))
    unit = width / 1080
    shown = scaled(picture, width, picture.shape[0] * width / picture.shape[1])
    most = round(height * 0.62) if shown_height is None else shown_height
    if shown.shape[0] > most:
        shown = scaled(picture, picture.shape[1] * most / picture.shape[0], most)
    sheet = Image.new("RGB", (width, height), paper)
    draw = ImageDraw.Draw(sheet)

    def text(x, y, line, pixels, colour, korean=False):
        draw.text((x * unit, y * unit), line, font=font(pixels * unit, korean), fill=colour)

    text(60, 26, f"{rng.integers(1, 13)}:{rng.integers(60):02d}", 42, ink)
    text(840, 26, "LTE", 36, ink)
    draw.rounded_rectangle([950 * unit, 30 * unit, 1020 * unit, 66 * unit], 8 * unit, outline=ink, width=max(1, round(4 * unit)))
    draw.rectangle([956 * unit, 36 * unit, (960 + rng.integers(10, 55)) * unit, 60 * unit], fill=ink)
    draw.ellipse([40 * unit, 130 * unit, 130 * unit, 220 * unit], fill=tuple(int(c) for c in rng.integers(60, 230, 3)))
    text(155, 130, f"user_{rng.integers(1000, 99999)}", 40, ink)
    text(155, 180, any_line(rng, True), 32, pale, korean=True)
    for dot in range(3):
        draw.ellipse([(960 + dot * 26) * unit, 165 * unit, (972 + dot * 26) * unit, 177 * unit], fill=ink)
    top = round(250 * unit)
    left = (width - shown.shape[1]) // 2
    sheet.paste(Image.fromarray(shown), (left, top))
    y = (top + shown.shape[0]) / unit + 30
    draw.ellipse([50 * unit, y * unit, 110 * unit, (y + 60) * unit], outline=ink, width=max(1, round(6 * unit)))
    draw.rounded_rectangle([160 * unit, y * unit, 225 * unit, (y + 55) * unit], 14 * unit, outline=ink, width=max(1, round(6 * unit)))
    draw.polygon([(275 * unit, y * unit), (335 * unit, (y + 28) * unit), (275 * unit, (y + 56) * unit)], outline=ink)
    y += 90
    text(50, y, f"{rng.integers(3, 9999):,} likes", 40, ink)
    y += 75
    while y < 2340 - 190:
        draw.ellipse([50 * unit, y * unit, 100 * unit, (y + 50) * unit], fill=tuple(int(c) for c in rng.integers(60, 230, 3)))
        text(120, y - 2, f"name{rng.integers(10, 9999)}", 32, ink)
        text(120, y + 42, any_line(rng, bool(rng.integers(2))), 36, ink, korean=True)
        y += 115
    draw.line([0, (2340 - 150) * unit, width, (2340 - 150) * unit], fill=pale)
    for place in range(5):
        x = 108 + place * 216
        draw.rectangle([(x - 28) * unit, (2340 - 115) * unit, (x + 28) * unit, (2340 - 59) * unit], outline=ink, width=max(1, round(5 * unit)))
    return np.asarray(sheet), (left, top, shown.shape[1], shown.shape[0])
