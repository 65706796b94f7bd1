#!/usr/bin/env python3
"""The real client against the real server: every test starts a server of its own on free ports.

Usage: cli_test.py PERIGEE PERIGEED SOURCE_DIR [unittest arguments]
"""

import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import unittest
from datetime import date, timedelta
from pathlib import Path

PERIGEE, PERIGEED, SOURCE = (Path(argument).resolve() for argument in sys.argv[1:4])
DATA = Path(os.environ.get("PERIGEE_DATA", SOURCE / ".." / "shared" / "data"))
DUMP = DATA / "stackexchange-beer-2014" / "dump"
# About half of the beer site's revisions.
HALF_WAY = 4000


def keep(said, log):
    with said, log:
        shutil.copyfileobj(said, log)


class Server:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.path = self.folder / "store.db"
        self.store = f"sqlite:{self.path}"
        self.doors = {"public": "127.0.0.1:0", "internal": "127.0.0.1:0", "metrics": "127.0.0.1:0"}
        subprocess.run([PERIGEED, "migrate", "--store", self.store], check=True, capture_output=True)
        self.process = None

    def start(self):
        command = [PERIGEED, "serve", "--store", self.store, "--redis", "none"]
        for door, address in self.doors.items():
            command += [f"--{door}-address", address]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        # A later start opens the same doors, which clients know.
        self.doors = self.await_serving(self.process.stderr)

    def await_serving(self, said):
        """Reads the server's log until it names its doors, and leaves the rest to a thread."""
        log = open(self.folder / "server.log", "ab")
        for line in said:
            log.write(line)
            if b"event=serving " in line:
                threading.Thread(target=keep, args=(said, log)).start()
                words = dict(word.split("=", 1) for word in line.decode().split())
                return {door: words[door] for door in self.doors}
        log.close()
        said.close()
        self.process.wait()
        raise RuntimeError((self.folder / "server.log").read_text(encoding="utf-8"))

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            ended = self.process.wait(timeout=30)
            if ended != 0:
                log = (self.folder / "server.log").read_text(encoding="utf-8")
                raise AssertionError(f"the server ended with {ended}:\n{log}")

    def check(self):
        return subprocess.run([PERIGEED, "check", "--store", self.store], capture_output=True, text=True)


class CliTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="perigee_e2e_")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.server = Server(self.folder)
        self.addCleanup(self.server.stop)
        self.server.start()

    def command(self, *arguments):
        doors = self.server.doors
        return [PERIGEE, "--public", doors["public"], "--internal", doors["internal"], *arguments]

    def run_cli(self, *arguments):
        return subprocess.run(
            self.command(*arguments), capture_output=True, text=True, encoding="utf-8", cwd=self.folder
        )

    def json(self, *arguments):
        answer = self.run_cli("--json", *arguments)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        return json.loads(answer.stdout)

    def head(self, program, account):
        return self.json("capital", "account", account, "-p", program)["revision"]

    def standings(self, program, board):
        revision = self.head(program, "site-reputation:issued")
        entries = self.json(
            "boards", "entries", board, "-p", program, "--period", "all-time", "--min-revision", revision
        )["entries"]
        return {entry["member"].rsplit("/", 1)[1]: (entry["score"], entry["rank"]) for entry in entries}

    def assert_sound(self):
        self.server.stop()
        answer = self.server.check()
        self.assertEqual(answer.returncode, 0, answer.stdout + answer.stderr)


