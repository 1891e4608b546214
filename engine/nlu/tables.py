"""Large tables of which a message reads a few rows."""

from pathlib import Path

import numpy as np


def read_when_used(path: Path) -> np.ndarray:
    """The rows of a `.npy` as they are asked for; the file may be gone by then, as an unpacked model is."""
    return np.asarray(np.load(path, mmap_mode="r"))
