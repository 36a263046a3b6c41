"""Events and rollups: what was used, by whom, and what it cost; stored exactly once."""
