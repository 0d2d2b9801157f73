"""camt.053 (ISO 20022, bank to customer statement), by pycamt.

pycamt parses with libxml2, which resolves no entities and asks no network for them; a file that declares a document
type is refused. Where the parts of a batch do not add up to the booked amount, the entry is one move: pycamt gives each
part without an amount that of the whole entry, and may pick an amount in another currency.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from pycamt.parser import Camt053ParseError, Camt053Parser  # pyright: ignore[reportMissingTypeStubs]

from rules.bank.bank_file import BadBankFile, BankFile, BankMove, require_few, tidy
from rules.billing import money
from rules.billing.money import Money

_SPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053."
_Part = dict[str, str | None]


def _parsed(raw: bytes) -> Any:
    parser: Any = Camt053Parser(raw)
    root = parser.tree
    if root.getroottree().docinfo.doctype:
        raise BadBankFile("it declares a document type, which no bank's file does")
    space, _, _ = str(root.tag).removeprefix("{").rpartition("}")
    if not space.startswith(_SPACE):
        raise BadBankFile(f"it is XML, but no camt.053: {tidy(str(root.tag), 80)}")
    parser.namespaces = {None: space}
    return parser


def _entries(parser: Any) -> Iterator[list[_Part]]:
    """Yield for each entry its total, followed by its parts; pycamt itself offers the parts of all entries in one list.

    A statement that is in the file twice is read once. Entries are removed from the tree first: pycamt searches the
    account anew for each entry, and would pass all entries before it.
    """
    seen = set[tuple[object, ...]]()
    for statement in parser._find_statements_or_reports():  # noqa: SLF001 - see above, also below
        said = tuple((one.tag, one.text, *one.items()) for one in statement.iter())
        if said in seen:
            continue
        seen.add(said)
        entries = statement.findall("./Ntry", parser.namespaces)
        for entry in entries:
            statement.remove(entry)
        for entry in entries:
            total = parser._extract_common_entry_data(entry, statement)  # noqa: SLF001
            yield [total, *parser._extract_transaction(entry, statement)]  # noqa: SLF001


def read(raw: bytes) -> BankFile:
    """Return what a file says. Raises ``BadBankFile``."""
    try:
        entries = list(_entries(_parsed(raw)))
    except Camt053ParseError:
        raise BadBankFile("it has no statement (Stmt)") from None
    except SyntaxError as error:  # of the XML
        raise BadBankFile(f"it is not well-formed: {tidy(error.msg, 200)}") from None
    require_few(part for entry in entries for part in entry[1:])
    moves: list[BankMove] = []
    left_out = 0
    for number, (total, *parts) in enumerate(entries, 1):
        if not _may_be_payment(total):
            left_out += 1
            continue
        try:
            moves.extend(_moves(total, parts))
        except (ValueError, KeyError) as error:
            raise BadBankFile(f"entry {number}: {error}") from None
    return BankFile(moves=tuple(moves), left_out=left_out)


def _may_be_payment(entry: _Part) -> bool:
    """Tell whether an entry is booked, and is money that came in, or that came in and was taken back."""
    booked = entry.get("Status") in (None, "BOOK")
    return booked and (entry.get("CreditDebitIndicator") == "CRDT") != _is_reversal(entry)


def _is_reversal(entry: _Part) -> bool:
    return entry.get("ReversalIndicator") in ("true", "1")


def _moves(total: _Part, parts: list[_Part]) -> list[BankMove]:
    whole = _move(total)
    try:
        found = [_move(one) for one in parts]
    except ValueError:
        found = []
    if sum(one.amount.minor for one in found) == whole.amount.minor:
        return found
    return [_move({**(parts[0] if len(parts) == 1 else {}), **{k: v for k, v in total.items() if v is not None}})]


def _move(part: _Part) -> BankMove:
    amount = money.parse(part.get("Amount") or "", part.get("Currency") or "")
    if amount.minor < 0:
        raise ValueError("its amount is below zero; camt.053 says that by CdtDbtInd")
    remittance = part.get("RemittanceInformationFull") or part.get("RemittanceInformation") or ""
    structured = part.get("RemittanceInformation") or ""
    words = (remittance, structured if structured not in remittance else "", part.get("EndToEndId") or "")
    return BankMove(
        account=tidy(part.get("AccountIBAN"), 40),
        booked_on=_day(part.get("BookingDate") or part.get("ValueDate")),
        amount=-amount if _is_reversal(part) else Money(amount.minor, amount.currency),
        payer=tidy(part.get("DebtorName"), 200),
        payer_iban=tidy(part.get("DebtorIBAN"), 34).replace(" ", ""),
        text=tidy(" ".join(one for one in words if one and one != "NOTPROVIDED"))
        or tidy(part.get("AdditionalEntryInformation")),
        bank_reference=tidy(part.get("TransactionID"), 100),
    )


def _day(written: str | None) -> date:
    try:
        return date.fromisoformat((written or "")[:10])
    except ValueError:
        raise ValueError(f"its day of booking is missing or no date: {tidy(written, 30)!r}") from None
