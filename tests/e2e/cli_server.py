"""The real client on a real server, for the tests beside this: each starts a server of its own on free ports.

Their command line: PERIGEE PERIGEED SOURCE_DIR [unittest arguments].
"""

import json
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import unittest
from pathlib import Path

PERIGEE, PERIGEED, SOURCE = (Path(argument).resolve() for argument in sys.argv[1:4])


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
        # Browsers can subscribe only where there is a key.
        self.access = self.folder / "access.toml"
        push = "[web_push]\nkey = 'push.key'\ncontact = 'mailto:ops@brand.example'\n"
        self.access.write_text("[outgoing]\nloopback = true\n" + push)
        new_key = ["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]
        subprocess.run([*new_key, "-out", self.folder / "push.key"], check=True, capture_output=True)
        self.process = None

    def start(self):
        command = [PERIGEED, "serve", "--store", self.store, "--redis", "none", "--access", self.access]
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
