//! The branches of a tree as fields, arranged as ROOT's `RNTupleImporter` does.
//!
//! ```text
//! nMuon               _collection0: list of records without a type { Muon_pt, Muon_phi }
//! Muon_pt[nMuon]  ─▶  nMuon:    projection, how many there are
//! Muon_phi[nMuon]     Muon_pt:  projection, the member as list; and so Muon_phi
//! ```

use super::field::{Field, FieldValues};
use crate::column::{Column, Items, Lists};
use crate::numbers::Numbers;
use crate::{Result, WriteError};

/// The fields that hold the values of these branches.
///
/// # Errors
///
/// `Column` if a branch is counted by one that is no flat branch of counts.
///
/// # Example
///
/// ```
/// use hepframe_root_write::{Column, imported_fields};
///
/// let fields = imported_fields(&[
///     ("nMuon", Column::flat(vec![2_i32, 0])),
///     ("Muon_pt", Column::counted("nMuon", vec![41.0_f32, 27.5])),
/// ])?;
///
/// let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
/// assert_eq!(names, ["_collection0", "nMuon", "Muon_pt"]);
/// # Ok::<(), hepframe_root_write::WriteError>(())
/// ```
pub fn imported_fields<N: AsRef<str>>(columns: &[(N, Column)]) -> Result<Vec<Field>> {
    let mut collections: Vec<(&str, Vec<Field>)> = Vec::new();
    for (name, column) in columns {
        let Column::Counted {
            counter,
            shape,
            values,
        } = column
        else {
            continue;
        };
        let member = Field::new(name.as_ref(), arrays(shape, values));
        match collections.iter_mut().find(|(of, _)| of == counter) {
            Some((_, members)) => members.push(member),
            None => collections.push((counter, vec![member])),
        }
    }
    let collection_of = |counter: &str| {
        let index = collections.iter().position(|(of, _)| *of == counter);
        index.map(|index| format!("_collection{index}"))
    };
    let mut fields = Vec::new();
    for (counter, members) in &collections {
        let ends = offsets(counter, columns)?;
        let records = FieldValues::record("", members.clone());
        let name = collection_of(counter).unwrap_or_default();
        fields.push(Field::new(&name, FieldValues::list(&ends, records)));
    }
    for (name, column) in columns {
        let name = name.as_ref();
        let values = match (column, collection_of(name)) {
            (Column::Counted { counter, .. }, _) => {
                FieldValues::member_of(&collection_of(counter).unwrap_or_default(), name)
            }
            (_, Some(collection)) => FieldValues::counts_of(&collection),
            (column, None) => values_of(column),
        };
        fields.push(Field::new(name, values));
    }
    Ok(fields)
}

fn values_of(column: &Column) -> FieldValues {
    match column {
        Column::Flat(values) | Column::Counted { values, .. } => values.clone().into(),
        Column::Array { shape, values } => arrays(shape, values),
        Column::Leaves(leaves) => {
            let field =
                |leaf: &crate::Leaf| Field::new(&leaf.name, arrays(&leaf.shape, &leaf.values));
            FieldValues::record("", leaves.iter().map(field).collect())
        }
        Column::Text(texts) | Column::StdString(texts) | Column::TString(texts) => {
            FieldValues::Text(texts.clone())
        }
        Column::Vector(lists) => values_of_lists(lists),
    }
}

fn values_of_lists(lists: &Lists) -> FieldValues {
    let items = match &lists.items {
        Items::Numbers(numbers) => numbers.clone().into(),
        Items::Text(texts) => FieldValues::Text(texts.clone()),
        Items::Lists(inner) => values_of_lists(inner),
    };
    FieldValues::list(&lists.offsets, items)
}

/// Arrays of arrays; the innermost dimension is the last.
fn arrays(shape: &[usize], values: &Numbers) -> FieldValues {
    let numbers = FieldValues::from(values.clone());
    let around = |items, length: &usize| FieldValues::array(*length, items);
    shape.iter().rev().fold(numbers, around)
}

/// Where the items of each entry end, from 0.
fn offsets<N: AsRef<str>>(counter: &str, columns: &[(N, Column)]) -> Result<Vec<usize>> {
    let of_name = columns.iter().find(|(name, _)| name.as_ref() == counter);
    let counts = match of_name {
        Some((_, Column::Flat(numbers))) => numbers.counts(),
        _ => None,
    };
    let why = "it counts others, so it must be there and hold whole numbers from 0 up";
    let counts = counts.ok_or_else(|| WriteError::column(counter, why))?;
    let mut ends = vec![0];
    let mut sum = 0_usize;
    for count in counts {
        sum = sum.saturating_add(count);
        ends.push(sum);
    }
    Ok(ends)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_counted_by_nothing_is_refused() {
        let columns = [("x", Column::counted("n", vec![1.0_f32]))];

        let message = imported_fields(&columns).unwrap_err().to_string();

        assert_eq!(
            message,
            "branch `n`: it counts others, so it must be there and hold whole numbers from 0 up"
        );
    }

    #[test]
    fn the_dimensions_of_an_array_keep_their_order() {
        let columns = [("x", Column::array(&[2, 3], vec![0_i32; 6]))];

        let fields = imported_fields(&columns).unwrap();

        let expected = "std::array<std::array<std::int32_t,3>,2>";
        assert_eq!(fields[0].values.type_name(), expected);
    }
}
