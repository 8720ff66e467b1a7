from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.http import QueryDict
from hypothesis import given
from hypothesis import strategies as st

from cognito_portal.audit.events import Event, Outcome
from cognito_portal.audit.filters import FAILURES, LABELS, PRESETS, BadFilter, Filter
from cognito_portal.audit.storable import storable

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def parsed(query: str, **more: Any) -> Filter:
    return Filter.parse(QueryDict(query), now=NOW, **more)


def problems(query: str) -> dict[str, str]:
    with pytest.raises(BadFilter) as raised:
        parsed(query)
    return raised.value.problems


def test_every_field_has_a_label_and_a_place_in_the_url() -> None:
    assert {field.name for field in fields(Filter)} == set(LABELS)


def test_nothing_given_is_no_filter() -> None:
    assert parsed("since=&until=&person=%20&event=&begun=") == Filter()
    assert Filter().query() == ""
    assert Filter().chips() == []


def test_times_are_utc_unless_they_say_otherwise() -> None:
    assert parsed("since=2026-03-02T09:30&until=2026-03-02T12:00:00%2B01:00") == Filter(
        since=datetime(2026, 3, 2, 9, 30, tzinfo=UTC), until=datetime(2026, 3, 2, 11, 0, tzinfo=UTC)
    )


@pytest.mark.parametrize("preset", PRESETS)
def test_preset_counts_back_from_now_and_stays_a_preset(preset: str) -> None:
    made = parsed(f"preset={preset}")
    assert made.since == NOW - PRESETS[preset][0]
    assert made.query() == f"preset={preset}"


def test_a_preset_made_fixed_keeps_its_times() -> None:
    fixed = parsed("preset=1h").fixed(now=NOW)
    assert fixed.query() == "since=2026-03-02T08%3A00%3A00Z&until=2026-03-02T09%3A00%3A00Z"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("192.0.2.7/24", "192.0.2.0/24"),
        ("2001:DB8::1", "2001:db8::1"),
        ("2001:db8::1/48", "2001:db8::/48"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("0.0.0.0/0", "0.0.0.0/0"),
    ],
)
def test_addresses_and_networks_take_one_form(typed: str, meant: str) -> None:
    assert parsed(f"address={typed}").address == meant


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("since=2026-02-30T09:00", "since"),
        ("since=yesterday", "since"),
        ("until=0001-01-01T00:00%2B14:00", "until"),
        (f"since={'9' * 41}", "since"),
        ("since=2026-03-02T09:00&until=2026-03-02T09:00", "until"),
        ("preset=1h&since=2026-03-02T09:00", "preset"),
        ("preset=2h", "preset"),
        ("event=signin.dreamt", "event"),
        ("outcome=perhaps", "outcome"),
        ("address=192.0.2.300", "address"),
        ("address=192.0.2.0/33", "address"),
        ("address=192.0.2.0/-1", "address"),
        ("address=192.0.2.0/", "address"),
        ("address=192.0.2.0/255.255.255.0", "address"),
        ("address=fe80::1%25eth0", "address"),
        (f"person={'x' * 257}", "person"),
        ('person=""', "person"),
        ("person=a%00b", "person"),
        (f"attempt_id={'x' * 65}", "attempt_id"),
        ("error_code=%ED%A0%80%1b", "error_code"),
        ("begun=yes", "begun"),
        ("person=ann&person=bob", "person"),
        ("id__gt=5", ""),
        ("order=time", ""),
    ],
)
def test_what_is_no_filter_is_refused_with_a_sentence_beside_its_field(query: str, field: str) -> None:
    found = problems(query)
    assert list(found) == [field]
    assert found[field].endswith(".")


def test_every_wrong_field_is_told_at_once() -> None:
    assert set(problems("event=x&outcome=y&address=z&q=1")) == {"event", "outcome", "address", ""}


def test_an_unknown_parameter_is_named_without_what_could_break_a_line() -> None:
    assert "a\x00b" not in problems("a%00b=1")[""]


def test_parameters_of_the_page_are_no_filters() -> None:
    assert parsed("before=x", also=["before"]) == Filter()


def test_a_filter_too_long_to_be_stored_is_refused() -> None:
    assert set(problems("person=" + "é" * 250 + "&actor=" + "é" * 150)) == {""}


def test_chips_read_in_words_and_each_lets_itself_be_removed() -> None:
    made = parsed("event=signin.started&outcome=failure&preset=7d&begun=1")
    assert [(chip.label, chip.value) for chip in made.chips()] == [
        ("Time", "Last 7 days"),
        ("Event", "Username and password sent"),
        ("Outcome", "Any failure"),
        ("Rows", "with what was begun"),
    ]
    assert made.chips()[0].query_without == "event=signin.started&outcome=failure&begun=1"


def test_any_failure_stands_for_the_failures_alone() -> None:
    assert parsed("outcome=failure").outcomes() == FAILURES
    assert {Outcome.BAD_CREDENTIALS, Outcome.THROTTLED_HERE} <= set(FAILURES)
    assert not {Outcome.NONE, Outcome.SUCCESS, Outcome.CHALLENGE, Outcome.UNKNOWN} & set(FAILURES)


texts = st.text(min_size=1, max_size=20).filter(lambda text: text == text.strip() == storable(text, 20))
filters = st.builds(
    Filter,
    since=st.none() | st.datetimes(datetime(1990, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),
    until=st.none() | st.datetimes(datetime(2030, 1, 2), datetime(2050, 1, 1), timezones=st.just(UTC)),
    person=st.just("") | texts.filter(lambda text: text.strip('" ')),
    actor=st.just("") | texts,
    event=st.just("") | st.sampled_from([event.value for event in Event]),
    outcome=st.sampled_from([outcome.value for outcome in Outcome]),
    error_code=st.just("") | texts,
    address=st.sampled_from(["", "192.0.2.7", "192.0.2.0/24", "2001:db8::/32"]),
    begun=st.booleans(),
)


@given(filters)
def test_the_query_string_of_a_filter_gives_it_back(made: Filter) -> None:
    assert Filter.of_query(made.query(), now=NOW + timedelta(days=1)) == made
