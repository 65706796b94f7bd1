#!/usr/bin/env python3
"""Tests check_tree.py with small trees that break one rule each."""

import os
import tempfile
import unittest
import unittest.mock

import check_tree

DECISION = "# 1. One\n\n## Context\n\n## Decision\n\n## Consequences\n\n## What would change it\n\nNo.\n"
GOOD = {
    "README.md": "Run `./dev up`, then `./dev test`.\n",
    "server/core/text.h": "#pragma once\n",
    "server/domain/ledger/ledger.h": '#include "server/core/text.h"\n',
    "server/domain/ledger/ledger.cpp": '#include "server/domain/ledger/ledger.h"\n',
    "server/services/board/board_service.cpp": '#include "server/ports/store.h"\n',
    "server/adapters/sql/store.cpp": '#include <sqlite3.h>\n#include "server/adapters/sql/driver.h"\n',
    "server/main.cpp": '#include "server/adapters/sql/store.h"\n',
    "server/decisions/0001-one.md": DECISION,
    "server/domain/ledger/ledger_state.cpp": "int x;\n",
    "tests/domain/ledger/ledger_test.cpp": "int main() {}\n",
    "tests/runtime/config_test.cpp": 'Parse("--public-address", "127.0.0.1:7401");\n',
    "tests/services/board/board_service_test.cpp": '#include "server/adapters/sql/store.h"\n',
    "build/dev/rubbish.cpp": "trailing  \n",
}
# The checker also reads this file, so bad text is put together here from parts.
NAP = "sleep" + "_for(1s);\n"
PORT = 'grpc::CreateChannel("127.0.0.1' + ':7401", credentials);\n'

# Name of the case: (the added or changed files, a part of the one expected fault).
BAD = {
    "domain_includes_ports": (
        {"server/domain/ledger/ledger.h": '#include "server/ports/store.h"\n'},
        "server/domain/ledger/ledger.h:1: domain may not include ports",
    ),
    "service_includes_adapter": (
        {"server/services/call.h": '#include "server/adapters/sql/store.h"\n'},
        "services may not include adapters/sql",
    ),
    "service_includes_runtime": (
        {"server/services/call.h": '#include "server/runtime/log.h"\n'},
        "services may not include runtime",
    ),
    "service_includes_job": (
        {"server/services/call.h": '#include "server/jobs/closer.h"\n'},
        "services may not include jobs",
    ),
    "use_case_includes_service": (
        {"server/use_cases/board/close_period.h": '#include "server/services/call.h"\n'},
        "use_cases may not include services",
    ),
    "use_case_includes_proto": (
        {"server/use_cases/board/close_period.h": '#include "perigee/v1/board.pb.h"\n'},
        "use_cases may not include perigee/v1/board.pb.h",
    ),
    "port_includes_use_case": (
        {"server/ports/store.h": '#include "server/use_cases/board/close_period.h"\n'},
        "ports may not include use_cases",
    ),
    "adapter_includes_other_adapter": (
        {"server/adapters/board/redis.h": '#include "server/adapters/sql/driver.h"\n'},
        "adapters/board may not include adapters/sql",
    ),
    "adapter_includes_service": (
        {"server/adapters/sql/store.h": '#include "server/services/call.h"\n'},
        "adapters/sql may not include services",
    ),
    "job_includes_service": (
        {"server/jobs/closer.h": '#include "server/services/call.h"\n'},
        "jobs may not include services",
    ),
    "client_includes_store": (
        {"clients/cli/main.cpp": '#include "server/ports/store.h"\n'},
        "clients may not include ports",
    ),
    "domain_includes_proto": (
        {"server/domain/ledger/ledger.h": '#include "perigee/v1/board.pb.h"\n'},
        "domain may not include perigee/v1/board.pb.h",
    ),
    "header_includes_what_it_never_names": (
        {
            "server/core/uuid.h": "struct Uuid {};\nUuid Parse();\n",
            "server/domain/ledger/ledger.h": '#include "server/core/uuid.h"\nint Balance();\n',
        },
        "server/domain/ledger/ledger.h:1: names nothing of server/core/uuid.h",
    ),
    "header_includes_what_it_only_refers_to": (
        {
            "server/core/uuid.h": "class Uuid final : public Id {\n};\n",
            "server/domain/ledger/ledger.h": '#include "server/core/uuid.h"\nint Balance(const Uuid& owner);\n',
        },
        "server/domain/ledger/ledger.h:1: only refers to Uuid",
    ),
    "domain_starts_a_thread": (
        {"server/domain/ledger/ledger.h": "#include <thread>\n"},
        "domain may not include thread",
    ),
    "service_knows_a_driver": (
        {"server/services/call.h": "#include <sqlite3.h>\n"},
        "services may not include sqlite3.h",
    ),
    "include_beside": (
        {"server/domain/ledger/ledger.cpp": '#include "ledger.h"\n'},
        'includes start at the root: "server/domain/ledger/ledger.h"',
    ),
    "domain_reads_a_clock": (
        {"server/domain/ledger/ledger.h": "auto now = std::chrono::system_clock::now();\n"},
        "domain reads no clock",
    ),
    "domain_rolls_dice": (
        {"server/domain/ledger/ledger.h": "std::mt19937 dice;\n"},
        "domain reads no clock and rolls no dice",
    ),
    "domain_file_without_test": (
        {"server/domain/board/board.cpp": "int x;\n"},
        "server/domain/board/board.cpp: has no tests/domain/board/board_test.cpp",
    ),
    "service_without_test": (
        {"server/services/member/member_service.cpp": "int x;\n"},
        "has no tests/services/member/member_service_test.cpp",
    ),
    "test_sleeps": ({"tests/core/a_test.cpp": NAP}, "a_test.cpp:1: tests never sleep"),
    "test_uses_a_fixed_port": ({"tests/core/a_test.cpp": PORT}, "tests never use a fixed port"),
    "test_starts_redis_on_a_fixed_port": (
        {"tests/core/a_test.cpp": 'Start({"redis-server", "--' + 'port", "7777"});\n'},
        "tests never use a fixed port",
    ),
    "trailing_blank": ({"server/core/text.h": "int x; \n"}, "text.h:1: whitespace at the end"),
    "no_last_newline": ({"server/core/text.h": "int x;"}, "text.h: ends with one newline"),
    "long_file": ({"server/core/text.h": "int x;\n" * 501}, "text.h: 501 lines, above 500"),
    "data_in_the_tree": ({"dump.bin": "x" * 200_001}, "dump.bin: 200001 bytes"),
    "gap_in_decisions": (
        {"server/decisions/0003-three.md": DECISION},
        "0003-three.md: should be named 0002-",
    ),
    "decision_without_a_part": (
        {"server/decisions/0001-one.md": DECISION.replace("## Context\n\n", "")},
        "has no part '## Context'",
    ),
    "readme_without_command": (
        {"README.md": "Run `./dev up`.\n"},
        "README.md: does not name ./dev test",
    ),
}


