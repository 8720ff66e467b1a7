"""A live access token for the account pages, refreshed in place where it is about to expire.

A refresh token may be good for one use only (RefreshTokenRotation), so of several requests one refreshes: its
begin row is unique for the attempt and the tokens' serial. The others wait for what it stores. No lock is
held while Cognito is asked.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import NoReturn, TypeVar

from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.exceptions import SessionInterrupted
from django.utils import timezone

from cognito_portal import identity
from cognito_portal.account.turns import new_turn
from cognito_portal.account.visit import SignInAgain, Visit
from cognito_portal.audit import queries, record
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.cognito import deadline
from cognito_portal.cognito.errors import (
    Cause,
    CognitoError,
    CognitoRefused,
    CognitoUnavailable,
    RefreshTokenReuseError,
    TokenRefused,
)
from cognito_portal.cognito.types import AuthenticationResult
from cognito_portal.identity import Tokens
from cognito_portal.outcomes import outcome_of
from cognito_portal.revocation import revoke_quietly
from cognito_portal.sessions import SessionStore, hold

T = TypeVar("T")

MARGIN_S = 60
WAIT_S = 3.0
POLL_S = 0.1
# Longer than any call lasts: a refresh that began before has died with its process.
STUCK = timedelta(seconds=30)
# A turn of the attempt for each serial, below that of signing out (-1).
FIRST_TURN = -2
REFRESH, OLDER_REFRESH = "GetTokensFromRefreshToken", "InitiateAuth"
# Another operation will not do better than one that was turned away for these.
_BUSY = frozenset({Cause.THROTTLED, Cause.TOO_MANY_ATTEMPTS, Cause.WAF, Cause.SERVICE, Cause.TRIGGER_BROKEN})


def live_tokens(visit: Visit) -> Tokens:
    """The person's tokens, with an access token that lasts for the call at hand.

    Raises SignInAgain where there are none any more, CognitoError where Cognito cannot refresh them now, and
    `record.AuditUnavailable`.
    """
    tokens = identity.tokens_of(visit.session, visit.user)
    if tokens is None:
        raise SignInAgain(Outcome.UNREADABLE)
    if tokens.access_expires_at - time.time() > MARGIN_S:
        return tokens
    return refreshed(visit, tokens)


def read(visit: Visit, send: Callable[[str], T]) -> T:
    """Call an operation that only reads, with an access token; once more with a new one where it was over.

    Raises what `live_tokens` raises, and what `send` does.
    """
    tokens = live_tokens(visit)
    try:
        return send(tokens.access_token)
    except CognitoRefused as error:
        if not is_token_over(error):
            raise
    try:
        return send(refreshed(visit, tokens).access_token)
    except CognitoRefused as error:
        if is_token_over(error):
            raise SignInAgain(Outcome.TOKEN_OVER) from error
        raise


def is_token_over(error: CognitoError) -> bool:
    """Whether an operation refused the access token. Here that is what "invalid session" means as well."""
    return error.meaning.cause in (Cause.TOKEN_OVER, Cause.SESSION_OVER)


def refreshed(visit: Visit, tokens: Tokens) -> Tokens:
    """New tokens in the place of these, stored; whichever request asked Cognito for them.

    Raises what `live_tokens` raises.
    """
    if tokens.refresh_token is None:
        raise SignInAgain(Outcome.TOKEN_OVER)
    try:
        call = _begin(visit, step=REFRESH, turn=FIRST_TURN - tokens.serial)
    except record.AlreadyTaken:
        return _of_the_other_request(visit, tokens)
    call, result = _asked(visit, call, tokens, tokens.refresh_token)
    try:
        _verify(visit, result)
    except CognitoError as error:
        revoke_quietly(visit.client, result.refresh_token)
        _refused(visit, call, tokens, error)
        raise
    fresh = Tokens(
        access_token=result.access_token,
        refresh_token=result.refresh_token or tokens.refresh_token,
        access_expires_at=time.time() + result.expires_in_s,
        device_key=tokens.device_key,
        serial=tokens.serial + 1,
    )
    try:
        _commit(visit, call, fresh, outcome=Outcome.SUCCESS, request_id=result.request_id or "")
    except (SessionInterrupted, record.AuditUnavailable):
        revoke_quietly(visit.client, result.refresh_token)
        raise
    return fresh


def _begin(visit: Visit, *, step: str, turn: int) -> record.Call:
    return record.begin(
        event=Event.ACCOUNT_TOKENS_REFRESHED,
        step=step,
        attempt_id=visit.user.attempt_id,
        turn=turn,
        person=visit.person,
        client_id=visit.user.client_id,
        by=visit.by,
    )


def _asked(
    visit: Visit, call: record.Call, tokens: Tokens, refresh_token: str
) -> tuple[record.Call, AuthenticationResult]:
    """The call that was answered, and its answer: the older operation's where the newer is not to be had."""
    try:
        return call, visit.client.get_tokens_from_refresh_token(
            refresh_token=refresh_token, device_key=tokens.device_key
        )
    except CognitoError as error:
        first = error
    if not _may_ask_the_older_way(visit, first):
        _refused(visit, call, tokens, first)
        _give_up(first)
    _end(call, first)
    call = _begin(visit, step=OLDER_REFRESH, turn=new_turn())
    try:
        return call, visit.client.refresh_token_auth(
            username=visit.user.username, refresh_token=refresh_token, device_key=tokens.device_key
        )
    except CognitoError as error:
        _refused(visit, call, tokens, error)
        if isinstance(error, CognitoRefused) and _is_over(first):
            raise SignInAgain(outcome_of(first)) from error
        _give_up(error)


