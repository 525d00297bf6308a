"""The demo's code is imported from the repository: it is not installed with Kimppa."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
