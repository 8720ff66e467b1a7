import base64
import secrets

import pytest
from pytest_django import Settings

from cognito_portal.encryption import (
    NONCE_BYTES,
    derive_key,
    is_same_digest,
    keyed_digest,
    seal,
    unseal,
)

PAYLOAD = {"Session": "s" * 1_560, "name": "Zoë"}


def opened(blob: str, purpose: str = "p", place: str = "here") -> object:
    return unseal(blob, purpose=purpose, bound_to=place)


def test_what_was_sealed_opens_with_the_same_two_words() -> None:
    assert opened(seal(PAYLOAD, purpose="p", bound_to="here")) == PAYLOAD


@pytest.mark.parametrize(("purpose", "place"), [("q", "here"), ("p", "there"), ("p", ""), ("", "here")])
def test_another_purpose_or_place_opens_nothing(purpose: str, place: str) -> None:
    assert opened(seal(PAYLOAD, purpose="p", bound_to="here"), purpose, place) is None


def test_one_altered_bit_opens_nothing() -> None:
    raw = bytearray(base64.urlsafe_b64decode(seal(PAYLOAD, purpose="p", bound_to="here")))
    for at in range(0, len(raw), 97):
        altered = bytearray(raw)
        altered[at] ^= 1
        assert opened(base64.urlsafe_b64encode(altered).decode()) is None


@pytest.mark.parametrize("blob", ["", "A", "AAAA", "é", "None", "=" * 9, "A" * 4_096, "\ud800"])
def test_garbage_opens_nothing(blob: str) -> None:
    assert opened(blob) is None


def test_the_sealed_text_does_not_show_what_is_in_it() -> None:
    raw = base64.urlsafe_b64decode(seal({"password": "Temporary-1-pass"}, purpose="p", bound_to="here"))
    assert b"Temporary" not in raw


def test_a_hundred_thousand_nonces_do_not_repeat() -> None:
    nonces = {
        base64.urlsafe_b64decode(seal({}, purpose="p", bound_to=""))[:NONCE_BYTES] for _ in range(100_000)
    }
    assert len(nonces) == 100_000


def test_a_fallback_key_still_opens_and_a_forgotten_one_does_not(settings: Settings) -> None:
    blob, digest = seal(PAYLOAD, purpose="p", bound_to="here"), keyed_digest("word", purpose="p")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = secrets.token_hex(32), [settings.SECRET_KEY]
    assert opened(blob) == PAYLOAD
    assert is_same_digest("word", digest, purpose="p")
    settings.SECRET_KEY_FALLBACKS = []
    assert opened(blob) is None
    assert not is_same_digest("word", digest, purpose="p")


def test_each_purpose_has_a_key_of_its_own() -> None:
    assert len({derive_key("secret", purpose) for purpose in ("a", "b", "a|b")}) == 3
    assert keyed_digest("word", purpose="a") != keyed_digest("word", purpose="b")
