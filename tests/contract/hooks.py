"""What schemathesis needs to know of this API: who asks, and what there is to ask for.

Before a run the people of the document's examples use the server as far as the run wants, by those
examples. Their requests name what the recorded server had made; here it is what this one made.
Destructive operations have a run, and so a server and accounts, of their own.
"""

import base64
import json
import os
import subprocess
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import requests
import schemathesis
from schemathesis.generation.meta import TestPhase

URL = os.environ["PLI_URL"]
#: The operation that the run is about, or `member` or `staff` for one about all the rest.
RUN = os.environ["PLI_RUN"]
OPENAPI = Path(__file__).parents[2] / "openapi"
DOCUMENT = json.loads((OPENAPI / "openapi.json").read_text())
OPERATIONS = {
    operation["operationId"]: (path, method, operation)
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
#: What stands in the examples, and what this server has in its place.
REAL: dict[str, str] = {}


def recorded(operation: str, name: str) -> dict[str, Any]:
    """An exchange of the document's examples."""
    exchanges = json.loads((OPENAPI / f"examples/{operation}.json").read_text())
    return next(exchange for exchange in exchanges if exchange["name"] == name)


def replaced(value: Any) -> Any:
    """The same with the identifiers of this server."""
    if isinstance(value, dict):
        return {key: replaced(member) for key, member in value.items()}
    if isinstance(value, list):
        return [replaced(item) for item in value]
    if isinstance(value, str):
        return REAL.get(value, REAL.get(value.strip('"'), value))
    return value


def do(operation: str, name: str, token: str | None = None, **options: Any) -> Any:
    """Sends a recorded request; gives the answer, and learns the identifiers in it."""
    path, method, _ = OPERATIONS[operation]
    exchange = recorded(operation, name)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    parameters = replaced(exchange.get("parameters", {}))
    response = requests.request(
        method,
        URL + path.format(**parameters),
        json=replaced(exchange.get("request")),
        headers=headers | options.get("headers", {}),
        data=options.get("data"),
    )
    assert response.status_code == exchange["status"], (operation, response.text)
    answer = response.json() if response.content else None
    learn(exchange.get("response"), answer)
    return answer


def learn(then: Any, now: Any) -> None:
    """Pairs the identifiers of a recorded answer with those of the same answer now."""
    if isinstance(then, dict) and isinstance(now, dict):
        for key in then.keys() & now.keys():
            learn(then[key], now[key])
    elif isinstance(then, list) and isinstance(now, list):
        for one, other in zip(then, now):
            learn(one, other)
    elif isinstance(then, str) and isinstance(now, str) and len(then) == 36 and then != now:
        REAL.setdefault(then, now)


def sign_in(name: str) -> dict[str, Any]:
    """A new session."""
    return do("login", name)


def alice_has(*steps: str) -> dict[str, Any]:
    """Lets Alice register and take steps with her keys; gives her session."""
    do("register", "alice")
    alice = sign_in("alice")
    for step in steps:
        do(step, "alice", alice["access_token"])
    return alice


def recovery() -> dict[str, Any]:
    """A recovery token in the place of an access token."""
    return {"access_token": do("recovery_keys", "alice")["recovery_token"]}


def staff() -> dict[str, Any]:
    """Carol, who has been made staff."""
    do("register", "carol")
    command = [os.environ["PLI_TEST_SERVER"], "staff", "--data-dir", os.environ["PLI_DATA"]]
    subprocess.run([*command, "grant", "carol"], check=True, capture_output=True)
    return sign_in("carol")


def all_have_written() -> dict[str, Any]:
    """Alice, after she has written to Bob and to herself."""
    do("register", "bob")
    alice = alice_has()
    token = alice["access_token"]
    do("lookup", "bob", token)
    do("send_message", "letter", token)
    do("send_message", "note", token)
    length = recorded("upload_file", "file")["parameters"]["Upload-Length"]
    headers = {"Upload-Length": str(length), "Content-Type": "application/octet-stream"}
    do("upload_file", "file", token, headers=headers, data=bytes(length))
    do("send_message", "letter_with_file", token)
    begins_to_upload(token)
    bob = sign_in("bob")
    do("conversations", "bob", bob["access_token"])
    return alice


def begins_to_upload(token: str) -> None:
    """Uploads the beginning of a file, in the place of the one that the examples go on with."""
    rest = recorded("append_to_upload", "rest")["parameters"]
    length = recorded("upload_file", "begun")["parameters"]["Upload-Length"]
    headers = {"Upload-Length": str(length), "Content-Type": "application/offset+octet-stream"}
    begun = bytes(rest["Upload-Offset"])
    REAL.pop(rest["file_id"], None)
    do("upload_file", "begun", token, headers=headers | {"Tus-Resumable": "1.0.0"}, data=begun)


#: How many bytes are left of that upload.
LEFT = (
    recorded("upload_file", "begun")["parameters"]["Upload-Length"]
    - recorded("append_to_upload", "rest")["parameters"]["Upload-Offset"]
)


class People:
    """Whose token a request carries."""

    def __init__(self) -> None:
        begin = {
            "member": all_have_written,
            "staff": lambda: (all_have_written(), staff())[1],
            "register": lambda: {"access_token": "no account has this"},
            "delete_account": lambda: do("register", "bob") and sign_in("bob"),
            "set_recovery": alice_has,
            "rotate_keys": lambda: alice_has("set_recovery"),
            "change_password": lambda: alice_has("set_recovery", "rotate_keys"),
            "recovery_keys": lambda: alice_has("set_recovery"),
            "reset_password": lambda: alice_has("set_recovery", "rotate_keys") and recovery(),
            "export_account": lambda: alice_has("set_recovery", "rotate_keys", "change_password"),
            "change_user": lambda: do("register", "alice") and do("register", "bob") and staff(),
        }
        self.session = begin.get(RUN, alice_has)()
        if RUN == "change_user":
            do("all_users", "first", self.session["access_token"])
        if RUN == "export_account":
            self.session = self.with_new_password()

    def with_new_password(self) -> dict[str, Any]:
        """Alice, by the password that she has changed to."""
        password = recorded("change_password", "alice")["request"]["new_password"]
        body = {"email": "alice", "password": password}
        return requests.post(f"{URL}/auth/login", json=body).json()

    def token(self) -> str:
        """The token for the next request."""
        if RUN != "refresh" and "refresh_token" in self.session and self.soon_expires():
            token = {"Authorization": f"Bearer {self.session['refresh_token']}"}
            self.session = requests.get(f"{URL}/auth/refresh", headers=token).json()
        if RUN == "end_session":
            other = sign_in("alice")
            token = {"Authorization": f"Bearer {other['access_token']}"}
            sessions = requests.get(f"{URL}/auth/sessions", headers=token).json()["sessions"]
            current = next(session["id"] for session in sessions if session["is_current"])
            REAL[recorded(RUN, "other")["parameters"]["session_id"]] = current
        if RUN in ("append_to_upload", "remove_file"):
            begins_to_upload(self.session["access_token"])
        if RUN == "events":
            self.session = sign_in("alice")
        return self.session["refresh_token" if RUN == "refresh" else "access_token"]

    def soon_expires(self) -> bool:
        """Whether the access token is good for less than a minute."""
        claims = self.session["access_token"].split(".")[1]
        padded = claims + "=" * (-len(claims) % 4)
        return json.loads(base64.urlsafe_b64decode(padded))["exp"] < time.time() + 60

    @staticmethod
    def sign_out_soon(response: requests.Response, **_: Any) -> None:
        """Ends the session, and the stream with it, once the head of the stream is there."""
        token = {"Authorization": response.request.headers.get("Authorization")}
        options = {"url": f"{URL}/auth/logout", "headers": token}
        threading.Timer(0.5, requests.get, kwargs=options).start()

    def have_got(self, response: Any) -> None:
        """Comes by another token where a successful request has used one up."""
        if response.status_code >= 300:
            return
        if RUN in ("refresh", "change_password"):
            self.session = response.json()
        elif RUN == "logout":
            self.session = sign_in("alice")
        elif RUN == "reset_password":
            self.session = recovery()
        elif RUN == "delete_account":
            body = recorded("register", "carol")["request"]
            password = recorded("delete_account", "bob")["request"]["current_password"]
            name = f"fresh-{TALLY.total()}"
            body |= {"username": name, "email": f"{name}@example.org", "password": password}
            requests.post(f"{URL}/auth/register", json=body)
            signing_in = {"email": name, "password": password}
            self.session = requests.post(f"{URL}/auth/login", json=signing_in).json()


TALLY: Counter[tuple[str, int]] = Counter()
PEOPLE = People()


@schemathesis.auth(refresh_interval=None)
class Token:
    """Hands in the token of who asks."""

    def get(self, case: schemathesis.Case, context: Any) -> str:
        """A token that is good now."""
        return PEOPLE.token()

    def set(self, case: schemathesis.Case, data: str, context: Any) -> None:
        """Puts it where it belongs."""
        case.headers["Authorization"] = f"Bearer {data}"


@schemathesis.serializer("application/offset+octet-stream")
def serialize_bytes(context: Any, value: Any) -> bytes:
    """Sends bytes to tus as they are."""
    data = getattr(value, "data", value)
    return data if isinstance(data, bytes) else str(data).encode()


@schemathesis.hook
def before_call(context: Any, case: schemathesis.Case, kwargs: Any) -> None:
    """Names what is here in place of what was in the recorded run."""
    if RUN == "events":
        kwargs["hooks"] = {"response": PEOPLE.sign_out_soon}
    case.path_parameters = replaced(case.path_parameters)
    case.body = replaced(case.body)
    bytes_of_file = getattr(case.body, "data", case.body)
    length = case.headers.get("Upload-Length", "")
    if isinstance(bytes_of_file, bytes) and length.isdigit() and len(length) < 6:
        # The document can't say that this is the length of the body; random ones never are.
        case.headers["Upload-Length"] = str(len(bytes_of_file))
    if RUN == "append_to_upload" and is_example(case):
        # Nor that no more may come than is left of the upload.
        case.body = bytes_of_file[:LEFT]


def is_example(case: schemathesis.Case) -> bool:
    """Whether a request is made of the document's examples."""
    return case.meta is not None and case.meta.phase.name == TestPhase.EXAMPLES


@schemathesis.hook
def after_call(context: Any, case: schemathesis.Case, response: Any) -> None:
    """Counts answers, for the sum of all runs."""
    operation = case.operation.definition.raw["operationId"]
    TALLY[(operation, response.status_code)] += 1
    tally = [[*key, count] for key, count in TALLY.items()]
    Path(os.environ["PLI_TALLY"]).write_text(json.dumps(tally))
    PEOPLE.have_got(response)
