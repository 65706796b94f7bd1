#!/usr/bin/env python3
"""Credentials of the real server, checked by `perigee verify` and by an independent verifier: one on another library.

Usage: credential_test.py PERIGEE PERIGEED SOURCE_DIR [unittest arguments]
"""

import json
import os
import sys
import unittest
from datetime import datetime, timedelta, timezone
from pathlib import Path

import verify_credential
from cli_server import SOURCE, CliTest

VALID, NOT_VALID, USAGE, UNDECIDED = 0, 1, 2, 4
VECTORS = Path(os.environ.get("PERIGEE_DATA", SOURCE.parent / "shared" / "data")) / "vc-eddsa-jcs"


def classes_of(text):
    """One place in the document of each kind of byte, outside of the names that tell what the proof is."""
    document = json.loads(text)
    subject = document["credentialSubject"]
    title = subject["titles"][0]
    return {
        "a title's id": text.index(f'"{title["title"]}"') + 1,
        "a title's name": text.index(f'"{title["name"]}"') + 1,
        "the status": text.index(f'"{title["status"]}"') + 1,
        "a digit of a time": text.index(title["until"]) + 3,
        "the subject": text.index(subject["id"]) + len("urn:uuid:"),
        "the holder's name": text.index(f'"{subject["name"]}"') + 1,
        "the issuer": text.index(document["issuer"]["id"]) + 20,
        "the place in the list": text.index('"statusListIndex":"') + len('"statusListIndex":"'),
        "the type": text.index("ChampionCredential"),
        "a context": text.index("undefined-terms"),
        "a key": text.index('"validUntil"') + 1,
        "when it was signed": text.index('"created":"') + len('"created":"') + 3,
        "the signature's middle": text.index('"proofValue":"') + 50,
        "the signature's end": text.index('"proofValue":"') + len('"proofValue":"') + 80,
        "the verifying key": text.index("#z6Mk") + 12,
    }


def other_letter(letter):
    if letter.isdigit():
        return "3" if letter != "3" else "4"
    return "b" if letter != "b" else "c"


