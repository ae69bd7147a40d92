//! What a type means to physics: a list, a collection, a four-vector.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields};

/// The components of a four-vector that can be asked for, whatever it is made of.
pub(crate) const COMPONENTS: [&str; 10] = [
    "pt", "eta", "phi", "mass", "px", "py", "pz", "energy", "p", "rapidity",
];
/// What `p4(..)` makes.
pub(crate) const POLAR: [&str; 4] = ["pt", "eta", "phi", "mass"];
/// What sums of four-vectors are made of.
pub(crate) const CARTESIAN: [&str; 4] = ["px", "py", "pz", "energy"];

/// The type of a list's elements; `None` for anything but a list.
pub(crate) fn element(data_type: &DataType) -> Option<&DataType> {
    match data_type {
        DataType::List(field) | DataType::LargeList(field) | DataType::FixedSizeList(field, _) => {
            Some(field.data_type())
        }
        _ => None,
    }
}

/// True for lists of anything.
pub(crate) fn is_list(data_type: &DataType) -> bool {
    element(data_type).is_some()
}

/// The type inside all lists.
pub(crate) fn innermost(data_type: &DataType) -> &DataType {
    element(data_type).map_or(data_type, innermost)
}

/// A list of `data_type`.
pub(crate) fn list_of(data_type: DataType) -> DataType {
    DataType::List(Arc::new(Field::new_list_field(data_type, true)))
}

/// `data_type` as it comes out per event or per element.
pub(crate) fn like(is_list: bool, data_type: DataType) -> DataType {
    if is_list {
        list_of(data_type)
    } else {
        data_type
    }
}

/// The fields of a collection (list of structs) or of one of its members (struct).
pub(crate) fn record(data_type: &DataType) -> Option<&Fields> {
    match element(data_type).unwrap_or(data_type) {
        DataType::Struct(fields) => Some(fields),
        _ => None,
    }
}

/// A struct of nullable fields.
pub(crate) fn struct_of<'a>(fields: impl IntoIterator<Item = (&'a str, DataType)>) -> DataType {
    DataType::Struct(
        fields
            .into_iter()
            .map(|(name, data_type)| Field::new(name, data_type, true))
            .collect(),
    )
}

/// A four-vector of `px`, `py`, `pz` and `energy`.
pub(crate) fn cartesian() -> DataType {
    struct_of(CARTESIAN.map(|name| (name, DataType::Float64)))
}

/// How a four-vector's component follows from fields of other names.
///
/// `has` tells which fields there are. A field itself is no derivation.
pub(crate) fn derivation(
    component: &str,
    has: &dyn Fn(&str) -> bool,
) -> Option<&'static [&'static str]> {
    if has(component) {
        return None;
    }
    let is_polar = has("pt") && has("phi");
    let is_cartesian = has("px") && has("py");
    let has_pz = has("pz") || (has("pt") && has("eta"));
    let has_momentum = (is_polar || is_cartesian) && has_pz;
    let has_energy = has("energy") || (has_momentum && has("mass"));
    let from: &[&str] = match component {
        "px" | "py" if is_polar => &["pt", "phi"],
        "pz" if has("pt") && has("eta") => &["pt", "eta"],
        "pt" | "phi" if is_cartesian => &["px", "py"],
        "eta" | "p" if has_momentum => &["px", "py", "pz"],
        "energy" if has_momentum && has("mass") => &["px", "py", "pz", "mass"],
        "mass" if has_momentum && has("energy") => &["px", "py", "pz", "energy"],
        "rapidity" if has_momentum && has_energy => &["pz", "energy"],
        _ => return None,
    };
    Some(from)
}

/// True if the fields are enough for a four-vector.
pub(crate) fn is_four_vector(fields: &Fields) -> bool {
    let has = |name: &str| fields.find(name).is_some();
    CARTESIAN
        .iter()
        .all(|name| has(name) || derivation(name, &has).is_some())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::polar(&["pt", "eta", "phi", "mass"], true)]
    #[case::cartesian(&["px", "py", "pz", "energy"], true)]
    #[case::mixed(&["pt", "phi", "pz", "energy"], true)]
    #[case::no_mass(&["pt", "eta", "phi"], false)]
    #[case::nothing(&["charge"], false)]
    fn a_four_vector_is_known_by_its_fields(#[case] names: &[&str], #[case] is: bool) {
        let fields: Fields = names
            .iter()
            .map(|name| Field::new(*name, DataType::Float32, true))
            .collect();
        assert_eq!(is_four_vector(&fields), is);
    }

    #[test]
    fn a_component_that_is_there_is_not_derived() {
        let has = |name: &str| POLAR.contains(&name);
        assert_eq!(derivation("mass", &has), None);
        assert_eq!(derivation("px", &has), Some(&["pt", "phi"][..]));
        assert_eq!(derivation("charge", &has), None);
    }
}
