"""What clients are sent unasked, where staff say so: notices of ends, and a monthly report."""
