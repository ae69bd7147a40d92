#!/usr/bin/env python3
"""Make the table of cases for physics in SQL: what `vector`, `awkward` and `numpy` say about small events.

usage: physics_cases.py [FOLDER]          (needs vector, awkward, numpy and pyarrow)

Writes two files to crates/engine/tests/it/physics (or FOLDER), which the tests of the engine read:

  cases_events.parquet   events with lists: random ones, and all that is odd (empty, null, NaN, infinite, -0)
  cases_answers.parquet  one column per SQL expression, named `SCALE|EXPRESSION`, with what each event should give

SCALE says how well the two agree: `exact` is to the bit, a number allows 1e-12 of the answer plus 1e-12 of that
number, which is what the terms are like that cancel in a difference (0 for none, GeV, radians).

Where hepframe means something else than numpy on purpose, a helper below says so: see docs/adr/0009-physics-in-sql.md.
"""
import itertools
import math
import os
import sys

import awkward as ak
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import vector

vector.register_awkward()
EVENTS = 40
HERE = os.path.dirname(os.path.abspath(__file__))
NAN, INF = math.nan, math.inf
LIST = pa.list_


def events():
    """The table of events; the first ones are odd, the rest random."""
    random = np.random.default_rng(20261122)
    odd = [[], [NAN], [INF, -INF], [0.0, -0.0], [-0.0, 0.0, NAN], [NAN, 2.0, NAN, -1.0], [3.0, 3.0, 3.0], [1e300, -1e-300],
           [NAN, NAN], [7.5]]
    lengths = [len(x) for x in odd] + [int(n) for n in random.integers(0, 6, EVENTS - len(odd))]

    def lists(make, lengths=lengths):
        return [[make() for _ in range(n)] for n in lengths]

    def uniform(low, high, lengths=lengths):
        return lists(lambda: float(random.uniform(low, high)), lengths)

    def whole(low, high, lengths=lengths):
        return lists(lambda: int(random.integers(low, high)), lengths)

    def flags():
        return lists(lambda: bool(random.random() < 0.5))

    def holes(values):
        """Some elements and some lists become null."""
        return [None if row % 11 == 3 else [None if random.random() < 0.3 else v for v in x] for row, x in enumerate(values)]

    def counts():
        return [int(n) for n in random.integers(0, 5, EVENTS)]

    x = uniform(-9, 9)
    x[: len(odd)] = odd
    table = {
        "x": (x, LIST(pa.float64())),
        "y": (uniform(0.5, 9), LIST(pa.float64())),
        "f": (uniform(-9, 9), LIST(pa.float32())),
        "i": (whole(-50, 50), LIST(pa.int64())),
        "u": (whole(0, 9), LIST(pa.uint8())),
        "b": (flags(), LIST(pa.bool_())),
        "c": (flags(), LIST(pa.bool_())),
        "z": (uniform(-9, 9, counts()), LIST(pa.float64())),
        "at": (whole(-6, 6, counts()), LIST(pa.int64())),
        "n": (holes(x), LIST(pa.float64())),
        "nb": (holes(flags()), LIST(pa.bool_())),
        "s": ([float(v) for v in random.uniform(-5, 5, EVENTS)], pa.float64()),
        "k": ([int(v) for v in random.integers(-5, 6, EVENTS)], pa.int64()),
    }
    momenta = [("Muon", pa.float64(), counts()), ("Jet", pa.float32(), counts())]
    for name, number, size in momenta:
        table[f"{name}_pt"] = (uniform(5, 90, size), LIST(number))
        table[f"{name}_eta"] = (uniform(-2.5, 2.5, size), LIST(number))
        table[f"{name}_phi"] = (uniform(-math.pi, math.pi, size), LIST(number))
        table[f"{name}_mass"] = (uniform(0.1, 20, size), LIST(number))
        table[f"{name}_charge"] = (lists(lambda: int(random.choice([-1, 1])), size), LIST(pa.int32()))
    # Small whole numbers: every step of a four-vector's arithmetic is exact. Some have no or a negative squared mass.
    size = counts()
    for part, (low, high) in {"px": (-9, 9), "py": (-9, 9), "pz": (-9, 9), "energy": (8, 30)}.items():
        table[f"Tau_{part}"] = ([[float(v) for v in row] for row in whole(low, high, size)], LIST(pa.float64()))
    for name in ["MET_pt", "lead_pt", "lead_mass"]:
        table[name] = ([float(v) for v in random.uniform(10, 60, EVENTS)], pa.float64())
    for name in ["MET_phi", "lead_phi", "lead_eta"]:
        table[name] = ([float(v) for v in random.uniform(-3, 3, EVENTS)], pa.float64())
    return pa.table({name: pa.array(values, kind) for name, (values, kind) in table.items()})


