"""What every operation of the front works with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cognito_portal.demo.accounts import Account, AccountStore
from cognito_portal.demo.clock import Clock
from cognito_portal.demo.directory import Client, Directory, Pool, User
from cognito_portal.demo.outbox import Outbox
from cognito_portal.demo.sessions import ChallengeSession, SessionStore
from cognito_portal.demo.upstream import Upstream
from cognito_portal.demo.wire import Body, invalid_parameter

Handler = Callable[[Body], Body]


@dataclass(frozen=True)
class State:
    """The front's own state and the emulator behind it."""

    clock: Clock
    upstream: Upstream
    directory: Directory
    accounts: AccountStore
    sessions: SessionStore
    outbox: Outbox

    def account(self, user: User) -> Account:
        return self.accounts.of(user.pool_id, user.sub)

    def pool_of(self, user: User) -> Pool:
        return self.directory.pool(user.pool_id)


@dataclass(frozen=True)
class Turn:
    """One user at one step of signing in through one app client."""

    state: State
    client: Client
    user: User

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
            )
        )


def required(parameters: Mapping[str, str], name: str) -> str:
    """Return a parameter of a flow or challenge, or refuse as Cognito does when it is missing or empty."""
    value = parameters.get(name)
    if not value:
        raise invalid_parameter(f"Missing required parameter {name}")
    return value


def signed_in(tokens: Body) -> Body:
    """Return the answer that ends a sign-in."""
    return {"AuthenticationResult": tokens, "ChallengeParameters": {}}
