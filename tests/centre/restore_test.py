#!/usr/bin/env python3
"""Yesterday's backup brings back nothing that ended since: destroyed cases and items stay closed to
every key that the people and the backup have, and revoked grants and ended consents stay ended. And
its log goes on under a new key, so that whoever kept a later checkpoint is told what happened.

    restore_test.py JIKIMI [test names]        JIKIMI_POSTGRESQL=FOLDER adds PostgreSQL
"""

import os
import pathlib
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import story_test  # noqa: E402
from centre import Centre, new_database  # noqa: E402
from escrow_test import printed_shares  # noqa: E402
from story_test import REPORT, Person, moment, open_centre  # noqa: E402

SECOND, DURESS = "barley tea", "grey heron"


class RestoreTest(unittest.TestCase):
    database = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    # --- The database's own way to a copy and back

    def back_up(self, name="yesterday"):
        self.backup = self.folder / f"{name}.db"
        self.centre.run("backup", "--to", str(self.backup))

    def put_back_unasked(self):
        """The old copy in place of the database, without `jikimi restore`."""
        path = self.centre.folder / "centre.db"
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        path.write_bytes(self.backup.read_bytes())

    def move_away(self):
        for suffix in ("", "-wal", "-shm"):
            (self.centre.folder / f"centre.db{suffix}").unlink(missing_ok=True)

    def restore_words(self):
        return ("restore", "--from", str(self.backup))

    def restore(self):
        self.move_away()
        return self.centre.run(*self.restore_words()).stdout.decode()

    def let_grace_pass(self):
        """As if `jikimi key rotate` had been called ten minutes ago."""
        with sqlite3.connect(self.centre.folder / "centre.db") as database:
            database.execute("UPDATE access_key_sample SET made_at = made_at - 600000000 "
                             "WHERE kind = 'server'")

    # --- The log

    def keep_checkpoint(self, name):
        path = self.folder / name
        self.centre.run("verify", "log", "--keep", str(path))
        return path

    def size_of(self, kept):
        return int(kept.read_text().splitlines()[1])

    def verify_against(self, kept):
        done = self.centre.run("verify", "log", "--checkpoint", str(kept), check=False)
        return done.returncode, done.stdout.decode() + done.stderr.decode()

    def check_went_back(self, kept, size):
        """A checkpoint that is later than the backup is no forgery, and says what is gone."""
        status, said = self.verify_against(kept)
        self.assertEqual(status, 4, said)
        self.assertIn(": whole", said)
        self.assertRegex(said, rf"restored from a backup on \d{{4}}-\d\d-\d\dT\S+ at size {size};")
        late = self.size_of(kept)
        self.assertIn(f"of size {late} is of the former key and covers {late - size} entries", said)

    def served_chain(self):
        """The notes that lead to the served key, as an outsider reads them."""
        answer = self.centre.client()("GET", "/log/successions").json
        key = self.centre.client()("GET", "/log/key").body.decode()
        self.assertEqual(answer["key"] + "\n", key)
        links = []
        for note in answer["successions"]:
            lines = dict(line.split(" ", 1) for line in note.split("\n\n")[0].splitlines()[1:])
            self.assertEqual(note.count("\n\u2014 "), 2, note)
            links.append((lines["former"], lines["next"], int(lines["size"])))
        for (_, to, _), (former, _, _) in zip(links, links[1:]):
            self.assertEqual(to, former)
        if links:
            self.assertEqual(links[-1][1], answer["key"])
        return links

    def serve_is_refused(self):
        refused = subprocess.run([story_test.JIKIMI, "serve", "--config", self.centre.config],
                                 capture_output=True, timeout=60, check=False)
        self.assertEqual(refused.returncode, 3, refused)
        return refused.stderr

    def serve_asks_for_restore(self):
        self.assertIn(b"jikimi restore", self.serve_is_refused())

    def tables(self):
        with sqlite3.connect(self.centre.folder / "centre.db") as database:
            return [name for name, in database.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")]

    def rows_with(self, identity):
        """In which tables an id stands, as bytes or as text."""
        found = set()
        with sqlite3.connect(self.centre.folder / "centre.db") as database:
            for table in self.tables():
                for row in database.execute(f"SELECT * FROM {table}"):
                    for value in row:
                        content = value if isinstance(value, bytes) else str(value).encode()
                        if bytes.fromhex(identity) in content or identity.encode() in content:
                            found.add(table)
        return found

    # --- A day's work

    def take(self, name):
        """Somebody's report, with words and two items, taken as a case by Yun and Bae."""
        centre = self.centre
        her = centre.client()
        mark = [{"kind": "url", "place": "forum", "url": f"https://{name.split()[0].lower()}.example/1"}]
        report = dict(REPORT, sheet={"survivor_name": name, "story": f"{name} tells it."},
                      items=[{"kind": "url", "marks": mark},
                             {"kind": "url", "sheet": {"title": f"{name}'s second"},
                              "marks": [dict(mark[0], url=f"https://{name.split()[0].lower()}.example/2")]}])
        code = her.create("/v1/portal/reports", report).json["code"]
        case = centre.yun.get("/v1/cases?queue=intake").json["cases"][0]["id"]
        filed = centre.yun.get(f"/v1/cases/{case}/reports").json["reports"][0]
        self.assertEqual(filed["sheet"]["survivor_name"], name)
        centre.yun.do("POST", f"/v1/reports/{filed['id']}/confirmation",
                      headers={"If-Match": f'"r{filed["revision"]}"'})
        centre.yun.do("POST", f"/v1/cases/{case}/assignment",
                      {"assigned": centre.yun.id, "second": centre.bae.id})
        words = her("PUT", "/v1/portal/words",
                    {"code": code, "second_word": SECOND, "duress_word": DURESS})
        self.assertEqual(words.status, 200, words)
        consent = her.create("/v1/portal/consents",
                             {"agency": "kr.police", "purpose": "investigation",
                              "fields": ["items.urls"], "until": moment(days=30)})
        self.assertEqual(consent.status, 201, consent)
        centre.yun.make(f"/v1/cases/{case}/notes", {"text": f"{name} called."})
        upload = centre.yun.client("POST", f"/v1/cases/{case}/uploads?kind=chat&name=chat.txt",
                                   raw=f"{name} wrote".encode(),
                                   headers={"Content-Type": "application/octet-stream",
                                            "Idempotency-Key": os.urandom(16).hex()})
        self.assertEqual(upload.status, 201, upload)
        items = centre.yun.get(f"/v1/cases/{case}/items").json["items"]
        for item in items:
            centre.yun.do("POST", f"/v1/items/{item['id']}/confirmation", status=200,
                          headers={"If-Match": f'"r{item["revision"]}"'})
        items = [item["id"] for item in items]
        items.sort(key=lambda item: ".example/2" in str(centre.yun.get(f"/v1/items/{item}").json))
        self.assertEqual(len(items), 2)
        return {"case": case, "code": code, "her": her, "items": items, "name": name,
                "consent": consent.json["id"], "upload": upload.json["id"], "report": filed["id"]}

    def check_reads(self, person, of):
        self.assertIn(of["name"], str(person.get(f"/v1/cases/{of['case']}/reports").json))

    def paths_of(self, of):
        case = f"/v1/cases/{of['case']}"
        return [case, *(f"{case}/{part}" for part in (
            "record", "reports", "notes", "items", "log", "uploads", f"uploads/{of['upload']}",
            "consents", "grants", "referrals", "holds", "parties", "contact", "attempts", "results",
            "tasks", "services", "checklist", "triage", "question", "retention")),
            *(f"/v1/items/{item}" for item in of["items"])]

    def everybody(self):
        centre = self.centre
        return (centre.han, centre.seo, centre.yun, centre.bae)

    def sign_in_anew(self):
        for person in self.everybody():
            person.client.close()
            person.client = self.centre.client()
            person.sign_in()

    def open_and_work(self):
        self.centre = open_centre(self.folder / "one", self.database, server=Centre.behind_proxy)
        centre = self.centre
        self.addCleanup(lambda: centre.process and centre.kill())
        self.destroyed, self.half, self.kept = (self.take(name) for name in
                                                ("Gone Garam", "Half Haneul", "Kept Kyung"))
        # A case keeps two people at least: a third one, so that Bae can lose it.
        centre.yun.do("PUT", f"/v1/cases/{self.half['case']}/grants/{centre.han.id}")
        left = centre.han.make("/v1/people", {"name": "Left Lim", "role": "counsellor",
                                              "team": centre.team})
        self.left = Person(centre, "Left Lim", left["code"]).sign_in()
        centre.yun.do("PUT", f"/v1/cases/{self.kept['case']}/grants/{self.left.id}")
        self.check_reads(self.left, self.kept)

    def end_things(self):
        """What happens after the backup was made."""
        centre = self.centre
        case = f"/v1/cases/{self.destroyed['case']}"
        centre.yun.do("POST", f"{case}/withdrawal",
                      {"withdrawal": "destroy", "over_safe_contact": True}, status=200)
        receipt = centre.yun.do("POST", f"{case}/destruction",
                                {"receipt_for": self.destroyed["code"]}, status=200).json
        self.assertIn("destroyed: case", receipt["receipt"])
        gone = self.half["items"][1]
        centre.yun.do("DELETE", f"/v1/items/{gone}", status=200)
        centre.yun.do("DELETE", f"/v1/cases/{self.half['case']}/grants/{centre.bae.id}")
        ended = self.kept["her"]("DELETE", f"/v1/portal/consents/{self.kept['consent']}")
        self.assertEqual(ended.status, 204, ended)
        centre.han.do("POST", f"/v1/people/{self.left.id}/departure")

    def check_ended(self):
        """With every key that there is, nothing of what ended opens, and the rest does."""
        centre = self.centre
        gone = self.destroyed
        for person in self.everybody():
            for path in self.paths_of(gone):
                answer = person.client("GET", path)
                self.assertIn(answer.status, (403, 404), (person.name, path, answer))
                if path.endswith(("/record", gone["case"])):
                    self.assertEqual(answer.status, 404, (person.name, answer))
            refused = person.client("PUT", f"/v1/cases/{gone['case']}/grants/{person.id}")
            self.assertIn(refused.status, (403, 404), refused)
            answer = person.client("GET", f"/v1/items/{self.half['items'][1]}")
            self.assertIn(answer.status, (403, 404), answer)
            for kind, text in (("name", gone["name"]), ("name", "Half Haneul"),
                               ("name", "Kept Kyung")):
                found = person.client("POST", "/v1/case-searches", {"kind": kind, "text": text})
                in_team = person in (centre.yun, centre.bae)
                self.assertEqual(found.status, 200 if in_team else 403, found)
                self.assertNotIn(gone["case"], found.body.decode())
        # Her code and her words are as if they had never been.
        unknown = centre.client()("POST", "/v1/portal/session", {"code": "0" * 29})
        for tried in ({}, {"word": SECOND}, {"word": DURESS}):
            answer = centre.client()("POST", "/v1/portal/session", {"code": gone["code"], **tried})
            self.assertEqual((answer.status, answer.body), (unknown.status, unknown.body))
        chosen = centre.client()("PUT", "/v1/portal/words",
                                 {"code": gone["code"], "word": SECOND,
                                  "second_word": "another one", "duress_word": "a third one"})
        self.assertEqual(chosen.status, unknown.status, chosen)
        her = centre.client()
        her.cookies = dict(gone["her"].cookies)
        self.assertIn(her("GET", "/v1/portal/page").status, (401, 403))
        # Two supervisors with all shares of the escrow.
        act = centre.han.make("/v1/approvals", {"kind": "escrow_use", "case": gone["case"],
                                                "reason": "to see whether it opens"})["id"]
        waiting = {each["id"]: each for each in centre.seo.get("/v1/approvals").json["approvals"]}
        centre.seo.do("POST", f"/v1/approvals/{act}/votes", {"digest": waiting[act]["digest"]},
                      status=200)
        escrow = printed_shares(centre.printed, "Escrow")
        self.assertEqual(len(escrow), 3)
        used = centre.han.client("POST", f"/v1/cases/{gone['case']}/escrow",
                                 {"approval": act, "shares": escrow[:2],
                                  "grant_to": [centre.yun.id]})
        self.assertEqual(used.status, 404, used)

        # Half of the second case is there; who was revoked is.
        self.check_reads(centre.yun, self.half)
        items = [item["id"] for item in
                 centre.yun.get(f"/v1/cases/{self.half['case']}/items").json["items"]]
        self.assertEqual(items, self.half["items"][:1])
        centre.yun.get(f"/v1/items/{items[0]}")
        self.assertEqual(centre.bae.client("GET", f"/v1/cases/{self.half['case']}").status, 403)
        self.check_reads(centre.bae, self.kept)
        her = centre.client()
        entered = her("POST", "/v1/portal/session", {"code": self.half["code"], "word": SECOND})
        self.assertEqual(entered.status, 200, entered)
        self.assertEqual(her("GET", "/v1/portal/page").json["items"], 1)

        # The consent that she ended covers nothing; the one that she didn't end does.
        wanted = {"agency": "kr.police", "purpose": "investigation", "fields": ["items.urls"]}
        exported = centre.yun.client("POST", f"/v1/cases/{self.kept['case']}/exports", wanted)
        self.assertEqual(exported.status, 403, exported)
        exported = centre.yun.client("POST", f"/v1/cases/{self.half['case']}/exports", wanted)
        self.assertEqual(exported.status, 200, exported)
        self.assertIn("https://half.example/1", exported.body.decode())
        self.assertNotIn("https://half.example/2", exported.body.decode())

        # Who left is nobody here.
        came = centre.client()("POST", "/v1/session", {"name": self.left.sign_in_name,
                                                       "password": story_test.PASSWORD})
        nobody = centre.client()("POST", "/v1/session", {"name": "nobody at all",
                                                         "password": story_test.PASSWORD})
        self.assertEqual((came.status, came.body), (nobody.status, nobody.body))

    def check_no_rows(self):
        """The ids of what is gone stand in the list of what is gone, in what was told of it and in
        the votes that this test takes about it; not in a keyring, a field, an index or an answer
        that was kept."""
        for identity in (self.destroyed["case"], *self.destroyed["items"], self.destroyed["report"],
                         self.destroyed["upload"], self.half["items"][1]):
            tables = self.rows_with(identity)
            self.assertLessEqual(tables, {"access_gone", "store_event", "access_approval"}, identity)

    def test_nothing_that_ended_is_there_again(self):
        self.open_and_work()
        centre = self.centre
        time.sleep(1.5)
        early = self.keep_checkpoint("early.txt")
        self.back_up()
        self.end_things()
        self.check_ended()
        time.sleep(1.5)
        late = self.keep_checkpoint("late.txt")
        self.assertEqual(self.served_chain(), [])
        first_key = centre.client()("GET", "/log/key").body.decode().strip()
        self.assertEqual(centre.stop(), 0)
        self.check_no_rows()

        self.put_back_unasked()
        self.serve_asks_for_restore()
        said = self.restore()
        counts = re.findall(r"(\d+) (cases|items|grants|consents|people)", said)
        self.assertEqual({what: int(number) for number, what in counts},
                         {"cases": 1, "items": 1, "grants": 1, "consents": 2, "people": 1}, said)
        self.check_no_rows()
        centre.start()
        self.sign_in_anew()
        self.check_ended()
        time.sleep(1.5)
        self.assertIn(b": whole", centre.run("verify", "log").stdout)
        [(former, to, size)] = self.served_chain()
        self.assertEqual(former, first_key)
        self.assertIn("harbour.example/log-2+", to)
        self.assertLess(size, self.size_of(late))
        self.assertGreaterEqual(size, self.size_of(early))
        self.check_went_back(late, size)
        status, text = self.verify_against(early)
        self.assertEqual(status, 0, text)
        # Shorter than what was signed under the former key, and still no fork of it.
        since = self.keep_checkpoint("since.txt")
        self.assertEqual(since.read_text().splitlines()[0], "harbour.example/log-2")
        entries = centre.run("verify", "log", "--export", str(self.folder / "log"))
        self.assertEqual(entries.returncode, 0)
        self.assertIn("former " + first_key, (self.folder / "log/successions/1").read_text())
        self.assertEqual(centre.stop(), 0)
        self.check_no_rows()
        # A second restore finds the same to do; done over a database that knows, nothing.
        again = centre.run("restore").stdout.decode()
        self.assertEqual(set(re.findall(r"(\d+) (?:cases|items|grants|consents|people)", again)),
                         {"0"}, again)
        self.assertIn("harbour.example/log-3+", again)
        for kept in (early, since):
            status, text = self.verify_against(kept)
            self.assertEqual(status, 0, text)
        self.check_went_back(late, size)

    def test_the_log_of_a_restored_database_goes_on_under_a_new_key(self):
        """Also when nothing was destroyed since, and when restores are killed."""
        copies = [self.folder / "copy", self.folder / "second copy"]
        self.centre = centre = open_centre(self.folder / "one", self.database,
                                           keys={"copies": ":".join(map(str, copies))})
        self.addCleanup(lambda: centre.process and centre.kill())
        first_key = (centre.folder / "keys/log.key").read_bytes()
        self.back_up()
        centre.han.make("/v1/people", {"name": "Someone Later", "role": "counsellor",
                                       "team": centre.team})
        time.sleep(1.5)
        late = self.keep_checkpoint("late.txt")
        self.assertEqual(centre.stop(), 0)
        # The centre itself keeps a checkpoint beside its keys.
        self.put_back_unasked()
        self.serve_asks_for_restore()
        for milliseconds in (5, 50, 100, 150, 200, 300):
            self.move_away()
            killed = subprocess.Popen([story_test.JIKIMI, *self.restore_words(), "--config",
                                       centre.config], stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE)
            time.sleep(milliseconds / 1000)
            killed.kill()
            killed.communicate()
        self.move_away()
        said = centre.run(*self.restore_words()).stdout.decode()
        [lost] = re.findall(r"At least (\d+) entries are lost", said)
        self.assertGreaterEqual(int(lost), 0)
        self.assertEqual(list(centre.folder.glob("*.restoring*")), [])
        for keys in (centre.folder / "keys", *copies):
            key = (keys / "log.key").read_bytes()
            self.assertNotIn(first_key[-64:-32], key, "the former key is destroyed")
            self.assertEqual(key, (centre.folder / "keys/log.key").read_bytes())
        centre.start()
        time.sleep(1.5)
        links = self.served_chain()
        self.assertIn(links[-1][1], said)
        self.check_went_back(late, links[-1][2])
        self.assertIn(b": whole", centre.run("verify", "log").stdout)

        # A server that was not stopped has the former key and can't sign with it any more.
        before = self.keep_checkpoint("before.txt")
        centre.run("restore")
        deadline = time.monotonic() + 30
        centre.client()("POST", "/v1/portal/reports", REPORT,
                        headers={"Idempotency-Key": os.urandom(16).hex()})
        while time.monotonic() < deadline:
            ready = centre.client()("GET", "/readyz")
            if ready.status == 503:
                break
            time.sleep(0.2)
        self.assertEqual(ready.status, 503, ready)
        self.assertIn(b": whole", centre.run("verify", "log", "--checkpoint", str(before)).stdout)
        centre.kill()
        centre.start()
        time.sleep(1.5)
        self.assertEqual(centre.client()("GET", "/readyz").status, 200)
        self.assertEqual(len(self.served_chain()), len(links) + 1)
        self.assertIn(b" 0 entries not in the tree yet", centre.run(
            "verify", "log", "--checkpoint", str(before)).stdout)


    def test_what_is_under_a_retired_server_key_is_dead_and_what_is_not_opens(self):
        self.centre = centre = open_centre(self.folder / "one", self.database,
                                           server={"behind_proxy": True})
        self.addCleanup(lambda: centre.process and centre.kill())
        kept = self.take("Kept Kyung")

        def check_opens():
            centre.start()
            self.sign_in_anew()
            item = centre.yun.get(f"/v1/items/{kept['items'][0]}").json
            self.assertIn("https://kept.example/1", str(item))
            self.check_reads(centre.yun, kept)
            self.assertIn("Yun Haram", str(centre.han.get("/v1/people").json))
            time.sleep(1.5)
            self.assertIn(b": whole", centre.run("verify", "log").stdout)

        self.back_up("before")
        before = self.backup
        self.assertIn(b"Version 2", centre.run("key", "rotate").stdout)
        self.take("Half Haneul")  # under version 2
        self.back_up("between")
        between = self.backup
        self.assertEqual(centre.stop(), 0)

        # Both versions are in the ring: all of yesterday opens, and the rotation goes on.
        self.backup = before
        self.restore()
        check_opens()
        self.assertIn(b"versions 1, 2", centre.run("key", "status").stdout)
        self.let_grace_pass()
        self.assertIn(b"retired", centre.run("key", "rotate").stdout)
        self.assertIn(b"versions 2\n", centre.run("key", "status").stdout)
        self.assertEqual(centre.stop(), 0)
        check_opens()
        self.back_up("after")
        after = self.backup
        self.assertEqual(centre.stop(), 0)

        # Version 1 is retired: what was copied while it was in use is dead, and is said to be.
        keys = {path: path.read_bytes() for path in (centre.folder / "keys").iterdir()
                if path.name != "lock"}
        for backup, says in ((before, "holds none of the keys"),
                             (between, "server key 1 was retired")):
            self.backup = backup
            self.move_away()
            refused = centre.run(*self.restore_words(), check=False)
            self.assertEqual(refused.returncode, 3, refused)
            self.assertIn(says, refused.stderr.decode())
            self.assertEqual(list(centre.folder.glob("centre.db*")), [])
            if self.database:
                self.serve_is_refused()
            for path, content in keys.items():
                self.assertEqual(path.read_bytes(), content, path)

        # A backup from after the rotation is as good as ever.
        self.backup = after
        self.restore()
        check_opens()


class PostgresqlRestoreTest(RestoreTest):
    """The same over PostgreSQL, by pg_dump and pg_restore."""

    def setUp(self):
        super().setUp()
        self.database = new_database(self)

    def back_up(self, name="yesterday"):
        self.backup = self.folder / f"{name}.dump"
        subprocess.run(["pg_dump", "-d", self.database, "-Fc", "-f", self.backup], check=True)

    def put_back_unasked(self):
        subprocess.run(["psql", "-qX", self.database, "-c",
                        "DROP SCHEMA public CASCADE; CREATE SCHEMA public"],
                       check=True, stderr=subprocess.DEVNULL)
        subprocess.run(["pg_restore", "--no-owner", "-d", self.database, self.backup], check=True)

    def move_away(self):
        self.put_back_unasked()

    def restore_words(self):
        return ("restore",)

    def let_grace_pass(self):
        subprocess.run(["psql", "-qX", self.database, "-c", "UPDATE access_key_sample SET made_at = "
                        "made_at - interval '10 minutes' WHERE kind = 'server'"], check=True)

    def rows_with(self, identity):
        content = subprocess.run(["pg_dump", "-d", self.database, "--data-only", "--inserts"],
                                 check=True, capture_output=True).stdout
        found = set()
        for line in content.splitlines():
            into = re.match(rb"INSERT INTO public\.(\w+) ", line)
            if into and (identity.encode() in line or identity.encode().hex().encode() in line):
                found.add(into.group(1).decode())
        return found


if __name__ == "__main__":
    story_test.JIKIMI = sys.argv.pop(1)
    unittest.main(verbosity=2, warnings="ignore")
