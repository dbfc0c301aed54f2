"""Statements, wrapped keys and detached signatures with jwcrypto alone, as FORMAT.md describes them.

jwcrypto_keys.py sign|verify|wrap|unwrap < JSON > JSON
"""

import base64
import json
import sys

from jwcrypto import jwe, jwk, jws


def sign(order: dict) -> dict:
    """`payload` as a general JWS, signed with each of `signatures`: a `key` and a `header`."""
    signed = jws.JWS(base64.urlsafe_b64decode(order["payload"] + "=="))
    for signature in order["signatures"]:
        signed.add_signature(jwk.JWK(**signature["key"]), protected=json.dumps(signature["header"]))
    made = json.loads(signed.serialize())
    if "signatures" in made:
        return made
    # With one signature alone, jwcrypto writes the flattened form.
    member = {name: made[name] for name in ("protected", "signature")}
    return {"payload": made["payload"], "signatures": [member]}


def verify(order: dict) -> bool:
    """Whether the general JWS `signed` has a right signature of each of `keys`."""
    for key in order["keys"]:
        signed = jws.JWS()
        signed.allowed_algs = ["PS256"]
        signed.deserialize(json.dumps(order["signed"]))
        signed.verify(jwk.JWK(**key))
    return True


def wrapping_key(order: dict) -> jwk.JWK:
    return jwk.JWK(kty="oct", k=order["key"])


def wrap(order: dict) -> str:
    """`text` under `key`, as a compact JWE with this `header`."""
    wrapped = jwe.JWE(order["text"], json.dumps(order["header"]))
    wrapped.add_recipient(wrapping_key(order))
    return wrapped.serialize(compact=True)


def unwrap(order: dict) -> str:
    """The text of `wrapped` under `key`."""
    wrapped = jwe.JWE()
    wrapped.allowed_algs = ["dir", "A256GCM"]
    wrapped.deserialize(order["wrapped"])
    wrapped.decrypt(wrapping_key(order))
    return wrapped.payload.decode()


if __name__ == "__main__":
    verbs = {"sign": sign, "verify": verify, "wrap": wrap, "unwrap": unwrap}
    json.dump(verbs[sys.argv[1]](json.load(sys.stdin)), sys.stdout)
