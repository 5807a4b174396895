#!/usr/bin/env python3
"""Live lists: who watches learns which of their cases have changed, and nothing else.

    events_test.py JIKIMI [test names]
"""

import contextlib
import http.client
import json
import pathlib
import socket
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import story_test  # noqa: E402
from api_test import House  # noqa: E402


class Stream:
    """GET /v1/events, kept open."""

    def __init__(self, client, last=None):
        self.connection = http.client.HTTPConnection("127.0.0.1", client.port, timeout=20)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in client.cookies.items())}
        if last is not None:
            headers["Last-Event-ID"] = str(last)
        self.connection.request("GET", "/v1/events", headers=headers)
        self.answer = self.connection.getresponse()
        self.status = self.answer.status
        self.text = b""
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        try:
            while part := self.answer.read1(65536):
                self.text += part
        except (OSError, ValueError, http.client.HTTPException):
            pass  # closed by either side

    def events(self, seconds, enough=None):
        """What has come until `seconds` are over or `enough` events are there: (number, kind, data)."""
        until = time.monotonic() + seconds
        while True:
            events = [dict(line.split(": ", 1) for line in block.split("\n") if ": " in line)
                      for block in self.text.decode().split("\n\n")[:-1]]
            events = [(int(each["id"]), each["event"], json.loads(each["data"]))
                      for each in events if "event" in each]
            left = until - time.monotonic()
            if left <= 0 or (enough and len(events) >= enough):
                return events
            time.sleep(min(left, 0.02))

    def close(self):
        with contextlib.suppress(AttributeError, OSError):  # the server may have been faster
            self.connection.sock.shutdown(socket.SHUT_RDWR)
        self.reader.join(5)
        self.connection.close()


class EventsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.house = House(cls.folder.name)

    @classmethod
    def tearDownClass(cls):
        cls.house.centre.kill()
        cls.folder.cleanup()

    def watch(self, person, last=None):
        stream = Stream(person.client, last)
        self.addCleanup(stream.close)
        self.assertEqual(stream.status, 200)
        self.assertEqual(stream.answer.headers["Content-Type"], "text/event-stream")
        return stream

    def change(self, case, harm="distribution"):
        """Changes the case; its tag then."""
        yun = self.house.centre.yun
        tag = yun.get(f"/v1/cases/{case}/record").headers["ETag"]
        return yun.do("PUT", f"/v1/cases/{case}/harms", {"harms": [harm]}, status=200,
                      headers={"If-Match": tag}).headers["ETag"]

    def test_a_change_is_told_to_those_who_have_the_case_in_their_lists(self):
        centre = self.house.centre
        case = self.house.case()["case_id"]
        time.sleep(1)
        told = {"counsellor": self.watch(centre.yun), "same team": self.watch(centre.bae),
                "supervisor": self.watch(centre.han),
                "liaison": self.watch(self.house.staff["police_liaison"])}
        stranger = self.watch(self.house.stranger)
        entries = len(centre.yun.get(f"/v1/cases/{case}/log?limit=200").json["entries"])
        tag = self.change(case)
        for who, stream in told.items():
            events = stream.events(5, enough=1)
            self.assertEqual([each[1:] for each in events], [("case", {"id": case, "etag": tag})], who)
        self.assertEqual(stranger.events(1), [])
        # Nobody's case was opened for it: the change and this second look are all that was logged.
        after = len(centre.yun.get(f"/v1/cases/{case}/log?limit=200").json["entries"])
        self.assertLessEqual(after - entries, 3)

    def test_whoever_lists_no_case_watches_none(self):
        for role in ("administrator", "statistician", "platform"):
            stream = Stream(self.house.staff[role].client)
            self.assertEqual(stream.status, 403, role)
            stream.close()
        stream = Stream(self.house.centre.client())
        self.assertEqual(stream.status, 401)
        stream.close()

    def test_whoever_comes_back_gets_what_was_missed(self):
        centre, case = self.house.centre, self.house.case()["case_id"]
        stream = self.watch(centre.yun)
        self.change(case)
        first = stream.events(2)[-1][0]
        stream.close()
        tag = self.change(case)
        time.sleep(1)
        missed = self.watch(centre.yun, last=first).events(5, enough=1)
        self.assertEqual([each[1:] for each in missed], [("case", {"id": case, "etag": tag})])
        self.assertGreater(missed[0][0], first)
        # A number that this server doesn't know: fetch anew.
        self.assertEqual(self.watch(centre.yun, last=10**12).events(5, enough=1)[0][1], "reset")
        bad = Stream(centre.yun.client, last="yesterday")
        self.assertEqual(bad.status, 400)
        bad.close()

    def test_after_signing_out_nothing_more_is_told(self):
        centre, case = self.house.centre, self.house.case()["case_id"]
        time.sleep(1)
        stream = self.watch(centre.bae)
        centre.bae.do("DELETE", "/v1/session")
        self.change(case)
        self.assertEqual(stream.events(2), [])
        centre.bae.client = centre.client()
        centre.bae.sign_in()

    def test_a_destroyed_case_is_told_to_those_who_see_all(self):
        centre, case = self.house.centre, self.house.case()["case_id"]
        time.sleep(1)
        supervisor, counsellor = self.watch(centre.seo), self.watch(self.house.stranger)
        path = f"/v1/cases/{case}"
        centre.yun.do("POST", f"{path}/withdrawal",
                      {"withdrawal": "destroy", "over_safe_contact": True}, status=200)
        centre.yun.do("POST", f"{path}/destruction", {}, status=200)
        self.assertEqual(supervisor.events(3)[-1][2], {"id": case, "etag": ""})
        self.assertEqual(counsellor.events(0.5), [])

    def test_the_server_stops_with_streams_open(self):
        with tempfile.TemporaryDirectory() as folder:
            centre = story_test.open_centre(folder)
            self.addCleanup(lambda: centre.process and centre.kill())
            streams = [Stream(centre.yun.client) for _ in range(5)]
            begun = time.monotonic()
            self.assertEqual(centre.stop(), 0)
            self.assertLess(time.monotonic() - begun, 10)
            for stream in streams:
                stream.close()


if __name__ == "__main__":
    story_test.JIKIMI = sys.argv.pop(1)
    unittest.main(verbosity=2, warnings="ignore")
