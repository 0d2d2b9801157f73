"""Each kind of fault for staff: its title, and how to mend it."""

from dataclasses import dataclass

from rules.certificates.faults import FaultKind


@dataclass(frozen=True, slots=True)
class Remediation:
    """A short title in sentence case, and what to do in one or two sentences."""

    title: str
    how: str


REMEDIATION: dict[FaultKind, Remediation] = {
    FaultKind.UNREACHABLE: Remediation(
        "Server does not answer",
        "See whether the server and its service run, and whether a firewall lets the port through. If the address is"
        " no longer in use, take it out of the DNS.",
    ),
    FaultKind.NOT_NOW: Remediation(
        "Server takes no connections for now",
        "See in its log what it lacks: it may be overloaded, at its limit of connections, or starting. If it means our"
        " address alone, have that exempted from its limits.",
    ),
    FaultKind.NOT_TLS: Remediation(
        "No TLS on this port",
        "Turn TLS on for this port, or correct the endpoint's port and protocol here: it may need STARTTLS.",
    ),
    FaultKind.NO_STARTTLS: Remediation(
        "STARTTLS is not offered",
        "Give the service a certificate and turn STARTTLS on: with Postfix smtpd_tls_security_level = may, with Dovecot"
        " ssl = yes. A firewall that inspects mail may also be removing the offer.",
    ),
    FaultKind.HANDSHAKE_FAILED: Remediation(
        "TLS handshake fails",
        "Look into the server's log at the time of the scan. Usual causes are a missing key or certificate file, no"
        " protocol or cipher in common, or a server that does not know the name that it is asked for.",
    ),
    FaultKind.UNREADABLE: Remediation(
        "Certificate cannot be read",
        "The server sends something that is no certificate. Install the file that the authority issued, in PEM, and"
        " reload the server.",
    ),
    FaultKind.REVOKED: Remediation(
        "Certificate is revoked",
        "Have a new certificate issued with a new key, install it everywhere and reload the servers. Ask the authority"
        " why it was revoked: the key may have leaked.",
    ),
    FaultKind.EXPIRED: Remediation(
        "Certificate has expired",
        "Renew it now and reload the server: with Certbot `certbot renew`, then `systemctl reload` of the service. If"
        " it was renewed already, the server was not reloaded.",
    ),
    FaultKind.NOT_YET_VALID: Remediation(
        "Certificate is not valid yet",
        "Put the former certificate back until this one is valid, or have another issued. See that the server's and the"
        " authority's clocks are right.",
    ),
    FaultKind.WRONG_HOST: Remediation(
        "Certificate is for another name",
        "Have a certificate issued that names this host, or serve the right one: often the virtual host for this name"
        " is missing, and the server answers with its default certificate.",
    ),
    FaultKind.SELF_SIGNED: Remediation(
        "Certificate is self-signed",
        "Replace it with one from a public authority, such as Let's Encrypt. If this is on purpose, its clients must be"
        " given the certificate.",
    ),
    FaultKind.UNKNOWN_ISSUER: Remediation(
        "Issuer is not trusted",
        "Have the certificate issued by a public authority. If it is from an authority of your own, add that to the"
        " roots that are trusted here.",
    ),
    FaultKind.INCOMPLETE_CHAIN: Remediation(
        "Chain is incomplete",
        "Configure the server to send the full chain: with Certbot use fullchain.pem, not cert.pem. Elsewhere append"
        " the authority's intermediate certificate to the server's.",
    ),
    FaultKind.EXPIRED_ISSUER: Remediation(
        "Issuer's certificate has expired",
        "Replace the intermediate certificates that the server sends by those that the authority publishes today, and"
        " reload it. Remove cross-signed ones that are no longer needed.",
    ),
    FaultKind.BAD_SIGNATURE: Remediation(
        "Signature is wrong",
        "The certificate was not signed by the issuer that is sent with it. Install certificate and chain from one"
        " order of the authority.",
    ),
    FaultKind.NOT_AN_AUTHORITY: Remediation(
        "Issuer may not sign",
        "A certificate in the chain was signed by one that is no authority. Install the chain that the authority"
        " publishes; if this one came from an authority, tell it.",
    ),
    FaultKind.NAME_CONSTRAINTS: Remediation(
        "Name is outside the issuer's bounds",
        "Its authority may not issue for this name. Have the certificate issued by one that may.",
    ),
    FaultKind.WRONG_PURPOSE: Remediation(
        "Certificate is not for servers",
        "Have it issued for server authentication (extended key usage serverAuth); one for clients or for mail is not"
        " accepted by browsers.",
    ),
    FaultKind.CRITICAL_EXTENSION: Remediation(
        "Unknown critical extension",
        "Have it issued without the extension: clients that do not know it must refuse the certificate.",
    ),
    FaultKind.MALFORMED: Remediation(
        "Certificate breaks the rules",
        "Have it issued anew by a public authority, or mend the program that made it: strict clients refuse it.",
    ),
    FaultKind.DISTRUSTED: Remediation(
        "Authority is not trusted any more",
        "Have a new certificate issued by another authority: browsers refuse what this one issues.",
    ),
    FaultKind.WEAK_KEY: Remediation(
        "Key is too weak",
        "Make a new key, RSA with 2048 bits or more or ECDSA P-256, and have a new certificate issued for it.",
    ),
    FaultKind.WEAK_SIGNATURE: Remediation(
        "Signature is too weak",
        "Have it issued anew: public authorities sign with SHA-256. If an old intermediate certificate is at fault,"
        " replace that.",
    ),
    FaultKind.LIFETIME_TOO_LONG: Remediation(
        "Lifetime is too long",
        "Have it issued for as long as is allowed today, and renewed automatically: browsers refuse what lives longer.",
    ),
    FaultKind.SCTS_MISSING: Remediation(
        "Certificate was not logged",
        "Have it issued anew with transparency (CT) on: Chrome and Safari refuse certificates without timestamps of"
        " logs.",
    ),
    FaultKind.STAPLE_MISSING: Remediation(
        "Staple is missing",
        "Turn OCSP stapling on, with nginx ssl_stapling on, or have the certificate issued without Must-Staple. Where"
        " the authority has given OCSP up, only the latter helps.",
    ),
    FaultKind.OLD_PROTOCOL: Remediation(
        "Protocol is outdated",
        "Allow TLS 1.2 and 1.3, and turn older versions off; a server that cannot speak them needs an update.",
    ),
    FaultKind.OUTDATED_HANDSHAKE: Remediation(
        "Some clients refuse the handshake",
        "Update the server and its TLS library, and allow ECDHE with X25519 and P-256 beside or in place of DHE, with a"
        " certificate whose key is RSA or P-256. A"
        " device that cannot be updated needs a proxy in front of it.",
    ),
    FaultKind.WRONG_ORDER: Remediation(
        "Chain is in the wrong order",
        "Put the server's certificate first, then each issuer after the one that it signed, and leave out what is no"
        " part of the chain: with Certbot use fullchain.pem as it is.",
    ),
    FaultKind.ADDRESSES_DIFFER: Remediation(
        "Addresses serve different certificates",
        "Install the new certificate on the addresses that still serve the old one, and reload them. See why they were"
        " left out, or it will happen again.",
    ),
    FaultKind.MACHINES_DIFFER: Remediation(
        "Machines serve different certificates",
        "Several machines answer at one address, behind a load balancer say, and a scan meets one of them at a time."
        " Install the new certificate on each of them and reload it; see why one was left out.",
    ),
    FaultKind.RENEWAL_LATE: Remediation(
        "Renewal is late",
        "Renew it, and see why that did not happen by itself: with Certbot `certbot renew --dry-run` and"
        " `systemctl list-timers`. If it was renewed, the server has not been reloaded.",
    ),
    FaultKind.CHAIN_ENDING: Remediation(
        "Chain ends before its certificate",
        "Get the new intermediate certificate from the authority, put it in place of the one that ends on every address"
        " and reload the servers. Of an authority of your own make the new root or intermediate, and give a new root to"
        " all clients before the old one ends.",
    ),
    FaultKind.TLSA_MISMATCH: Remediation(
        "TLSA records do not match",
        "Publish the TLSA record of the certificate that is served, before it is installed and while the old record"
        " still stands. Records of the key (3 1 1) survive renewals that keep the key.",
    ),
    FaultKind.CAA_MISMATCH: Remediation(
        "CAA forbids the issuer",
        "Add the authority to the domain's CAA records, or change to one that they allow: otherwise the next renewal is"
        " refused.",
    ),
    FaultKind.REVOCATION_UNKNOWN: Remediation(
        "Revocation could not be checked",
        "Nothing to do at once: the authority's revocation list or OCSP response could not be fetched or read, and is"
        " tried again.",
    ),
    FaultKind.CHECKERS_DISAGREE: Remediation(
        "Checkers disagree",
        "See with `openssl verify` what OpenSSL has against the chain: clients that are built on it may refuse what"
        " others accept. If the finding here is wrong, report it as a fault of Nolapse with the chain (`nolapse cert"
        " --pem`).",
    ),
    FaultKind.CLIENT_CERTIFICATE: Remediation(
        "Client certificate is asked for",
        "Nothing to do where this is on purpose (mutual TLS): the scan saw the server's own certificate and went no"
        " further. Where it is not, turn the verification of clients off: browsers ask their users for a certificate.",
    ),
}
"""The remediation of each kind, in the order in which faults are listed."""
