import pytest

from rules.certificates import dns_policy


@pytest.mark.parametrize(
    ("records", "hosts"),
    [
        ((), ()),
        (("10 mail.bakery.test",), ("mail.bakery.test",)),
        (("20 b.test", "10 a.test", "10 a.test"), ("a.test", "b.test")),
        (("5 xn--bcher-kva.example", "7 MX.Bakery.Test."), ("xn--bcher-kva.example", "mx.bakery.test")),
        (("0 ", "0 .", "0"), ()),
        (("10 a b.test", "x mail.test", "10", "", "10 a..test"), ()),
        (("10 mail.bakery.test", "65535 ab.nolapse-verification.invalid"), ("mail.bakery.test",)),
    ],
)
def test_mail_hosts_are_those_of_mx_records_the_preferred_first(records: tuple[str, ...], hosts: tuple[str, ...]):
    assert dns_policy.mail_hosts(records) == hosts
