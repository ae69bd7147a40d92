//! Names of all functions that people call.

use datafusion::execution::SessionState;

use crate::nearest::nearest;
use crate::user_function::UserFunction;

/// What plans call operators and steps of our functions by; nobody is to write these.
const INTERNAL: &str = "hep_";

/// Called like functions, without being in the registry.
const WORDS: [&str; 5] = ["read_root", "unnest", "any", "all", "first"];

/// What functions of ours are called elsewhere.
const ELSEWHERE: [(&str, &str); 5] = [
    ("histogram", "h1"),
    ("hist", "h1"),
    ("histo1d", "h1"),
    ("histo2d", "h2"),
    ("fabs", "abs"),
];

/// Scalar, list, aggregate, window and table functions, sorted, with their aliases.
pub(crate) fn function_names(state: &SessionState) -> Vec<String> {
    let mut names: Vec<String> = state
        .scalar_functions()
        .keys()
        .chain(state.higher_order_functions().keys())
        .chain(state.aggregate_functions().keys())
        .chain(state.window_functions().keys())
        .chain(state.table_functions().keys())
        .filter(|name| !name.starts_with(INTERNAL))
        .cloned()
        .collect();
    names.extend(WORDS.map(str::to_owned));
    names.sort_unstable();
    names.dedup();
    names
}

/// Functions that someone may have meant.
pub(crate) fn nearest_functions(state: &SessionState, wanted: &str) -> Vec<String> {
    let lower = wanted.to_lowercase();
    if let Some((_, ours)) = ELSEWHERE.iter().find(|(theirs, _)| *theirs == lower) {
        return vec![(*ours).to_owned()];
    }
    let names = function_names(state);
    nearest(wanted, names.iter().map(String::as_str))
}

/// True if `name` is a function of ours in a session; those that a caller brought along are not.
pub(crate) fn is_built_in(state: &SessionState, name: &str) -> bool {
    let name = name.to_lowercase();
    let brought = state
        .scalar_functions()
        .get(&name)
        .is_some_and(|function| function.inner().downcast_ref::<UserFunction>().is_some());
    !brought && (name.starts_with(INTERNAL) || function_names(state).contains(&name))
}
