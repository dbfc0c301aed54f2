"""Seals and opens letters with jwcrypto alone, as FORMAT.md describes them.

jwcrypto_letter.py seal|open < JSON > JSON
"""

import base64
import hashlib
import hmac
import json
import os
import sys

from jwcrypto import jwe, jwk, jws


def base64url(data: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def key_commitment(content_key: bytes) -> str:
    """HKDF-SHA256 of the content key: RFC 5869 with an empty salt and one block."""
    extracted = hmac.digest(b"\0" * 32, content_key, hashlib.sha256)
    return base64url(hmac.digest(extracted, b"pli key commitment v1\x01", hashlib.sha256))


def seal(order: dict) -> dict:
    """`letter` signed with `signing_key` and encrypted to `encryption_keys`, in their order."""
    signed = jws.JWS(json.dumps(order["letter"], ensure_ascii=False))
    header = {"alg": "PS256", "kid": order["letter"]["from"]["kid"], "typ": "pli-letter+json"}
    signed.add_signature(jwk.JWK(**order["signing_key"]), protected=json.dumps(header))
    content_key = os.urandom(32)
    sealed = jwe.JWE(
        signed.serialize(compact=True),
        protected=json.dumps(
            {
                "alg": "RSA-OAEP-256",
                "enc": "A256GCM",
                "typ": "pli-envelope+json",
                "kc": key_commitment(content_key),
            }
        ),
        flattened=False,
    )
    sealed.cek = content_key
    for key in order["encryption_keys"]:
        sealed.add_recipient(jwk.JWK(**key), header=json.dumps({"kid": key["kid"]}))
    return json.loads(sealed.serialize())


def open_letter(order: dict) -> dict:
    """The letter in `envelope`, opened with `encryption_key` and verified with `signing_key`."""
    sealed = jwe.JWE()
    sealed.deserialize(json.dumps(order["envelope"]), jwk.JWK(**order["encryption_key"]))
    signed = jws.JWS()
    signed.deserialize(sealed.payload.decode(), jwk.JWK(**order["signing_key"]))
    return json.loads(signed.payload)


if __name__ == "__main__":
    verbs = {"seal": seal, "open": open_letter}
    json.dump(verbs[sys.argv[1]](json.load(sys.stdin)), sys.stdout)
