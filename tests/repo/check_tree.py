#!/usr/bin/env python3
"""Checks rules of the source tree that no compiler checks: layers, tests beside code, documents.

usage: check_tree.py ROOT. Prints one line for each fault, and fails if there is one. A line of code
that must break a line rule says why: `repo-lint: <reason>`.
"""

import os
import re
import sys

import header_reach

SKIPPED_FOLDERS = {".git", ".run", "build", "node_modules", "__pycache__"}
CODE = (".h", ".cpp")
SCRIPTS = (".py", ".sh")
TEXT = CODE + SCRIPTS + (".md", ".proto", ".txt", ".yaml", ".json", ".sql", ".toml", ".xml")

# The parts of the server that each part may include. Each adapter's folder is a part of its own, and one is below the
# others.
ALLOWED = {
    "core": {"core"},
    "domain": {"core", "domain"},
    "ports": {"core", "domain", "ports"},
    "use_cases": {"core", "domain", "ports", "use_cases"},
    "services": {"core", "domain", "ports", "use_cases", "services"},
    "jobs": {"core", "domain", "ports", "use_cases", "jobs"},
    "adapters": {"core", "domain", "ports", "adapters/web"},
    "runtime": {"core", "domain", "ports", "runtime"},
    "clients": {"core", "domain"},
}
PURE = {"core", "domain", "ports"}
DRIVERS = ("sqlite3.h", "hiredis", "libpq")
WIRE = (".pb.h", "grpcpp/", "google/protobuf/")
WORLD = ("prometheus/", "spdlog/", "httplib", "nlohmann/")
FORBIDDEN_HEADERS = {
    "core": DRIVERS + WIRE + WORLD,
    "domain": DRIVERS + WIRE + WORLD + ("<thread>", "<mutex>", "<random>", "<fstream>"),
    "ports": DRIVERS + WIRE + WORLD,
    "use_cases": DRIVERS + WIRE + WORLD,
    "services": DRIVERS,
    "jobs": DRIVERS + WIRE,
    "runtime": DRIVERS,
    "clients": DRIVERS,
}
CLOCKS_AND_CHANCE = re.compile(
    r"(system_clock|steady_clock|high_resolution_clock)::now|absl::Now\(|\btime\(nullptr\)"
    r"|random_device|mt19937|absl::BitGen|\bs?rand\("
)
SLEEP = re.compile(
    r"\b(sleep_for|sleep_until|u?sleep\(|nanosleep|SleepFor|time\.sleep)"  # repo-lint: the rule
    r"|^\s*sleep \d"
)
# Calls that open a port or connect to one. Addresses that are only parsed may have any port.
FIXED_PORT = re.compile(
    r"(ListeningPort|Channel|[cC]onnect|[bB]ind|[lL]isten)\w*\(.*(\d|localhost|\]):[1-9]\d*"
    r"|--port\W+[1-9]\d*"
)
INCLUDE = re.compile(r'^\s*#include ([<"])([^">]+)[">]')

LINES_MAX = {"code": 500, "test": 600, "other": 700}
BYTES_MAX = 200_000
# Files that may be longer, because they are clearer in one piece: path, reason.
LONG_FILES: dict[str, str] = {
    "protos/perigee/v1/member_export.schema.json": "written from the descriptions of all records; a document has one schema",
}

DECISION_NAME = re.compile(r"^(\d{4})-[a-z0-9-]+\.md$")
DECISION_PARTS = ("## Context", "## Decision", "## Consequences", "## What would change it")
README_COMMANDS = ("./dev up", "./dev test")


class Tree:
    """The text files below a root, by their paths from it with `/`."""

    def __init__(self, root):
        self.root = root
        self.files = {}
        self.sizes = {}
        for folder, folders, names in os.walk(root):
            folders[:] = sorted(set(folders) - SKIPPED_FOLDERS)
            for name in sorted(names):
                path = os.path.relpath(os.path.join(folder, name), root).replace(os.sep, "/")
                self.sizes[path] = os.path.getsize(os.path.join(folder, name))
                if name.endswith(TEXT) or path in ("dev", ".ci/run"):
                    with open(os.path.join(folder, name), encoding="utf-8", newline="") as file:
                        self.files[path] = file.read()

    def below(self, *prefixes, ends=TEXT):
        return {p: t for p, t in self.files.items() if p.startswith(prefixes) and p.endswith(ends)}


def lines(text, exempt=True):
    """Numbered lines, without those that state a reason."""
    for number, line in enumerate(text.split("\n"), 1):
        if not (exempt and re.search(r"repo-lint: \S", line)):
            yield number, line


