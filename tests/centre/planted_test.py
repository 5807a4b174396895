#!/usr/bin/env python3
"""A thousand planted strings through every operation that takes personal text: none of them stands
in any file of the machine afterwards, in whichever common form, while the server runs, after it was
killed, and after it was stopped.

    planted_test.py JIKIMI PLANTED_SEARCH [test names]     JIKIMI_POSTGRESQL=FOLDER adds PostgreSQL
"""

import base64
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time
import unicodedata
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import story_test  # noqa: E402
from centre import new_database  # noqa: E402
from escrow_test import printed_shares  # noqa: E402
from story_test import Person, moment, open_centre  # noqa: E402

SEARCH = ""
TOOL = pathlib.Path(__file__).resolve().parents[2] / "tools" / "postgresql"
REPORTS = 46


class Planted:
    """Draws strings, and remembers what of each must not be found anywhere."""

    def __init__(self):
        self.strings = []
        self.draw = random.SystemRandom()

    def keep(self, text, *parts):
        """A string that is secret, by all of it or by these parts; as it is."""
        self.strings += parts or (text,)
        return text

    def token(self):
        return self.keep(f"planted{os.urandom(8).hex()}")

    def text(self):
        token = self.token()
        return f"She says: {token}, and more.\n두 번째 줄."

    def name(self):
        """In Korean and Latin letters; the Korean part also as another system writes it."""
        letters = "".join(self.draw.choice("가나다라마바사아자차카타파하강남동북서한") for _ in range(6))
        self.keep("", letters, unicodedata.normalize("NFD", letters))
        return f"{letters} {self.token()}"

    def telephone(self):
        digits = "10" + "".join(self.draw.choice("23456789") for _ in range(8))
        # Ten digits alone also come by chance, in megabytes of random bytes that a log has in hex.
        self.keep("", f"0{digits}", f"82{digits}", f"{digits[:2]}-{digits[2:6]}-{digits[6:]}")
        return f"0{digits[:2]}-{digits[2:6]}-{digits[6:]}"

    def mail(self):
        return f"{self.token()}@mail.example"

    def url(self):
        return f"https://{self.token()}.example/{self.token()}?a=1"


