"""Properties of the ledger use the ledger tests' own events."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "ledger"))
