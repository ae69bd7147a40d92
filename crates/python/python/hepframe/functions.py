"""All functions for expressions, one for each word of `docs/physics.md`.

Arguments are expressions, numbers, or SQL text: `inv_mass("Muon[0]", "Muon[1]")` and
`inv_mass(col("Muon")[0], col("Muon")[1])` are the same, `lit("text")` is a text itself. Lists are taken
element by element; a null gives null. Momenta and masses are in the unit of the file (GeV in NanoAOD), angles
in radians.

Words that Python has already (`sum`, `any`, `len`, ...) are found as `hepframe.fn.sum`, all others, which
`__all__` lists, as `hepframe.pairs` too. Examples are about two made-up events of two muons each,
`two = hf.read("events.root:Events").filter("event IN (3, 4)")`.

This file is written by `make_functions.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import SupportsFloat, TypeAlias

from hepframe._expr import Expr, argument
from hepframe._literal import text_literal

__all__ = [
    "acos",
    "acosh",
    "any_within",
    "argmax",
    "argmin",
    "argsort",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "best_by",
    "boost",
    "cartesian",
    "cbrt",
    "ceil",
    "coalesce",
    "combinations",
    "concat",
    "cos",
    "cosh",
    "cot",
    "count",
    "degrees",
    "delta_phi",
    "delta_r",
    "exp",
    "factorial",
    "first",
    "floor",
    "gcd",
    "greatest",
    "if_else",
    "index",
    "inv_mass",
    "isnan",
    "iszero",
    "last",
    "least",
    "ln",
    "log",
    "log2",
    "log10",
    "mean",
    "nanvl",
    "nearest",
    "nullif",
    "p4",
    "p4_cartesian",
    "pairs",
    "power",
    "radians",
    "reverse",
    "signum",
    "sin",
    "sinh",
    "sort",
    "sqrt",
    "take",
    "tan",
    "tanh",
    "top_k",
    "transverse_mass",
    "trunc",
    "with_field",
]

Argument: TypeAlias = Expr | str | SupportsFloat | Sequence[object] | None
"""An expression, a number, a list of numbers, None for null, or SQL text."""


def call(function: str, /, *arguments: Argument) -> Expr:
    """Any function of SQL by its name, for those that have no Python function here.

    Example:
        >>> hf.fn.call("arrow_typeof", "Jet_pt")
        arrow_typeof(Jet_pt)
    """
    return Expr(f"{function}({', '.join(argument(value) for value in arguments)})")


def _given(*arguments: Argument) -> tuple[Argument, ...]:
    """The arguments without those at the end that were left out."""
    kept = list(arguments)
    while kept and kept[-1] is None:
        kept.pop()
    return tuple(kept)


def sum(values: Argument) -> Expr:
    """The sum, in double precision; of four-vectors, their sum. 0 for an empty list.

    SQL: `sum(list)`.

    Example:
        >>> two.take(hf.fn.sum("Jet_pt")).result().to_pylist()
        [34.209, 34.59]
    """
    return call("sum", values)


def min(values: Argument) -> Expr:
    """The smallest, NaN passed over; null for an empty list.

    SQL: `min(list)`.

    Example:
        >>> two.take(hf.fn.min("Jet_pt")).result().to_pylist()
        [34.209, 17.067]
    """
    return call("min", values)


def max(values: Argument) -> Expr:
    """The largest, NaN passed over; null for an empty list.

    SQL: `max(list)`.

    Example:
        >>> two.take(hf.fn.max("Jet_pt")).result().to_pylist()
        [34.209, 17.523]
    """
    return call("max", values)


def mean(values: Argument) -> Expr:
    """The mean; null for an empty list.

    SQL: `mean(list)`.

    Example:
        >>> two.take(hf.mean("Jet_pt")).result().to_pylist()
        [34.209, 17.295]
    """
    return call("mean", values)


def count(values: Argument) -> Expr:
    """How many elements there are; of a mask, how many are true.

    SQL: `count(list)`.

    Example:
        >>> two.take(hf.count("Jet_pt > 30")).result().to_pylist()
        [1, 0]
    """
    return call("count", values)


def any(mask: Argument) -> Expr:
    """Whether one is true; false for an empty list.

    SQL: `any(mask)`.

    Example:
        >>> two.take(hf.fn.any("Jet_pt > 30")).result().to_pylist()
        [True, False]
    """
    return call("any", mask)


def all(mask: Argument) -> Expr:
    """Whether all are true; true for an empty list.

    SQL: `all(mask)`.

    Example:
        >>> two.take(hf.fn.all("Jet_pt > 10")).result().to_pylist()
        [True, True]
    """
    return call("all", mask)


def first(values: Argument) -> Expr:
    """The first element; null for an empty list.

    SQL: `first(list)`.

    Example:
        >>> two.take(hf.first("Jet_pt")).result().to_pylist()
        [34.209, 17.523]
    """
    return call("first", values)


def concat(values: Argument, *more: Argument) -> Expr:
    """One list after the other; of collections, with the fields they have in common.

    SQL: `concat(list, list, ...)`.

    Example:
        >>> two.take(hf.concat("Muon", "Jet").pt).result().to_pylist()
        [[33.025, 31.952, 34.209], [32.329, 28.214, 17.523, 17.067]]
    """
    return call("concat", values, *more)


def reverse(values: Argument) -> Expr:
    """The list from its end.

    SQL: `reverse(list)`.

    Example:
        >>> two.take(hf.reverse("Jet_pt")).result().to_pylist()
        [[34.209], [17.067, 17.523]]
    """
    return call("reverse", values)


def last(values: Argument) -> Expr:
    """The last element of each event's list; null for an empty one.

    SQL: `last(list)`.

    Example:
        >>> two.take(hf.last("Jet_pt")).result().to_pylist()
        [34.209, 17.067]
    """
    return call("last", values)


def take(values: Argument, positions: Argument) -> Expr:
    """The elements at these positions, counted from 0, from the end if negative; null where there is none.

    SQL: `take(list, positions)`.

    Example:
        >>> two.take(hf.take("Jet_pt", "argsort(Jet_eta)")).result().to_pylist()
        [[34.209], [17.523, 17.067]]
    """
    return call("take", values, positions)


def sort(values: Argument, key: Argument = None) -> Expr:
    """The list in ascending order, or in ascending order of a key of the same length. Equal keys keep their
    order, NaN comes last.

    SQL: `sort(list [, key])`.

    Example:
        >>> two.take(hf.sort("Jet", "Jet.pt").eta).result().to_pylist()
        [[-1.8926], [2.7334, 2.3871]]
    """
    return call("sort", *_given(values, key))


def argsort(values: Argument, descending: Argument = None) -> Expr:
    """The positions that sort the list, ascending or, with `true`, descending; NaN last.

    SQL: `argsort(list [, descending])`.

    Example:
        >>> two.take(hf.argsort("Jet_pt", True)).result().to_pylist()
        [[0], [0, 1]]
    """
    return call("argsort", *_given(values, descending))


def top_k(values: Argument, k: Argument, key: Argument = None) -> Expr:
    """The k largest elements, largest first, or those with the largest keys.

    SQL: `top_k(list, k [, key])`.

    Example:
        >>> two.take(hf.top_k("Jet", 2, "Jet.pt").pt).result().to_pylist()
        [[34.209], [17.523, 17.067]]
    """
    return call("top_k", *_given(values, k, key))


def index(values: Argument) -> Expr:
    """The position of every element: 0, 1, 2, ...

    SQL: `index(list)`.

    Example:
        >>> two.take(hf.index("Jet")).result().to_pylist()
        [[0], [0, 1]]
    """
    return call("index", values)


def len(values: Argument) -> Expr:
    """How many elements each event has.

    SQL: `len(list)`.

    Example:
        >>> two.take(hf.fn.len("Jet")).result().to_pylist()
        [1, 2]
    """
    return call("len", values)


def if_else(condition: Argument, value: Argument, otherwise: Argument) -> Expr:
    """Chooses element by element; lists and single values may be mixed.

    SQL: `if_else(condition, value, otherwise)`.

    Example:
        >>> two.take(hf.if_else("Jet_pt > 30", "Jet_pt", 0)).result().to_pylist()
        [[34.209], [0.0, 0.0]]
    """
    return call("if_else", condition, value, otherwise)


def argmin(values: Argument) -> Expr:
    """The position of the smallest element, the first on ties; null if there is none.

    SQL: `argmin(list)`.

    Example:
        >>> two.take(hf.argmin("abs(Jet_eta)")).result().to_pylist()
        [0, 0]
    """
    return call("argmin", values)


def argmax(values: Argument) -> Expr:
    """The position of the largest element, the first on ties; null if there is none.

    SQL: `argmax(list)`.

    Example:
        >>> two.take(hf.argmax("Jet_pt")).result().to_pylist()
        [0, 0]
    """
    return call("argmax", values)


def with_field(collection: Argument, name: str, values: Argument) -> Expr:
    """The collection with one more field: a list of the same length, or one value for all.

    SQL: `with_field(collection, 'name', values)`.

    Example:
        >>> two.take(hf.with_field("Muon", "flavour", 13).flavour).result().to_pylist()
        [[13, 13], [13, 13]]
    """
    return call("with_field", collection, text_literal(name), values)


def pairs(values: Argument) -> Expr:
    """All pairs of different elements of an event, `.a` before `.b`, in the order (0,1), (0,2), .., (1,2), ..

    SQL: `pairs(list)`.

    Example:
        >>> two.take(hf.pairs("Muon").a.pt).result().to_pylist()
        [[33.025], [32.329]]
    """
    return call("pairs", values)


def combinations(values: Argument, n: Argument) -> Expr:
    """All combinations of n different elements (n from 1 to 8), with members `.a`, `.b`, `.c`, ..

    SQL: `combinations(list, n)`.

    Example:
        >>> two.take(hf.combinations("Jet", 3).c.pt).result().to_pylist()
        [[], []]
    """
    return call("combinations", values, n)


def cartesian(values: Argument, *more: Argument) -> Expr:
    """Every element of the first list with every one of the others, with members `.a`, `.b`, ..; the last
    runs fastest.

    SQL: `cartesian(list, list, ...)`.

    Example:
        >>> two.take(hf.cartesian("Jet", "Muon").b.pt).result().to_pylist()
        [[33.025, 31.952], [32.329, 28.214, 32.329, 28.214]]
    """
    return call("cartesian", values, *more)


def best_by(values: Argument, key: Argument) -> Expr:
    """The element with the smallest key of each event, the first on ties; NaN and null keys are passed over;
    null if there is none.

    SQL: `best_by(list, key)`.

    Example:
        >>> two.take(hf.best_by("Jet", "abs(Jet.eta)").pt).result().to_pylist()
        [34.209, 17.523]
    """
    return call("best_by", values, key)


def p4(pt: Argument, eta: Argument, phi: Argument, mass: Argument) -> Expr:
    """A four-vector, or a list of them: pt and mass in GeV, phi in radians.

    SQL: `p4(pt, eta, phi, mass)`.

    Example:
        >>> two.take(hf.p4("MET_pt", 0, "MET_phi", 0).px).result().to_pylist()
        [32.239, -39.695]
    """
    return call("p4", pt, eta, phi, mass)


def p4_cartesian(px: Argument, py: Argument, pz: Argument, energy: Argument) -> Expr:
    """A four-vector, or a list of them, in GeV.

    SQL: `p4_cartesian(px, py, pz, energy)`.

    Example:
        >>> two.take(hf.p4_cartesian(1.0, 2.0, 3.0, 4.0).mass).result().to_pylist()
        [1.4142, 1.4142]
    """
    return call("p4_cartesian", px, py, pz, energy)


def inv_mass(a: Argument, b: Argument, *more: Argument) -> Expr:
    """The invariant mass of the sum of four-vectors, in GeV: `(a + b).mass`.

    SQL: `inv_mass(a, b, ...)`.

    Example:
        >>> two.take(hf.inv_mass("Muon[0]", "Muon[1]")).result().to_pylist()
        [85.739, 70.37]
    """
    return call("inv_mass", a, b, *more)


def boost(vector: Argument, beta_x: Argument, beta_y: Argument, beta_z: Argument) -> Expr:
    """The four-vector in a frame that moves with minus this velocity (in units of c), as ROOT's `Boost`.

    SQL: `boost(vector, beta_x, beta_y, beta_z)`.

    Example:
        >>> two.take(hf.boost("Muon", 0, 0, 0.5).energy).result().to_pylist()
        [[50.769, 37.18], [49.621, 28.494]]
    """
    return call("boost", vector, beta_x, beta_y, beta_z)


def delta_phi(a: Argument, b: Argument) -> Expr:
    """The difference of two angles or of the phi of two vectors, a minus b, within -pi and pi.

    SQL: `delta_phi(a, b)`.

    Example:
        >>> two.take(hf.delta_phi("Muon", "MET_phi")).result().to_pylist()
        [[-3.0831, 0.079926], [1.9759, -1.1808]]
    """
    return call("delta_phi", a, b)


def delta_r(a: Argument, b: Argument, *more: Argument) -> Expr:
    """The distance in eta and phi.

    SQL: `delta_r(a, b) or delta_r(eta, phi, eta, phi)`.

    Example:
        >>> two.take(hf.delta_r("Jet[0]", "Muon[0]")).result().to_pylist()
        [3.3824, 1.996]
    """
    return call("delta_r", a, b, *more)


def transverse_mass(a: Argument, b: Argument, *more: Argument) -> Expr:
    """sqrt(2 pt pt (1 - cos(delta phi))), for massless particles such as a lepton and missing energy.

    SQL: `transverse_mass(a, b) or transverse_mass(pt, phi, pt, phi)`.

    Example:
        >>> two.take(hf.transverse_mass("Muon.pt", "Muon.phi", "MET_pt", "MET_phi")).result().to_pylist()
        [[66.82, 2.627], [63.971, 39.848]]
    """
    return call("transverse_mass", a, b, *more)


def any_within(collection: Argument, others: Argument, radius: Argument) -> Expr:
    """For each element, whether one of the others is closer than the radius in eta and phi.

    SQL: `any_within(collection, others, radius)`.

    Example:
        >>> two.take(hf.any_within("Jet", "Muon", 0.4)).result().to_pylist()
        [[False], [False, False]]
    """
    return call("any_within", collection, others, radius)


def nearest(collection: Argument, others: Argument, radius: Argument = None) -> Expr:
    """For each element, the position of the nearest of the others in eta and phi, at most the radius away;
    null if there is none.

    SQL: `nearest(collection, others [, radius])`.

    Example:
        >>> two.take(hf.nearest("Jet", "Muon", 0.4)).result().to_pylist()
        [[None], [None, None]]
    """
    return call("nearest", *_given(collection, others, radius))


def abs(x: Argument) -> Expr:
    """The absolute value.

    SQL: `abs(x)`.

    Example:
        >>> two.take(hf.fn.abs("Jet_eta")).result().to_pylist()
        [[1.8926], [2.3871, 2.7334]]
    """
    return call("abs", x)


def sqrt(x: Argument) -> Expr:
    """The square root; NaN of negative numbers.

    SQL: `sqrt(x)`.

    Example:
        >>> two.take(hf.sqrt("MET_pt")).result().to_pylist()
        [5.8162, 6.7378]
    """
    return call("sqrt", x)


def cbrt(x: Argument) -> Expr:
    """The cube root.

    SQL: `cbrt(x)`.

    Example:
        >>> two.take(hf.cbrt("MET_pt")).result().to_pylist()
        [3.2341, 3.5674]
    """
    return call("cbrt", x)


def power(base: Argument, exponent: Argument) -> Expr:
    """The base to the power of the exponent: `base ** exponent`.

    SQL: `power(base, exponent)`.

    Example:
        >>> two.take(hf.power("MET_pt", 2)).result().to_pylist()
        [1144.3, 2061.0]
    """
    return call("power", base, exponent)


def exp(x: Argument) -> Expr:
    """e to the power of x.

    SQL: `exp(x)`.

    Example:
        >>> two.take(hf.exp("-MET_pt / 50")).result().to_pylist()
        [0.50836, 0.40334]
    """
    return call("exp", x)


def ln(x: Argument) -> Expr:
    """The logarithm to base e.

    SQL: `ln(x)`.

    Example:
        >>> two.take(hf.ln("MET_pt")).result().to_pylist()
        [3.5213, 3.8155]
    """
    return call("ln", x)


def log(base: Argument, x: Argument) -> Expr:
    """The logarithm to a base, which comes first. There is no `log(x)` here: SQL's has base 10, that of numpy
    and C++ has base e; write `log10` or `ln`.

    SQL: `log(base, x)`.

    Example:
        >>> two.take(hf.log(3, "MET_pt")).result().to_pylist()
        [3.2052, 3.473]
    """
    return call("log", base, x)


def log10(x: Argument) -> Expr:
    """The logarithm to base 10.

    SQL: `log10(x)`.

    Example:
        >>> two.take(hf.log10("MET_pt")).result().to_pylist()
        [1.5293, 1.657]
    """
    return call("log10", x)


def log2(x: Argument) -> Expr:
    """The logarithm to base 2.

    SQL: `log2(x)`.

    Example:
        >>> two.take(hf.log2("MET_pt")).result().to_pylist()
        [5.0802, 5.5046]
    """
    return call("log2", x)


def sin(x: Argument) -> Expr:
    """The sine of an angle in radians.

    SQL: `sin(x)`.

    Example:
        >>> two.take(hf.sin("MET_phi")).result().to_pylist()
        [-0.30294, -0.48525]
    """
    return call("sin", x)


def cos(x: Argument) -> Expr:
    """The cosine of an angle in radians.

    SQL: `cos(x)`.

    Example:
        >>> two.take(hf.cos("MET_phi")).result().to_pylist()
        [0.95301, -0.87438]
    """
    return call("cos", x)


def tan(x: Argument) -> Expr:
    """The tangent of an angle in radians.

    SQL: `tan(x)`.

    Example:
        >>> two.take(hf.tan("MET_phi")).result().to_pylist()
        [-0.31787, 0.55496]
    """
    return call("tan", x)


def cot(x: Argument) -> Expr:
    """The cotangent of an angle in radians.

    SQL: `cot(x)`.

    Example:
        >>> two.take(hf.cot("MET_phi")).result().to_pylist()
        [-3.1459, 1.8019]
    """
    return call("cot", x)


def asin(x: Argument) -> Expr:
    """The angle in radians, between -pi/2 and pi/2, that has this sine.

    SQL: `asin(x)`.

    Example:
        >>> two.take(hf.asin("MET_phi / 4")).result().to_pylist()
        [-0.077019, -0.71914]
    """
    return call("asin", x)


def acos(x: Argument) -> Expr:
    """The angle in radians, between 0 and pi, that has this cosine.

    SQL: `acos(x)`.

    Example:
        >>> two.take(hf.acos("MET_phi / 4")).result().to_pylist()
        [1.6478, 2.2899]
    """
    return call("acos", x)


def atan(x: Argument) -> Expr:
    """The angle in radians, between -pi/2 and pi/2, that has this tangent.

    SQL: `atan(x)`.

    Example:
        >>> two.take(hf.atan("MET_pt")).result().to_pylist()
        [1.5412, 1.5488]
    """
    return call("atan", x)


def atan2(y: Argument, x: Argument) -> Expr:
    """The angle of the point (x, y) in radians, between -pi and pi.

    SQL: `atan2(y, x)`.

    Example:
        >>> two.take(hf.atan2("sin(MET_phi)", "cos(MET_phi)")).result().to_pylist()
        [-0.30777, -2.6349]
    """
    return call("atan2", y, x)


def sinh(x: Argument) -> Expr:
    """The hyperbolic sine: pz is `pt * sinh(eta)`.

    SQL: `sinh(x)`.

    Example:
        >>> two.take(hf.sinh("Jet_eta")).result().to_pylist()
        [[-3.2428], [5.3951, 7.66]]
    """
    return call("sinh", x)


def cosh(x: Argument) -> Expr:
    """The hyperbolic cosine: the momentum is `pt * cosh(eta)`.

    SQL: `cosh(x)`.

    Example:
        >>> two.take(hf.cosh("Jet_eta")).result().to_pylist()
        [[3.3935], [5.487, 7.725]]
    """
    return call("cosh", x)


def tanh(x: Argument) -> Expr:
    """The hyperbolic tangent: the cosine of the polar angle is `tanh(eta)`.

    SQL: `tanh(x)`.

    Example:
        >>> two.take(hf.tanh("Jet_eta")).result().to_pylist()
        [[-0.9556], [0.98325, 0.99159]]
    """
    return call("tanh", x)


def asinh(x: Argument) -> Expr:
    """The inverse of `sinh`.

    SQL: `asinh(x)`.

    Example:
        >>> two.take(hf.asinh("Jet_eta")).result().to_pylist()
        [[-1.3945], [1.6045, 1.7306]]
    """
    return call("asinh", x)


def acosh(x: Argument) -> Expr:
    """The inverse of `cosh`; NaN below 1.

    SQL: `acosh(x)`.

    Example:
        >>> two.take(hf.acosh("MET_pt")).result().to_pylist()
        [4.2142, 4.5085]
    """
    return call("acosh", x)


def atanh(x: Argument) -> Expr:
    """The inverse of `tanh`; NaN beyond -1 and 1.

    SQL: `atanh(x)`.

    Example:
        >>> two.take(hf.atanh("Jet_eta / 10")).result().to_pylist()
        [[-0.19157], [0.24341, 0.28047]]
    """
    return call("atanh", x)


def degrees(x: Argument) -> Expr:
    """Radians as degrees.

    SQL: `degrees(x)`.

    Example:
        >>> two.take(hf.degrees("MET_phi")).result().to_pylist()
        [-17.634, -150.97]
    """
    return call("degrees", x)


def radians(x: Argument) -> Expr:
    """Degrees as radians.

    SQL: `radians(x)`.

    Example:
        >>> two.take(hf.radians(90.0)).result().to_pylist()
        [1.5708, 1.5708]
    """
    return call("radians", x)


def floor(x: Argument) -> Expr:
    """The next whole number below, as a number of the same type.

    SQL: `floor(x)`.

    Example:
        >>> two.take(hf.floor("MET_pt")).result().to_pylist()
        [33.0, 45.0]
    """
    return call("floor", x)


def ceil(x: Argument) -> Expr:
    """The next whole number above, as a number of the same type.

    SQL: `ceil(x)`.

    Example:
        >>> two.take(hf.ceil("MET_pt")).result().to_pylist()
        [34.0, 46.0]
    """
    return call("ceil", x)


def trunc(x: Argument, digits: Argument = None) -> Expr:
    """x without what is after the point, or after some digits.

    SQL: `trunc(x, digits)`.

    Example:
        >>> two.take(hf.trunc("Jet_eta", 1)).result().to_pylist()
        [[-1.8], [2.3, 2.7]]
    """
    return call("trunc", *_given(x, digits))


def round(x: Argument, digits: Argument = None) -> Expr:
    """x to the nearest whole number, or to some digits; halves go away from 0.

    SQL: `round(x, digits)`.

    Example:
        >>> two.take(hf.fn.round("MET_pt", 1)).result().to_pylist()
        [33.8, 45.4]
    """
    return call("round", *_given(x, digits))


def signum(x: Argument) -> Expr:
    """-1, 0 or 1, as the sign is.

    SQL: `signum(x)`.

    Example:
        >>> two.take(hf.signum("Jet_eta")).result().to_pylist()
        [[-1.0], [1.0, 1.0]]
    """
    return call("signum", x)


def isnan(x: Argument) -> Expr:
    """Whether it is NaN.

    SQL: `isnan(x)`.

    Example:
        >>> two.take(hf.isnan("MET_pt")).result().to_pylist()
        [False, False]
    """
    return call("isnan", x)


def iszero(x: Argument) -> Expr:
    """Whether it is 0.

    SQL: `iszero(x)`.

    Example:
        >>> two.take(hf.iszero("nJet")).result().to_pylist()
        [False, False]
    """
    return call("iszero", x)


def nanvl(x: Argument, otherwise: Argument) -> Expr:
    """x, or another value where it is NaN.

    SQL: `nanvl(x, otherwise)`.

    Example:
        >>> two.take(hf.nanvl("sqrt(Jet_eta)", 0.0)).result().to_pylist()
        [[0.0], [1.545, 1.6533]]
    """
    return call("nanvl", x, otherwise)


def nullif(x: Argument, value: Argument) -> Expr:
    """x, or null where it equals a value.

    SQL: `nullif(x, value)`.

    Example:
        >>> two.take(hf.nullif("nJet", 1)).result().to_pylist()
        [None, 2]
    """
    return call("nullif", x, value)


def greatest(x: Argument, *more: Argument) -> Expr:
    """The largest of several values; nulls are passed over.

    SQL: `greatest(x, ...)`.

    Example:
        >>> two.take(hf.greatest("nMuon", "nJet")).result().to_pylist()
        [2, 2]
    """
    return call("greatest", x, *more)


def least(x: Argument, *more: Argument) -> Expr:
    """The smallest of several values; nulls are passed over.

    SQL: `least(x, ...)`.

    Example:
        >>> two.take(hf.least("nMuon", "nJet")).result().to_pylist()
        [1, 2]
    """
    return call("least", x, *more)


def factorial(n: Argument) -> Expr:
    """The product of 1 to n, of whole numbers up to 20.

    SQL: `factorial(n)`.

    Example:
        >>> two.take(hf.factorial("nJet")).result().to_pylist()
        [1, 2]
    """
    return call("factorial", n)


def gcd(a: Argument, b: Argument) -> Expr:
    """The greatest common divisor of whole numbers.

    SQL: `gcd(a, b)`.

    Example:
        >>> two.take(hf.gcd("event", 6)).result().to_pylist()
        [3, 2]
    """
    return call("gcd", a, b)


def coalesce(x: Argument, *more: Argument) -> Expr:
    """The first of several values that is not null.

    SQL: `coalesce(x, ...)`.

    Example:
        >>> two.take(hf.coalesce("Jet_pt[1]", 0.0)).result().to_pylist()
        [0.0, 17.067]
    """
    return call("coalesce", x, *more)