class BasicsTest(CliTest):
    def test_a_programme_is_made_filled_and_read(self):
        self.json("programs", "create", "acme", "--display-name", "Acme")
        self.json("members", "create", "ada", "-p", "acme", "--display-name", "Ada")
        self.json("members", "create", "bob", "-p", "acme", "--display-name", "ボブ")
        rules = Path(self.folder) / "rules.toml"
        rules.write_text(
            '[[asset]]\nid = "stars"\ndecimals = 2\nspendable = true\n'
            '[[rule]]\nid = "thanked"\nthanks = true\n'
            'grant = [{ asset = "stars", to = "recipient", amount = 150 }]\n'
            '[[board]]\nid = "stars"\nasset = "stars"\n',
            encoding="utf-8",
        )
        self.assertEqual({step["done"] for step in self.json("rules", "apply", rules, "-p", "acme")}, {"created"})
        self.assertEqual({step["done"] for step in self.json("rules", "apply", rules, "-p", "acme")}, {"unchanged"})
        recorded = self.json("activities", "record", "thanked", "-p", "acme", "--actor", "ada", "--recipient", "bob")
        self.assertEqual(len(recorded["transfers"]), 1)
        account = self.run_cli("capital", "account", "bob/stars", "-p", "acme").stdout
        self.assertIn("1.50", account)
        explained = self.run_cli("capital", "explain", recorded["transfers"][0]).stdout
        self.assertIn("1.50 stars moved", explained)
        top = self.run_cli("boards", "top", "stars", "-p", "acme", "--min-revision", "1")
        self.assertEqual(top.returncode, 0, top.stderr)
        self.assertIn("ボブ", top.stdout)

    def test_the_rules_file_in_the_help_can_be_used(self):
        self.json("programs", "create", "acme")
        rules = Path(self.folder) / "rules.toml"
        shown = self.run_cli("rules", "apply", "--help").stdout
        rules.write_text(shown[shown.index("[[asset]]") :], encoding="utf-8")
        self.assertEqual([step["done"] for step in self.json("rules", "apply", rules, "-p", "acme")], ["created"] * 3)
        self.assertEqual([step["done"] for step in self.json("rules", "apply", rules, "-p", "acme")], ["unchanged"] * 3)
        board = self.json("boards", "get", "points-week", "-p", "acme")
        self.assertEqual((board["facet"], board["kind"]), ("beta-tester", "STAKEHOLDER_KIND_PARTNER"))
        self.assertIn("week start    monday", self.run_cli("boards", "get", "points-week", "-p", "acme").stdout)
        board = self.json("boards", "update", "points-week", "-p", "acme", "--everybody")
        self.assertEqual((board["facet"], board["kind"]), ("", ""))

    def test_a_refused_rules_file_names_the_rule(self):
        self.json("programs", "create", "acme")
        rules = Path(self.folder) / "rules.toml"
        rule = '[[rule]]\nid = "%s"\ngrant = [{ asset = "%s", to = "actor", amount = 1 }]\n'
        rules.write_text(rule % ("thanked", "access") + rule % ("hosted", "No!"), encoding="utf-8")
        refused = self.run_cli("rules", "apply", rules, "-p", "acme")
        self.assertIn("perigee: rule hosted: rules[1].grants[0].asset must be", refused.stderr)

    def test_a_hold_says_when_it_ends(self):
        self.json("programs", "create", "acme")
        self.json("members", "create", "ada", "-p", "acme", "--display-name", "Ada")
        self.json("capital", "post", "access:issued", "ada/access", "40", "-p", "acme")
        day = (date.today() + timedelta(days=30)).isoformat()
        hold = self.run_cli("capital", "hold", "ada/access", "access:spent", "25", "-p", "acme", "--expires", day)
        self.assertIn(f"pending until {day}", hold.stdout, hold.stderr)

    def test_a_refusal_names_reason_option_and_next_step(self):
        self.json("programs", "create", "acme")
        again = self.run_cli("programs", "create", "acme")
        self.assertEqual(again.returncode, 1)
        self.assertIn("reason: ALREADY_EXISTS", again.stderr)
        self.assertIn("next:", again.stderr)
        wrong = self.run_cli("members", "create", "Ada!", "-p", "acme", "--display-name", "Ada")
        self.assertEqual(wrong.returncode, 1)
        self.assertIn("perigee: MEMBER must be 1 to 63 of a-z", wrong.stderr)
        absent = self.run_cli("boards", "top", "weekly", "-p", "acme")
        self.assertIn("`perigee boards list`", absent.stderr)
        account = self.run_cli("capital", "account", "access/issued", "-p", "acme")
        self.assertIn("ASSET:issued", account.stderr)
        unopened = self.run_cli("capital", "account", "access:fair", "-p", "acme")
        self.assertIn("`perigee capital open`", unopened.stderr)

    def test_a_programme_is_closed_reopened_and_deleted(self):
        make = ("demo", "-p", "old", "--members", "30", "--days", "5", "--until", "2026-11-01")
        first = self.json(*make)
        self.json("demo", "-p", "kept", "--members", "10", "--days", "1", "--until", "2026-11-01")
        top = ("boards", "top", "renown", "-p", "old", "--period", "all-time")
        self.assertEqual(self.run_cli(*top).returncode, 0)
        early = self.run_cli("programs", "delete", "old", "--yes-delete", "old")
        self.assertIn("PROGRAM_NOT_CLOSED", early.stderr)
        self.assertEqual(self.json("programs", "close", "old")["state"], "STATE_CLOSED")
        late = ("members", "create", "late", "-p", "old", "--display-name", "Late")
        self.assertIn("PROGRAM_CLOSED", self.run_cli(*late).stderr)
        self.assertIn("closed", self.run_cli("programs", "list").stdout)
        self.assertEqual(self.run_cli("members", "get", "m-001", "-p", "old").returncode, 0)
        self.assertEqual(self.json("programs", "reopen", "old")["state"], "STATE_OPEN")
        self.json(*late)
        self.json("programs", "close", "old")

        wrong = self.run_cli("programs", "delete", "old", "--yes-delete", "kept")
        self.assertEqual(wrong.returncode, 1)
        self.assertIn("perigee: --yes-delete", wrong.stderr)
        deleted = self.run_cli("programs", "delete", "old", "--yes-delete", "old")
        self.assertEqual(deleted.returncode, 0, deleted.stderr)
        self.assertIn("NOT_FOUND", self.run_cli("members", "get", "m-001", "-p", "old").stderr)
        self.assertEqual([program["name"] for program in self.json("programs", "list")["programs"]], ["programs/kept"])
        # The same programme may be made anew as soon as all data of the old one are gone.
        while (again := self.run_cli("--json", *make)).returncode != 0:
            self.assertIn("PROGRAM_BEING_DELETED", again.stderr)
        self.assertEqual(json.loads(again.stdout), first)
        self.assertEqual(self.run_cli(*top).returncode, 0)
        self.json("programs", "close", "old")
        self.json("programs", "delete", "old", "--yes-delete", "old")
        self.assert_sound()

    def test_a_refusal_names_the_part_that_is_no_id(self):
        self.json("programs", "create", "acme")
        self.assertIn('MEMBER has "Ada" in the place of an id', self.run_cli("members", "get", "Ada", "-p", "acme").stderr)
        self.assertIn("--program must be 1 to 63 of", self.run_cli("demo", "-p", "Acme").stderr)
        self.assertIn("MEMBER must be an id", self.run_cli("members", "get", "ada/access", "-p", "acme").stderr)
        self.json("boards", "create", "weekly", "-p", "acme", "--asset", "reputation", "--cadence", "week")
        period = self.run_cli("boards", "top", "weekly", "-p", "acme", "--period", "2026-13-45")
        self.assertIn("perigee: --period is not a period of the board", period.stderr)

    def test_a_refusal_shows_amounts_as_people_read_them(self):
        self.json("programs", "create", "acme")
        self.json("assets", "create", "seeds", "-p", "acme", "--decimals", "2", "--spendable")
        self.json("members", "create", "ada", "-p", "acme", "--display-name", "Ada")
        given = self.run_cli("capital", "post", "seeds:issued", "ada/seeds", "12.5", "-p", "acme", "--names").stdout.strip()
        spent = self.run_cli("capital", "post", "ada/seeds", "seeds:spent", "5000000", "-p", "acme")
        self.assertIn("has 12.50 seeds available of the 5000000.00 seeds asked", spent.stderr)
        undone = self.run_cli("capital", "reverse", given, "--amount", "13")
        self.assertIn("12.50 seeds is left of the transfer", undone.stderr)

    def test_a_wrong_command_line_ends_with_2_and_names_the_commands(self):
        made_up = self.run_cli("programs", "made-up", "x")
        self.assertEqual(made_up.returncode, 2)
        self.assertIn("there is no command `made-up`; there are create, get", made_up.stderr)
        none = self.run_cli("-p", "acme", "members")
        self.assertEqual(none.returncode, 2)
        self.assertIn("perigee members: which command? There are create", none.stderr)
        self.assertEqual(self.run_cli("members", "list").returncode, 2)

    def test_an_absent_server_is_named_soon(self):
        self.server.stop()
        answer = self.run_cli("programs", "list")
        self.assertEqual(answer.returncode, 3)
        self.assertIn("the server cannot be reached", answer.stderr)

    def test_a_day_is_one_of_the_programmes_zone(self):
        self.json("programs", "create", "acme", "--time-zone", "Europe/Berlin")
        for joined, time in (
            ("2026-07-01", "2026-06-30T22:00:00Z"),
            ("2026-07-01T00:00:00Z", "2026-07-01T00:00:00Z"),
            ("2026-07-01T00:00:00+03:00", "2026-06-30T21:00:00Z"),
        ):
            member = self.json("members", "create", "-p", "acme", "--display-name", "Ada", "--joined", joined)
            self.assertEqual(member["join_time"], time)
        local = self.run_cli("members", "create", "-p", "acme", "--display-name", "A", "--joined", "2026-07-01T00:00:00")
        self.assertEqual(local.returncode, 2)
        self.assertIn("--joined must be a day or a time with its zone", local.stderr)

    def test_facets_and_kinds_are_set_and_taken_away(self):
        self.json("programs", "create", "acme")
        self.json("members", "create", "ada", "-p", "acme", "--display-name", "Ada", "--facet", "maker", "--kind", "donor")
        member = self.json("members", "update", "--facet", "cyclist", "--facet", "parent", "ada", "-p", "acme")
        self.assertEqual((member["facets"], member["kinds"]), (["cyclist", "parent"], ["STAKEHOLDER_KIND_DONOR"]))
        member = self.json("members", "update", "ada", "-p", "acme", "--no-facets", "--no-kinds")
        self.assertEqual((member["facets"], member["kinds"], member["display_name"]), ([], [], "Ada"))

    def test_a_repeated_request_id_takes_effect_once(self):
        self.json("programs", "create", "acme")
        same = ("--request-id", "0193e5c0-0000-7000-8000-000000000001", "-p", "acme")
        first = self.json("capital", "post", "access:issued", "access:spent", "5", *same)
        again = self.json("capital", "post", "access:issued", "access:spent", "5", *same)
        self.assertEqual(first, again)
        other = self.run_cli("capital", "post", "access:issued", "access:spent", "6", *same)
        self.assertIn("REQUEST_ID_REUSED", other.stderr)

    def test_a_watch_sees_the_board_change(self):
        self.json("demo", "-p", "demo", "--members", "10", "--days", "1")
        watch = subprocess.Popen(
            self.command("--json", "watch", "renown", "-p", "demo", "--count", "2"),
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        first = json.loads(watch.stdout.readline())
        self.json("activities", "record", "thanked", "-p", "demo", "--actor", "m-001", "--recipient", "m-002")
        second = json.loads(watch.stdout.readline())
        self.assertEqual(watch.wait(timeout=30), 0)
        watch.stdout.close()
        self.assertNotEqual(first["cursor"], second["cursor"])

    def test_the_demo_community_is_the_same_every_time(self):
        arguments = ("demo", "-p", "demo", "--members", "30", "--days", "5", "--until", "2026-11-01")
        first = self.json(*arguments)
        self.assertEqual(first["members"]["recorded"], 30)
        self.assertEqual(first["activities"]["refused"], 0, first)
        head = self.head("demo", "renown:issued")
        again = self.json(*arguments)
        self.assertEqual(again["activities"]["recorded"], 0)
        self.assertEqual(again["members"]["recorded"], 0)
        self.assertEqual(self.head("demo", "renown:issued"), head)
        self.assert_sound()


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


class HelpTest(CliTest):
    """Every example of the help, run as it stands."""

    def setUp(self):
        super().setUp()
        self.json("demo", "-p", "demo")
        self.server.stop()
        self.after_demo = Path(self.folder) / "after_demo.db"
        shutil.copy(self.server.path, self.after_demo)
        programs = Path(self.folder) / "bin"
        programs.mkdir()
        (programs / "perigee").symlink_to(PERIGEE)
        self.environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}

    def commands(self):
        """The words of each command, as the completion of the shell knows them; first of all none."""
        script = self.run_cli("completion", "bash").stdout
        paths = [path.split() for path in re.findall(r"^    '(.*)'\) words=", script, re.MULTILINE)]
        nouns = {tuple(path[:-1]) for path in paths if path}
        return [path for path in paths if not path or tuple(path) not in nouns]

    def example_of(self, path):
        shown = self.run_cli(*path, "--help").stdout
        example = re.search(r"^Examples?:\n((?:  .*\n)+)", shown, re.MULTILINE)
        self.assertIsNotNone(example, f"{path} has no example:\n{shown}")
        return example[1], shown

    def prepare(self, shown):
        """The files that examples name."""
        if "[[asset]]" in shown:
            text = shown[shown.index("[[asset]]") :]
            (Path(self.folder) / "rules.toml").write_text(text, encoding="utf-8")
        dump = Path(self.folder) / "dump"
        dump.mkdir(exist_ok=True)
        for name in ("Users", "Posts", "Votes"):
            (dump / f"{name}.xml").write_text(f"<{name.lower()}>\n</{name.lower()}>\n", encoding="utf-8")

    def test_each_example_succeeds_after_the_demo(self):
        commands = self.commands()
        self.assertIn(["capital", "post"], commands)
        for path in commands:
            example, shown = self.example_of(path)
            self.prepare(shown)
            shutil.copy(self.after_demo, self.server.path)
            self.server.start()
            doors = {f"PERIGEE_{door.upper()}": self.server.doors[door] for door in ("public", "internal")}
            ran = subprocess.run(
                ["bash", "-e", "-c", example],
                capture_output=True,
                text=True,
                encoding="utf-8",
                cwd=self.folder,
                env={**self.environment, **doors},
            )
            self.server.stop()
            with self.subTest(" ".join(path)):
                self.assertEqual(ran.returncode, 0, f"{example}{ran.stdout}{ran.stderr}")
                self.assertNotIn("perigee", ran.stderr)


    def test_each_name_in_the_contracts_comments_can_be_read(self):
        self.server.start()
        for path in (SOURCE / "protos").rglob("*.*"):
            for name in re.findall(r"programs/[a-z0-9][a-z0-9/-]*[a-z0-9]", path.read_text(encoding="utf-8")):
                with self.subTest(f"{path.name}: {name}"):
                    self.json(name.split("/")[-2], "get", name)


