"""Alerts: their states, the events that change them, and the tellings that follow from these events by rules alone.

    standings ──reconciliation.decide──> events ──life.after──> AlertState
                                           └──news──> tellings.owed (routes, people, hours) ──> mail_groups

Nothing here reads a clock: the caller passes every moment, with its zone.
"""
