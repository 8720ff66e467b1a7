"""What a form of the desk asks for beside its reason: one input each, with what was typed and what is wrong."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from cognito_portal.attributes import Words

TRUE = "true"
# Before the name of an input: what stood there when the form was shown.
WAS = "was."


def nothing_wrong(typed: str) -> Words:
    """Any text will do."""
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One input. `type` is HTML's, or `radio` and `select` with their `choices` (values with their words).

    `was` is what stands there now, None where nothing can: a form brings it back under WAS, so that what nobody
    touched is told from what somebody changed. `note` stands behind the label. `is_further`: it stands folded
    away, below the others. `fault` says what is wrong about a text.
    """

    name: str
    label: Words
    type: str = "text"
    choices: tuple[tuple[str, str | Promise], ...] = ()
    note: Words = ""
    help: Words = ""
    inputmode: str = ""
    required: bool = False
    is_further: bool = False
    fault: Callable[[str], Words] = nothing_wrong
    was: str | None = None
    value: str = ""
    error: Words = ""

    @property
    def id(self) -> str:
        """The id of its input."""
        return "ask-" + re.sub(r"[^A-Za-z0-9_-]", "-", self.name)

    @property
    def is_choice(self) -> bool:
        """Whether one of several is chosen."""
        return self.type in ("radio", "select")

    @property
    def problem(self) -> tuple[str, Words] | None:
        """The id of its input and what is wrong, which names it; None where nothing is."""
        return (self.id, f"{self.label}: {self.error}") if self.error else None

    def chosen(self, value: str) -> "Ask":
        """This input with one of its choices made; as it was where that is none of them."""
        return replace(self, value=value) if value in dict(self.choices) else self

    def answered(self, posted: Mapping[str, str]) -> "Ask":
        """This input with what was posted under its name, and with what is wrong about it.

        What a form did not bring stays as it was; a box that is not ticked brings nothing.
        """
        if self.type == "checkbox":
            return replace(self, value=TRUE if posted.get(self.name) == TRUE else "")
        if self.was is not None and self._is_untouched(posted):
            return self
        typed = posted.get(self.name, self.value).strip()
        return replace(self, value=typed, error=self._wrong(typed))

    def failed(self, error: Words) -> "Ask":
        """This input with what is wrong about it."""
        return replace(self, error=error)

    def _is_untouched(self, posted: Mapping[str, str]) -> bool:
        # A browser takes the line breaks out of what stands in an input, and leaves them in a hidden one.
        typed, was = (_in_one_line(posted.get(name)) for name in (self.name, WAS + self.name))
        return typed is not None and typed == was

    def _wrong(self, typed: str) -> Words:
        if self.is_choice:
            is_fine = typed in dict(self.choices) or not (typed or self.required)
            return "" if is_fine else _("Choose one.")
        if not typed:
            return _("Fill in this field.") if self.required else ""
        return self.fault(typed)


def _in_one_line(text: str | None) -> str | None:
    return None if text is None else text.replace("\r", "").replace("\n", "")
