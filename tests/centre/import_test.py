#!/usr/bin/env python3
"""Old cases from a CSV file: `jikimi import` beside a serving centre, and what its people then see.

    import_test.py JIKIMI [test names]        JIKIMI_POSTGRESQL=FOLDER adds PostgreSQL
"""

import csv
import io
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unicodedata
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import story_test  # noqa: E402
from centre import Centre, new_database  # noqa: E402
from story_test import open_centre  # noqa: E402

HEADER = ["old_reference", "received", "channel", "reporter", "harms", "minor", "survivor_name",
          "survivor_telephone", "story", "urls", "url_place", "note", "closed"]
OPEN = {"old_reference": "2024-가-1", "received": "2024-05-01T10:00", "channel": "phone",
        "reporter": "survivor", "harms": "유포;illegal_filming", "minor": "no",
        "survivor_name": "plantedname 한지우", "survivor_telephone": "010-2345-6789",
        "story": "plantedstory, \"she\" says,\r\non two lines", "note": "plantednote",
        "urls": "https://plantedurl.example/1\nhttps://plantedurl.example/2", "url_place": "forum"}
CLOSED = {"old_reference": "2024-가-2", "received": "2024-05-02", "channel": "visit",
          "reporter": "family", "harms": "other", "survivor_name": "plantedname 박보름",
          "closed": "2025-01-31"}
PLANTED = ("planted", "한지우", "박보름", "23456789", "2345-6789", "2024-가")


def table(*rows, header=None, end="\r\n"):
    text = io.StringIO()
    writer = csv.DictWriter(text, header or HEADER, lineterminator=end)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def many(count, first=0):
    return [{**OPEN, "old_reference": f"M-{first + i}", "urls": "", "url_place": ""}
            for i in range(count)]


