"""What must be true after every request, whatever was sent: the stub Cognito is the judge of who may be let in.

What it saw, what the database holds and what the browser has must agree.
"""

import time
from collections import Counter
from dataclasses import dataclass
from typing import Any

from cognito_portal import identity
from cognito_portal.cognito.errors import Cause
from tests.signin.answering import PATHS as STEP_PATHS
from tests.signin.answering import Fields
from tests.signin.browsing import Seen, session_of
from tests.signin.machine_log import Row, Secrets, last_turn
from tests.signin.machine_trails import OPENINGS, SETTING_UP, Trail, has_rows, is_of_walk, owed_by, step_of
from tests.signin.stub import Received, StubCognito, StubUser

# SRP, a device and an app take four calls at most; begun once more without a device, six.
MOST_CALLS = 6
MAX_TRIES = 5
ALIKE_S = 85
WRONG_CODE = frozenset({"CodeMismatchException", "EnableSoftwareTokenMFAException"})
STAYS = WRONG_CODE | {"InvalidPasswordException", "InvalidParameterException"}
MAY_STAY = STAYS | {"fault", "ExpiredCodeException"}
real_time = time.time


@dataclass(frozen=True)
class Sent:
    """One request of a browser, and everything that came of it.

    `typed` is the name that the form carried. `session` is what the server holds for the browser afterwards.
    """

    browser: int
    fields: Fields
    typed: str
    response: Any
    before: Seen
    after: Seen
    received: list[Received]
    rows: list[Row]
    session: dict[str, Any]
    was_idle: bool

    @property
    def calls(self) -> list[Received]:
        return [call for call in self.received if has_rows(call)]

    @property
    def made(self) -> list[Received]:
        return [call for call in self.received if is_of_walk(call)]

    @property
    def name(self) -> str:
        return self.typed or (self.before.attempt.username if self.before.attempt else "")

    @property
    def attempt_id(self) -> str:
        return self.fields.get("attempt", "")

    @property
    def is_renewal(self) -> bool:
        return not self.typed and self.made[0].operation in OPENINGS

    @property
    def is_to_stand_in(self) -> bool:
        """Whether this answered a question that stands in for one of Cognito's, which makes no call."""
        attempt = self.before.attempt
        return attempt is not None and attempt.is_stand_in and not self.calls


