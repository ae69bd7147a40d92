"""What `make_functions.py` knows of functions beyond the page `docs/physics.md`: their parameters in Python,
and the functions of numbers, which the page only names.

A parameter is written as in Python. `name: text` is text that goes into SQL in quotes, `=` makes it optional.
"""

PHYSICS: dict[str, str] = {
    "sum": "values",
    "min": "values",
    "max": "values",
    "mean": "values",
    "count": "values",
    "any": "mask",
    "all": "mask",
    "first": "values",
    "concat": "values, *more",
    "reverse": "values",
    "last": "values",
    "take": "values, positions",
    "sort": "values, key=None",
    "argsort": "values, descending=None",
    "top_k": "values, k, key=None",
    "index": "values",
    "len": "values",
    "if_else": "condition, value, otherwise",
    "argmin": "values",
    "argmax": "values",
    "with_field": "collection, name: text, values",
    "pairs": "values",
    "combinations": "values, n",
    "cartesian": "values, *more",
    "best_by": "values, key",
    "p4": "pt, eta, phi, mass",
    "p4_cartesian": "px, py, pz, energy",
    "inv_mass": "a, b, *more",
    "boost": "vector, beta_x, beta_y, beta_z",
    "delta_phi": "a, b",
    "delta_r": "a, b, *more",
    "transverse_mass": "a, b, *more",
    "any_within": "collection, others, radius",
    "nearest": "collection, others, radius=None",
}
"""Parameters of the words on the page."""

NUMBERS: dict[str, tuple[str, str, str]] = {
    "abs": ("x", "The absolute value.", "abs(Jet_eta)"),
    "sqrt": ("x", "The square root; NaN of negative numbers.", "sqrt(MET_pt)"),
    "cbrt": ("x", "The cube root.", "cbrt(MET_pt)"),
    "power": (
        "base, exponent",
        "The base to the power of the exponent: `base ** exponent`.",
        "power(MET_pt, 2)",
    ),
    "exp": ("x", "e to the power of x.", "exp(-MET_pt / 50)"),
    "ln": ("x", "The logarithm to base e.", "ln(MET_pt)"),
    "log": (
        "base, x",
        "The logarithm to a base, which comes first. There is no `log(x)` here: SQL's has base 10, that of "
        "numpy and C++ has base e; write `log10` or `ln`.",
        "log(3, MET_pt)",
    ),
    "log10": ("x", "The logarithm to base 10.", "log10(MET_pt)"),
    "log2": ("x", "The logarithm to base 2.", "log2(MET_pt)"),
    "sin": ("x", "The sine of an angle in radians.", "sin(MET_phi)"),
    "cos": ("x", "The cosine of an angle in radians.", "cos(MET_phi)"),
    "tan": ("x", "The tangent of an angle in radians.", "tan(MET_phi)"),
    "cot": ("x", "The cotangent of an angle in radians.", "cot(MET_phi)"),
    "asin": ("x", "The angle in radians, between -pi/2 and pi/2, that has this sine.", "asin(MET_phi / 4)"),
    "acos": ("x", "The angle in radians, between 0 and pi, that has this cosine.", "acos(MET_phi / 4)"),
    "atan": ("x", "The angle in radians, between -pi/2 and pi/2, that has this tangent.", "atan(MET_pt)"),
    "atan2": (
        "y, x",
        "The angle of the point (x, y) in radians, between -pi and pi.",
        "atan2(sin(MET_phi), cos(MET_phi))",
    ),
    "sinh": ("x", "The hyperbolic sine: pz is `pt * sinh(eta)`.", "sinh(Jet_eta)"),
    "cosh": ("x", "The hyperbolic cosine: the momentum is `pt * cosh(eta)`.", "cosh(Jet_eta)"),
    "tanh": ("x", "The hyperbolic tangent: the cosine of the polar angle is `tanh(eta)`.", "tanh(Jet_eta)"),
    "asinh": ("x", "The inverse of `sinh`.", "asinh(Jet_eta)"),
    "acosh": ("x", "The inverse of `cosh`; NaN below 1.", "acosh(MET_pt)"),
    "atanh": ("x", "The inverse of `tanh`; NaN beyond -1 and 1.", "atanh(Jet_eta / 10)"),
    "degrees": ("x", "Radians as degrees.", "degrees(MET_phi)"),
    "radians": ("x", "Degrees as radians.", "radians(90.0)"),
    "floor": ("x", "The next whole number below, as a number of the same type.", "floor(MET_pt)"),
    "ceil": ("x", "The next whole number above, as a number of the same type.", "ceil(MET_pt)"),
    "trunc": (
        "x, digits=None",
        "x without what is after the point, or after some digits.",
        "trunc(Jet_eta, 1)",
    ),
    "round": (
        "x, digits=None",
        "x to the nearest whole number, or to some digits; halves go away from 0.",
        "round(MET_pt, 1)",
    ),
    "signum": ("x", "-1, 0 or 1, as the sign is.", "signum(Jet_eta)"),
    "isnan": ("x", "Whether it is NaN.", "isnan(MET_pt)"),
    "iszero": ("x", "Whether it is 0.", "iszero(nJet)"),
    "nanvl": ("x, otherwise", "x, or another value where it is NaN.", "nanvl(sqrt(Jet_eta), 0.0)"),
    "nullif": ("x, value", "x, or null where it equals a value.", "nullif(nJet, 1)"),
    "greatest": (
        "x, *more",
        "The largest of several values; nulls are passed over.",
        "greatest(nMuon, nJet)",
    ),
    "least": ("x, *more", "The smallest of several values; nulls are passed over.", "least(nMuon, nJet)"),
    "factorial": ("n", "The product of 1 to n, of whole numbers up to 20.", "factorial(nJet)"),
    "gcd": ("a, b", "The greatest common divisor of whole numbers.", "gcd(event, 6)"),
}
"""Functions of numbers, element by element of lists: parameters, meaning, example."""

OTHERS: dict[str, tuple[str, str, str]] = {
    "coalesce": ("x, *more", "The first of several values that is not null.", "coalesce(Jet_pt[1], 0.0)"),
}
"""More of SQL that is needed often; for all the rest there is `call`."""
