import pytest
from django.test import Client

from tests.audit.visitors import client_of
from tests.databases import Database


@pytest.fixture
def auditor(database: Database) -> Client:
    """A browser in which an auditor has signed in, on each of the two databases."""
    return client_of("auditors")
