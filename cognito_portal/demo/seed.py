"""The demo pool, its app clients and its users, made through Cognito's public JSON API."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from types import TracebackType
from typing import Any, Self

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from urllib3 import PoolManager

from cognito_portal.demo import totp
from cognito_portal.demo.clock import Clock
from cognito_portal.demo.people import MAIL_DOMAIN, people
from cognito_portal.demo.policy import new_password
from cognito_portal.demo.wire import CONTENT_TYPE, TARGET_PREFIX, Body, CognitoError

EXTRA_USERS = 200
TEMPORARY_DAYS = 7
SESSION_MINUTES = 5
_DAY_S = 86400
_FLOWS = [
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_USER_SRP_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
]


@dataclass(frozen=True)
class SeededUser:
    """A user of the demo pool. ``password`` is the one that was set, right or no longer of use."""

    username: str
    password: str
    status: str
    temporary: bool
    enabled: bool = True
    note: str = ""
    totp_secret: str | None = None

    def as_json(self) -> dict[str, Any]:
        shown = {
            "username": self.username,
            "password": self.password,
            "status": self.status,
            "temporary": self.temporary,
            "enabled": self.enabled,
            "note": self.note,
        }
        return shown | ({"totp_secret": self.totp_secret} if self.totp_secret else {})


@dataclass(frozen=True)
class SeededPool:
    """Ids of the demo pool and its two app clients."""

    user_pool_id: str
    client_id: str
    secret_client_id: str
    client_secret: str


class Api:
    """A caller of the JSON API with AWS credentials; signs every call."""

    def __init__(self, endpoint: str, *, region: str, key: tuple[str, str]) -> None:
        self._url = endpoint + "/"
        self._signer = SigV4Auth(Credentials(*key), "cognito-idp", region)
        self._http = PoolManager(maxsize=1, retries=False, timeout=30.0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.clear()

    def __call__(self, operation: str, **body: Any) -> Body:
        """Return the operation's output or raise CognitoError."""
        content = json.dumps(body).encode()
        headers = {"Content-Type": CONTENT_TYPE, "X-Amz-Target": TARGET_PREFIX + operation}
        request = AWSRequest("POST", self._url, headers=headers, data=content)
        self._signer.add_auth(request)
        answer = self._http.request("POST", self._url, body=content, headers=dict(request.headers.items()))
        reply: Body = json.loads(answer.data)
        if answer.status != 200:
            raise CognitoError(reply["__type"], reply["message"], status=answer.status)
        return reply


def create_pool(api: Api) -> SeededPool:
    """Create the pool ``demo``, a public app client and one with a secret."""
    pool_id = api(
        "CreateUserPool",
        PoolName="demo",
        Policies={"PasswordPolicy": _policy()},
        Schema=[
            {"Name": "email", "AttributeDataType": "String", "Required": True, "Mutable": True},
            {"Name": "name", "AttributeDataType": "String", "Required": True, "Mutable": True},
            {"Name": "department", "AttributeDataType": "String", "Mutable": True},
            {"Name": "employee_id", "AttributeDataType": "String", "Mutable": False},
        ],
        AliasAttributes=["email"],
        AutoVerifiedAttributes=["email"],
        MfaConfiguration="OPTIONAL",
        AccountRecoverySetting={"RecoveryMechanisms": [{"Priority": 1, "Name": "verified_email"}]},
        AdminCreateUserConfig={"AllowAdminCreateUserOnly": False},
    )["UserPool"]["Id"]
    api(
        "SetUserPoolMfaConfig",
        UserPoolId=pool_id,
        MfaConfiguration="OPTIONAL",
        SoftwareTokenMfaConfiguration={"Enabled": True},
    )
    public = _create_client(api, pool_id, name="portal", secret=False)
    confidential = _create_client(api, pool_id, name="portal-with-secret", secret=True)
    return SeededPool(
        user_pool_id=pool_id,
        client_id=public["ClientId"],
        secret_client_id=confidential["ClientId"],
        client_secret=confidential["ClientSecret"],
    )


def _policy() -> Body:
    return {
        "MinimumLength": 8,
        "RequireUppercase": True,
        "RequireLowercase": True,
        "RequireNumbers": True,
        "RequireSymbols": True,
        "PasswordHistorySize": 3,
        "TemporaryPasswordValidityDays": TEMPORARY_DAYS,
    }


def _create_client(api: Api, pool_id: str, *, name: str, secret: bool) -> Body:
    answer = api(
        "CreateUserPoolClient",
        UserPoolId=pool_id,
        ClientName=name,
        GenerateSecret=secret,
        ExplicitAuthFlows=_FLOWS,
        AuthSessionValidity=SESSION_MINUTES,
        PreventUserExistenceErrors="ENABLED",
        EnableTokenRevocation=True,
    )
    client: Body = answer["UserPoolClient"]
    return client


