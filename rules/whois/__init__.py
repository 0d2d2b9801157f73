"""WHOIS text (RFC 3912) read into one record, whatever server wrote it.

    text ──lines──> labelled lines ──sections──> where each stands ──claims──> the surest for each field ──> Reading
             └labels, vocabulary                                      └days, registrants, single_fields └──> Record
                                         too few fields ──answers──> what else it amounts to

What single values amount to is decided by ``dates``, ``hosts``, ``registrants``, ``registrars``, ``single_fields`` and
``statuses``; what sentences say by ``phrases`` and ``sentences``, when a refusal lets us come back by ``durations`` and
``moments``. Nothing here knows a server's layout; what cannot be read from a text stands in
``rules.domains.registry_facts``, with its source.
"""