TABLE = events()
ROWS = TABLE.to_pylist()
IN = {name: ak.Array(TABLE[name].to_pylist()) for name in TABLE.column_names}
ANSWERS = {}


def answer(scale, sql, want, kind):
    """`want`: an awkward array, or Python's lists."""
    name = f"{scale}|{sql}"
    assert name not in ANSWERS, name
    want = ak.to_list(want) if isinstance(want, ak.Array) else list(want)
    assert len(want) == EVENTS, name
    ANSWERS[name] = pa.array(want, kind)


def exact(sql, want, kind=LIST(pa.float64())):
    answer("exact", sql, want, kind)


def close(sql, want, kind=LIST(pa.float64()), scale=0):
    answer(scale, sql, want, kind)


def per_event(function, *names):
    """Calls a function of the values of each event; a null among them gives null."""
    columns = [TABLE[name].to_pylist() for name in names]
    return [None if any(v is None for v in row) else function(*row) for row in zip(*columns)]


def per_element(function, *names):
    """Calls a function of numpy on each event's lists."""
    with np.errstate(all="ignore"):
        return per_event(lambda *lists: function(*[np.array(v) for v in lists]).tolist(), *names)


def there(values):
    return [v for v in values if v is not None]


# Where hepframe differs from numpy.


def skipping(best):
    """min and max pass over NaN and null; nothing but NaN gives NaN, nothing at all null."""

    def reduced(values):
        numbers = [v for v in there(values) if not math.isnan(v)]
        return best(numbers) if numbers else (NAN if there(values) else None)

    return reduced


def place(best):
    """argmin and argmax: the first of equals, NaN and null passed over, null if nothing is left."""

    def reduced(values):
        numbers = [(v, p) for p, v in enumerate(values) if v is not None and not math.isnan(v)]
        wins = best((v for v, _ in numbers), default=None)
        return next((p for v, p in numbers if v == wins), None)

    return reduced


def pick(values, position):
    """Out of range is null, where numpy raises."""
    return values[position] if -len(values) <= position < len(values) else None


def order(values, sign=1):
    """Stable, NaN last in both directions."""
    return sorted(range(len(values)), key=lambda p: (math.isnan(values[p]), 0 if math.isnan(values[p]) else sign * values[p]))


def mass(vectors):
    """vector's mass; of a negative square both give a negative mass."""
    return vectors.mass


