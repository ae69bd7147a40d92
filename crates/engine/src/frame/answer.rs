//! What bookings become.

use std::fmt;

use arrow::array::ArrayRef;

use crate::error::{EngineError, Result};
use crate::histogram::Histogram;

/// The answer to a booking.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Of `h1`, `h2`, `h3`, `profile`.
    Histogram(Box<Histogram>),
    /// Of `count`.
    Count(u64),
    /// Of `sum`, `mean`, `min`, `max`; `None` if nothing was there to reduce.
    Number(Option<f64>),
    /// Of `min` and `max` of whole numbers; `None` if nothing was there to reduce.
    Integer(Option<i128>),
    /// Of `take`: the values, one per event.
    Values(ArrayRef),
    /// Of `report`.
    Report(Report),
}

macro_rules! accessor {
    ($method:ident, $variant:ident, $type:ty, $what:literal) => {
        #[doc = concat!("The ", $what, ".\n\n# Errors\nIf the booking was of something else.")]
        pub fn $method(&self) -> Result<$type> {
            match self {
                Self::$variant(value) => Ok(value),
                other => Err(EngineError::OtherAnswer {
                    wanted: $what,
                    found: other.what(),
                }),
            }
        }
    };
}

impl Answer {
    accessor!(histogram, Histogram, &Histogram, "histogram");
    accessor!(count, Count, &u64, "count");
    accessor!(integer, Integer, &Option<i128>, "whole number");
    accessor!(values, Values, &ArrayRef, "list of values");
    accessor!(report, Report, &Report, "report");

    /// The number; whole ones above 2^53 are rounded (see [`integer`](Self::integer)).
    ///
    /// # Errors
    /// If the booking was of something else.
    #[expect(clippy::cast_precision_loss, reason = "as documented")]
    pub fn number(&self) -> Result<Option<f64>> {
        match self {
            Self::Number(number) => Ok(*number),
            Self::Integer(number) => Ok(number.map(|number| number as f64)),
            other => Err(EngineError::OtherAnswer {
                wanted: "number",
                found: other.what(),
            }),
        }
    }

    fn what(&self) -> &'static str {
        match self {
            Self::Histogram(_) => "histogram",
            Self::Count(_) => "count",
            Self::Number(_) => "number",
            Self::Integer(_) => "whole number",
            Self::Values(_) => "list of values",
            Self::Report(_) => "report",
        }
    }
}

/// A cutflow: how many events came to each named filter and how many passed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// The named filters, first to last.
    pub cuts: Vec<Cut>,
}

/// One line of a [`Report`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// Name of the filter.
    pub name: String,
    /// Events that came to it.
    pub seen: u64,
    /// Events that passed.
    pub passed: u64,
}

impl Cut {
    /// Share of the events that passed; 0 if none came.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "a share of events needs no more than 53 bits"
    )]
    pub fn efficiency(&self) -> f64 {
        match self.seen {
            0 => 0.0,
            seen => self.passed as f64 / seen as f64,
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.cuts.iter().map(|cut| cut.name.chars().count()).max();
        let width = width.unwrap_or(0).max("filter".len());
        let first = self.cuts.first().map_or(0, |cut| cut.seen);
        write!(
            f,
            "{:width$}  {:>12}  {:>12}  {:>7}  {:>7}",
            "filter", "seen", "passed", "eff", "of all"
        )?;
        for cut in &self.cuts {
            let of_all = Cut {
                name: String::new(),
                seen: first,
                passed: cut.passed,
            };
            write!(
                f,
                "\n{:width$}  {:>12}  {:>12}  {:>6.2}%  {:>6.2}%",
                cut.name,
                cut.seen,
                cut.passed,
                100.0 * cut.efficiency(),
                100.0 * of_all.efficiency()
            )?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_a_table() {
        let report = Report {
            cuts: vec![
                Cut {
                    name: "two muons".to_owned(),
                    seen: 1000,
                    passed: 250,
                },
                Cut {
                    name: "charge".to_owned(),
                    seen: 250,
                    passed: 200,
                },
            ],
        };

        let text = report.to_string();

        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[1],
            "two muons          1000           250   25.00%   25.00%"
        );
        assert_eq!(
            lines[2],
            "charge              250           200   80.00%   20.00%"
        );
    }
}
