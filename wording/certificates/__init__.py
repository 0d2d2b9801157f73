"""Endpoints and their certificates in sentences: faults and how to mend them, alarms, why scans and renewals come."""
