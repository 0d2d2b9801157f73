"""WHOIS text (RFC 3912) read into one record, whatever server wrote it.

    text ──lines──> labelled lines ──sections──> where each stands ──claims──> the surest for each field ──> Reading
             └labels, vocabulary                                      └days, registrants, single_fields └──> Record
                                         too few fields ──answers──> what else it amounts to

``dates``, ``hosts``, ``registrants``, ``registrars``, ``single_fields`` and ``statuses`` decide what single values
mean, ``phrases`` and ``sentences`` what sentences say, and ``durations`` and ``moments`` when a refusal lets us come
back. Nothing here knows a server's layout; what no text says stands in ``rules.domains.registry_facts``, with its
source.
"""
