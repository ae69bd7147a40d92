//! Histograms in SQL: `h1`, `h2`, `h3`, `profile` and what they become.
//!
//! ```text
//! h1(x, 50, 0, 100, w) FILTER (WHERE m)        what is typed
//!   └─▶ hep_h1_if(m, x, 50, 0, 100, w)         `filter`: no copy of the batch for the filter
//!         └─▶ hep_fill(x, w, m)                      `simplify`: it knows the axes by itself
//!               └─▶ Book::fill(x, w, m)              what runs
//! ```
//!
//! DataFusion makes a column of every argument in every batch, constants too; so what runs has
//! them in itself, and brings them along to other processes (`cluster::wire`). `hep_book` does the
//! same for many histograms at once; frames call it, and SQL with many (`dialect::fold`):
//!
//! ```text
//! hep_histograms('h1 0 1 2 3;..', x, 50, 0, 100, ..)   all calls, with every different argument once
//!   └─▶ hep_book(x, ..)                                `simplify`; `hep_histogram(book, 0)` is the first
//! ```

mod accumulator;
mod aggregate;
mod arguments;
mod at;
mod columns;
mod fill;
mod filter;
mod folded;
mod uhi;

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::logical_expr::{AggregateUDF, Expr, ScalarUDF};
use hepframe_physics::PhysicsError;
use hepframe_physics::histogram::Spec;

use aggregate::HistogramAggregate;
use arguments::Function;
use at::HistogramAt;
use fill::{FillAggregate, Filled, fill_call};
use folded::FoldedAggregate;
use uhi::Uhi;

pub(crate) use at::HISTOGRAM_AT;
pub(crate) use fill::{aggregate_of, specs_of};
pub(crate) use filter::FilterToMask;
pub(crate) use folded::HISTOGRAMS;

/// All aggregates of this module, for a session's registry.
pub(crate) fn aggregates() -> Vec<Arc<AggregateUDF>> {
    let filled = [Filled::One, Filled::Book].map(FillAggregate::new);
    let mut aggregates: Vec<_> = filled
        .into_iter()
        .map(|filled| Arc::new(AggregateUDF::from(filled)))
        .collect();
    for function in Function::ALL {
        for masked in [false, true] {
            let aggregate = HistogramAggregate::new(function, masked);
            aggregates.push(Arc::new(AggregateUDF::from(aggregate)));
        }
    }
    aggregates.push(Arc::new(AggregateUDF::from(FoldedAggregate::new())));
    aggregates
}

/// What a call of the word `name`, filtered or not, is called; `None` if it is no histogram.
pub(crate) fn histogram_call(name: &str, is_filtered: bool) -> Option<&'static str> {
    let function = Function::ALL.into_iter().find(|f| f.name(false) == name);
    function.map(|function| function.name(is_filtered))
}

/// The aggregate that fills all of `specs` from `columns`; its result is a list of histograms.
///
/// # Errors
/// If the specs cannot be written as text.
pub(crate) fn book(specs: &[Spec], columns: Vec<Expr>) -> Result<Expr> {
    fill_call(Filled::Book, specs, columns, None)
}

/// All scalar functions of this module, for a session's registry.
pub(crate) fn scalars() -> Vec<Arc<ScalarUDF>> {
    vec![
        Arc::new(ScalarUDF::from(Uhi::new())),
        Arc::new(ScalarUDF::from(HistogramAt::new())),
    ]
}

/// The words of an error; DataFusion's own kinds of errors carry text.
fn words(error: &PhysicsError) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests;
