#!/usr/bin/env python3
"""Drives the real `jikimi` as its user does: real photographs and clips from Debian packages, files
that are broken in every way, and what the shell sees (output, messages, exit status).

    commands_test.py JIKIMI [test names]
"""

import json
import os
import pathlib
import shutil
import signal
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import zlib

JIKIMI = ""
PHOTOS = pathlib.Path("/usr/share/doc/opencv-doc/examples/data")
NOBODY = 65534
DONE, SOME_FAILED, USAGE, FAILED, INTERRUPTED = 0, 1, 2, 3, 130
PATIENCE = 300  # seconds until a run is held to hang; one with a sanitizer may take minutes


def jikimi(*words, stdin=None, **kwargs):
    return subprocess.run([JIKIMI, *map(str, words)], input=stdin, capture_output=True,
                          timeout=PATIENCE, check=False, **kwargs)


def lines(run):
    return [json.loads(line) for line in run.stdout.decode().splitlines()]


def ffmpeg(*words):
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", *map(str, words)], check=True)


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png_of_zeros(side):
    """A 1-bit black picture of side x side pixels: huge to decode, small to send."""
    packer = zlib.compressobj(9)
    row = bytes(1 + (side + 7) // 8)
    body = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body)
            + chunk(b"IEND", b""))


def gif_of_frames(count):
    frame = b"!\xf9\x04\x00\x01\x00\x00\x00" + b",\0\0\0\0\x01\0\x01\0\0" + b"\x02\x02D\x01\0"
    return b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff" + frame * count + b";"


class CommandsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shelf = pathlib.Path(tempfile.mkdtemp(prefix="jikimi-shelf-"))
        for name in ("aloeL.jpg", "fruits.jpg", "building.jpg", "home.jpg", "board.jpg",
                     "butterfly.jpg"):
            ffmpeg("-i", PHOTOS / name, "-vf", "scale=640:-2", "-q:v", "3", cls.shelf / name)
        ffmpeg("-i", PHOTOS / "tree.avi", "-t", "12", "-c:v", "mpeg4", "-q:v", "4",
               cls.shelf / "tree.mp4")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.shelf)

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="jikimi-test-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def put(self, name, data):
        path = self.folder / name
        path.write_bytes(data)
        return path

    def take(self, name, into=""):
        (self.folder / into).mkdir(exist_ok=True)
        return pathlib.Path(shutil.copy(self.shelf / name, self.folder / into / name))

    def edited(self, name, graph, to):
        path = self.folder / to
        path.parent.mkdir(exist_ok=True)
        ffmpeg("-i", self.shelf / name, "-vf", graph, "-q:v", "4", path)
        return path

    def check_error(self, run, path, code, *says):
        """One JSON line for `path` with that error; the message names the path and says `says`."""
        self.assertEqual(run.returncode, SOME_FAILED, run.stderr)
        line = [line for line in lines(run) if line["path"] == str(path)]
        self.assertEqual(len(line), 1, run.stdout)
        self.assertEqual(line[0]["error"]["code"], code, line)
        for text in says:
            self.assertIn(text, line[0]["error"]["message"])
        self.assertIn(line[0]["error"]["message"], run.stderr.decode())