class ImportTest(unittest.TestCase):
    database = None

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.path = pathlib.Path(cls.folder.name)
        cls.centre = open_centre(cls.path / "centre", cls.new_database())
        cls.addClassCleanup(lambda: cls.centre.process and cls.centre.kill())

    @classmethod
    def new_database(cls):
        return None

    # --- The command

    def run_import(self, content, *words, status=0):
        """The lines of a run over this content (bytes, or a path), and what it says on stderr."""
        file = content
        if isinstance(content, bytes):
            file = self.path / "table.csv"
            file.write_bytes(content)
        done = self.centre.run("import", "--file", str(file), *words, check=False)
        self.assertEqual(done.returncode, status, (done.stdout[-2000:], done.stderr[-2000:]))
        return done.stdout.decode().splitlines(), done.stderr.decode()

    def sums(self, content, *words, status=0):
        lines, _ = self.run_import(content, "--json", *words, status=status)
        return json.loads(lines[-1]), [json.loads(line) for line in lines[:-1]]

    def cases(self, queue="intake"):
        found, cursor = [], ""
        while True:
            page = self.centre.yun.get(f"/v1/cases?queue={queue}&limit=200{cursor}").json
            found += page["cases"]
            if not page.get("next"):
                return found
            cursor = f"&cursor={page['next']}"

    # --- What comes in

    def test_a_case_comes_in_once_and_is_worked_on_like_any_other(self):
        before = {case["id"] for case in self.cases()}
        content = b"\xef\xbb\xbf" + table(OPEN, CLOSED)
        self.assertEqual(self.sums(content, "--dry-run"),
                         ({"rows": 2, "good": 2, "refused": 0, "already_there": 0, "imported": 0}, []))
        self.assertEqual({case["id"] for case in self.cases()}, before, "a dry run writes nothing")
        sums, _ = self.sums(content)
        self.assertEqual((sums["imported"], sums["already_there"]), (2, 0))
        # Again, from another system's keyboard: Korean in the other form.
        other_form = unicodedata.normalize("NFD", content.decode()).encode()
        sums, _ = self.sums(other_form)
        self.assertEqual((sums["imported"], sums["already_there"]), (0, 2))

        (case,) = {case["id"] for case in self.cases()} - before
        yun = self.centre.yun
        (report,) = yun.get(f"/v1/cases/{case}/reports").json["reports"]
        self.assertEqual(report["received_at"], "2024-05-01T01:00:00.000000Z")
        self.assertEqual(report["sheet"]["story"], OPEN["story"])
        self.assertEqual(report["sheet"]["old_reference"], "2024-가-1")
        yun.do("POST", f"/v1/reports/{report['id']}/confirmation",
               headers={"If-Match": f'"r{report["revision"]}"'})
        yun.do("POST", f"/v1/cases/{case}/assignment",
               {"assigned": yun.id, "second": self.centre.bae.id})
        opened = yun.get(f"/v1/cases/{case}").json
        self.assertEqual(sorted(opened["record"]["harms"]), ["distribution", "illegal_filming"])
        self.assertEqual(len(yun.get(f"/v1/cases/{case}/items").json["items"]), 2)
        (note,) = yun.get(f"/v1/cases/{case}/notes").json["notes"]
        self.assertEqual((note["text"], note["by"]), ("plantednote", "system: import"))

        # The closed one is found when somebody of the team has indexed what came in.
        while yun.do("POST", "/v1/imports/indexing", status=200).json["left"] > 0:
            continue
        found = yun.do("POST", "/v1/case-searches",
                       {"kind": "name", "text": "plantedname 박보름"}, status=200).json["hits"]
        self.assertEqual([hit["record"]["state"] for hit in found], ["closed"])
        self.assertEqual(found[0]["record"]["closed_at"], "2025-01-30T15:00:00.000000Z")

        self.check_log()
        if self.database_file():
            for file in self.database_file().parent.glob("centre.db*"):
                raw = file.read_bytes()
                for text in PLANTED:
                    for form in ("NFC", "NFD"):
                        encoded = unicodedata.normalize(form, text).encode()
                        self.assertNotIn(encoded, raw, file)

    def test_the_row_of_a_destroyed_case_is_refused_and_the_others_come_in(self):
        before = {case["id"] for case in self.cases()}
        gone = {**OPEN, "old_reference": "2023-가-9"}
        self.assertEqual(self.sums(table(gone))[0]["imported"], 1)
        (case,) = {case["id"] for case in self.cases()} - before
        yun = self.centre.yun
        yun.do("POST", f"/v1/cases/{case}/assignment",
               {"assigned": yun.id, "second": self.centre.bae.id})
        yun.do("POST", f"/v1/cases/{case}/withdrawal",
               {"withdrawal": "destroy", "over_safe_contact": True}, status=200)
        self.assertEqual(yun.client("POST", f"/v1/cases/{case}/destruction", {}).status, 200)
        content = table(gone, {**OPEN, "old_reference": "2023-가-10"}, {**gone, "received": "?"})
        sums = {"rows": 3, "good": 1, "refused": 2, "already_there": 0, "imported": 0}
        for words, status in ((["--dry-run"], 1), ([], 3)):
            counted, problems = self.sums(content, *words, status=status)
            self.assertEqual(counted, sums)
            self.assertEqual([(problem["row"], problem["column"]) for problem in problems],
                             [(2, "old_reference"), (4, "received"), (4, "old_reference"),
                              (4, "old_reference")])
            self.assertIn("destroyed", problems[0]["what"])
        counted, _ = self.sums(content, "--skip-refused", status=1)
        self.assertEqual((counted["imported"], counted["refused"]), (1, 2))

    def database_file(self):
        return self.path / "centre" / "centre.db" if self.database is None else None

    def check_log(self):
        time.sleep(1.5)  # the server has put the last entries into the tree
        said = self.centre.run("verify", "log").stdout.decode()
        self.assertIn(": whole", said)

    # --- What is refused

    def test_rows_are_refused_with_their_place_and_nothing_is_written(self):
        content = table({**OPEN, "old_reference": "R-1"},
                        {**OPEN, "old_reference": "R-2", "received": "2104-01-01", "harms": "theft"},
                        {},
                        {**OPEN, "old_reference": "R-1", "story": ""})
        lines, said = self.run_import(content, status=3)
        self.assertEqual([line.split("\t")[:3] for line in lines[:-1]],
                         [["3", "5", "harms"], ["3", "5", "received"], ["5", "9", "old_reference"]])
        self.assertTrue(lines[2].endswith("is that of row 2 too"), lines)
        self.assertEqual(lines[-1], "3 rows: 1 good, 2 refused, 0 already there; 0 imported")
        self.assertIn("--skip-refused", said)
        sums, refused = self.sums(content, "--dry-run", status=1)
        self.assertEqual((sums["good"], len(refused)), (1, 3))
        self.assertEqual(refused[0]["row"], 3)
        sums, _ = self.sums(content, "--skip-refused", status=1)
        self.assertEqual((sums["imported"], sums["refused"]), (1, 2))
        self.assertEqual(self.sums(content, "--skip-refused", status=1)[0]["already_there"], 1)

    def test_files_that_cannot_be_read_say_why(self):
        required = table(header=HEADER[:5])
        fifo = self.path / "fifo"
        os.mkfifo(fifo)
        locked = self.path / "locked.csv"
        locked.write_bytes(required)
        for content, status, part in (
                (b"", 3, "is empty"),
                (b"\xef\xbb\xbf", 3, "is empty"),
                (b"\n\n", 3, "is not known"),
                (b"old_reference;received\r\n", 3, "separated by commas"),
                (required.replace(b"harms", b"colour"), 3, "'colour'"),
                (required + b"A,\"2024\r\nB,", 3, "the quote that opens on line 2 is never closed"),
                (required + b"A," + b"x" * ((1 << 20) + 1), 3, "more than 1048576 bytes"),
                (required + b"A,\"" + b"x\n" * (1 << 20), 3, "line 2 isn't closed within 1048576 bytes"),
                (required.decode().encode("utf-16"), 3, "UTF-16"),
                (self.path / "not-there.csv", 3, "No such file"),
                (self.path, 3, "is a folder"),
                (fifo, 3, "is a FIFO")):
            with self.subTest(part=part):
                lines, said = self.run_import(content, status=status)
                self.assertEqual(lines, [])
                self.assertIn(part, said)
        for row, column in ((b"A,2024-05-01,phone,friend,\xbd\xc3", "harms"),
                            (b"A\0,2024-05-01,phone,friend,other", "old_reference"),
                            (b"A,2024-05-01,phone,friend", "-"),
                            (b"A,2024-05-01,phone,friend,other,", "-"),
                            (b"A,2024-05-01,phone,friend,\"other\" ", "harms")):
            with self.subTest(row=row):
                lines, _ = self.run_import(required + row, "--dry-run", status=1)
                self.assertEqual([line.split("\t")[2] for line in lines[:-1]], [column])
        if os.geteuid() != 0:
            locked.chmod(0)
            self.assertIn("Permission denied", self.run_import(locked, status=3)[1])

    def test_a_header_alone_is_no_row(self):
        sums, _ = self.sums(table())
        self.assertEqual((sums["rows"], sums["imported"]), (0, 0))

    def test_the_standard_input_is_a_file_too(self):
        done = self.centre.run("import", "--file", "-", "--json",
                               stdin=table(*many(3, 900_000), end="\n"))
        self.assertEqual(json.loads(done.stdout)["imported"], 3)

    def test_a_centre_without_an_intake_team_says_so_in_a_dry_run(self):
        alone = Centre(story_test.JIKIMI, self.path / "alone")
        alone.run("init", "--supervisor", "Han Jiwoo", "--supervisor", "Seo Dain")
        done = alone.run("import", "--file", "-", "--dry-run", stdin=table(OPEN), check=False)
        self.assertEqual((done.returncode, done.stdout), (3, b""))
        self.assertIn(b"team", done.stderr)

    def test_wrong_words_are_told(self):
        self.assertIn("Mars", self.run_import(table(), "--time-zone", "Mars/Base", status=2)[1])
        self.run_import(table(), "--dry-run", "--skip-refused", status=2)

    # --- Stopped half-way

    def test_killed_and_interrupted_it_goes_on_and_makes_no_case_twice(self):
        rows = 3000
        file = self.path / "many.csv"
        file.write_bytes(table(*many(rows)))
        command = [self.centre.program, "import", "--config", str(self.centre.config),
                   "--file", str(file), "--json"]
        before = len(self.cases())
        for stop in (signal.SIGKILL, signal.SIGINT):
            started = len(self.cases())
            running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            while running.poll() is None and len(self.cases()) == started:
                time.sleep(0.01)
            running.send_signal(stop)
            output, _ = running.communicate(timeout=60)
            if running.returncode == 0:
                self.fail("it was through before it could be stopped")
            if stop == signal.SIGINT:
                self.assertEqual(running.returncode, 130)
                self.assertEqual(json.loads(output)["imported"], len(self.cases()) - started)
        half = len(self.cases()) - before
        self.assertGreater(half, 0)
        self.assertLess(half, rows)
        # Two at once, too.
        both = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(2)]
        imported = sum(json.loads(one.communicate(timeout=300)[0])["imported"] for one in both)
        self.assertEqual([one.returncode for one in both], [0, 0])
        self.assertEqual(imported, rows - half)
        self.assertEqual(len(self.cases()) - before, rows)
        self.check_log()


class PostgresqlImportTest(ImportTest):
    database = "postgresql"

    @classmethod
    def new_database(cls):
        if not os.environ.get("JIKIMI_POSTGRESQL"):
            raise unittest.SkipTest("JIKIMI_POSTGRESQL names no server")

        class AtTheEnd:
            addCleanup = cls.addClassCleanup

        return new_database(AtTheEnd)


if __name__ == "__main__":
    story_test.JIKIMI = sys.argv.pop(1)
    unittest.main(verbosity=2)
