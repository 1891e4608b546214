"""Who acts at the desk."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Staff:
    """A person of the dealership, as the desk he works at knows him."""

    id: str  # «telegram:123456»; the same person at the same desk always
    name: str  # as dealer.yml has it, else as the desk does