class ReadmeTest(unittest.TestCase):
    """The commands of the README and of perigeed's help, run as they stand on a PostgreSQL and a Redis of the test's
    own. Only addresses are changed, because tests take no fixed ports."""

    # These build, test and start everything that the other commands use.
    NOT_RUN = ["./dev up", "./dev test"]

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="perigee_e2e_"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.ports = {}
        self.environment = {**os.environ, **self.start_postgres()}
        redis = self.keep(["redis-server", "--save", "", "--dir", self.folder, "--port", self.port("6379")])
        self.await_(lambda: socket.create_connection(("127.0.0.1", int(self.port("6379")))).close(), redis)
        self.make_programs()

    def keep(self, command, **more):
        """Starts a program that ends with the test."""
        process = subprocess.Popen(command, stdout=more.pop("stdout", subprocess.DEVNULL), text=True, **more)

        def end():
            process.terminate()
            process.communicate()

        self.addCleanup(end)
        return process

    def await_(self, so, process):
        while process.poll() is None:
            try:
                return so()
            except OSError:
                pass
        raise AssertionError(f"{process.args} ended")

    def start_postgres(self):
        program = os.environ.get("POSTGRES_FOR_TESTS")
        if not program:
            if "CI" in os.environ:
                self.fail("POSTGRES_FOR_TESTS is not set")
            self.skipTest("POSTGRES_FOR_TESTS is not set")
        process = self.keep([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        uri = process.stdout.readline().strip()
        user, host = re.fullmatch(r"postgresql://(.*)@/.*\?host=(.*)", uri).groups()
        return {"PGUSER": user, "PGHOST": host}

    def port(self, stated):
        """A free port in the place of the one that is stated; the same each time."""
        if stated not in self.ports:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                self.ports[stated] = str(free.getsockname()[1])
        return self.ports[stated]

    def make_programs(self):
        """`./dev` and `perigeed`, which know the client, the server, and the ports that are theirs if none is stated."""
        doors = " ".join(
            f"--{door}-address 127.0.0.1:{self.port(port)}"
            for door, port in (("public", "7401"), ("internal", "7402"), ("metrics", "7403"))
        )
        script = f"""#!/bin/bash
export PERIGEE_PUBLIC=${{PERIGEE_PUBLIC:-127.0.0.1:{self.port("7401")}}}
export PERIGEE_INTERNAL=${{PERIGEE_INTERNAL:-127.0.0.1:{self.port("7402")}}}
program=$1
shift
case "$program $*" in
  *--public-address*) exec {PERIGEED} "$@" ;;
  "perigeed serve"*) exec {PERIGEED} "$@" {doors} ;;
  perigeed*) exec {PERIGEED} "$@" ;;
  perigee*) exec {PERIGEE} "$@" ;;
  down*) exit 0 ;;
esac
exit 64
"""
        for name, text in (("dev", script), ("perigeed", f'#!/bin/bash\nexec {self.folder}/dev perigeed "$@"\n')):
            (self.folder / name).write_text(text, encoding="utf-8")
            (self.folder / name).chmod(0o755)
        self.environment["PATH"] = f"{self.folder}:{self.environment['PATH']}"

    def run_lines(self, lines):
        """Runs the lines in one shell, and each server beside it until the end."""
        text = re.sub(r"127\.0\.0\.1:(\d+)", lambda found: f"127.0.0.1:{self.port(found[1])}", "\n".join(lines))
        # A client waits for a server that starts. A check does not.
        text = re.sub(r"(?m)^(.*perigeed serve .*?)(?: &)?$", r"\1 --ready-file ready & await_ready $!", text)
        head = """set -e
trap 'kill $(jobs -p) 2>/dev/null || true; wait' EXIT
await_ready() { while [[ ! -s ready ]]; do kill -0 "$1"; done; rm ready; }
"""
        ran = subprocess.run(
            ["bash", "-c", head + text],
            capture_output=True,
            text=True,
            encoding="utf-8",
            cwd=self.folder,
            env=self.environment,
        )
        self.assertEqual(ran.returncode, 0, f"{text}\n{ran.stdout}{ran.stderr}")
        return ran.stdout

    def blocks(self):
        """The commands of the README, a list for each block."""
        text = (SOURCE / "README.md").read_text(encoding="utf-8")
        run_it = text[text.index("## Run it") : text.index("## The tree")]
        blocks = re.findall(r"(?:^    .*\n)+", run_it.replace("\\\n", " "), re.MULTILINE)
        return [[re.sub(r"  +#.*", "", line.strip()) for line in block.splitlines()] for block in blocks]

    def test_each_block_of_the_readme_succeeds(self):
        (self.folder / "DIR").mkdir()
        for name in ("Users", "Posts", "Votes"):
            (self.folder / "DIR" / f"{name}.xml").write_text(f"<{name.lower()}/>\n", encoding="utf-8")
        (self.folder / ".run").mkdir()
        store = "--store sqlite:.run/perigee.db"
        up = [f"./dev perigeed migrate {store}", f"./dev perigeed serve {store}"]
        self.run_lines(up + ["./dev perigee demo -p demo --members 10 --days 1"])
        blocks = self.blocks()
        self.assertEqual(blocks[0], self.NOT_RUN)
        self.run_lines(up + blocks[1])
        shared = [self.run_lines(block) for block in blocks[2:]][-1]
        self.assertIn("shared", shared)
        self.assertRegex(shared, r"perigee_lease_held\{[^}]*\} 1\n")

    def test_the_examples_of_the_servers_help_succeed(self):
        shown = subprocess.run([PERIGEED, "--help"], capture_output=True, text=True).stdout
        example = re.search(r"^Examples:\n((?:  .*\n)+)", shown, re.MULTILINE)[1]
        lines = [line.strip() for line in example.splitlines()]
        served = lines.index("perigeed serve --store sqlite:perigee.db")
        self.run_lines(lines[: served + 1] + ["./dev perigee demo -p demo --members 10 --days 1"])
        self.run_lines(["createdb -E UTF8 -T template0 perigee"] + lines[served + 1 :])


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
