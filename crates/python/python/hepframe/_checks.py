"""Arguments that are not what they must be, refused with what to write instead."""

from __future__ import annotations

import operator
from typing import Any

from .errors import InvalidQuery

_UNITS = ["", "K", "M", "G", "T"]


def name_of(what: str, value: object) -> str:
    """A name, which is text and not empty.

    Raises:
        TypeError, InvalidQuery: if it is not.
    """
    if not isinstance(value, str):
        raise TypeError(f"{what} is text, not {value!r}")
    if not value:
        raise InvalidQuery(f"{what} is not empty")
    return value


def whole_of(what: str, value: Any, least: int) -> int:
    """A whole number that is not below `least` and fits into 64 bits; numpy's too.

    Raises:
        TypeError, InvalidQuery: if it is not.
    """
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{what} is a whole number, not {value!r}")
    number = operator.index(value)
    if number < least:
        raise InvalidQuery(f"{what} is {least} or more, not {number}")
    if number >= 2**63:
        raise InvalidQuery(f"{what} is a number of 64 bits, not {number}")
    return number


def bytes_of(size: int | str | None) -> int | None:
    """A number of bytes: 1000, "4GB", "512MiB".

    Raises:
        TypeError, InvalidQuery: if it is none.
    """
    if size is None:
        return None
    if not isinstance(size, str):
        return whole_of("a size in bytes", size, 0)
    text = size.strip().upper().removesuffix("B")
    base = 1024 if text.endswith("I") else 1000
    text = text.removesuffix("I")
    number = text.rstrip("KMGT")
    unit = text[len(number) :]
    try:
        return int(float(number) * base ** _UNITS.index(unit))
    except ValueError:
        raise InvalidQuery(f"{size!r} is no size; write 4000000000, '4GB' or '512MiB'") from None
