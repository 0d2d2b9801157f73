"""MT940 (SWIFT, customer statement), by mt-940, which is handed the text alone: a string it would take for a path."""

import io
import re
from datetime import date, datetime
from typing import Any

from mt940 import Options, parse_statements

from rules.bank.bank_file import BadBankFile, BankFile, BankMove, require_few, tidy
from rules.billing import money

_TAG = re.compile(r"^:\d\d[A-Z]?:", re.MULTILINE)
_OPTIONS = Options(merge_keeps_values=True, applicant_iban=True)
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
_CREDIT, _CREDIT_REVERSED = "C", "RC"


def read(raw: bytes) -> BankFile:
    """Return what a file says. Raises ``BadBankFile``."""
    text = _decoded(raw)
    require_few(_TAG.finditer(text))
    try:
        statements: list[Any] = parse_statements(io.StringIO(text), options=_OPTIONS)
        found = [(statement.data, list(statement)) for statement in statements]
        return _file(found)
    except BadBankFile:
        raise
    except (RuntimeError, ValueError, ArithmeticError, LookupError, AttributeError, TypeError) as error:
        raise BadBankFile(f"it is no MT940 that can be read: {tidy(str(error), 200)}") from None


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


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
