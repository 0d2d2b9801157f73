"""The same work for other job systems, each in the set-up that its own documentation recommends."""
