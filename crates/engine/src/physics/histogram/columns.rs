//! The columns that histograms read, each of them once.

use std::collections::HashMap;

use datafusion::logical_expr::Expr;
use hepframe_physics::histogram::Spec;

/// Columns among the arguments of calls; what is left out are the constants of axes.
pub(super) struct Columns<'a> {
    args: &'a [Expr],
    places: HashMap<&'a Expr, usize>,
    /// The columns, in the order of their numbers.
    pub(super) found: Vec<Expr>,
}

impl<'a> Columns<'a> {
    /// None yet, out of `args`.
    pub(super) fn new(args: &'a [Expr]) -> Self {
        Self {
            args,
            places: HashMap::new(),
            found: Vec::new(),
        }
    }

    /// What to fill, by numbers of columns instead of arguments.
    pub(super) fn only(&mut self, spec: &Spec) -> Spec {
        let mut moved = |argument: usize| self.place(argument);
        Spec {
            axes: spec.axes.clone(),
            coordinates: spec.coordinates.iter().map(|x| moved(*x)).collect(),
            sample: spec.sample.map(&mut moved),
            weight: spec.weight.map(&mut moved),
            mask: spec.mask.map(&mut moved),
        }
    }

    fn place(&mut self, argument: usize) -> usize {
        let column = &self.args[argument];
        // Two calls of random() are two columns.
        if let Some(place) = self.places.get(column)
            && !column.is_volatile()
        {
            return *place;
        }
        self.found.push(column.clone());
        self.places.insert(column, self.found.len() - 1);
        self.found.len() - 1
    }
}
