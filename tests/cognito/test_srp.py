"""SRP against its published vector, against pycognito's arithmetic, and against a server of its own."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycognito import aws_srp as oracle

from cognito_portal.cognito import srp
from cognito_portal.cognito.client import CognitoClient
from cognito_portal.cognito.errors import CognitoUnavailable, NotAuthorizedError
from cognito_portal.cognito.srp import DeviceHandshake, G, N, SrpHandshake, new_device_secret
from cognito_portal.cognito.transport import Transport
from cognito_portal.cognito.types import AuthenticationResult, AuthFlow, IssuedChallenge
from cognito_portal.demo.server import EmbeddedCognito
from tests.demo.conftest import GOOD_PASSWORD, Caller

VECTOR: dict[str, str] = json.loads((Path(__file__).parents[1] / "vectors" / "srp.json").read_text())[0]
POOL_ID = VECTOR["pool_id"]
MOMENT = datetime(2026, 11, 2, 8, 5, 9, tzinfo=UTC)
BLOCK = VECTOR["secret_block"]

NUMBERS = st.integers(min_value=1, max_value=N - 1)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40)


def padded(number: int) -> bytes:
    digits = f"{number:x}"
    digits = "0" * (len(digits) % 2) + digits
    return bytes.fromhex(("00" if digits[0] in "89abcdef" else "") + digits)


def hashed(*parts: bytes) -> int:
    return int(hashlib.sha256(b"".join(parts)).hexdigest(), 16)


def vector_parameters() -> dict[str, str]:
    """The challenge that the vector's server sends: B = k*v + g^b."""
    inner = f"{POOL_ID.split('_')[1]}{VECTOR['user_id']}:{VECTOR['password']}".encode()
    x = hashed(padded(int(VECTOR["salt"], 16)), hashlib.sha256(inner).digest())
    verifier = pow(G, x, N)
    public_b = (int(VECTOR["multiplier_k"], 16) * verifier + pow(G, int(VECTOR["secret_b"], 16), N)) % N
    return parameters(public_b, int(VECTOR["salt"], 16), user_id=VECTOR["user_id"])


def parameters(public_b: int, salt: int, *, user_id: str = "mary") -> dict[str, str]:
    return {
        "SRP_B": f"{public_b:x}",
        "SALT": f"{salt:x}",
        "SECRET_BLOCK": BLOCK,
        "USERNAME": user_id,
        "USER_ID_FOR_SRP": user_id,
    }


def vector_claim(changes: Mapping[str, str] | None = None) -> dict[str, str]:
    handshake = SrpHandshake(POOL_ID, secret_a=int(VECTOR["secret_a"], 16))
    given = {**vector_parameters(), **(changes or {})}
    return handshake.claim(given, VECTOR["password"], at=MOMENT)


def theirs(secret_a: int, password: str = "p", **device: str) -> oracle.AWSSRP:
    found = oracle.AWSSRP("mary", password, POOL_ID, "client", client=object(), **device)
    found.small_a_value = secret_a
    found.large_a_value = found.calculate_a()
    return found


def test_published_vector() -> None:
    assert f"{hashed(padded(N), padded(G)):x}" == VECTOR["multiplier_k"]
    assert vector_claim() == {
        "PASSWORD_CLAIM_SIGNATURE": VECTOR["signature"],
        "PASSWORD_CLAIM_SECRET_BLOCK": BLOCK,
        "TIMESTAMP": VECTOR["timestamp"],
    }


def test_srp_a_is_lower_case_hex_of_a_new_number_each_time() -> None:
    first, second = SrpHandshake(POOL_ID).srp_a, SrpHandshake(POOL_ID).srp_a
    assert first != second
    assert first == first.lower()
    assert 2 < int(first, 16) < N


@settings(max_examples=15, deadline=None)
@given(NUMBERS, NUMBERS, st.integers(min_value=1, max_value=2**128), WORDS, WORDS)
def test_claim_is_that_of_pycognito(a: int, b: int, salt: int, user_id: str, password: str) -> None:
    challenge = parameters(b, salt, user_id=user_id)
    handshake = SrpHandshake(POOL_ID, secret_a=a)
    other = theirs(a, password)
    ours = handshake.claim(challenge, password, at=MOMENT)
    key = other.get_password_authentication_key(user_id, password, b, f"{salt:x}")
    assert handshake.srp_a == f"{other.large_a_value:x}"
    assert ours["PASSWORD_CLAIM_SIGNATURE"] == signature(key, POOL_ID.split("_")[1] + user_id)


@settings(max_examples=15, deadline=None)
@given(NUMBERS, NUMBERS, st.integers(min_value=1, max_value=2**128), WORDS, WORDS, WORDS)
def test_device_claim_is_that_of_pycognito(
    a: int, b: int, salt: int, group: str, key: str, password: str
) -> None:
    handshake = DeviceHandshake(group, key, secret_a=a)
    ours = handshake.claim(parameters(b, salt), password, at=MOMENT)
    derived = theirs(a).get_device_authentication_key(group, key, password, b, f"{salt:x}")
    assert ours["PASSWORD_CLAIM_SIGNATURE"] == signature(derived, group + key)
    assert (ours["DEVICE_KEY"], ours["TIMESTAMP"]) == (key, VECTOR["timestamp"])


def signature(key: bytes, signed: str) -> str:
    message = signed.encode() + base64.b64decode(BLOCK) + VECTOR["timestamp"].encode()
    return base64.b64encode(hmac.digest(key, message, "sha256")).decode()


