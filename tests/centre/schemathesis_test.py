#!/usr/bin/env python3
"""Schemathesis (PyPI) over the whole description: as a supervisor who is a survivor with her code,
too, as a counsellor, and as nobody.

    schemathesis_test.py JIKIMI FOLDER

Makes a venv with Schemathesis in FOLDER. Where PyPI can't be reached it says so and ends with 77, which
ctest counts as skipped. JIKIMI_SLOW_TESTS=1 runs longer.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import story_test  # noqa: E402
from api_test import House  # noqa: E402
from description import ROOT  # noqa: E402

VERSION = "4.32.5"
SKIPPED = 77

# The same cases in each run (`deterministic`). What the server may say to a request that fits the
# description: rules of the matter (an unknown code, a record that is closed, another's revision) are
# not in schemas. No text may hold U+0000, anywhere (doc/http.md).
CONFIG = """
headers = {{ {headers} }}
request-timeout = 20

[generation]
max-examples = {examples}
deterministic = true
allow-x00 = false
with-security-parameters = false

[phases.coverage]
unexpected-methods = ["PATCH", "TRACE", "DELETE", "PUT", "POST"]

[checks]
positive_data_acceptance.expected-statuses = ["2xx", 401, 403, 404, 409, 412, 413, 415, 422, 428, 429]
negative_data_rejection.expected-statuses = [400, 401, 403, 404, 405, 409, 412, 413, 414, 415, 422, 428, 429, 431]
missing_required_header.expected-statuses = [400, 401, 403, 404]

[parameters]
"header.If-Match" = '"r1"'
{parameters}
"""


def install(folder):
    """The program, or None where it can't be had."""
    program = folder / "bin" / "st"
    marker = folder / f"schemathesis-{VERSION}"
    if marker.exists() and program.exists():
        return program
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
    done = subprocess.run([str(folder / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check",
                           "--retries", "1", "--timeout", "15", f"schemathesis=={VERSION}"],
                          capture_output=True, text=True, timeout=400, check=False)
    if done.returncode != 0:
        print(done.stderr.strip()[-600:])
        return None
    marker.touch()
    return program


def run(program, folder, house, name, cookies, known, examples, seconds):
    headers = {"Sec-Fetch-Site": "same-origin"}
    if cookies:
        headers["Cookie"] = "; ".join(f"{key}={value}" for key, value in cookies.items())
    config = folder / f"{name}.toml"
    config.write_text(CONFIG.format(
        examples=examples,
        headers=", ".join(f'"{key}" = "{value}"' for key, value in headers.items()),
        parameters="\n".join(f'"path.{key}" = "{value}"' for key, value in known.items()
                             if key.endswith("_id"))), encoding="utf-8")
    print(f"== {name}", flush=True)
    return subprocess.run(
        [str(program), "--config-file", str(config), "run", str(ROOT / "api" / "openapi.yaml"),
         "--url", f"http://127.0.0.1:{house.centre.port}", "--checks", "all",
         "--phases", "examples,coverage,fuzzing", "--max-time", str(seconds), "--continue-on-failure",
         "--warnings", "off", "--no-color",
         # A stream doesn't end; metrics are served elsewhere; these end the session that is tested.
         *[word for each in ("watchEvents", "getMetrics", "endSession", "leavePortal")
           for word in ("--exclude-operation-id", each)]],
        cwd=folder, check=False).returncode


def main():
    story_test.JIKIMI = sys.argv[1]
    program = install(pathlib.Path(sys.argv[2]))
    if program is None:
        print("skipped: Schemathesis can't be installed; is PyPI reachable?")
        return SKIPPED
    slow = os.environ.get("JIKIMI_SLOW_TESTS") == "1"
    examples, seconds = (200, 600) if slow else (8, 30)
    failed = []
    with tempfile.TemporaryDirectory() as folder:
        house = House(pathlib.Path(folder) / "centre")
        try:
            portal = house.centre.client()
            portal("PUT", "/v1/portal/words", {"code": house.report(), "second_word": "barley tea",
                                               "duress_word": "grey heron"})
            both = {**house.session_of("supervisor").cookies, **portal.cookies}
            for name, cookies in (("supervisor and survivor", both),
                                  ("counsellor", house.session_of("counsellor").cookies),
                                  ("nobody", {})):
                known = house.words(house.case())
                if run(program, pathlib.Path(folder), house, name, cookies, known, examples,
                       seconds) != 0:
                    failed.append(name)
            server = (house.centre.folder / "serve.log").read_text(errors="replace")
            for line in server.splitlines():
                if line.startswith("jikimi: request"):
                    print(line)
        finally:
            house.centre.kill()
    print("failed: " + ", ".join(failed) if failed else "no failures")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
