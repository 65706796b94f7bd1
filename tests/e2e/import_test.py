#!/usr/bin/env python3
"""The import of data dumps, by the real client to the real server.

Usage: import_test.py PERIGEE PERIGEED SOURCE_DIR [unittest arguments]
"""

import json
import os
import random
import shutil
import subprocess
import sys
import unittest
from pathlib import Path

from cli_server import SOURCE, CliTest

DATA = Path(os.environ.get("PERIGEE_DATA", SOURCE / ".." / "shared" / "data"))
DUMP = DATA / "stackexchange-beer-2014" / "dump"
# About half of the beer site's revisions.
HALF_WAY = 4000


class UpdateTest(CliTest):
    """A small site, of which a second dump is newer."""

    USERS = {1: "Ada", 2: "Bob", 3: "Cyd"}
    # Id: type, question, owner.
    POSTS = {1: (1, None, 1), 2: (2, 1, 2), 3: (1, None, 3)}
    # Id: post, type, day. Type 1 accepts, 2 is an upvote.
    VOTES = {1: (1, 2, 2), 2: (2, 2, 2), 3: (2, 1, 3), 4: (3, 2, 3)}

    def dump(self, name, users, posts, votes):
        folder = Path(self.folder) / name
        folder.mkdir()

        def write(file, rows):
            lines = "".join(
                "<row " + " ".join(f'{key}="{value}"' for key, value in row.items() if value is not None) + " />\n"
                for row in rows
            )
            (folder / file).write_text(f"<rows>\n{lines}</rows>\n", encoding="utf-8")

        def day(number):
            return f"2026-01-{number:02}T00:00:00.000"

        write("Users.xml", [{"Id": id, "DisplayName": name, "CreationDate": day(1)} for id, name in users.items()])
        write(
            "Posts.xml",
            [
                {"Id": id, "PostTypeId": type, "ParentId": parent, "OwnerUserId": owner, "CreationDate": day(1)}
                for id, (type, parent, owner) in posts.items()
            ],
        )
        write(
            "Votes.xml",
            [
                {"Id": id, "PostId": post, "VoteTypeId": type, "CreationDate": day(number)}
                for id, (post, type, number) in votes.items()
            ],
        )
        return folder

    def imported(self, folder, *options):
        return self.json("import", "stackexchange", folder, "-p", "site", *options)

    def scores(self):
        return {member: int(score) for member, (score, _) in self.standings("site", "reputation").items()}

    def test_a_newer_dump_takes_over_names_deletions_and_withdrawn_votes(self):
        old = self.dump("old", self.USERS, self.POSTS, self.VOTES)
        self.assertNotIn("update", self.imported(old))
        self.assertEqual(self.scores(), {"se-1": 8, "se-2": 26, "se-3": 6})

        # Ada has another name. Cyd and post 3 are gone; the vote on it is left behind. Vote 2 was withdrawn.
        users = {1: "Ada Lovelace", 2: "Bob"}
        posts = {id: post for id, post in self.POSTS.items() if id != 3}
        votes = {id: vote for id, vote in self.VOTES.items() if id != 2} | {5: (1, 2, 9)}
        new = self.dump("new", users, posts, votes)
        self.imported(new)
        self.assertEqual(self.scores(), {"se-1": 13, "se-2": 26, "se-3": 6})
        self.assertEqual(
            self.imported(new, "--update")["update"],
            {
                "renamed": 1,
                "undone": {"vote": 2},
                "transfers_reversed": 2,
                "gone_before": 1,
                "not_reversed": {},
                "members_gone": 1,
            },
        )
        self.assertEqual(self.scores(), {"se-1": 13, "se-2": 16, "se-3": 1})
        self.assertEqual(self.json("members", "get", "se-1", "-p", "site")["display_name"], "Ada Lovelace")

        head = self.head("site", "site-reputation:issued")
        again = self.imported(new, "--update")["update"]
        self.assertEqual((again["renamed"], again["undone"], again["gone_before"]), (0, {}, 3))
        self.assertEqual(self.head("site", "site-reputation:issued"), head)
        shown = self.run_cli("import", "stackexchange", new, "-p", "site", "--update")
        self.assertIn("members renamed", shown.stdout)
        self.assert_sound()

    def test_an_older_dump_and_another_site_withdraw_nothing(self):
        new = self.dump("new", self.USERS, self.POSTS, self.VOTES | {5: (1, 2, 9)})
        self.imported(new)
        scores = self.scores()
        old = self.dump("old", {1: "Adah", 2: "Bob"}, self.POSTS, self.VOTES)
        older = self.run_cli("import", "stackexchange", old, "-p", "site", "--update")
        self.assertEqual(older.returncode, 2)
        self.assertIn("before what was recorded", older.stderr)
        other = self.dump("other", {1: "Eve"}, {9: (1, None, 1)}, {9: (9, 2, 20)})
        another = self.run_cli("import", "stackexchange", other, "-p", "site", "--update")
        self.assertEqual(another.returncode, 2)
        self.assertIn("another site", another.stderr)
        self.assertEqual(self.scores(), scores | {"se-1": scores["se-1"] + 5})
        self.assertEqual(self.json("members", "get", "se-1", "-p", "site")["display_name"], "Ada")

    def test_rows_that_cannot_be_read_and_missing_files_withdraw_nothing(self):
        old = self.dump("old", self.USERS, self.POSTS, self.VOTES)
        (old / "Badges.xml").write_text(
            '<rows>\n<row Id="1" UserId="1" Name="Teacher" Date="2026-01-01T00:00:00.000" />\n</rows>\n'
        )
        self.imported(old)
        scores = self.scores()
        new = self.dump("new", self.USERS, self.POSTS | {3: ("question", None, 3)}, self.VOTES)
        self.assertEqual(
            self.imported(new, "--update")["update"],
            {
                "renamed": 0,
                "undone": {},
                "transfers_reversed": 0,
                "gone_before": 0,
                "not_reversed": {},
                "members_gone": 0,
            },
        )
        self.assertEqual(self.scores(), scores)


