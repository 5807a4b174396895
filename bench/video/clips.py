"""Makes the long video and the altered excerpt out of real clips, with ffmpeg."""

import os
import subprocess

import cv2
import numpy as np

WIDTH, HEIGHT, RATE = 640, 360, 25


def ffmpeg(*words, **options):
    return subprocess.run(["ffmpeg", "-hide_banner", "-loglevel", "error", "-nostdin", "-y", *map(str, words)], check=True, **options)


def probe(path):
    """Width, height, frames per second and seconds of a clip's picture."""
    told = subprocess.run(
        ["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=width,height,avg_frame_rate:format=duration", "-of", "default=noprint_wrappers=1", path],
        check=True, capture_output=True, text=True,
    ).stdout
    said = dict(line.split("=", 1) for line in told.split())
    upper, _, lower = said["avg_frame_rate"].partition("/")
    return int(said["width"]), int(said["height"]), float(upper) / float(lower or 1), float(said["duration"])


def fitted(width=WIDTH, height=HEIGHT, rate=RATE):
    return f"scale={width}:{height}:force_original_aspect_ratio=decrease,pad={width}:{height}:-1:-1,setsar=1,fps={rate}"


def frames(path):
    """The frames of a clip as the long video shows it."""
    reading = subprocess.Popen(
        ["ffmpeg", "-hide_banner", "-loglevel", "error", "-nostdin", "-i", path, "-vf", fitted(), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"],
        stdout=subprocess.PIPE,
    )
    size = WIDTH * HEIGHT * 3
    while len(held := reading.stdout.read(size)) == size:
        yield held
    if reading.wait():
        raise SystemExit(f"{path}: ffmpeg could not read it")


def slow_pan(photo, seconds, rng):
    """The frames of a window that moves over a photograph: what a slide show is."""
    picture = cv2.imread(photo)
    if picture is None:
        return
    factor = 1.5 * max(WIDTH / picture.shape[1], HEIGHT / picture.shape[0])
    picture = cv2.cvtColor(cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2RGB)
    room = np.array([picture.shape[1] - WIDTH, picture.shape[0] - HEIGHT])
    start, end = rng.uniform(0, 1, (2, 2)) * room
    for step in np.linspace(0, 1, round(seconds * RATE)):
        left, top = np.round(start + (end - start) * step).astype(int)
        yield np.ascontiguousarray(picture[top : top + HEIGHT, left : left + WIDTH]).tobytes()


def long_video(out, parts, photos, seconds, at, rng):
    """Writes a video of at least so many seconds: the clip `parts` gives at time `at`, the rest pans.

    parts: paths of clips; the first begins at `at`, the others are strewn over the rest. Returns the
    second at which the first begins, and the one at which it ends.
    """
    total, due = round(seconds * RATE), round(at * RATE)
    others = list(parts[1:])
    places = sorted(rng.integers(0, total, len(others)).tolist())
    order = iter(rng.permutation(len(photos)).tolist() * 100)
    writing = subprocess.Popen(
        ["ffmpeg", "-hide_banner", "-loglevel", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(RATE), "-i", "-",
         "-c:v", "libx264", "-preset", "ultrafast", "-crf", "26", "-threads", "1", "-pix_fmt", "yuv420p", out],
        stdin=subprocess.PIPE,
    )  # fmt: skip
    written, first = 0, None

    def write(source, most=None):
        nonlocal written
        begun = written
        for frame in source:
            if most is not None and written - begun >= most:
                break
            writing.stdin.write(frame)
            written += 1
        return begun / RATE, written / RATE

    while written < total or first is None:
        if first is None and written >= due:
            first = write(frames(parts[0]))
        elif places and written >= places[0]:
            places.pop(0)
            write(frames(others.pop(0)))
        else:
            # Never past the moment at which the first clip is due.
            write(slow_pan(photos[next(order)], rng.uniform(3, 6), rng), None if first or written >= due else max(1, due - written))
    writing.stdin.close()
    if writing.wait():
        raise SystemExit(f"{out}: ffmpeg could not write it")
    return first


# What is done to the excerpt: mirrored, 15 % of each side cut off, a logo, 1.15 times the speed,
# another frame rate and size.
SPEED = 1.15


def altered_excerpt(clip, start, seconds, out):
    speed = f"setpts=(PTS-STARTPTS)/{SPEED}"
    logo = "drawbox=x=iw*0.70:y=ih*0.05:w=iw*0.25:h=ih*0.12:color=yellow:t=fill,drawbox=x=iw*0.73:y=ih*0.08:w=iw*0.19:h=ih*0.06:color=red:t=fill"
    ffmpeg("-ss", start, "-t", seconds, "-i", clip, "-an", "-vf", f"hflip,crop=iw*0.7:ih*0.7,{logo},{speed},scale=400:-2,fps=24",
           "-c:v", "libx264", "-preset", "veryfast", "-crf", "30", "-threads", "1", "-pix_fmt", "yuv420p", out)  # fmt: skip
    return seconds / SPEED


def clip_files(folder):
    return sorted(os.path.join(folder, name) for name in os.listdir(folder) if name.lower().endswith((".mp4", ".avi", ".mkv", ".webm", ".mov")))
