"""What every operation of the front works with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cognito_portal.demo.accounts import Account, AccountStore
from cognito_portal.demo.clock import Clock
from cognito_portal.demo.directory import Client, Directory, Pool, User
from cognito_portal.demo.outbox import Outbox
from cognito_portal.demo.quotas import Quotas
from cognito_portal.demo.sessions import ChallengeSession, SessionStore
from cognito_portal.demo.upstream import Upstream
from cognito_portal.demo.wire import Body, invalid_parameter

Handler = Callable[[Body], Body]


@dataclass(frozen=True)
class Switches:
    """Where AWS's documents or the reports of its users leave two ways open: which one the front takes.

    ``admin_challenge_first``: the password flow of AdminInitiateAuth puts the challenge ADMIN_NO_SRP_AUTH
    and takes the password in its answer. ``admin_tokens_renewed``: GetTokensFromRefreshToken takes a refresh
    token of that flow (False: refuses it, as aws-sdk-js-v3's issue 7162 reports).
    ``unconfirmed_devices_renewed``: where devices are tracked, the tokens of one that was never confirmed
    can be renewed (False: they cannot, as AWS's repost article on invalid refresh tokens says).
    """

    admin_challenge_first: bool = False
    admin_tokens_renewed: bool = True
    unconfirmed_devices_renewed: bool = True


@dataclass(frozen=True)
class State:
    """The front's own state and the emulator behind it."""

    clock: Clock
    upstream: Upstream
    directory: Directory
    accounts: AccountStore
    sessions: SessionStore
    outbox: Outbox
    quotas: Quotas
    switches: Switches

    def account(self, user: User) -> Account:
        return self.accounts.of(user.pool_id, user.sub)

    def pool_of(self, user: User) -> Pool:
        return self.directory.pool(user.pool_id)


@dataclass(frozen=True)
class Turn:
    """One user at one step of signing in through one app client.

    ``admin`` tells whether the sign-in began with AdminInitiateAuth's password flow; ``device_key`` is the
    device that the caller named last.
    """

    state: State
    client: Client
    user: User
    admin: bool = False
    device_key: str | None = None

    @property
    def account(self) -> Account:
        return self.state.account(self.user)

    @property
    def pool(self) -> Pool:
        return self.state.pool_of(self.user)

    def challenge(self, name: str, parameters: Mapping[str, str], **kept: object) -> Body:
        """Put a question: return the answer with its new Session, and keep what the next step needs."""
        return {
            "ChallengeName": name,
            "Session": self.issue(name, **kept),
            "ChallengeParameters": {**parameters, "USER_ID_FOR_SRP": self.user.username},
        }

    def issue(self, step: str, **kept: object) -> str:
        """Return the token of a new Session for this step."""
        return self.state.sessions.issue(
            ChallengeSession(
                pool_id=self.user.pool_id,
                client_id=self.client.client_id,
                sub=self.user.sub,
                username=self.user.username,
                step=step,
                expires_at=self.state.clock.now() + self.client.session_s,
                password_serial=self.account.password_serial,
                state=dict(kept),
                admin=self.admin,
                device_key=self.device_key,
            )
        )


@dataclass(frozen=True)
class Opening:
    """A sign-in that begins: InitiateAuth's or AdminInitiateAuth's app client, flow and parameters."""

    client: Client
    flow: str
    parameters: Mapping[str, str]
    admin: bool

    @property
    def name(self) -> str:
        return required(self.parameters, "USERNAME")

    def check_secret_hash(self) -> None:
        """Refuse a SECRET_HASH that is not over the very name that was sent."""
        self.client.check_secret_hash(self.name, self.parameters.get("SECRET_HASH"))

    def turn(self, state: State, user: User) -> Turn:
        """Return the first step of this user."""
        by_admin = self.admin and self.flow in ("ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH")
        device_key = self.parameters.get("DEVICE_KEY")
        return Turn(state, self.client, user, admin=by_admin, device_key=device_key)


def required(parameters: Mapping[str, str], name: str) -> str:
    """Return a parameter of a flow or challenge, or refuse as Cognito does when it is missing or empty."""
    value = parameters.get(name)
    if not value:
        raise invalid_parameter(f"Missing required parameter {name}")
    return value


def signed_in(tokens: Body) -> Body:
    """Return the answer that ends a sign-in."""
    return {"AuthenticationResult": tokens, "ChallengeParameters": {}}