class Judge:
    """What one sequence's judge remembers: how each Session came about, and who was how often wrong."""

    def __init__(self, stub: StubCognito) -> None:
        self.stub = stub
        self.cast: list[StubUser] = []
        self.trails: dict[str, Trail] = {}
        self.wrong: Counter[str] = Counter()
        self.device_of: dict[str, int] = {}
        self.right_codes: dict[tuple[str, str], float] = {}
        self.begun: set[tuple[str, int]] = set()
        # Sign-ins that were open while a new password was set elsewhere: what they rest on is the old one.
        self.overtaken: set[str] = set()
        self.met: Counter[str] = Counter()
        self.secrets = Secrets(stub)

    def owner(self, name: str) -> StubUser:
        return next(user for user in self.cast if name in (user.username, user.alias, user.sub))

    def judge(self, sent: Sent) -> None:
        """Hold one request against everything that must be true of it."""
        faults = [call for call in sent.received if call.refused == "fault"]
        assert sent.response.status_code < 500 or faults
        self._judge_names(sent)
        self._judge_pairs(sent)
        self._judge_rows(sent)
        self._judge_tokens(sent)
        for call in sent.received:
            if call.operation == "ConfirmForgotPassword" and not call.refused:
                self._overtake(self.owner(call.body["Username"]))
        self.secrets.learn(sent.fields, sent.received)
        self.secrets.judge(sent.rows, sent.response, sent.session)
        if sent.made:
            self._judge_calls(sent)
        else:
            assert sent.after.attempt == sent.before.attempt or not sent.after.has_attempt
            is_over = sent.was_idle or not session_of(sent.before.cookie)
            is_over = is_over or any(call.refused for call in sent.received)
            assert sent.after.signed_in in (sent.before.signed_in, "")
            assert sent.after.signed_in == sent.before.signed_in or is_over

    # --- calls

    def _judge_calls(self, sent: Sent) -> None:
        made, trail = sent.made, None
        assert len(made) <= MOST_CALLS
        for number, call in enumerate(made):
            trail = self._trail_of(call, sent, trail, is_first=number == 0)
            assert self.owner(call.username or sent.name) is trail.user
            self._judge_code(call, sent)
            trail = self._after(call, trail)
            following = made[number + 1 :]
            assert not (call.granted and following)
            assert not call.refused or all(each.operation in OPENINGS for each in following[:1])
        assert trail is not None
        if made[-1].granted:
            self._judge_grant(made[-1], trail, sent)
        else:
            assert sent.after.signed_in in (sent.before.signed_in, "")
            judge = self._judge_refusal if self._is_refused(made[-1]) else self._judge_next_step
            judge(made[-1], trail, sent)

    def _trail_of(self, call: Received, sent: Sent, trail: Trail | None, *, is_first: bool) -> Trail:
        """Whose sign-in a call goes on with; it may be none but that of this browser's own attempt."""
        if call.operation in OPENINGS:
            assert call.username == sent.name
            user = self.owner(sent.name)
            self._judge_device(call, user, sent.browser)
            return Trail(sent.browser, sent.attempt_id, user, owed_by(user, call))
        if call.session_sent or is_first:
            trail = self.trails[call.session_sent]
        assert trail is not None
        assert (trail.browser, trail.attempt_id) == (sent.browser, sent.attempt_id)
        if is_first:
            attempt = sent.before.attempt
            assert attempt is not None
            assert attempt.attempt_id == sent.attempt_id
            assert call.session_sent == attempt.cognito_session
            assert call.challenge in ("", attempt.challenge)
            assert call.username in ("", attempt.canonical_username)
        return trail

    def _judge_device(self, call: Received, user: StubUser, browser: int) -> None:
        key = call.body["AuthParameters"].get("DEVICE_KEY")
        if key is not None:
            assert self.device_of[key] == browser
            assert not any(key in other.devices for other in self.cast if other is not user)

    def _judge_code(self, call: Received, sent: Sent) -> None:
        """A code of an authenticator app that was right is not sent a second time."""
        given = call.body.get("ChallengeResponses", {})
        code = given.get("SOFTWARE_TOKEN_MFA_CODE") or call.body.get("UserCode")
        if code is None or sent.before.attempt is None:
            return
        used = (sent.before.attempt.canonical_username, code)
        assert real_time() - self.right_codes.get(used, 0) > ALIKE_S
        if not self._is_refused(call):
            self.right_codes[used] = real_time()

    def _after(self, call: Received, trail: Trail) -> Trail:
        if self._is_refused(call):
            is_wrong = call.refused in WRONG_CODE or (call.operation in SETTING_UP and not call.refused)
            self.wrong[trail.attempt_id] += is_wrong
            assert self.wrong[trail.attempt_id] <= MAX_TRIES
            self.met[f"{step_of(call)} {call.refused}"] += 1
            return trail
        self.met[step_of(call)] += 1
        if call.operation not in SETTING_UP:
            self.wrong[trail.attempt_id] = 0
        if call.challenge == "NEW_PASSWORD_REQUIRED":
            self._overtake(trail.user, by=trail.attempt_id)
        trail = trail.after(call)
        if call.session:
            self.trails[call.session] = trail
        return trail

    def _overtake(self, user: StubUser, *, by: str = "") -> None:
        """A new password was set, in the attempt `by` or by a code: every other sign-in of this user is over."""
        self.overtaken |= {trail.attempt_id for trail in self.trails.values() if trail.user is user} - {by}

    def _is_refused(self, call: Received) -> bool:
        # That a first code was wrong may be told by a status within a 200.
        if call.operation == "VerifySoftwareToken" and not call.refused:
            return not self.stub.sessions[call.session_sent].data.get("is_verified")
        return bool(call.refused)

    # --- what follows the last call

    def _judge_grant(self, call: Received, trail: Trail, sent: Sent) -> None:
        assert call.granted == trail.user.username
        ended = [row["attempt_id"] for row in sent.rows if row["event"] == "account.session_ended"]
        is_ended = trail.attempt_id in ended
        assert sent.after.signed_in == ("" if is_ended else call.granted)
        # Its tokens may need a refresh at once, after hours that the portal's clock alone has moved on, and a pool
        # that tracks devices refuses that to a browser nobody asked to be remembered.
        cannot_refresh = any(
            call.operation == "GetTokensFromRefreshToken" and call.refused for call in sent.received
        )
        assert not is_ended or cannot_refresh or trail.attempt_id in self.overtaken
        assert not trail.missing
        assert not sent.after.has_attempt
        self.met["granted"] += 1
        _judge_new_cookie(sent)

    def _judge_next_step(self, last: Received, trail: Trail, sent: Sent) -> None:
        attempt, earlier = sent.after.attempt, sent.before.attempt
        if last.operation not in SETTING_UP and last.asked not in STEP_PATHS:
            assert not sent.after.has_attempt
            return
        assert attempt is not None
        assert (attempt.attempt_id, attempt.username) == (trail.attempt_id, sent.name)
        assert attempt.cognito_session == (last.session or last.session_sent)
        assert last.asked in ("", attempt.challenge)
        assert attempt.turn > last_turn(trail.attempt_id)
        assert sent.after.signed_in == ""
        if earlier is None or earlier.cognito_session != attempt.cognito_session:
            _judge_new_cookie(sent)

    def _judge_refusal(self, last: Received, trail: Trail, sent: Sent) -> None:
        attempt, earlier = sent.after.attempt, sent.before.attempt
        refused = last.refused or "EnableSoftwareTokenMFAException"
        is_worn_out = self.wrong[trail.attempt_id] >= MAX_TRIES
        is_opening = last.operation in OPENINGS
        if attempt is not None and attempt.is_stand_in:
            assert is_opening and refused != "fault"
            assert attempt.cognito_session is None
            assert not {"PASSWORD", "SRP_A"} & last.body["AuthParameters"].keys()
            self.met["stand-in"] += 1
            return
        may_stay = sent.is_renewal or (refused in MAY_STAY and not is_worn_out and not is_opening)
        has_page = not last.challenge or last.challenge in STEP_PATHS
        must_stay = sent.is_renewal or (may_stay and refused in STAYS and has_page)
        if not may_stay or attempt is None:
            assert not must_stay
            assert not sent.after.has_attempt
            return
        kept = earlier.cognito_session if sent.is_renewal and earlier else last.session_sent
        assert attempt.cognito_session == kept
        assert (attempt.attempt_id, attempt.username) == (trail.attempt_id, sent.name)
        assert attempt.turn > last_turn(trail.attempt_id)
        if len(sent.made) == 1 and earlier is not None:
            assert attempt.expires_at == earlier.expires_at

    # --- rows, tokens and pages

    def _judge_pairs(self, sent: Sent) -> None:
        """Every call has one begin and one end row, and no turn of an attempt is begun twice."""
        calls = [row for row in sent.rows if row["phase"] != "single"]
        begun = [(row["attempt_id"], row["turn"]) for row in calls if row["phase"] == "begin"]
        assert len({*begun} - self.begun) == len(begun)
        self.begun |= {*begun}
        phases = Counter((row["call_id"], row["phase"]) for row in calls)
        assert (
            phases == Counter((row["call_id"], phase) for row in calls for phase in ("begin", "end")) - phases
        )

    def _judge_rows(self, sent: Sent) -> None:
        """New rows speak of whoever typed, or whose the attempt or the session is; a success, of the granted."""
        walk = [row for row in sent.rows if row["event"].startswith("signin.") and row["phase"] != "single"]
        begun = [row for row in walk if row["phase"] == "begin"]
        ends = {row["call_id"]: row for row in walk if row["phase"] == "end"}
        if sent.is_to_stand_in:
            # Cognito knows nothing of this question: its answer is refused here, in two rows like any other.
            assert {row["outcome"] for row in ends.values()} <= {Cause.BAD_CREDENTIALS}
            begun, ends = [], {}
        assert [row["step"] for row in begun] == [step_of(call) for call in sent.calls]
        for begin, call in zip(begun, sent.calls, strict=True):
            end = ends.pop(begin["call_id"])
            if is_of_walk(call):
                assert (end["outcome"] == "success") == bool(call.granted)
            if call.granted:
                assert (end["canonical"], end["sub"]) == (call.granted, self.owner(call.granted).sub)
            if end["outcome"] == Cause.BAD_CREDENTIALS:
                assert end["sub"] == ""
        assert not ends
        allowed = self._people({sent.name, sent.typed, sent.before.signed_in})
        for row in sent.rows:
            assert self._people({row["typed"] or "", row["canonical"] or ""}) <= allowed

    def _judge_tokens(self, sent: Sent) -> None:
        """Whose tokens a session holds, and whose a call is made with: those of whoever is signed in there."""
        user = identity.CognitoUser.from_session(sent.session.get(identity.SIGNED_IN))
        tokens = identity.tokens_of(sent.session, user) if user else None
        if user is not None:
            assert tokens is not None
            assert self.stub.access_tokens[tokens.access_token].user.username == user.username
        for call in sent.received:
            if "AccessToken" in call.body:
                assert call.user in {sent.before.signed_in, sent.after.signed_in} - {""}
            if call.operation == "ConfirmDevice":
                self.device_of[call.body["DeviceKey"]] = sent.browser

    def _judge_names(self, sent: Sent) -> None:
        """A page names nobody but whoever sits there: what was typed now, or what this session holds."""
        content, path = sent.response.content.decode(), sent.response.request["PATH_INFO"]
        shown = {user.username for user in self.cast if user.username in content}
        if path in ("/account/", "/sign-in/done/") and sent.response.status_code == 200:
            assert shown == {sent.after.signed_in}
        elif path in STEP_PATHS.values() and sent.response.status_code in (200, 400):
            assert sent.after.attempt is not None
            assert shown == self._people({sent.after.attempt.username})
        else:
            assert shown <= self._people({sent.typed} | sent.before.names | sent.after.names)

    def _people(self, names: set[str]) -> set[str]:
        return {self.owner(name).username for name in names if name}


def _judge_new_cookie(sent: Sent) -> None:
    assert sent.after.cookie != sent.before.cookie
    assert sent.before.cookie == "" or session_of(sent.before.cookie) == {}
