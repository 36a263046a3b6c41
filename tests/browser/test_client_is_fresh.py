"""The console's API client is made from the API as it is served now."""

import hashlib
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

from openapi import openapi, text

SCHEMA = Path(__file__).parents[2] / "ui" / "src" / "api" / "schema.d.ts"


def test_the_client_is_made_from_the_api_of_now() -> None:
    made_from = re.search(r"sha256 ([0-9a-f]{64})", SCHEMA.read_text(encoding="utf-8"))
    served = hashlib.sha256(text(openapi()).encode()).hexdigest()
    assert made_from is not None
    assert made_from[1] == served, "the API has changed: run `make client`"
