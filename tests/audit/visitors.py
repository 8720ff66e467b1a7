"""Browsers in which somebody of the staff has signed in."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from tests.databases import Database

URL = "/audit/"


class TlsClient(Client):
    """A browser that comes by TLS."""

    def generic(self, *args: Any, **kwargs: Any) -> Any:
        return super().generic(*args, **{**kwargs, "secure": True})


def client_of(*groups: str) -> Client:
    """A browser in which a member of staff in these groups has signed in."""
    user = User.objects.create_user("-".join(["staff", *groups]))
    user.groups.set(Group.objects.get_or_create(name=name)[0] for name in groups)
    client = TlsClient(headers={"host": "localhost"})
    client.force_login(user)
    return client


@pytest.fixture
def auditor(sqlite: Database) -> Iterator[Client]:
    yield client_of("auditors")
