//! Whether the values of a field fit together, and its name the rules.

use super::field::{Field, FieldValues};
use crate::numbers::Numbers;
use crate::packed::Packing;
use crate::{Result, WriteError};

/// Most alternatives of a variant ("Stdlib Types and Collections").
const MOST_ALTERNATIVES: usize = 125;

/// Number of entries of a chunk.
///
/// # Errors
///
/// `Field` if values contradict each other.
pub(crate) fn entry_count(fields: &[Field]) -> Result<usize> {
    let mut entries = None;
    for field in fields {
        let Some(count) = value_count(&field.name, &field.values)? else {
            continue;
        };
        let wanted = *entries.get_or_insert(count);
        if count != wanted {
            let why = format!("it has {count} entries, other fields {wanted}");
            return Err(WriteError::field(&field.name, why));
        }
    }
    Ok(entries.unwrap_or(0))
}

/// The rules of "Naming specification"; base classes are `:_0` and so on.
pub(crate) fn check_name(name: &str) -> Result<(), String> {
    let is_bad = |c: char| c.is_control() || matches!(c, '.' | ' ' | '\\' | '/');
    if name.is_empty() || name.contains(is_bad) {
        return Err(format!("RNTuple does not allow the name `{name}`"));
    }
    Ok(())
}

/// Number of values of the field at `path`; `None` for a projection.
fn value_count(path: &str, values: &FieldValues) -> Result<Option<usize>> {
    let part = |name: &str| format!("{path}.{name}");
    let count = match values {
        FieldValues::Numbers(numbers) => check_numbers(numbers).and(Ok(numbers.len())),
        FieldValues::Packed(packing, Numbers::F32(v)) => packing
            .check()
            .and_then(|()| packing.check_range(v.iter().map(|x| f64::from(*x))))
            .and(Ok(v.len())),
        FieldValues::Packed(packing, Numbers::F64(v)) => packing
            .check()
            .and_then(|()| packing.check_range(v.iter().copied()))
            .and(Ok(v.len())),
        FieldValues::Packed(..) => Err("only `F32` and `F64` can be packed".to_owned()),
        FieldValues::Chars(v) | FieldValues::Bytes(v) => Ok(v.len()),
        FieldValues::Text(texts) | FieldValues::Streamed { objects: texts, .. } => Ok(texts.len()),
        FieldValues::Bits { length, bits } => in_arrays(*length, bits.len()),
        FieldValues::Array { length, items } => {
            in_arrays(*length, value_count(&part("_0"), items)?.unwrap_or(0))
        }
        FieldValues::List { offsets, items } => {
            let there_are = value_count(&part("_0"), items)?.unwrap_or(0);
            match offsets.last() {
                Some(end) if offsets.first() == Some(&0) && offsets.is_sorted() => {
                    same("its lists want", *end, there_are).and(Ok(offsets.len() - 1))
                }
                _ => Err("the offsets of its lists do not ascend from 0".to_owned()),
            }
        }
        FieldValues::Optional { present, items } => {
            let there_are = value_count(&part("_0"), items)?.unwrap_or(0);
            let wanted = present.iter().filter(|is| **is).count();
            same("it has", wanted, there_are).and(Ok(present.len()))
        }
        FieldValues::Record { members, .. } => {
            let mut counts = Vec::new();
            for member in members {
                counts.push(value_count(&part(&member.name), &member.values)?.unwrap_or(0));
            }
            match counts.first() {
                Some(first) if counts.iter().all(|count| count == first) => Ok(*first),
                Some(_) => Err(format!("its members have different lengths: {counts:?}")),
                None => Err("a record needs a member".to_owned()),
            }
        }
        FieldValues::Variant { tags, alternatives } => {
            check_alternatives(path, tags, alternatives)?.and(Ok(tags.len()))
        }
        FieldValues::Wrapped { values, .. } => Ok(value_count(&part("_0"), values)?.unwrap_or(0)),
        FieldValues::Typed { values, .. } => return value_count(path, values),
        FieldValues::Projected(_) => return Ok(None),
    };
    count.map(Some).map_err(|why| WriteError::field(path, why))
}

