"""Servers of old and new versions of TLS, of STARTTLS, and some that speak no TLS at all."""

from collections.abc import Iterator
from dataclasses import replace
from ssl import TLSVersion

from rules.certificates.faults import FaultKind
from rules.certificates.observation import Protocol
from sandbox import pki
from sandbox.configurations.authorities import Authorities, configuration
from sandbox.configurations.configuration import Configuration

INTERNAL_ERROR = b"\x15\x03\x03\x00\x02\x02\x50"
BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
SMTP = (b"220 mail.configurations.test ESMTP\r\n", b"250-mail.configurations.test\r\n250 STARTTLS\r\n", b"220 Go\r\n")
SMTP_BARE = (SMTP[0], b"250 mail.configurations.test\r\n", b"502 Not here\r\n")
POSTGRES, POSTGRES_BARE = (b"", b"S"), (b"", b"N")


def faulty(made: Authorities) -> Iterator[Configuration]:
    old = FaultKind.OLD_PROTOCOL
    first = made.serving("tls-1.0", old)
    yield replace(first, oldest=TLSVersion.TLSv1, newest=TLSVersion.TLSv1)
    second = made.serving("tls-1.1", old)
    yield replace(second, oldest=TLSVersion.TLSv1_1, newest=TLSVersion.TLSv1_1)
    outdated = FaultKind.OUTDATED_HANDSHAKE
    third = made.serving("handshake-signed-with-sha1", outdated, key=pki.kept_key("RSA-2048"))
    yield replace(third, newest=TLSVersion.TLSv1_2, signatures=b"RSA+SHA1")
    fourth = made.serving("finite-fields-alone", outdated)
    yield replace(fourth, oldest=TLSVersion.TLSv1_3, groups=b"ffdhe4096")
    fifth = made.serving("cipher-of-no-browser", outdated)
    yield replace(fifth, newest=TLSVersion.TLSv1_2, ciphers=b"ECDHE-ECDSA-AES128-SHA256")
    sixth = made.serving("curve-of-few-browsers", outdated)
    yield replace(sixth, groups=b"P-521")
    yield configuration("plain-http", FaultKind.NOT_TLS, preface=(b"", BAD_REQUEST))
    yield configuration("alert", FaultKind.HANDSHAKE_FAILED, preface=(b"", INTERNAL_ERROR))
    yield configuration("smtp-without-starttls", FaultKind.NO_STARTTLS, protocol=Protocol.SMTP, preface=SMTP_BARE)
    refusing = configuration("postgres-without-tls", FaultKind.NO_STARTTLS, preface=POSTGRES_BARE)
    yield replace(refusing, protocol=Protocol.POSTGRES)
    expired = made.serving("smtp-for-another", FaultKind.WRONG_HOST, names=("elsewhere.configurations.test",))
    yield replace(expired, protocol=Protocol.SMTP, preface=SMTP)


def sound(made: Authorities) -> Iterator[Configuration]:
    yield replace(made.serving("tls-1.2"), newest=TLSVersion.TLSv1_2)
    yield replace(made.serving("tls-1.3"), oldest=TLSVersion.TLSv1_3)
    both = made.serving("handshake-signed-with-either", key=pki.kept_key("RSA-2048"))
    yield replace(both, newest=TLSVersion.TLSv1_2, signatures=b"RSA+SHA1:RSA+SHA256")
    wanting = replace(made.serving("client-certificate"), wants_certificate=True, newest=TLSVersion.TLSv1_2)
    yield wanting.noting(FaultKind.CLIENT_CERTIFICATE)
    wanting = replace(made.serving("client-certificate-1.3"), wants_certificate=True, oldest=TLSVersion.TLSv1_3)
    yield wanting.noting(FaultKind.CLIENT_CERTIFICATE)
    over_smtp = replace(wanting, name="client-certificate-smtp", protocol=Protocol.SMTP, preface=SMTP)
    yield over_smtp.noting(FaultKind.CLIENT_CERTIFICATE)
    preferring = replace(made.serving("ciphers-of-both-kinds"), newest=TLSVersion.TLSv1_2)
    yield replace(preferring, ciphers=b"ECDHE-ECDSA-AES256-SHA384:ECDHE-ECDSA-AES128-GCM-SHA256")
    unseen = replace(made.serving("smtp-with-a-cipher-of-no-browser"), protocol=Protocol.SMTP, preface=SMTP)
    yield replace(unseen, newest=TLSVersion.TLSv1_2, ciphers=b"ECDHE-ECDSA-AES128-SHA256")
    yield replace(made.serving("tls-1.0-to-1.3"), oldest=TLSVersion.TLSv1)
    yield replace(made.serving("smtp"), protocol=Protocol.SMTP, preface=SMTP)
    yield replace(made.serving("postgres"), protocol=Protocol.POSTGRES, preface=POSTGRES)