def operators():
    i64, f32, flag = LIST(pa.int64()), LIST(pa.float32()), LIST(pa.bool_())
    for sign, function in {">": np.greater, "<": np.less, ">=": np.greater_equal, "<=": np.less_equal, "=": np.equal,
                           "<>": np.not_equal}.items():
        exact(f"x {sign} y", per_element(function, "x", "y"), flag)
        exact(f"x {sign} s", per_element(function, "x", "s"), flag)
        exact(f"x {sign} 3", per_element(lambda x: function(x, 3), "x"), flag)
        exact(f"i {sign} u", per_element(function, "i", "u"), flag)
    exact("2.5 < f", per_element(lambda f: 2.5 < f, "f"), flag)
    for sign, function in {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "%": np.fmod}.items():
        exact(f"x {sign} y", per_element(function, "x", "y"))
        exact(f"s {sign} y", per_element(function, "s", "y"))
        exact(f"x {sign} 2", per_element(lambda x: function(x, 2.0), "x"))
    exact("i + u", per_element(lambda i, u: i.astype(int) + u.astype(int), "i", "u"), i64)
    exact("i * 3 - 1", per_element(lambda i: i.astype(int) * 3 - 1, "i"), i64)
    # Whole numbers divide as in C and in SQL: towards 0.
    exact("i / 7", [[int(v / 7) for v in row["i"]] for row in ROWS], i64)
    exact("i % 7", [[int(math.fmod(v, 7)) for v in row["i"]] for row in ROWS], i64)
    exact("-x", per_element(np.negative, "x"))
    exact("-i", [[-v for v in row["i"]] for row in ROWS], i64)
    exact("NOT b", per_element(lambda b: ~b.astype(bool), "b"), flag)
    exact("b AND c", per_element(lambda b, c: b.astype(bool) & c.astype(bool), "b", "c"), flag)
    exact("b OR c", per_element(lambda b, c: b.astype(bool) | c.astype(bool), "b", "c"), flag)
    exact("NOT nb", per_event(lambda nb: [None if v is None else not v for v in nb], "nb"), flag)
    exact("n * 2", IN["n"] * 2)
    exact("n > 1", IN["n"] > 1, flag)
    exact("x BETWEEN -3 AND 3", per_element(lambda x: (x >= -3) & (x <= 3), "x"), flag)
    exact("x NOT BETWEEN s AND 3", per_element(lambda x, s: ~((x >= s) & (x <= 3)), "x", "s"), flag)
    exact("x IN (3, 7.5)", per_element(lambda x: np.isin(x, [3, 7.5]), "x"), flag)
    exact("u NOT IN (1, 2, 3)", per_element(lambda u: ~np.isin(u, [1, 2, 3]), "u"), flag)
    exact("CAST(i AS double)", per_element(lambda i: i.astype(float), "i"))
    exact("CAST(y AS int)", per_element(lambda y: y.astype(int), "y"), LIST(pa.int32()))
    exact("y::float", per_element(lambda y: y.astype(np.float32).astype(float), "y"), f32)


def functions():
    """DataFusion's functions of numbers, element by element."""
    flag = LIST(pa.bool_())
    same = {"abs": np.abs, "floor": np.floor, "ceil": np.ceil}
    for word, function in same.items():
        exact(f"{word}(x)", per_element(function, "x"))
    exact("sqrt(abs(x))", per_element(lambda x: np.sqrt(abs(x)), "x"))
    close("trunc(x)", per_element(np.trunc, "x"))  # of -0 it makes 0
    # Of numbers above 0, or within 0 and 1.
    plain = {"exp": np.exp, "ln": np.log, "log10": np.log10, "log2": np.log2, "log": np.log10, "sin": np.sin, "cos": np.cos,
             "tan": np.tan, "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh, "atan": np.arctan, "asinh": np.arcsinh,
             "cbrt": np.cbrt, "degrees": np.degrees, "radians": np.radians}
    for word, function in plain.items():
        close(f"{word}(y)", per_element(function, "y"))
    for word, function in {"asin": np.arcsin, "acos": np.arccos, "atanh": np.arctanh}.items():
        close(f"{word}(y / 10)", per_element(lambda y: function(y / 10), "y"))
    close("acosh(y + 1)", per_element(lambda y: np.arccosh(y + 1), "y"), scale=1)
    close("cot(y)", per_element(lambda y: 1 / np.tan(y), "y"))
    close("atan2(x, y)", per_element(np.arctan2, "x", "y"))
    close("power(y, 3)", per_element(lambda y: y**3, "y"))
    close("log(2, y)", per_element(np.log2, "y"))
    close("round(y)", per_element(np.round, "y"))
    exact("signum(y)", per_element(np.sign, "y"))
    exact("isnan(x)", per_element(np.isnan, "x"), flag)
    exact("iszero(x)", per_element(lambda x: x == 0, "x"), flag)
    exact("greatest(y, s)", per_element(np.maximum, "y", "s"))
    exact("least(y, s)", per_element(np.minimum, "y", "s"))
    exact("nanvl(x, y)", per_element(lambda x, y: np.where(np.isnan(x), y, x), "x", "y"))
    exact("nullif(u, 3)", [[None if v == 3 else v for v in row["u"]] for row in ROWS], LIST(pa.int64()))
    exact("factorial(u)", [[math.factorial(v) for v in row["u"]] for row in ROWS], LIST(pa.int64()))
    exact("gcd(i, 12)", [[math.gcd(v, 12) for v in row["i"]] for row in ROWS], LIST(pa.int64()))
    close("sqrt(x * x + y * y) / 2", per_element(lambda x, y: np.sqrt(x * x + y * y) / 2, "x", "y"))


