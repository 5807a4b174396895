#!/usr/bin/env python3
"""A centre from its opening to a destroyed case, as its people live it: the real program over a real
socket, with what `curl` could send.

    story_test.py JIKIMI [test names]        JIKIMI_POSTGRESQL=FOLDER adds PostgreSQL
"""

import contextlib
import datetime
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
from centre import Centre, totp  # noqa: E402

JIKIMI = ""
PASSWORD = "a long walk along the harbour"


def moment(**ahead):
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(**ahead)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


class Person:
    """Somebody of staff, with an authenticator of their own."""

    def __init__(self, centre, name, code):
        self.centre, self.name = centre, name
        client = centre.client()
        welcome = client("POST", "/v1/invitation", {"code": code})
        assert welcome.status == 200, welcome
        self.secret = welcome.json["totp_secret"]
        self.sign_in_name = re.sub("[^a-z]", "", name.lower())
        self.step = 0
        taken = client("POST", "/v1/invitation/acceptance",
                       {"code": code, "sign_in_name": self.sign_in_name, "password": PASSWORD,
                        "totp_code": self.digits()})
        assert taken.status == 200, taken
        self.id = taken.json["person"]
        self.client = centre.client()
        client.close()

    def digits(self):
        """A code that was not used yet; the next half minute's when this one's is gone."""
        self.step = max(int(time.time() // 30), self.step + 1)
        while self.step > time.time() // 30 + 1:
            time.sleep(0.5)
        return totp(self.secret, self.step * 30)

    def sign_in(self):
        first = self.client("POST", "/v1/session", {"name": self.sign_in_name, "password": PASSWORD})
        assert first.status == 200, first
        second = self.client("POST", "/v1/session/totp", {"code": self.digits()})
        assert second.status == 200, second
        return self

    def get(self, path, status=200):
        answer = self.client("GET", path)
        assert answer.status == status, (path, answer)
        return answer

    def do(self, method, path, body=None, status=204, headers=None):
        answer = self.client(method, path, body, headers=headers)
        assert answer.status == status, (method, path, answer)
        return answer

    def make(self, path, body, status=201):
        answer = self.client.create(path, body)
        assert answer.status == status, (path, answer)
        return answer.json


def open_centre(folder, database=None, shares=(2, 3), **settings):
    """A centre with two supervisors and two counsellors of one intake team, signed in. `shares`: how
    many of how many open the escrow."""
    centre = Centre(JIKIMI, folder, database, settings=settings)
    printed = centre.run("init", "--supervisor", "Han Jiwoo", "--supervisor", "Seo Dain",
                         "--needed", str(shares[0]), "--shares", str(shares[1])).stdout.decode()
    centre.printed = printed
    codes = dict(re.findall(r"^(Han Jiwoo|Seo Dain)\t(\S+)$", printed, re.M))
    centre.start()
    centre.han = Person(centre, "Han Jiwoo", codes["Han Jiwoo"]).sign_in()
    centre.seo = Person(centre, "Seo Dain", codes["Seo Dain"]).sign_in()
    team = centre.han.make("/v1/teams", {"name": "Intake",
                                         "members": [centre.han.id, centre.seo.id]})["id"]
    centre.team = team
    for who, name in (("yun", "Yun Haram"), ("bae", "Bae Sora")):
        invitation = centre.han.make("/v1/people",
                                     {"name": name, "role": "counsellor", "team": team})
        person = Person(centre, name, invitation["code"]).sign_in()
        centre.han.do("PUT", f"/v1/teams/{team}/members/{person.id}")
        setattr(centre, who, person)
    return centre


REPORT = {
    "reporter": "survivor",
    "harms": ["distribution"],
    "sheet": {"survivor_name": "김가람", "survivor_telephone": "010-2345-6789",
              "story": "A picture of mine stands on two sites."},
    "items": [{"kind": "url", "marks": [{"kind": "url", "place": "adult_site",
                                         "url": "https://pictures.example/a/1"}]}],
}


class StoryTest(unittest.TestCase):
    database = None

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def open(self, **settings):
        centre = open_centre(self.folder.name, self.database, **settings)
        self.addCleanup(lambda: centre.process and centre.kill())
        return centre

    def report(self, centre, report=None):
        portal = centre.client()
        answer = portal.create("/v1/portal/reports", report or REPORT)
        self.assertEqual(answer.status, 201, answer)
        return portal, answer.json["code"]

    def take(self, centre):
        """The newest report becomes Yun's case, with Bae as second."""
        page = centre.yun.get("/v1/cases?queue=intake").json
        self.assertTrue(page["cases"], page)
        case = page["cases"][-1]["id"]
        reports = centre.yun.get(f"/v1/cases/{case}/reports").json["reports"]
        centre.yun.do("POST", f"/v1/reports/{reports[0]['id']}/confirmation",
                      headers={"If-Match": f'"r{reports[0]["revision"]}"'})
        centre.yun.do("POST", f"/v1/cases/{case}/assignment",
                      {"assigned": centre.yun.id, "second": centre.bae.id})
        return case

    def test_from_the_report_to_the_destroyed_case(self):
        centre = self.open()
        portal, code = self.report(centre)

        # Her code alone shows the bare page; both words are hers to choose.
        words = portal("PUT", "/v1/portal/words", {"code": code, "second_word": "barley tea",
                                                   "duress_word": "grey heron"})
        self.assertEqual((words.status, words.json), (200, {"status": "received"}), words)
        bare = centre.client()
        self.assertEqual(bare("POST", "/v1/portal/session", {"code": code}).json,
                         {"status": "received"})
        self.assertEqual(bare("GET", "/v1/portal/page").status, 403)

        case = self.take(centre)
        opened = centre.yun.get(f"/v1/cases/{case}").json
        self.assertEqual(opened["record"]["state"], "open")
        centre.yun.make(f"/v1/cases/{case}/notes", {"text": "Called her; she is safe."})

        # Items are confirmed one by one.
        item = centre.yun.get(f"/v1/cases/{case}/items").json["items"][0]
        centre.yun.do("POST", f"/v1/items/{item['id']}/confirmation", status=200,
                      headers={"If-Match": f'"r{item["revision"]}"'})

        # She consents; the referral holds what she consented to and nothing else.
        self.assertEqual(portal("POST", "/v1/portal/session",
                                {"code": code, "word": "barley tea"}).status, 200)
        consent = portal.create("/v1/portal/consents",
                                {"agency": "kr.police", "purpose": "investigation",
                                 "fields": ["items.urls"], "until": moment(days=30)})
        self.assertEqual(consent.status, 201, consent)
        # She is told how long it is kept there, and what refusing means.
        purposes = centre.yun.get("/v1/consent-terms").json["purposes"]
        told = {purpose["code"]: purpose for purpose in purposes}["investigation"]
        self.assertIn("law", told["keeping_en"])
        self.assertIn("You may refuse", told["refusing_en"])
        given = portal("GET", "/v1/portal/page").json["consents"][0]
        self.assertEqual((given["keep_days"], given["keeping_ko"], given["meaning_version"]),
                         (0, told["keeping_ko"], told["meaning_version"]))
        offer = centre.yun.make(f"/v1/cases/{case}/referrals",
                                {"agency": "kr.police", "purpose": "investigation",
                                 "fields": ["items.urls", "survivor.name"]})
        self.assertEqual(offer["referral"]["fields"], ["items.urls"])
        self.assertIn("https://pictures.example/a/1", str(offer["bundle"]))
        self.assertNotIn("김가람", str(offer["bundle"]))

        # An export holds the same, and no more.
        export = centre.yun.do("POST", f"/v1/cases/{case}/exports",
                               {"agency": "kr.police", "purpose": "investigation",
                                "fields": ["items.urls", "survivor.name"]}, status=200)
        self.assertIn(b"https://pictures.example/a/1", export.body)
        self.assertNotIn("김가람".encode(), export.body)

        # She ends the consent: from now on nothing leaves.
        ended = portal("DELETE", f"/v1/portal/consents/{consent.json['id']}")
        self.assertEqual(ended.status, 204, ended)
        refused = centre.yun.client("POST", f"/v1/cases/{case}/exports",
                                    {"agency": "kr.police", "purpose": "investigation",
                                     "fields": ["items.urls"]})
        self.assertEqual(refused.status, 403, refused)

        # She sees who did what, and withdraws; a counsellor confirms over safe contact.
        log = portal("GET", "/v1/portal/log").json["lines"]
        self.assertTrue(any(line["who"].startswith("counsellor") for line in log), log)
        withdrawn = centre.yun.do("POST", f"/v1/cases/{case}/withdrawal",
                                  {"withdrawal": "destroy", "over_safe_contact": True}, status=200)
        self.assertEqual(withdrawn.json["withdrawal"], "destroy")
        destroyed = centre.yun.client("POST", f"/v1/cases/{case}/destruction",
                                      {"receipt_for": code})
        self.assertEqual(destroyed.status, 200, destroyed)
        self.assertIn("destroyed: case", destroyed.json["receipt"])

        # Nothing of it opens, and her code is as if it had never been.
        self.assertEqual(centre.yun.client("GET", f"/v1/cases/{case}").status, 404)
        gone = centre.client()("POST", "/v1/portal/session", {"code": code})
        unknown = centre.client()("POST", "/v1/portal/session", {"code": "0" * 29})
        self.assertEqual((gone.status, gone.body), (unknown.status, unknown.body))

        # The log is whole, and says so against a checkpoint that was kept.
        time.sleep(1.5)
        kept = pathlib.Path(self.folder.name) / "kept.txt"
        centre.run("verify", "log", "--keep", str(kept))
        again = centre.run("verify", "log", "--checkpoint", str(kept))
        self.assertIn(b": whole", again.stdout)
        self.assertEqual(centre.stop(), 0)

    def sql(self, centre, statement):
        if self.database:
            subprocess.run(["psql", "-qX", self.database, "-c", statement], check=True)
            return
        with contextlib.closing(sqlite3.connect(pathlib.Path(self.folder.name) / "centre.db",
                                                timeout=30)) as database, database:
            database.execute(statement)

    def test_after_a_change_of_keys_the_former_ones_are_destroyed_at_once(self):
        centre = self.open()
        portal, code = self.report(centre)
        yun = centre.yun
        words = {"code": code, "second_word": "barley tea", "duress_word": "grey heron"}

        def times(case, kind, who=yun):
            entries = who.get(f"/v1/cases/{case}/log?limit=100").json["entries"]
            return len([entry for entry in entries if entry["kind"] == kind])

        self.assertEqual(portal("PUT", "/v1/portal/words", words).status, 200)
        case = self.take(centre)
        path = f"/v1/cases/{case}"
        self.assertEqual(times(case, "case.resealed"), 2)  # her words, the team released
        guardian = yun.make(f"{path}/parties", {"role": "guardian", "sheet": {"name": "김나루"}})["id"]
        yun.make(f"{path}/parties", {"role": "survivor", "sheet": {
            "name": "김가람", "birth_date": f"{datetime.date.today().year - 12}-01-01"}})
        for revision, paper in enumerate(("requester_id", "relationship_proof"), 1):
            yun.do("POST", f"/v1/parties/{guardian}/papers", {"paper": paper}, status=200,
                   headers={"If-Match": f'"r{revision}"'})
        yun.make(f"/v1/parties/{guardian}/code", None)
        yun.do("PUT", f"/v1/parties/{guardian}", status=200, headers={"If-Match": '"r3"'}, body={
            "role": "guardian", "suspected": True, "sheet": {"name": "김나루"}})
        self.assertEqual(times(case, "case.resealed"), 3)

        # What an earlier rotation left over, or a restored backup asks for, who comes next does:
        # by looking at the case, or by signing in.
        for who, come in ((yun, lambda: yun.get(path)), (centre.bae, lambda: centre.bae.sign_in())):
            before = times(case, "case.resealed", who), times(case, "case.rotated", who)
            self.sql(centre, "UPDATE access_case_key SET rotation_due = 1")
            come()
            self.assertEqual((times(case, "case.resealed", who), times(case, "case.rotated", who)),
                             (before[0] + 1, before[1] + 1))
        self.assertEqual(portal("GET", "/v1/portal/page").status, 200)

    def upload(self, client, content, kind="chat", name="chat.txt"):
        return client("POST", f"/v1/portal/uploads?kind={kind}&name={name}", raw=content,
                      headers={"Content-Type": "application/octet-stream",
                               "Idempotency-Key": os.urandom(16).hex()})

    def test_she_brings_evidence_in_through_the_portal_and_gets_none_back(self):
        centre = self.open()
        portal, code = self.report(centre)
        bare = centre.client()
        self.assertEqual(self.upload(bare, b"chat").status, 401)
        # Right after the report the code alone brings in, and shows nothing of it.
        self.assertEqual(bare("POST", "/v1/portal/session", {"code": code}).status, 200)
        picture = b"\x89PNG\r\n\x1a\n harmless bytes"
        first = self.upload(bare, picture, "wallet", "wallet.png")
        self.assertEqual(first.status, 201, first)
        self.assertEqual(bare("GET", "/v1/portal/uploads").status, 403)
        self.assertEqual(bare("DELETE", f"/v1/portal/uploads/{first.json['id']}").status, 403)
        # From then on it takes the second word.
        words = {"code": code, "second_word": "barley tea", "duress_word": "grey heron"}
        self.assertEqual(portal("PUT", "/v1/portal/words", words).status, 200)
        self.assertEqual(self.upload(bare, b"chat").status, 401)  # that session ended
        for body in ({"code": code}, {"code": code, "word": "grey heron"}):
            self.assertEqual(bare("POST", "/v1/portal/session", body).status, 200)
            self.assertEqual(self.upload(bare, b"chat").status, 403)
        chat = "그 사람: 내일까지".encode()
        second = self.upload(portal, chat)
        self.assertEqual(second.status, 201, second)
        shown = portal("GET", "/v1/portal/uploads").json["uploads"]
        self.assertEqual([(each["kind"], each["bytes"]) for each in shown],
                         [("wallet", len(picture)), ("chat", len(chat))])
        self.assertTrue(all(set(each) == {"id", "kind", "bytes", "uploaded_at"} for each in shown))
        # Her counsellor has them.
        case = self.take(centre)
        uploads = centre.yun.get(f"/v1/cases/{case}/uploads").json["uploads"]
        self.assertEqual([(each["name"], each["by_survivor"]) for each in uploads],
                         [("wallet.png", True), ("chat.txt", True)])
        read = centre.yun.get(f"/v1/cases/{case}/uploads/{first.json['id']}")
        self.assertEqual(read.body, picture)
        # She destroys one; the log says so to her.
        gone = portal("DELETE", f"/v1/portal/uploads/{first.json['id']}")
        self.assertEqual(gone.status, 204, gone)
        self.assertEqual(centre.yun.client("GET", f"/v1/cases/{case}/uploads/{first.json['id']}").status,
                         404)
        log = [line["en"] for line in portal("GET", "/v1/portal/log").json["lines"]]
        self.assertIn("A file was destroyed.", log)
        # Of somebody who may be a minor no picture is taken, by whoever and as whatever.
        record = centre.yun.get(f"/v1/cases/{case}/record")
        centre.yun.do("PUT", f"/v1/cases/{case}/minor", {"minor": "suspected"}, status=200,
                      headers={"If-Match": record.headers["ETag"]})
        refused = self.upload(portal, picture, "paper", "paper.pdf")
        self.assertEqual(refused.status, 415, refused)
        self.assertIn("only plain text", refused.json["detail"])
        staff = centre.yun.client("POST", f"/v1/cases/{case}/uploads?kind=paper&name=paper.pdf",
                                  raw=picture, headers={"Content-Type": "application/octet-stream",
                                                        "Idempotency-Key": os.urandom(16).hex()})
        self.assertEqual(staff.status, 415, staff)
        self.assertEqual(self.upload(portal, b"text").status, 201)

    def test_a_guardian_whose_papers_were_checked_gets_a_code_and_loses_it(self):
        centre = self.open()
        portal, code = self.report(centre)
        case = self.take(centre)
        yun, path = centre.yun, f"/v1/cases/{case}"
        yun.make(f"{path}/parties", {"role": "survivor", "sheet": {
            "name": "김가람", "birth_date": f"{datetime.date.today().year - 12}-01-01"}})
        guardian = yun.make(f"{path}/parties", {"role": "guardian", "sheet": {"name": "김나루"}})["id"]
        refused = yun.client.create(f"/v1/parties/{guardian}/code", None)
        self.assertEqual(refused.status, 403, refused)
        self.assertIn("requester_id", refused.json["detail"])
        for revision, paper in enumerate(("requester_id", "relationship_proof"), 1):
            yun.do("POST", f"/v1/parties/{guardian}/papers", {"paper": paper}, status=200,
                   headers={"If-Match": f'"r{revision}"'})
        theirs = yun.make(f"/v1/parties/{guardian}/code", None)["code"]
        self.assertEqual(yun.client.create(f"/v1/parties/{guardian}/code", None).status, 409)
        visitor = centre.client()
        words = {"code": theirs, "second_word": "pine cone", "duress_word": "oak leaf"}
        self.assertEqual(visitor("PUT", "/v1/portal/words", words).status, 200)
        self.assertEqual(visitor("GET", "/v1/portal/page").status, 200)
        self.assertEqual(visitor("PUT", "/v1/portal/contact", {"neutral_text": "appointment"}).status,
                         403)
        consent = visitor.create("/v1/portal/consents",
                                 {"agency": "kr.police", "purpose": "investigation",
                                  "fields": ["items.urls"], "until": moment(days=30)})
        self.assertEqual(consent.status, 201, consent)
        given = yun.get(f"{path}/consents").json["consents"]
        self.assertEqual([each["given"] for each in given], ["guardian"])
        # She sees that it was issued, and what was done with it.
        hers = {"code": code, "second_word": "barley tea", "duress_word": "grey heron"}
        self.assertEqual(portal("PUT", "/v1/portal/words", hers).status, 200)
        log = [(line["who"], line["en"]) for line in portal("GET", "/v1/portal/log").json["lines"]]
        self.assertTrue(any("code of their own" in text for _, text in log), log)
        self.assertIn(("guardian", "A consent was given."), log)
        yun.do("DELETE", f"/v1/parties/{guardian}/code")
        self.assertEqual(visitor("GET", "/v1/portal/page").status, 401)
        gone = centre.client()("POST", "/v1/portal/session", {"code": theirs, "word": "pine cone"})
        unknown = centre.client()("POST", "/v1/portal/session", {"code": "0" * 29, "word": "pine cone"})
        self.assertEqual((gone.status, gone.body), (unknown.status, unknown.body))
        self.assertEqual(portal("GET", "/v1/portal/page").status, 200)

    def test_files_go_out_by_consent_and_stop_with_it(self):
        centre = self.open()
        portal, code = self.report(centre)
        case = self.take(centre)
        words = {"code": code, "second_word": "barley tea", "duress_word": "grey heron"}
        self.assertEqual(portal("PUT", "/v1/portal/words", words).status, 200)
        chat = self.upload(portal, b"a chat of hers", "chat", "chat.txt").json["id"]
        paper = self.upload(portal, b"a paper of hers", "paper", "paper.txt").json["id"]
        to = {"agency": "kr.police", "purpose": "investigation"}
        consent = portal.create("/v1/portal/consents", {
            **to, "fields": ["case.uploads"], "keep_days": 60, "until": moment(days=30)}).json["id"]
        self.assertIn("60", portal("GET", "/v1/portal/page").json["consents"][0]["keeping_en"])
        path, yun = f"/v1/cases/{case}/exports", centre.yun
        bundle = yun.do("POST", path, {**to, "fields": ["case.uploads", "case.papers"]}, status=200)
        self.assertEqual(bundle.json["fields"], {"case.uploads": [
            {"file": chat, "kind": "chat", "bytes": 14, "name": "chat.txt"}]})
        self.assertEqual(bundle.json["keep_days"], 60)
        sent = yun.do("POST", f"{path}/files/{chat}", to, status=200)
        self.assertEqual(sent.body, b"a chat of hers")
        yun.do("POST", f"{path}/files/{paper}", to, status=403)
        yun.do("POST", f"{path}/files/{chat}", {**to, "purpose": "transfer"}, status=403)
        self.assertEqual(portal("DELETE", f"/v1/portal/consents/{consent}").status, 204)
        refused = yun.do("POST", f"{path}/files/{chat}", to, status=403)
        self.assertNotIn(b"a chat of hers", refused.body)

    def test_an_emergency_and_a_duty_give_their_fields_and_are_shown_to_her(self):
        centre = self.open()
        portal, code = self.report(centre)
        case = self.take(centre)
        yun = centre.yun
        yun.make(f"/v1/cases/{case}/parties", {"role": "survivor", "sheet": {
            "name": "김가람", "telephone": "010-2345-6789"}})
        words = {"code": code, "second_word": "barley tea", "duress_word": "grey heron"}
        self.assertEqual(portal("PUT", "/v1/portal/words", words).status, 200)
        chat = self.upload(portal, b"I know where you live.", "chat", "chat.txt").json["id"]
        paper = self.upload(portal, b"a paper of hers", "paper", "paper.txt").json["id"]
        choice = {"agency": "kr.police", "purpose": "rescue",
                  "fields": ["survivor.name", "case.uploads"],
                  "from": moment(minutes=-1), "until": moment(hours=12)}
        act = yun.make("/v1/approvals", {"kind": "emergency_override", "case": case,
                                         "choice": choice, "reason": "She is in danger."})["id"]
        for who in (centre.han, centre.seo):
            waiting = {each["id"]: each for each in who.get("/v1/approvals").json["approvals"]}
            who.do("POST", f"/v1/approvals/{act}/votes", {"digest": waiting[act]["digest"]},
                   status=200)
        emergency = yun.make(f"/v1/cases/{case}/emergency",
                             {**choice, "approval": act, "reason": "She is in danger."})["id"]
        duty = yun.make(f"/v1/cases/{case}/duty", {
            "agency": "kr.police", "purpose": "investigation", "fields": ["case.harms"],
            "from": moment(minutes=-1), "until": moment(hours=12),
            "legal_basis": "kr.youth-protection-act.34", "reason": "A child."})["id"]
        path = f"/v1/cases/{case}/exports"
        wanted = ["survivor.name", "survivor.telephone", "case.harms", "case.story"]
        for decided, purpose, field, other in ((emergency, "rescue", "survivor.name", "case.harms"),
                                               (duty, "investigation", "case.harms",
                                                "survivor.name")):
            body = {"agency": "kr.police", "purpose": purpose, "fields": wanted}
            bundle = yun.do("POST", f"{path}/decided/{decided}", body, status=200)
            self.assertIn(field, bundle.json["fields"])
            self.assertNotIn(other, bundle.body.decode())
            self.assertNotIn("case.story", bundle.body.decode())
            self.assertNotIn("2345", bundle.body.decode())
            # For another agency, another purpose or by consent there is nothing.
            for wrong in ({**body, "agency": "kr.kcsc"}, {**body, "purpose": "removal"}):
                yun.do("POST", f"{path}/decided/{decided}", wrong, status=403)
            yun.do("POST", path, body, status=403)
        yun.do("POST", f"{path}/decided/{'0' * 32}", body, status=404)
        # The file that it lists is sent, and no other one.
        to = {"agency": "kr.police", "purpose": "rescue"}
        bundle = yun.do("POST", f"{path}/decided/{emergency}", {**to, "fields": ["case.uploads"]},
                        status=200)
        self.assertEqual([each["file"] for each in bundle.json["fields"]["case.uploads"]], [chat])
        sent = yun.do("POST", f"{path}/decided/{emergency}/files/{chat}", to, status=200)
        self.assertEqual(sent.body, b"I know where you live.")
        for decided, file, wrong, status in (
                (emergency, paper, to, 403), (emergency, chat, {**to, "agency": "kr.kcsc"}, 403),
                (duty, chat, {**to, "purpose": "investigation"}, 403), (act, chat, to, 404),
                (emergency, "0" * 32, to, 404)):
            refused = yun.do("POST", f"{path}/decided/{decided}/files/{file}", wrong, status=status)
            self.assertNotIn(b"I know", refused.body)
        yun.do("POST", f"{path}/files/{chat}", to, status=403)
        shown = portal("GET", "/v1/portal/page").json["overrides"]
        self.assertEqual({(each["basis"], each["agency"]) for each in shown},
                         {("emergency", "kr.police"), ("duty", "kr.police")})

    def test_the_receipt_that_she_asked_for_waits_for_her(self):
        centre = self.open()
        portal, code = self.report(centre)
        case = self.take(centre)
        words = {"code": code, "second_word": "barley tea", "duress_word": "grey heron"}
        self.assertEqual(portal("PUT", "/v1/portal/words", words).status, 200)
        refused = portal("POST", "/v1/portal/withdrawal", {"withdrawal": "work", "receipt": True})
        self.assertEqual(refused.status, 422, refused)
        asked = portal("POST", "/v1/portal/withdrawal", {"withdrawal": "destroy", "receipt": True})
        self.assertEqual(asked.status, 200, asked)
        receipt_code = asked.json["receipt_code"]
        visitor = centre.client()

        def fetch(receipt):
            answer = visitor("POST", "/v1/portal/receipt", {"code": receipt})
            return answer.status, answer.body

        unknown = fetch("0" * 29)
        self.assertEqual(unknown[0], 403)
        self.assertEqual(fetch(receipt_code), unknown)
        centre.yun.do("POST", f"/v1/cases/{case}/withdrawal",
                      {"withdrawal": "destroy", "over_safe_contact": True}, status=200)
        centre.yun.do("POST", f"/v1/cases/{case}/destruction", {}, status=200)
        status, body = fetch(receipt_code)
        self.assertEqual(status, 200, body)
        self.assertIn(b"destroyed: case", body)
        self.assertNotIn(case.encode(), body)
        self.assertEqual(fetch(receipt_code)[0], 200)
        # Her own code is as if it had never been, here and there; the receipt code opens no page.
        self.assertEqual(fetch(code), unknown)
        doors = [centre.client()("POST", "/v1/portal/session", {"code": each})
                 for each in (code, receipt_code, "0" * 29)]
        self.assertEqual(len({(each.status, each.body) for each in doors}), 1, doors)

    def test_a_referral_ends_with_its_consent(self):
        centre = self.open()
        self.report(centre)
        case = self.take(centre)
        path, yun = f"/v1/cases/{case}", centre.yun
        yun.make(f"{path}/consents", {"agency": "kr.police", "purpose": "investigation",
                                      "fields": ["case.story"], "until": moment(seconds=4),
                                      "given": "in_person"})
        yun.make(f"{path}/referrals", {"agency": "kr.police", "purpose": "investigation",
                                       "fields": ["case.story"]})
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            referral = yun.get(f"{path}/referrals").json["referrals"][0]
            if referral["state"] == "revoked":
                break
            time.sleep(1)
        self.assertEqual(referral["state"], "revoked")

    def test_a_backup_of_yesterday_brings_nothing_back(self):
        if self.database:
            self.skipTest("backup is SQLite's; PostgreSQL has its own tools")
        centre = self.open()
        self.report(centre)
        case = self.take(centre)
        backup = pathlib.Path(self.folder.name) / "yesterday.db"
        centre.run("backup", "--to", str(backup))
        centre.yun.do("POST", f"/v1/cases/{case}/withdrawal",
                      {"withdrawal": "destroy", "over_safe_contact": True}, status=200)
        centre.yun.do("POST", f"/v1/cases/{case}/destruction", {}, status=200)
        self.assertEqual(centre.stop(), 0)
        path = pathlib.Path(self.folder.name) / "centre.db"
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        # An old copy is not served …
        path.write_bytes(backup.read_bytes())
        self.assertNotEqual(centre.run("config", "check", check=False).returncode, 0)
        path.unlink()
        # … and restored, it has nothing of her.
        restored = centre.run("restore", "--from", str(backup))
        self.assertIn(b"1 cases", restored.stdout)
        centre.start()
        centre.yun.client = centre.client()
        centre.yun.sign_in()
        self.assertEqual(centre.yun.client("GET", f"/v1/cases/{case}").status, 404)

    def test_nothing_told_stands_in_any_file(self):
        centre = self.open()
        told = [f"planted{os.urandom(6).hex()}" for _ in range(40)]
        for word in told:
            report = dict(REPORT, sheet={"survivor_name": word, "story": f"This is {word}."},
                          items=[{"kind": "url",
                                  "marks": [{"kind": "url", "place": "forum",
                                             "url": f"https://{word}.example/"}]}])
            self.report(centre, report)
        for _ in told:
            case = self.take(centre)
            centre.yun.make(f"/v1/cases/{case}/notes", {"text": f"Note about {told[0]}"})
        self.assertEqual(centre.stop(), 0)
        if not self.database:
            centre.run("backup", "--to", str(pathlib.Path(self.folder.name) / "copy.db"))
        files = [path for path in pathlib.Path(self.folder.name).rglob("*") if path.is_file()]
        self.assertGreater(len(files), 4)
        for path in files:
            content = path.read_bytes()
            for word in told:
                self.assertNotIn(word.encode(), content, path)
                self.assertNotIn(word.encode("utf-16-le"), content, path)


class PostgresqlStoryTest(StoryTest):
    """The same over PostgreSQL, in a database of its own."""

    def setUp(self):
        super().setUp()
        url = (pathlib.Path(os.environ["JIKIMI_POSTGRESQL"]) / "url").read_text().strip()
        name = f"story_{os.urandom(6).hex()}"
        subprocess.run(["psql", "-qX", url, "-c", f"CREATE DATABASE {name}"], check=True)
        self.addCleanup(subprocess.run, ["psql", "-qX", url, "-c",
                                         f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"], check=True)
        base, _, query = url.partition("?")
        self.database = base.rsplit("/", 1)[0] + "/" + name + ("?" + query if query else "")


if __name__ == "__main__":
    JIKIMI = sys.argv.pop(1)
    unittest.main(verbosity=2, warnings="ignore")
