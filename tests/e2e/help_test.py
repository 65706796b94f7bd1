#!/usr/bin/env python3
"""The commands of the help and of the README, run as they stand.

Usage: help_test.py PERIGEE PERIGEED SOURCE_DIR [unittest arguments]
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from cli_server import PERIGEE, PERIGEED, SOURCE, CliTest


def make_run_folder(folder, doors):
    """The folder `.run` as `./dev up` leaves it, with a development issuer."""
    (folder / ".run").mkdir()
    (folder / ".run" / "ready.json").write_text(json.dumps(doors), encoding="utf-8")
    subprocess.run([PERIGEE, "login", "--init", "--issuer-folder", ".run/issuer"], cwd=folder, check=True)


class HelpTest(CliTest):
    """Every example of the help, run as it stands."""

    def setUp(self):
        super().setUp()
        self.json("demo", "-p", "demo")
        self.server.stop()
        self.after_demo = Path(self.folder) / "after_demo.db"
        self.copy_store(self.server.path, self.after_demo)
        programs = Path(self.folder) / "bin"
        programs.mkdir()
        (programs / "perigee").symlink_to(PERIGEE)
        self.environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}
        make_run_folder(Path(self.folder), {})

    def copy_store(self, from_path, to_path):
        """With its keys: beside newer ones the server would delete again what an example deleted."""
        for part in ("", "-keys"):
            shutil.copy(f"{from_path}{part}", f"{to_path}{part}")

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
        if "[[badge]]" in shown:
            text = shown[shown.index("[[badge]]") :]
            (Path(self.folder) / "badges.toml").write_text(text, encoding="utf-8")
        if "[[scheme]]" in shown:
            text = shown[shown.index("[[scheme]]") :].split("\n\n")[0]
            (Path(self.folder) / "tiers.toml").write_text(text, encoding="utf-8")
        if "[[criterion]]" in shown:
            text = shown[shown.index("[[criterion]]") :].split("\n\n")[0]
            (Path(self.folder) / "criteria.toml").write_text(text, encoding="utf-8")
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
            self.copy_store(self.after_demo, self.server.path)
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

    def blocks_of_readme(self):
        text = (SOURCE / "README.md").read_text(encoding="utf-8")
        return self.blocks(text[text.index("## Run it") : text.index("## The tree")])

    def blocks(self, page):
        """What a page tells to type, a list of steps for each block: a command, and the output that is shown after it.
        None is shown in a block whose lines do not begin with `$ `."""
        blocks = re.findall(r"(?:^    .*\n)+", page.replace("\\\n", " "), re.MULTILINE)
        return [self.steps([line.strip() for line in block.splitlines()]) for block in blocks]

    def steps(self, lines):
        if not lines[0].startswith("$ "):
            return [(re.sub(r"  +#.*", "", line), None) for line in lines]
        steps = []
        for line in lines:
            if line.startswith("$ "):
                steps.append((line[2:], []))
            else:
                steps[-1][1].append(line)
        return steps

    def run_steps(self, before, steps):
        """Runs the commands in one shell, and compares what they say with what is shown."""
        lines = sum([["printf '\\036'", command] for command, _ in steps], before)
        answers = self.run_lines(lines).split("\036")[1:]
        for (command, shown), said in zip(steps, answers, strict=True):
            if shown is not None:
                with self.subTest(command):
                    self.assert_shown(shown, said)

    def assert_shown(self, shown, said):
        """`…` stands for the rest of a line, or, in a line of its own, for lines. Columns may be wider."""
        squeezed = [" ".join(line.split()) for line in shown]
        pattern = "".join(
            "(?:.*\n)*" if line == "…" else re.escape(line).replace("…", ".*") + "\n" for line in squeezed
        )
        lines = "".join(" ".join(line.split()) + "\n" for line in said.splitlines())
        self.assertIsNotNone(re.fullmatch(pattern, lines), "\n".join(shown) + f"\n--- but it says:\n{said}")

    def up(self):
        """What `./dev up` leaves. Answers the lines that bring its server up again."""
        make_run_folder(
            self.folder, {door: f"127.0.0.1:{self.port(port)}" for door, port in (("public", "7401"), ("internal", "7402"))}
        )
        store = "--store sqlite:.run/perigee.db"
        serve = f"./dev perigeed serve {store} --access .run/issuer/access.toml"
        up = [f"./dev perigeed migrate {store}", serve, "./dev perigee login --as root"]
        self.run_lines(
            up
            + [
                "./dev perigee demo -p demo",
                "./dev perigee members merge m-008 --from m-010 -p demo",
                "./dev perigee identities create m-001 --subject ada -p demo",
                "./dev perigee roles grant --subject kim --role program-admin -p demo",
            ]
        )
        return up

    def test_each_block_of_the_readme_succeeds(self):
        (self.folder / "DIR").mkdir()
        for name in ("Users", "Posts", "Votes"):
            (self.folder / "DIR" / f"{name}.xml").write_text(f"<{name.lower()}/>\n", encoding="utf-8")
        up = self.up()
        blocks = self.blocks_of_readme()
        self.assertEqual([command for command, _ in blocks[0]], self.NOT_RUN)
        # The first of those that begin with a server of their own.
        own = blocks.index(next(block for block in blocks if block[0][0] == "./dev down"))
        self.run_steps(up, sum(blocks[1:own], []))
        shared = [self.run_lines([command for command, _ in block]) for block in blocks[own:]][-1]
        self.assertIn("shared", shared)
        self.assertRegex(shared, r"perigee_lease_held\{[^}]*\} 1\n")

    def test_the_champions_life_is_told_to_the_letter(self):
        begins = [block for block in self.blocks_of_readme() if block[0][1] is not None]
        self.assertEqual(len(begins), 1)
        goes_on = self.blocks((SOURCE / "clients/README.md").read_text(encoding="utf-8"))
        self.run_steps(self.up(), sum(begins + goes_on, []))

    def test_the_examples_of_the_servers_help_succeed(self):
        shown = subprocess.run([PERIGEED, "--help"], capture_output=True, text=True).stdout
        example = re.search(r"^Examples:\n((?:  .*\n)+)", shown, re.MULTILINE)[1]
        lines = [line.strip() for line in example.splitlines()]
        served = lines.index("perigeed serve --store sqlite:perigee.db")
        self.run_lines(lines[: served + 1] + ["./dev perigee demo -p demo --members 10 --days 1"])
        self.run_lines(["createdb -E UTF8 -T template0 perigee"] + lines[served + 1 :])


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]], verbosity=2)
