"""Whatever is asked for, the list has what a look at every entry gives, in its order, page by page."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from pytest_django import Settings

from cognito_portal.audit.record import account_of
from cognito_portal.ops.index import entries, search, text
from cognito_portal.ops.index.filters import AccountFilter
from cognito_portal.ops.index.search import Count, NoSuchPlace
from cognito_portal.ops.index.words import Term, state_of
from cognito_portal.ops.models import NEVER, PoolIndexEntry
from tests.databases import Database
from tests.ops.index.accounts import NOON, user

NOW = datetime.fromtimestamp(NOON, UTC)
DAY_S = 86_400
TERM = Term(now=NOW, days=7)
NAMES = [
    "Ann",
    "ann.b",
    "Joanna",
    "ＡＮＮＡ",
    "o'neil",
    "50%",
    "5_0",
    "al",
    "Zoë",
    "Straße",
    "x" * 128,
    'qu"ote',
]
TEAMS = ["Blue", "blue sky", "Red"]


@pytest.fixture
def pool(database: Database, settings: Settings) -> list[PoolIndexEntry]:
    """Some dozens of accounts of every kind, many alike."""
    settings.POOL_INDEX_ATTRIBUTES = ["email", "phone_number", "name", "custom:team"]
    chance = random.Random(5)
    accounts = []
    for number in range(80):
        name = f"{NAMES[number % len(NAMES)]}{number // len(NAMES) or ''}"
        has = {
            "email": f"{chance.choice(['ann', 'bob'])}{number}@Example.com",
            "name": chance.choice(["Ann Lee", "Bo Li"]),
            "email_verified": chance.choice(["true", "false"]),
            "phone_number": f"+1202555{number:04d}",
            "phone_number_verified": chance.choice(["true", "false"]),
        }
        team = chance.choice([*TEAMS, ""])
        accounts.append(
            user(
                name,
                at=NOON - DAY_S * chance.choice([0.5, 1, 6.1, 6.9, 7, 20]),
                status=chance.choice(["CONFIRMED", "FORCE_CHANGE_PASSWORD", "UNCONFIRMED", "FROM_LATER"]),
                enabled=chance.random() < 0.8,
                **has,
                **({"custom:team": team} if team else {}),
            )
        )
    with transaction.atomic():
        entries.store(accounts, is_whole=False)
    kept = list(PoolIndexEntry.objects.all())
    for entry in kept:
        entry.last_sign_in_at = chance.choice(
            [NEVER, NOW, NOW - timedelta(days=40), NOW - timedelta(days=400)]
        )
    PoolIndexEntry.objects.bulk_update(kept, ["last_sign_in_at"])
    return kept


@pytest.fixture(params=["few", "many"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to a part of a text: by the index of three letters, and where too many have it."""
    if request.param == "many":
        monkeypatch.setattr(text, "FEW", 2)


# --- what a look at every entry gives


def has_part(asked: str) -> Callable[[PoolIndexEntry], bool]:
    folded = account_of(asked)
    if len(folded) < 3:
        return lambda entry: entry.folded.startswith(folded)
    return lambda entry: any(folded in account_of(each) for each in texts(entry))


def texts(entry: PoolIndexEntry) -> list[str]:
    return [entry.username, entry.sub, *entry.attributes.values()]


def invited(entry: PoolIndexEntry) -> bool:
    return entry.status == "FORCE_CHANGE_PASSWORD"


def left(entry: PoolIndexEntry) -> timedelta:
    return entry.modified_at + timedelta(days=7) - NOW