def test_verifier_of_a_new_device_proves_its_password() -> None:
    secret = new_device_secret("group", "key")
    verifier, salt = (
        int.from_bytes(base64.b64decode(part), "big") for part in (secret.password_verifier, secret.salt)
    )
    secret_b = 12345
    public_b = (int(VECTOR["multiplier_k"], 16) * verifier + pow(G, secret_b, N)) % N
    handshake = DeviceHandshake("group", "key")
    claim = handshake.claim(parameters(public_b, salt), secret.password, at=MOMENT)
    public_a = int(handshake.srp_a, 16)
    u = hashed(padded(public_a), padded(public_b))
    shared = pow(public_a * pow(verifier, u, N), secret_b, N)
    key = oracle.compute_hkdf(padded(shared), padded(u))
    assert claim["PASSWORD_CLAIM_SIGNATURE"] == signature(key, "groupkey")


def test_device_secrets_differ_and_show_nothing() -> None:
    one, two = new_device_secret("g", "k"), new_device_secret("g", "k")
    assert len({one.password, two.password, one.salt, two.salt}) == 4
    assert not any(part in repr(one) for part in (one.password, one.salt, one.password_verifier))


@pytest.mark.parametrize(
    "changes",
    [
        {"SRP_B": "0"},
        {"SRP_B": f"{N:x}"},
        {"SRP_B": f"{2 * N:x}"},
        {"SRP_B": ""},
        {"SRP_B": "xyz"},
        {"SRP_B": "-1"},
        {"SRP_B": "0x12"},
        {"SRP_B": "1_0"},
        {"SRP_B": "٣"},
        {"SRP_B": "f" * 5000},
        {"SALT": ""},
        {"SALT": "no hex"},
        {"SECRET_BLOCK": ""},
        {"SECRET_BLOCK": "not base64!"},
        {"SECRET_BLOCK": "é"},
        {"USER_ID_FOR_SRP": "", "USERNAME": ""},
    ],
)
def test_odd_parameters_are_no_answer(changes: dict[str, str]) -> None:
    with pytest.raises(CognitoUnavailable) as raised:
        vector_claim(changes)
    assert raised.value.kind == "garbage"


@pytest.mark.parametrize("name", ["SRP_B", "SALT", "SECRET_BLOCK"])
def test_missing_parameter_is_no_answer(name: str) -> None:
    given = vector_parameters()
    del given[name]
    with pytest.raises(CognitoUnavailable):
        SrpHandshake(POOL_ID).claim(given, "p")


def test_username_stands_in_for_a_missing_user_id() -> None:
    given = vector_parameters()
    del given["USER_ID_FOR_SRP"]
    handshake = SrpHandshake(POOL_ID, secret_a=int(VECTOR["secret_a"], 16))
    claim = handshake.claim(given, VECTOR["password"], at=MOMENT)
    assert claim["PASSWORD_CLAIM_SIGNATURE"] == VECTOR["signature"]


def test_scrambler_of_zero_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(srp, "_hash", lambda *_: 0)
    with pytest.raises(CognitoUnavailable):
        vector_claim()


def test_challenge_of_another_device_is_no_answer() -> None:
    handshake = DeviceHandshake("group", "mine")
    with pytest.raises(CognitoUnavailable):
        handshake.claim({**parameters(5, 7), "DEVICE_KEY": "another"}, "p")
    assert handshake.claim({**parameters(5, 7), "DEVICE_KEY": "mine"}, "p")


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 11, 2, 8, 5, 9, tzinfo=UTC), "Mon Nov 2 08:05:09 UTC 2026"),
        (datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC), "Thu Dec 31 23:59:59 UTC 2026"),
        (datetime(2027, 1, 1, 1, 0, tzinfo=timezone(timedelta(hours=2))), "Thu Dec 31 23:00:00 UTC 2026"),
    ],
)
def test_timestamp_is_english_utc_without_a_leading_zero(moment: datetime, text: str) -> None:
    assert srp.timestamp_at(moment) == text


@settings(max_examples=100, deadline=None)
@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)))
def test_timestamp_is_that_of_pycognito(moment: datetime) -> None:
    expected = oracle.AWSSRP.get_cognito_formatted_timestamp(moment)
    assert srp.timestamp_at(moment.replace(tzinfo=UTC)) == expected


def client(embedded: EmbeddedCognito, *, with_secret: bool) -> CognitoClient:
    return CognitoClient(
        transport=Transport(embedded.endpoint),
        pool_id=embedded.user_pool_id,
        client_id=embedded.secret_client_id if with_secret else embedded.client_id,
        client_secret=embedded.client_secret if with_secret else None,
    )


def prove(cognito: CognitoClient, username: str, password: str) -> Any:
    handshake = SrpHandshake(cognito.pool_id)
    asked = cognito.initiate_auth(
        username=username, flow=AuthFlow.USER_SRP_AUTH, parameters={"SRP_A": handshake.srp_a}
    )
    assert isinstance(asked, IssuedChallenge)
    return cognito.respond_to_auth_challenge(
        challenge=asked.name,
        session=asked.session,
        username=asked.canonical_username(username),
        responses=handshake.claim(asked.parameters, password),
    )


@pytest.mark.parametrize("with_secret", [False, True])
@pytest.mark.parametrize("alias", [False, True])
def test_right_password_signs_in_at_a_real_server(
    embedded: EmbeddedCognito, api: Caller, with_secret: bool, alias: bool
) -> None:
    user = api.confirm()
    typed = f"{user}@example.com" if alias else user
    answer = prove(client(embedded, with_secret=with_secret), typed, GOOD_PASSWORD)
    assert isinstance(answer, AuthenticationResult)


@pytest.mark.parametrize("with_secret", [False, True])
def test_wrong_password_is_refused_by_a_real_server(
    embedded: EmbeddedCognito, api: Caller, with_secret: bool
) -> None:
    with pytest.raises(NotAuthorizedError):
        prove(client(embedded, with_secret=with_secret), api.confirm(), "wrong")
