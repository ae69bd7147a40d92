//! Names of all functions that SQL can call.

use datafusion::execution::SessionState;

/// Scalar, list, aggregate, window and table functions, sorted, with their aliases.
pub(crate) fn function_names(state: &SessionState) -> Vec<String> {
    let mut names: Vec<String> = state
        .scalar_functions()
        .keys()
        .chain(state.higher_order_functions().keys())
        .chain(state.aggregate_functions().keys())
        .chain(state.window_functions().keys())
        .chain(state.table_functions().keys())
        .cloned()
        .collect();
    // Not functions of the registry, but called like one.
    names.extend(["read_root", "unnest"].map(str::to_owned));
    names.sort_unstable();
    names.dedup();
    names
}
