#!/usr/bin/env python3
"""The champions of `perigee demo`.

Usage: demo_test.py PERIGEE PERIGEED SOURCE_DIR [unittest arguments]
"""

import re
import sys
import unittest

from cli_server import SOURCE, CliTest

# What only time brings about, and why.
WAITS = {
    ("Nomination", "STATE_EXPIRED"): "180 days without a decision",
    ("Ask", "STATE_EXPIRED"): "14 days reserved, or 30 days without an answer",
    ("Promise", "STATE_OVERDUE"): "it is due after a fortnight",
    ("Redemption", "STATE_REQUESTED"): "never shown: a price is held at once",
    ("Redemption", "STATE_EXPIRED"): "a price is held for a day at least",
    ("Credential", "STATE_EXPIRED"): "it is valid until a time in the future",
    ("AgreementAcceptance", "STATE_EXPIRED"): "it counts for a day at least",
}


def states(proto, message):
    """The values of the enum State of a message, as the contract has them."""
    text = (SOURCE / "protos/perigee/v1" / f"{proto}.proto").read_text(encoding="utf-8")
    machine = re.search(rf"^message {message} \{{.*?^  enum State \{{(.*?)^  \}}", text, re.MULTILINE | re.DOTALL)
    return set(re.findall(r"^    (STATE_\w+) = [1-9]", machine[1], re.MULTILINE))


class DemoTest(CliTest):
    def setUp(self):
        super().setUp()
        self.first = self.json("demo", "-p", "demo")
        self.members = [f"m-{number:03}" for number in range(11, 31)]
        # The server takes the badge a moment after the capital that earned it; the test's time limit ends this.
        while not any(one["state"] == "STATE_REVOKED" for one in self.json("badges", "grants", "-p", "demo")["grants"]):
            pass

    def there(self):
        """The resources of each machine, by message."""

        def listed(command, field, *options):
            return self.json(*command.split(), *options, "-p", "demo")[field]

        def of_all(command, field):
            return [one for member in self.members for one in listed(command, field, member)]

        return {
            ("champion", "Nomination"): listed("nominations list", "nominations") + of_all("nominations own", "nominations"),
            ("champion", "Appointment"): listed("appointments list-all", "appointments"),
            ("ask", "Ask"): listed("asks list", "asks"),
            ("thanks", "Thanks"): listed("thanks list-all", "thanks"),
            ("thanks", "Promise"): [
                one for state in ("open", "kept", "cancelled") for one in listed("promises list", "promises", "--state", state)
            ],
            ("reward", "Redemption"): listed("rewards redemptions", "redemptions"),
            ("contribution", "Contribution"): listed("contributions list", "contributions"),
            ("badge", "BadgeGrant"): listed("badges grants", "grants"),
            ("credential", "Credential"): of_all("credentials list", "credentials"),
            ("agreement", "AgreementAcceptance"): listed("agreements acceptances", "acceptances"),
            # A job moves the price of a seat a moment later, at another revision.
            ("seat", "InsiderSeat"): [
                {key: one[key] for key in ("name", "state")}
                for item in ("test-flight", "lost-probe")
                for one in listed("seats list", "seats", item)
            ],
            ("idea", "Idea"): listed("ideas list-all", "ideas"),
            ("leak", "LeakCase"): listed("leak cases", "leak_cases"),
            # A job notes the end of an embargo a moment later, at another revision.
            ("insider", "InsiderItem"): [
                {key: one[key] for key in ("name", "state", "etag")} for one in listed("items list", "items")
            ],
        }

    def test_every_state_is_there_that_needs_no_time(self):
        self.assertGreater(self.first["champions"]["recorded"], 0)
        for (proto, message), resources in self.there().items():
            found = {one["state"] for one in resources}
            waits = {state for machine, state in WAITS if machine == message}
            with self.subTest(message):
                self.assertEqual(found | waits, states(proto, message))
                self.assertFalse(found & waits, "needs no time any more")

    def test_another_run_changes_nothing(self):
        before = self.there()
        again = self.json("demo", "-p", "demo", "--days", "31")
        self.assertEqual(again["champions"]["recorded"], 0)
        self.assertEqual(again["champions"]["replayed"], self.first["champions"]["recorded"])
        self.assertEqual(self.there(), before)
        self.assert_sound()

    def test_what_happened_since_stays(self):
        suspended = next(one for one in self.there()[("champion", "Appointment")] if one["state"] == "STATE_SUSPENDED")
        self.json("appointments", "reinstate", suspended["name"])
        declined = next(one for one in self.there()[("ask", "Ask")] if one["state"] == "STATE_DECLINED")
        erased = re.search("members/([^/]+)/", declined["name"])[1]
        self.json("members", "erase", erased, "-p", "demo", "--yes-erase", erased)
        self.members.remove(erased)
        before = self.there()
        self.assertEqual(self.json("demo", "-p", "demo")["champions"]["recorded"], 0)
        self.assertEqual(self.there(), before)

    def test_an_embargo_ends_before_ones_eyes(self):
        said = self.run_cli("demo", "-p", "eyes").stdout
        shown = re.findall(r"^Embargo: (\S+) (.*)$", said, re.MULTILINE)
        self.assertEqual([what for _, what in shown], ["m-001 finds no item first-light.", 'm-001 reads "First light".'])
        release = self.json("items", "get", "first-light", "-p", "eyes")["releases"][0]["instant"]
        self.assertLess(shown[0][0], release)
        self.assertGreaterEqual(shown[1][0], release)
        told = re.findall(r'^Inbox: +(\S+) m-001 is told of "First light"', said, re.MULTILINE)
        self.assertEqual(told, [release])

    def test_members_stand_on_each_level(self):
        while (scheme := self.json("tiers", "list", "-p", "demo")["schemes"][0])["applying"]:
            pass
        standings = self.json("tiers", "members", "circle", "-p", "demo")["standings"]
        levels = {standing["level"] for standing in standings}
        self.assertLessEqual({level["id"] for level in scheme["levels"]}, levels)

    def test_what_it_says_to_look_at_can_be_looked_at(self):
        said = self.run_cli("demo", "-p", "demo").stdout
        commands = re.findall(r"^perigee (.*? -p demo)", said, re.MULTILINE)
        self.assertGreater(len(commands), 5, said)
        for command in commands:
            with self.subTest(command):
                shown = self.run_cli(*command.split())
                self.assertEqual(shown.returncode, 0, shown.stderr)
                self.assertGreater(len(shown.stdout.splitlines()), 1)

    def test_a_programme_with_titles_of_its_own_keeps_them(self):
        self.json("demo", "-p", "own", "--days", "0")
        self.json("titles", "create", "mvp", "--display-name", "Ours", "--months", "6", "--nominator", "staff", "-p", "own")
        self.assertEqual(self.json("demo", "-p", "own", "--days", "1")["champions"]["recorded"], 0)
        self.assertEqual([title["display_name"] for title in self.json("titles", "list", "-p", "own")["titles"]], ["Ours"])

    def test_a_small_community_has_no_champions(self):
        small = self.json("demo", "-p", "small", "--members", "10", "--days", "1")
        self.assertEqual(small["champions"]["recorded"], 0)
        self.assertEqual(self.json("titles", "list", "-p", "small")["titles"], [])


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]], verbosity=2)
