"""The demo pool's users, one for each thing that may happen, made through Cognito's public JSON API."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from cognito_portal.demo import totp
from cognito_portal.demo.clock import Clock
from cognito_portal.demo.custom_auth import QUESTIONS
from cognito_portal.demo.people import MAIL_DOMAIN, people
from cognito_portal.demo.policy import new_password
from cognito_portal.demo.seed import TEMPORARY_DAYS, SeededPool
from cognito_portal.demo.signed_api import Api
from cognito_portal.demo.wire import CognitoError

EXTRA_USERS = 200
NAMED_USERS = 16
_DAY_S = 86400
# Set aside for fiction: no text can ever reach anyone.
_PHONE = "+1202555{:04d}"
_ANSWERS = ", then ".join(answer for _, _, answer in QUESTIONS)


@dataclass(frozen=True)
class SeededUser:
    """A user of the demo pool. ``password`` is the one that was set, right or no longer of use.

    ``flow`` is the COGNITO_AUTH_FLOW that shows what the user is there for; any where it is empty.
    """

    username: str
    password: str
    status: str
    temporary: bool
    enabled: bool = True
    note: str = ""
    totp_secret: str | None = None
    flow: str = ""

    def as_json(self) -> dict[str, Any]:
        shown = {
            "username": self.username,
            "password": self.password,
            "status": self.status,
            "temporary": self.temporary,
            "enabled": self.enabled,
            "note": self.note,
            "flow": self.flow,
        }
        return shown | ({"totp_secret": self.totp_secret} if self.totp_secret else {})


def create_users(
    api: Api, pool: SeededPool, *, clock: Clock, demand_factor: Callable[[str], None], extra: int
) -> list[SeededUser]:
    """Create the named users and ``extra`` more; return them with their passwords.

    ``demand_factor`` makes the front ask one user, by name, to set a second factor up.
    """
    maker = _UserMaker(api, pool)
    with clock.moved(-(TEMPORARY_DAYS + 1) * _DAY_S):
        expired = maker.invited("expired", "Noa Late", note="invitation older than its days")
    first = [
        maker.invited("newhire", None, note="has to give a name and a new password"),
        maker.confirmed("active", "Ada Active", note="signs in"),
        maker.disabled("disabled", "Dan Disabled"),
        maker.reset_required("resetme", "Rea Reset"),
        maker.unconfirmed("unconfirmed", "Uli Unsure"),
        expired,
        maker.with_app("mfa", "Mia Factor", clock=clock),
    ]
    named = [*first, *_one_per_challenge(maker, clock)]
    for username in ("mfasetup", "newmfa"):
        demand_factor(username)
    return named + list(islice(_many(maker), extra))


def _one_per_challenge(maker: "_UserMaker", clock: Clock) -> list[SeededUser]:
    no_mail = {"email_verified": "false"}
    return [
        maker.with_codes("emailcode", "Emil Mail", "EmailMfaSettings", note="asks for a code sent by mail"),
        maker.with_codes("smscode", "Sona Text", "SMSMfaSettings", note="asks for a code sent by text"),
        maker.with_choice("choosemfa", "Chi Choice", clock=clock),
        maker.confirmed("mfasetup", "Sami Setup", note="has to set a second factor up"),
        maker.invited("newmfa", "Nia Both", note="new password, then a second factor to set up"),
        maker.confirmed(
            "passwordless", "Pia Keys", note="chooses how to sign in", flow="USER_AUTH", **_phone(3)
        ),
        maker.confirmed("custom", "Cem Custom", note=f"answers: {_ANSWERS}", flow="CUSTOM_AUTH"),
        maker.with_codes(
            "device", "Deva Device", "EmailMfaSettings", note="no code on a device that is remembered"
        ),
        maker.confirmed("noverified", "Nils Mailless", note="mail address not confirmed", **no_mail),
    ]


def _phone(number: int) -> dict[str, str]:
    return {"phone_number": _PHONE.format(100 + number), "phone_number_verified": "true"}


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

    def confirmed(
        self, username: str, name: str, *, note: str = "", flow: str = "", **attributes: str
    ) -> SeededUser:
        self._create(username, name, **attributes)
        password = self._set_password(username)
        return SeededUser(username, password, "CONFIRMED", temporary=False, note=note, flow=flow)

    def disabled(self, username: str, name: str) -> SeededUser:
        user = self.confirmed(username, name, note="cannot sign in")
        self._on("AdminDisableUser", username)
        return replace(user, enabled=False)

    def reset_required(self, username: str, name: str) -> SeededUser:
        user = self.confirmed(username, name, note="cannot sign in until reset")
        self._on("AdminResetUserPassword", username)
        return replace(user, status="RESET_REQUIRED")

    def unconfirmed(self, username: str, name: str) -> SeededUser:
        password = new_password()
        self._api(
            "SignUp",
            ClientId=self._pool.client_id,
            Username=username,
            Password=password,
            UserAttributes=_pairs({"email": _mail(username), "name": name}),
        )
        note = "cannot sign in until confirmed"
        return SeededUser(username, password, "UNCONFIRMED", temporary=False, note=note)

    def with_codes(self, username: str, name: str, setting: str, *, note: str) -> SeededUser:
        user = self.confirmed(username, name, note=note, **_phone(1))
        self._on("AdminSetUserMFAPreference", username, **{setting: {"Enabled": True, "PreferredMfa": True}})
        return user

    def with_app(self, username: str, name: str, *, clock: Clock) -> SeededUser:
        user = self._enrolled(self.confirmed(username, name, note="asks for an app's code"), clock)
        settings = {"Enabled": True, "PreferredMfa": True}
        self._on("AdminSetUserMFAPreference", username, SoftwareTokenMfaSettings=settings)
        return user

    def with_choice(self, username: str, name: str, *, clock: Clock) -> SeededUser:
        note = "chooses among three second factors"
        user = self._enrolled(self.confirmed(username, name, note=note, **_phone(2)), clock)
        settings = ("SoftwareTokenMfaSettings", "SMSMfaSettings", "EmailMfaSettings")
        wanted = {setting: {"Enabled": True} for setting in settings}
        self._on("AdminSetUserMFAPreference", username, **wanted)
        return user

    def _enrolled(self, user: SeededUser, clock: Clock) -> SeededUser:
        """Enrol an authenticator app; return the user with its secret."""
        tokens = self._api(
            "InitiateAuth",
            AuthFlow="USER_PASSWORD_AUTH",
            ClientId=self._pool.client_id,
            AuthParameters={"USERNAME": user.username, "PASSWORD": user.password},
        )["AuthenticationResult"]
        access = tokens["AccessToken"]
        secret = self._api("AssociateSoftwareToken", AccessToken=access)["SecretCode"]
        try:
            self._verify(access, secret, clock)
        except CognitoError:
            # The step ended between the making of the code and its checking; the next one has just begun.
            self._verify(access, secret, clock)
        return replace(user, totp_secret=secret)

    def _verify(self, access: str, secret: str, clock: Clock) -> None:
        # The step before this one, so that the code of this one can still sign in.
        code = totp.code_at_step(secret, int(clock.now() // totp.STEP_S) - 1)
        self._api("VerifySoftwareToken", AccessToken=access, UserCode=code)

    def _create(self, username: str, name: str | None, **attributes: str) -> str:
        password = new_password()
        attributes = {"email": _mail(username), "email_verified": "true", **attributes}
        if name:
            attributes["name"] = name
        self._api(
            "AdminCreateUser",
            UserPoolId=self._pool.user_pool_id,
            Username=username,
            TemporaryPassword=password,
            UserAttributes=_pairs(attributes),
            DesiredDeliveryMediums=["EMAIL"],
        )
        return password

    def _set_password(self, username: str) -> str:
        password = new_password()
        self._on("AdminSetUserPassword", username, Password=password, Permanent=True)
        return password

    def _on(self, operation: str, username: str, **fields: Any) -> None:
        self._api(operation, UserPoolId=self._pool.user_pool_id, Username=username, **fields)


def _mail(username: str) -> str:
    return f"{username}@{MAIL_DOMAIN}"


def _pairs(attributes: dict[str, str]) -> list[dict[str, str]]:
    return [{"Name": key, "Value": value} for key, value in attributes.items()]
