"""Billing: what is due becomes invoices and credit notes, each once; and what they are made of."""