def reductions():
    f64, f32, i64, flag = pa.float64(), pa.float32(), pa.int64(), pa.bool_()
    exact("sum(x)", ak.sum(IN["x"], axis=1), f64)
    exact("sum(n)", ak.sum(IN["n"], axis=1), f64)
    exact("sum(i)", ak.sum(IN["i"], axis=1), i64)
    exact("sum(u)", ak.sum(IN["u"], axis=1), i64)
    exact("sum(b)", ak.sum(IN["b"], axis=1), i64)
    exact("sum(f)", ak.sum(ak.values_astype(IN["f"], float), axis=1), f64)
    close("mean(y)", ak.mean(IN["y"], axis=1, mask_identity=True), f64)
    close("avg(i)", ak.mean(IN["i"], axis=1, mask_identity=True), f64)
    close("mean(n)", per_event(lambda n: sum(there(n)) / len(there(n)) if there(n) else None, "n"), f64)
    for name, kind in {"x": f64, "n": f64, "f": f32, "i": i64, "u": pa.uint8()}.items():
        for word, best in {"min": min, "max": max}.items():
            exact(f"{word}({name})", per_event(skipping(best), name), kind)
            exact(f"arg{word}({name})", per_event(place(best), name), i64)
    for name in ["b", "nb"]:
        exact(f"any({name})", ak.any(IN[name], axis=1), flag)
        exact(f"all({name})", ak.all(IN[name], axis=1), flag)
        exact(f"count({name})", ak.sum(IN[name], axis=1), i64)
    exact("any(x > y)", ak.any(IN["x"] > IN["y"], axis=1), flag)
    exact("all(x > s)", ak.all(IN["x"] > IN["s"], axis=1), flag)
    exact("count(x > s)", ak.sum(IN["x"] > IN["s"], axis=1), i64)
    exact("count(x)", ak.num(IN["x"]), i64)
    exact("count(n)", ak.count(IN["n"], axis=1), i64)
    exact("len(x)", ak.num(IN["x"]), i64)
    exact("len(n)", ak.num(IN["n"]), i64)
    exact("first(x)", ak.firsts(IN["x"]), f64)
    exact("last(x)", ak.firsts(IN["x"][:, ::-1]), f64)
    exact("first(n)", per_event(lambda n: pick(n, 0), "n"), f64)
    exact("index(x)", ak.local_index(IN["x"]), LIST(i64))
    close("sum(x[x > s] * 2)", ak.sum(IN["x"][IN["x"] > IN["s"]] * 2, axis=1), f64)


