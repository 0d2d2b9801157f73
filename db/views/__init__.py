"""What pages show: each page a few statements over indexes, none that grows with the tables. Nothing here writes."""