class ImportTest(CliTest):
    def setUp(self):
        if not DUMP.exists():
            if "CI" in os.environ:
                self.fail(f"no dump under {DUMP}")
            self.skipTest(f"no dump under {DUMP}; set PERIGEE_DATA")
        super().setUp()

    def import_dump(self, dump=DUMP, program="beer"):
        return self.json("import", "stackexchange", dump, "-p", program)

    def import_half_way(self, program):
        """Starts an import, and returns it once about half of the site is recorded."""
        process = subprocess.Popen(
            self.command("--json", "import", "stackexchange", DUMP, "-p", program),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        while process.poll() is None:
            answer = self.run_cli("--json", "capital", "account", "site-reputation:issued", "-p", program)
            if answer.returncode == 0 and int(json.loads(answer.stdout)["revision"]) > HALF_WAY:
                return process
        raise AssertionError("the import ended before it was half way")

    def test_an_imported_site_equals_its_published_figures(self):
        first = self.import_dump()
        self.assertEqual(first["members"]["recorded"], 834)
        self.assertEqual(first["activities"]["refused"], 0, first)
        entries = Path(self.folder) / "entries.json"
        head = self.head("beer", "site-reputation:issued")
        answer = self.run_cli(
            "--json", "boards", "entries", "reputation", "-p", "beer", "--period", "all-time", "--min-revision", head
        )
        entries.write_text(answer.stdout, encoding="utf-8")
        verified = subprocess.run(
            [sys.executable, SOURCE / "tests/e2e/verify_stackexchange.py", DUMP, entries],
            capture_output=True,
            text=True,
        )
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
        again = self.import_dump()
        self.assertEqual((again["members"]["recorded"], again["activities"]["recorded"]), (0, 0))
        self.assertEqual(again["activities"]["replayed"], first["activities"]["recorded"])
        self.assertEqual(self.head("beer", "site-reputation:issued"), head)
        self.assert_sound()

    def test_the_order_of_votes_does_not_matter(self):
        self.import_dump()
        shuffled = Path(self.folder) / "dump"
        shutil.copytree(DUMP, shuffled, copy_function=shutil.copyfile)
        os.chmod(shuffled, 0o755)
        votes = shuffled / "Votes.xml"
        lines = votes.read_text(encoding="utf-8").splitlines(keepends=True)
        rows = [line for line in lines if "<row " in line]
        random.Random(7).shuffle(rows)
        rest = [line for line in lines if "<row " not in line]
        votes.write_text("".join(rest[:-1] + rows + rest[-1:]), encoding="utf-8")
        self.import_dump(shuffled, "shuffled")
        self.assertEqual(self.standings("shuffled", "reputation"), self.standings("beer", "reputation"))

    def test_a_killed_client_starts_again_and_ends_the_same(self):
        self.import_dump()
        whole = int(self.head("beer", "site-reputation:issued"))
        process = self.import_half_way("killed")
        process.kill()
        process.communicate()
        self.assertLess(int(self.head("killed", "site-reputation:issued")), whole)
        self.import_dump(program="killed")
        self.assertEqual(self.standings("killed", "reputation"), self.standings("beer", "reputation"))
        self.assert_sound()

    def test_a_client_waits_for_a_killed_server(self):
        self.import_dump()
        expected = self.standings("beer", "reputation")
        process = self.import_half_way("killed")
        self.server.kill()
        self.server.start()
        said, error = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 0, error)
        self.assertEqual(json.loads(said)["activities"]["refused"], 0)
        self.assertEqual(self.standings("killed", "reputation"), expected)
        self.assertEqual(self.standings("beer", "reputation"), expected)
        self.assert_sound()

    def test_a_broken_file_is_refused_naming_file_and_line(self):
        broken = Path(self.folder) / "dump"
        shutil.copytree(DUMP, broken, copy_function=shutil.copyfile)
        os.chmod(broken, 0o755)
        votes = broken / "Votes.xml"
        votes.write_bytes(votes.read_bytes()[:5000])
        answer = self.run_cli("import", "stackexchange", broken, "-p", "broken")
        self.assertEqual(answer.returncode, 2)
        self.assertRegex(answer.stderr, r"Votes\.xml:\d+: ")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]], verbosity=2)