def parts():
    """Masks, subscripts, slices, sorts."""
    f64, i64 = pa.float64(), LIST(pa.int64())
    x, n, b = IN["x"], IN["n"], IN["b"]
    exact("x[x > 0]", x[x > 0])
    exact("x[b]", x[b])
    exact("i[b AND NOT c]", IN["i"][b & ~IN["c"]], i64)
    exact("n[n > 0]", ak.drop_none(ak.mask(n, n > 0), axis=1))
    exact("b[x > s]", b[x > IN["s"]], LIST(pa.bool_()))
    for position in [0, 1, -1, -3, 9]:
        exact(f"x[{position}]", per_event(lambda x: pick(x, position), "x"), f64)
    exact("n[0]", per_event(lambda n: pick(n, 0), "n"), f64)
    exact("x[k]", per_event(pick, "x", "k"), f64)
    exact("x[len(x) - 1]", per_event(lambda x: pick(x, -1), "x"), f64)
    for start, stop in itertools.product(["", 0, 1, -2, 9], ["", 2, -1, 9]):
        piece = slice(*(None if end == "" else end for end in (start, stop)))
        exact(f"x[{start}:{stop}]", x[:, piece])
    exact("x[0:k]", per_event(lambda x, k: x[0:k], "x", "k"))
    exact("x[k:]", per_event(lambda x, k: x[k:], "x", "k"))
    exact("n[1:3]", per_event(lambda n: n[1:3], "n"))
    exact("take(x, at)", per_event(lambda x, at: [pick(x, p) for p in at], "x", "at"))
    exact("x[at]", per_event(lambda x, at: [pick(x, p) for p in at], "x", "at"))
    exact("x[argsort(y)]", x[ak.argsort(IN["y"])])
    exact("reverse(x)", x[:, ::-1])
    exact("reverse(n)", per_event(lambda n: n[::-1], "n"))
    exact("sort(y)", ak.sort(IN["y"]))
    exact("sort(x)", per_event(lambda x: [x[p] for p in order(x)], "x"))
    exact("sort(x, y)", x[ak.argsort(IN["y"], stable=True)])
    exact("sort(i, -y)", IN["i"][ak.argsort(IN["y"], ascending=False)], i64)
    exact("argsort(x)", per_event(order, "x"), i64)
    exact("argsort(x, true)", per_event(lambda x: order(x, -1), "x"), i64)
    exact("argsort(i)", ak.argsort(IN["i"], stable=True), i64)
    for count in [0, 2, 9]:
        exact(f"top_k(x, {count})", per_event(lambda x: [x[p] for p in order(x, -1)][:count], "x"))
    exact("top_k(i, 2, y)", IN["i"][ak.argsort(IN["y"], ascending=False)][:, :2], i64)
    exact("concat(x, z)", ak.concatenate([x, IN["z"]], axis=1))
    exact("concat(i, z, x)", ak.concatenate([ak.values_astype(IN["i"], float), IN["z"], x], axis=1))
    exact("if_else(x > 0, x, y)", ak.where(x > 0, x, IN["y"]))
    exact("if_else(b, i, 0)", ak.where(b, IN["i"], 0), i64)
    exact("if_else(b, s, x)", ak.where(b, ak.broadcast_arrays(IN["s"], x)[0], x))
    exact("if_else(k > 0, s, 1.5)", ak.where(IN["k"] > 0, IN["s"], 1.5), f64)
    exact("best_by(x, y)", per_event(lambda x, y: pick(x, y.index(min(y))) if y else None, "x", "y"), f64)
    exact("best_by(i, x)", per_event(lambda i, x: None if place(min)(x) is None else i[place(min)(x)], "i", "x"), pa.int64())


