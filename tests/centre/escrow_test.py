#!/usr/bin/env python3
"""A lost caseworker, and a lost share of the escrow: a case whose people are all gone opens again by
two supervisors and k of the n shares that `jikimi init` printed, and by nothing less. When a holder
leaves, escrow and audit key get new shares.

    escrow_test.py JIKIMI [test names]        JIKIMI_POSTGRESQL=FOLDER adds PostgreSQL
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import story_test  # noqa: E402
from centre import new_database  # noqa: E402
from import_test import many, table  # noqa: E402
from story_test import REPORT, Person, open_centre  # noqa: E402

NEEDED, SHARES = 3, 5


def printed_shares(printed, title):
    """What stands on the pages of one key."""
    return [text.strip() for text in
            re.findall(rf"^-- {title}, share \d+\n(.*?)\n(?=\n|--|==|\Z)", printed, re.M | re.S)]


class EscrowTest(unittest.TestCase):
    database = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def open(self):
        """A centre of three supervisors, and a case whose two counsellors are gone."""
        centre = self.centre = open_centre(self.folder / "one", self.database, (NEEDED, SHARES))
        self.addCleanup(lambda: centre.process and centre.kill())
        self.escrow = printed_shares(centre.printed, "Escrow")
        self.audit = printed_shares(centre.printed, "Audit key")
        self.assertEqual((len(self.escrow), len(self.audit)), (SHARES, SHARES), centre.printed)
        invited = centre.run("user", "invite", "Ko Minseo").stdout.decode()
        self.ko = Person(centre, "Ko Minseo", invited.split("\t")[1].strip()).sign_in()
        self.new = [self.hire(name) for name in ("Cha Eunu", "Moon Gaeul")]
        portal = centre.client()
        self.assertEqual(portal.create("/v1/portal/reports", REPORT).status, 201)
        yun = centre.yun
        case = yun.get("/v1/cases?queue=intake").json["cases"][0]["id"]
        report = yun.get(f"/v1/cases/{case}/reports").json["reports"][0]
        yun.do("POST", f"/v1/reports/{report['id']}/confirmation",
               headers={"If-Match": f'"r{report["revision"]}"'})
        yun.do("POST", f"/v1/cases/{case}/assignment",
               {"assigned": yun.id, "second": centre.bae.id})
        yun.make(f"/v1/cases/{case}/notes", {"text": "She wants to be called in the morning."})
        centre.han.do("POST", f"/v1/people/{centre.bae.id}/departure")
        centre.han.do("POST", f"/v1/people/{yun.id}/lock", {"reason": "a stolen laptop"})
        return case

    def hire(self, name):
        """A counsellor who came after the case had left intake."""
        centre = self.centre
        invitation = centre.han.make("/v1/people", {"name": name, "role": "counsellor",
                                                    "team": centre.team})
        return Person(centre, name, invitation["code"]).sign_in()

    def propose(self, case, **more):
        return self.centre.han.make("/v1/approvals", {
            "kind": "escrow_use", "case": case, "reason": "nobody is left", **more})["id"]

    def vote(self, who, act, status=200):
        waiting = {each["id"]: each for each in who.get("/v1/approvals").json["approvals"]}
        return who.client("POST", f"/v1/approvals/{act}/votes",
                          {"digest": waiting[act]["digest"]})

    def approved(self, case):
        act = self.propose(case)
        self.assertEqual(self.vote(self.centre.seo, act).json, {"state": "approved"})
        return act

    def use(self, case, act, shares):
        return self.centre.han.client("POST", f"/v1/cases/{case}/escrow", {
            "approval": act, "shares": shares, "grant_to": [person.id for person in self.new]})

    def check_nobody_opens(self, case):
        for person in [self.centre.han, self.centre.seo, self.ko, *self.new]:
            for path in ("", "/notes", "/reports", "/items", "/log"):
                answer = person.client("GET", f"/v1/cases/{case}{path}")
                if path == "/items" and answer.status == 200:  # operational fields
                    self.assertNotIn("pictures.example", answer.body.decode())
                    continue
                self.assertEqual(answer.status, 403, (person.name, path, answer))

    def test_k_shares_and_two_supervisors_bring_the_case_back(self):
        case = self.open()
        centre = self.centre
        self.assertEqual(centre.yun.client("GET", "/v1/session").status, 401)
        self.assertEqual(centre.bae.client("GET", "/v1/session").status, 401)
        self.check_nobody_opens(case)
        # Nobody can grant what they can't open.
        granted = centre.han.client("PUT", f"/v1/cases/{case}/grants/{self.new[0].id}")
        self.assertEqual(granted.status, 403, granted)

        act = self.approved(case)
        taken = self.use(case, act, [self.escrow[4], self.escrow[0], self.escrow[2]])
        self.assertEqual(taken.status, 204, taken)
        for person in self.new:
            self.assertIn("김가람", str(person.get(f"/v1/cases/{case}/reports").json))
            notes = person.get(f"/v1/cases/{case}/notes").json["notes"]
            self.assertEqual([note["text"] for note in notes],
                             ["She wants to be called in the morning."])
            kinds = [entry["kind"] for entry in person.get(f"/v1/cases/{case}/log").json["entries"]]
            self.assertIn("case.escrow_used", kinds)
        # The shares opened it for these two, and an approval is good once.
        self.assertEqual(self.ko.client("GET", f"/v1/cases/{case}").status, 403)
        again = self.use(case, act, self.escrow[:NEEDED])
        self.assertEqual(again.status, 403, again)
        kinds = [entry["kind"] for entry in centre.han.get("/v1/centre-log").json["entries"]]
        self.assertIn("escrow.used", kinds)
        # They go on working: who was lost has no key any more, and the case is theirs.
        cha = self.new[0]
        for lost in (centre.bae, centre.yun):
            cha.do("DELETE", f"/v1/cases/{case}/grants/{lost.id}")
        grants = {grant["person"] for grant in cha.get(f"/v1/cases/{case}/grants").json["grants"]}
        self.assertEqual(grants, {person.id for person in self.new})
        self.assertIn("김가람", str(self.new[1].get(f"/v1/cases/{case}/reports").json))
        centre.han.do("DELETE", f"/v1/people/{centre.yun.id}/lock")
        centre.yun.client = centre.client()
        centre.yun.sign_in()
        self.assertEqual(centre.yun.client("GET", f"/v1/cases/{case}").status, 403)

    def test_lost_shares_don_t_matter_while_k_are_left(self):
        case = self.open()
        act = self.approved(case)
        self.assertEqual(self.use(case, act, self.escrow[SHARES - NEEDED:]).status, 204)
        self.assertIn("김가람", str(self.new[0].get(f"/v1/cases/{case}/reports").json))

    def test_less_than_all_of_it_opens_nothing_and_uses_nothing_up(self):
        case = self.open()
        centre = self.centre
        # One vote is no approval, and nobody votes twice or about themselves.
        act = self.propose(case)
        self.assertEqual(self.use(case, act, self.escrow[:NEEDED]).status, 403)
        self.assertEqual(self.vote(centre.han, act).status, 403)
        about = self.propose(case, about=centre.seo.id)
        refused = self.vote(centre.seo, about)
        self.assertEqual(refused.status, 403, refused)
        self.assertEqual(self.vote(self.ko, about).json, {"state": "approved"})
        self.assertEqual(self.vote(self.ko, act).json, {"state": "approved"})
        # An approval is for one case.
        portal = centre.client()
        portal.create("/v1/portal/reports", REPORT)
        other = centre.seo.get("/v1/cases?queue=intake").json["cases"][-1]["id"]
        self.assertNotEqual(other, case)
        self.assertEqual(self.use(other, act, self.escrow[:NEEDED]).status, 403)

        good = self.escrow[:NEEDED - 1]
        number = NEEDED  # of the share that is wrong
        mistyped = list(self.escrow[NEEDED - 1])
        place = next(i for i, c in enumerate(mistyped) if c.isalnum())
        mistyped[place] = "3" if mistyped[place] != "3" else "4"
        wrong = {
            "k - 1 shares": (good, f"{NEEDED - 1}"),
            "one share twice": ([*good, good[0]], "share 1: was given twice"),
            "a mistyped share": ([*good, "".join(mistyped)], "mistyped in group 1"),
            "a share of the audit key": ([*good, self.audit[NEEDED - 1]], f"share {number}"),
            "a share of another centre": ([*good, self.share_of_another_centre()],
                                          f"share {number}: "),
            "no share at all": ([*good, "hello"], f"shares[{NEEDED - 1}]"),
        }
        for name, (shares, words) in wrong.items():
            with self.subTest(name):
                answer = self.use(case, act, shares)
                self.assertIn(answer.status, (403, 422), answer)
                self.assertIn(words, answer.json["detail"])
                self.check_nobody_opens(case)
        # None of that used the approval up.
        self.assertEqual(self.use(case, act, self.escrow[:NEEDED]).status, 204)

    def share_of_another_centre(self):
        other = story_test.Centre(story_test.JIKIMI, self.folder / "two")
        printed = other.run("init", "--supervisor", "A", "--supervisor", "B", "--needed",
                            str(NEEDED), "--shares", str(SHARES)).stdout.decode()
        return printed_shares(printed, "Escrow")[NEEDED - 1]

    def test_each_holder_can_check_a_share_alone(self):
        self.open()
        centre = self.centre
        for key, flag in (("escrow", []), ("audit", ["--audit"])):
            for text in getattr(self, key):
                said = centre.run("key", "check-share", *flag, stdin=text.encode()).stdout.decode()
                self.assertIn(f"any {NEEDED} of {SHARES} open it", said)
                asked = centre.han.do("POST", "/v1/shares/check", {"share": text, "of": key},
                                      status=200)
                self.assertEqual(asked.json, {"version": 1, "needed": NEEDED, "shares": SHARES})
        # As people type it: small letters, no line breaks.
        typed = " ".join(self.escrow[1].lower().split())
        centre.run("key", "check-share", stdin=typed.encode())
        for text in (self.audit[0], self.share_of_another_centre(), self.escrow[0][:-3], "",
                     self.escrow[0].replace(self.escrow[0][0], "~", 1)):
            failed = centre.run("key", "check-share", stdin=text.encode(), check=False)
            self.assertNotEqual(failed.returncode, 0, text)
            self.assertIn(b"share", failed.stderr)


    # --- New shares

    def approve(self, subject, kind="escrow_rotation"):
        act = self.centre.han.make("/v1/approvals", {"kind": kind, "subject": subject,
                                                     "reason": "Ryu Sol moves to another city"})
        self.assertEqual(self.vote(self.centre.seo, act["id"]).json, {"state": "approved"})
        return act["id"]

    @staticmethod
    def lines(shares):
        """One a line, as people type them."""
        return "".join(" ".join(share.split()) + "\n" for share in shares).encode()

    def rotate(self, act, shares, *words, status=0):
        done = self.centre.run("key", "rotate-escrow", "--approval", act, *words,
                               stdin=self.lines(shares), check=False)
        self.assertEqual(done.returncode, status, done)
        return done.stdout.decode(), done.stderr.decode()

    def key_status(self):
        return self.centre.run("key", "status").stdout.decode()

    def check_share(self, share, *flag):
        return self.centre.run("key", "check-share", *flag, stdin=share.encode(), check=False)

    def centre_entry(self, kind):
        entries = self.centre.han.get("/v1/centre-log").json["entries"]
        return next(entry for entry in entries if entry["kind"] == kind)

    def test_after_a_rotation_the_new_shares_open_a_case_and_the_former_ones_don_t(self):
        case = self.open()
        act = self.approve("escrow")
        printed, _ = self.rotate(act, self.escrow[1:4], "--needed", "2", "--shares", "4")
        fresh = printed_shares(printed, "Escrow")
        self.assertEqual(len(fresh), 4, printed)
        self.assertRegex(printed, "count from now on, as version 2")
        self.assertIn("Every case has the new key", printed)
        self.assertRegex(self.key_status(), r"escrow +version 2\n(?! +its rotation)")
        self.assertIn(b"any 2 of 4 open it", self.check_share(fresh[3]).stdout)
        self.assertIn(b"version 1", self.check_share(self.escrow[0]).stderr)
        fields = self.centre_entry("escrow.rotated")["fields"]
        self.assertEqual(fields, {"approval": act, "proposer": "1", "voters": fields["voters"]})
        self.assertEqual(sorted(fields["voters"].split(", ")), ["1", "2"])
        # The approval was good once.
        _, said = self.rotate(act, fresh[:2], status=3)
        self.assertIn("was carried out already", said)

        use = self.approved(case)
        former = self.use(case, use, self.escrow[:NEEDED])
        self.assertIn(former.status, (403, 422), former)
        self.assertIn("belongs to version 1", former.json["detail"])
        self.check_nobody_opens(case)
        self.assertEqual(self.use(case, use, [fresh[0], fresh[2]]).status, 204)
        self.assertIn("김가람", str(self.new[0].get(f"/v1/cases/{case}/reports").json))
        kinds = [each["kind"] for each in self.new[0].get(f"/v1/cases/{case}/log").json["entries"]]
        self.assertIn("case.rotated", kinds)
        # A second one, of as many shares as the one before.
        printed, _ = self.rotate(self.approve("escrow"), fresh[2:])
        self.assertEqual(len(printed_shares(printed, "Escrow")), 4)
        self.assertIn("whole", self.centre.run("verify", "log").stdout.decode())

    def test_what_is_wrong_with_a_rotation_is_named_and_uses_nothing_up(self):
        self.open()
        act = self.approve("escrow")
        good = self.escrow[:NEEDED - 1]
        mistyped = self.escrow[4].replace(self.escrow[4][0], "3" if self.escrow[4][0] != "3" else "4", 1)
        unvoted = self.centre.han.make("/v1/approvals", {
            "kind": "escrow_rotation", "subject": "escrow", "reason": "a test"})["id"]
        wrong = {
            "no share": (act, [], "has no share of the escrow"),
            "too few": (act, good, f"{NEEDED - 1} were given, {NEEDED} are needed"),
            "one twice": (act, [*good, good[0]], "share 1: was given twice"),
            "mistyped": (act, [*good, mistyped], f"line {NEEDED}: share: mistyped in group 1"),
            "mixed": (act, [*good, self.audit[4]], "share 5: belongs to a key of another kind"),
            "another centre's": (act, [*good, self.share_of_another_centre()],
                                 f"share {NEEDED}: belongs to another splitting"),
            "no share at all": (act, [*good, "hello"], f"line {NEEDED}: share: "),
            "one vote": (unvoted, self.escrow[:NEEDED], "lacks the votes"),
            "of the audit key": (self.approve("audit"), self.escrow[:NEEDED], "another subject"),
            "of another act": (self.approve("audit", "audit_use"), self.escrow[:NEEDED],
                               "not about escrow_rotation"),
            "unknown": ("ab" * 16, self.escrow[:NEEDED], "approval: no such one"),
            "no id": ("hello", self.escrow[:NEEDED], "--approval: an id is 32 digits"),
        }
        for name, (approval, shares, words) in wrong.items():
            with self.subTest(name):
                done = self.centre.run("key", "rotate-escrow", "--approval", approval,
                                       stdin=self.lines(shares), check=False)
                self.assertIn(done.returncode, (2, 3), done)
                self.assertIn(words, done.stderr.decode())
                self.assertEqual(done.stdout, b"")
                self.assertNotIn(good[0].split()[0].encode(), done.stderr)
        full = self.centre.run("key", "rotate-escrow", "--approval", act, "--needed", "5",
                               "--shares", "4", stdin=self.lines(self.escrow), check=False)
        self.assertIn(b"5 of 4 is not possible", full.stderr)
        # Shares that could not be printed never count.
        with open("/dev/full", "wb") as out:
            full = subprocess.run([self.centre.program, "key", "rotate-escrow", "--approval", act,
                                   "--config", str(self.centre.config)], stdout=out,
                                  stderr=subprocess.PIPE, input=self.lines(self.escrow), check=False)
        self.assertEqual(full.returncode, 3, full)
        self.assertIn(b"the standard output", full.stderr)
        self.assertRegex(self.key_status(), r"escrow +version 1\n(?! +its rotation)")
        self.rotate(act, self.escrow[:NEEDED])

    def test_a_rotation_that_was_killed_goes_on_while_reports_come_in(self):
        case = self.open()
        centre = self.centre
        count = 400
        centre.run("import", "--file", "-", "--time-zone", "Asia/Seoul", stdin=table(*many(count)))
        answers, stop = [], threading.Event()

        def report():
            while not stop.is_set():
                answers.append(centre.client().create("/v1/portal/reports", REPORT).status)

        reporting = threading.Thread(target=report)
        reporting.start()
        try:
            run = subprocess.Popen(
                [centre.program, "key", "rotate-escrow", "--approval", self.approve("escrow"),
                 "--needed", "2", "--shares", "3", "--config", str(centre.config)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            run.stdin.write(self.lines(self.escrow[:NEEDED]))
            run.stdin.close()
            printed = ""
            while "goes into" not in printed:
                line = run.stdout.readline().decode()
                if not line:
                    self.fail(run.stderr.read())
                printed += line
            run.kill()
            run.wait()
            run.stdout.close()
            run.stderr.close()
            fresh = printed_shares(printed, "Escrow")
            self.assertEqual(len(fresh), 3)
            status = self.key_status()
            self.assertRegex(status, r"not finished: [1-9]\d* cases left", printed)
            left = int(re.search(r"finished: (\d+)", status).group(1))
            # The new shares don't go on with it.
            _, said = self.rotate(self.approve("escrow"), fresh[:2], status=2)
            self.assertIn("not the former", said)
            printed, _ = self.rotate(self.approve("escrow"), self.escrow[2:])
            self.assertIn(f"version 2 goes on, with the shares that it printed: {left} cases left",
                          printed)
            self.assertEqual(printed_shares(printed, "Escrow"), [])
        finally:
            stop.set()
            reporting.join()
        self.assertTrue(answers)
        self.assertEqual(set(answers), {201})
        self.assertNotIn("its rotation", self.key_status())
        # Whatever came before, between and after opens with the new shares.
        queue = centre.seo.get("/v1/cases?queue=intake&limit=200").json["cases"]
        self.assertGreater(len(queue), 100)
        for opened in (case, queue[0]["id"], queue[-1]["id"]):
            act = self.approved(opened)
            self.assertIn(self.use(opened, act, self.escrow[:NEEDED]).status, (403, 422))
            taken = self.use(opened, act, fresh[1:])
            self.assertEqual(taken.status, 204, taken)
            self.assertEqual(self.new[0].client("GET", f"/v1/cases/{opened}/reports").status, 200)
        self.assertIn("whole", centre.run("verify", "log").stdout.decode())

    def test_the_audit_key_gets_new_shares(self):
        self.open()
        act = self.approve("audit")
        printed = self.centre.run("key", "rotate-audit", "--approval", act,
                                  "--needed", "2", "--shares", "4").stdout.decode()
        fresh = printed_shares(printed, "Audit key")
        self.assertEqual(len(fresh), 4, printed)
        self.assertIn(b"any 2 of 4 open it", self.check_share(fresh[0], "--audit").stdout)
        self.assertNotEqual(self.check_share(self.audit[0], "--audit").returncode, 0)
        self.assertEqual(self.check_share(self.escrow[0]).returncode, 0)
        self.assertIn("audit key    version 2", self.key_status())
        fields = self.centre_entry("audit.rotated")["fields"]
        self.assertEqual((fields["approval"], fields["proposer"]), (act, "1"))
        for approval, words in ((act, b"was carried out already"),
                                (self.approve("escrow"), b"another subject")):
            again = self.centre.run("key", "rotate-audit", "--approval", approval, check=False)
            self.assertEqual(again.returncode, 3)
            self.assertIn(words, again.stderr)
            self.assertEqual(again.stdout, b"")

    # --- What staff did

    def run_audit(self, act, shares, *words, status=0):
        """Its entries, and what it says besides."""
        done = self.centre.run("audit", "--json", "--approval", act, *words,
                               stdin=self.lines(shares), check=False)
        self.assertEqual(done.returncode, status, done)
        return [json.loads(line) for line in done.stdout.splitlines()], done.stderr.decode()

    def audited(self, shares, *words):
        return self.run_audit(self.approve("audit", "audit_use"), shares, *words)

    def test_the_audit_tells_what_staff_did_and_nothing_of_the_cases(self):
        case = self.open()
        self.assertEqual(self.use(case, self.approved(case), self.escrow[:NEEDED]).status, 204)
        seen = self.new[0].get(f"/v1/cases/{case}/log").json["entries"]
        staff = [entry for entry in seen if entry["role"] not in ("survivor", "system")]
        self.assertGreater(len(staff), 5)
        self.assertLess(len(staff), len(seen))
        kinds = {entry["kind"] for entry in staff}
        self.assertLessEqual({"report.confirmed", "case.assigned", "note.added",
                              "case.escrow_used", "case.granted"}, kinds)

        act = self.approve("audit", "audit_use")
        entries, said = self.run_audit(act, self.audit[2:])
        self.assertEqual(said, f"{len(entries)} entries.\n")
        self.assertEqual({entry["case"] for entry in entries}, {case})
        self.assertEqual(sorted(entries, key=lambda entry: entry["at"], reverse=True), entries)

        def key(entry):
            return (entry["at"], entry["role"], entry["staff_number"], entry["kind"], entry["en"])

        newest = max(entry["at"] for entry in seen)
        self.assertEqual(sorted(key(each) for each in entries if each["at"] <= newest),
                         sorted(key(each) for each in staff))
        # Besides, only that this log was looked at.
        later = {(each["staff_number"], each["kind"]) for each in entries if each["at"] > newest}
        self.assertLessEqual(later, {("6", "log.read"), ("6", "case.opened")})
        # The use is an entry, and good once.
        fields = self.centre_entry("audit.used")["fields"]
        self.assertEqual((fields["approval"], fields["proposer"]), (act, "1"))
        _, said = self.run_audit(act, self.audit[2:], status=3)
        self.assertIn("was carried out already", said)

        number = entries[-1]["staff_number"]
        own, _ = self.audited(self.audit[:3], "--person", number)
        self.assertEqual(own, [entry for entry in entries if entry["staff_number"] == number])
        middle = entries[len(entries) // 2]["at"]
        since, _ = self.audited(self.audit[:3], "--from", middle)
        before, _ = self.audited(self.audit[:3], "--until", middle)
        self.assertEqual(since + before, entries)
        self.assertTrue(since and before)
        today = entries[0]["at"][:10]
        of_today, _ = self.audited(self.audit[:3], "--from", entries[-1]["at"][:10],
                                   "--until", today)
        self.assertEqual(of_today, entries)
        for words in (("--until", "2020-01-01"), ("--from", "2199-01-01"), ("--person", "999")):
            self.assertEqual(self.audited(self.audit[:3], *words), ([], "0 entries.\n"))

        text = self.centre.run("audit", "--approval", self.approve("audit", "audit_use"),
                               stdin=self.lines(self.audit[:3]))
        lines = [line.split("\t") for line in text.stdout.decode().splitlines()]
        self.assertEqual(lines, [[each["at"], f"{each['role']} {each['staff_number']}", each["en"],
                                  each["case"]] for each in entries])
        for planted in ("김가람", "2345", "two sites", "pictures.example", "in the morning", "Haram",
                        "Jiwoo", "nobody is left"):
            self.assertNotIn(planted, (text.stdout + text.stderr).decode() + json.dumps(
                entries, ensure_ascii=False))

    def test_an_audit_needs_two_supervisors_and_k_shares_and_uses_nothing_up_without(self):
        self.open()
        act = self.approve("audit", "audit_use")
        good = self.audit[:NEEDED - 1]
        for approval, shares, words, why in (
                (act, good, (), f"{NEEDED} are needed"),
                (act, [*good, good[0]], (), "share 1: was given twice"),
                (act, [*good, self.escrow[4]], (), "share 5: belongs to a key of another kind"),
                (act, [], (), "has no share of the audit key"),
                (self.approve("escrow"), self.audit, (), "not about audit_use"),
                (act, self.audit, ("--from", "yesterday"), "--from: is a day"),
                (act, self.audit, ("--until", "2026-02-30"), "--until: is a day")):
            with self.subTest(why):
                done = self.centre.run("audit", "--approval", approval, *words,
                                       stdin=self.lines(shares), check=False)
                self.assertIn(done.returncode, (2, 3), done)
                self.assertIn(why, done.stderr.decode())
                self.assertEqual(done.stdout, b"")
        self.assertTrue(self.run_audit(act, self.audit)[0])

    def test_entries_of_a_former_audit_key_are_counted_or_open_with_its_shares(self):
        case = self.open()
        former, _ = self.audited(self.audit[:3])
        printed = self.centre.run("key", "rotate-audit", "--approval",
                                  self.approve("audit")).stdout.decode()
        fresh = printed_shares(printed, "Audit key")
        self.assertEqual(len(fresh), SHARES)
        self.assertEqual(self.use(case, self.approved(case), self.escrow[:NEEDED]).status, 204)
        self.assertEqual(self.new[0].client("GET", f"/v1/cases/{case}/notes").status, 200)

        now, said = self.audited(fresh[:3])
        self.assertIn("note.read", {entry["kind"] for entry in now})
        more = int(re.search(r"^(\d+) entries more", said, re.M).group(1))
        self.assertGreaterEqual(more, len(former))
        self.assertEqual(self.audited(self.audit[:3])[0], former)
        both, said = self.audited(fresh[:3] + self.audit[1:4])
        self.assertEqual(both, now + former)
        self.assertEqual(said, f"{len(both)} entries.\n")
        _, said = self.run_audit(self.approve("audit", "audit_use"), fresh[:3] + self.audit[:2],
                             status=3)
        self.assertIn("version 1 of the audit key: shares: 2 were given, 3 are needed", said)


    # --- Lost files

    def recover(self, folder, shares, status=0):
        done = self.centre.run("key", "recover-server-keys", "--folder", str(folder),
                               stdin=self.lines(shares), check=False)
        self.assertEqual(done.returncode, status, done)
        return done.stdout.decode(), done.stderr.decode()

    def test_a_lost_file_of_server_keys_comes_back_by_the_escrow_and_no_other_file_does(self):
        self.open()
        centre = self.centre
        centre.run("key", "rotate")  # both versions are in the file, as long as it isn't finished
        printed, _ = self.rotate(self.approve("escrow"), self.escrow[:NEEDED])
        fresh = printed_shares(printed, "Escrow")
        centre.stop()
        keys, found = self.folder / "one" / "keys", self.folder / "recovered"
        (keys / "server.keys").unlink()
        self.assertIn(b"server.keys", centre.run("key", "status", check=False).stderr)

        for shares, words in ((self.escrow[:NEEDED], "belongs to version 1"),
                              (fresh[:NEEDED - 1], f"{NEEDED} are needed"),
                              (self.audit[:NEEDED], "belongs to a key of another kind")):
            done = centre.run("key", "recover-server-keys", "--folder", str(found),
                              stdin=self.lines(shares), check=False)
            self.assertIn(done.returncode, (2, 3), done)
            self.assertIn(words, done.stderr.decode())
            self.assertFalse(found.exists())
        _, said = self.recover(keys, fresh[:NEEDED], status=3)
        self.assertIn("is not an empty folder", said)
        self.assertFalse((keys / "server.keys").exists())

        said, _ = self.recover(found, fresh[2:])
        self.assertIn("server.keys holds the server keys, version 1, 2.", said)
        self.assertIn("Without epoch.ring every case stays closed", said)
        self.assertEqual([file.name for file in found.iterdir()], ["server.keys"])
        self.assertEqual((found.stat().st_mode & 0o777, (found / "server.keys").stat().st_mode & 0o777),
                         (0o700, 0o600))
        # A folder that lost the epoch ring as well is of no use.
        shutil.copy2(found / "server.keys", keys / "server.keys")
        (keys / "epoch.ring").rename(self.folder / "epoch.ring")
        self.assertIn(b"epoch.ring", centre.run("key", "status", check=False).stderr)
        (self.folder / "epoch.ring").rename(keys / "epoch.ring")

        centre.start()
        self.assertIn("Han Jiwoo", centre.run("user", "list").stdout.decode())
        centre.han.client = centre.client()
        centre.han.sign_in()  # whose authenticator's secret is under these keys
        self.assertEqual(self.centre_entry("escrow.used")["fields"], {"for": "server keys"})
        self.assertIn("whole", centre.run("verify", "log").stdout.decode())


class PostgresqlEscrowTest(EscrowTest):
    """The same over PostgreSQL."""

    def setUp(self):
        super().setUp()
        self.database = new_database(self)


if __name__ == "__main__":
    story_test.JIKIMI = sys.argv.pop(1)
    unittest.main(verbosity=2, warnings="ignore")
