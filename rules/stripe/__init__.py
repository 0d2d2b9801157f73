"""Reads what Stripe sends into our own types: its objects, its events, and whether they are Stripe's at all.

webhook ──signatures.verify──> events.read ──> snapshots.read ──fold.Version──> what is known of each object
"""
