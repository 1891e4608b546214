"""What a component depends on besides its own class, for Rasa's cache of trained components."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Iterable

HERE = Path(__file__).parent


def of_files(paths: Iterable[Path]) -> str:
    """Of the files' contents; a missing one counts as empty."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes() if path.exists() else b"")
    return digest.hexdigest()


@lru_cache(maxsize=1)
def of_code() -> str:
    """Of all modules beside this one: Rasa itself looks only at the file of the component's class."""
    return of_files(sorted(HERE.rglob("*.py")))
