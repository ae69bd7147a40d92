//! What to fill: axes, and the columns that coordinates, weights and masks come from.

use serde::{Deserialize, Serialize};

use super::axis::{Axis, Kind, MOST_BINS};
use crate::{PhysicsError, Result};

/// Columns of a book: more than a plan can have.
const MOST_COLUMNS: usize = 1 << 20;

/// One histogram to be filled. Columns are numbers in the list of columns given to
/// [`Book::fill`](super::Book::fill).
#[derive(Debug, Clone, PartialEq)]
pub struct Spec {
    /// The axes.
    pub axes: Vec<Axis>,
    /// The column of the coordinate along each axis.
    pub coordinates: Vec<usize>,
    /// The column whose mean each bin holds; makes the histogram a profile.
    pub sample: Option<usize>,
    /// The column of weights; `None` to count.
    pub weight: Option<usize>,
    /// The column of truths that says what is filled; `None` for everything.
    pub mask: Option<usize>,
}

impl Spec {
    /// A histogram that counts the coordinates of columns 0, 1, ...
    #[must_use]
    pub fn counting(axes: Vec<Axis>) -> Self {
        let coordinates = (0..axes.len()).collect();
        Self {
            axes,
            coordinates,
            sample: None,
            weight: None,
            mask: None,
        }
    }

    /// All columns with their part in the histogram, as users call it.
    pub(super) fn columns(&self) -> impl Iterator<Item = (&'static str, usize)> {
        let sample = if self.axes.len() == 1 { "y" } else { "sample" };
        let coordinates = ["x", "y", "z"].into_iter().chain(std::iter::repeat("x"));
        coordinates
            .zip(self.coordinates.iter().copied())
            .chain(self.sample.map(|column| (sample, column)))
            .chain(self.weight.map(|column| ("weight", column)))
            .chain(self.mask.map(|column| ("mask", column)))
    }

    /// Bins of all axes together, flow included.
    ///
    /// # Errors
    /// [`PhysicsError::BadCall`] without axes, with too many bins, if the coordinates are not as
    /// many as the axes, or if there can be no column of a number.
    pub fn cells(&self) -> Result<usize> {
        if self.axes.is_empty() || self.axes.len() != self.coordinates.len() {
            return Err(PhysicsError::bad_call(format!(
                "histogram: {} axes need as many coordinates, got {}",
                self.axes.len(),
                self.coordinates.len()
            )));
        }
        if let Some((role, column)) = self.columns().find(|(_, column)| *column >= MOST_COLUMNS) {
            return Err(PhysicsError::bad_call(format!(
                "histogram: there is no column {column} for its {role}"
            )));
        }
        let extents = self.axes.iter().map(Axis::extent);
        let cells = extents.fold(1_usize, usize::saturating_mul);
        if cells > MOST_BINS {
            return Err(PhysicsError::bad_call(format!(
                "histogram: {cells} bins (flow bins included) are more than the {MOST_BINS} of one histogram; take wider bins"
            )));
        }
        Ok(cells)
    }

    /// Histograms as text, for plans and wires.
    ///
    /// # Errors
    /// None that is known; that of the serialiser is passed on.
    pub fn to_text(specs: &[Self]) -> Result<String> {
        let lines: Vec<_> = specs.iter().map(SpecText::from).collect();
        serde_json::to_string(&lines).map_err(|error| bad_text(&error))
    }

    /// Histograms from [`Spec::to_text`].
    ///
    /// # Errors
    /// [`PhysicsError::BadCall`] if the text is none of these or names bad axes.
    pub fn from_text(text: &str) -> Result<Vec<Self>> {
        let lines: Vec<SpecText> = serde_json::from_str(text).map_err(|error| bad_text(&error))?;
        lines.into_iter().map(Self::try_from).collect()
    }
}

fn bad_text(error: &serde_json::Error) -> PhysicsError {
    PhysicsError::bad_call(format!(
        "histogram: the description cannot be read: {error}"
    ))
}

/// [`Spec`] as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SpecText {
    axes: Vec<AxisText>,
    x: Vec<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sample: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    weight: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mask: Option<usize>,
}

/// [`Axis`] as it is written. Doubles are texts: readers of JSON numbers may miss the last bit.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum AxisText {
    Regular(i64, String, String),
    Edges(Vec<String>),
    Names(Vec<String>),
    Integers(Vec<i64>),
}

impl From<&Spec> for SpecText {
    fn from(spec: &Spec) -> Self {
        let axes = spec.axes.iter().map(|axis| match axis.kind() {
            Kind::Regular { bins, lo, hi } => {
                AxisText::Regular(i64::from(*bins), lo.to_string(), hi.to_string())
            }
            Kind::Variable { edges } => AxisText::Edges(edges.iter().map(f64::to_string).collect()),
            Kind::Names { names, .. } => AxisText::Names(names.clone()),
            Kind::Integers { integers, .. } => AxisText::Integers(integers.clone()),
        });
        Self {
            axes: axes.collect(),
            x: spec.coordinates.clone(),
            sample: spec.sample,
            weight: spec.weight,
            mask: spec.mask,
        }
    }
}

impl TryFrom<SpecText> for Spec {
    type Error = PhysicsError;

    fn try_from(text: SpecText) -> Result<Self> {
        let axes = text.axes.into_iter().map(|axis| match axis {
            AxisText::Regular(bins, lo, hi) => Axis::regular(bins, number(&lo)?, number(&hi)?),
            AxisText::Edges(edges) => Axis::variable(
                edges
                    .iter()
                    .map(|edge| number(edge))
                    .collect::<Result<_>>()?,
            ),
            AxisText::Names(names) => Axis::names(names),
            AxisText::Integers(integers) => Axis::integers(integers),
        });
        Ok(Self {
            axes: axes.collect::<Result<_>>()?,
            coordinates: text.x,
            sample: text.sample,
            weight: text.weight,
            mask: text.mask,
        })
    }
}

fn number(text: &str) -> Result<f64> {
    text.parse().map_err(|_| {
        PhysicsError::bad_call(format!(
            "histogram: {text:?} in the description is no number"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_comes_back_from_its_text_to_the_last_bit() {
        let axes = vec![
            Axis::regular(3, 0.1 + 0.2, 1e300).unwrap(),
            Axis::variable(vec![-5e-324, 0.1, 1.0 / 3.0]).unwrap(),
            Axis::names(vec!["\"quoted\"".into(), "µ".into()]).unwrap(),
            Axis::integers(vec![-13, 11]).unwrap(),
        ];
        let spec = Spec {
            sample: Some(4),
            weight: Some(7),
            ..Spec::counting(axes)
        };

        let text = Spec::to_text(std::slice::from_ref(&spec)).unwrap();

        assert_eq!(Spec::from_text(&text).unwrap(), [spec]);
    }

    #[test]
    fn too_many_bins_are_refused() {
        let axis = || Axis::regular(9000, 0.0, 1.0).unwrap();
        let message = Spec::counting(vec![axis(), axis()]).cells().unwrap_err();

        assert!(message.to_string().contains("81036004 bins"), "{message}");
        assert!(Spec::from_text("[{\"axes\":3}]").is_err());
    }
}
