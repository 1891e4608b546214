"""The form of a call, read by name and kind; what no reader asked for was misspelt by the caller."""

from collections.abc import Collection, Mapping

from tests.emulators.vk.errors import invalid

INT32 = 2**31


class Params:
    def __init__(self, given: Mapping[str, str]) -> None:
        self._given = given
        self._read = {"v", "access_token", "lang", "test_mode"}

    def text(self, name: str, *, default: str = "", longest: int | None = None) -> str:
        value = self._take(name) or default
        if longest is not None and len(value) > longest:
            raise invalid(f"{name} is longer than {longest} characters")
        return value

    def required(self, name: str) -> str:
        value = self._take(name)
        if not value:
            raise invalid(f"{name} is undefined")
        return value

    def choice(self, name: str, allowed: Collection[str], *, default: str) -> str:
        value = self._take(name) or default
        if value not in allowed:
            raise invalid(f"{name} should be one of {', '.join(sorted(allowed))}")
        return value

    def integer(self, name: str, *, least: int = -INT32, most: int = INT32 - 1) -> int | None:
        value = self._take(name)
        if not value:
            return None
        try:
            number = int(value)
        except ValueError:
            raise invalid(f"{name} not integer") from None
        if not least <= number <= most:
            raise invalid(f"{name} should be between {least} and {most}")
        return number

    def required_integer(self, name: str, *, least: int = -INT32, most: int = INT32 - 1) -> int:
        self.required(name)
        number = self.integer(name, least=least, most=most)
        assert number is not None
        return number

    def flag(self, name: str) -> bool:
        value = self._take(name) or "0"
        if value not in ("0", "1"):  # requests writes True as «True», and what VK makes of that is unknown
            raise invalid(f"{name} should be 0 or 1")
        return value == "1"

    def integers(self, name: str, *, at_most: int) -> list[int]:
        parts = [part for part in self._take(name).split(",") if part]
        if len(parts) > at_most:
            raise invalid(f"{name} has more than {at_most} items")
        try:
            return [int(part) for part in parts]
        except ValueError:
            raise invalid(f"{name} should be integers separated by commas") from None

    def without_effect(self, *names: str) -> None:
        """VK knows these, the emulator does nothing with them."""
        self._read.update(names)

    @property
    def unknown(self) -> list[str]:
        return sorted(set(self._given) - self._read)

    def _take(self, name: str) -> str:
        self._read.add(name)
        return self._given.get(name, "")
