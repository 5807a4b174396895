#!/usr/bin/env python3
"""What a centre keeps over years: copies of its keys, and a directory that is as new as the program.

    keeping_test.py JIKIMI [test names]
"""

import pathlib
import sqlite3
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import story_test  # noqa: E402
from centre import Centre  # noqa: E402
from story_test import open_centre  # noqa: E402

SECRETS = {"server.keys", "epoch.ring", "centre.key", "log.key"}


class KeepingTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def content(self, folder, names):
        return {name: (folder / name).read_bytes() for name in names}

    def test_a_centre_whose_folder_of_keys_is_lost_goes_on_from_a_copy(self):
        first, second = self.folder / "copy 1", self.folder / "copy2"
        centre = open_centre(self.folder / "centre",
                             keys={"copies": f"{first}:{second}"})
        self.addCleanup(lambda: centre.process and centre.kill())
        case = centre.yun.make("/v1/reports", {
            "channel": "phone", "reporter": "survivor", "harms": ["distribution"],
            "sheet": {"survivor_name": "김가람"}})["case"]
        self.assertEqual(centre.stop(), 0)
        keys = centre.folder / "keys"
        for copy in (first, second):
            self.assertEqual(self.content(copy, SECRETS), self.content(keys, SECRETS))
        for file in keys.iterdir():
            file.unlink()
        keys.rmdir()
        again = Centre(story_test.JIKIMI, centre.folder, settings={"keys": {"folder": str(first)}})
        again.start()
        self.addCleanup(lambda: again.process and again.kill())
        centre.yun.client = again.client()
        centre.yun.sign_in()
        reports = centre.yun.get(f"/v1/cases/{case}/reports").json["reports"]
        self.assertEqual(reports[0]["sheet"]["survivor_name"], "김가람")
        self.assertEqual(again.stop(), 0)

    def test_a_mistyped_path_leaves_no_file_behind(self):
        centre = Centre(story_test.JIKIMI, self.folder / "centre")
        centre.run("init", "--supervisor", "Han Jiwoo", "--supervisor", "Seo Dain")
        wrong = Centre(story_test.JIKIMI, centre.folder, f"sqlite:{centre.folder / 'centre.bd'}")
        (centre.folder / "old.csv").write_text("reporter,harms\n")
        before = sorted(centre.folder.rglob("*"))
        commands = {
            "serve": ["serve"], "config": ["config", "check"], "users": ["user", "list"],
            "invite": ["user", "invite", "Han Jiwoo"], "status": ["key", "status"],
            "rotate": ["key", "rotate"], "share": ["key", "check-share"],
            "escrow": ["key", "rotate-escrow", "--approval", "ab" * 16],
            "server keys": ["key", "recover-server-keys", "--folder", str(centre.folder / "new")],
            "audit": ["audit", "--approval", "ab" * 16],
            "import": ["import", "--file", str(centre.folder / "old.csv")],
            "dry run": ["import", "--file", str(centre.folder / "old.csv"), "--dry-run"],
            "backup": ["backup", "--to", str(centre.folder / "backup.db")],
            "restore": ["restore"], "verify": ["verify", "log"],
        }
        for name, words in commands.items():
            with self.subTest(name):
                done = wrong.run(*words, check=False, timeout=30)
                self.assertEqual(done.returncode, 3, done)
                self.assertIn(b"centre.bd: there is no such file", done.stdout + done.stderr)
                self.assertEqual(sorted(centre.folder.rglob("*")), before)

    def test_agencies_that_are_new_in_a_version_are_there_when_it_serves(self):
        centre = open_centre(self.folder)
        self.addCleanup(lambda: centre.process and centre.kill())
        self.assertEqual(centre.stop(), 0)
        # As a version left it that did not know the offices of 2026-10-02 yet.
        database = sqlite3.connect(centre.folder / "centre.db")
        with database:
            database.execute("DELETE FROM access_agency WHERE kind = 'prosecution' "
                             "AND name LIKE '%공소청'")
            database.execute("UPDATE access_agency SET ends_on = (SELECT MAX(ends_on) "
                             "FROM access_agency) WHERE kind = 'prosecution'")
        database.close()
        centre.start()
        centre.han.client = centre.client()
        centre.han.sign_in()
        agencies = centre.han.get("/v1/agencies?kind=prosecution").json["agencies"]
        self.assertEqual(len(agencies), 18)
        self.assertEqual({agency["name"][-3:] for agency in agencies}, {"공소청"})
        self.assertEqual(centre.stop(), 0)


if __name__ == "__main__":
    story_test.JIKIMI = pathlib.Path(sys.argv.pop(1)).resolve()
    unittest.main(verbosity=2, warnings="ignore")