class FingerprintTest(CommandsTest):
    def test_photo_gives_all_keys(self):
        run = jikimi("fingerprint", "--json", self.shelf / "fruits.jpg")
        self.assertEqual(run.returncode, DONE, run.stderr)
        (line,) = lines(run)
        self.assertEqual(line["kind"], "photo")
        self.assertRegex(line["pdq"], "^[0-9a-f]{64}$")
        self.assertGreaterEqual(line["quality"], 50)
        self.assertEqual((line["width"], line["frames"]), (640, 1))
        self.assertGreater(line["patches"], 50)

    def test_video_gives_a_word_a_second(self):
        (line,) = lines(jikimi("fingerprint", "--json", self.shelf / "tree.mp4"))
        self.assertEqual(line["kind"], "video")
        self.assertIn(line["frames"], (12, 13))
        self.assertAlmostEqual(line["seconds"], 12, delta=0.2)
        self.assertGreaterEqual(line["key_frames"], 1)

    def test_every_frame_in_vpdq_form(self):
        run = jikimi("fingerprint", "--every-frame", "--vpdq", self.shelf / "tree.mp4")
        rows = run.stdout.decode().splitlines()
        self.assertGreater(len(rows), 150)
        self.assertRegex(rows[0], r"^0,\d+,[0-9a-f]{64},0\.000$")

    def test_standard_input_is_a_file_like_any_other(self):
        data = (self.shelf / "home.jpg").read_bytes()
        piped = lines(jikimi("fingerprint", "--json", "-", stdin=data))[0]
        named = lines(jikimi("fingerprint", "--json", self.shelf / "home.jpg"))[0]
        self.assertEqual(piped["path"], "-")
        self.assertEqual(piped["pdq"], named["pdq"])

    def test_folder_comes_in_order_whatever_the_threads(self):
        for name in ("board.jpg", "fruits.jpg", "home.jpg"):
            self.take(name, "photos")
        expected = [str(self.folder / "photos" / name)
                    for name in ("board.jpg", "fruits.jpg", "home.jpg")]
        for threads in (1, 3):
            run = jikimi("fingerprint", "--json", "--threads", threads, self.folder / "photos")
            self.assertEqual([line["path"] for line in lines(run)], expected)

    def test_kind_is_read_from_bytes_and_not_from_the_name(self):
        path = self.put("holiday.mp4", (self.shelf / "fruits.jpg").read_bytes())
        self.assertEqual(lines(jikimi("fingerprint", "--json", path))[0]["kind"], "photo")

    def test_names_in_korean_and_names_that_are_no_utf8(self):
        data = (self.shelf / "fruits.jpg").read_bytes()
        self.put("사진 1.jpg", data)
        with open(os.fsencode(self.folder) + b"/\xff\xfe\n.jpg", "wb") as file:
            file.write(data)
        run = jikimi("fingerprint", "--json", self.folder)
        self.assertEqual(run.returncode, DONE, run.stderr)
        shown = [line["path"] for line in lines(run)]
        self.assertIn(f"{self.folder}/사진 1.jpg", shown)
        self.assertIn(f"{self.folder}/\\xff\\xfe\\x0a.jpg", shown)

    def test_same_file_twice_is_two_lines(self):
        photo = self.shelf / "home.jpg"
        run = jikimi("fingerprint", "--json", photo, photo)
        self.assertEqual(len(lines(run)), 2)


