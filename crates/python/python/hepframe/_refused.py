"""What Python lets one write with any object but expressions cannot do: each says what to write instead."""

from __future__ import annotations

from typing import NoReturn

_NO_ASSIGNMENT = (
    "expressions do not change: use redefine(name, ...) of a frame for a column, with_field(...) for a field"
)


class Refused:
    """The operators of Python that would need the value of an expression, or would change it."""

    __slots__ = ()

    def __bool__(self) -> NoReturn:
        raise TypeError(
            f"{self!r} is true or false only for an event: write & for and, | for or, ~ for not, "
            "each condition in parentheses; if_else(condition, x, y) for if; x.between(lo, hi) "
            "for lo <= x <= hi"
        )

    def __iter__(self) -> NoReturn:
        raise TypeError(
            f"{self!r} has no elements before it runs: use functions of lists such as sum and any, "
            "or take(...) of a frame to get values"
        )

    def __len__(self) -> NoReturn:
        raise TypeError(f"{self!r} has no length before it runs: write hepframe.functions.len(...)")

    def __contains__(self, item: object) -> NoReturn:
        raise TypeError("write x.isin([...]) for one of several values, any(x == value) for lists")

    def __float__(self) -> NoReturn:
        raise TypeError(
            f"{self!r} is a number only for an event: use hepframe's sqrt, cos, ..., not those of math"
        )

    def __xor__(self, other: object) -> NoReturn:
        raise TypeError("expressions have no ^: write ** for powers, != for either of two conditions")

    __rxor__ = __xor__

    def __floordiv__(self, other: object) -> NoReturn:
        raise TypeError("expressions have no //: write floor(x / y); / of whole numbers gives a whole number")

    __rfloordiv__ = __floordiv__

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise TypeError(_NO_ASSIGNMENT)

    def __delattr__(self, name: str) -> NoReturn:
        raise TypeError(_NO_ASSIGNMENT)

    def __setitem__(self, key: object, value: object) -> NoReturn:
        raise TypeError(_NO_ASSIGNMENT)
