"""Passkeys: registered by a signed-in user, listed, deleted, and shown to sign in."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from .authenticator import Authenticator, base64url
from .conftest import GOOD_PASSWORD, Answer, Caller

ORIGIN = "http://localhost:8000"
FACTORS = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}}
NOT_ACCEPTED = ("NotAuthorizedException", "The passkey was not accepted.")


@pytest.fixture(scope="module")
def pool(make_pool: Callable[..., Caller]) -> Caller:
    pool = make_pool(Policies=FACTORS)
    configure(pool)
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    pool.signed("UpdateUserPoolClient", ClientId=pool.client_id, ExplicitAuthFlows=flows)
    return pool


def configure(pool: Caller, **settings: str) -> None:
    settings.setdefault("RelyingPartyId", "localhost")
    pool.signed("SetUserPoolMfaConfig", MfaConfiguration="OFF", WebAuthnConfiguration=settings)


class Person:
    """A signed-in user with an authenticator."""

    def __init__(self, pool: Caller, **authenticator: Any) -> None:
        self.pool = pool
        self.username = pool.confirm()
        self.token = pool.sign_in(self.username, GOOD_PASSWORD).tokens["AccessToken"]
        self.authenticator = Authenticator(**authenticator)

    def call(self, operation: str, **body: Any) -> Answer:
        return self.pool.call(operation, AccessToken=self.token, **body)

    def options(self) -> dict[str, Any]:
        options: dict[str, Any] = self.call("StartWebAuthnRegistration").body["CredentialCreationOptions"]
        return options

    def register(self, origin: str = ORIGIN, **changed: Any) -> Answer:
        credential = self.authenticator.create(self.options(), origin, **changed)
        return self.call("CompleteWebAuthnRegistration", Credential=credential)

    def ask(self) -> Answer:
        parameters = {"USERNAME": self.username, "PREFERRED_CHALLENGE": "WEB_AUTHN"}
        return self.pool.call(
            "InitiateAuth",
            AuthFlow="USER_AUTH",
            ClientId=self.pool.client_id,
            AuthParameters=parameters,
        )

    def show(self, question: Answer, credential: object) -> Answer:
        given = {"USERNAME": self.username, "CREDENTIAL": json.dumps(credential)}
        return self.pool.respond("WEB_AUTHN", question.session, **given)

    def sign_in(self, origin: str = ORIGIN, **changed: Any) -> Answer:
        question = self.ask()
        return self.show(question, self.authenticator.get(request_options(question), origin, **changed))


def request_options(question: Answer) -> dict[str, Any]:
    options: dict[str, Any] = json.loads(question.body["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"])
    return options


@pytest.fixture
def person(pool: Caller) -> Person:
    return Person(pool)


@pytest.fixture
def registered(person: Person) -> Person:
    assert person.register().refusal is None
    return person


def test_registration_names_the_relying_party_and_the_user(person: Person) -> None:
    options = person.options()
    assert options["rp"]["id"] == "localhost"
    assert options["user"]["name"] == person.username
    assert options["authenticatorSelection"]["residentKey"] == "required"


def test_registered_passkey_is_listed(registered: Person) -> None:
    (listed,) = registered.call("ListWebAuthnCredentials").body["Credentials"]
    (credential_id,) = registered.authenticator.keys
    assert listed["CredentialId"] == base64url(credential_id)
    assert listed["RelyingPartyId"] == "localhost"
    assert listed["AuthenticatorAttachment"] == "platform"
    assert listed["AuthenticatorTransports"] == ["internal", "hybrid"]
    assert listed["FriendlyCredentialName"]
    assert abs(listed["CreatedAt"] - registered.pool.cognito.clock.now()) < 60


def test_registered_passkey_is_excluded_from_the_next_registration(registered: Person) -> None:
    (credential_id,) = registered.authenticator.keys
    assert [each["id"] for each in registered.options()["excludeCredentials"]] == [base64url(credential_id)]


def test_passkeys_are_listed_page_by_page(person: Person) -> None:
    for _ in range(3):
        person.register()
    first = person.call("ListWebAuthnCredentials", MaxResults=2).body
    second = person.call("ListWebAuthnCredentials", MaxResults=2, NextToken=first["NextToken"]).body
    assert [len(first["Credentials"]), len(second["Credentials"])] == [2, 1]
    assert "NextToken" not in second


def test_page_token_of_nobody_is_refused(person: Person) -> None:
    answer = person.call("ListWebAuthnCredentials", NextToken="-1")
    assert answer.body["__type"] == "InvalidParameterException"


def test_deleted_passkey_is_gone(registered: Person) -> None:
    (credential_id,) = registered.authenticator.keys
    registered.call("DeleteWebAuthnCredential", CredentialId=base64url(credential_id))
    assert registered.call("ListWebAuthnCredentials").body["Credentials"] == []


def test_unknown_passkey_cannot_be_deleted(registered: Person) -> None:
    answer = registered.call("DeleteWebAuthnCredential", CredentialId="unknown")
    assert answer.body["__type"] == "ResourceNotFoundException"


def test_passkey_of_somebody_else_cannot_be_deleted(registered: Person, pool: Caller) -> None:
    (credential_id,) = registered.authenticator.keys
    answer = Person(pool).call("DeleteWebAuthnCredential", CredentialId=base64url(credential_id))
    assert answer.body["__type"] == "ResourceNotFoundException"


def test_twenty_passkeys_are_enough(person: Person) -> None:
    for _ in range(20):
        assert person.register().refusal is None
    assert person.call("StartWebAuthnRegistration").body["__type"] == "LimitExceededException"


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://127.0.0.1:8000", "https://localhost.evil"]
)
def test_registration_from_elsewhere_is_refused(person: Person, origin: str) -> None:
    assert person.register(origin).body["__type"] == "WebAuthnOriginNotAllowedException"


def test_registration_for_another_relying_party_is_refused(person: Person) -> None:
    answer = person.register(rp_id="other.example")
    assert answer.body["__type"] == "WebAuthnRelyingPartyMismatchException"


def test_registration_of_another_challenge_is_refused(person: Person) -> None:
    answer = person.register(challenge=base64url(bytes(32)))
    assert answer.body["__type"] == "WebAuthnChallengeNotFoundException"


def test_registration_that_was_not_started_is_refused(registered: Person) -> None:
    credential = registered.authenticator.create(Person(registered.pool).options(), ORIGIN)
    answer = registered.call("CompleteWebAuthnRegistration", Credential=credential)
    assert answer.body["__type"] == "WebAuthnChallengeNotFoundException"


def test_registration_is_answered_once(person: Person) -> None:
    credential = person.authenticator.create(person.options(), ORIGIN)
    answers = [person.call("CompleteWebAuthnRegistration", Credential=credential) for _ in range(2)]
    assert answers[0].refusal is None
    assert answers[1].body["__type"] == "WebAuthnChallengeNotFoundException"


def test_registration_expires(person: Person) -> None:
    credential = person.authenticator.create(person.options(), ORIGIN)
    with person.pool.cognito.clock.moved(300):
        answer = person.call("CompleteWebAuthnRegistration", Credential=credential)
    assert answer.body["__type"] == "WebAuthnChallengeNotFoundException"


def test_registration_is_of_one_app_client(person: Person) -> None:
    flows = ["ALLOW_USER_PASSWORD_AUTH"]
    made = person.pool.signed("CreateUserPoolClient", ClientName="other", ExplicitAuthFlows=flows).body
    other = Caller(person.pool.cognito, person.pool.pool_id, made["UserPoolClient"]["ClientId"])
    credential = person.authenticator.create(person.options(), ORIGIN)
    person.token = other.sign_in(person.username, GOOD_PASSWORD).tokens["AccessToken"]
    answer = person.call("CompleteWebAuthnRegistration", Credential=credential)
    assert answer.body["__type"] == "WebAuthnClientMismatchException"


def test_assertion_registers_nothing(person: Person) -> None:
    answer = person.register(type_="webauthn.get")
    assert answer.body["__type"] == "WebAuthnCredentialNotSupportedException"


@pytest.mark.parametrize("credential", [{}, {"id": "x"}, {"id": "eA", "rawId": "eA", "response": {"a": 1}}])
def test_what_is_no_credential_is_refused(person: Person, credential: dict[str, Any]) -> None:
    person.options()
    answer = person.call("CompleteWebAuthnRegistration", Credential=credential)
    assert answer.body["__type"] == "InvalidParameterException"


def test_pool_without_passkeys_registers_none(make_pool: Callable[..., Caller]) -> None:
    answer = Person(make_pool()).call("StartWebAuthnRegistration")
    assert answer.body["__type"] == "WebAuthnNotEnabledException"


def test_pool_without_relying_party_registers_none(make_pool: Callable[..., Caller]) -> None:
    answer = Person(make_pool(Policies=FACTORS)).call("StartWebAuthnRegistration")
    assert answer.body["__type"] == "WebAuthnConfigurationMissingException"


def test_passkeys_need_a_token(pool: Caller) -> None:
    answer = pool.call("ListWebAuthnCredentials", AccessToken="a.b.c")
    assert answer.body["__type"] == "NotAuthorizedException"


def test_passkey_signs_in(registered: Person) -> None:
    assert registered.sign_in().tokens["TokenType"] == "Bearer"


def test_subdomain_of_the_relying_party_signs_in(make_pool: Callable[..., Caller], pool: Caller) -> None:
    configure(pool, RelyingPartyId="example.com")
    try:
        person = Person(pool)
        assert person.register("https://sign-in.example.com").refusal is None
        assert person.sign_in("https://sign-in.example.com").refusal is None
    finally:
        configure(pool)


def test_passkey_shown_elsewhere_is_refused(registered: Person) -> None:
    assert registered.sign_in("https://evil.example").refusal == NOT_ACCEPTED


def test_passkey_over_another_challenge_is_refused(registered: Person) -> None:
    assert registered.sign_in(challenge=base64url(bytes(32))).refusal == NOT_ACCEPTED


def test_registration_signs_nobody_in(registered: Person) -> None:
    assert registered.sign_in(type_="webauthn.create").refusal == NOT_ACCEPTED


def test_forged_signature_is_refused(registered: Person) -> None:
    question = registered.ask()
    credential = registered.authenticator.get(request_options(question), ORIGIN)
    credential["response"]["signature"] = base64url(b"forged")
    assert registered.show(question, credential).refusal == NOT_ACCEPTED


def test_passkey_of_somebody_else_is_refused(registered: Person) -> None:
    other = Person(registered.pool)
    other.register()
    question = registered.ask()
    options = request_options(question) | {"allowCredentials": []}
    assert registered.show(question, other.authenticator.get(options, ORIGIN)).refusal == NOT_ACCEPTED


def test_passkey_that_names_another_user_is_refused(registered: Person) -> None:
    (key,) = registered.authenticator.keys.values()
    key.user_handle = b"somebody else"
    assert registered.sign_in().refusal == NOT_ACCEPTED


def test_passkey_of_another_relying_party_is_not_asked_for(make_pool: Callable[..., Caller]) -> None:
    pool = make_pool(Policies=FACTORS)
    configure(pool)
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_AUTH"]
    pool.signed("UpdateUserPoolClient", ClientId=pool.client_id, ExplicitAuthFlows=flows)
    person = Person(pool)
    person.register()
    configure(pool, RelyingPartyId="example.com")
    assert "WEB_AUTHN" not in person.ask().body["AvailableChallenges"]


def test_passkey_that_does_not_count_on_is_refused(registered: Person) -> None:
    (key,) = registered.authenticator.keys.values()
    registered.sign_in()
    key.sign_count = 0
    assert registered.sign_in().refusal == NOT_ACCEPTED


def test_passkey_that_never_counts_signs_in(pool: Caller) -> None:
    person = Person(pool, counts=False)
    person.register()
    assert [person.sign_in().refusal, person.sign_in().refusal] == [None, None]


def test_pool_that_demands_verification_refuses_a_mere_touch(pool: Caller) -> None:
    configure(pool, UserVerification="required")
    try:
        person = Person(pool)
        person.register()
        person.authenticator.verifies = False
        assert person.sign_in().refusal == NOT_ACCEPTED
    finally:
        configure(pool)


def test_refused_passkey_may_be_shown_again(registered: Person) -> None:
    question = registered.ask()
    options = request_options(question)
    registered.show(question, registered.authenticator.get(options, "https://evil.example"))
    assert registered.show(question, registered.authenticator.get(options, ORIGIN)).refusal is None


def test_deleted_passkey_signs_nobody_in(registered: Person) -> None:
    question = registered.ask()
    (credential_id,) = registered.authenticator.keys
    registered.call("DeleteWebAuthnCredential", CredentialId=base64url(credential_id))
    shown = registered.authenticator.get(request_options(question), ORIGIN)
    assert registered.show(question, shown).refusal == NOT_ACCEPTED