class BadInputTest(CommandsTest):
    """Each a clear error for that input alone; the good file beside it is still read."""

    def fingerprint_beside_a_good_file(self, *paths, **kwargs):
        run = jikimi("fingerprint", "--json", *paths, self.shelf / "home.jpg", **kwargs)
        self.assertEqual(lines(run)[-1].get("kind"), "photo", run.stdout)
        return run

    def test_empty_file(self):
        path = self.put("empty.jpg", b"")
        self.check_error(self.fingerprint_beside_a_good_file(path), path, "unsupported", "empty")

    def test_text_is_said_to_be_no_picture(self):
        path = self.put("letter.jpg", b"Dear all, this is no picture.\n" * 20)
        self.check_error(self.fingerprint_beside_a_good_file(path), path, "unsupported")

    def test_missing_file(self):
        path = self.folder / "gone.jpg"
        self.check_error(self.fingerprint_beside_a_good_file(path), path, "not_found")

    def test_fifo_and_socket_are_named_and_not_waited_for(self):
        fifo = self.folder / "a-fifo"
        os.mkfifo(fifo)
        listener = socket.socket(socket.AF_UNIX)
        self.addCleanup(listener.close)
        listener.bind(str(self.folder / "a-socket"))
        run = self.fingerprint_beside_a_good_file(self.folder)
        self.check_error(run, fifo, "unsupported", "FIFO")
        self.check_error(run, self.folder / "a-socket", "unsupported", "socket")

    def test_file_without_permission(self):
        path = self.take("fruits.jpg")
        self.folder.chmod(0o755)
        path.chmod(0)
        program = shutil.copy(JIKIMI, self.folder / "program")  # where everybody can reach it
        user = {"user": NOBODY, "group": NOBODY} if os.getuid() == 0 else {}
        run = subprocess.run([program, "fingerprint", "--json", path], capture_output=True,
                             timeout=PATIENCE, check=False, **user)
        self.check_error(run, path, "permission_denied")

    def test_truncated_photo_at_every_kilobyte(self):
        data = (self.shelf / "butterfly.jpg").read_bytes()
        self.assertGreater(len(data), 20_000)
        for size in range(1024, len(data) - 1, 1024):
            self.put(f"cut-{size:06}.jpg", data[:size])
        run = jikimi("fingerprint", "--json", self.folder)
        self.assertEqual(run.returncode, SOME_FAILED)
        for line in lines(run):
            self.assertEqual(line["error"]["code"], "corrupt", line)

    def test_truncated_video_gives_what_is_there_or_an_error(self):
        data = (self.shelf / "tree.mp4").read_bytes()
        for size in range(1024, len(data), max(1024, len(data) // 40)):
            self.put(f"cut-{size:08}.mp4", data[:size])
        run = jikimi("fingerprint", "--json", self.folder)
        self.assertIn(run.returncode, (DONE, SOME_FAILED))
        self.assertEqual(len(lines(run)), len(list(self.folder.iterdir())))

    def test_flipped_bits_never_stop_the_run(self):
        data = bytearray((self.shelf / "fruits.jpg").read_bytes())
        state = 1
        for i in range(60):
            broken = bytearray(data)
            for _ in range(8):
                state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
                broken[(state >> 33) % len(broken)] ^= 1 << (state & 7)
            self.put(f"flipped-{i:02}.jpg", bytes(broken))
        run = self.fingerprint_beside_a_good_file(self.folder)
        self.assertEqual(len(lines(run)), 61)
        for line in lines(run):
            self.assertTrue("error" in line or "pdq" in line)

    def test_picture_bomb_names_the_limit(self):
        data = png_of_zeros(30_000)
        self.assertLess(len(data), 200_000)
        path = self.put("bomb.png", data)
        run = self.fingerprint_beside_a_good_file(path)
        self.check_error(run, path, "resource_exhausted", "pixels")

    def test_animation_bomb_names_the_limit(self):
        path = self.put("bomb.gif", gif_of_frames(100_000))
        run = self.fingerprint_beside_a_good_file(path)
        self.check_error(run, path, "resource_exhausted", "frames")

    def test_endless_stream_ends(self):
        with subprocess.Popen(["cat", "/dev/zero"], stdout=subprocess.PIPE) as zeros:
            run = subprocess.run([JIKIMI, "fingerprint", "--json", "-"], stdin=zeros.stdout,
                                 capture_output=True, timeout=PATIENCE, check=False)
            zeros.kill()
        self.assertEqual(run.returncode, SOME_FAILED)
        self.assertIn(lines(run)[0]["error"]["code"], ("unsupported", "resource_exhausted"))

    def test_file_that_vanishes_while_the_run_is_on(self):
        for i in range(40):
            self.put(f"{i:02}.jpg", (self.shelf / "fruits.jpg").read_bytes())
        with subprocess.Popen([JIKIMI, "fingerprint", "--json", "--threads", "1", self.folder],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            process.stdout.readline()
            (self.folder / "39.jpg").unlink()
            out, _ = process.communicate(timeout=PATIENCE)
        last = json.loads(out.decode().splitlines()[-1])
        self.assertEqual(last["error"]["code"], "not_found")
        self.assertEqual(process.returncode, SOME_FAILED)


class FindTest(CommandsTest):
    def test_altered_copies_are_found_and_unrelated_ones_are_not(self):
        self.take("fruits.jpg", "registered")
        self.take("aloeL.jpg", "registered")
        self.edited("fruits.jpg", "hflip,crop=iw*0.8:ih*0.8", "in/mirrored.jpg")
        self.edited("aloeL.jpg", "transpose=1", "in/turned.jpg")
        self.edited("aloeL.jpg", "scale=320:-2", "in/small.jpg")
        self.take("board.jpg", "in")
        self.take("home.jpg", "in")
        run = jikimi("find", "--registered", self.folder / "registered", "--in",
                     self.folder / "in", "--json")
        self.assertEqual(run.returncode, DONE, run.stderr)
        found = {(pathlib.Path(line["path"]).name, pathlib.Path(line["registered"]).name): line
                 for line in lines(run)}
        self.assertEqual(set(found), {("mirrored.jpg", "fruits.jpg"), ("turned.jpg", "aloeL.jpg"),
                                      ("small.jpg", "aloeL.jpg")})
        self.assertEqual(found["mirrored.jpg", "fruits.jpg"]["verdict"], "altered")
        self.assertTrue(found["mirrored.jpg", "fruits.jpg"]["how"]["mirrored"])
        self.assertAlmostEqual(
            found["turned.jpg", "aloeL.jpg"]["how"]["rotation_degrees"], 90, delta=2)
        self.assertEqual(found["small.jpg", "aloeL.jpg"]["verdict"], "same")
        self.assertAlmostEqual(found["small.jpg", "aloeL.jpg"]["how"]["scale"], 0.5, delta=0.02)
        for line in found.values():
            self.assertGreater(line["score"], 0.99)

    def test_text_output_is_one_tabbed_line_a_match(self):
        run = jikimi("find", "--registered", self.shelf / "home.jpg", "--in", self.shelf)
        (line,) = run.stdout.decode().splitlines()
        cells = line.split("\t")
        self.assertEqual(len(cells), 5)
        self.assertEqual(cells[2], "same")

    def test_excerpt_of_a_video_is_found_with_its_times(self):
        ffmpeg("-i", PHOTOS / "vtest.avi", "-t", "12", "-c:v", "mpeg4", "-q:v", "4",
               self.folder / "walk.mp4")
        ffmpeg("-ss", "3", "-t", "6", "-i", self.folder / "walk.mp4", "-vf", "hflip", "-c:v",
               "mpeg4", "-q:v", "5", self.folder / "excerpt.mp4")
        run = jikimi("find", "--registered", self.folder / "walk.mp4", "--in",
                     self.folder / "excerpt.mp4", "--json")
        (line,) = lines(run)
        self.assertTrue(line["how"]["mirrored"])
        self.assertGreaterEqual(len(line["segments"]), 1)
        first, last = line["segments"][0], line["segments"][-1]
        self.assertAlmostEqual(first["item_from"] - first["query_from"], 3, delta=1)
        self.assertGreater(last["query_to"] - first["query_from"], 3)
        self.assertNotIn("item_within", first)

    def test_excerpt_of_a_scene_that_stands_still_says_where_all_it_may_be(self):
        ffmpeg("-ss", "3", "-t", "6", "-i", self.shelf / "tree.mp4", "-vf", "hflip", "-c:v",
               "mpeg4", "-q:v", "5", self.folder / "excerpt.mp4")
        run = jikimi("find", "--registered", self.shelf / "tree.mp4", "--in",
                     self.folder / "excerpt.mp4", "--json")
        (line,) = lines(run)
        self.assertTrue(line["how"]["mirrored"])
        (segment,) = line["segments"]
        self.assertAlmostEqual(segment["query_from"], 0, delta=1)
        self.assertAlmostEqual(segment["query_to"], 6, delta=1)
        self.assertAlmostEqual(segment["item_to"] - segment["item_from"], 6, delta=1)
        earliest, latest = segment["item_within"]
        self.assertLessEqual(earliest, min(3, segment["item_from"]))
        self.assertGreaterEqual(latest, max(9, segment["item_to"]))
        self.assertIn("stands still", line["how"]["text"])

    def test_page_shows_each_match(self):
        self.edited("fruits.jpg", "hflip", "in/mirrored <b>.jpg")
        page = self.folder / "matches.html"
        run = jikimi("find", "--registered", self.shelf / "fruits.jpg", "--in",
                     self.folder / "in", "--page", page)
        self.assertEqual(run.returncode, DONE, run.stderr)
        text = page.read_text(encoding="utf-8")
        self.assertIn("<h1>1 match</h1>", text)
        self.assertIn("mirrored &lt;b&gt;.jpg", text)
        self.assertEqual(text.count("data:image/jpeg;base64,/9j/"), 1)

    def test_nothing_registered_is_said(self):
        path = self.put("empty.jpg", b"")
        run = jikimi("find", "--registered", path, "--in", self.shelf)
        self.assertEqual(run.returncode, FAILED)
        self.assertIn(b"nothing is registered", run.stderr)

    def test_page_that_cannot_be_written_fails(self):
        run = jikimi("find", "--registered", self.shelf / "home.jpg", "--in",
                     self.shelf / "home.jpg", "--page", self.folder / "no" / "page.html")
        self.assertEqual(run.returncode, FAILED)
        self.assertIn(b"no/page.html", run.stderr)


class CompareTest(CommandsTest):
    def test_says_how_and_draws_it(self):
        copy = self.edited("building.jpg", "crop=iw*0.6:ih*0.6,negate", "copy.jpg")
        picture = self.folder / "match.png"
        run = jikimi("compare", self.shelf / "building.jpg", copy, "--json", "--picture", picture)
        self.assertEqual(run.returncode, DONE, run.stderr)
        (line,) = lines(run)
        self.assertEqual(line["verdict"], "altered")
        self.assertTrue(line["how"]["negative"])
        self.assertGreater(line["matched_patches"], 5)
        self.assertEqual(picture.read_bytes()[:8], b"\x89PNG\r\n\x1a\n")

    def test_unrelated_pictures(self):
        run = jikimi("compare", self.shelf / "building.jpg", self.shelf / "fruits.jpg")
        self.assertEqual(run.returncode, DONE)
        self.assertTrue(run.stdout.startswith(b"unrelated\t"))

    def test_unreadable_side_is_named(self):
        path = self.put("empty.jpg", b"")
        run = jikimi("compare", self.shelf / "building.jpg", path)
        self.assertEqual(run.returncode, FAILED)
        self.assertIn(b"empty.jpg", run.stderr)


class GalleryTest(CommandsTest):
    def setUp(self):
        super().setUp()
        self.gallery = self.folder / "centre.jkg"

    def add(self, *paths, **kwargs):
        return jikimi("gallery", "add", *paths, "--gallery", self.gallery, "--json", **kwargs)

    def listed(self):
        run = jikimi("gallery", "list", "--gallery", self.gallery, "--json")
        self.assertEqual(run.returncode, DONE, run.stderr)
        return [line["number"] for line in lines(run)]

    def test_added_found_withdrawn_and_not_found(self):
        run = self.add(self.shelf / "fruits.jpg", self.shelf / "home.jpg")
        self.assertEqual(run.returncode, DONE, run.stderr)
        numbers = [line["number"] for line in lines(run)]
        self.assertEqual(self.listed(), numbers)
        copy = self.edited("fruits.jpg", "hflip", "copy.jpg")
        find = ("find", "--gallery", self.gallery, "--in", copy, "--json")
        (line,) = lines(jikimi(*find))
        self.assertEqual(line["registered"], str(numbers[0]))
        removed = jikimi("gallery", "remove", numbers[0], "--gallery", self.gallery)
        self.assertEqual(removed.returncode, DONE, removed.stderr)
        self.assertEqual(jikimi(*find).stdout, b"")
        self.assertEqual(self.listed(), numbers[1:])

    def test_unreadable_file_is_left_out_and_the_rest_added(self):
        bad = self.put("bad.jpg", b"no picture")
        run = self.add(bad, self.shelf / "home.jpg")
        self.assertEqual(run.returncode, SOME_FAILED)
        self.assertEqual(len(self.listed()), 1)

    def test_same_file_twice_is_two_items(self):
        self.add(self.shelf / "home.jpg")
        self.add(self.shelf / "home.jpg")
        self.assertEqual(len(set(self.listed())), 2)

    def test_removing_an_unknown_number_changes_nothing(self):
        self.add(self.shelf / "home.jpg")
        before = self.gallery.read_bytes()
        run = jikimi("gallery", "remove", 1, "--gallery", self.gallery)
        self.assertEqual(run.returncode, SOME_FAILED)
        self.assertEqual(self.gallery.read_bytes(), before)

    def test_what_is_no_gallery_is_refused_and_left_as_it_is(self):
        for name, data in {"text": b"not a gallery at all", "photo":
                           (self.shelf / "home.jpg").read_bytes()}.items():
            path = self.put(name, data)
            run = jikimi("gallery", "add", self.shelf / "home.jpg", "--gallery", path)
            self.assertEqual(run.returncode, FAILED, name)
            self.assertEqual(path.read_bytes(), data)

    def test_interrupt_leaves_what_was_printed(self):
        for i in range(300):
            os.link(self.shelf / "fruits.jpg", self.folder / f"{i:03}.jpg")
        with subprocess.Popen([JIKIMI, "gallery", "add", "--json", "--gallery", self.gallery,
                               *sorted(self.folder.glob("*.jpg"))],
                              bufsize=0,  # communicate() leaves out what readline() buffers
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            for _ in range(5):
                process.stdout.readline()
            process.send_signal(signal.SIGINT)
            out, _ = process.communicate(timeout=PATIENCE)
        self.assertEqual(process.returncode, INTERRUPTED)
        self.assertEqual(len(self.listed()), 5 + len(out.splitlines()))
        self.assertLess(len(self.listed()), 300)

    def test_killed_at_any_point_loses_nothing_that_was_printed(self):
        photos = [self.shelf / name for name in ("fruits.jpg", "home.jpg", "board.jpg")] * 10
        for delay in (0.05, 0.15, 0.3, 0.45, 0.6):
            printed = set(self.listed()) if self.gallery.exists() else set()
            with subprocess.Popen([JIKIMI, "gallery", "add", "--json", "--gallery", self.gallery,
                                   *photos], stdout=subprocess.PIPE) as process:
                time.sleep(delay)
                process.kill()
                out, _ = process.communicate()
            printed |= {json.loads(line)["number"] for line in out.decode().splitlines()}
            if not self.gallery.exists():
                self.assertFalse(printed)
                continue
            self.assertLessEqual(printed, set(self.listed()))

    def test_full_disk_is_said_and_the_gallery_stays_whole(self):
        disk = self.folder / "disk"
        disk.mkdir()
        script = """
            mount -t tmpfs -o size=32k tmpfs "$2" || exit 99
            trap 'umount "$2"' EXIT
            "$1" gallery add "$3" --gallery "$2/centre.jkg" >/dev/null || exit 98
            "$1" gallery list --gallery "$2/centre.jkg" >"$2/../before"
            "$1" gallery add "$4" "$4" "$4" "$4" "$4" "$4" --gallery "$2/centre.jkg"
            echo $? >"$2/../status"
            "$1" gallery list --gallery "$2/centre.jkg" >"$2/../after"
            """
        own = [] if os.getuid() == 0 else ["unshare", "-rm"]  # where one may mount
        run = subprocess.run([*own, "sh", "-c", script, "sh", JIKIMI, disk,
                              self.shelf / "home.jpg", self.shelf / "fruits.jpg"],
                             capture_output=True, timeout=PATIENCE, check=False)
        if run.returncode == 99 or b"unshare failed" in run.stderr:
            self.skipTest(f"no small disk can be mounted here: {run.stderr.decode()}")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual((self.folder / "status").read_text(), f"{FAILED}\n")
        self.assertIn(b"centre.jkg", run.stderr)
        self.assertIn(b"No space left", run.stderr)
        before = (self.folder / "before").read_text().splitlines()
        after = (self.folder / "after").read_text().splitlines()
        self.assertEqual(len(before), 1)
        self.assertEqual(after[:1], before)
        self.assertEqual(len(after), 1 + len(run.stdout.splitlines()))

    def test_second_writer_is_refused(self):
        self.add(self.shelf / "home.jpg")
        for i in range(100):
            os.link(self.shelf / "fruits.jpg", self.folder / f"{i:03}.jpg")
        with subprocess.Popen([JIKIMI, "gallery", "add", "--gallery", self.gallery, self.folder],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE) as first:
            first.stdout.readline()
            second = self.add(self.shelf / "board.jpg")
            self.assertEqual(second.returncode, FAILED)
            self.assertIn(b"another writer", second.stderr)
            self.assertGreaterEqual(len(self.listed()), 2)  # readers are never in the way
            first.send_signal(signal.SIGINT)
            first.communicate(timeout=PATIENCE)
        self.assertEqual(self.add(self.shelf / "board.jpg").returncode, DONE)

    def test_info_counts(self):
        self.add(self.shelf / "home.jpg", self.shelf / "tree.mp4")
        run = jikimi("gallery", "info", "--gallery", self.gallery, "--json")
        (info,) = lines(run)
        self.assertEqual(info["items"], 2)
        self.assertGreater(info["patches"], 100)
        self.assertEqual(info["file_bytes"], self.gallery.stat().st_size)


class WordsTest(CommandsTest):
    def test_wrong_words_are_told_and_nothing_is_done(self):
        for words in ([], ["nonsense"], ["find", "--in", "x"], ["fingerprint"],
                      ["find", "--registered", "a", "--gallery", "b", "--in", "c"],
                      ["gallery", "add", "x"], ["fingerprint", "--threads", "0", "x"],
                      ["gallery", "remove", "minus", "--gallery", "x"]):
            run = jikimi(*words)
            self.assertEqual(run.returncode, USAGE, words)
            self.assertNotEqual(run.stderr, b"", words)
            self.assertEqual(run.stdout, b"", words)

    def test_help_of_every_command_has_examples(self):
        for words in (["fingerprint"], ["find"], ["compare"], ["gallery"]):
            run = jikimi(*words, "--help")
            self.assertEqual(run.returncode, DONE)
            self.assertIn(b"Examples:", run.stdout, words)

    def test_no_output_but_results_when_piped(self):
        run = jikimi("fingerprint", self.shelf / "home.jpg")
        self.assertEqual(run.stderr, b"")
        self.assertEqual(len(run.stdout.splitlines()), 1)


if __name__ == "__main__":
    JIKIMI = os.path.realpath(sys.argv.pop(1))
    if not stat.S_ISREG(os.stat(JIKIMI).st_mode):
        sys.exit(f"{JIKIMI} is no program")
    unittest.main(verbosity=2)
