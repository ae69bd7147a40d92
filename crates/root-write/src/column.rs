//! The values of a branch for a run of entries, as plain data.

use crate::numbers::Numbers;

/// One branch's values for a run of entries.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Column {
    /// One number per entry: `x/F`.
    Flat(Numbers),
    /// An array of fixed shape per entry: `x[2][3]/F`.
    Array {
        /// Length of each dimension, outermost first.
        shape: Vec<usize>,
        /// All entries' numbers, one after the other.
        values: Numbers,
    },
    /// As many items per entry as the branch `counter` says: `x[n]/F`, `x[n][3]/F`.
    Counted {
        /// A flat integer branch that comes earlier in the same chunk.
        counter: String,
        /// Shape of one item; empty for plain numbers.
        shape: Vec<usize>,
        /// All items' numbers, one after the other.
        values: Numbers,
    },
    /// Several leaves in one branch: `a/I:b[2]/F`.
    Leaves(Vec<Leaf>),
    /// Characters: `s/C`.
    Text(Vec<Vec<u8>>),
    /// `std::string`.
    StdString(Vec<Vec<u8>>),
    /// `TString`.
    TString(Vec<Vec<u8>>),
    /// `std::vector` of something.
    Vector(Lists),
}

/// One leaf of a leaf list.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaf {
    /// Name.
    pub name: String,
    /// Shape; empty for one number per entry.
    pub shape: Vec<usize>,
    /// All entries' numbers, one after the other.
    pub values: Numbers,
}

/// Lists: entry `i` holds the items `offsets[i]..offsets[i + 1]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Lists {
    /// Ascending, one more than there are lists, first 0.
    pub offsets: Vec<usize>,
    /// What is in the lists.
    pub items: Items,
}

/// What a list holds.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Items {
    /// `vector<float>` and the like.
    Numbers(Numbers),
    /// `vector<string>`.
    Text(Vec<Vec<u8>>),
    /// `vector<vector<...>>`.
    Lists(Box<Lists>),
}

impl Column {
    /// One number per entry.
    pub fn flat(values: impl Into<Numbers>) -> Self {
        Self::Flat(values.into())
    }

    /// A fixed shape per entry.
    pub fn array(shape: &[usize], values: impl Into<Numbers>) -> Self {
        Self::Array {
            shape: shape.to_vec(),
            values: values.into(),
        }
    }

    /// As many numbers per entry as the branch `counter` says.
    pub fn counted(counter: &str, values: impl Into<Numbers>) -> Self {
        Self::counted_arrays(counter, &[], values)
    }

    /// As many arrays per entry as the branch `counter` says.
    pub fn counted_arrays(counter: &str, shape: &[usize], values: impl Into<Numbers>) -> Self {
        Self::Counted {
            counter: counter.to_owned(),
            shape: shape.to_vec(),
            values: values.into(),
        }
    }

    /// Characters: `s/C`.
    pub fn text<T: AsRef<[u8]>>(values: &[T]) -> Self {
        Self::Text(owned(values))
    }

    /// `std::string`.
    pub fn std_string<T: AsRef<[u8]>>(values: &[T]) -> Self {
        Self::StdString(owned(values))
    }

    /// `TString`.
    pub fn tstring<T: AsRef<[u8]>>(values: &[T]) -> Self {
        Self::TString(owned(values))
    }

    /// `std::vector` of numbers.
    pub fn vector(offsets: &[usize], values: impl Into<Numbers>) -> Self {
        Self::Vector(Lists::new(offsets, Items::Numbers(values.into())))
    }
}

impl Leaf {
    /// A leaf of one number per entry.
    pub fn new(name: &str, values: impl Into<Numbers>) -> Self {
        Self::array(name, &[], values)
    }

    /// A leaf of fixed shape.
    pub fn array(name: &str, shape: &[usize], values: impl Into<Numbers>) -> Self {
        Self {
            name: name.to_owned(),
            shape: shape.to_vec(),
            values: values.into(),
        }
    }
}

impl Lists {
    /// Lists of `items`, cut at `offsets`.
    #[must_use]
    pub fn new(offsets: &[usize], items: Items) -> Self {
        Self {
            offsets: offsets.to_vec(),
            items,
        }
    }

    /// How many lists there are.
    pub(crate) fn len(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// Says what is wrong with the offsets, if something is.
    pub(crate) fn check(&self) -> Result<(), String> {
        if self.offsets.first() != Some(&0) || !self.offsets.is_sorted() {
            return Err("the offsets of its lists do not ascend from 0".to_owned());
        }
        let wanted = self.offsets.last().copied().unwrap_or_default();
        let there_are = self.items.len();
        if wanted != there_are {
            return Err(format!(
                "its lists want {wanted} items, there are {there_are}"
            ));
        }
        match &self.items {
            Items::Lists(inner) => inner.check(),
            Items::Numbers(_) | Items::Text(_) => Ok(()),
        }
    }

    /// C++ type, spelled as ROOT does: `vector<vector<float> >`.
    pub(crate) fn class_name(&self) -> String {
        match &self.items {
            Items::Numbers(numbers) => format!("vector<{}>", numbers.kind().cpp_name),
            Items::Text(_) => "vector<string>".to_owned(),
            Items::Lists(inner) => format!("vector<{} >", inner.class_name()),
        }
    }
}

impl Items {
    fn len(&self) -> usize {
        match self {
            Self::Numbers(numbers) => numbers.len(),
            Self::Text(texts) => texts.len(),
            Self::Lists(lists) => lists.len(),
        }
    }
}

fn owned<T: AsRef<[u8]>>(values: &[T]) -> Vec<Vec<u8>> {
    values.iter().map(|value| value.as_ref().to_vec()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nested_vector_is_spelled_as_root_spells_it() {
        let inner = Lists::new(&[0, 1], Items::Numbers(vec![1_i64].into()));
        let outer = Lists::new(&[0, 1], Items::Lists(Box::new(inner)));

        assert_eq!(outer.class_name(), "vector<vector<Long64_t> >");
    }

    #[test]
    fn offsets_beyond_the_items_are_refused() {
        let lists = Lists::new(&[0, 3], Items::Numbers(vec![1.0_f32].into()));

        assert_eq!(
            lists.check().unwrap_err(),
            "its lists want 3 items, there are 1"
        );
    }
}