/// What is wrong within an alternative is an error of its own, the inner result is about the variant.
fn check_alternatives(
    path: &str,
    tags: &[Option<u8>],
    alternatives: &[FieldValues],
) -> Result<Result<(), String>> {
    if alternatives.is_empty() || alternatives.len() > MOST_ALTERNATIVES {
        return Ok(Err(format!(
            "a variant of {} alternatives",
            alternatives.len()
        )));
    }
    let is_unknown = |tag: &&u8| usize::from(**tag) >= alternatives.len();
    if let Some(tag) = tags.iter().flatten().find(is_unknown) {
        return Ok(Err(format!("there is no alternative {tag}")));
    }
    for (tag, alternative) in (0..).zip(alternatives) {
        let there_are = value_count(&format!("{path}._{tag}"), alternative)?.unwrap_or(0);
        let wanted = tags.iter().filter(|other| **other == Some(tag)).count();
        if let Err(why) = same(&format!("alternative {tag} has"), wanted, there_are) {
            return Ok(Err(why));
        }
    }
    Ok(Ok(()))
}

fn check_numbers(numbers: &Numbers) -> Result<(), String> {
    match numbers {
        Numbers::Float16(..) => Err("RNTuple has no `Float16_t`; use `Packed`".to_owned()),
        Numbers::Double32(packing, _) if *packing != Packing::Plain => {
            Err("RNTuple has no `Double32_t` with brackets; use `Packed`".to_owned())
        }
        _ => Ok(()),
    }
}

fn in_arrays(length: usize, items: usize) -> Result<usize, String> {
    if length == 0 || !items.is_multiple_of(length) {
        return Err(format!("{items} items do not fill arrays of {length}"));
    }
    Ok(items / length)
}

fn same(who: &str, wanted: usize, there_are: usize) -> Result<(), String> {
    if wanted != there_are {
        return Err(format!("{who} {wanted} items, there are {there_are}"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RealPacking;

    #[test]
    fn values_that_do_not_fit_together_are_refused() {
        let quantized = RealPacking::Quantized {
            bits: 8,
            min: 0.0,
            max: 1.0,
        };
        let members = vec![Field::new("x", vec![1, 2]), Field::new("y", vec![1])];
        let cases = [
            (
                FieldValues::list(&[0, 2], vec![1_i32]),
                "field `f`: its lists want 2 items, there are 1",
            ),
            (
                FieldValues::list(&[0, 2, 1], vec![1_i32]),
                "field `f`: the offsets of its lists do not ascend from 0",
            ),
            (
                FieldValues::array(2, vec![1_i32]),
                "field `f`: 1 items do not fill arrays of 2",
            ),
            (
                FieldValues::optional(&[true], Vec::<f32>::new()),
                "field `f`: it has 1 items, there are 0",
            ),
            (
                FieldValues::variant(&[Some(1)], vec![vec![1_i32].into()]),
                "field `f`: there is no alternative 1",
            ),
            (
                FieldValues::array(1, FieldValues::record("", members)),
                "field `f._0`: its members have different lengths: [2, 1]",
            ),
            (
                FieldValues::packed(quantized, vec![2.0_f32]),
                "field `f`: 2 is not between 0 and 1",
            ),
        ];

        for (values, message) in cases {
            let error = entry_count(&[Field::new("f", values)]).unwrap_err();

            assert_eq!(error.to_string(), message);
        }
    }

    #[test]
    fn fields_of_different_lengths_are_refused() {
        let fields = [Field::new("x", vec![1_i32]), Field::new("y", vec![1, 2])];

        let message = entry_count(&fields).unwrap_err().to_string();

        assert_eq!(message, "field `y`: it has 2 entries, other fields 1");
    }
}
