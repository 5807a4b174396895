#!/usr/bin/env python3
"""What a centre must survive: its server killed at any point, one of two machines gone, the
database's machine gone. No answered report is lost, and none stands twice.

    loss_test.py JIKIMI [test names]     JIKIMI_POSTGRESQL=FOLDER for what needs PostgreSQL
                                         JIKIMI_SLOW_TESTS=1: 200 kills instead of 20
"""

import concurrent.futures
import http.client
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import story_test  # noqa: E402
from centre import Centre, new_database  # noqa: E402
from story_test import REPORT, open_centre  # noqa: E402

TOOL = pathlib.Path(__file__).resolve().parents[2] / "tools" / "postgresql"
CLIENTS = 8
# Sources other than a test's own: many codes are tried, and no quota of one source is to count.
PROXY = Centre.behind_proxy


def source(number):
    return {"X-Forwarded-For": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"}


class Load:
    """Clients that post reports, each under a key of its own, and repeat what wasn't answered with
    the same key, on whichever machine answers."""

    def __init__(self, centres, clients=CLIENTS):
        self.centres = list(centres)
        self.answered = {}  # by key: the code
        self.wrong = []
        self.repeated = 0  # calls that were sent again after no answer
        self.replayed = 0  # ... and had been done already
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.work, args=(number,))
                        for number in range(clients)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def work(self, number):
        draw = random.Random(number)
        connected = None
        while not self.stopping.is_set():
            key = os.urandom(16).hex()
            report = dict(REPORT, sheet={"survivor_name": f"Name {key}", "story": "It is on a site."})
            tries = 0
            while True:
                tries += 1
                if connected is None:
                    connected = draw.choice(self.centres).client()
                try:
                    answer = connected.create("/v1/portal/reports", report, key, timeout=30)
                except (OSError, http.client.HTTPException):
                    answer = None
                if answer is not None and answer.status == 201:
                    break
                with self.lock:
                    self.repeated += 1
                    if answer is not None and answer.status != 503:
                        self.wrong.append(answer)
                connected.close()
                connected = None
                time.sleep(0.02)
            code = answer.json["code"]
            with self.lock:
                self.answered[key] = code
                self.replayed += tries > 1 and "Idempotency-Replayed" in answer.headers
            if draw.random() < 0.2:
                self.say_again(connected, report, key, code)
        if connected:
            connected.close()

    def say_again(self, client, report, key, code):
        """What was answered is answered the same again."""
        try:
            again = client.create("/v1/portal/reports", report, key, timeout=30)
        except (OSError, http.client.HTTPException):
            client.close()
            return
        if again.status != 503 and (again.status, again.json.get("code")) != (201, code):
            with self.lock:
                self.wrong.append(again)


def queue_of(person, queue="intake"):
    """All cases of a queue, page by page."""
    cases, cursor = [], ""
    while True:
        page = person.get(f"/v1/cases?queue={queue}&limit=200{cursor}").json
        cases += [case["id"] for case in page["cases"]]
        if page["next"] is None:
            return cases
        cursor = "&cursor=" + page["next"]


def tree_size(centre):
    client = centre.client()
    answer = client("GET", "/log/checkpoint", timeout=10)
    client.close()
    return int(answer.body.splitlines()[1]) if answer.status == 200 else None


def wait_until(condition, seconds):
    """How long it took; None when it never became true."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        try:
            if condition():
                return time.monotonic() - began
        except (OSError, http.client.HTTPException):
            pass
        time.sleep(0.05)
    return None


class LossCase(unittest.TestCase):
    database = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def open(self, name="one", **settings):
        centre = open_centre(self.folder / name, self.database, server=PROXY, **settings)
        self.addCleanup(lambda: centre.process and centre.kill())
        return centre

    def move(self, person, centre):
        """The person goes on with the session that they have, at this machine."""
        cookies = person.client.cookies
        person.client.close()
        person.client = centre.client()
        person.client.cookies = dict(cookies)

    def failures(self, centre):
        """What the server's own log says of them."""
        lines = (centre.folder / "serve.log").read_text().splitlines()
        return "\n".join(["", *(line for line in lines if line.startswith("jikimi: request")
                               and ": unavailable: " not in line)][-30:])

    def check_whole(self, centre, load, kept=None):
        """No answered report is lost, none is there twice, and the log is whole."""
        self.assertEqual(load.wrong, [], self.failures(centre))
        self.assertTrue(load.answered)
        codes = list(load.answered.values())
        self.assertEqual(len(set(codes)), len(codes), "one code for two reports")
        self.move(centre.yun, centre)
        cases = queue_of(centre.yun)
        self.assertEqual(len(set(cases)), len(cases))
        self.assertEqual(len(cases), len(codes), "cases in the queue; reports answered")

        def enters(each):
            number, code = each
            client = centre.client()
            answer = client("POST", "/v1/portal/session", {"code": code}, headers=source(number))
            client.close()
            return answer
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            for answer in pool.map(enters, enumerate(codes)):
                self.assertEqual((answer.status, answer.json), (200, {"status": "received"}), answer)
        # Everything is in the tree a moment later, and nothing of it was rewritten.
        time.sleep(1.5)
        options = ["--checkpoint", str(kept)] if kept else []
        self.assertIn(b": whole", centre.run("verify", "log", *options).stdout)