def _may_ask_the_older_way(visit: Visit, error: CognitoError) -> bool:
    """REFRESH_TOKEN_AUTH helps where the newer operation is unknown or off, or does not take this token.

    That is said of tokens out of ADMIN_USER_PASSWORD_AUTH. With rotation on the older way does not exist. A
    fault may be how an endpoint says that it lacks the operation; as the token may then be used already, it
    is sent once more only where rotation is known to be off.
    """
    if isinstance(error, CognitoUnavailable):
        return error.kind == "server_error" and visit.rotates() is False
    is_refused = isinstance(error, CognitoRefused) and not isinstance(error, RefreshTokenReuseError)
    return is_refused and error.meaning.cause not in _BUSY and not visit.rotates()


def _is_over(error: CognitoError) -> bool:
    return isinstance(error, CognitoRefused) and not error.meaning.our_fault


def _give_up(error: CognitoError) -> NoReturn:
    if _is_over(error) and error.meaning.cause not in _BUSY:
        raise SignInAgain(outcome_of(error)) from error
    raise error


def _verify(visit: Visit, result: AuthenticationResult) -> None:
    try:
        visit.verifier.verify(result, expected_username=visit.user.username, expected_sub=visit.user.sub)
    except CognitoUnavailable as error:
        raise TokenRefused("keys_unavailable") from error


def _refused(visit: Visit, call: record.Call, tokens: Tokens, error: CognitoError) -> None:
    """Write the refusal down, and let the next request try once more: it has a serial of its own."""
    _commit(
        visit,
        call,
        replace(tokens, serial=tokens.serial + 1),
        outcome=outcome_of(error),
        error_code=error.code,
        request_id=error.request_id or "",
    )


def _end(call: record.Call, error: CognitoError) -> None:
    record.end(call, outcome=outcome_of(error), error_code=error.code, request_id=error.request_id or "")


def _commit(
    visit: Visit,
    call: record.Call,
    tokens: Tokens,
    *,
    outcome: Outcome,
    error_code: str = "",
    request_id: str = "",
) -> None:
    """The end row and the tokens that follow, in one transaction; the row alone where the session is gone."""
    try:
        with record.write_transaction():
            record.end(call, outcome=outcome, error_code=error_code, request_id=request_id)
            hold(visit.session)
            identity.keep_tokens(visit.session, visit.user, tokens)
            visit.session.save()
    except UpdateError as error:
        record.end(call, outcome=outcome, error_code=error_code, request_id=request_id)
        raise SessionInterrupted("Another request of this browser ended the session.") from error


def _of_the_other_request(visit: Visit, tokens: Tokens) -> Tokens:
    """What the request that refreshes these tokens stores, waited for a little while."""
    turn = FIRST_TURN - tokens.serial
    begun_at = queries.begun_at(attempt_id=visit.user.attempt_id, turn=turn)
    if begun_at is not None and timezone.now() - begun_at > STUCK:
        raise SignInAgain(Outcome.UNKNOWN)
    until = time.monotonic() + deadline.left_s(WAIT_S)
    while time.monotonic() < until:
        stored = identity.tokens_of(SessionStore(visit.session.session_key), visit.user)
        if stored is None:
            raise SignInAgain(Outcome.REFRESH_OVER)
        if stored.serial > tokens.serial:
            if stored.access_token != tokens.access_token:
                return stored
            break
        time.sleep(POLL_S)
    raise CognitoUnavailable("unknown", operation=REFRESH)
