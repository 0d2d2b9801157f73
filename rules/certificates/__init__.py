"""Certificates: what servers show, whether that can be trusted, what is news, and when to scan again. All of it pure.

    ScanObservation ──examine──> ExaminedScan ──assess──> Finding ──scan_outcome──> ScanOutcome ──> store, alerts
       chains ──> rules.x509 ──> Violations ──> Faults ──┘          (EndpointHistory, changes, next scan, alarms)

Faults, alarms and reasons are no sentences here, but kinds with parameters; ``wording`` makes sentences of them.
"""
