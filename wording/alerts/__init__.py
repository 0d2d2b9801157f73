"""Alerts in sentences: what they say, and what happened to them."""
