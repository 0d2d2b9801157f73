from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.whois import dates
from rules.whois.dates import Stated
from rules.whois.reader import read


def stated(text: str, order: dates.Order = "dmy") -> Stated | None:
    written = dates.written(text)
    return written.stated(order) if written else None


@pytest.mark.parametrize(
    "text",
    [
        *("2014-03-09", "2014.03.09", "2014/03/09", "2014. 03. 09.", "2014年03月09日", "20140309", "20140309101112"),
        *("09-Mar-2014", "09-MAR-14", "9 March 2014", "9th March 2014", "March 9, 2014", "Mar  9 2014", "2014-Mar-09."),
        *("Sun Mar  9 10:11:12 2014", "Sun Mar 09 10:11:12 GMT 2014", "Sunday, 09-Mar-14 10:11:12 UTC"),
        *("9. marca 2014", "9 de marzo de 2014", "9. März 2014", "9 mars 2014", "9 maart 2014", "09 Mart 2014"),
        *("9 марта 2014", "9. března 2014", "9 março 2014", "9.3.2014", "09/03/2014", "9-3-2014 10:11"),
        *("20140309 #24302", "0-XX 20140309000000", "someone@example.net 20140309134104"),
        *("2014-03-09 (YYYY-MM-DD)", "2014-03-09 24:00:00", "09.03.2014 10:11:12", "2014-03-09T10:11:12.123456789Z"),
    ],
)
def test_a_day_is_read_in_whatever_shape_it_is_written(text):
    found = stated(text)
    assert found is not None
    assert found.day == date(2014, 3, 9)


@pytest.mark.parametrize(
    "text",
    [
        "", "-", "none", "0000-00-00", "0000-00-00 00:00:00", "1970-01-01", "31/31/2014", "2014-02-30", "31 Feb 2014",
        "before 1 January 1996", "before Aug-1996", "until cancelled", "2 years", "02nd August each year",
        "1402/07/21",
        "+1.2083895740", "192.0.2.1", "2001:db8::1", "99999999999999999999", "12345", "March", "Mar 2014",
    ],
)  # fmt: skip
def test_what_is_no_day_is_not_read_as_one(text):
    assert stated(text) is None


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2014-03-09T10:11:12Z", datetime(2014, 3, 9, 10, 11, 12, tzinfo=UTC)),
        ("2014-03-09T01:11:12+0300", datetime(2014, 3, 8, 22, 11, 12, tzinfo=UTC)),
        ("2014-03-09 01:11:12+03", datetime(2014, 3, 8, 22, 11, 12, tzinfo=UTC)),
        ("2014-03-09 01:11:12 (UTC+8)", datetime(2014, 3, 8, 17, 11, 12, tzinfo=UTC)),
        ("2014-03-09T01:11:12+03:00[Europe/Moscow]", datetime(2014, 3, 8, 22, 11, 12, tzinfo=UTC)),
        ("2014/03/09 01:11:12 (JST)", datetime(2014, 3, 8, 16, 11, 12, tzinfo=UTC)),
        ("09 Mar 2014 01:11 EAT", datetime(2014, 3, 8, 22, 11, tzinfo=UTC)),
        ("Sun Mar 09 23:11:12 EDT 2014", datetime(2014, 3, 10, 3, 11, 12, tzinfo=UTC)),
    ],
)
def test_the_day_is_the_answers_own_and_the_moment_is_utc(text, at):
    found = stated(text)
    assert found is not None
    assert found.day == date(2014, 3, 9)
    assert found.at == found.moment() == at


@pytest.mark.parametrize("text", ["2014-03-09 10:11:12", "2014-03-09 10:11:12 IST", "09.03.2014 10:11:12 Europe/Riga"])
def test_a_zone_that_is_not_stated_or_not_sure_leaves_the_moment_open(text):
    found = stated(text)
    assert found is not None
    assert found == Stated(date(2014, 3, 9), time(10, 11, 12))
    assert found.moment() == datetime(2014, 3, 9, 10, 11, 12, tzinfo=UTC)


@pytest.mark.parametrize(("text", "year"), [("9-Mar-69", 2069), ("9-Mar-70", 1970), ("9/3/85", 1985), ("9/3/26", 2026)])
def test_a_year_of_two_digits_is_of_the_internets_time(text, year):
    found = stated(text)
    assert found is None if year < dates.EARLIEST else found is not None and found.day.year == year


@pytest.mark.parametrize(("order", "month"), [("dmy", 4), ("mdy", 3)])
def test_two_numbers_that_may_both_be_the_month_are_read_in_the_answers_order(order, month):
    found = stated("03/04/2014", order)
    assert found is not None
    assert found.day.month == month


@pytest.mark.parametrize(
    ("rest", "day"),
    [
        ("Created: 12/18/2001\n", date(2020, 3, 2)),
        ("Created: 18/12/2001\n", date(2020, 2, 3)),
        ("% dates are MM/DD/YYYY\n", date(2020, 3, 2)),
        ("Updated (dd/mm/yyyy): 01/01/2019\n", date(2020, 2, 3)),
    ],
)
def test_the_order_of_days_is_that_of_the_other_dates_and_of_the_servers_note(rest, day):
    text = f"Domain: example.test\n{rest}Expires: 03/02/2020\nRegistrar: Example Ltd\n"
    expires = read("example.test", text).expires
    assert expires is not None
    assert expires.day == day


@pytest.mark.parametrize(
    ("domain", "written", "day"),
    [
        ("example.test", "03/02/2020", None),
        ("example.us", "03/02/2020", None),
        ("example.test", "03-02-2020", date(2020, 2, 3)),
        ("example.pt", "03/02/2020", date(2020, 2, 3)),
        ("example.tk", "03/02/2020", date(2020, 3, 2)),
        ("example.test", "03.02.2020", date(2020, 2, 3)),
        ("example.test", "02/02/2020", date(2020, 2, 2)),
        ("example.test", "3/2/2020 4:05 PM", date(2020, 3, 2)),
    ],
)
def test_a_day_that_may_be_another_is_stated_only_where_something_tells_which(domain, written, day):
    expires = read(domain, f"Domain: {domain}\nExpires: {written}\nRegistrar: Example Ltd\n").expires
    assert (expires.day if expires else None) == day


def test_what_is_not_in_english_puts_the_day_first():
    text = "Domaine : example.test\nExpire le : 03/02/2020\nRegistrar : Example\n"
    expires = read("example.test", text).expires
    assert expires is not None
    assert expires.day == date(2020, 2, 3)


@pytest.mark.parametrize("row", ["Billed on 12/18/2001", "% data of 12/18/2001"])
def test_any_other_date_of_the_answer_tells_the_order(row):
    text = f"Domain: example.test\n{row}\nExpires: 03/02/2020\nRegistrar: Example Ltd\n"
    expires = read("example.test", text).expires
    assert expires is not None
    assert expires.day == date(2020, 3, 2)


@settings(deadline=None)
@given(st.text(max_size=200))
def test_no_text_makes_a_date_fail(text):
    stated(text)


@settings(deadline=None)
@given(st.dates(date(1980, 1, 1)), st.sampled_from(["%Y-%m-%d", "%d %B %Y", "%B %d, %Y", "%d-%b-%Y", "%Y%m%d"]))
def test_a_written_day_is_read_back(day, shape):
    found = stated(day.strftime(shape))
    assert found is not None
    assert found.day == day
