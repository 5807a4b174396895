#!/usr/bin/env python3
"""Turns api/openapi.yaml into a C++ source that holds it as JSON.

    embed_openapi.py IN.yaml OUT.cc

A name that stands twice in one mapping, and a YAML value that JSON doesn't have (a date, a name that
is no text), are errors with their line: YAML readers take the last and say nothing.
"""

import json
import pathlib
import sys

import yaml


class Loader(yaml.SafeLoader):
    """SafeLoader without dates, and with unique names."""

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            key = self.construct_object(key_node, deep=deep)
            if not isinstance(key, str):
                raise yaml.constructor.ConstructorError(
                    None, None, f"the name {key!r} is no text: put it in quotes", key_node.start_mark
                )
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the name {key!r} stands there twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


Loader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:timestamp"]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def main() -> int:
    source, target = map(pathlib.Path, sys.argv[1:])
    try:
        document = yaml.load(source.read_text(encoding="utf-8"), Loader=Loader)
    except yaml.YAMLError as error:
        print(f"{source}: {error}", file=sys.stderr)
        return 1
    text = json.dumps(document, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    # Literals are bounded in length by the standard; numbers are not.
    numbers = ",".join(str(byte) for byte in text.encode("ascii"))
    target.write_text(
        '#include "http/openapi_json.h"\n\n'
        "namespace jikimi::http {\nnamespace {\n\n"
        f"constexpr char kText[] = {{{numbers}}};\n\n"
        "}  // namespace\n\n"
        "std::string_view OpenApiJson() { return {kText, sizeof(kText)}; }\n\n"
        "}  // namespace jikimi::http\n",
        encoding="ascii",
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