def faults_of(changes):
    with tempfile.TemporaryDirectory() as root:
        for path, text in (GOOD | changes).items():
            full = os.path.join(root, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, "w", encoding="utf-8") as file:
                file.write(text)
        # The exceptions are of files that this tree has not.
        with unittest.mock.patch.dict(check_tree.LONG_FILES, clear=True):
            return check_tree.faults(root)


# Uses of an included class that need its header.
NEEDS = (
    "struct Owner { Uuid id; };\n",
    "std::vector<Uuid> Owners();\n",
    "int Balance(const Uuid& owner = {});\n",
    "inline int First(const Uuid& owner) { return owner.first(); }\n",
    "struct Owner : Uuid {};\n",
)


class CheckTreeTest(unittest.TestCase):
    def test_a_good_tree_has_no_fault(self):
        self.assertEqual(faults_of({}), [])

    def test_each_bad_tree_has_its_one_fault(self):
        for name, (changes, expected) in BAD.items():
            with self.subTest(name):
                found = faults_of(changes)
                self.assertEqual(len(found), 1, found)
                self.assertIn(expected, found[0])

    def test_every_rule_has_a_bad_tree(self):
        for rule in check_tree.RULES:
            with self.subTest(rule.__name__):
                others = [other for other in check_tree.RULES if other is not rule]
                original, check_tree.RULES = check_tree.RULES, others
                try:
                    unseen = [name for name, (changes, _) in BAD.items() if not faults_of(changes)]
                finally:
                    check_tree.RULES = original
                self.assertNotEqual(unseen, [])

    def test_a_header_may_include_what_it_needs(self):
        for text in NEEDS:
            with self.subTest(text):
                header = '#include "server/core/uuid.h"\n' + text
                tree = {"server/core/uuid.h": "struct Uuid {};\n", "server/domain/ledger/ledger.h": header}
                self.assertEqual(faults_of(tree), [])

    def test_a_stated_reason_exempts_a_line(self):
        nap = NAP.rstrip() + "  // repo-lint: the thing under test sleeps\n"
        self.assertEqual(faults_of({"tests/core/a_test.cpp": nap}), [])
        bare = NAP.rstrip() + "  // repo-lint:\n"
        self.assertEqual(len(faults_of({"tests/core/a_test.cpp": bare})), 1)


if __name__ == "__main__":
    unittest.main()
