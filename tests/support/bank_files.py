"""Bank files in which a test says what came: camt.053 and MT940, as banks write them."""

OURS = "DE02120300000000202051"
THEIRS = "DE89370400440532013000"


def entry(
    amount: str = "34.51", text: str = "INV-000001", *, kind: str = "CRDT", reference: str = "R1", more: str = ""
) -> str:
    """Return a booked entry with one payer."""
    return (
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{kind}</CdtDbtInd>{more}<Sts>BOOK</Sts>'
        f"<BookgDt><Dt>2026-11-02</Dt></BookgDt><AcctSvcrRef>{reference}</AcctSvcrRef>"
        f"<NtryDtls>{part(text)}</NtryDtls></Ntry>"
    )


def part(text: str, amount: str = "") -> str:
    """Return one payment of an entry."""
    own = f'<Amt Ccy="EUR">{amount}</Amt>' if amount else ""
    return (
        f"<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>{own}<RltdPties><Dbtr><Nm>Bakery</Nm></Dbtr>"
        f"<DbtrAcct><Id><IBAN>{THEIRS}</IBAN></Id></DbtrAcct></RltdPties><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls>"
    )


def batch(total: str, *parts: str) -> str:
    """Return an entry of several payments."""
    return entry(total).replace(f"<NtryDtls>{part('INV-000001')}", f"<NtryDtls>{''.join(parts)}")


def camt053(*entries: str, account: str = OURS, version: str = "camt.053.001.02", prefix: str = "") -> bytes:
    """Return a statement."""
    space = f'xmlns="urn:iso:std:iso:20022:tech:xsd:{version}"'
    return (
        f"{prefix}<Document {space}><BkToCstmrStmt><Stmt><Acct><Id><IBAN>{account}</IBAN></Id></Acct>"
        f"{''.join(entries)}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def mt940(*moves: str, account: str = "12030000/202051") -> bytes:
    """Return a statement; ``money_in`` makes its moves."""
    body = "".join(moves)
    text = (
        f":20:STARTUMS\r\n:25:{account}\r\n:28C:1/1\r\n:60F:C261101EUR1000,00\r\n{body}:62F:C261103EUR1000,00\r\n-\r\n"
    )
    return text.encode("latin-1")


def money_in(amount: str = "34,51", text: str = "INV-000001", *, mark: str = "C") -> str:
    """Return a move of MT940 with the fields that German banks fill."""
    return (
        f":61:2611021102{mark}R{amount}NTRFNONREF//R1\r\n"
        f":86:166?00GUTSCHRIFT?20{text}?30COBADEFFXXX?31{THEIRS}?32Bakery\r\n"
    )