class KilledServerTest(LossCase):
    def test_no_answered_report_is_lost_and_none_stands_twice(self):
        kills = 200 if os.environ.get("JIKIMI_SLOW_TESTS") else 20
        seed = int(os.environ.get("JIKIMI_SEED", random.randrange(1 << 32)))
        print(f"seed {seed}", flush=True)
        draw = random.Random(seed)
        centre = self.open()
        kept = self.folder / "kept.txt"
        time.sleep(1)
        centre.run("verify", "log", "--keep", str(kept))
        with Load([centre]) as load:
            for kill in range(kills):
                # Few reports each, so that many kills don't mean many reports; but some.
                before = len(load.answered)
                wait_until(lambda: len(load.answered) > before, 60)
                time.sleep(draw.random() * 0.3)
                centre.kill()
                centre.start()
                if kill % 10 == 9:
                    time.sleep(0.3)
                    centre.run("verify", "log", "--checkpoint", str(kept))
                    centre.run("verify", "log", "--keep", str(kept))
        print(f"{kills} kills, {len(load.answered)} reports, {load.repeated} calls repeated, "
              f"{load.replayed} of them had been done", flush=True)
        self.assertGreater(load.repeated, kills // 2)
        self.check_whole(centre, load, kept)
        self.assertEqual(centre.stop(), 0)


class PostgresqlKilledServerTest(KilledServerTest):
    """The same over PostgreSQL."""

    def setUp(self):
        super().setUp()
        self.database = new_database(self)


class TwoMachinesTest(LossCase):
    """Two machines over one PostgreSQL and one folder of keys."""

    def setUp(self):
        super().setUp()
        self.database = new_database(self)
        self.one = self.open()
        settings = {"keys": {"folder": str(self.one.folder / "keys")}, "server": PROXY}
        self.two = Centre(story_test.JIKIMI, self.folder / "two", self.database, settings=settings)
        self.two.start()
        self.addCleanup(lambda: self.two.process and self.two.kill())

    def test_a_session_of_one_works_on_the_other_until_it_ends(self):
        han, yun = self.one.han, self.one.yun
        for person in (han, yun):
            at_one = person.get("/v1/session").json
            self.move(person, self.two)
            self.assertEqual(person.get("/v1/session").json, at_one)
        # A report told here is read there, by staff and by her.
        portal = self.one.client()
        code = portal.create("/v1/portal/reports", REPORT).json["code"]
        case = yun.get("/v1/cases?queue=intake").json["cases"][0]["id"]
        self.assertIn("김가람", str(yun.get(f"/v1/cases/{case}/reports").json))
        words = portal("PUT", "/v1/portal/words", {"code": code, "second_word": "barley tea",
                                                   "duress_word": "grey heron"})
        self.assertEqual(words.status, 200, words)
        there = self.two.client()
        there.cookies = dict(portal.cookies)
        self.assertEqual(there("GET", "/v1/portal/page").status, 200)
        # Ended on one, it is over on both.
        yun.do("DELETE", "/v1/session")
        at_one = self.one.client()
        at_one.cookies = {name: value for name, value in yun.client.cookies.items()}
        self.assertEqual(at_one("GET", "/v1/session").status, 401)
        self.assertEqual(yun.client("GET", "/v1/session").status, 401)
        cookies = dict(there.cookies)
        self.assertEqual(there("DELETE", "/v1/portal/session").status, 204)
        portal.cookies = cookies
        self.assertEqual(portal("GET", "/v1/portal/page").status, 401)

    def test_one_key_sent_to_both_at_once_is_one_report(self):
        clients = [self.one.client(), self.two.client()]
        rounds = 60
        for _ in range(rounds):
            key = os.urandom(16).hex()
            with concurrent.futures.ThreadPoolExecutor(2) as pool:
                answers = list(pool.map(
                    lambda client: client.create("/v1/portal/reports", REPORT, key), clients))
            self.assertEqual([answer.status for answer in answers], [201, 201], answers)
            self.assertEqual(answers[0].json, answers[1].json)
        self.assertEqual(len(queue_of(self.one.yun)), rounds)

    def test_one_of_them_dies_and_work_goes_on(self):
        with Load([self.one, self.two]) as load:
            time.sleep(1.5)
            self.one.kill()
            dead = len(load.answered)
            size = tree_size(self.two)
            load.centres.remove(self.one)
            took = wait_until(lambda: tree_size(self.two) > size + 20, 20)
            print(f"the sequencer went on after {took} s", flush=True)
            self.assertIsNotNone(took, "the tree must grow again")
            self.assertLess(took, 10)
            time.sleep(0.5)
            self.assertGreater(len(load.answered), dead)
            self.move(self.one.han, self.two)
            self.assertEqual(self.one.han.get("/v1/session").status, 200)
            # It comes back and takes its part again.
            self.one.start()
            load.centres.append(self.one)
            time.sleep(0.5)
        print(f"{len(load.answered)} reports, {load.repeated} calls repeated", flush=True)
        self.assertGreater(load.repeated, 0)
        self.check_whole(self.one, load)
        self.assertEqual(self.one.stop(), 0)
        self.assertEqual(self.two.stop(), 0)


class LostDatabaseTest(LossCase):
    """The machine with PostgreSQL is gone for a while."""

    def setUp(self):
        super().setUp()
        self.server = self.folder / "server"
        subprocess.run([TOOL, "start", self.server], check=True, stdout=subprocess.DEVNULL)
        self.addCleanup(subprocess.run, [TOOL, "stop", self.server], check=True)
        self.database = new_database(self, self.server)

    def test_the_centre_says_503_meanwhile_and_goes_on_by_itself(self):
        centre = self.open()
        client = centre.client()
        process = centre.process.pid
        with Load([centre]) as load:
            for _ in range(3):
                before = len(load.answered)
                self.assertIsNotNone(wait_until(lambda: len(load.answered) > before + 30, 60))
                subprocess.run([TOOL, "crash", self.server], check=True)
                for path, status in (("/healthz", 200), ("/readyz", 503), ("/log/checkpoint", 503)):
                    answer = client("GET", path)
                    self.assertEqual(answer.status, status, (path, answer))
                # The people who are signed in are not told that they weren't.
                for path in ("/v1/session", "/v1/cases?queue=intake"):
                    answer = centre.yun.client("GET", path)
                    self.assertEqual(answer.status, 503, (path, answer))
                    self.assertIn("Retry-After", answer.headers)
                refused = client.create("/v1/portal/reports", REPORT)
                self.assertEqual(refused.status, 503, refused)
                entered = client("POST", "/v1/portal/session", {"code": "0" * 29},
                                 headers=source(7))
                self.assertIn(entered.status, (422, 503), entered)
                time.sleep(0.5)
                subprocess.run([TOOL, "resume", self.server], check=True)
                before, size = len(load.answered), tree_size(centre)
                took = wait_until(lambda: client("GET", "/readyz").status == 200, 30)
                self.assertIsNotNone(took, client("GET", "/readyz"))
                print(f"ready again after {took:.2f} s", flush=True)
                self.assertIsNotNone(wait_until(lambda: len(load.answered) > before, 30))
                self.assertIsNotNone(wait_until(lambda: tree_size(centre) > (size or 0), 30))
                self.assertEqual(centre.yun.get("/v1/session").status, 200)
        print(f"{len(load.answered)} reports, {load.repeated} calls repeated", flush=True)
        self.assertEqual(centre.process.pid, process)
        self.assertIsNone(centre.process.poll())
        self.check_whole(centre, load)
        self.assertEqual(centre.stop(), 0)


if __name__ == "__main__":
    story_test.JIKIMI = sys.argv.pop(1)
    unittest.main(verbosity=2, warnings="ignore")
