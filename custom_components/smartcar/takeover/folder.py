"""What another integration of this domain may leave in our folder."""

from pathlib import Path
from typing import Final

FOLDER: Final = Path(__file__).parent.parent

# All that sign in by Application Credentials have it; we never will.
LEFT_FILE: Final = "application_credentials.py"


def is_mixed() -> bool:
    """Return whether files of another integration lie among ours; reads the disk."""
    return (FOLDER / LEFT_FILE).exists()
