"""Invoices as XML by EN 16931: its two syntaxes, and what an invoice has to say before it is one.

Both syntaxes say the same; which is wanted depends on who receives it. ``SPECIFICATION`` is BT-24.
"""

SPECIFICATION = "urn:cen.eu:en16931:2017"
