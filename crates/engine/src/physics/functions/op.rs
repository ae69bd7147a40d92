//! Our functions.

use hepframe_physics::Formula;

/// Names for the members of a combination.
pub(crate) const MEMBERS: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];

/// What a function of ours does.
///
/// Some work on numbers and lists of numbers only. Those on collections are taken apart into
/// these while planning (`take_apart`) and never run on data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Op {
    /// `hep_make('pt', list, ...)`: lists as a collection.
    Make,
    /// `hep_make_struct('pt', value, ...)`.
    MakeStruct,
    /// `hep_make_class('run', value, ...)`: as `hep_make_struct`, but never null.
    MakeClass,
    /// `hep_field(collection, 'pt')`.
    Field,
    WithField,
    Mask,
    At,
    Take,
    Slice,
    Concat,
    Reverse,
    First,
    Last,
    Sort,
    Argsort,
    TopK,
    Index,
    Len,
    /// `hep_key(key, list)`: the key, if it is as long as the list.
    Key,
    /// `hep_repeat(value, list)`: a value per event as often as the list is long.
    Repeat,
    IfElse,

    Pairs,
    Combinations,
    Cartesian,
    /// `hep_member(list, n, k)`: the `k`-th member of every combination of `n`.
    Member,
    /// `hep_place(list, n, k, rank)`: where the `k`-th member of one combination is in the list.
    Place,
    /// `hep_cross(k, list, list, ...)`: the `k`-th member of every element of the product.
    Cross,
    /// `hep_cross_place(k, rank, list, list, ...)`: where the `k`-th member of one element is.
    CrossPlace,
    BestBy,
    /// `hep_fused('program', lists.., values per event..)`.
    Fused,
    /// `hep_once(value)`: the value. What is built on it refers to its column: a filter of it is
    /// not moved below, where the value would be computed a second time.
    Once,

    Sum,
    Min,
    Max,
    Mean,
    Count,
    Any,
    All,
    ArgMin,
    ArgMax,

    P4,
    P4Cartesian,
    P4Add,
    P4Subtract,
    InvMass,
    Boost,
    AnyWithin,
    Nearest,
    /// A formula of four-vectors, of numbers or lists of them.
    Elementwise(Formula),
}

/// The formula that computes a component of a four-vector from others.
pub(crate) fn formula_of(component: &str) -> Option<Formula> {
    Some(match component {
        "px" => Formula::Px,
        "py" => Formula::Py,
        "pz" => Formula::Pz,
        "energy" => Formula::Energy,
        "mass" => Formula::Mass,
        "pt" => Formula::Pt,
        "eta" => Formula::Eta,
        "phi" => Formula::Phi,
        "p" => Formula::P,
        "rapidity" => Formula::Rapidity,
        _ => return None,
    })
}
