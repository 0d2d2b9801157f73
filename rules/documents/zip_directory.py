"""Reads a ZIP's entries from both places that describe them, which must agree (APPNOTE.TXT 6.3.10).

local header, name, data │ local header, name, data │ ... │ central directory │ end record, comment

ZIP readers differ in the place that they trust, and in the bytes that they skip. So every byte must belong to one part.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace

from rules.documents.contents import ZIP_END, ZIP_TAIL, Content, refuse_in_frame
from rules.documents.objections import Objectionable, ObjectionKind

_END = struct.Struct("<4s4H2LH")
_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64 = struct.Struct("<4sLQL")

_IN_EXTRA = 0xFFFFFFFF  # the number is in the entry's zip64 field
_IN_RECORD = 0xFFFF
_ZIP64, _UNICODE_PATH = 0x0001, 0x7075
_ENCRYPTED, _STRONGLY_ENCRYPTED, _MASKED = 1 << 0, 1 << 6, 1 << 13
_DESCRIPTOR, _UTF8 = 1 << 3, 1 << 11
_DESCRIPTOR_LENGTHS = (12, 16, 20, 24)
_DIRECTORY_LARGEST = 16 * 1024 * 1024
_UNIX, _MACOS = 3, 19
_FILE_KIND, _IS_FOLDER, _IS_FILE = 0o170000, 0o040000, 0o100000


@dataclass(frozen=True, slots=True, kw_only=True)
class ZipEntry:
    """One entry: its names as given, its sizes in bytes, and where its data are in the file."""

    name: str
    other_name: str
    """Another name that the entry gives itself (Info-ZIP's Unicode path); the same as ``name`` where it gives none."""
    packed: int
    unpacked: int
    method: int
    crc: int
    start: int
    encrypted: bool
    mode: int
    """The mode of Unix; 0 where the archive states none."""

    @property
    def is_folder(self) -> bool:
        return self.name.endswith("/")

    @property
    def is_special(self) -> bool:
        """Whether it is a link, a device or a pipe, or its mode says another kind (file, folder) than its name."""
        return self.mode & _FILE_KIND not in {0, _IS_FOLDER if self.is_folder else _IS_FILE}


@dataclass(frozen=True, slots=True)
class _Placed:
    """An entry of the central directory, with the facts that its local header has to confirm."""

    offset: int
    flags: int
    raw_name: bytes
    entry: ZipEntry


def read(content: Content, *, most: int) -> tuple[ZipEntry, ...]:
    """Return the entries of a ZIP, at most ``most``, in the order of their data in the file.

    Raises ``Objectionable`` where the two descriptions contradict each other, where entries share bytes, where bytes
    belong to no entry, and where there are several ways to find the archive.
    """
    end = _end_record_at(content)
    count, size, offset, directory_end = _directory(content, end)
    if count > most:
        raise Objectionable(ObjectionKind.TOO_MANY, "entries", found=count, most=most)
    if offset + size != directory_end or size > _DIRECTORY_LARGEST:
        raise Objectionable(ObjectionKind.POLYGLOT, "before" if offset + size < directory_end else "directory")
    directory = content[offset : offset + size]
    refuse_in_frame(directory)
    placed = sorted(_listed(directory, count), key=lambda one: one.offset)
    found, at, flags = list[ZipEntry](), 0, 0
    for one in placed:
        _refuse_gap(at, one.offset, flags)
        entry = _confirmed(content, one, directory=offset)
        found.append(entry)
        at, flags = entry.start + entry.packed, one.flags
    _refuse_gap(at, offset, flags)
    return tuple(found)


def _refuse_gap(at: int, following: int, flags: int) -> None:
    """Raise where an entry does not begin right after the one before it and its descriptor."""
    if following < at:
        raise Objectionable(ObjectionKind.OVERLAP)
    if following - at not in (_DESCRIPTOR_LENGTHS if flags & _DESCRIPTOR else (0,)):
        raise Objectionable(ObjectionKind.POLYGLOT, "between" if at else "before")


def _end_record_at(content: Content) -> int:
    """Return the offset of the end record. It has to be the only one that ends where the file does."""
    base = max(0, len(content) - ZIP_TAIL)
    tail = content[base:]
    found = list[int]()
    at = tail.find(ZIP_END)
    while at >= 0:
        if len(tail) - at >= _END.size and at + _END.size + _END.unpack_from(tail, at)[7] == len(tail):
            found.append(base + at)
        at = tail.find(ZIP_END, at + 1)
    if len(found) > 1:
        raise Objectionable(ObjectionKind.POLYGLOT, "zip")
    if not found:
        raise Objectionable(ObjectionKind.POLYGLOT if ZIP_END in tail else ObjectionKind.MALFORMED, "after")
    refuse_in_frame(content[found[0] + _END.size :])
    return found[0]


def _directory(content: Content, end: int) -> tuple[int, int, int, int]:
    """Return the number of entries, the directory's size and offset, and the offset of the record behind it."""
    _, disk, first_disk, here, count, size, offset, _ = _END.unpack_from(content, end)
    if disk not in {0, _IN_RECORD} or first_disk not in {0, _IN_RECORD} or here != count:
        raise Objectionable(ObjectionKind.MALFORMED, "parts")
    locator = end - _LOCATOR_64.size
    if locator < _END_64.size or content[locator : locator + 4] != b"PK\x06\x07":
        return count, size, offset, end
    record = _LOCATOR_64.unpack_from(content, locator)[2]
    if record > locator - _END_64.size or content[record : record + 4] != b"PK\x06\x06":
        raise Objectionable(ObjectionKind.MALFORMED, "directory")
    _, length, *_, here, count_64, size_64, offset_64 = _END_64.unpack_from(content, record)
    agree = count in {count_64, _IN_RECORD} and size in {size_64, _IN_EXTRA} and offset in {offset_64, _IN_EXTRA}
    if not agree or here != count_64 or record + 12 + length != locator:
        raise Objectionable(ObjectionKind.LYING, "directory")
    return count_64, size_64, offset_64, record


def _listed(directory: bytes, count: int) -> Iterator[_Placed]:
    at = 0
    for _ in range(count):
        placed, at = _placed(directory, at)
        yield placed
    if at != len(directory):
        raise Objectionable(ObjectionKind.MALFORMED, "directory")


def _placed(directory: bytes, at: int) -> tuple[_Placed, int]:
    """Return the entry at an offset of the central directory, and the offset of the next one."""
    if len(directory) - at < _CENTRAL.size or directory[at : at + 4] != b"PK\x01\x02":
        raise Objectionable(ObjectionKind.MALFORMED, "directory")
    fields = _CENTRAL.unpack_from(directory, at)
    made_by, flags, method, crc, packed, unpacked = fields[1], *fields[3:5], *fields[7:10]
    name_length, extra_length, comment_length, disk = fields[10:14]
    attributes, offset = fields[15:17]
    at += _CENTRAL.size
    raw_name, extra = directory[at : at + name_length], directory[at + name_length :][:extra_length]
    at += name_length + extra_length + comment_length
    extras = dict(_extras(extra))
    unpacked, packed, offset = _large((unpacked, packed, offset), extras.get(_ZIP64, b""))
    if disk:
        raise Objectionable(ObjectionKind.MALFORMED, "parts")
    name = _decoded(raw_name, flags)
    entry = ZipEntry(
        name=name,
        other_name=_unicode_path(extras.get(_UNICODE_PATH), name),
        packed=packed,
        unpacked=unpacked,
        method=method,
        crc=crc,
        start=0,
        encrypted=bool(flags & (_ENCRYPTED | _STRONGLY_ENCRYPTED | _MASKED)),
        mode=attributes >> 16 if made_by >> 8 in {_UNIX, _MACOS} else 0,
    )
    return _Placed(offset, flags, raw_name, entry), at


def _confirmed(content: Content, placed: _Placed, *, directory: int) -> ZipEntry:
    """Return the entry with the offset of its data, once its own header has confirmed what the directory says.

    ``directory`` is the offset of the central directory.
    """
    entry, offset = placed.entry, placed.offset
    if offset + _LOCAL.size > directory or content[offset : offset + 4] != b"PK\x03\x04":
        raise Objectionable(ObjectionKind.MALFORMED, "header")
    _, _, flags, method, _, _, crc, packed, unpacked, name_length, extra_length = _LOCAL.unpack_from(content, offset)
    start = offset + _LOCAL.size + name_length + extra_length
    frame = content[offset + _LOCAL.size : start]
    refuse_in_frame(frame)
    unpacked, packed, _ = _large((unpacked, packed, 0), dict(_extras(frame[name_length:])).get(_ZIP64, b""))
    same = frame[:name_length] == placed.raw_name and method == entry.method
    if not same or (flags ^ placed.flags) & _ENCRYPTED:
        raise Objectionable(ObjectionKind.LYING, "header")
    left_open = flags & _DESCRIPTOR and not (crc or packed or unpacked)
    if not left_open and (crc, packed, unpacked) != (entry.crc, entry.packed, entry.unpacked):
        raise Objectionable(ObjectionKind.LYING, "header")
    if start + entry.packed > directory:
        raise Objectionable(ObjectionKind.OVERLAP)
    return replace(entry, start=start)


def _extras(extra: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the extra fields of an entry: their ids and contents."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        yield kind, extra[at + 4 : at + 4 + length]
        at += 4 + length


def _large(numbers: tuple[int, int, int], zip64: bytes) -> tuple[int, int, int]:
    """Return unpacked size, packed size and offset; those that do not fit 32 bits stand in ``zip64``, in this order."""
    at, whole = 0, list[int]()
    for number in numbers:
        if number != _IN_EXTRA:
            whole.append(number)
            continue
        if len(zip64) < at + 8:
            raise Objectionable(ObjectionKind.MALFORMED, "header")
        whole.append(int.from_bytes(zip64[at : at + 8], "little"))
        at += 8
    return whole[0], whole[1], whole[2]


def _decoded(raw_name: bytes, flags: int) -> str:
    try:
        return raw_name.decode("utf-8" if flags & _UTF8 else "cp437")
    except UnicodeDecodeError:
        raise Objectionable(ObjectionKind.MALFORMED, "name") from None


def _unicode_path(field: bytes | None, name: str) -> str:
    """Return the name in the field (a version, the CRC of the plain name, UTF-8); the plain one where there is none."""
    if field is None:
        return name
    try:
        return field[5:].decode()
    except UnicodeDecodeError:
        raise Objectionable(ObjectionKind.MALFORMED, "name") from None
