#!/usr/bin/env python3
"""What is wrong gets the right status and a sentence, and changes nothing: for every operation of
api/openapi.yaml that takes a body, a revision, an idempotency key or an id.

    bad_input_test.py JIKIMI [test names]
"""

import copy
import http.client
import json
import pathlib
import sys
import tempfile
import threading
import unicodedata
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import story_test  # noqa: E402
from api_test import DESCRIPTION, House, rich_report  # noqa: E402
from centre import totp  # noqa: E402
from description import moment, random_id  # noqa: E402
from story_test import PASSWORD  # noqa: E402

DEEP = 100_000


class BadInputTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.house = House(cls.folder.name)
        cls.known = cls.house.case()
        cls.words = cls.house.words(cls.known)
        cls.granted = {role: {each["permission"] for each in
                              cls.house.session_of(role)("GET", "/v1/session").json["permissions"]}
                       for role in ("counsellor", "supervisor")}
        cls.anybody = cls.house.centre.client()
        cls.portal = cls.house.centre.client()
        cls.portal("PUT", "/v1/portal/words",
                   {"code": cls.known["code"], "second_word": "barley tea",
                    "duress_word": "grey heron"})

    def tearDown(self):
        for person in self.house.staff.values():  # a failure half-way leaves no half request behind
            person.client.close()
        self.portal.close()

    @classmethod
    def tearDownClass(cls):
        cls.house.centre.kill()
        cls.folder.cleanup()

    def who_may(self, operation):
        if "portal" in operation.schemes:
            return self.portal
        if not operation.schemes:
            return self.anybody
        for role in ("counsellor", "supervisor"):
            if not operation.permission or operation.permission in self.granted[role]:
                return self.house.session_of(role)
        raise AssertionError(f"nobody may {operation}: the house needs somebody who does")

    def refused(self, operation, what, answer, *statuses):
        self.assertIn(answer.status, statuses, (operation, what, answer))
        self.assertEqual(answer.headers["Content-Type"], "application/problem+json")
        problem = answer.json
        self.assertEqual(problem["status"], answer.status)
        self.assertGreater(len(problem["detail"]), 10, (operation, what))
        return problem

    def unchanged(self):
        """The case, and how many cases, people and approvals there are."""
        supervisor = self.house.session_of("supervisor")
        lists = [supervisor("GET", path).json for path in
                 ("/v1/cases?queue=intake&limit=200", "/v1/people?limit=200", "/v1/teams",
                  "/v1/covers", "/v1/approvals?limit=200")]
        return self.house.snapshot(self.known), lists

    def raw(self, operation, payload, media="application/json", **headers):
        return DESCRIPTION.call(self.who_may(operation), operation, self.words, raw=payload,
                                headers={"Content-Type": media, **headers})

    def with_json(self):
        return [each for each in DESCRIPTION.operations if each.takes_json]

    def test_what_is_no_json_is_refused(self):
        before = self.unchanged()
        for operation in self.with_json():
            sample = json.dumps(DESCRIPTION.sample(operation.schema, self.words)).encode()
            name = (sample.split(b'"') + [b"x"])[1 if b'"' in sample else -1]
            table = {
                "nothing": b"", "blank": b"  ", "cut short": sample[:-1], "two values": sample * 2,
                "not UTF-8": sample[:-1] + b',"x":"\xff\xfe"}', "half a surrogate":
                b'{"x":"\\ud800"}', "a comment": b"/*" + sample, "a name twice":
                b'{"' + name + b'":1,"' + name + b'":1}', "deep": b"[" * DEEP,
                "deep objects": b'{"a":' * DEEP, "NaN": b'{"x":NaN}', "single quotes": b"{'x':1}",
                "UTF-16": sample.decode().encode("utf-16"), "a NUL": b"\0" + sample,
                "a control character": b'{"x":"\x01"}', "a huge exponent": b'{"x":1e999999}',
            }
            for what, payload in table.items():
                self.refused(operation, what, self.raw(operation, payload), 400, 422)
                if what in ("nothing", "cut short", "not UTF-8", "a name twice", "deep"):
                    self.refused(operation, what, self.raw(operation, payload), 400)
        self.assertEqual(before, self.unchanged())

    def wrong_bodies(self, schema):
        """(what, body, pointer or None) with one thing wrong each."""
        schema = DESCRIPTION.resolve(schema)
        sample = DESCRIPTION.sample(schema, self.words)
        for value in ([], "text", 5, None, True):
            yield f"{value!r} instead of an object", value
        if schema.get("additionalProperties") is False:
            yield "an unknown member", {**sample, "no_such_member": 1}
        for member in schema.get("required", []):
            yield f"without {member}", {name: each for name, each in sample.items() if name != member}
        for member, kind in schema.get("properties", {}).items():
            kind = DESCRIPTION.resolve(kind)
            wrongs = [{"a": [[]]}, [[]], 1.5, 1 << 70]
            if "null" not in str(kind):
                wrongs.append(None)
            if kind.get("type") != "boolean":
                wrongs.append(True)
            if kind.get("type") == "string" or "enum" in kind:
                if kind.get("maxLength", 1 << 30) < 100_000:
                    wrongs.append("x" * (kind["maxLength"] + 1))
                if kind.get("minLength", 0) > 0 or "enum" in kind:
                    wrongs.append("")
                if "enum" in kind or "format" in kind or "pattern" in kind:
                    wrongs.append("no such word \u202e")
                if "format" in kind:
                    wrongs.append("0" * 31 + "g")
            if kind.get("type") == "array":
                wrongs.append([{"a": 1}] * 3)
                if kind.get("minItems"):
                    wrongs.append([])
            if kind.get("type") == "integer":
                wrongs += [-1, kind["maximum"] + 1] if "maximum" in kind else []
            for wrong in wrongs:
                yield f"{member}: {str(wrong)[:60]}", {**sample, member: wrong}

    def test_what_is_not_as_described_is_refused_and_says_where(self):
        before = self.unchanged()
        tried = 0
        for operation in self.with_json():
            for what, body in self.wrong_bodies(operation.schema):
                answer = self.raw(operation, json.dumps(body).encode())
                problem = self.refused(operation, what, answer, 400, 422)
                self.assertTrue(problem.get("errors") or answer.status == 400, (operation, what, answer))
                tried += 1
        self.assertGreater(tried, 1500)
        self.assertEqual(before, self.unchanged())
        print(f"{tried} bodies", end=" ... ", flush=True)

    def test_other_media_and_too_long_bodies_are_refused(self):
        before = self.unchanged()
        for operation in DESCRIPTION.operations:
            if not operation.media:
                continue
            for media in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data",
                          "text/json"):
                if operation.takes_json or "json" not in media:
                    answer = self.raw(operation, b"{}", media)
                    self.refused(operation, media, answer, 415)
            answer = self.raw(operation, b"{}", operation.media, **{"Content-Encoding": "gzip"})
            self.refused(operation, "encoded", answer, 415)
            # The length alone is enough: nothing of it is waited for.
            client = self.who_may(operation)
            connection = http.client.HTTPConnection("127.0.0.1", client.port, timeout=20)
            connection.putrequest(operation.method, DESCRIPTION.path(operation, self.words))
            for name, value in {"Origin": client.origin, "Content-Type": operation.media, "Cookie":
                                "; ".join(f"{key}={value}" for key, value in client.cookies.items()),
                                "Content-Length": operation.max_body + 1,
                                **DESCRIPTION.headers(operation, self.words)}.items():
                if value:
                    connection.putheader(name, value)
            connection.endheaders()
            answer = connection.getresponse()
            self.assertEqual(answer.status, 413, operation)
            connection.close()
        self.assertEqual(before, self.unchanged())

    def test_a_revision_is_asked_for_and_compared(self):
        before = self.unchanged()
        guarded = [each for each in DESCRIPTION.operations if "If-Match" in each.names("header")]
        self.assertGreater(len(guarded), 12)
        for operation in guarded:
            client = self.who_may(operation)
            for what, tag, status in (("missing", None, 428), ("stale", '"r999999"', 412),
                                      ("not one of ours", "nonsense", 400),
                                      ("of a far future", f'"r{10 ** 17}"', 412),
                                      ("too large", f'"r{1 << 70}"', 400)):
                headers = DESCRIPTION.headers(operation, self.words)
                headers.pop("If-Match")
                if tag:
                    headers["If-Match"] = tag
                body = (DESCRIPTION.sample(operation.schema, self.words)
                        if operation.takes_json else None)
                answer = client(operation.method, DESCRIPTION.path(operation, self.words), body,
                                headers=headers)
                self.refused(operation, what, answer, status)
        self.assertEqual(before, self.unchanged())

    def test_of_two_that_change_the_same_one_is_told(self):
        path = f"/v1/cases/{self.known['case_id']}"
        yun = self.house.session_of("counsellor")
        tag = yun("GET", path + "/record").headers["ETag"]
        statuses = []

        def change(client, harm):
            statuses.append(client("PUT", path + "/harms", {"harms": [harm]},
                                   headers={"If-Match": tag}).status)
        clients = []
        for _ in range(4):
            clients.append(self.house.centre.client())
            clients[-1].cookies = dict(yun.cookies)
        threads = [threading.Thread(target=change, args=(client, "distribution"))
                   for client in clients]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(statuses), [200, 412, 412, 412])

    def test_a_creating_call_is_done_once(self):
        creating = [each for each in DESCRIPTION.operations
                    if "Idempotency-Key" in each.names("header")]
        self.assertGreater(len(creating), 15)
        for operation in creating:
            client = self.who_may(operation)
            path = DESCRIPTION.path(operation, self.words)
            body = DESCRIPTION.sample(operation.schema, self.words) if operation.takes_json else None
            raw = None if operation.takes_json or not operation.media else b"some bytes"
            media = {"Content-Type": operation.media} if raw else {}
            answer = client(operation.method, path, body, raw=raw, headers=media)
            self.refused(operation, "no key", answer, 400)
            for bad in ("short", "x" * 129, "has a space in it here"):
                answer = client(operation.method, path, body, raw=raw,
                                headers={**media, "Idempotency-Key": bad})
                self.refused(operation, bad, answer, 400)
            key = {**media, "Idempotency-Key": random_id()}
            first = client(operation.method, path, body, raw=raw, headers=key)
            if first.status != 201:
                continue  # refused by a rule: nothing was kept, which the next test shows
            again = client(operation.method, path, body, raw=raw, headers=key)
            self.assertEqual((again.status, again.body), (201, first.body), operation)
            self.assertEqual(again.headers.get("Idempotency-Replayed"), "true", operation)
            if operation.media:
                other = copy.deepcopy(body)
                if isinstance(other, dict):
                    name = next((name for name, value in other.items() if isinstance(value, str)
                                 and "text" in name or name in ("title", "name", "reason", "scope")), None)
                    if name is None:
                        continue
                    other[name] += " and more"
                answer = client(operation.method, path, other, raw=raw and b"other bytes",
                                headers=key)
                self.refused(operation, "another body", answer, 422)

    def test_a_refused_call_may_be_repeated_under_its_key(self):
        yun = self.house.session_of("counsellor")
        path = f"/v1/cases/{self.known['case_id']}/consents"
        choice = {"agency": "no.such.agency", "purpose": "investigation", "fields": ["items.urls"],
                  "until": moment(days=9), "given": "in_person"}
        key = random_id()
        self.assertGreaterEqual(yun.create(path, choice, key=key).status, 400)
        choice["agency"] = "kr.police"
        self.assertEqual(yun.create(path, choice, key=key).status, 201)

    def test_the_same_call_from_eight_threads_makes_one_record(self):
        yun = self.house.session_of("counsellor")
        path = f"/v1/cases/{self.known['case_id']}/notes"
        answers, key = [], random_id()

        def write():
            client = self.house.centre.client()
            client.cookies = dict(yun.cookies)
            answers.append(client.create(path, {"text": "written once"}, key=key))
        threads = [threading.Thread(target=write) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual({(each.status, each.body) for each in answers}, {(201, answers[0].body)})
        notes = yun("GET", path + "?limit=200").json["notes"]
        self.assertEqual(sum(note["text"] == "written once" for note in notes), 1)

    def test_ids_of_nothing_are_not_found(self):
        for operation in DESCRIPTION.operations:
            ids = [parameter["name"] for parameter in operation.parameters
                   if parameter["in"] == "path"
                   and DESCRIPTION.resolve(parameter["schema"]).get("format") == "id"]
            if not ids or not operation.schemes:
                continue
            unknown = {**self.words, **{name: random_id() for name in ids}}
            client = self.who_may(operation)
            answer = DESCRIPTION.call(client, operation, unknown)
            if operation.method == "DELETE" and answer.status == 204:
                continue  # what is not there is gone
            # 403 where what is asked for is looked at only when it is in one's scope.
            self.refused(operation, "unknown", answer, 403, 404)
            for bad in ("0" * 31, "0" * 33, "g" * 32, "A" * 32, "..", "%00", "%ff", "x" * 300):
                answer = DESCRIPTION.call(client, operation, {**self.words, ids[0]: bad})
                self.assertIn(answer.status, (400, 404), (operation, bad, answer))

    def test_a_second_factor_works_once(self):
        seo = self.house.centre.seo
        code = seo.digits()
        for attempt, status in ((0, 200), (1, 401)):
            client = self.house.centre.client()
            first = client("POST", "/v1/session", {"name": seo.sign_in_name, "password": PASSWORD},
                           headers={"X-Forwarded-For": f"192.0.2.{attempt + 1}"})
            self.assertEqual(first.status, 200, first)
            second = client("POST", "/v1/session/totp", {"code": code},
                            headers={"X-Forwarded-For": f"192.0.2.{attempt + 1}"})
            self.assertIn(second.status, (200,) if status == 200 else (401, 403), second)
        self.assertNotEqual(code, totp(seo.secret, 0))

    def test_names_find_themselves_however_they_are_written(self):
        yun = self.house.session_of("counsellor")
        for name in ("각산하늘", "Zoë Ångström", "‏שלום כהן", "محمد علي", "ﬁona", "😀 Smile"):
            case = self.house.case(rich_report(name))["case_id"]
            for form in ("NFC", "NFD", "NFKC", "NFKD"):
                found = yun("POST", "/v1/case-searches",
                            {"kind": "name", "text": unicodedata.normalize(form, name)})
                self.assertEqual(found.status, 200, found)
                self.assertIn(case, [hit["record"]["id"] for hit in found.json["hits"]], (name, form))

    def test_long_and_strange_texts_come_back_as_they_were(self):
        yun = self.house.session_of("counsellor")
        path = f"/v1/cases/{self.known['case_id']}/notes"
        texts = ["😀👩‍👩‍👧‍👦🇰🇷", "‏עברית ‎mixed‏ العربية", "각 한글", "a\r\nb\tc", "\u2028\u2029",
                 "가" * 349_525, "a" * (1 << 20), "<script>alert(1)</script>' OR 1=1 --", "\ufeffx\uffff"]
        for text in texts:
            written = yun.create(path, {"text": text})
            self.assertEqual(written.status, 201, written)
        notes = {note["id"]: note["text"] for note in yun("GET", path + "?limit=200").json["notes"]}
        for text in texts:
            self.assertIn(text, notes.values())
        self.assertEqual(yun.create(path, {"text": "a" * ((1 << 20) + 1)}).status, 422)
        self.assertEqual(yun.create(path, {"text": "가" * 349_526}).status, 422)

    def test_far_dates_are_taken_and_impossible_ones_are_not(self):
        yun = self.house.session_of("counsellor")
        path = f"/v1/cases/{self.known['case_id']}/tasks"
        for due in ("1969-07-20T20:17:40Z", "1900-01-01T00:00:00Z", "2101-12-31T23:59:59Z",
                    "2400-02-29T12:00:00+09:00", "2030-03-31T02:30:00+02:00"):
            made = yun.create(path, {"text": due, "due_at": due})
            self.assertEqual(made.status, 201, (due, made))
        due = {task["text"]: task["due_at"] for task in yun("GET", path).json["tasks"]}
        self.assertEqual(due["1969-07-20T20:17:40Z"][:19], "1969-07-20T20:17:40")
        self.assertEqual(due["2400-02-29T12:00:00+09:00"][:19], "2400-02-29T03:00:00")
        for due in ("2023-02-29T00:00:00Z", "2024-13-01T00:00:00Z", "2024-01-01T24:00:00Z",
                    "2024-01-01T00:00:00", "2024-01-01 00:00", "0000-00-00T00:00:00Z",
                    "99999-01-01T00:00:00Z", "2024-01-01T00:00:00+99:00", "tomorrow morning at 8"):
            self.refused(due, due, yun.create(path, {"text": due, "due_at": due}), 422)


if __name__ == "__main__":
    story_test.JIKIMI = sys.argv.pop(1)
    unittest.main(verbosity=2, warnings="ignore")