class PlantedTest(unittest.TestCase):
    database = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        # Whatever the program puts into its folder for temporary files is searched, too.
        temporary = self.folder / "tmp"
        temporary.mkdir()
        before = os.environ.get("TMPDIR")
        os.environ["TMPDIR"] = str(temporary)
        self.addCleanup(lambda: os.environ.pop("TMPDIR") if before is None
                        else os.environ.__setitem__("TMPDIR", before))

    def search(self, *more):
        """What stands somewhere, and how many files were read."""
        done = subprocess.run([SEARCH, self.folder, *more],
                              input="\n".join(self.planted.strings).encode(),
                              capture_output=True, check=False)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        lines = done.stdout.decode().splitlines()
        files, size = map(int, re.search(r"in (\d+) files of (\d+) bytes", lines[-1]).groups())
        return lines[:-1], files, size

    def check_nothing(self, when, *more):
        found, files, size = self.search(*more)
        print(f"{when}: {len(self.planted.strings)} strings, {files} files, {size} bytes", flush=True)
        self.assertGreater(files, 5)
        self.assertGreater(size, 100_000)
        self.assertEqual(found, [], when)

    # --- Everything that takes personal text

    def report(self, **more):
        planted = self.planted
        return {"reporter": "survivor", "harms": ["distribution"],
                "sheet": {"survivor_name": planted.name(), "survivor_telephone": planted.telephone(),
                          "story": planted.text(), "reporter_name": planted.name(),
                          "reporter_telephone": planted.telephone(),
                          "reporter_mail": planted.mail(), "reference": planted.token()},
                "items": [self.item() for _ in range(2)], **more}

    def item(self):
        planted = self.planted
        return {"kind": "url",
                "sheet": {"title": planted.token(), "description": planted.text(),
                          "uploader": planted.token()},
                "marks": [{"kind": "url", "place": "forum", "url": planted.url()}]}

    def secrets_of(self, client):
        for value in client.cookies.values():
            self.planted.keep(value)

    def file_reports(self):
        self.codes = []
        for _ in range(REPORTS):
            key = self.planted.keep(os.urandom(16).hex())
            taken = self.centre.client().create("/v1/portal/reports", self.report(), key)
            self.assertEqual(taken.status, 201, taken)
            code = taken.json["code"]
            self.planted.keep(code, code, code.replace("-", ""))
            self.codes.append(code)
        self.centre.yun.make("/v1/reports", self.report(channel="phone", reporter="family"))

    def take_case(self, case):
        yun = self.centre.yun
        report = yun.get(f"/v1/cases/{case}/reports").json["reports"][0]
        self.assertIn("planted", report["sheet"]["survivor_name"])
        yun.do("POST", f"/v1/reports/{report['id']}/confirmation",
               headers={"If-Match": f'"r{report["revision"]}"'})
        yun.do("POST", f"/v1/cases/{case}/assignment",
               {"assigned": yun.id, "second": self.centre.bae.id})

    def portal_of(self, code):
        """Her words, her consent, her own additions."""
        planted, her = self.planted, self.centre.client()
        words = {"second_word": planted.token(), "duress_word": planted.token()}
        self.assertEqual(her("PUT", "/v1/portal/words", {"code": code, **words}).status, 200)
        again = {"second_word": planted.token(), "duress_word": planted.token()}
        changed = her("PUT", "/v1/portal/words", {"code": code, "word": words["second_word"], **again})
        self.assertEqual(changed.status, 200, changed)
        self.secrets_of(her)
        self.assertEqual(her.create("/v1/portal/items", self.item()).status, 201)
        for _ in range(2):
            upload = her("POST", f"/v1/portal/uploads?kind=chat&name={planted.token()}.txt",
                         raw=planted.token().encode() + os.urandom(300_000),
                         headers={"Content-Type": "application/octet-stream",
                                  "Idempotency-Key": os.urandom(16).hex()})
            self.assertEqual(upload.status, 201, upload)
        gone = her("DELETE", f"/v1/portal/uploads/{upload.json['id']}")
        self.assertEqual(gone.status, 204, gone)
        plan = {"neutral_text": "appointment", "sheet": {"address": planted.token(),
                                                         "remarks": planted.text()}}
        self.assertEqual(her("PUT", "/v1/portal/contact", plan).status, 204)
        consent = her.create("/v1/portal/consents", {
            "agency": "kr.police", "purpose": "investigation", "until": moment(days=30),
            "fields": ["survivor.name", "survivor.telephone", "case.story", "items.urls",
                       "items.title", "persons.name"]})
        self.assertEqual(consent.status, 201, consent)
        for path in ("/v1/portal/page", "/v1/portal/log"):
            self.assertEqual(her("GET", path).status, 200)
        wrong = self.centre.client()("POST", "/v1/portal/session",
                                     {"code": code, "word": planted.token()})
        self.assertNotEqual(wrong.status, 200)
        duress = self.centre.client()
        self.assertEqual(duress("POST", "/v1/portal/session",
                                {"code": code, "word": again["duress_word"]}).status, 200)
        self.secrets_of(duress)

    def work_on(self, case):
        planted, yun, path = self.planted, self.centre.yun, f"/v1/cases/{case}"
        for part in ("notes", "results"):
            yun.make(f"{path}/{part}", {"text": planted.text()})
        yun.make(f"{path}/tasks", {"text": planted.text(), "due_at": moment(days=2)})
        yun.make(f"{path}/attempts", {"at": moment(hours=-1), "reached": "no",
                                      "text": planted.text()})
        person = {"name": planted.name(), "telephone": planted.telephone(), "mail": planted.mail()}
        survivor = {**person, "address": planted.token(), "identity_number": planted.token(),
                    "gender": planted.token()}
        parties = [{"role": "survivor", "sheet": survivor},
                   {"role": "guardian", "sheet": {**person, "name": planted.name(),
                                                  "relation": planted.token(),
                                                  "accounts": planted.token()}}]
        ids = [yun.make(f"{path}/parties", party)["id"] for party in parties]
        changed = dict(parties[1], sheet={**parties[1]["sheet"], "name": planted.name()})
        revision = next(party["revision"] for party in yun.get(f"{path}/parties").json["parties"]
                        if party["id"] == ids[1])
        party = yun.do("PUT", f"/v1/parties/{ids[1]}", changed, status=200,
                       headers={"If-Match": f'"r{revision}"'})
        yun.do("DELETE", f"/v1/parties/{ids[1]}", headers={"If-Match": party.headers["ETag"]})
        sheet = {"story": planted.text(), "statement_of_harm": planted.text(),
                 "suspect": planted.name(), "wishes": planted.text(), "safety": planted.text()}
        revision = yun.get(f"{path}/record").headers["ETag"]
        yun.do("PUT", f"{path}/sheet", {"sheet": sheet}, status=200, headers={"If-Match": revision})
        yun.do("PUT", f"{path}/contact", {"neutral_text": "appointment",
                                          "sheet": {"address": planted.token(),
                                                    "remarks": planted.text()}})
        yun.do("PUT", f"{path}/question", {"question": planted.text(), "answer": planted.token()})
        item = yun.make(f"{path}/items", self.item())["id"]
        yun.make(f"/v1/items/{item}/marks", {"marks": [{"kind": "url", "place": "forum",
                                                        "url": planted.url()}]})
        items = yun.get(f"{path}/items").json["items"]
        yun.do("POST", f"/v1/items/{items[0]['id']}/confirmation", status=200,
               headers={"If-Match": f'"r{items[0]["revision"]}"'})
        yun.do("POST", f"/v1/items/{items[1]['id']}/refusal", {"reason": planted.text()},
               headers={"If-Match": f'"r{items[1]["revision"]}"'})
        yun.do("DELETE", f"/v1/items/{items[2]['id']}", status=200)
        self.centre.han.make(f"{path}/holds", {"authority": "seoul-court", "scope": planted.text(),
                                               "until": moment(days=20)})
        content = "\n".join(planted.token() for _ in range(3)).encode()
        for kind, raw in (("chat", content), ("paper", content + os.urandom(300_000))):
            upload = yun.client("POST", f"{path}/uploads?kind={kind}&name={planted.token()}.txt",
                                raw=raw, headers={"Content-Type": "application/octet-stream",
                                                  "Idempotency-Key": os.urandom(16).hex()})
            self.assertEqual(upload.status, 201, upload)
            read = yun.get(f"{path}/uploads/{upload.json['id']}")
            self.assertEqual(read.body, raw)
        for kind, text in (("name", person["name"]), ("telephone", person["telephone"])):
            found = yun.do("POST", "/v1/case-searches", {"kind": kind, "text": text}, status=200)
            self.assertIn(case, found.body.decode())
        yun.do("POST", "/v1/case-searches", {"kind": "name", "text": planted.name()}, status=200)
        choice = {"agency": "kr.police", "purpose": "investigation",
                  "fields": ["survivor.name", "case.story", "items.urls"]}
        yun.do("POST", f"{path}/exports", choice, status=200)
        yun.make(f"{path}/referrals", choice)
        for part in ("notes", "results", "tasks", "attempts", "parties", "contact", "question", "holds",
                     "items", "uploads", "log", "reports", "referrals", "consents"):
            yun.get(f"{path}/{part}")

    def decide(self, case):
        """Acts that take two, with their reasons."""
        planted, centre = self.planted, self.centre
        choice = {"agency": "kr.police", "purpose": "rescue", "fields": ["survivor.name"],
                  "from": moment(minutes=-1), "until": moment(hours=12)}
        act = centre.yun.make("/v1/approvals", {"kind": "emergency_override", "case": case,
                                                "choice": choice, "reason": planted.text()})["id"]
        for who in (centre.han, centre.seo):
            waiting = {each["id"]: each for each in who.get("/v1/approvals").json["approvals"]}
            who.do("POST", f"/v1/approvals/{act}/votes", {"digest": waiting[act]["digest"]},
                   status=200)
        done = centre.yun.client.create(f"/v1/cases/{case}/emergency",
                                        {**choice, "approval": act, "reason": planted.text()})
        self.assertEqual(done.status, 201, done)
        person = {"name": planted.name(), "role": "supervisor", "team": centre.team}
        centre.han.make("/v1/approvals", {"kind": "role", "person": person, "reason": planted.text()})

    def people(self):
        """Names, passwords, codes, the secrets of authenticators and cookies of staff."""
        planted, centre = self.planted, self.centre
        for number in range(3):
            name = planted.name()
            code = centre.han.make("/v1/people", {"name": name, "role": "counsellor",
                                                  "team": centre.team})["code"]
            planted.keep(code, code, code.replace("-", ""))
            story_test.PASSWORD, before = planted.token() + " along", story_test.PASSWORD
            person = Person(centre, f"Someone {'abc'[number]}", code).sign_in()
            changed = planted.token() + " again"
            self.assertEqual(person.client("PUT", "/v1/session/password", {
                "old_password": story_test.PASSWORD, "new_password": changed}).status, 204)
            story_test.PASSWORD = before
            planted.keep(person.secret, person.secret,
                         base64.b32decode(person.secret + "=" * (-len(person.secret) % 8)).hex())
            self.secrets_of(person.client)
            wrong = centre.client()("POST", "/v1/session", {"name": person.sign_in_name,
                                                            "password": planted.token()})
            self.assertEqual(wrong.status, 403, wrong)
            # Sign-in names are no secret: they stand in the clear, also as they are typed.
            centre.client()("POST", "/v1/session", {"name": "somebody else",
                                                    "password": planted.token()})
            centre.han.do("POST", f"/v1/people/{person.id}/lock", {"reason": planted.text()})
        for person in (centre.han, centre.seo, centre.yun, centre.bae):
            self.secrets_of(person.client)
        for title in ("Escrow", "Audit key"):
            for share in printed_shares(centre.printed, title):
                for line in share.splitlines():
                    planted.keep(line, line, "".join(line.split()))
        titled = centre.yun.client.create("/v1/incidents", {"title": planted.text()})
        self.assertEqual(titled.status, 201, titled)

    def bad_calls(self, case):
        """What is refused isn't kept either, and doesn't stand in the server's log."""
        planted, centre = self.planted, self.centre
        token = planted.token
        for method, path, body in (
                ("POST", f"/v1/portal/{token()}?q={token()}", {"a": token()}),
                ("POST", "/v1/portal/reports", {"reporter": token(), "harms": [token()]}),
                ("POST", "/v1/portal/reports", {"reporter": "survivor", "harms": ["distribution"],
                                                "sheet": {token(): token()}}),
                ("POST", "/v1/portal/session", {"code": token(), "word": token()}),
                ("POST", f"/v1/cases/{case}/notes", {token(): token()}),
                ("POST", f"/v1/cases/{case}/exports", {"agency": token(), "purpose": token(),
                                                       "fields": [token()]}),
                ("PUT", f"/v1/cases/{case}/contact", {"windows": token(), "neutral_text": token()})):
            answer = centre.yun.client(method, path, body, headers={
                "Idempotency-Key": os.urandom(16).hex(), "User-Agent": token(),
                "Referer": f"https://{token()}.example/", "X-Whatever": token()})
            self.assertGreaterEqual(answer.status, 400, (path, answer))
            self.assertLess(answer.status, 500, (path, answer))
        raw = centre.yun.client("POST", f"/v1/cases/{case}/notes", raw=f'{{"text": "{token()}'.encode(),
                                headers={"Content-Type": "application/json",
                                         "Idempotency-Key": os.urandom(16).hex()})
        self.assertIn(raw.status, (400, 422), raw)

    def plant(self):
        self.planted = Planted()
        self.centre = open_centre(self.folder / "one", self.database)
        centre = self.centre
        self.addCleanup(lambda: centre.process and centre.kill())
        self.file_reports()
        cases = [case["id"] for case in
                 centre.yun.get("/v1/cases?queue=intake&limit=200").json["cases"]]
        self.assertEqual(len(cases), REPORTS + 1)
        refused = centre.yun.get(f"/v1/cases/{cases[0]}/reports").json["reports"][0]
        centre.yun.do("POST", f"/v1/reports/{refused['id']}/refusal", {"reason": self.planted.text()},
                      headers={"If-Match": f'"r{refused["revision"]}"'})
        for case, code in zip(cases[1:7], self.codes[1:7]):
            self.take_case(case)
            self.portal_of(code)
            self.work_on(case)
        for case in cases[7:]:
            centre.yun.get(f"/v1/cases/{case}/reports")
        self.decide(cases[1])
        self.people()
        self.bad_calls(cases[1])
        made = centre.yun.client.create("/v1/cases", {
            "harms": ["distribution"], "queue": "intake", "sheet": {"story": self.planted.text()},
            "persons": [centre.yun.id, centre.bae.id]})
        self.assertEqual(made.status, 201, made)
        # One is destroyed, and what it was stands nowhere either.
        path = f"/v1/cases/{cases[7]}"
        self.take_case(cases[7])
        centre.yun.do("POST", f"{path}/withdrawal",
                      {"withdrawal": "destroy", "over_safe_contact": True}, status=200)
        receipt = centre.yun.do("POST", f"{path}/destruction", {"receipt_for": self.codes[7]},
                                status=200)
        (self.folder / "receipt.txt").write_text(receipt.json["receipt"])
        self.planted.strings = list(dict.fromkeys(self.planted.strings))

    def copies(self, number):
        """A backup, and the centre's log as it is given out."""
        centre = self.centre
        if not self.database:
            centre.run("backup", "--to", str(self.folder / f"backup-{number}.db"))
        centre.run("verify", "log", "--keep", str(self.folder / f"kept-{number}.txt"))
        if centre.process:
            for path in ("/metrics", "/log/checkpoint", "/openapi.json"):
                (self.folder / f"given-{number}-{path.replace('/', '-')}").write_bytes(
                    centre.client()("GET", path).body)

    def more_folders(self):
        return []

    def test_nothing_told_stands_in_any_file_of_the_machine(self):
        self.plant()
        self.assertGreaterEqual(len(self.planted.strings), 1000)
        more = self.more_folders()
        # The search finds what there is to be found.
        control = self.folder / "control"
        control.write_bytes(b"x" * 70 + base64.b64encode(self.planted.strings[-1].encode()))
        self.assertTrue(any("base64" in line and "/control" in line
                            for line in self.search(*more)[0]))
        control.unlink()

        time.sleep(1.5)  # the log's tree has everything
        self.copies(1)
        self.check_nothing("while the server runs", *more)
        self.centre.kill()
        self.check_nothing("after a kill", *more)
        self.centre.start()
        self.copies(2)
        self.assertEqual(self.centre.stop(), 0)
        self.copies(3)
        self.check_nothing("after a stop", *more)


class PostgresqlPlantedTest(PlantedTest):
    """The same over PostgreSQL, whose files and log are searched too."""

    def setUp(self):
        super().setUp()
        self.server = self.folder / "server"
        # Its log has each statement with its parameters. Its user can't enter our folder.
        environment = {name: value for name, value in os.environ.items() if name != "TMPDIR"}
        subprocess.run([TOOL, "start", self.server, "log_min_duration_statement=0"], check=True,
                       env=environment, stdout=subprocess.DEVNULL)
        self.addCleanup(subprocess.run, [TOOL, "stop", self.server], check=True)
        self.database = new_database(self, self.server)

    def copies(self, number):
        super().copies(number)
        subprocess.run(["pg_dump", "-d", self.database, "-f", self.folder / f"dump-{number}.sql"],
                       check=True)

    def more_folders(self):
        return [(self.server / "home").read_text().strip()]


if __name__ == "__main__":
    story_test.JIKIMI = sys.argv.pop(1)
    SEARCH = sys.argv.pop(1)
    unittest.main(verbosity=2, warnings="ignore")
