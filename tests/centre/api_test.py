#!/usr/bin/env python3
"""Who may do what over HTTP: every operation of api/openapi.yaml as every role, in and out of scope;
and codes that let nobody in, which all look the same.

    api_test.py JIKIMI [test names]
"""

import os
import pathlib
import re
import statistics
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import story_test  # noqa: E402
from centre import Centre  # noqa: E402
from description import Description, moment, random_id  # noqa: E402
from story_test import Person, open_centre  # noqa: E402

DESCRIPTION = Description()
STAFF_ROLES = ("counsellor", "removal_officer", "police_liaison", "platform", "statistician",
               "supervisor", "administrator")
# Roles that read no case, whatever the data say (PRODUCT: an administrator reads no case).
BLIND = ("platform", "statistician", "administrator")
PLANTED = "Planted-Given-Name"
OUT_OF_CASE = {"case_id", "report_id", "item_id", "party_id", "task_id", "referral_id", "hold_id",
               "file_id", "consent_id", "incident_id"}


def rich_report(name=PLANTED):
    return {"reporter": "survivor", "harms": ["distribution"],
            "sheet": {"survivor_name": name, "story": f"{name} tells it."},
            "items": [{"kind": "url", "marks": [{"kind": "url", "place": "adult_site",
                                                 "url": f"https://{random_id()}.example/"}]}]}


class House:
    """A centre with somebody of every role, a second team, and cases in and out of their scope."""

    def __init__(self, folder):
        # Each try comes from an address of its own, so that quotas for one source don't count.
        self.centre = open_centre(folder, server=Centre.behind_proxy)
        centre = self.centre
        self.staff = {"counsellor": centre.yun, "supervisor": centre.han}
        for role in ("removal_officer", "police_liaison", "statistician", "platform"):
            self.staff[role] = self.hire(f"Role {role.replace('_', ' ')}", role, centre.team)
        self.staff["administrator"] = self.hire_administrator()
        self.other_team = centre.han.make("/v1/teams", {"name": "Elsewhere",
                                                        "members": [centre.han.id]})["id"]
        self.stranger = self.hire("Someone Elsewhere", "counsellor", self.other_team)
        self.spare = self.invited("Spare Person", "counsellor", centre.team)["person"]

    def invited(self, name, role, team, approval=None):
        body = {"name": name, "role": role, "team": team}
        if approval:
            body["approval"] = approval
        return self.centre.han.make("/v1/people", body)

    def hire(self, name, role, team):
        return Person(self.centre, name, self.invited(name, role, team)["code"]).sign_in()

    def hire_administrator(self):
        person = {"name": "Root Admin", "role": "administrator", "team": None}
        act = self.centre.han.make("/v1/approvals",
                                   {"kind": "role", "reason": "the machine needs one",
                                    "person": person})["id"]
        self.vote(act)
        invitation = self.centre.han.make("/v1/people", {**person, "approval": act})
        return Person(self.centre, "Root Admin", invitation["code"]).sign_in()

    def vote(self, act):
        """The second one; proposing it was the first."""
        waiting = {each["id"]: each for each in self.centre.seo.get("/v1/approvals").json["approvals"]}
        self.centre.seo.do("POST", f"/v1/approvals/{act}/votes", {"digest": waiting[act]["digest"]},
                           status=200)

    def report(self, report=None):
        portal = self.centre.client()
        taken = portal.create("/v1/portal/reports", report or rich_report())
        assert taken.status == 201, taken
        return taken.json["code"]

    def case(self, report=None):
        """The ids of a case of the intake team with one record of each kind, granted to all who may
        read cases."""
        yun, han, centre = self.centre.yun, self.centre.han, self.centre
        code = self.report(report)
        case = yun.get("/v1/cases?queue=intake&limit=200").json["cases"]
        case = max(case, key=lambda each: each["opened_at"])["id"]
        report = yun.get(f"/v1/cases/{case}/reports").json["reports"][0]
        yun.do("POST", f"/v1/reports/{report['id']}/confirmation",
               headers={"If-Match": f'"r{report["revision"]}"'})
        yun.do("POST", f"/v1/cases/{case}/assignment",
               {"assigned": yun.id, "second": centre.bae.id})
        for role in ("removal_officer", "police_liaison", "supervisor"):
            yun.do("PUT", f"/v1/cases/{case}/grants/{self.staff[role].id}")
        own = f"/v1/cases/{case}"
        known = {"case_id": case, "report_id": report["id"], "code": code}
        known["item_id"] = yun.get(f"{own}/items").json["items"][0]["id"]
        known["party_id"] = yun.make(f"{own}/parties", {"role": "friend", "sheet": {"name": PLANTED}})["id"]
        known["task_id"] = yun.make(f"{own}/tasks", {"text": PLANTED, "due_at": moment(days=1)})["id"]
        yun.make(f"{own}/notes", {"text": PLANTED})
        known["incident_id"] = yun.make("/v1/incidents", {"title": "A room"})["id"]
        known["consent_id"] = yun.make(f"{own}/consents", {
            "agency": "kr.police", "purpose": "investigation", "fields": ["items.urls"],
            "until": moment(days=60), "given": "in_person"})["id"]
        known["referral_id"] = yun.make(f"{own}/referrals", {
            "agency": "kr.police", "purpose": "investigation",
            "fields": ["items.urls"]})["referral"]["id"]
        known["hold_id"] = han.make(f"{own}/holds", {
            "authority": "kr.police", "scope": "all of it", "until": moment(days=40)})["id"]
        uploaded = yun.client("POST", f"{own}/uploads?kind=chat&name=chat.txt", raw=PLANTED.encode(),
                              headers={"Idempotency-Key": random_id(),
                                       "Content-Type": "application/octet-stream"})
        assert uploaded.status == 201, uploaded
        known["file_id"] = uploaded.json["id"]
        han.do("DELETE", f"/v1/holds/{known['hold_id']}")
        return known

    def words(self, known):
        """Everything that bodies and paths may name, for the case."""
        shares = re.findall(r"^-- Escrow, share \d+\n((?:\S.*\n)+)", self.centre.printed, re.M)
        return {**known, "shares": shares[:2], "person_id": self.spare, "person": self.spare,
                "about": self.spare,
                "team_id": self.other_team, "team": self.centre.team, "assigned": self.centre.yun.id,
                "second": self.centre.bae.id, "to": self.centre.bae.id,
                "persons": [self.centre.yun.id, self.centre.bae.id],
                "members": [self.centre.yun.id], "grant_to": [self.centre.yun.id],
                "absent": self.centre.bae.id, "stand_in": self.centre.yun.id}

    def snapshot(self, known, who=None):
        """What stands in the case, by every operation that reads it; the log grows by reading."""
        shown = {}
        for operation in DESCRIPTION.operations:
            if (operation.method == "GET" and operation.names("path") == ["case_id"]
                    and operation.id not in ("readCaseLog", "readAgreedQuestion")):
                answer = DESCRIPTION.call((who or self.centre.yun).client, operation, known)
                shown[operation.id] = (answer.status, answer.body)
        return shown

    def session_of(self, role):
        """A client that is signed in; the operations under test end sessions, too."""
        person = self.staff[role]
        if person.client("GET", "/v1/session").status != 200:
            person.client = self.centre.client()
            person.sign_in()
        return person.client


class RolesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.house = House(cls.folder.name)
        cls.granted = {role: {each["permission"] for each in
                              cls.house.session_of(role)("GET", "/v1/session").json["permissions"]}
                       for role in STAFF_ROLES}

    @classmethod
    def tearDownClass(cls):
        cls.house.centre.kill()
        cls.folder.cleanup()

    def staff_operations(self):
        return [each for each in DESCRIPTION.operations
                if "staff" in each.schemes and not each.streams]

    def test_nobody_gets_nothing_that_needs_somebody(self):
        client = self.house.centre.client()
        forged = self.house.centre.client()
        forged.cookies = {"__Host-jikimi": "A" * 64, "__Host-jikimi-portal": "A" * 64}
        asked = 0
        for operation in DESCRIPTION.operations:
            if operation.schemes:
                for who in (client, forged):
                    answer = DESCRIPTION.call(who, operation, {})
                    self.assertEqual(answer.status, 401, (operation, answer))
                    asked += 1
        self.assertGreater(asked, 200)

    def test_internal_operations_are_not_served_to_the_public(self):
        for operation in DESCRIPTION.operations:
            if operation.internal:
                answer = DESCRIPTION.call(self.house.session_of("supervisor"), operation, {})
                self.assertEqual(answer.status, 404, operation)

    def test_without_the_permission_nobody_passes(self):
        known = self.house.words(self.house.case())
        refused = 0
        for role in STAFF_ROLES:
            for operation in self.staff_operations():
                if operation.permission and operation.permission not in self.granted[role]:
                    answer = DESCRIPTION.call(self.house.session_of(role), operation, known)
                    self.assertEqual(answer.status, 403, (role, operation, answer))
                    self.assertIn(operation.permission, answer.json["detail"])
                    refused += 1
        self.assertGreater(refused, 300)
        print(f"{refused} refused", end=" ... ", flush=True)

    def test_with_the_permission_everybody_passes_within_their_scope(self):
        house, asked = self.house, 0
        for role in STAFF_ROLES:
            fresh = None
            for operation in self.staff_operations():
                if not operation.permission or operation.permission not in self.granted[role]:
                    continue
                if fresh is None or not self.usable(fresh):
                    fresh = house.case()
                known = house.words(fresh)
                answer = DESCRIPTION.call(house.session_of(role), operation, known)
                self.assertNotEqual(answer.status, 401, (role, operation, answer))
                self.assertLess(answer.status, 500, (role, operation, answer))
                if answer.status == 403:
                    # A rule of the matter, not a lack of permission or scope.
                    self.assertNotRegex(answer.json["detail"], r"no permission|may not do this|"
                                        r"may do this within", (role, operation, answer))
                asked += 1
        self.assertGreater(asked, 150)
        print(f"{asked} passed", end=" ... ", flush=True)

    def usable(self, known):
        record = self.house.centre.han.client("GET", f"/v1/cases/{known['case_id']}/record")
        return (record.status == 200 and record.json["state"] == "open"
                and record.json["withdrawal"] == "none")

    def test_out_of_scope_nothing_is_seen_and_nothing_changes(self):
        known = self.house.case()
        before = self.house.snapshot(known)
        stranger, asked = self.house.stranger, 0
        words = {**self.house.words(known), "assigned": stranger.id,
                 "to": stranger.id, "grant_to": [stranger.id], "person_id": stranger.id}
        for operation in self.staff_operations():
            if not OUT_OF_CASE & set(operation.names("path")):
                continue
            answer = DESCRIPTION.call(stranger.client, operation, words)
            if operation.id == "getIncident":  # says which of one's own cases are in it
                self.assertEqual(answer.json.get("cases"), [], answer)
            else:
                self.assertIn(answer.status, (403, 404), (operation, answer))
            self.assertNotIn(PLANTED, answer.body.decode(errors="replace"), operation)
            asked += 1
        self.assertGreater(asked, 70)
        self.assertEqual(before, self.house.snapshot(known))
        print(f"{asked} asked", end=" ... ", flush=True)

    def test_whoever_reads_no_case_reads_none(self):
        known = self.house.case()
        before = self.house.snapshot(known)
        words = self.house.words(known)
        for role in BLIND:
            for operation in self.staff_operations():
                if operation.method == "DELETE" and operation.id == "endSession":
                    continue
                answer = DESCRIPTION.call(self.house.session_of(role), operation, words)
                self.assertNotIn(PLANTED, answer.body.decode(errors="replace"), (role, operation))
                if OUT_OF_CASE & set(operation.names("path")):
                    self.assertIn(answer.status, (403, 404), (role, operation, answer))
        self.assertEqual(before, self.house.snapshot(known))

    def test_another_sites_page_changes_nothing(self):
        known = self.house.case()
        before = self.house.snapshot(known)
        words = self.house.words(known)
        client = self.house.session_of("supervisor")
        for operation in DESCRIPTION.operations:
            if operation.method == "GET" or operation.schemes != {"staff"}:
                continue
            for headers in ({"Origin": "https://elsewhere.example"}, {"Origin": "null"},
                            {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
                answer = DESCRIPTION.call(client, operation, words, headers=headers)
                self.assertEqual(answer.status, 403, (operation, headers, answer))
        self.assertEqual(before, self.house.snapshot(known))

    def test_a_survivor_has_her_own_case_and_nothing_else(self):
        house = self.house
        code, hers = house.report(), house.centre.client()
        words = {"code": code, "second_word": "barley tea", "duress_word": "grey heron"}
        self.assertEqual(hers("PUT", "/v1/portal/words", words).status, 200)
        bare, duress = house.centre.client(), house.centre.client()
        bare("POST", "/v1/portal/session", {"code": code})
        duress("POST", "/v1/portal/session", {"code": code, "word": "grey heron"})
        other = house.case()
        asked = 0
        for operation in DESCRIPTION.operations:
            if "staff" in operation.schemes and not operation.streams:
                for client in (hers, bare):
                    answer = DESCRIPTION.call(client, operation, house.words(other))
                    self.assertEqual(answer.status, 401, (operation, answer))
            if operation.schemes != {"portal"} or operation.id == "leavePortal":
                continue
            asked += 1
            for client in (bare, duress):
                answer = DESCRIPTION.call(client, operation, house.words(other))
                if operation.permission == "portal.status":
                    self.assertEqual(answer.status, 200, (operation, answer))
                else:
                    self.assertEqual(answer.status, 403, (operation, answer))
            hers("POST", "/v1/portal/session", {"code": code, "word": "barley tea"},
                 headers={"X-Forwarded-For": f"192.0.2.{asked}"})
            answer = DESCRIPTION.call(hers, operation, house.words(other))
            if operation.names("path"):  # a record of somebody else's
                self.assertEqual(answer.status, 404, (operation, answer))
            else:
                self.assertNotIn(answer.status, (401, 403), (operation, answer))
            answer = DESCRIPTION.call(house.session_of("supervisor"), operation, house.words(other))
            self.assertEqual(answer.status, 401, (operation, answer))
        self.assertGreater(asked, 7)


class CodesTest(unittest.TestCase):
    def test_codes_that_let_nobody_in_are_answered_alike(self):
        with tempfile.TemporaryDirectory() as folder:
            house = House(folder)
            self.addCleanup(house.centre.kill)
            unknown = "0" * 29  # well-formed, and nobody has it
            right = house.case()["code"]
            wrong = self.with_another_secret(house, right)
            portal = house.centre.client()
            portal("PUT", "/v1/portal/words", {"code": right, "second_word": "barley tea",
                                               "duress_word": "grey heron"})
            gone = house.case()
            yun, path = house.centre.yun, f"/v1/cases/{gone['case_id']}"
            yun.do("POST", f"{path}/withdrawal",
                   {"withdrawal": "destroy", "over_safe_contact": True}, status=200)
            yun.do("POST", f"{path}/destruction", {}, status=200)
            tries = {"wrong word": {"code": right, "word": "green tea"},
                     "wrong": {"code": wrong},
                     "unknown": {"code": unknown}, "unknown with a word":
                     {"code": unknown, "word": "barley tea"}, "destroyed": {"code": gone["code"]},
                     "destroyed with a word": {"code": gone["code"], "word": "barley tea"}}
            answers, took = {}, {}
            for turn in range(4):
                for name, body in tries.items():
                    begun = time.monotonic()
                    answer = house.centre.client()(
                        "POST", "/v1/portal/session", body,
                        headers={"X-Forwarded-For": f"198.51.100.{turn * 16 + len(took)}"})
                    took.setdefault(name, []).append(time.monotonic() - begun)
                    answers[name] = (answer.status, answer.body, answer.headers.get("Set-Cookie"))
            self.assertEqual(len(set(answers.values())), 1, answers)
            self.assertEqual(answers["unknown"][0], 403)
            for name, times in took.items():
                print(f"{name}: {statistics.median(times) * 1000:.0f} ms", end=", ", flush=True)
            # Locked by too many wrong words: the right one and a wrong one are told the same, and so
            # is whoever tried a code too often that doesn't exist. The wait doubles up to a minute,
            # and may pass just before the right word where a call takes long: then it is done again.
            locked, sources = {}, (f"203.0.113.{number}" for number in range(256))
            for name, code in (("there", right), ("not there", unknown)):
                for _ in range(4):
                    for word in ["green tea"] * 10 + ["barley tea"]:
                        answer = house.centre.client()(
                            "POST", "/v1/portal/session", {"code": code, "word": word},
                            headers={"X-Forwarded-For": next(sources)})
                    locked[name] = (answer.status, answer.body)
                    if answer.status == 403:
                        break
            self.assertEqual(locked["not there"][0], 403)
            self.assertEqual(locked["there"], locked["not there"])

    def with_another_secret(self, house, code):
        """The code with one character of its secret changed, and the check character that fits."""
        symbols = code.replace("-", "")
        other = symbols[:20] + ("0" if symbols[20] != "0" else "1") + symbols[21:28]
        for number, check in enumerate("0123456789ABCDEFGHJKMNPQRSTVWXYZ*~$=U"):
            answer = house.centre.client()("POST", "/v1/portal/session", {"code": other + check},
                                           headers={"X-Forwarded-For": f"192.0.2.{number + 1}"})
            if answer.status != 422:
                return other + check
        raise AssertionError("no check character fits")


if __name__ == "__main__":
    story_test.JIKIMI = sys.argv.pop(1)
    unittest.main(verbosity=2, warnings="ignore")
