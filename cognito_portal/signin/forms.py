"""Is what was typed of the right form? Nothing here knows of Cognito's answers.

The templates write their inputs themselves: rendering them by Django's widgets is most of what a sign-in
page costs (performance goal G2).
"""

from dataclasses import dataclass, field, replace

from django import forms
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cognito_portal.signin.attempt import is_attempt_id
from cognito_portal.signin.attributes import PREFIX, AttributeInput

USERNAME_CHARS = 128
PASSWORD_CHARS = 256
# What Cognito's own pattern for passwords takes for a blank; other white space is a character like any other.
BLANKS = " \t\n\r\f\v"
Words = str | Promise


class UsernameForm(forms.Form):
    """A name as Cognito takes it: 1 to 128 characters, blanks around it dropped, its case left alone."""

    username = forms.CharField(
        max_length=USERNAME_CHARS,
        error_messages={
            "required": _("Type your username."),
            "max_length": _("A username has at most 128 characters."),
        },
    )

    def field_errors(self) -> dict[str, str]:
        """The first error of each field."""
        return {name: str(errors[0]) for name, errors in self.errors.items()}


class SignInForm(UsernameForm):
    """Username and password. The password goes on byte for byte (ASVS 6.2.8)."""

    password = forms.CharField(
        max_length=PASSWORD_CHARS,
        strip=False,
        error_messages={
            "required": _("Type your password."),
            "max_length": _("A password has at most 256 characters."),
        },
    )


class OptionalPasswordForm(UsernameForm):
    """A name, and a password for those who have one."""

    password = forms.CharField(
        max_length=PASSWORD_CHARS,
        strip=False,
        required=False,
        error_messages={"max_length": _("A password has at most 256 characters.")},
    )


class RenewForm(forms.Form):
    """The temporary password once more."""

    password = forms.CharField(max_length=PASSWORD_CHARS, strip=False)


@dataclass(frozen=True, slots=True)
class NewPassword:
    """A new password and the attributes beside it, with what is wrong about them."""

    password: str = field(repr=False)
    password_error: Words
    attributes: tuple[AttributeInput, ...]

    @property
    def is_valid(self) -> bool:
        return not self.password_error and not any(attribute.error for attribute in self.attributes)

    def refused(self, error: Words) -> "NewPassword":
        """This form with what is wrong about the password."""
        return replace(self, password_error=error)

    def asks_for(self, attribute: str | None) -> bool:
        return any(item.attribute == attribute for item in self.attributes)

    def with_attribute_refused(self, attribute: str, error: Words) -> "NewPassword":
        """This form with what is wrong about one attribute."""
        marked = tuple(
            item.failed(error) if item.attribute == attribute else item for item in self.attributes
        )
        return replace(self, attributes=marked)

    def responses(self) -> dict[str, str]:
        """AWS's ChallengeResponses for NEW_PASSWORD_REQUIRED: only what was asked for."""
        return {"NEW_PASSWORD": self.password} | {item.name: item.value for item in self.attributes}


def read_new_password(data: QueryDict, inputs: tuple[AttributeInput, ...]) -> NewPassword:
    """Read the form of the new-password page. Only the inputs that were asked for are looked at."""
    password = data.get("new_password", "")
    return NewPassword(
        password=password,
        password_error=_fault(password),
        attributes=tuple(item.filled(data.get(PREFIX + item.attribute, "")) for item in inputs),
    )


def _fault(password: str) -> Words:
    if not password:
        return _("Type a new password.")
    if password != password.strip(BLANKS):
        return _("A password cannot begin or end with a blank.")
    if len(password) > PASSWORD_CHARS:
        return _("A password has at most 256 characters.")
    if "\0" in password:
        return _("This password holds a character that cannot be sent.")
    return ""


def posted_attempt_id(data: QueryDict) -> str:
    """The attempt id out of a form, or an empty text where it is no such id."""
    posted = data.get("attempt", "")
    return posted if is_attempt_id(posted) else ""


def posted_turn(data: QueryDict) -> int:
    """The turn out of a form, or -1 where it is no number."""
    posted = data.get("turn", "")
    return int(posted) if posted.isascii() and posted.isdigit() and len(posted) < 9 else -1
