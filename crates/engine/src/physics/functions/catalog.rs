//! Every function of ours: its name, the words for it, what it means.

use hepframe_physics::Formula;

use super::op::Op;

/// A function and its documentation.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The name in plans, private to us.
    pub(crate) name: &'static str,
    /// What people write; none for functions that only plans hold.
    pub(crate) words: &'static [&'static str],
    pub(crate) op: Op,
    /// How it is called.
    pub(crate) usage: &'static str,
    /// What it gives.
    pub(crate) meaning: &'static str,
    /// It at work, on the events of `hepframe demo`.
    pub(crate) example: &'static str,
}

const fn entry(
    name: &'static str,
    words: &'static [&'static str],
    op: Op,
    usage: &'static str,
    meaning: &'static str,
    example: &'static str,
) -> Entry {
    Entry {
        name,
        words,
        op,
        usage,
        meaning,
        example,
    }
}

/// Functions that plans hold, which nobody writes.
const fn private(name: &'static str, op: Op) -> Entry {
    entry(name, &[], op, "", "", "")
}

/// All scalar functions of ours.
pub(crate) fn catalog() -> &'static [Entry] {
    CATALOG
}

/// What a word means for lists.
pub(crate) fn op_of_word(word: &str) -> Option<Op> {
    Some(match word {
        "sum" => Op::Sum,
        "min" => Op::Min,
        "max" => Op::Max,
        "mean" | "avg" => Op::Mean,
        "count" => Op::Count,
        "any" => Op::Any,
        "all" => Op::All,
        "first" => Op::First,
        _ => CATALOG.iter().find(|entry| entry.words.contains(&word))?.op,
    })
}

