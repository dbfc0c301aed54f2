"""Alice writes to Bob, and Bob reads, with the generated client, jwcrypto, cryptography and Tink.

pli_client_reader.py URL < exchange.json > JSON

No code of Pli takes part: the accounts and letters are the examples of the server's own document,
and FORMAT.md says the rest.
"""

import base64
import io
import json
import sys
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from jwcrypto import jwe, jwk, jws
from tink import streaming_aead

sys.path.insert(0, str(Path(__file__).parents[2] / "openapi/clients/python"))
sys.dont_write_bytecode = True

from pli_client import AuthenticatedClient, Client, models
from pli_client.api.auth import kdf, login, register
from pli_client.api.files import download_file, upload_file
from pli_client.api.messaging import inbox, send_message
from pli_client.api.users import lookup
from pli_client.types import File
from tink_file import ASSOCIATED_DATA, keyset

BOB = "bob@example.org"


def decoded(text: str) -> bytes:
    """The bytes of base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def example(document: dict[str, Any], path: str, name: str) -> Any:
    """The body of a request that the document shows."""
    content = document["paths"][path]["post"]["requestBody"]["content"]
    return content["application/json"]["examples"][name]["value"]


def stretch(password: str, parameters: models.Kdf) -> tuple[str, bytes]:
    """What proves a password, and the key that it wraps (FORMAT.md §9)."""
    stretched = Argon2id(
        salt=decoded(parameters.salt),
        length=32,
        iterations=parameters.t,
        lanes=parameters.p,
        memory_cost=parameters.m,
    ).derive(password.encode())

    def derived(info: bytes) -> bytes:
        return HKDF(hashes.SHA256(), 32, salt=b"", info=info).derive(stretched)

    secret = base64.urlsafe_b64encode(derived(b"pli login v1")).rstrip(b"=").decode()
    return secret, derived(b"pli key wrap v1")


def unwrap(wrapped_keys: str, wrapping_key: bytes) -> list[jwk.JWK]:
    """The private keys (FORMAT.md §10)."""
    key = jwk.JWK(kty="oct", k=base64.urlsafe_b64encode(wrapping_key).rstrip(b"=").decode())
    wrapped = jwe.JWE()
    wrapped.deserialize(wrapped_keys, key)
    return [jwk.JWK(**private) for private in json.loads(wrapped.payload)["keys"]]


def signing_key(profile: models.Profile) -> jwk.JWK:
    """The key with which an account has signed its first statement, and letters since."""
    statement = profile.key_history[0].to_dict()
    claims = json.loads(decoded(statement["payload"]))
    assert claims["sub"] == profile.username
    key = next(jwk.JWK(**key) for key in claims["keys"] if key["use"] == "sig")
    signed = jws.JWS()
    signed.deserialize(json.dumps(statement), key)
    return key


def open_letter(message: models.Message, own: jwk.JWK, senders: jwk.JWK) -> dict[str, Any]:
    """The letter in a message: opened, its signature verified, for this message."""
    sealed = jwe.JWE()
    sealed.deserialize(json.dumps(message.envelope.to_dict()), own)
    signed = jws.JWS()
    signed.deserialize(sealed.payload.decode(), senders)
    letter = json.loads(signed.payload)
    assert letter["id"] == str(message.message_id)
    assert letter["from"] == {"sub": message.sender.username, "kid": senders.thumbprint()}
    return letter


def open_file(descriptor: dict[str, Any], sealed: bytes) -> bytes:
    """The text of a sealed file (FORMAT.md §13)."""
    streaming_aead.register()
    primitive = keyset(decoded(descriptor["key"])).primitive(streaming_aead.StreamingAead)
    with primitive.new_decrypting_stream(io.BytesIO(sealed), ASSOCIATED_DATA) as opening:
        return opening.read()


def alice_writes(client: Client, document: dict[str, Any], exchange: dict[str, Any]) -> None:
    """Registers both, signs Alice in, and sends a letter and a file."""
    for name in ["alice", "bob"]:
        body = models.NewAccount.from_dict(example(document, "/auth/register", name))
        account = register.sync(client=client, body=body)
        assert isinstance(account, models.Account), account
    body = models.Credentials.from_dict(example(document, "/auth/login", "alice"))
    alice = login.sync(client=client, body=body)
    assert isinstance(alice, models.SignedIn), alice
    signed_in = AuthenticatedClient(str(client._base_url), alice.access_token)

    sealed = decoded(exchange["letterWithFile"]["sealedFile"])
    file = upload_file.sync(
        client=signed_in, body=File(io.BytesIO(sealed)), upload_length=len(sealed)
    )
    assert isinstance(file, models.StoredFile), file
    for name in ["letter", "letter_with_file"]:
        message = example(document, "/messaging/send_message", name)
        if "file_id" in message:
            message["file_id"] = str(file.file_id)
        sent = send_message.sync(client=signed_in, body=models.NewMessage.from_dict(message))
        assert isinstance(sent, models.Sent), sent


def bob_reads(client: Client, typed_password: str) -> dict[str, Any]:
    """Signs Bob in by what he types, and opens what he has got."""
    parameters = kdf.sync(client=client, body=models.Name(email=BOB))
    assert isinstance(parameters, models.Kdf), parameters
    secret, wrapping_key = stretch(typed_password, parameters)
    bob = login.sync(client=client, body=models.Credentials(email=BOB, password=secret))
    assert isinstance(bob, models.SignedIn), bob
    keys = unwrap(str(bob.wrapped_keys), wrapping_key)
    own = next(key for key in keys if key.get("use") == "enc")
    signed_in = AuthenticatedClient(str(client._base_url), bob.access_token)

    mailbox = inbox.sync(client=signed_in)
    assert isinstance(mailbox, models.Inbox), mailbox
    opened: dict[str, Any] = {}
    for entry in mailbox.entries:
        message = entry.message
        assert isinstance(message, models.Message)
        name = models.Name(email=message.sender.username)
        sender = lookup.sync(client=signed_in, body=name)
        assert isinstance(sender, models.Profile), sender
        letter = open_letter(message, own, signing_key(sender))
        if message.content_type == "text":
            opened["text"] = letter["text"]
        else:
            sealed = download_file.sync(message.file_id, client=signed_in)
            assert isinstance(sealed, File), sealed
            opened["name"] = letter["file"]["name"]
            opened["file"] = open_file(letter["file"], sealed.payload.read()).decode()
    return opened


def main(url: str) -> None:
    """Goes through it all against a server at `url`."""
    exchange = json.load(sys.stdin)
    document = httpx.get(f"{url}/openapi.json").json()
    with Client(url) as client:
        alice_writes(client, document, exchange)
        json.dump(bob_reads(client, exchange["bob"]["typedPassword"]), sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
