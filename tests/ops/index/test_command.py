"""`manage.py pool_index`."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from cognito_portal.ops.models import PoolIndexEntry, PoolIndexState
from tests.ops.index.accounts import Listing
from tests.ops.index.test_passes import NAMES, listing, names, refused

__all__ = ["listing"]


def said(*options: str) -> str:
    output = StringIO()
    call_command("pool_index", *options, stdout=output)
    return output.getvalue()


def test_pass_is_made_though_none_is_due(listing: Listing) -> None:
    assert "5 accounts" in said()
    asked = len(listing.tokens)
    said()
    assert len(listing.tokens) == 2 * asked
    assert names() == NAMES


def test_status_makes_no_pass(listing: Listing) -> None:
    assert "last whole: never" in said("--status")
    assert listing.tokens == []


def test_rebuilding_begins_with_an_empty_index(listing: Listing) -> None:
    said()
    before = set(PoolIndexEntry.objects.values_list("pk", flat=True))
    said("--rebuild")
    assert names() == NAMES
    assert not before & set(PoolIndexEntry.objects.values_list("pk", flat=True))


def test_missing_right_is_named_and_is_a_failure(listing: Listing) -> None:
    listing.faults = [refused("AccessDeniedException")]
    with pytest.raises(CommandError, match="cognito-idp:ListUsers"):
        said()


def test_cognito_that_refuses_is_told_without_a_traceback(listing: Listing) -> None:
    listing.faults = [refused("InternalErrorException")]
    with pytest.raises(CommandError, match="server_error"):
        said()


def test_pass_under_way_is_told(listing: Listing) -> None:
    said()
    PoolIndexState.objects.update(is_running=True, seen=3)
    assert "under way: 3 accounts seen" in said("--status")
