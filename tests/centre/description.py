"""What api/openapi.yaml says: its operations, and requests that fit them.

The tests go over the description itself, so that an operation that is added is tested without being
listed anywhere.
"""

import datetime
import os
import pathlib
import re
import urllib.parse

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
METHODS = ("get", "put", "post", "delete", "patch")


def moment(**ahead):
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(**ahead)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def random_id():
    return os.urandom(16).hex()


# Codes that the data files know, by the name of the member that takes them.
WORDS = {
    "agency": "kr.police", "purpose": "investigation", "fields": ["items.urls"],
    "harms": ["distribution"], "queue": "removal", "paper": "survivor_id",
    "type": "removal", "authority": "kr.police", "neutral_text": "",
    "windows": "Asia/Seoul; mon 19:00-21:00", "legal_basis": "Act, article 1",
    "given_at": moment(hours=-1), "at": moment(hours=-1), "from": moment(hours=-2),
    "until": moment(days=20), "due_at": moment(days=2), "date": "2031-03-01",
    "jurisdiction": "KR", "code": "linked_crimes",
    "kind": "concern", "role": "counsellor",
    "marks": [{"kind": "url", "place": "forum", "url": "https://marks.example/"}], "url": "https://pictures.example/b/2", "name": "Harbour Partner",
}


class Operation:
    def __init__(self, description, method, path, item, operation):
        self.method, self.path = method.upper(), path
        self.id = operation["operationId"]
        self.permission = operation.get("x-permission")
        self.internal = operation.get("x-internal", False)
        schemes = operation.get("security", description.document.get("security", []))
        self.schemes = {name for scheme in schemes for name in scheme}
        self.parameters = [description.resolve(parameter) for parameter in
                           item.get("parameters", []) + operation.get("parameters", [])]
        self.max_body = operation.get("x-max-body-bytes", 1 << 20)
        body = description.resolve(operation.get("requestBody", {})).get("content", {})
        self.media = next(iter(body), None)
        self.schema = body.get(self.media, {}).get("schema") if self.media else None
        success = description.resolve(operation["responses"].get("200", {})).get("content", {})
        self.streams = "text/event-stream" in success

    def names(self, where):
        return [parameter["name"] for parameter in self.parameters if parameter["in"] == where]

    @property
    def takes_json(self):
        return self.media == "application/json"

    def __repr__(self):
        return f"{self.id} ({self.method} {self.path})"


class Description:
    def __init__(self):
        with open(ROOT / "api" / "openapi.yaml", encoding="utf-8") as file:
            self.document = yaml.safe_load(file)
        self.operations = [Operation(self, method, path, item, item[method])
                           for path, item in self.document["paths"].items()
                           for method in METHODS if method in item]

    def __getitem__(self, operation_id):
        return next(each for each in self.operations if each.id == operation_id)

    def resolve(self, node):
        while "$ref" in node:
            target = self.document
            for key in node["$ref"].removeprefix("#/").split("/"):
                target = target[key]
            node = target
        return node

    def sample(self, schema, known, name=""):
        """A small value that fits; ids and words by the member's name where they are known."""
        schema = self.resolve(schema)
        for variants in ("anyOf", "oneOf"):
            if variants in schema:
                return self.sample(schema[variants][0], known, name)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            fitting = [source[name] for source in (known, WORDS) if source.get(name) in schema["enum"]]
            return (fitting or schema["enum"])[0]
        kind = schema.get("type")
        if isinstance(kind, list):
            kind = kind[0]
        if kind == "object":
            return {member: self.sample(schema["properties"][member], known, member)
                    for member in schema.get("required", [])}
        if kind == "array":
            if name in known or name in WORDS:
                return known.get(name, WORDS.get(name))
            return [self.sample(schema["items"], known, name)
                    for _ in range(schema.get("minItems", 0))]
        if kind == "integer":
            return max(schema.get("minimum", 0), 0)
        if kind == "boolean":
            return False
        if kind == "string":
            return self.sample_text(schema, known, name)
        return None

    @staticmethod
    def sample_text(schema, known, name):
        if schema.get("format") == "id":
            return known.get(name) or random_id()
        candidates = [known.get(name), WORDS.get(name), "2031-03-01T00:00:00Z", "2031-03-01", "word",
                      "kr.police", "KR", "0", "000000", "0" * 64, "c29tZQ",
                      "x" * max(1, schema.get("minLength", 0))]
        if "format" in schema:
            wanted = {"date-time": r"\d{4}-.*Z", "date": r"\d{4}-\d\d-\d\d"}[schema["format"]]
            candidates = [each for each in candidates
                          if each is not None and re.fullmatch(wanted, each)]
        for each in candidates:
            if (isinstance(each, str)
                    and schema.get("minLength", 0) <= len(each) <= schema.get("maxLength", 1 << 30)
                    and re.search(schema.get("pattern", ""), each)):
                return each
        raise AssertionError(f"{name}: no text that fits {schema}: add one to WORDS")

    def path(self, operation, known):
        """The operation's path and query with what is required; unknown ids are drawn."""
        path = operation.path
        for parameter in operation.parameters:
            name = parameter["name"]
            if parameter["in"] == "path":
                value = known.get(name)
                if value is None:
                    value = self.sample(parameter["schema"], known, name)
                path = path.replace("{" + name + "}", str(value))
        query = {parameter["name"]: self.sample(parameter["schema"], known, parameter["name"])
                 for parameter in operation.parameters
                 if parameter["in"] == "query" and parameter.get("required")}
        return path + ("?" + urllib.parse.urlencode(query) if query else "")

    def headers(self, operation, known):
        headers = {}
        for name in operation.names("header"):
            if name == "Idempotency-Key":
                headers[name] = random_id()
            elif name == "If-Match":
                headers[name] = known.get("etag", '"r1"')
        return headers

    def call(self, client, operation, known, body=None, headers=None, **kwargs):
        """The operation with a body that fits, or with this one; a stream is not waited for."""
        sent = {**self.headers(operation, known), **(headers or {})}
        if operation.takes_json and body is None and "raw" not in kwargs:
            body = self.sample(operation.schema, known)
        elif operation.media and not operation.takes_json and "raw" not in kwargs:
            kwargs["raw"] = b"some bytes"
            sent.setdefault("Content-Type", operation.media)
        return client(operation.method, self.path(operation, known), body, headers=sent, **kwargs)