def combinations():
    x, i64, flag = IN["x"], pa.int64(), pa.bool_()
    for size in range(1, 6):
        made = ak.combinations(x, size)
        for member, name in zip(range(size), "abcde"):
            exact(f"combinations(x, {size}).{name}", made[str(member)])
    for position in [0, 2, -1, -4, 99]:
        exact(f"combinations(x, 2)[{position}].b",
              per_event(lambda x: (pick(list(itertools.combinations(x, 2)), position) or [None, None])[1], "x"), pa.float64())
        exact(f"cartesian(x, z)[{position}].b",
              per_event(lambda x, z: (pick(list(itertools.product(x, z)), position) or [None, None])[1], "x", "z"), pa.float64())
    pair = ak.combinations(x, 2)
    exact("pairs(x).a", pair["0"])
    exact("pairs(x).b", pair["1"])
    close("pairs(y).a - pairs(y).b", ak.combinations(IN["y"], 2)["0"] - ak.combinations(IN["y"], 2)["1"], scale=9)
    exact("len(pairs(x))", ak.num(pair), i64)
    exact("count(pairs(x).a < pairs(x).b)", ak.sum(pair["0"] < pair["1"], axis=1), i64)
    exact("any(pairs(x).a < pairs(x).b)", ak.any(pair["0"] < pair["1"], axis=1), flag)
    exact("all(pairs(x).a < pairs(x).b)", ak.all(pair["0"] < pair["1"], axis=1), flag)
    exact("any(pairs(x).a <> pairs(x).b)", ak.any(pair["0"] != pair["1"], axis=1), flag)
    exact("all(NOT pairs(x).a > s)", ak.all(~(pair["0"] > IN["s"]), axis=1), flag)
    products = ak.combinations(IN["y"], 2)["0"] * ak.combinations(IN["y"], 2)["1"]
    exact("min(pairs(y).a * pairs(y).b)", ak.min(products, axis=1), pa.float64())
    # Of lists with nulls: a combination that is compared with null counts as neither true nor false.
    holes = [None if row is None else list(itertools.combinations(row, 2)) for row in TABLE["n"].to_pylist()]
    known = [None if row is None else [p for p in row if None not in p] for row in holes]

    def over_known(function):
        return [None if row is None else function(row) for row in known]

    exact("any(pairs(n).a <> pairs(n).b)", over_known(lambda row: any(a != b for a, b in row)), flag)
    exact("all(pairs(n).a <= pairs(n).b)", over_known(lambda row: all(a <= b for a, b in row)), flag)
    exact("count(NOT pairs(n).a > pairs(n).b)", over_known(lambda row: sum(not a > b for a, b in row)), i64)
    exact("sum(pairs(n).a + pairs(n).b)", over_known(lambda row: sum((a + b for a, b in row), 0.0)), pa.float64())
    exact("argmin(pairs(n).a + pairs(n).b)", [None if row is None else place(min)([None if None in p else sum(p) for p in row])
                                              for row in holes], i64)
    exact("max(pairs(n).a - pairs(n).b)", over_known(lambda row: skipping(max)([a - b for a, b in row])), pa.float64())
    flags = [None if row is None else list(itertools.combinations(row, 2)) for row in TABLE["nb"].to_pylist()]
    exact("any(pairs(nb).a OR pairs(nb).b)", [None if row is None else any(a or b for a, b in row) for row in flags], flag)
    exact("all(pairs(nb).a OR pairs(nb).b)",
          [None if row is None else not any(a is False and b is False for a, b in row) for row in flags], flag)
    exact("count(NOT (pairs(nb).a AND pairs(nb).b))",
          [None if row is None else sum(a is False or b is False for a, b in row) for row in flags], i64)
    product = ak.cartesian([x, IN["z"], IN["i"]])
    exact("cartesian(x, z).a", ak.cartesian([x, IN["z"]])["0"])
    exact("cartesian(x, z).b", ak.cartesian([x, IN["z"]])["1"])
    exact("cartesian(x, z, i).a", product["0"])
    exact("cartesian(x, z, i).b", product["1"])
    exact("cartesian(x, z, i).c", product["2"], LIST(i64))
    exact("count(cartesian(x, z).a > cartesian(x, z).b)",
          ak.sum(ak.cartesian([x, IN["z"]])["0"] > ak.cartesian([x, IN["z"]])["1"], axis=1), i64)


def momenta(name):
    """A collection as vectors, in double precision."""
    has = {part[len(name) + 1:]: ak.values_astype(IN[part], float) for part in IN if part.startswith(name + "_")}
    names = {"energy": "E"}
    return ak.zip({names.get(part, part): values for part, values in has.items() if part != "charge"}, with_name="Momentum4D")