class CredentialTest(CliTest):
    def setUp(self):
        super().setUp()
        for program in ("acme", "umbrella"):
            self.json("programs", "create", program, "--display-name", program.title())
            self.json("members", "create", "ada", "-p", program, "--display-name", "Ada Ö. Lovelace")
            self.json(
                "titles", "create", "mvp", "--display-name", "Most Valuable", "--months", "12",
                "--nominator", "staff", "-p", program,
            )  # fmt: skip
            self.appointment = self.json("appointments", "create", "ada", "mvp", "-p", program)["name"]
        self.appointment = self.appointment.replace("umbrella", "acme")
        self.trusted = self.json("credentials", "issuer", "-p", "acme")["did"]
        self.now = datetime.now(timezone.utc)

    def path(self, name):
        return Path(self.folder) / name

    def issue(self, *arguments, program="acme"):
        issued = self.json("credentials", "issue", "ada", "-p", program, *arguments)
        return issued["name"], issued["document"]

    def status_list(self, program="acme"):
        path = self.path("list.json")
        answer = self.run_cli("credentials", "status-list", "-p", program, "--out", path)
        self.assertEqual(answer.returncode, 0, answer.stderr)
        return path, json.loads(path.read_text(encoding="utf-8"))

    def verdict(self, text, *arguments, code):
        path = self.path("credential.json")
        path.write_text(text, encoding="utf-8")
        answer = self.run_cli("--json", "verify", path, *arguments)
        self.assertEqual(answer.returncode, code, answer.stdout + answer.stderr)
        return json.loads(answer.stdout)["verdict"]

    def assert_both(self, text, verdict, at=None, with_list=True):
        """Both verifiers agree on whether it is valid; ours also says why it is not."""
        at = at or self.now
        path, document = self.status_list()
        arguments = ["--issuer", self.trusted, "--at", at.isoformat()]
        if with_list:
            arguments += ["--status-list", path]
        code = VALID if verdict == "VALID" else NOT_VALID
        self.assertEqual(self.verdict(text, *arguments, code=code), verdict)
        valid = True
        try:
            verify_credential.verify(json.loads(text), self.trusted, at, document if with_list else None)
        except Exception:  # Whatever it stumbles over, it does not take it for valid.
            valid = False
        self.assertEqual(valid, verdict == "VALID")

    def test_an_issued_credential_is_valid_for_both(self):
        self.now = datetime.now(timezone.utc) + timedelta(minutes=1)
        _, text = self.issue("--include-name")
        self.assertIn("Ada Ö. Lovelace", text)
        self.assert_both(text, "VALID")
        self.assert_both(json.dumps(json.loads(text), indent=2), "VALID")
        _, nameless = self.issue()
        self.assertNotIn("Ada", nameless)
        self.assert_both(nameless, "VALID")

    def test_tampered_credentials_are_refused(self):
        self.now = datetime.now(timezone.utc) + timedelta(minutes=1)
        _, text = self.issue("--include-name")
        for kind, place in classes_of(text).items():
            with self.subTest(kind):
                changed = text[:place] + other_letter(text[place]) + text[place + 1 :]
                path = self.path("credential.json")
                path.write_text(changed, encoding="utf-8")
                answer = self.run_cli("--json", "verify", path, "--issuer", self.trusted)
                self.assertEqual(answer.returncode, NOT_VALID, answer.stdout)
                self.assertIn(json.loads(answer.stdout)["verdict"], ("TAMPERED", "MALFORMED"))
                with self.assertRaises(Exception):
                    verify_credential.verify(json.loads(changed), self.trusted, self.now)
        more = json.loads(text)
        more["credentialSubject"]["titles"].append(dict(more["credentialSubject"]["titles"][0], title="other"))
        self.assert_both(json.dumps(more), "TAMPERED")
        twice = text[:-1] + ',"validUntil":"2999-01-01T00:00:00Z"}'
        self.assertEqual(self.verdict(twice, "--issuer", self.trusted, code=NOT_VALID), "MALFORMED")
        other_suite = text.replace("eddsa-jcs-2022", "eddsa-rdfc-2022")
        self.assert_both(other_suite, "UNKNOWN_SUITE")
        self.assertEqual(self.verdict("not JSON", code=NOT_VALID), "MALFORMED")

    def test_times_bound_it(self):
        until = (self.now + timedelta(days=2)).replace(microsecond=0)
        _, text = self.issue("--until", until.isoformat())
        self.assert_both(text, "VALID", at=until - timedelta(seconds=1))
        self.assert_both(text, "EXPIRED", at=until)
        self.assert_both(text, "NOT_YET_VALID", at=self.now - timedelta(hours=1), with_list=False)

    def test_revoked_ones_are_refused(self):
        self.now = datetime.now(timezone.utc) + timedelta(minutes=1)
        by_holder, one = self.issue()
        by_staff, other = self.issue()
        _, third = self.issue()
        self.assert_both(one, "VALID")
        self.json("credentials", "revoke", by_holder)
        self.json("credentials", "revoke", by_staff, "--as-staff")
        self.assert_both(one, "REVOKED")
        self.assert_both(other, "REVOKED")
        self.assert_both(third, "VALID")
        self.assertEqual(self.verdict(one, "--issuer", self.trusted, code=VALID), "VALID")
        self.json("appointments", "revoke", self.appointment, "--reason", "because")
        self.assert_both(third, "REVOKED")
        states = [each["state"] for each in self.json("credentials", "list", "ada", "-p", "acme")["credentials"]]
        self.assertEqual(states, ["STATE_REVOKED"] * 3)

    def test_another_programme_is_another_issuer(self):
        self.now = datetime.now(timezone.utc) + timedelta(minutes=1)
        _, text = self.issue(program="umbrella")
        self.assert_both(text, "OTHER_ISSUER")
        _, ours = self.issue()
        path, _ = self.status_list("umbrella")
        foreign = ["--issuer", self.trusted, "--status-list", path]
        self.assertEqual(self.verdict(ours, *foreign, code=UNDECIDED), "STATUS_UNKNOWN")

    def test_without_a_trusted_issuer_it_is_never_valid(self):
        _, text = self.issue()
        self.assertEqual(self.verdict(text, code=UNDECIDED), "UNKNOWN_ISSUER")
        said = self.run_cli("verify", self.path("credential.json"))
        self.assertIn("the issuer is not known", said.stderr)
        key = self.trusted.removeprefix("did:key:")
        self.assertEqual(self.verdict(text, "--key", key, code=VALID), "VALID")
        path = self.path("credential.json")
        self.assertEqual(self.run_cli("verify", path, "--key", "z6Mk").returncode, USAGE)
        self.assertEqual(self.run_cli("verify", path, "--issuer", "did:web:acme").returncode, USAGE)
        self.assertEqual(self.run_cli("verify", path, "--at", "noon").returncode, USAGE)
        self.assertEqual(self.run_cli("verify", self.path("none.json")).returncode, USAGE)

    def test_the_key_outlives_a_restart_and_verifying_needs_no_server(self):
        _, text = self.issue()
        self.server.stop()
        self.server.start()
        self.assertEqual(self.json("credentials", "issuer", "-p", "acme")["did"], self.trusted)
        self.assert_sound()
        self.assertEqual(self.verdict(text, "--issuer", self.trusted, code=VALID), "VALID")


class VectorsTest(unittest.TestCase):
    def test_the_independent_verifier_takes_the_vectors_of_w3c(self):
        if not (VECTORS / "signedJCS.json").exists():
            message = "the data set vc-eddsa-jcs is missing"
            self.fail(message) if "CI" in os.environ else self.skipTest(message)
        signed = json.loads((VECTORS / "signedJCS.json").read_text(encoding="utf-8"))
        key = json.loads((VECTORS / "keyPair.json").read_text(encoding="utf-8"))["publicKeyMultibase"]
        self.assertEqual(verify_credential.verify_proof(signed), f"did:key:{key}")
        signed["name"] = "Another Credential"
        with self.assertRaises(Exception):
            verify_credential.verify_proof(signed)


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[4:]], verbosity=2)
