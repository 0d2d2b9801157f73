"""The HTTP surface: staff sign in, trigger work and read what came of it."""
