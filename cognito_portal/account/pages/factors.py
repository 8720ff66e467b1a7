"""The second steps that a person is asked for when they sign in."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cognito_portal import clients
from cognito_portal.account import flows, words
from cognito_portal.account.acts import factors as acts
from cognito_portal.account.forms import read_code
from cognito_portal.account.guards import GET, GET_AND_POST, POST, account_page
from cognito_portal.account.profile import is_verified, profile_of
from cognito_portal.account.showing import REFUSALS, Refusal, refusal_of, show
from cognito_portal.account.turns import new_turn, posted_turn
from cognito_portal.account.visit import Visit
from cognito_portal.audit.events import Outcome
from cognito_portal.cognito.errors import CognitoError
from cognito_portal.cognito.types import MfaConfig, MfaPreference, UserProfile
from cognito_portal.signin.authenticator_app import secret_context
from cognito_portal.signin.flow import CodeReused
from cognito_portal.signin.words import CODE_REUSED, Words

APP = "SOFTWARE_TOKEN_MFA"
NEEDS = {"SMS_MFA": "phone_number", "EMAIL_OTP": "email"}
TITLE = _("Second step when you sign in")


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """One second step. `can_turn_on` and `can_turn_off`: whether the page offers it."""

    name: str
    label: Words
    is_on: bool
    is_preferred: bool
    can_turn_on: bool
    can_turn_off: bool


@account_page(GET, again="factors")
def factors(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Which second steps are on, and which one is asked for."""
    return _page(request, visit)


@account_page(POST, again="factors")
def set_factor(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Turn one on or off, or have it asked for before the others."""
    name, act = request.POST.get("factor", ""), request.POST.get("act", "")
    if name not in acts.FACTORS or act not in ("on", "off", "prefer"):
        flows.record_refused_input(visit, step="SetUserMFAPreference")
        return _page(request, visit, Refusal(problem=words.NOT_POSSIBLE))
    try:
        acts.set_factors(
            visit,
            turn=posted_turn(request.POST) or 0,
            preferences=preferences_after(profile_of(visit), name, act),
            notice="factors_changed",
        )
    except REFUSALS as error:
        return _page(request, visit, refusal_of(error))
    return redirect("account:factors")


def preferences_after(profile: UserProfile, name: str, act: str) -> dict[str, MfaPreference]:
    """What to tell Cognito: the factor itself, and each that is on, so that one at most is preferred."""
    on = {each for each in profile.mfa_factors if each in acts.FACTORS}
    preferred = profile.preferred_mfa if profile.preferred_mfa in on else None
    if act == "off":
        after = {each: MfaPreference(each != name, each == preferred and each != name) for each in on}
        return after | {name: MfaPreference(enabled=False, preferred=False)}
    if act == "prefer" or preferred is None:
        preferred = name
    return {each: MfaPreference(enabled=True, preferred=each == preferred) for each in on | {name}}


@account_page(POST, again="factors")
def begin_app(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Ask for a new secret. Only this button does: a page that is loaded again shows the same one."""
    try:
        acts.begin_app(visit, turn=posted_turn(request.POST) or 0)
    except REFUSALS as error:
        return _page(request, visit, refusal_of(error))
    return redirect("account:app")


@account_page(GET_AND_POST, again="factors")
def app(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The secret as a picture and as text, and the first code of the app."""
    secret = str(visit.pending().get("app_secret", ""))
    if not secret:
        return redirect("account:factors")
    if request.method != "POST":
        return _app_page(request, visit, secret)
    code, fault = read_code(request.POST, of_app=True)
    if fault:
        flows.record_refused_input(visit, step="VerifySoftwareToken")
        return _app_page(request, visit, secret, Refusal(errors={"code": fault}))
    try:
        acts.verify_app(visit, turn=posted_turn(request.POST) or 0, code=code)
    except CodeReused:
        flows.record_refused_input(visit, step="VerifySoftwareToken", outcome=Outcome.CODE_REUSED)
        return _app_page(request, visit, secret, Refusal(errors={"code": CODE_REUSED}))
    except REFUSALS as error:
        return _app_page(request, visit, secret, refusal_of(error, at="code"))
    try:
        acts.set_factors(
            visit,
            turn=new_turn(),
            preferences=preferences_after(profile_of(visit), APP, "on"),
            notice="app_on",
            is_told=True,
        )
    except REFUSALS as error:
        return _page(request, visit, refusal_of(error))
    return redirect("account:factors")


def _app_page(
    request: HttpRequest, visit: Visit, secret: str, refusal: Refusal | None = None
) -> HttpResponse:
    issuer = settings.SITE_NAME or gettext("Sign-in")
    context = secret_context(secret, username=visit.user.shown_name, issuer=issuer)
    title = _("Set up an authenticator app")
    return show(request, visit, "account/app.html", context, title=title, refusal=refusal)


def _page(request: HttpRequest, visit: Visit, refusal: Refusal | None = None) -> HttpResponse:
    context: dict[str, Any] = {"factors": None}
    try:
        profile, config = profile_of(visit), clients.mfa_config()
        context = {"factors": factors_of(profile, config), "needs": _needs(profile, config)} | _pool(config)
    except CognitoError:
        refusal = refusal or Refusal(status=503, problem=words.CANNOT_SHOW, retry_after_s=5)
    return show(request, visit, "account/factors.html", context, title=TITLE, refusal=refusal)


def _pool(config: MfaConfig | None) -> dict[str, Any]:
    mode = config.mfa_configuration if config else None
    return {"is_off": mode == "OFF", "is_demanded": mode == "ON"}


def factors_of(profile: UserProfile, config: MfaConfig | None) -> list[Factor]:
    """The factors that are on, and those that the pool offers; all where its settings are not known."""
    offered = _offered(config)
    on = [name for name in acts.FACTORS if name in profile.mfa_factors]
    is_last = len(on) == 1 and config is not None and config.mfa_configuration == "ON"
    return [
        Factor(
            name=name,
            label=words.FACTORS[name],
            is_on=name in on,
            is_preferred=name == profile.preferred_mfa,
            can_turn_on=name in NEEDS and is_verified(profile, NEEDS[name]),
            can_turn_off=not is_last,
        )
        for name in acts.FACTORS
        if name in on or name in offered
    ]


def _offered(config: MfaConfig | None) -> set[str]:
    if config is None:
        return set(acts.FACTORS)
    flags = {APP: config.software_token, "SMS_MFA": config.sms, "EMAIL_OTP": config.email}
    return {name for name, is_offered in flags.items() if is_offered}


def _needs(profile: UserProfile, config: MfaConfig | None) -> list[str]:
    """The contacts that must be verified before a code can be sent there."""
    offered = _offered(config)
    return [
        contact for name, contact in NEEDS.items() if name in offered and not is_verified(profile, contact)
    ]
