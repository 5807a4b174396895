"""Everyday edits beside the 34: never tuned for, only measured. Same form as those of edits.py."""

import math

import cv2
import numpy as np

import canvas
from canvas import cover, cut, placed, scaled, through
from edits import framed, rotated_cut, turned


def gamma(picture, draws):
    table = 255 * (np.arange(256) / 255) ** draws.value("gamma", 1.8, 1.4, 2.0)
    return cv2.LUT(picture, table.astype(np.uint8))


def sepia(picture, draws):
    tones = np.array([[0.393, 0.349, 0.272], [0.769, 0.686, 0.534], [0.189, 0.168, 0.131]])
    return np.clip(picture @ tones, 0, 255).astype(np.uint8)


def posterised(picture, draws):
    step = 256 // draws.value("levels", 4, 3, 6)
    return np.clip(picture.astype(int) // step * step + step // 2, 0, 255).astype(np.uint8)


def emoji(picture, draws):
    """Round faces over the picture, as stickers are put over faces and bodies."""
    height, width = picture.shape[:2]
    result = picture
    for _ in range(draws.value("stickers", 5, 3, 8)):
        radius = round(min(height, width) * draws.rng.uniform(0.07, 0.14))
        x, y = int(draws.rng.integers(radius, width - radius)), int(draws.rng.integers(radius, height - radius))
        result = canvas.disc(result, (x, y), radius, (255, 205, 60))
        for side in (-1, 1):
            result = canvas.disc(result, (x + side * radius * 2 // 5, y - radius // 4), max(1, radius // 7), (70, 40, 10))
        cv2.ellipse(result, (x, y + radius // 6), (radius // 2, radius // 3), 0, 10, 170, (70, 40, 10), max(1, radius // 9), cv2.LINE_AA)
    return result


def tiled_watermark(picture, draws):
    height, width = picture.shape[:2]
    line, korean = ("무단전재 금지", True) if draws.chance() else ("PREVIEW ONLY", False)
    pixels = min(height, width) * draws.value("size", 0.07, 0.05, 0.1)
    opacity = draws.value("opacity", 0.45, 0.3, 0.6)
    result = picture
    for row in range(4):
        for column in range(3):
            centre = ((column + 0.5 * (row % 2) + 0.25) * width / 3, (row + 0.5) * height / 4)
            result = canvas.written(result, line, centre, pixels, (255, 255, 255), korean, angle=30, opacity=opacity)
    return result


def vignette(picture, draws):
    height, width = picture.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    fall = 1 - draws.value("strength", 0.75, 0.5, 0.85) * np.clip((x * x + y * y) / 2, 0, 1)
    return (picture * fall[..., None]).astype(np.uint8)


def rotated_in_frame(picture, draws):
    degrees = draws.value("degrees", 12.0, 8.0, 16.0) * (1 if draws.chance() else -1)
    return turned(framed(picture, 0.04, (255, 255, 255)), degrees, draws.colour())


def webp(picture, draws):
    return through(picture, "WEBP", quality=draws.value("quality", 20, 10, 30))


def squeezed(picture, draws):
    return scaled(picture, picture.shape[1] * draws.value("width", 0.7, 0.6, 0.8), picture.shape[0])


def one_side_cut(picture, draws):
    height, width = picture.shape[:2]
    away = draws.value("side", 0.30, 0.2, 0.35)
    left, top, right, bottom = [(away, 0, 0, 0), (0, away, 0, 0), (0, 0, away, 0), (0, 0, 0, away)][draws.rng.integers(4)]
    return cut(picture, round(width * left), round(height * top), round(width * (1 - left - right)), round(height * (1 - top - bottom)))


def photo_filter(picture, draws):
    """Faded blacks, warm lights, cold shadows, stronger colours: what photo apps call a filter."""
    light = (picture @ np.array([0.299, 0.587, 0.114]))[..., None]
    vivid = light + (picture - light) * draws.value("saturation", 1.4, 1.2, 1.6)
    curved = 30 + 215 * (1 / (1 + np.exp(-(vivid - 128) / 45)))
    warm = curved + (light - 128) / 255 * np.array([38, 8, -38])
    return vignette(np.clip(warm, 0, 255).astype(np.uint8), draws)


def off_a_screen(picture, draws):
    """Photographed off a screen: sub-pixel grid, moiré, a glare, slight angle, soft lens, noise."""
    largest = 960
    shown = scaled(picture, *(np.array(picture.shape[1::-1]) * largest / max(picture.shape[:2])))
    height, width = shown.shape[:2]
    y, x = np.mgrid[0:height, 0:width]
    pitch = draws.between("pitch", 2.2, 3.4)
    angle = math.radians(draws.between("angle", -4, 4))
    along, down = x * math.cos(angle) + y * math.sin(angle), y * math.cos(angle) - x * math.sin(angle)
    grid = np.stack([1 + 0.22 * np.cos(2 * np.pi * along / pitch + phase) for phase in (0, 2.1, 4.2)], axis=2)
    grid *= (1 + 0.12 * np.cos(2 * np.pi * down / pitch))[..., None]
    glare = 70 * np.exp(-(((x / width - draws.rng.uniform()) ** 2 + (y / height - draws.rng.uniform()) ** 2) / 0.05))
    lit = shown * grid * draws.value("light", 0.85, 0.7, 1.1) + glare[..., None]
    lit = cv2.GaussianBlur(np.clip(lit, 0, 255).astype(np.uint8), (0, 0), 0.9)
    bezel = framed(lit, 0.05, (14, 14, 16))
    edge = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32) * (bezel.shape[1], bezel.shape[0])
    moved = edge + draws.rng.uniform(-0.03, 0.03, (4, 2)) * (bezel.shape[1], bezel.shape[0])
    warp = cv2.getPerspectiveTransform(edge.astype(np.float32), moved.astype(np.float32))
    taken = cv2.warpPerspective(bezel, warp, (bezel.shape[1], bezel.shape[0]), borderValue=(60, 55, 50))
    grainy = np.clip(taken + draws.rng.normal(0, 5, taken.shape), 0, 255).astype(np.uint8)
    return through(grainy, "JPEG", quality=70)


def blurred_fill(picture, draws):
    """9:16 with the picture across and its own blurred enlargement behind, as stories do."""
    height, width = picture.shape[:2]
    wide = max(width, round(height * 9 / 16))
    high = max(height, round(wide * 16 / 9))
    ground = cv2.GaussianBlur(cover(picture, wide, high), (0, 0), wide * draws.value("blur", 0.03, 0.02, 0.05))
    return placed((ground * 0.8).astype(np.uint8), picture, (wide - width) // 2, (high - height) // 2)


def subtitles(picture, draws):
    height, width = picture.shape[:2]
    bar = round(height * draws.value("bar", 0.18, 0.12, 0.25))
    result = picture.copy()
    result[height - bar :] = result[height - bar :] // 4
    korean = draws.chance()
    for row in range(2):
        line = canvas.any_line(draws.rng, korean)
        pixels = canvas.fitted_text(width * 0.9, line, korean, bar * 0.36)
        result = canvas.written(result, line, (width / 2, height - bar * (0.72 - 0.45 * row)), pixels, (255, 255, 255), korean)
    return result


def caption_bar(picture, draws):
    """A white bar with a caption above the picture, as memes have."""
    height, width = picture.shape[:2]
    bar = round(height * draws.value("bar", 0.25, 0.15, 0.35))
    sheet = np.full((height + bar, width, 3), 255, np.uint8)
    korean = draws.chance()
    line = canvas.any_line(draws.rng, korean)
    pixels = canvas.fitted_text(width * 0.9, line, korean, bar * 0.6)
    return canvas.written(placed(sheet, picture, 0, bar), line, (width / 2, bar / 2), pixels, (0, 0, 0), korean)


def sent_on(picture, draws):
    """Sent on thrice: a little smaller and a little worse each time, off by a few pixels."""
    for _ in range(3):
        height, width = picture.shape[:2]
        left, top = draws.rng.integers(1, 5, 2)
        shifted = cut(picture, left, top, width - left - 2, height - top - 2)
        picture = through(scaled(shifted, shifted.shape[1] * 0.85, shifted.shape[0] * 0.85), "JPEG", quality=45)
    return picture


def screen_of_video(picture, draws):
    """A still of a dark, noisy re-recording: half the size, turned a little, bars above and below."""
    small = rotated_cut(scaled(picture, picture.shape[1] * 0.6, picture.shape[0] * 0.6), draws)
    grain = draws.rng.normal(0, draws.value("noise", 12.0, 6.0, 18.0), small.shape)
    dark = np.clip(small * 0.7 + grain, 0, 255).astype(np.uint8)
    return cv2.copyMakeBorder(dark, round(dark.shape[0] * 0.15), round(dark.shape[0] * 0.15), 0, 0, cv2.BORDER_CONSTANT, value=(0, 0, 0))


HELD_OUT = {
    "gamma-1.8": gamma, "sepia": sepia, "posterised-4": posterised, "emoji": emoji, "watermark-tiled": tiled_watermark,
    "vignette": vignette, "rotated-12-in-frame": rotated_in_frame, "webp-20": webp, "width-0.7": squeezed,
    "one-side-30-cut": one_side_cut, "photo-filter": photo_filter, "off-a-screen": off_a_screen,
    "blurred-fill-9-16": blurred_fill, "subtitles": subtitles, "caption-bar": caption_bar, "sent-on": sent_on,
    "dark-recording": screen_of_video,
}  # fmt: skip
