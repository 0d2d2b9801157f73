"""Reads what Stripe sends into types of ours: its objects and its events, once their signature is verified.

webhook ──signatures.verify──> events.read ──> snapshots.read ──fold.Version──> what is known of each object
"""
