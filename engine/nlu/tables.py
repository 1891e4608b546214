"""Large tables of which a message needs a few rows: they stay in their files."""

import os
from pathlib import Path
from typing import Sequence, Union

import numpy as np


class Table:
    """The rows of a `.npy` when they are asked for. Rasa deletes an unpacked model: an open file lives on."""

    def __init__(self, path: Path) -> None:
        layout = np.load(path, mmap_mode="r")
        self._type, self._width = layout.dtype, layout.shape[1]
        self._start, self._size = layout.offset, layout.strides[0]
        self._file = path.open("rb", buffering=0)

    def __getitem__(self, rows: Sequence[int]) -> np.ndarray:
        found = [os.pread(self._file.fileno(), self._size, self._start + row * self._size) for row in rows]
        return np.frombuffer(b"".join(found), dtype=self._type).reshape(-1, self._width)


InRows = Union[np.ndarray, Table]
