//! What a branch looks like, read off its first column: leaves, class, counter.

use crate::column::{Column, Lists};
use crate::numbers::NumberKind;
use crate::{Result, WriteError};

/// What a branch looks like.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Layout {
    /// A `TBranch` of number leaves.
    Leaves(Vec<LeafLayout>),
    /// A `TBranch` with one `TLeafC`.
    Text,
    /// An unsplit `TBranchElement`.
    Object {
        /// C++ class.
        class_name: String,
    },
}

/// One leaf.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LeafLayout {
    pub(crate) name: String,
    pub(crate) kind: NumberKind,
    pub(crate) shape: Vec<usize>,
    /// Branch that says how many items there are.
    pub(crate) counter: Option<String>,
}

impl LeafLayout {
    fn new(name: &str, kind: NumberKind, shape: &[usize], counter: Option<&str>) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            shape: shape.to_vec(),
            counter: counter.map(str::to_owned),
        }
    }

    /// Name with dimensions and brackets: `x[n][3]`, `h[3]/f[0,10,12]`.
    pub(crate) fn title(&self) -> String {
        let mut title = self.name.clone();
        if let Some(counter) = &self.counter {
            title.push_str(&format!("[{counter}]"));
        }
        for dimension in &self.shape {
            title.push_str(&format!("[{dimension}]"));
        }
        match self.kind.packing.map(|packing| packing.brackets()) {
            Some(brackets) if !brackets.is_empty() => {
                title.push_str(&format!("/{}{brackets}", self.kind.letter));
            }
            _ => {}
        }
        title
    }

    /// The leaf in a leaf list: `x[n][3]/F`.
    pub(crate) fn declaration(&self) -> String {
        let title = self.title();
        if title.contains('/') {
            title
        } else {
            format!("{title}/{}", self.kind.letter)
        }
    }

    /// Numbers in one item.
    pub(crate) fn item_length(&self) -> usize {
        self.shape.iter().product()
    }
}

impl Layout {
    pub(crate) fn of(branch: &str, column: &Column) -> Self {
        match column {
            Column::Flat(values) => {
                Self::Leaves(vec![LeafLayout::new(branch, values.kind(), &[], None)])
            }
            Column::Array { shape, values } => {
                Self::Leaves(vec![LeafLayout::new(branch, values.kind(), shape, None)])
            }
            Column::Counted {
                counter,
                shape,
                values,
            } => Self::Leaves(vec![LeafLayout::new(
                branch,
                values.kind(),
                shape,
                Some(counter),
            )]),
            Column::Leaves(leaves) => Self::Leaves(
                leaves
                    .iter()
                    .map(|leaf| LeafLayout::new(&leaf.name, leaf.values.kind(), &leaf.shape, None))
                    .collect(),
            ),
            Column::Text(_) => Self::Text,
            Column::StdString(_) => Self::Object {
                class_name: "string".to_owned(),
            },
            Column::TString(_) => Self::Object {
                class_name: "TString".to_owned(),
            },
            Column::Vector(lists) => Self::Object {
                class_name: lists.class_name(),
            },
        }
    }

    /// Branch this one takes its counts from.
    pub(crate) fn counter(&self) -> Option<&str> {
        match self {
            Self::Leaves(leaves) => leaves.first().and_then(|leaf| leaf.counter.as_deref()),
            Self::Text | Self::Object { .. } => None,
        }
    }

    /// Whether all entries take the same number of bytes.
    pub(crate) fn is_fixed(&self) -> bool {
        matches!(self, Self::Leaves(_)) && self.counter().is_none()
    }

    /// Whether ROOT hands the tree's IO features on to such a branch: to all but vectors.
    pub(crate) fn has_io_features(&self) -> bool {
        !matches!(self, Self::Object { class_name } if class_name.starts_with("vector"))
    }

