"""What clients are told about their domains and endpoints: notices of ends, a monthly report, a status page."""
