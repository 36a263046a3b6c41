"""What the tests of alerts know of periods and clocks holds here too."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "alerts"))
sys.path.insert(0, str(Path(__file__).parents[1] / "ledger"))
