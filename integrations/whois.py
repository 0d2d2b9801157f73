"""WHOIS: what a registry says of a domain, as text (RFC 3912).

    root ──"refer: SERVER"──> registry ──"Registrar WHOIS Server: SERVER"──> registrar, where the registry is thin

What the texts mean is decided in ``rules.whois``; how a server wants to be asked is among its facts.
"""

import re
from dataclasses import replace

from integrations.deadline import Deadline
from integrations.errors import IntegrationError, Rejected, Throttled, Unavailable
from integrations.guard import Guard, connect
from rules import domains
from rules.domains import RAW_LONGEST, Answer, Record
from rules.whois import decode, facts, reader

PORT = 43
MOST_BYTES = 64 * 1024
CHUNK = 4096

QUERY = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
SERVER = re.compile(r"([a-z0-9.-]+)(?::([0-9]{1,5}))?", re.IGNORECASE)
TO_REGISTRY = re.compile(r"^(?:refer|whois):[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)
TO_REGISTRAR = re.compile(r"^[ \t]*Registrar WHOIS Server:[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)
ROOT_KNOWS_NONE = re.compile(r"^(?:domain:|% This query returned 0 objects)", re.IGNORECASE | re.MULTILINE)
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def fetch(name: str, *, root: str, guard: Guard, deadline_s: float) -> Record:
    """Ask the registry of ``name``, an A-label domain, that ``root`` ("whois.iana.org:43") refers to.

    The registrar is asked too where the registry leaves fields out; what goes wrong there costs nothing but the
    fields. Raises ``Throttled``, ``Unavailable`` or ``Rejected``; text that nobody understands is ``UNPARSABLE``.
    """
    if not QUERY.fullmatch(name):  # a line break would be a second query, a leading hyphen an option
        raise Rejected(f"{name!r} is not a name to ask for")
    deadline = Deadline.after(deadline_s)
    registry = _registry(name.rpartition(".")[2], root, guard, deadline)
    record = _answer(registry, name, guard, deadline)
    if record.answer is Answer.THROTTLED:
        raise Throttled(f"{registry} says that it was asked too often")
    if record.answer is not Answer.REGISTERED or (record.expires and record.registrar and record.nameservers):
        return record
    return _completed(record, guard, deadline)


def read(name: str, text: str, server: str) -> Record:
    """Return what a WHOIS answer says of ``name``; no text makes this raise.

    Dates, name servers and a registrar are only there when the name is registered, whatever words stand around them.
    A date without a zone, or without a time, is taken as UTC and midnight.
    """
    said = reader.read(name, text, server=server)
    record = Record(name=name, answer=said.answer, source="whois", server=server, raw=text[:RAW_LONGEST])
    if said.answer is not Answer.REGISTERED:
        return record
    return replace(
        record,
        created=said.created.moment() if said.created else None,
        updated=said.updated.moment() if said.updated else None,
        expires=said.expires.moment() if said.expires else None,
        registrar=said.registrar,
        nameservers=said.nameservers,
        statuses=said.statuses,
    )


def _registry(tld: str, root: str, guard: Guard, deadline: Deadline) -> str:
    text = _ask(root, tld, guard, deadline)
    referral = TO_REGISTRY.search(text)
    if referral:
        return referral[1]
    if ROOT_KNOWS_NONE.search(text):
        raise Rejected(f".{tld} has no WHOIS server")
    if read(tld, text, root).answer is Answer.THROTTLED:
        raise Throttled(f"{root} says that it was asked too often")
    raise Unavailable(f"{root} does not say which server answers for .{tld}")


def _completed(record: Record, guard: Guard, deadline: Deadline) -> Record:
    """Return the registry's record with what only the registrar knows; the registry goes before it."""
    referral = TO_REGISTRAR.search(record.raw)
    if referral is None or referral[1].lower() == record.server.lower():
        return record
    try:
        registrars = _answer(referral[1], record.name, guard, deadline)
    except IntegrationError:
        return record  # what the registry said holds without its registrar
    return domains.merge(registrars, record)


def _answer(server: str, name: str, guard: Guard, deadline: Deadline) -> Record:
    """Ask in the server's own form, and read its answer."""
    known = facts.of(name, _address(server)[0])
    return read(name, _ask(server, known.query.format(name=name), guard, deadline, known.charset), server)


def _ask(server: str, query: str, guard: Guard, deadline: Deadline, charset: str = "utf-8") -> str:
    host, port = _address(server)
    addresses = guard.resolve(host, port, deadline=deadline, ports=frozenset({PORT}))
    try:
        with connect(addresses, deadline) as connection:
            connection.sendall(f"{query}\r\n".encode("ascii"))
            answer = bytearray()
            while len(answer) < MOST_BYTES:
                connection.settimeout(deadline.left())
                chunk = connection.recv(CHUNK)
                if not chunk:
                    break
                answer += chunk
    except OSError as error:
        deadline.left()  # what is late is to be called late
        raise Unavailable(f"{server}: {type(error).__name__}: {error}") from error
    if not answer.strip():
        raise Unavailable(f"{server} hung up without an answer")
    text = decode.decoded(bytes(answer[:MOST_BYTES]), charset)
    return CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _address(server: str) -> tuple[str, int]:
    parts = SERVER.fullmatch(server)
    if parts is None:
        raise Rejected(f"{server[:80]!r} is not a server's address")
    return parts[1], int(parts[2] or PORT)
