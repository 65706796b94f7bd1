"""An independent verifier of credentials: none of our code, another library for Ed25519.

It knows the suite eddsa-jcs-2022 with did:key, for documents whose numbers are whole, and W3C's
Bitstring Status List. Anything that is not right raises an exception.
"""

import base64
import gzip
import hashlib
import json
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def base58_bytes(text, size):
    number = 0
    for letter in text:
        number = number * 58 + BASE58.index(letter)
    return number.to_bytes(size, "big")


def key_of_did(did):
    prefix = "did:key:z"
    if not did.startswith(prefix):
        raise ValueError(f"{did} is no did:key")
    raw = base58_bytes(did[len(prefix) :], 34)
    if raw[:2] != b"\xed\x01":
        raise ValueError(f"{did} is no key of Ed25519")
    return Ed25519PublicKey.from_public_bytes(raw[2:])


def canonical(value):
    """RFC 8785 for values without fractions and without keys beyond the first plane."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def moment(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def verify_proof(document):
    """Answers the did:key of who made the document's proof."""
    document = dict(document)
    config = dict(document.pop("proof"))
    value = config.pop("proofValue")
    if (config["type"], config["cryptosuite"]) != ("DataIntegrityProof", "eddsa-jcs-2022"):
        raise ValueError("another suite")
    if config["proofPurpose"] != "assertionMethod" or config["@context"] != document["@context"]:
        raise ValueError("another purpose or context")
    hashes = hashlib.sha256(canonical(config)).digest() + hashlib.sha256(canonical(document)).digest()
    did = config["verificationMethod"].split("#")[0]
    key_of_did(did).verify(base58_bytes(value.removeprefix("z"), 64), hashes)
    return did


def verify(document, trusted, at, status_list=None):
    """Checks a credential against the did:key that is trusted, a time, and a status list."""
    issuer = document["issuer"] if isinstance(document["issuer"], str) else document["issuer"]["id"]
    if verify_proof(document) != issuer or issuer != trusted:
        raise ValueError("another issuer")
    if not moment(document["validFrom"]) <= at < moment(document["validUntil"]):
        raise ValueError("not valid at that time")
    if status_list is None:
        return
    verify(status_list, trusted, at)
    entry = document["credentialStatus"]
    if entry["statusListCredential"] != status_list["id"]:
        raise ValueError("another list")
    encoded = status_list["credentialSubject"]["encodedList"].removeprefix("u")
    bits = gzip.decompress(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    index = int(entry["statusListIndex"])
    if bits[index // 8] >> (7 - index % 8) & 1:
        raise ValueError("revoked")
