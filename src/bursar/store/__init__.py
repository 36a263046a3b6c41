"""Opens the two databases and migrates them; knows no word of the domain."""
