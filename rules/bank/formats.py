"""Reads a bank's file in whichever format it has."""

import codecs

from rules.bank import camt053, mt940_file
from rules.bank.bank_file import MOST_BYTES, BadBankFile, BankFile

_XML = (b"<", codecs.BOM_UTF8 + b"<", codecs.BOM_UTF16_LE + b"<", codecs.BOM_UTF16_BE + b"\0<")


def read(raw: bytes) -> BankFile:
    """Return what a file says, camt.053 or MT940. Raises ``BadBankFile``, saying what is wrong and what to do."""
    if len(raw) > MOST_BYTES:
        raise BadBankFile(f"it has more than {MOST_BYTES // 1_000_000} MB; export a shorter time")
    if raw.startswith(b"PK"):
        raise BadBankFile("it is a ZIP archive; unpack it, and give the files in it one by one")
    begin = raw.lstrip()
    if begin.startswith(_XML):
        return camt053.read(begin)
    if b":20:" in raw and b":25" in raw:
        return mt940_file.read(raw)
    raise BadBankFile("it is neither camt.053 nor MT940; ask the bank's site for one of these")
