"""WHOIS text (RFC 3912) read into one record, whatever server wrote it.

    text ──lines──> labelled lines ──sections──> where each stands ──claims──> the surest for each field ──> Reading
             └labels, words                                          └days, holders, particulars          └──> Record
                                         too few fields ──answers──> what else it amounts to

What single values amount to is told by ``contacts``, ``dates``, ``hosts``, ``registrants``, ``registrars``, ``signing``
and ``statuses``. Nothing here knows a server's layout; what cannot be seen in a text stands in
``rules.registry_facts``, with its source.
"""