    /// Whether ROOT can work out from the counter where entries start (`CanGenerateOffsetArray`).
    pub(crate) fn can_generate_offsets(&self) -> bool {
        match self {
            Self::Leaves(leaves) => leaves
                .first()
                .is_some_and(|leaf| leaf.counter.is_some() && leaf.kind.packing.is_none()),
            Self::Text | Self::Object { .. } => false,
        }
    }
}

/// Number of entries in a column; `None` for a counted one, whose counter knows.
///
/// # Errors
///
/// `Column` if the values do not fill whole entries.
pub(crate) fn entry_count(branch: &str, column: &Column) -> Result<Option<usize>> {
    let whole = |shape: &[usize], numbers: usize| {
        let length: usize = shape.iter().product();
        match numbers.checked_rem(length) {
            Some(0) => Ok(numbers / length),
            _ => Err(WriteError::column(
                branch,
                format!("{numbers} numbers do not fill arrays of shape {shape:?}"),
            )),
        }
    };
    Ok(Some(match column {
        Column::Counted { .. } => return Ok(None),
        Column::Flat(values) => values.len(),
        Column::Array { shape, values } => whole(shape, values.len())?,
        Column::Text(texts) | Column::StdString(texts) | Column::TString(texts) => texts.len(),
        Column::Vector(lists) => checked_lists(branch, lists)?,
        Column::Leaves(leaves) => {
            let counts: Vec<usize> = leaves
                .iter()
                .map(|leaf| whole(&leaf.shape, leaf.values.len()))
                .collect::<Result<_>>()?;
            match counts.first() {
                Some(&first) if counts.iter().all(|&count| count == first) => first,
                _ => {
                    let why = format!("its leaves have {counts:?} entries");
                    return Err(WriteError::column(branch, why));
                }
            }
        }
    }))
}

fn checked_lists(branch: &str, lists: &Lists) -> Result<usize> {
    lists
        .check()
        .map_err(|why| WriteError::column(branch, why))?;
    Ok(lists.len())
}

/// Refuses packings ROOT could not read.
pub(crate) fn check_packings(branch: &str, column: &Column, layout: &Layout) -> Result<()> {
    if let (Layout::Object { class_name }, Column::Vector(_)) = (layout, column) {
        // Template arguments carry no range, so ROOT would not know how these were packed.
        if class_name.contains("Float16_t") || class_name.contains("Double32_t") {
            return Err(WriteError::column(branch, "packed numbers in a vector"));
        }
    }
    let Layout::Leaves(leaves) = layout else {
        return Ok(());
    };
    for packing in leaves.iter().filter_map(|leaf| leaf.kind.packing) {
        packing
            .check()
            .map_err(|why| WriteError::column(branch, why))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Leaf, Numbers, Packing};

    fn first_leaf(column: &Column) -> LeafLayout {
        match Layout::of("x", column) {
            Layout::Leaves(leaves) => leaves.into_iter().next().unwrap(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn titles_are_those_of_root() {
        let counted = Column::counted_arrays("n", &[3], vec![0.0_f32; 3]);
        let packed = Numbers::Float16(Packing::RangeBits(0.0, 10.0, 12), vec![1.0]);

        assert_eq!(first_leaf(&counted).declaration(), "x[n][3]/F");
        assert_eq!(first_leaf(&Column::flat(packed)).title(), "x/f[0,10,12]");
        assert_eq!(first_leaf(&Column::flat(vec![1_u64])).declaration(), "x/l");
    }

    #[test]
    fn values_that_fill_no_whole_entry_are_refused() {
        let error = entry_count("x", &Column::array(&[2, 3], vec![0_i32; 7])).unwrap_err();

        assert_eq!(
            error.to_string(),
            "branch `x`: 7 numbers do not fill arrays of shape [2, 3]"
        );
    }

    #[test]
    fn leaves_of_different_length_are_refused() {
        let leaves = Column::Leaves(vec![
            Leaf::new("a", vec![1_i32, 2]),
            Leaf::array("b", &[2], vec![1.0_f32, 2.0]),
        ]);

        assert!(entry_count("x", &leaves).is_err());
    }
}
