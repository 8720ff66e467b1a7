"""The embedded Cognito as one object: emulator, front, outbox and the seeded pool."""

import json
import secrets
from types import TracebackType
from typing import Self

from cognito_portal.demo import emulator, front, outbox_pages, seed, seed_users
from cognito_portal.demo.accounts import AccountStore
from cognito_portal.demo.clock import Clock
from cognito_portal.demo.directory import Directory
from cognito_portal.demo.loopback import LoopbackServer
from cognito_portal.demo.outbox import Outbox
from cognito_portal.demo.quotas import Quotas
from cognito_portal.demo.sessions import SessionStore
from cognito_portal.demo.signed_api import Api
from cognito_portal.demo.state import State, Switches
from cognito_portal.demo.upstream import Upstream

HOST = "127.0.0.1"
REGION = "us-east-1"


class EmbeddedCognito:
    """A Cognito on this machine, with a pool named ``demo``, its app clients and its users.

    ``start()`` binds loopback ports, seeds and fills in the attributes; ``stop()`` ends everything. Also a
    context manager. Several may run in one process: each has its own front, outbox and pool, and they share
    one ministack, which keeps its state per process. ``upstream_url`` names another emulator to put behind
    the front; it gets ``upstream_credentials`` as (access key id, secret access key). ``quotas=False`` lifts
    the hourly limits per user; the other switches are those of ``state.Switches``.

    Attributes after ``start()``: ``endpoint``, ``issuer``, ``jwks_url``, ``outbox_url`` (URLs, no trailing
    slash), ``region``, ``user_pool_id``, ``client_id``, ``secret_client_id``, ``client_secret``,
    ``srp_client_id`` (allows SRP alone), ``rotating_client_id`` (rotates its refresh tokens),
    ``access_key_id`` and ``secret_access_key`` (for signed operations), ``users`` (seeded, with passwords).
    """

    def __init__(
        self,
        *,
        port: int = 0,
        clock: Clock | None = None,
        extra_users: int = seed_users.EXTRA_USERS,
        upstream_url: str | None = None,
        upstream_credentials: tuple[str, str] = ("test", "test"),
        quotas: bool = True,
        admin_challenge_first: bool = False,
        admin_tokens_renewed: bool = True,
        unconfirmed_devices_renewed: bool = True,
    ) -> None:
        self.clock = clock or Clock()
        self.region = REGION
        self.access_key_id = "AKIA" + secrets.token_hex(8).upper()
        self.secret_access_key = secrets.token_urlsafe(30)
        self.users: list[seed_users.SeededUser] = []
        self._port = port
        self._extra_users = extra_users
        self._upstream_url = upstream_url
        self._upstream_credentials = upstream_credentials
        self._quotas = quotas
        self._switches = Switches(
            admin_challenge_first=admin_challenge_first,
            admin_tokens_renewed=admin_tokens_renewed,
            unconfirmed_devices_renewed=unconfirmed_devices_renewed,
        )
        self._servers: list[LoopbackServer] = []
        self._started = False

    def start(self) -> Self:
        url = self._upstream_url or emulator.acquire()
        self._started = True
        try:
            self._serve(url)
            self._seed()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        for server in self._servers:
            server.close()
        self._servers.clear()
        if self._started:
            self._started = False
            self._upstream.close()
            if self._upstream_url is None:
                emulator.release()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def demand_second_factor(self, username: str) -> None:
        """Ask one user of the demo pool to set a second factor up, as a pool asks all with MFA ``ON``."""
        user = self._state.directory.user(self.user_pool_id, username)
        self._state.account(user).must_set_up_mfa = True

    def as_json(self) -> str:
        """Return what ``demo --only-cognito`` prints: one line of JSON."""
        return json.dumps(
            {
                "endpoint": self.endpoint,
                "region": self.region,
                "user_pool_id": self.user_pool_id,
                "client_id": self.client_id,
                "secret_client_id": self.secret_client_id,
                "client_secret": self.client_secret,
                "srp_client_id": self.srp_client_id,
                "rotating_client_id": self.rotating_client_id,
                "access_key_id": self.access_key_id,
                "secret_access_key": self.secret_access_key,
                "issuer": self.issuer,
                "jwks": self.jwks_url,
                "outbox": self.outbox_url,
                "users": [user.as_json() for user in self.users],
            }
        )

    def _serve(self, url: str) -> None:
        own = self._upstream_url is None
        self._upstream = Upstream(
            url,
            region=self.region,
            credentials=emulator.credentials if own else lambda: self._upstream_credentials,
        )
        outbox = Outbox(self.clock)
        state = State(
            clock=self.clock,
            upstream=self._upstream,
            directory=Directory(self._upstream),
            accounts=AccountStore(self.clock),
            sessions=SessionStore(self.clock),
            outbox=outbox,
            quotas=Quotas(self.clock, enabled=self._quotas),
            switches=self._switches,
        )
        self._state = state
        self._front = front.Front(
            state,
            access_key_id=self.access_key_id,
            secret_access_key=self.secret_access_key,
            region=self.region,
        )
        api = front.serve(self._front, host=HOST, port=self._port)
        self._servers.append(api)
        pages = outbox_pages.serve(outbox, host=HOST)
        self._servers.append(pages)
        api.start()
        pages.start()
        self.endpoint = api.url
        self.outbox_url = pages.url

    def _seed(self) -> None:
        # Through the front's own public API, so that what seeding needs is what anyone can do.
        with Api(self.endpoint, region=self.region, key=(self.access_key_id, self.secret_access_key)) as api:
            pool = seed.create_pool(api)
            self.user_pool_id = pool.user_pool_id
            self.users = seed_users.create_users(
                api,
                pool,
                clock=self.clock,
                demand_factor=self.demand_second_factor,
                extra=self._extra_users,
            )
        self.client_id = pool.client_id
        self.srp_client_id = pool.srp_client_id
        self.rotating_client_id = pool.rotating_client_id
        self.secret_client_id = pool.secret_client_id
        self.client_secret = pool.client_secret
        self.issuer = f"https://cognito-idp.{self.region}.amazonaws.com/{self.user_pool_id}"
        self.jwks_url = f"{self.endpoint}/{self.user_pool_id}/.well-known/jwks.json"
