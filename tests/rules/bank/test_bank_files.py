"""Bank files as they are read: what came in, once each, and nothing that a hostile file wants."""

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.bank import bank_file, formats
from rules.bank.bank_file import BadBankFile, BankMove
from rules.billing.money import Money
from tests.support.bank_files import OURS, THEIRS, batch, camt053, entry, money_in, mt940, part

REVERSED = "<RvslInd>true</RvslInd>"


def amounts(raw: bytes) -> list[int]:
    return [one.amount.minor for one in formats.read(raw).moves]


@pytest.mark.parametrize("raw", [camt053(entry()), mt940(money_in())], ids=["camt.053", "MT940"])
def test_a_payment_is_read_with_its_payer_and_what_they_wrote(raw: bytes) -> None:
    (move,) = formats.read(raw).moves
    assert (move.amount, move.booked_on) == (Money(3451, "EUR"), date(2026, 11, 2))
    assert (move.payer, move.payer_iban, move.text, move.bank_reference) == ("Bakery", THEIRS, "INV-000001", "R1")
    assert bank_file.is_account(move.account, OURS)
    assert not bank_file.is_account(move.account, THEIRS)


def test_what_left_or_is_only_announced_is_no_payment() -> None:
    pending = entry().replace("BOOK", "PDNG")
    found = formats.read(camt053(entry(kind="DBIT"), pending, entry(more=REVERSED), entry()))
    assert (len(found.moves), found.left_out) == (1, 3)
    assert formats.read(mt940(money_in(mark="D"), money_in())).left_out == 1


def test_what_the_bank_took_back_is_below_zero() -> None:
    assert amounts(camt053(entry(kind="DBIT", more=REVERSED))) == [-3451]
    assert amounts(mt940(money_in(mark="RC"))) == [-3451]


def test_a_batch_is_its_parts_and_one_whose_parts_do_not_add_up_is_whole() -> None:
    assert amounts(camt053(batch("50.00", part("a", "20.00"), part("b", "30.00")))) == [2000, 3000]
    assert amounts(camt053(batch("50.00", part("a"), part("b")))) == [5000]
    assert amounts(camt053(batch("50.00", part("a", "20.00"), part("b", "20.00")))) == [5000]


def test_a_prefix_of_the_namespace_changes_nothing() -> None:
    plain = camt053(entry()).decode()
    prefixed = plain.replace("</", "</n:").replace("<", "<n:").replace("<n:/n:", "</n:").replace("xmlns=", "xmlns:n=")
    assert amounts(prefixed.encode()) == [3451]


def test_the_same_file_has_the_same_keys_and_two_equal_payments_two() -> None:
    moves = formats.read(camt053(entry(), entry())).moves
    keys = bank_file.keys(moves)
    assert len(set(keys)) == 2
    assert bank_file.keys(formats.read(camt053(entry(), entry(), entry("1.00"))).moves)[:2] == keys


def test_a_statement_that_stands_in_a_file_twice_is_read_once() -> None:
    plain, other = camt053(entry()).decode(), camt053(entry("1.00")).decode()
    begin, end = plain.index("<Stmt>"), plain.index("</Stmt>") + len("</Stmt>")
    doubled = plain[:end] + plain[begin:end] + other[other.index("<Stmt>") :]
    assert amounts(doubled.encode()) == [3451, 100]
    assert amounts(mt940(money_in()) * 2 + mt940(money_in("1,00"))) == [3451, 100]


def test_the_line_ends_of_an_old_mac_are_line_ends() -> None:
    assert amounts(mt940(money_in()).replace(b"\r\n", b"\r")) == [3451]


BOMB = "<!DOCTYPE x [" + '<!ENTITY a "aaaaaaaaaa">' + '<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">' + "]>"


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (camt053(entry(), prefix=BOMB), "document type"),
        (camt053(entry(), prefix='<!DOCTYPE x SYSTEM "file:///etc/passwd">'), "document type"),
        (camt053(entry(), version="camt.052.001.02"), "no camt.053"),
        (camt053(entry("1.234")), "entry 1: 1.234 has more decimals"),
        (camt053(entry("-1.00")), "entry 1"),
        (camt053(entry("1e3")), "entry 1: not an amount"),
        (camt053(entry().replace("2026-11-02", "02.11.2026")), "day of booking"),
        (b"<a>" * 100_000, "not well-formed"),
        (b"PK\3\4", "ZIP archive"),
        (b"/etc/passwd", "neither"),
        (b"", "neither"),
        (b"x" * (bank_file.MOST_BYTES + 1), "more than 2 MB"),
        (b":20:A\n:25:1\n" + b":61:\n" * (bank_file.MOST_MOVES + 1), "more than 10000"),
        (b":20:A\n:25:1\n:61:nonsense\n", "no MT940 that can be read: Unable to parse Statement from 'nonsense'"),
        (mt940(money_in())[:-40], "no closing balance"),
        (mt940(money_in("3.451,00")), "a move has no amount such as 1234,56: :61:2611021102CR3.451,00"),
        (mt940(money_in("9999999999999999,51")), "more than can be billed"),
        (mt940(money_in()).decode("latin-1").encode("utf-16"), "neither"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_is_wrong(raw: bytes, said: str) -> None:
    with pytest.raises(BadBankFile, match=said):
        formats.read(raw)


@pytest.mark.parametrize("make", [lambda text: camt053(entry(text=text)), lambda text: mt940(money_in(text=text))])
@given(st.text(st.characters(codec="latin-1", exclude_characters="<&?:"), max_size=60))
def test_whatever_a_payer_writes_is_one_line_that_can_be_kept(make: Callable[[str], bytes], text: str) -> None:
    try:
        moves = formats.read(make(text)).moves
    except BadBankFile:
        return  # a character that XML has not
    for move in moves:
        assert move.text.isprintable()
        assert len(move.text) <= 500


@given(st.binary(max_size=300))
def test_no_bytes_make_it_fail_otherwise(raw: bytes) -> None:
    for begin in (b"", b"<Document>", b":20:A\n:25:1\n:60F:C261101EUR1,\n:61:2611021102CR34,51NTRFNONREF\n:86:"):
        try:
            found = formats.read(begin + raw)
        except BadBankFile:
            continue
        assert all(isinstance(one, BankMove) for one in found.moves)