def create_users(api: Api, pool: SeededPool, *, clock: Clock, extra: int) -> list[SeededUser]:
    """Create the named users and ``extra`` more; return them with their passwords."""
    maker = _UserMaker(api, pool)
    with clock.moved(-(TEMPORARY_DAYS + 1) * _DAY_S):
        expired = maker.invited("expired", "Noa Late", note="invitation older than its days")
    named = [
        maker.invited("newhire", None, note="has to give a name and a new password"),
        maker.confirmed("active", "Ada Active", note="signs in"),
        maker.disabled("disabled", "Dan Disabled"),
        maker.reset_required("resetme", "Rea Reset"),
        maker.unconfirmed("unconfirmed", "Uli Unsure"),
        expired,
        maker.with_totp("mfa", "Mia Factor", clock=clock),
    ]
    return named + list(islice(_many(maker), extra))


def _many(maker: "_UserMaker") -> Iterator[SeededUser]:
    for index, (username, name) in enumerate(people()):
        kind = index % 10
        if kind < 5:
            yield maker.invited(username, name if kind else None)
        elif kind < 9:
            yield maker.confirmed(username, name)
        else:
            yield maker.disabled(username, name)


class _UserMaker:
    """Creates one user of each kind, with a random password."""

    def __init__(self, api: Api, pool: SeededPool) -> None:
        self._api = api
        self._pool = pool

    def invited(self, username: str, name: str | None, *, note: str = "") -> SeededUser:
        password = self._create(username, name)
        return SeededUser(username, password, "FORCE_CHANGE_PASSWORD", temporary=True, note=note)

    def confirmed(self, username: str, name: str, *, note: str = "") -> SeededUser:
        self._create(username, name)
        password = self._set_password(username)
        return SeededUser(username, password, "CONFIRMED", temporary=False, note=note)

    def disabled(self, username: str, name: str) -> SeededUser:
        user = self.confirmed(username, name)
        self._on("AdminDisableUser", username)
        return SeededUser(
            username, user.password, "CONFIRMED", temporary=False, enabled=False, note="cannot sign in"
        )

    def reset_required(self, username: str, name: str) -> SeededUser:
        user = self.confirmed(username, name)
        self._on("AdminResetUserPassword", username)
        note = "cannot sign in until reset"
        return SeededUser(username, user.password, "RESET_REQUIRED", temporary=False, note=note)

    def unconfirmed(self, username: str, name: str) -> SeededUser:
        password = new_password()
        self._api(
            "SignUp",
            ClientId=self._pool.client_id,
            Username=username,
            Password=password,
            UserAttributes=_attributes(username, name, verified=False),
        )
        note = "cannot sign in until confirmed"
        return SeededUser(username, password, "UNCONFIRMED", temporary=False, note=note)

    def with_totp(self, username: str, name: str, *, clock: Clock) -> SeededUser:
        user = self.confirmed(username, name)
        tokens = self._api(
            "InitiateAuth",
            AuthFlow="USER_PASSWORD_AUTH",
            ClientId=self._pool.client_id,
            AuthParameters={"USERNAME": username, "PASSWORD": user.password},
        )["AuthenticationResult"]
        access = tokens["AccessToken"]
        secret = self._api("AssociateSoftwareToken", AccessToken=access)["SecretCode"]
        # The step before this one, so that the code of this one can still sign in.
        code = totp.code_at_step(secret, int(clock.now() // totp.STEP_S) - 1)
        self._api("VerifySoftwareToken", AccessToken=access, UserCode=code)
        settings = {"Enabled": True, "PreferredMfa": True}
        self._api("SetUserMFAPreference", AccessToken=access, SoftwareTokenMfaSettings=settings)
        return SeededUser(
            username, user.password, "CONFIRMED", temporary=False, note="asks for a code", totp_secret=secret
        )

    def _create(self, username: str, name: str | None) -> str:
        password = new_password()
        self._api(
            "AdminCreateUser",
            UserPoolId=self._pool.user_pool_id,
            Username=username,
            TemporaryPassword=password,
            UserAttributes=_attributes(username, name, verified=True),
            DesiredDeliveryMediums=["EMAIL"],
        )
        return password

    def _set_password(self, username: str) -> str:
        password = new_password()
        self._on("AdminSetUserPassword", username, Password=password, Permanent=True)
        return password

    def _on(self, operation: str, username: str, **fields: Any) -> None:
        self._api(operation, UserPoolId=self._pool.user_pool_id, Username=username, **fields)


def _attributes(username: str, name: str | None, *, verified: bool) -> list[dict[str, str]]:
    attributes = {"email": f"{username}@{MAIL_DOMAIN}"}
    if verified:
        attributes["email_verified"] = "true"
    if name:
        attributes["name"] = name
    return [{"Name": key, "Value": value} for key, value in attributes.items()]
