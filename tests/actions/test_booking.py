"""What is agreed is kept and read again as it was, whatever day and hour are named."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from actions.booking import agreed_time, code_of
from actions.calendar import PARTS, date_of, wish_of
from tests.actions.dialogue import NOON

clock = st.builds("{:02d}:{:02d}".format, st.integers(0, 23), st.integers(0, 59))
hours = st.one_of(
    clock,
    clock.map(">{}".format),
    clock.map("<{}".format),
    st.builds("{}-{}".format, clock, clock),
    st.sampled_from([*PARTS]),
)
days = st.one_of(
    st.integers(0, 99).map("+{}".format),
    st.integers(1, 7).map("wd{}".format),
    st.integers(1, 31).map("d{}".format),
    st.dates().map(lambda date: f"{date:%m-%d}"),
    st.just("weekend"),
)
moments = st.integers(0, 10_000_000).map(lambda minutes: NOON + dt.timedelta(minutes=minutes))


@given(days, moments)
def test_a_day_is_never_in_the_past(day: str, now: dt.datetime) -> None:
    date = date_of(day, now.date())
    assert date is None or date >= now.date()
    if day[:2] == "wd" and date:
        assert (date.isoweekday(), (date - now.date()).days < 7) == (int(day[2:]), True)


@given(days, hours, moments)
def test_what_was_agreed_is_read_again_as_it_was(day: str, time: str, now: dt.datetime) -> None:
    wish = wish_of(day, time, now)
    assert wish is not None
    assert wish_of(day, code_of(agreed_time(wish)), now) == wish


@given(st.text(max_size=30), st.text(max_size=30), moments)
def test_no_day_and_no_hour_is_too_strange(day: str, time: str, now: dt.datetime) -> None:
    wish_of(day, time, now)
    code_of(time)
