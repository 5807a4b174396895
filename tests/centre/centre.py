"""A centre of one's own for black-box tests: the real `jikimi`, a real socket, a temporary folder.

Only Python's standard library. Nothing here knows the program's inside: keys come from the papers
that `jikimi init` prints, everything else over HTTP.
"""

import base64
import hashlib
import hmac
import http.client
import json
import os
import pathlib
import re
import select
import signal
import struct
import subprocess
import time
import urllib.parse


def totp(secret, at=None):
    """The six digits of RFC 6238 for a base32 secret."""
    key = base64.b32decode(secret.upper() + "=" * (-len(secret) % 8))
    step = int((time.time() if at is None else at) // 30)
    digest = hmac.new(key, struct.pack(">Q", step), hashlib.sha1).digest()
    offset = digest[-1] & 15
    return f"{(int.from_bytes(digest[offset:offset + 4], 'big') & 0x7FFFFFFF) % 10**6:06d}"


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"{self.status} {self.body[:600]!r}"


class Client:
    """One browser: keeps cookies, speaks JSON, keeps its connection."""

    def __init__(self, port, origin=None):
        self.port = port
        self.origin = origin or f"http://127.0.0.1:{port}"
        self.cookies = {}
        self.connection = None

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def __call__(self, method, path, body=None, headers=None, raw=None, timeout=60):
        sent = {"Accept": "application/json"}
        if method not in ("GET", "HEAD"):
            sent["Origin"] = self.origin
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        payload = raw
        if body is not None:
            payload = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        sent.update(headers or {})
        for again in (True, False):
            if self.connection is None:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
            try:
                self.connection.request(method, path, payload, sent)
                answer = self.connection.getresponse()
                content = answer.read()
                break
            except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                self.close()
                if not again or method not in ("GET", "HEAD"):
                    raise
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, rest = line.partition("=")
            value = rest.split(";", 1)[0]
            if value and "Max-Age=0" not in line:
                self.cookies[name] = value
            else:
                self.cookies.pop(name, None)
        if answer.will_close:
            self.close()
        return Answer(answer.status, dict(answer.headers), content)

    def create(self, path, body, key=None, **kwargs):
        key = key or os.urandom(16).hex()
        return self("POST", path, body, headers={"Idempotency-Key": key}, **kwargs)


class Centre:
    """A folder with a configuration, keys and a database, and the program serving it."""

    serve_options = ("--check-responses",)
    # Settings of [server] for a centre behind a proxy, which tells where requests come from.
    behind_proxy = {"behind_proxy": True, "public_url": "https://harbour.example"}

    def __init__(self, program, folder, database=None, port=0, settings=None):
        self.program = str(program)
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.config = self.folder / "centre.toml"
        self.database = database or f"sqlite:{self.folder / 'centre.db'}"
        self.process = None
        self.port = port
        self.origin = (settings or {}).get("server", {}).get("public_url")
        lines = {
            "centre": {"name": "Harbour Centre", "origin": "harbour.example/log"},
            "database": {"url": self.database},
            "keys": {"folder": str(self.folder / "keys")},
            "server": {"listen": f"127.0.0.1:{port}"},
        }
        for section, values in (settings or {}).items():
            lines.setdefault(section, {}).update(values)
        # Behind a proxy the server doesn't know by itself how browsers see it.
        self.origin = None
        if lines["server"].get("behind_proxy"):
            self.origin = lines["server"].setdefault("public_url", "https://harbour.example")
        with open(self.config, "w", encoding="utf-8") as file:
            for section, values in lines.items():
                file.write(f"[{section}]\n")
                for key, value in values.items():
                    file.write(f"{key} = {json.dumps(value)}\n")
        self.config.chmod(0o600)

    def run(self, *words, stdin=b"", timeout=120, check=True):
        """A command of the program over this centre's configuration."""
        done = subprocess.run([self.program, *words, "--config", str(self.config)], input=stdin,
                              capture_output=True, timeout=timeout, check=False)
        if check and done.returncode != 0:
            raise AssertionError(f"jikimi {' '.join(words)}: {done.returncode}\n"
                                 f"{done.stdout.decode()}\n{done.stderr.decode()}")
        return done

    def start(self):
        self.log = open(self.folder / "serve.log", "ab")
        self.process = subprocess.Popen([self.program, "serve", *self.serve_options,
                                         "--config", str(self.config)],
                                        stdout=subprocess.PIPE, stderr=self.log)
        line = b""
        deadline = time.monotonic() + 60
        while not line.endswith(b"\n"):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                self.kill()
                raise AssertionError("jikimi serve: not ready within 60 s")
            byte = os.read(self.process.stdout.fileno(), 1)
            if not byte:
                raise AssertionError("jikimi serve: ended\n"
                                     + (self.folder / "serve.log").read_text())
            line += byte
        url = re.search(rb"https?://\S+", line)
        if not url:
            raise AssertionError(f"jikimi serve: says {line!r}")
        self.port = urllib.parse.urlsplit(url.group().decode()).port
        return self

    def stop(self, timeout=60):
        """Asks for an end; its exit status."""
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(timeout)
        self.process.stdout.close()
        self.log.close()
        self.process = None
        return status

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.log.close()
        self.process = None

    def client(self):
        return Client(self.port, self.origin)


def new_database(test, server=None):
    """The URL of an empty database in the PostgreSQL server that `server`/url (or
    JIKIMI_POSTGRESQL/url) names, dropped after the test."""
    folder = pathlib.Path(server or os.environ["JIKIMI_POSTGRESQL"])
    url = (folder / "url").read_text().strip()
    name = f"centre_{os.urandom(6).hex()}"
    subprocess.run(["psql", "-qX", url, "-c", f"CREATE DATABASE {name}"], check=True)
    test.addCleanup(subprocess.run,
                    ["psql", "-qX", url, "-c", f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"],
                    check=False, stderr=subprocess.DEVNULL)
    base, _, query = url.partition("?")
    return base.rsplit("/", 1)[0] + "/" + name + ("?" + query if query else "")