LOOKS: list[tuple[dict[str, Any], Callable[[PoolIndexEntry], bool]]] = [
    ({}, lambda entry: True),
    ({"status": "CONFIRMED"}, lambda entry: entry.status == "CONFIRMED"),
    ({"enabled": "no"}, lambda entry: not entry.enabled),
    ({"enabled": "yes"}, lambda entry: entry.enabled),
    ({"email_verified": "yes"}, lambda entry: entry.email_verified),
    ({"phone_verified": "no"}, lambda entry: not entry.phone_number_verified),
    ({"signed_in": "never"}, lambda entry: entry.last_sign_in_at == NEVER),
    (
        {"signed_in": "dormant", "days": 90},
        lambda entry: NEVER < entry.last_sign_in_at < NOW - timedelta(days=90),
    ),
    ({"invitation": "open"}, lambda entry: invited(entry) and left(entry) > timedelta()),
    (
        {"invitation": "expiring"},
        lambda entry: invited(entry) and timedelta() < left(entry) <= timedelta(hours=24),
    ),
    ({"invitation": "expired"}, lambda entry: invited(entry) and left(entry) <= timedelta()),
    (
        {"attribute": "custom:team", "value": "BLUE"},
        lambda entry: entry.attributes.get("custom:team") == "Blue",
    ),
    (
        {"attribute": "custom:team", "value": "lue", "how": "has"},
        lambda entry: "lue" in entry.attributes.get("custom:team", ""),
    ),
    ({"text": "ann"}, has_part("ann")),
    ({"text": "NNA"}, has_part("nna")),
    ({"text": "a"}, has_part("a")),
    ({"text": "al"}, has_part("al")),
    ({"text": "strasse"}, has_part("strasse")),
    ({"text": "50%"}, has_part("50%")),
    ({"text": "5_0"}, has_part("5_0")),
    ({"text": 'u"ot'}, has_part('u"ot')),
    ({"text": "o'neil"}, has_part("o'neil")),
    ({"text": "b7@EXAMPLE"}, has_part("b7@example")),
    ({"text": "5550012"}, has_part("5550012")),
    ({"text": "sub-jo"}, has_part("sub-jo")),
    ({"text": "nobody has this"}, lambda entry: False),
    ({"text": '"ann"'}, lambda entry: entry.folded == "ann"),
    ({"text": '"+12025550012"'}, lambda entry: entry.phone_number == "+12025550012"),
    ({"text": '"BOB1@example.com"'}, lambda entry: account_of(entry.email) == "bob1@example.com"),
]
KEYS = {"name": "folded", "created": "created_at", "sign_in": "last_sign_in_at"}
SORTS = ["name", "-name", "created", "-created", "sign_in", "-sign_in"]


def expected(
    pool: list[PoolIndexEntry], fits: Callable[[PoolIndexEntry], bool], sort: str = "name"
) -> list[int]:
    def key(entry: PoolIndexEntry) -> tuple[Any, int]:
        value = getattr(entry, KEYS[sort.lstrip("-")])
        return value.encode() if isinstance(value, str) else value, entry.pk

    return [entry.pk for entry in sorted(filter(fits, pool), key=key, reverse=sort.startswith("-"))]


def pages(asked: AccountFilter, *, limit: int = 7) -> list[list[int]]:
    page = search.page(asked, TERM, limit=limit)
    found = [[entry.pk for entry in page.entries]]
    while page.following:
        page = search.page(asked, TERM, after=page.following, limit=limit)
        found.append([entry.pk for entry in page.entries])
    return found


def flat(found: list[list[int]]) -> list[int]:
    return [each for page in found for each in page]


def test_filter_means_what_a_look_at_every_entry_gives(pool: list[PoolIndexEntry], way: None) -> None:
    for asked, fits in LOOKS:
        found = flat(pages(AccountFilter(**asked)))
        assert sorted(found) == sorted(expected(pool, fits)), asked
        assert search.capped_count(AccountFilter(**asked), TERM) == Count(len(found)), asked


def test_filters_combine(pool: list[PoolIndexEntry], way: None) -> None:
    chance = random.Random(3)
    for _ in range(60):
        chosen = chance.sample(LOOKS, 3)
        asked = {name: value for each, _ in chosen for name, value in each.items()}
        if len(asked) < sum(len(each) for each, _ in chosen):
            continue
        found = flat(pages(AccountFilter(**asked)))
        wanted = [entry.pk for entry in pool if all(fits(entry) for _, fits in chosen)]
        assert sorted(found) == sorted(wanted), asked


@pytest.mark.parametrize("sort", SORTS)
def test_pages_keep_the_order_and_have_everybody_once(
    pool: list[PoolIndexEntry], sort: str, database: Database
) -> None:
    found = flat(pages(AccountFilter(sort=sort)))
    assert len(found) == len(set(found)) == len(pool)
    if sort.endswith("name") and database.vendor == "postgresql":
        # Letters have the order there that the database was made with.
        return
    assert found == expected(pool, lambda entry: True, sort)


