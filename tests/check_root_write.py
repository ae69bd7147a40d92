#!/usr/bin/env python3
"""Check with other readers what crates/root-write writes.

usage: check_root_write.py FOLDER [--root]

FOLDER holds the files of  cargo run -p hepframe-root-write --example every_type FOLDER.
Needs uproot and awkward; with --root also CERN ROOT (`pip install --pre ROOT`).
"""
import glob
import sys

import awkward as ak
import numpy as np
import uproot

N = 300


def expected():
    i = np.arange(N)
    counts = i % 4
    items = np.array([10 * e + k for e in range(N) for k in range(e % 4)])
    texts = ["x" * (300 if e % 50 == 7 else e % 5) for e in range(N)]
    lists = lambda values: ak.unflatten(ak.Array(values), counts)
    triples = lambda a: (a[:, None] + np.array([0, 0.25, 0.5])).astype("f4")
    third = (i / 30.0)
    e = {
        "n": counts, "bool": i % 3 == 0, "i8": i.astype("i1"), "u8": i.astype("u1"), "i16": -i, "u16": 60000 + i,
        "i32": -i << 16, "u32": 2**32 - 1 - i, "i64": -i << 40, "u64": np.uint64(2**64 - 1) - i.astype("u8"),
        "long": -i, "ulong": i, "f32": third.astype("f4"), "f64": third, "a3": triples(i),
        "a23": triples(np.repeat(i, 2)).reshape(N, 2, 3), "x": lists(items.astype("f4")), "b": lists(items % 2 == 0),
        "x3": ak.unflatten(triples(items), counts), "s": texts, "string": texts, "tstring": texts,
        "vf": lists(items.astype("f4")), "vi64": lists(items), "vb": lists(items % 2 == 0),
        "vs": lists([f"t{k}" for k in items]), "vv": lists([[int(k), -1] for k in items]),
    }
    # name -> (values, largest error): packed to bits or steps
    packed = {
        "h": third * 2.0**-13, "h_bits": third * 2.0**-11, "h_range": 1e-6, "h_range_bits": 21 / 2**15 + 1e-6,
        "d": third * 2.0**-24, "d_bits": third * 2.0**-13, "d_range": 1e-8, "d_range_bits": 21 / 2**21 + 1e-9,
    }
    return e, {name: (third, error) for name, error in packed.items()}, lists(items.astype("f4"))


def same(got, want):
    return ak.to_list(got) == ak.to_list(want)


# What uproot cannot read right, though ROOT can.
UPROOT_WRONG = {"h", "h_bits", "s"}
# With generated offsets: uproot takes differences for starts, ROOT 6.40 forgets the [3] of x[n][3].
GENERATED_UPROOT_WRONG = {"x", "b", "x3", "string", "tstring"}
GENERATED_ROOT_WRONG = {"x3"}


def check_uproot(path):
    exact, packed, xh = expected()
    problems = []
    with uproot.open(path) as file:
        if file["dir/Events;1"].keys() != ["old"]:
            problems.append("the older cycle")
        if file["empty"].num_entries != 0:
            problems.append("the empty tree")
        tree = file["dir/Events"]
        if tree.num_entries != N:
            return [f"{tree.num_entries} entries"]
        generated = "generated" in path
        for name, want in exact.items():
            if name in UPROOT_WRONG or (generated and name in GENERATED_UPROOT_WRONG):
                continue
            try:
                if not same(tree[name].array(), want):
                    problems.append(name)
            except Exception as error:
                problems.append(f"{name}: {type(error).__name__} {error}"[:200])
        for name, (want, error) in packed.items():
            if name not in UPROOT_WRONG:
                got = tree[name].array(library="np")
                if not (np.abs(got - want) <= error + 1e-12).all():
                    problems.append(f"{name}: off by {np.abs(got - want).max()}")
        leaves = tree["leaves"].array()
        i = np.arange(N)
        if not (same(leaves["a"], i) and same(leaves["c"], i.astype("i1")) and same(leaves["d"], i / 30.0)):
            problems.append("leaves")
    return problems


def check_root(path):
    import ROOT

    exact, packed, xh = expected()
    problems = []
    file = ROOT.TFile.Open(path)
    tree = file.Get("dir/Events")
    if tree.GetEntries() != N:
        return [f"{tree.GetEntries()} entries"]
    wants = {name: ak.to_list(want) for name, want in exact.items()}
    xh = ak.to_list(xh)
    # PyROOT's attributes do not know arrays of two dimensions or of packed numbers: leaves do.
    by_leaf = lambda name: (lambda leaf: [leaf.GetValue(k) for k in range(leaf.GetLen())])(tree.GetLeaf(name))
    leaf_s = tree.GetLeaf("s")
    for e in range(N):
        if tree.GetEntry(e) <= 0:
            return [f"entry {e} not read"]
        for name, want in wants.items():
            want = want[e]
            if "generated" in path and name in GENERATED_ROOT_WRONG:
                continue
            if name == "s":
                got = bytes(np.frombuffer(tree.s, 'u1', leaf_s.GetLenStatic())).split(b'\0')[0].decode()
            elif name in ("string", "tstring"):
                got = str(getattr(tree, name))
            elif name == "vs":
                got = [str(t) for t in getattr(tree, name)]
            elif name == "vv":
                got = [list(t) for t in getattr(tree, name)]
            elif name.startswith("v"):
                got = [t for t in getattr(tree, name)]
            elif name in ("i64", "u64", "long", "ulong"):
                got = getattr(tree, name)
            else:
                got, want = by_leaf(name), np.ravel(np.array(want, dtype="f8")).tolist()
            if got != want:
                problems.append(f"{name}[{e}]: {got} instead of {want}")
        for name, (want, error) in packed.items():
            error = error if np.isscalar(error) else error[e]
            if abs(by_leaf(name)[0] - want[e]) > error + 1e-12:
                problems.append(f"{name}[{e}]: {by_leaf(name)} instead of {want[e]}")
        got = by_leaf("xh")
        if len(got) != len(xh[e]) or any(abs(a - b) > 0.04 for a, b in zip(got, xh[e])):
            problems.append(f"xh[{e}]: {got} instead of {xh[e]}")
        leaf = lambda name: tree.GetBranch("leaves").GetLeaf(name)
        got = [leaf("a").GetValue(), leaf("v").GetValue(2), leaf("d").GetValue()]
        if got != [e, e + 0.5, e / 30.0]:
            problems.append(f"leaves[{e}]: {got}")
    file.Close()
    return problems


def main():
    failed = False
    for path in sorted(glob.glob(sys.argv[1] + "/every_*.root")):
        for name, check in [("uproot", check_uproot)] + ([("ROOT", check_root)] if "--root" in sys.argv else []):
            if name == "uproot" and path.endswith("_cs.root"):
                continue  # uproot does not know this codec
            problems = check(path)
            failed |= bool(problems)
            print(f"{path}: {name}: {'right' if not problems else '; '.join(problems[:8])}")
    sys.exit(failed)


if __name__ == "__main__":
    main()
