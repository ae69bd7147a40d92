//! What can be booked on a frame.

use std::sync::Arc;

use datafusion::logical_expr::Expr;

use super::expression::{Column, expression};
use super::steps::{Frame, Node};
use crate::error::{EngineError, Result};
use crate::histogram::Axis;
use crate::session::Session;

/// Something to be computed from a frame by [`Session::run`].
#[derive(Debug, Clone)]
pub struct Booking {
    pub(super) session: Session,
    pub(super) node: Arc<Node>,
    pub(super) of: Booked,
}

#[derive(Debug, Clone)]
pub(super) enum Booked {
    Histogram {
        axes: Vec<Axis>,
        coordinates: Vec<Expr>,
        sample: Option<Expr>,
        weight: Option<Expr>,
    },
    Count,
    Reduced(Reduction, Expr),
    Take(Expr),
    Report,
}

/// Numbers that many values become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reduction {
    Sum,
    Mean,
    Min,
    Max,
}

/// An axis of equal bins.
///
/// # Errors
/// Without bins, or where `lo` is not below `hi`.
pub fn axis(bins: i64, lo: f64, hi: f64) -> Result<Axis> {
    Axis::regular(bins, lo, hi).map_err(|error| bad_axis(&error))
}

/// An axis of bins between these edges.
///
/// # Errors
/// For fewer than two edges, or edges that do not grow.
pub fn edges(edges: &[f64]) -> Result<Axis> {
    Axis::variable(edges.to_vec()).map_err(|error| bad_axis(&error))
}

/// An axis with a bin for each of these texts, and one for all others.
///
/// # Errors
/// For a name that comes twice.
pub fn names(names: &[&str]) -> Result<Axis> {
    Axis::names(names.iter().map(|name| (*name).to_owned()).collect())
        .map_err(|error| bad_axis(&error))
}

/// An axis with a bin for each of these numbers, and one for all others.
///
/// # Errors
/// For a number that comes twice.
pub fn integers(integers: &[i64]) -> Result<Axis> {
    Axis::integers(integers.to_vec()).map_err(|error| bad_axis(&error))
}

fn bad_axis(error: &hepframe_physics::PhysicsError) -> EngineError {
    EngineError::Histogram {
        why: error.to_string(),
    }
}

impl Booking {
    /// Fills with a weight per event, or per element of a list.
    ///
    /// # Errors
    /// Unknown columns; anything but a histogram.
    pub fn weighted(mut self, by: impl Into<Column>) -> Result<Self> {
        let node = &self.node;
        let by = expression(&self.session, &node.tables, &by.into(), &node.schema)?;
        match &mut self.of {
            Booked::Histogram { weight, .. } => {
                *weight = Some(by);
                Ok(self)
            }
            _ => Err(EngineError::Histogram {
                why: "only histograms have weights".to_owned(),
            }),
        }
    }
}

impl Frame {
    /// A histogram of a column; every element of a list fills.
    ///
    /// # Errors
    /// Unknown columns, and what is wrong with the axis.
    pub fn h1(&self, x: impl Into<Column>, axis: Result<Axis>) -> Result<Booking> {
        self.histogram(vec![(x.into(), axis)], None)
    }

    /// A histogram of two columns; lists must have the same lengths.
    ///
    /// # Errors
    /// As [`Frame::h1`].
    pub fn h2(
        &self,
        (x, x_axis): (impl Into<Column>, Result<Axis>),
        (y, y_axis): (impl Into<Column>, Result<Axis>),
    ) -> Result<Booking> {
        self.histogram(vec![(x.into(), x_axis), (y.into(), y_axis)], None)
    }

    /// A histogram of three columns.
    ///
    /// # Errors
    /// As [`Frame::h1`].
    pub fn h3(
        &self,
        (x, x_axis): (impl Into<Column>, Result<Axis>),
        (y, y_axis): (impl Into<Column>, Result<Axis>),
        (z, z_axis): (impl Into<Column>, Result<Axis>),
    ) -> Result<Booking> {
        self.histogram(
            vec![(x.into(), x_axis), (y.into(), y_axis), (z.into(), z_axis)],
            None,
        )
    }

    /// The mean of `y` in bins of `x`.
    ///
    /// # Errors
    /// As [`Frame::h1`].
    pub fn profile(
        &self,
        x: impl Into<Column>,
        axis: Result<Axis>,
        y: impl Into<Column>,
    ) -> Result<Booking> {
        self.histogram(vec![(x.into(), axis)], Some(y.into()))
    }

    /// A histogram of up to three columns along their axes; with `sample`, of its means.
    ///
    /// # Errors
    /// As [`Frame::h1`].
    pub fn histogram(
        &self,
        along: Vec<(Column, Result<Axis>)>,
        sample: Option<Column>,
    ) -> Result<Booking> {
        let here = |column: &Column| self.expression(column.clone());
        let mut axes = Vec::with_capacity(along.len());
        let mut coordinates = Vec::with_capacity(along.len());
        for (column, axis) in along {
            axes.push(axis?);
            coordinates.push(here(&column)?);
        }
        Ok(self.booking(Booked::Histogram {
            axes,
            coordinates,
            sample: sample.map(|column| here(&column)).transpose()?,
            weight: None,
        }))
    }

    /// How many events there are.
    #[must_use]
    pub fn count(&self) -> Booking {
        self.booking(Booked::Count)
    }

    /// The sum of a column, of all elements if it holds lists.
    ///
    /// # Errors
    /// Unknown columns.
    pub fn sum(&self, of: impl Into<Column>) -> Result<Booking> {
        self.reduced(Reduction::Sum, &of.into())
    }

    /// The mean of a column of one number per event.
    ///
    /// # Errors
    /// Unknown columns.
    pub fn mean(&self, of: impl Into<Column>) -> Result<Booking> {
        self.reduced(Reduction::Mean, &of.into())
    }

    /// The smallest value of a column, of all elements if it holds lists.
    ///
    /// # Errors
    /// Unknown columns.
    pub fn min(&self, of: impl Into<Column>) -> Result<Booking> {
        self.reduced(Reduction::Min, &of.into())
    }

    /// The largest value of a column, of all elements if it holds lists.
    ///
    /// # Errors
    /// Unknown columns.
    pub fn max(&self, of: impl Into<Column>) -> Result<Booking> {
        self.reduced(Reduction::Max, &of.into())
    }

    fn reduced(&self, reduction: Reduction, of: &Column) -> Result<Booking> {
        let of = self.expression(of.clone())?;
        Ok(self.booking(Booked::Reduced(reduction, of)))
    }

    /// The values of a column, one per event, in any order.
    ///
    /// # Errors
    /// Unknown columns.
    pub fn take(&self, of: impl Into<Column>) -> Result<Booking> {
        let of = self.expression(of)?;
        Ok(self.booking(Booked::Take(of)))
    }

    /// The cutflow of the named filters up to here.
    #[must_use]
    pub fn report(&self) -> Booking {
        self.booking(Booked::Report)
    }

    fn booking(&self, of: Booked) -> Booking {
        Booking {
            session: self.session.clone(),
            node: Arc::clone(&self.node),
            of,
        }
    }
}
