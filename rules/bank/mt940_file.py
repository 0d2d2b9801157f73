"""MT940 (SWIFT, customer statement), by mt-940.

It gets the text as a file, because it would take a string for a path.
"""

import io
import re
from datetime import date, datetime
from typing import Any

from mt940 import Options, parse_statements

from rules.bank.bank_file import BadBankFile, BankFile, BankMove, require_few, tidy
from rules.billing import money

_TAG = re.compile(r"^:\d\d[A-Z]?:", re.MULTILINE)
_STATEMENT = re.compile(r"^(?=:20:)", re.MULTILINE)
_MOVE = re.compile(r"^:61:", re.MULTILINE)
_ODD_MOVE = re.compile(r"^:61:(?!\d{6}(\d{4}|\s{4})?R?[CD][A-Z]?\s?\d+,\d*(?![\d.,'])).*", re.MULTILINE)
"""A move whose amount is not in SWIFT's form: mt-940 reads 3.451,00 as 3."""
_CLOSED = re.compile(r"^:62[FM]:", re.MULTILINE)
_OBJECT = re.compile(r"<mt940\.tags\.(\w+) object at \w+>")
_OPTIONS = Options(merge_keeps_values=True, applicant_iban=True)
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
_CREDIT, _CREDIT_REVERSED = "C", "RC"


def read(raw: bytes) -> BankFile:
    """Return what a file says. Raises ``BadBankFile``."""
    text = _decoded(raw)
    require_few(_TAG.finditer(text))
    try:
        statements: list[Any] = parse_statements(io.StringIO(text), options=_OPTIONS)
        found = _file([(statement.data, list(statement)) for statement in statements])
    except BadBankFile:
        raise
    except (RuntimeError, ValueError, ArithmeticError, LookupError, AttributeError, TypeError) as error:
        said = _OBJECT.sub(r"\1", str(error.args[0] if error.args else error))
        raise BadBankFile(f"it is no MT940 that can be read: {tidy(said, 200)}") from None
    _require_whole(text, found, len(statements))
    return found


def _decoded(raw: bytes) -> str:
    """Return the text with one kind of line end, and each statement once."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    statements = _STATEMENT.split(text.replace("\r\n", "\n").replace("\r", "\n"))
    return "".join(f"{one}\n" for one in dict.fromkeys(one.rstrip() for one in statements))


def _require_whole(text: str, found: BankFile, statements: int) -> None:
    """Raise ``BadBankFile`` for what mt-940 skips in silence: the end of a cut file, and moves that it cannot read."""
    if len(_CLOSED.findall(text)) < statements:
        raise BadBankFile("a statement has no closing balance (:62F:): the file was cut off; export it again")
    if odd := _ODD_MOVE.search(text):
        raise BadBankFile(f"a move has no amount such as 1234,56: {tidy(odd[0], 60)}")
    moves, read_ = len(_MOVE.findall(text)), len(found.moves) + found.left_out
    if moves != read_:
        raise BadBankFile(f"it has {moves} moves (:61:), of which {read_} can be read")


def _file(statements: list[tuple[Any, list[Any]]]) -> BankFile:
    if not statements:
        raise BadBankFile("it has no statement (:20:)")
    moves: list[BankMove] = []
    left_out = 0
    for about, entries in statements:
        for entry in entries:
            if "amount" not in entry.data:
                continue  # what belongs to no :61:
            if entry.data["status"] in (_CREDIT, _CREDIT_REVERSED):
                moves.append(_move(str(about.get("account_identification") or ""), entry.data))
            else:
                left_out += 1
    return BankFile(moves=tuple(moves), left_out=left_out)


def _move(account: str, said: Any) -> BankMove:
    currency = said["amount"].currency
    if not currency:
        raise BadBankFile("a statement has no opening balance (:60F:), which names its currency")
    amount = abs(said["amount"].amount)
    minor = money.parse(f"{amount:f}", currency)
    booked: Any = said.get("entry_date") or said["date"]
    texts = [said.get(name) for name in ("purpose", "additional_purpose", "end_to_end_reference")]
    text = " ".join(str(one) for one in texts if one and one != "NOTPROVIDED") or said.get("transaction_details") or ""
    references = [said.get(name) for name in ("customer_reference", "bank_reference")]
    return BankMove(
        account=tidy(account, 40),
        booked_on=_day(booked),
        amount=-minor if said["status"] == _CREDIT_REVERSED else minor,
        payer=tidy(said.get("applicant_name"), 200),
        payer_iban=_iban(said),
        text=tidy(text),
        bank_reference=tidy(" ".join(one for one in references if one and one != "NONREF"), 100),
    )


def _iban(said: Any) -> str:
    written = str(said.get("applicant_iban") or "").replace(" ", "").upper()
    return written if _IBAN.fullmatch(written) else ""


def _day(value: date | datetime) -> date:
    return date(value.year, value.month, value.day)
