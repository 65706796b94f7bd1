#!/usr/bin/env python3
"""The real client against the real server.

Usage: cli_test.py PERIGEE PERIGEED SOURCE_DIR [unittest arguments]
"""

import json
import subprocess
import sys
import unittest
from datetime import date, timedelta
from pathlib import Path

import jsonschema

from cli_server import SOURCE, CliTest


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

    def test_a_refused_badge_is_named_after_those_that_were_made(self):
        self.json("programs", "create", "acme")
        badge = '[[badge]]\nid = "%s"\ncriteria = [{ at_least = 1, terms = [{ activity_type = "talk" }] }]\n'
        first = Path(self.folder) / "first.toml"
        first.write_text(badge % "first", encoding="utf-8")
        self.assertEqual(list(self.json("badges", "try", first, "-p", "acme")), ["first"])
        both = Path(self.folder) / "both.toml"
        row = 'revocable = true\ngroup = "day"\ndays_in_a_row = 3\n'
        both.write_text(badge % "first" + badge % "second" + row, encoding="utf-8")
        refused = self.run_cli("badges", "apply", both, "-p", "acme")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("perigee: badge second: badge.rule.revocable must be false", refused.stderr)
        self.assertIn("first", refused.stdout)
        tried = self.run_cli("badges", "try", both, "-p", "acme")
        self.assertIn("perigee: badge second: rule.revocable must be false", tried.stderr)

    def test_a_title_is_shown_with_its_questions(self):
        self.json("programs", "create", "acme")
        self.json("members", "create", "ada", "-p", "acme", "--display-name", "Ada")
        title = ("--display-name", "Hero", "--months", "12", "--nominator", "staff", "--question", "For what?")
        self.json("titles", "create", "hero", *title, "-p", "acme")
        self.assertIn("For what?", self.run_cli("titles", "show", "hero", "-p", "acme").stdout)
        self.assertIn("`perigee titles list`", self.run_cli("titles", "show", "none", "-p", "acme").stderr)
        self.assertIn("`perigee titles show`", self.run_cli("nominations", "create", "ada", "hero", "-p", "acme").stderr)

    def test_a_change_of_nothing_is_refused(self):
        self.json("programs", "create", "acme")
        self.json("members", "create", "ada", "-p", "acme", "--display-name", "Ada")
        self.json("asks", "terms", "ada", "--at-most", "1", "-p", "acme")
        refused = self.run_cli("asks", "terms", "ada", "-p", "acme")
        self.assertEqual(refused.returncode, 2)
        self.assertIn("nothing to change was given", refused.stderr)
        self.assertFalse(self.json("asks", "terms", "ada", "--do-not-ask=false", "-p", "acme")["do_not_ask"])

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

    def earn_seeds(self):
        """In `acme`, ada earns 12.50 of an asset with decimals."""
        self.json("programs", "create", "acme")
        self.json("assets", "create", "seeds", "-p", "acme", "--decimals", "2", "--spendable")
        self.json("members", "create", "ada", "-p", "acme", "--display-name", "Ada")
        self.json("capital", "post", "seeds:issued", "ada/seeds", "12.5", "-p", "acme")

    def shown(self, *arguments):
        ran = self.run_cli(*arguments, "-p", "acme")
        self.assertEqual(ran.returncode, 0, ran.stderr)
        return ran.stdout

    def test_a_price_is_typed_and_shown_as_people_read_it(self):
        self.earn_seeds()
        made = self.json("rewards", "create", "mug", "--display-name", "Mug", "--class", "access", "--price", "7.5",
                         "--asset", "seeds", "-p", "acme")
        self.assertEqual(made["price"], "750")
        changed = self.json("rewards", "update", "mug", "--price", "0.05", "-p", "acme")
        self.assertEqual(changed["price"], "5")
        self.assertIn("0.05 seeds", self.shown("rewards", "list"))
        self.assertIn("0.05 seeds", self.shown("rewards", "offers", "ada"))
        self.assertIn("0.05 seeds", self.shown("rewards", "redeem", "ada", "mug"))
        refused = self.run_cli("rewards", "update", "mug", "--price", "0.005", "-p", "acme")
        self.assertEqual(refused.returncode, 2)
        self.assertIn("--price", refused.stderr)

    def test_what_was_earned_is_shown_as_people_read_it(self):
        self.earn_seeds()
        month_ago = (date.today() - timedelta(days=30)).isoformat()
        self.assertRegex(self.shown("contributions", "year", "ada", "--from", month_ago), r"earned +seeds +12\.50")
        file = Path(self.folder) / "tiers.toml"
        file.write_text('[[scheme]]\nid = "loyalty"\nasset = "seeds"\nlevels = [{ id = "silver", at_least = 1000 }]\n')
        self.assertRegex(self.shown("tiers", "try", file), r"silver +promoted +12\.50")
        self.assertIn("silver 10.00", self.shown("tiers", "set", file))
        file = Path(self.folder) / "criteria.toml"
        file.write_text('[[criterion]]\nid = "capital"\nmeasure = "earned"\nasset = "seeds"\nat_least = 1000\n')
        self.shown("titles", "create", "hero", "--display-name", "Hero", "--months", "12", "--nominator", "staff")
        self.shown("titles", "criteria", "hero", file)
        self.assertRegex(self.shown("candidates", "inputs", "hero/ada", "capital"), r"figure +12\.50")

    def test_the_states_of_a_number_are_words_as_elsewhere(self):
        self.json("programs", "create", "acme")
        for state in ("renewal-due", "renewal_due"):
            self.shown("insight", "members", "champions", "--state", state)
        for figure, said in (("champions", "--state must be scheduled, active"), ("terms-ending", "has no states")):
            refused = self.run_cli("insight", "members", figure, "--state", "nosuch", "-p", "acme")
            self.assertEqual(refused.returncode, 2)
            self.assertIn(said, refused.stderr)

    def test_the_progress_of_a_badge_that_staff_grant_says_so(self):
        self.earn_seeds()
        file = Path(self.folder) / "badges.toml"
        file.write_text('[[badge]]\nid = "founder"\n[[badge]]\nid = "rich"\n'
                        'criteria = [{ asset = "seeds", at_least = 2000 }]\n')
        self.shown("badges", "apply", file)
        self.assertIn("staff alone", self.shown("badges", "progress", "ada", "founder"))
        self.assertIn("12.50 of 20.00", self.shown("badges", "progress", "ada", "rich"))

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

    def test_a_member_is_exported_by_the_schema_and_erased(self):
        self.json("demo", "-p", "demo", "--members", "10", "--days", "5")
        self.json("capital", "post", "access:issued", "m-001/access", "7", "-p", "demo", "--memo", "“welcome”")
        file = Path(self.folder) / "m-001.json"
        exported = self.run_cli("members", "export", "m-001", "-p", "demo", "--out", str(file))
        self.assertEqual(exported.returncode, 0, exported.stderr)
        self.assertEqual(file.stat().st_mode & 0o777, 0o600)
        document = json.loads(file.read_text(encoding="utf-8"))
        schema = json.loads((SOURCE / "protos/perigee/v1/member_export.schema.json").read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator.check_schema(schema)
        jsonschema.Draft202012Validator(schema).validate(document)
        self.assertEqual(document["member"], "programs/demo/members/m-001")
        self.assertTrue(document["records"]["activity"])
        self.assertTrue(document["statements"])
        shown = self.run_cli("members", "export", "m-001", "-p", "demo").stdout
        self.assertEqual(json.loads(shown)["records"], document["records"])

        slip = self.run_cli("members", "erase", "m-001", "-p", "demo", "--yes-erase", "m-002")
        self.assertEqual(slip.returncode, 2)
        self.assertIn("--yes-erase", slip.stderr)
        self.json("members", "erase", "m-001", "-p", "demo", "--yes-erase", "m-001")
        self.assertIn("NOT_FOUND", self.run_cli("members", "get", "m-001", "-p", "demo").stderr)
        gone = self.run_cli("members", "export", "m-001", "-p", "demo", "--out", str(file))
        self.assertIn("NOT_FOUND", gone.stderr)
        self.json("members", "erase-self", "m-002", "-p", "demo", "--yes-erase", "m-002")
        forfeited = self.json("capital", "account", "access:forfeited", "-p", "demo")
        self.assertEqual(forfeited["balance"], "7")
        self.assert_sound()

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


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]], verbosity=2)
