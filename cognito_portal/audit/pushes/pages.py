"""Receivers of rows on pages: auditors see what there is and how deliveries went, admins add, test and remove."""

import time

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cognito_portal.access import Role, is_in_group, staff_role
from cognito_portal.actors import actor
from cognito_portal.audit import record
from cognito_portal.audit.event_names import EVENTS
from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.models import Push
from cognito_portal.audit.pushes import sending, webhooks
from cognito_portal.audit.pushes.failing import NotTaken

SHOWN_DELIVERIES = 50
_FAULTS = {
    "credentials": gettext_lazy("Leave user and password out of the address: deliveries are signed."),
    "address": gettext_lazy("Type the whole address, such as https://siem.example.com/hook."),
    "https": gettext_lazy("The address must begin with https://."),
}


class WebhookForm(forms.Form):
    """An address that takes deliveries, and the events it wants; none means all."""

    target = forms.CharField(
        max_length=500,
        error_messages={
            "required": gettext_lazy("Type the address."),
            "max_length": gettext_lazy("An address has at most 500 characters here."),
        },
    )
    events = forms.MultipleChoiceField(
        required=False,
        choices=[(event.value, event.value) for event in Event],
        error_messages={"invalid_choice": gettext_lazy("There is no event of that name.")},
    )

    def clean_target(self) -> str:
        target: str = self.cleaned_data["target"]
        try:
            fault = webhooks.fault_of(target)
        except ValueError:
            fault = "address"
        if fault:
            raise forms.ValidationError(_FAULTS[fault])
        if Push.objects.filter(kind=Push.Kind.WEBHOOK, target=target).exists():
            raise forms.ValidationError(_("There is a webhook with this address already."))
        return target


@staff_role(Role.AUDITORS)
@never_cache
@require_safe
def pushes(request: HttpRequest) -> HttpResponse:
    """All receivers, and for admins the form for one more."""
    return _page(request, WebhookForm())


@staff_role(Role.ADMINS)
@never_cache
@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Add a webhook. Its secret is shown once, in the answer."""
    form = WebhookForm(request.POST)
    if form.is_valid():
        push, secret = _add(request, form)
        context = {"push": push, "secret": secret, "section": "pushes"}
        return render(request, "audit/push_added.html", context, status=201)
    record.note_bounded(
        event=Event.AUDIT_INPUT_REFUSED, outcome=Outcome.INPUT_REFUSED, by=actor(request), step="pushes"
    )
    return _page(request, form, status=400)


def _page(request: HttpRequest, form: WebhookForm, *, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "chosen": set(request.POST.getlist("events")),
        "pushes": Push.objects.order_by("id"),
        "events": [(event.value, EVENTS[event].label) for event in Event],
        "may_act": is_in_group(request, Role.ADMINS),
        "section": "pushes",
    }
    return render(request, "audit/pushes.html", context, status=status)


def _add(request: HttpRequest, form: WebhookForm) -> tuple[Push, str]:
    target, secret = form.cleaned_data["target"], webhooks.new_secret()
    with record.write_transaction():
        push = Push.objects.create(
            kind=Push.Kind.WEBHOOK,
            target=target,
            events=",".join(form.cleaned_data["events"]),
            sealed_secret=webhooks.sealed(secret, target=target),
            next_leaf=sending.end_of_log(),
            created_at=timezone.now(),
            created_by=actor(request).actor,
        )
        _note(request, f"add {push.pk}")
    return push, secret


@staff_role(Role.AUDITORS)
@never_cache
@require_safe
def push(request: HttpRequest, push_id: int) -> HttpResponse:
    """One receiver with its newest deliveries."""
    found = get_object_or_404(Push, pk=push_id)
    context = {
        "push": found,
        "deliveries": found.deliveries.order_by("-id")[:SHOWN_DELIVERIES],
        "waiting": max(0, sending.end_of_log() - found.next_leaf),
        "may_act": is_in_group(request, Role.ADMINS),
        "section": "pushes",
    }
    return render(request, "audit/push.html", context)


@staff_role(Role.ADMINS)
@never_cache
@require_POST
def act(request: HttpRequest, push_id: int) -> HttpResponse:
    """Pause, resume, remove or test a webhook, as the button says."""
    found = get_object_or_404(Push, pk=push_id, kind=Push.Kind.WEBHOOK)
    chosen = request.POST.get("act", "")
    if chosen == "test":
        return _test(request, found)
    if chosen not in ("pause", "resume", "remove"):
        raise Http404
    with record.write_transaction():
        _note(request, f"{chosen} {found.pk}")
        if chosen == "remove":
            found.delete()
            return redirect("audit:pushes")
        found.is_active, found.failures, found.retry_at = chosen == "resume", 0, None
        found.save(update_fields=["is_active", "failures", "retry_at"])
    return redirect("audit:push", push_id=found.pk)


def _test(request: HttpRequest, push: Push) -> HttpResponse:
    """Send a delivery without rows, and say what came of it."""
    _note(request, f"test {push.pk}")
    started, problem, status = time.monotonic(), "", None
    try:
        status = webhooks.deliver(
            target=push.target,
            sealed_secret=push.sealed_secret,
            message_id=f"{push.pk}-test-{time.time_ns()}",
            documents=[],
        )
    except NotTaken as error:
        problem, status = error.problem, error.status
    push.deliveries.create(
        at=timezone.now(),
        first_leaf=push.next_leaf,
        rows=0,
        status=status,
        problem=problem,
        duration_ms=round(1000 * (time.monotonic() - started)),
    )
    return redirect("audit:push", push_id=push.pk)


def _note(request: HttpRequest, step: str) -> None:
    record.note(event=Event.AUDIT_PUSH_CHANGED, outcome=Outcome.RECORDED, by=actor(request), step=step)
