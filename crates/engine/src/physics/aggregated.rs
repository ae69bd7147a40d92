//! Arguments of aggregates over events.

use datafusion::common::tree_node::TreeNode;
use datafusion::logical_expr::Expr;

/// The argument under a name that tells of its casts. Names of expressions leave them out, and
/// `sum(k), sum(CAST(k AS DOUBLE))` would be two columns of the same name.
pub(super) fn with_casts_named(of: Expr) -> Expr {
    let has_cast = of.exists(|part| Ok(matches!(part, Expr::Cast(_) | Expr::TryCast(_))));
    // The closure never fails.
    if has_cast.unwrap_or(false) {
        let name = of.to_string();
        return of.alias(name);
    }
    of
}