def part_of(path):
    """The part of the server a path belongs to: `core`, `adapters/sql`, `clients` …; None for others."""
    pieces = path.split("/")
    if pieces[0] == "clients":
        return "clients"
    if pieces[0] != "server" or len(pieces) < 3:
        return None
    return "/".join(pieces[1:3]) if pieces[1] == "adapters" and len(pieces) > 3 else pieces[1]


def check_includes(tree):
    for path, text in tree.below("server/", "clients/", "tests/", ends=CODE).items():
        part = part_of(path)
        for number, line in lines(text):
            match = INCLUDE.match(line)
            if match:
                for fault in include_faults(tree, path, part, *match.groups()):
                    yield f"{path}:{number}: {fault}"


def include_faults(tree, path, part, quote, header):
    beside = f"{os.path.dirname(path)}/{header}"
    if quote == '"' and beside in tree.files:
        yield f'includes start at the root: "{beside}"'
    if part is None:
        return
    layer = part.split("/")[0]
    target = part_of(header)
    if header.startswith("server/") and target not in ALLOWED.get(layer, set()) | {part}:
        yield f"{part} may not include {target or header}"
    spelled = f"<{header}>" if quote == "<" else header
    if any(word in spelled for word in FORBIDDEN_HEADERS.get(layer, ())):
        yield f"{part} may not include {header}"


def check_header_reach(tree):
    headers = tree.below("server/", "clients/", ends=".h")
    for path, number, fault in header_reach.faults(INCLUDE, headers):
        yield f"{path}:{number}: {fault}"


def check_purity(tree):
    for path, text in tree.below("server/core/", "server/domain/", ends=CODE).items():
        for number, line in lines(text):
            if CLOCKS_AND_CHANCE.search(line):
                yield f"{path}:{number}: {part_of(path)} reads no clock and rolls no dice"


def check_tests_beside_code(tree):
    for path in tree.below("server/domain/", "server/services/", ends=".cpp"):
        stem = path.removeprefix("server/").removesuffix(".cpp")
        if path.startswith("server/services/"):
            if not stem.endswith("_service"):
                continue
            tested = stem
        else:
            # The parts of a thing, such as ledger_state.cpp, are tested through it.
            folder, name = os.path.split(stem)
            tested = f"{folder}/{name.split('_')[0]}"
        if not any(re.fullmatch(rf"tests/{tested}(_\w+)?_test\.cpp", other) for other in tree.files):
            yield f"{path}: has no tests/{stem}_test.cpp"


def check_test_habits(tree):
    for path, text in tree.below("tests/", ends=CODE + SCRIPTS).items():
        for number, line in lines(text):
            if SLEEP.search(line):
                yield f"{path}:{number}: tests never sleep; wait for what is awaited"
            if FIXED_PORT.search(line):
                yield f"{path}:{number}: tests never use a fixed port; bind to 0"


def check_whitespace(tree):
    for path, text in tree.files.items():
        for number, line in lines(text, exempt=False):
            if line != line.rstrip():
                yield f"{path}:{number}: whitespace at the end of the line"
        if text and (not text.endswith("\n") or text.endswith("\n\n")):
            yield f"{path}: ends with one newline, no more, no less"


def check_sizes(tree):
    for path, size in tree.sizes.items():
        if size > BYTES_MAX:
            yield f"{path}: {size} bytes; data do not belong here"
    for path, text in tree.files.items():
        kind = "test" if path.startswith("tests/") else "code" if path.endswith(CODE) else "other"
        count = text.count("\n")
        if count > LINES_MAX[kind] and path not in LONG_FILES:
            yield f"{path}: {count} lines, above {LINES_MAX[kind]}: split it, or state why not"
        if count <= LINES_MAX[kind] and path in LONG_FILES:
            yield f"{path}: needs no exception for its length any more"
    for path in LONG_FILES:
        if path not in tree.files:
            yield f"{path}: is gone; so goes its exception"


def check_decisions(tree):
    expected = 1
    for path, text in tree.below("server/decisions/").items():
        match = DECISION_NAME.match(os.path.basename(path))
        if not match or int(match.group(1)) != expected:
            yield f"{path}: should be named {expected:04}-words-in-lower-case.md"
        expected += 1
        for part in DECISION_PARTS:
            if f"\n{part}\n" not in text:
                yield f"{path}: has no part '{part}'"


def check_readme(tree):
    for command in README_COMMANDS:
        if command not in tree.files.get("README.md", ""):
            yield f"README.md: does not name {command}"


RULES = (
    check_includes,
    check_header_reach,
    check_purity,
    check_tests_beside_code,
    check_test_habits,
    check_whitespace,
    check_sizes,
    check_decisions,
    check_readme,
)


def faults(root):
    tree = Tree(root)
    return [fault for rule in RULES for fault in rule(tree)]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    found = faults(sys.argv[1])
    print("\n".join(found) or "the tree is in order")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
