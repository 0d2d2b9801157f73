"""What one line says and none contradicts: the registrar's number, where it takes complaints, whether DNSSEC is on."""

from rules.whois import contacts, signing

_LONGEST_NUMBER = 7


class Particulars:
    """These fields as the lines so far have them, each with the number of its line."""

    __slots__ = ("found",)

    def __init__(self):
        """Begin without any."""
        self.found: dict[str, tuple[str | bool, int]] = {}

    def take_iana_id(self, value: str, number: int) -> None:
        """Take a registrar's number in IANA's list."""
        written = value.partition(" ")[0].strip()
        if written.isascii() and written.isdigit() and len(written) <= _LONGEST_NUMBER:
            self.found.setdefault("registrar_id", (written, number))

    def take_abuse(self, value: str, number: int) -> None:
        """Take where complaints go: a mail address rather than a telephone number."""
        where = contacts.where(value)
        known = self.found.get("abuse")
        if where and (known is None or ("@" in where and "@" not in str(known[0]))):
            self.found["abuse"] = (where, number)

    def take_signed(self, value: str, number: int) -> None:
        """Take what is said of DNSSEC, or a key."""
        signed = signing.said(value)
        if signed is not None:
            self.found.setdefault("dnssec", (signed, number))
