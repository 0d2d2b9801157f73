"""WHOIS text (RFC 3912) read into one record, whatever server wrote it.

    text ──lines──> labelled lines ──sections──> where each stands ──claims──> the surest for each field ──> Reading
             └labels, words                          dates, hosts, registrars, statuses┘
                                         too few fields ──answers──> what else it amounts to

Nothing here knows a server's layout; what cannot be seen in a text stands in ``facts``, with its source.
"""