def four_vectors():
    f64, i64, flag = pa.float64(), pa.int64(), pa.bool_()
    muon, jet, tau = momenta("Muon"), momenta("Jet"), momenta("Tau")
    components = {"px": "px", "py": "py", "pz": "pz", "energy": "E", "p": "p", "rapidity": "rapidity", "pt": "pt", "eta": "eta",
                  "phi": "phi"}
    for collection, vectors in {"Muon": muon, "Jet": jet}.items():
        for component, name in list(components.items())[:6]:
            close(f"{collection}.{component}", getattr(vectors, name))
        exact(f"{collection}.charge", IN[f"{collection}_charge"], LIST(pa.int32()))
    # vector has no pseudorapidity to give along the beam, where ours is ROOT's.
    for component in ["pt", "phi", "p"]:
        close(f"Tau.{component}", getattr(tau, component))
    beam = (tau.px == 0) & (tau.py == 0)
    close("Tau.eta[Tau.pt > 0]", tau.eta[~beam])
    exact("Tau.mass", mass(tau))
    exact("(Tau + Tau).energy", tau.E + tau.E)
    pair = ak.combinations(tau, 2)
    for component in ["px", "py", "pz", "energy", "mass"]:
        name = components.get(component, component)
        exact(f"(pairs(Tau).a + pairs(Tau).b).{component}", getattr(pair["0"] + pair["1"], name))
        exact(f"(pairs(Tau).a - pairs(Tau).b).{component}", getattr(pair["0"] - pair["1"], name))
    two = ak.combinations(muon, 2)
    three = ak.combinations(muon, 3)
    masses = (two["0"] + two["1"]).mass
    text = "(pairs(Muon).a + pairs(Muon).b)"
    close(f"{text}.mass", masses, scale=100)
    close(f"{text}.pt", (two["0"] + two["1"]).pt, scale=100)
    close(f"{text}.phi", (two["0"] + two["1"]).phi, scale=1)
    close(f"{text}.eta", (two["0"] + two["1"]).eta, scale=1)
    close(f"{text}.rapidity", (two["0"] + two["1"]).rapidity, scale=1)
    for word in ["min", "max"]:
        close(f"{word}({text}.mass)", getattr(ak, word)(masses, axis=1), f64, scale=100)
        exact(f"arg{word}({text}.mass)", getattr(ak, "arg" + word)(masses, axis=1), i64)
    close(f"sum({text}.mass)", ak.sum(masses, axis=1), f64, scale=1000)
    exact(f"any({text}.mass > 60 AND {text}.mass < 120)", ak.any((masses > 60) & (masses < 120), axis=1), flag)
    charges = ak.combinations(IN["Muon_charge"], 2)
    opposite = charges["0"] != charges["1"]
    exact(f"count(pairs(Muon).a.charge <> pairs(Muon).b.charge AND {text}.mass > 50)",
          ak.sum(opposite & (masses > 50), axis=1), i64)
    best = ak.argmin(abs(masses - 91.2), axis=1, keepdims=True)
    for member, name in {"0": "a", "1": "b"}.items():
        exact(f"best_by(pairs(Muon), abs({text}.mass - 91.2)).{name}.pt", ak.firsts(two[member].pt[best]), f64)
    allowed = ak.mask(masses, opposite)
    best = ak.argmin(abs(allowed - 91.2), axis=1, keepdims=True)
    kept = "pairs(Muon)[pairs(Muon).a.charge <> pairs(Muon).b.charge]"
    exact(f"best_by({kept}, abs(({kept}.a + {kept}.b).mass - 91.2)).b.eta", ak.firsts(two["1"].eta[best]), f64)
    triple = "combinations(Muon, 3)"
    close(f"({triple}.a + {triple}.b + {triple}.c).mass", (three["0"] + three["1"] + three["2"]).mass, scale=100)
    close(f"max(({triple}.a + {triple}.b + {triple}.c).mass)", ak.max((three["0"] + three["1"] + three["2"]).mass, axis=1), f64, scale=100)
    padded = ak.pad_none(muon, 2)
    close("inv_mass(Muon[0], Muon[1])", (padded[:, 0] + padded[:, 1]).mass, f64, scale=100)
    close("inv_mass(pairs(Muon).a, pairs(Muon).b)", masses, scale=100)
    sums = [ak.sum(getattr(muon, part), axis=1) for part in ["px", "py", "pz", "E"]]
    close("sum(Muon).px", sums[0], f64, scale=100)
    close("sum(Muon).mass", vector.array(dict(zip(["px", "py", "pz", "E"], map(ak.to_numpy, sums)))).mass.tolist(), f64, scale=1000)
    both = ak.cartesian([muon, jet])
    cross = "cartesian(Muon, Jet)"
    close(f"({cross}.a + {cross}.b).mass", (both["0"] + both["1"]).mass, scale=100)
    close(f"delta_r({cross}.a, {cross}.b)", both["0"].deltaR(both["1"]), scale=1)
    close(f"delta_phi({cross}.a, {cross}.b)", both["0"].deltaphi(both["1"]), scale=3)
    close(f"min(delta_r({cross}.a, {cross}.b))", ak.min(both["0"].deltaR(both["1"]), axis=1), f64, scale=1)
    close(f"transverse_mass({cross}.a, {cross}.b)",
          np.sqrt(2 * both["0"].pt * both["1"].pt * (1 - np.cos(both["0"].deltaphi(both["1"])))), scale=100)
    met = ak.zip({"pt": IN["MET_pt"], "phi": IN["MET_phi"]}, with_name="Momentum2D")
    close("transverse_mass(Muon.pt, Muon.phi, MET_pt, MET_phi)",
          np.sqrt(2 * muon.pt * met.pt * (1 - np.cos(muon.deltaphi(met)))), scale=100)
    close("delta_phi(Muon, MET_phi)", muon.deltaphi(met), scale=3)
    close("delta_phi(Muon.phi, MET_phi)", muon.deltaphi(met), scale=3)
    lead = ak.zip({part: IN[f"lead_{part}"] for part in ["pt", "eta", "phi", "mass"]}, with_name="Momentum4D")
    p4 = "p4(lead_pt, lead_eta, lead_phi, lead_mass)"
    for component, name in list(components.items())[:6]:
        close(f"{p4}.{component}", getattr(lead, name), f64)
    close(f"delta_r(Muon, {p4})", muon.deltaR(lead), scale=3)
    close(f"(Muon + {p4}).mass", (muon + lead).mass, scale=100)
    close("delta_r(Muon.eta, Muon.phi, lead_eta, lead_phi)", muon.deltaR(lead), scale=3)
    cartesian = "p4_cartesian(Muon.px, Muon.py, Muon.pz, Muon.energy)"
    close(f"{cartesian}.pt", muon.pt)
    close(f"{cartesian}.eta", muon.eta, scale=1)
    close(f"{cartesian}.mass", muon.mass, scale=1e4)  # a small mass of a large energy
    close("with_field(Muon, 'double_pt', Muon.pt * 2).double_pt", muon.pt * 2)
    beta = vector.obj(x=0.1, y=-0.3, z=0.5)
    moved = muon.boost_beta3(beta)
    for component in ["px", "py", "pz", "energy"]:
        close(f"boost(Muon, 0.1, -0.3, 0.5).{component}", getattr(moved, components[component]), scale=100)
    rest = "boost(Muon, -Muon.px / Muon.energy, -Muon.py / Muon.energy, -Muon.pz / Muon.energy)"
    close(f"{rest}.energy", muon.mass, scale=1e5)
    exact("concat(Muon, Jet).charge", ak.concatenate([IN["Muon_charge"], IN["Jet_charge"]], axis=1), LIST(pa.int32()))
    close("concat(Muon, Jet).px", ak.concatenate([muon.px, jet.px], axis=1))
    close("Muon[Muon.pt > 30].pz", muon.pz[muon.pt > 30])
    exact("sort(Muon, Muon.pt).eta", muon.eta[ak.argsort(muon.pt)])
    exact("top_k(Muon, 2, Muon.pt).phi", muon.phi[ak.argsort(muon.pt, ascending=False)][:, :2])
    exact("best_by(Muon, -Muon.pt).eta", ak.firsts(muon.eta[ak.argsort(muon.pt, ascending=False)]), f64)


