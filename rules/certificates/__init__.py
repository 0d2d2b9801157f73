"""Certificates: what servers showed, whether that can be trusted, what is news, and when to look again. All of it pure.

Look (seen) ──examine──> Examined ──assess──> Finding (judging) ──> Past ──> changes, alarms, scans
  chains ──> verification, revocation                                └──> stored
"""
