//! Matching the elements of two lists by their distance in pseudorapidity and azimuth.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, BooleanBufferBuilder, Float64Array, Int64Array,
    ListArray,
};
use arrow::buffer::NullBuffer;
use arrow::compute;
use arrow::datatypes::{DataType, Float64Type};

use crate::fourvector::delta_r;
use crate::lists::{Broadcast, Operand, View, as_i64, is_number, make_list, same_rows};
use crate::{PhysicsError, Result};

/// For each element of the first lists: whether an element of the second is
/// nearer than `r` (ΔR, strictly). NaN and null are near nothing.
///
/// # Errors
///
/// [`PhysicsError::DifferentLengths`] if `eta` and `phi` of one side differ in
/// length, [`PhysicsError::WrongType`] if they hold no numbers,
/// [`PhysicsError::DifferentRows`] if the sides differ in rows.
pub fn any_within(
    eta1: &ListArray,
    phi1: &ListArray,
    eta2: &ListArray,
    phi2: &ListArray,
    r: f64,
) -> Result<ListArray> {
    let sides = Sides::new([eta1, phi1, eta2, phi2])?;
    let mut found = BooleanBufferBuilder::new(sides.left.eta.len());
    sides.for_each_element(|sides, element, others| {
        let (eta, phi) = sides.left.at(element);
        found.append(others.into_iter().any(|other| {
            let (other_eta, other_phi) = sides.right.at(other);
            delta_r(eta, phi, other_eta, other_phi) < r
        }));
    });
    sides.wrap(Arc::new(BooleanArray::new(found.finish(), None)))
}

/// For each element of the first lists: the position of the nearest element
/// of the second, as a 64-bit integer; the first of equals.
///
/// Null if there is none, or none nearer than `max_r` (strictly).
///
/// # Errors
///
/// As [`any_within`].
pub fn nearest(
    eta1: &ListArray,
    phi1: &ListArray,
    eta2: &ListArray,
    phi2: &ListArray,
    max_r: Option<f64>,
) -> Result<ListArray> {
    let sides = Sides::new([eta1, phi1, eta2, phi2])?;
    let mut places = Vec::with_capacity(sides.left.eta.len());
    sides.for_each_element(|sides, element, others| {
        let (eta, phi) = sides.left.at(element);
        let mut best = max_r.unwrap_or(f64::INFINITY);
        let mut place = None;
        for (position, other) in others.enumerate() {
            let (other_eta, other_phi) = sides.right.at(other);
            let distance = delta_r(eta, phi, other_eta, other_phi);
            if distance < best {
                best = distance;
                place = Some(as_i64(position));
            }
        }
        places.push(place);
    });
    sides.wrap(Arc::new(Int64Array::from(places)))
}

/// Directions of the elements of one side.
struct Directions {
    shape: View,
    eta: Float64Array,
    phi: Float64Array,
}

impl Directions {
    /// Lines up pseudorapidity and azimuth; null becomes NaN.
    fn new(eta: &ListArray, phi: &ListArray) -> Result<Self> {
        let lined_up = Broadcast::new(&[Operand::List(eta), Operand::List(phi)])?;
        let [eta, phi] = lined_up.children() else {
            return Err(PhysicsError::bad_call("a direction has an eta and a phi"));
        };
        Ok(Self {
            shape: lined_up.shape().clone(),
            eta: doubles(eta)?,
            phi: doubles(phi)?,
        })
    }

    #[inline]
    fn at(&self, place: usize) -> (f64, f64) {
        (self.eta.value(place), self.phi.value(place))
    }
}

/// What is matched with what.
struct Sides {
    left: Directions,
    right: Directions,
    nulls: Option<NullBuffer>,
}

impl Sides {
    fn new([eta1, phi1, eta2, phi2]: [&ListArray; 4]) -> Result<Self> {
        let left = Directions::new(eta1, phi1)?;
        let right = Directions::new(eta2, phi2).map_err(behind_two)?;
        same_rows((0, left.shape.rows()), (2, right.shape.rows()))?;
        let nulls = NullBuffer::union(left.shape.nulls.as_ref(), right.shape.nulls.as_ref());
        Ok(Self { left, right, nulls })
    }

    /// Calls for each element of the first side with the range of the second.
    fn for_each_element(&self, mut call: impl FnMut(&Self, usize, Range<usize>)) {
        for (elements, others) in self.left.shape.ranges().zip(self.right.shape.ranges()) {
            for element in elements {
                call(self, element, others.clone());
            }
        }
    }

    fn wrap(&self, values: ArrayRef) -> Result<ListArray> {
        make_list(self.left.shape.offsets.clone(), values, self.nulls.clone())
    }
}

/// The second side are operands 2 and 3 of the caller.
fn behind_two(error: PhysicsError) -> PhysicsError {
    match error {
        PhysicsError::DifferentLengths {
            left,
            right,
            row,
            left_len,
            right_len,
        } => PhysicsError::DifferentLengths {
            left: left + 2,
            right: right + 2,
            row,
            left_len,
            right_len,
        },
        PhysicsError::DifferentRows {
            left,
            right,
            left_rows,
            right_rows,
        } => PhysicsError::DifferentRows {
            left: left + 2,
            right: right + 2,
            left_rows,
            right_rows,
        },
        other => other,
    }
}

/// Elements as doubles; null becomes NaN, which is near nothing.
fn doubles(values: &ArrayRef) -> Result<Float64Array> {
    if !is_number(values.data_type()) {
        return Err(PhysicsError::WrongType {
            kernel: "matching",
            found: values.data_type().clone(),
            wanted: "lists of numbers",
        });
    }
    let doubles = compute::cast(values, &DataType::Float64)?;
    let doubles = doubles.as_primitive::<Float64Type>();
    if doubles.null_count() == 0 {
        return Ok(doubles.clone());
    }
    Ok(doubles
        .iter()
        .map(|value| Some(value.unwrap_or(f64::NAN)))
        .collect())
}