static CATALOG: &[Entry] = &[
    private("hep_make", Op::Make),
    private("hep_make_struct", Op::MakeStruct),
    private("hep_make_class", Op::MakeClass),
    private("hep_field", Op::Field),
    private("hep_mask", Op::Mask),
    private("hep_at", Op::At),
    private("hep_slice", Op::Slice),
    private("hep_concat", Op::Concat),
    private("hep_reverse", Op::Reverse),
    private("hep_repeat", Op::Repeat),
    private("hep_key", Op::Key),
    private("hep_member", Op::Member),
    private("hep_place", Op::Place),
    private("hep_cross", Op::Cross),
    private("hep_cross_place", Op::CrossPlace),
    private("hep_fused", Op::Fused),
    private("hep_once", Op::Once),
    private("hep_p4_add", Op::P4Add),
    private("hep_p4_subtract", Op::P4Subtract),
    private("hep_sum", Op::Sum),
    private("hep_min", Op::Min),
    private("hep_max", Op::Max),
    private("hep_mean", Op::Mean),
    private("hep_count", Op::Count),
    private("hep_any", Op::Any),
    private("hep_all", Op::All),
    private("hep_first", Op::First),
    private("hep_px", Op::Elementwise(Formula::Px)),
    private("hep_py", Op::Elementwise(Formula::Py)),
    private("hep_pz", Op::Elementwise(Formula::Pz)),
    private("hep_energy", Op::Elementwise(Formula::Energy)),
    private("hep_mass", Op::Elementwise(Formula::Mass)),
    private("hep_pt", Op::Elementwise(Formula::Pt)),
    private("hep_eta", Op::Elementwise(Formula::Eta)),
    private("hep_phi", Op::Elementwise(Formula::Phi)),
    private("hep_p", Op::Elementwise(Formula::P)),
    private("hep_rapidity", Op::Elementwise(Formula::Rapidity)),
    private("hep_boost_px", Op::Elementwise(Formula::BoostPx)),
    private("hep_boost_py", Op::Elementwise(Formula::BoostPy)),
    private("hep_boost_pz", Op::Elementwise(Formula::BoostPz)),
    private("hep_boost_energy", Op::Elementwise(Formula::BoostE)),
    entry(
        "hep_last",
        &["last"],
        Op::Last,
        "last(list)",
        "The last element of each event's list; null for an empty one.",
        "last(Jet_pt)",
    ),
    entry(
        "hep_take",
        &["take"],
        Op::Take,
        "take(list, positions)",
        "The elements at these positions, counted from 0, from the end if negative; null where there is none.",
        "take(Jet_pt, argsort(Jet_eta))",
    ),
    entry(
        "hep_sort",
        &["sort"],
        Op::Sort,
        "sort(list [, key])",
        "The list in ascending order, or in ascending order of a key of the same length. Equal keys keep their order, NaN comes last.",
        "sort(Jet, Jet.pt).eta",
    ),
    entry(
        "hep_argsort",
        &["argsort"],
        Op::Argsort,
        "argsort(list [, descending])",
        "The positions that sort the list, ascending or, with `true`, descending; NaN last.",
        "argsort(Jet_pt, true)",
    ),
    entry(
        "hep_top_k",
        &["top_k"],
        Op::TopK,
        "top_k(list, k [, key])",
        "The k largest elements, largest first, or those with the largest keys.",
        "top_k(Jet, 2, Jet.pt).pt",
    ),
    entry(
        "hep_index",
        &["index"],
        Op::Index,
        "index(list)",
        "The position of every element: 0, 1, 2, ...",
        "index(Jet)",
    ),
    entry(
        "hep_len",
        &["len"],
        Op::Len,
        "len(list)",
        "How many elements each event has.",
        "len(Jet)",
    ),
    entry(
        "hep_if_else",
        &["if_else"],
        Op::IfElse,
        "if_else(condition, value, otherwise)",
        "Chooses element by element; lists and single values may be mixed.",
        "if_else(Jet_pt > 30, Jet_pt, 0)",
    ),
    entry(
        "hep_with_field",
        &["with_field"],
        Op::WithField,
        "with_field(collection, 'name', values)",
        "The collection with one more field: a list of the same length, or one value for all.",
        "with_field(Muon, 'flavour', 13).flavour",
    ),
    entry(
        "hep_pairs",
        &["pairs"],
        Op::Pairs,
        "pairs(list)",
        "All pairs of different elements of an event, `.a` before `.b`, in the order (0,1), (0,2), .., (1,2), ..",
        "pairs(Muon).a.pt",
    ),
    entry(
        "hep_combinations",
        &["combinations"],
        Op::Combinations,
        "combinations(list, n)",
        "All combinations of n different elements (n from 1 to 8), with members `.a`, `.b`, `.c`, ..",
        "combinations(Jet, 3).c.pt",
    ),
    entry(
        "hep_cartesian",
        &["cartesian"],
        Op::Cartesian,
        "cartesian(list, list, ...)",
        "Every element of the first list with every one of the others, with members `.a`, `.b`, ..; the last runs fastest.",
        "cartesian(Jet, Muon).b.pt",
    ),
    entry(
        "hep_best_by",
        &["best_by"],
        Op::BestBy,
        "best_by(list, key)",
        "The element with the smallest key of each event, the first on ties; NaN and null keys are passed over; null if there is none.",
        "best_by(Jet, abs(Jet.eta)).pt",
    ),
    entry(
        "hep_argmin",
        &["argmin"],
        Op::ArgMin,
        "argmin(list)",
        "The position of the smallest element, the first on ties; null if there is none.",
        "argmin(abs(Jet_eta))",
    ),
    entry(
        "hep_argmax",
        &["argmax"],
        Op::ArgMax,
        "argmax(list)",
        "The position of the largest element, the first on ties; null if there is none.",
        "argmax(Jet_pt)",
    ),
    entry(
        "hep_p4",
        &["p4"],
        Op::P4,
        "p4(pt, eta, phi, mass)",
        "A four-vector, or a list of them: pt and mass in GeV, phi in radians.",
        "p4(MET_pt, 0, MET_phi, 0).px",
    ),
    entry(
        "hep_p4_cartesian",
        &["p4_cartesian"],
        Op::P4Cartesian,
        "p4_cartesian(px, py, pz, energy)",
        "A four-vector, or a list of them, in GeV.",
        "p4_cartesian(1.0, 2.0, 3.0, 4.0).mass",
    ),
    entry(
        "hep_inv_mass",
        &["inv_mass"],
        Op::InvMass,
        "inv_mass(a, b, ...)",
        "The invariant mass of the sum of four-vectors, in GeV: `(a + b).mass`.",
        "inv_mass(Muon[0], Muon[1])",
    ),
    entry(
        "hep_boost",
        &["boost"],
        Op::Boost,
        "boost(vector, beta_x, beta_y, beta_z)",
        "The four-vector in a frame that moves with minus this velocity (in units of c), as ROOT's `Boost`.",
        "boost(Muon, 0, 0, 0.5).energy",
    ),
    entry(
        "hep_delta_phi",
        &["delta_phi"],
        Op::Elementwise(Formula::DeltaPhi),
        "delta_phi(a, b)",
        "The difference of two angles or of the phi of two vectors, a minus b, within -pi and pi.",
        "delta_phi(Muon, MET_phi)",
    ),
    entry(
        "hep_delta_r",
        &["delta_r"],
        Op::Elementwise(Formula::DeltaR),
        "delta_r(a, b) or delta_r(eta, phi, eta, phi)",
        "The distance in eta and phi.",
        "delta_r(Jet[0], Muon[0])",
    ),
    entry(
        "hep_transverse_mass",
        &["transverse_mass"],
        Op::Elementwise(Formula::TransverseMass),
        "transverse_mass(a, b) or transverse_mass(pt, phi, pt, phi)",
        "sqrt(2 pt pt (1 - cos(delta phi))), for massless particles such as a lepton and missing energy.",
        "transverse_mass(Muon.pt, Muon.phi, MET_pt, MET_phi)",
    ),
    entry(
        "hep_any_within",
        &["any_within"],
        Op::AnyWithin,
        "any_within(collection, others, radius)",
        "For each element, whether one of the others is closer than the radius in eta and phi.",
        "any_within(Jet, Muon, 0.4)",
    ),
    entry(
        "hep_nearest",
        &["nearest"],
        Op::Nearest,
        "nearest(collection, others [, radius])",
        "For each element, the position of the nearest of the others in eta and phi, at most the radius away; null if there is none.",
        "nearest(Jet, Muon, 0.4)",
    ),
];
