"""Alerts: states with a life of their own. What is told to whom follows from their events, by rules alone.

    standings ──reconciliation.decide──> events ──life.after──> AlertState
                                           └──news──> tellings.owed (routes, people, hours) ──> mail_groups

Nothing here knows a clock: every moment is handed in, aware.
"""