@pytest.mark.parametrize("sort", SORTS)
def test_paging_back_shows_the_same_pages(pool: list[PoolIndexEntry], sort: str) -> None:
    asked = AccountFilter(sort=sort, enabled="yes")
    forth = pages(asked)
    page = search.page(asked, TERM, after=forth[-2][-1], limit=7)
    back = [[entry.pk for entry in page.entries]]
    while page.earlier:
        page = search.page(asked, TERM, before=page.earlier, limit=7)
        back.insert(0, [entry.pk for entry in page.entries])
    assert back == forth


def test_place_that_is_gone_is_told(pool: list[PoolIndexEntry]) -> None:
    place = pool[5].pk
    entries.remove([place])
    with pytest.raises(NoSuchPlace):
        search.page(AccountFilter(), TERM, after=place)


def test_account_that_is_gone_is_found_by_nothing(pool: list[PoolIndexEntry], way: None) -> None:
    gone = next(entry for entry in pool if entry.username == "Joanna")
    with transaction.atomic():
        entries.remove([gone.pk])
    assert gone.pk not in flat(pages(AccountFilter(text="joanna")))


def test_account_is_found_by_its_new_name_and_not_by_the_old(pool: list[PoolIndexEntry], way: None) -> None:
    entries.refresh(user("Ann", at=NOON + 1, email="fresh@new.example"))
    assert len(flat(pages(AccountFilter(text="fresh@new")))) == 1
    found = PoolIndexEntry.objects.filter(pk__in=flat(pages(AccountFilter(text="@example.com"))))
    assert "Ann" not in {entry.username for entry in found}


def test_count_stops_at_its_cap(pool: list[PoolIndexEntry], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "COUNT_CAP", 10)
    assert search.capped_count(AccountFilter(), TERM) == Count(10, is_capped=True)
    assert search.counts()["CONFIRMED"] == Count(10, is_capped=True)


def test_count_that_takes_too_long_is_none(
    pool: list[PoolIndexEntry], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "COUNT_LIMIT_S", 0.0)
    assert search.capped_count(AccountFilter(), TERM) is None


def test_each_state_is_counted(pool: list[PoolIndexEntry]) -> None:
    counts = search.counts()
    of_state = [entry.status for entry in pool]
    known = ("CONFIRMED", "FORCE_CHANGE_PASSWORD", "UNCONFIRMED")
    assert {name: counts[name].accounts for name in known} == {name: of_state.count(name) for name in known}
    assert counts["no"].accounts == sum(not entry.enabled for entry in pool)
    assert "ARCHIVED" not in counts


def test_other_pools_accounts_are_not_there(pool: list[PoolIndexEntry], settings: Settings) -> None:
    settings.COGNITO_USER_POOL_ID = "eu-west-1_Another"
    assert flat(pages(AccountFilter())) == []
    assert search.counts() == {}


def test_database_without_an_index_of_three_letters_finds_the_same(
    pool: list[PoolIndexEntry], monkeypatch: pytest.MonkeyPatch
) -> None:
    with_it = flat(pages(AccountFilter(text="ann")))
    monkeypatch.setattr(text, "_has_table", lambda: False)
    assert flat(pages(AccountFilter(text="ann"))) == with_it


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"status": "CONFIRMED"}, "Confirmed"),
        ({"status": "CONFIRMED", "enabled": False}, "Disabled"),
        ({"status": "FORCE_CHANGE_PASSWORD", "at": NOON - 7 * DAY_S}, "Temporary password expired"),
        ({"status": "FORCE_CHANGE_PASSWORD", "at": NOON - 6 * DAY_S}, "Invited"),
        ({"status": "FROM_LATER"}, "FROM_LATER"),
    ],
)
def test_state_is_told_in_words(database: Database, more: dict[str, Any], words: str) -> None:
    entries.refresh(user("ann", **more))
    assert str(state_of(PoolIndexEntry.objects.get(), TERM).label) == words