def matching():
    """any_within and nearest, of the distances that vector gives."""
    muon, jet = momenta("Muon"), momenta("Jet")
    tables = ak.cartesian([muon, jet], nested=True)
    distances = ak.to_list(tables["0"].deltaR(tables["1"]))

    def nearest(row, radius=INF):
        close = [[(d, p) for p, d in enumerate(line) if d < radius] for line in row]
        return [min(line)[1] if line else None for line in close]

    exact("nearest(Muon, Jet)", [nearest(row) for row in distances], LIST(pa.int64()))
    exact("nearest(Muon, Jet, 1.2)", [nearest(row, 1.2) for row in distances], LIST(pa.int64()))
    exact("any_within(Muon, Jet, 1.2)", [[any(d < 1.2 for d in line) for line in row] for row in distances], LIST(pa.bool_()))


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.join(HERE, "../crates/engine/tests/it/physics")
    for part in [operators, functions, reductions, parts, combinations, four_vectors, matching]:
        part()
    options = {"compression": "zstd", "compression_level": 19, "use_dictionary": False, "write_statistics": False,
               "store_schema": False, "data_page_version": "2.0"}
    pq.write_table(TABLE, os.path.join(folder, "cases_events.parquet"), **options)
    pq.write_table(pa.table(ANSWERS), os.path.join(folder, "cases_answers.parquet"), **options)
    print(f"{len(ANSWERS)} expressions on {EVENTS} events: {len(ANSWERS) * EVENTS} cases")


if __name__ == "__main__":
    main()
