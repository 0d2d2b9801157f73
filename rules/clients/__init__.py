"""What clients are told of what is theirs: notices of ends, a monthly report, a status page."""
