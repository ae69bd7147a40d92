//! Fields as a tree, and which columns each has.
//!
//! A field has one column (a number), two (a string) or none (a class); each of these may come in
//! several representations, of which every cluster uses one:
//!
//! ```text
//! field `x`   representation 0: Real32      cluster 0: stored      cluster 1: suppressed
//!             representation 1: Real16                 suppressed             stored
//! ```

use super::description::{Described, DescribedColumn, DescribedField};
use crate::error::{Result, RootError};

/// Fields nested deeper than this are not read: no one writes them, and each level costs stack.
pub(super) const MAX_DEPTH: usize = 32;

/// Most columns of a field: two are used, the rest is for later versions.
const MAX_COLUMNS: usize = 16;

/// All fields and columns.
#[derive(Debug)]
pub(super) struct Schema {
    pub(super) fields: Vec<Field>,
    pub(super) columns: Vec<DescribedColumn>,
    /// Top-level fields in the order of the file.
    pub(super) top: Vec<usize>,
}

/// A field and its place in the tree.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) type_name: String,
    pub(super) role: Role,
    /// Items of a fixed-size array or bits of a bitset.
    pub(super) length: Option<u64>,
    pub(super) children: Vec<usize>,
    /// What holds its own values; columns of another field if this one is projected.
    pub(super) columns: Vec<ColumnOf>,
    /// Of each representation the numbers of the columns.
    pub(super) representations: Vec<Vec<usize>>,
    /// How many values each entry has; `None` inside of collections and variants.
    pub(super) per_entry: Option<u64>,
    /// 0 at the top.
    pub(super) depth: usize,
}

/// One of a field's columns, in whatever representation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ColumnOf {
    pub(super) field: usize,
    pub(super) position: usize,
}

/// What a field is to the fields below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Leaf,
    Collection,
    Record,
    Variant,
    Streamed,
    Unknown(u16),
}

impl Schema {
    /// Puts the tree together.
    ///
    /// # Errors
    ///
    /// Numbers of fields and columns that are not there, fields that no top-level field leads to,
    /// representations out of order.
    pub(super) fn new(described: Described) -> Result<Self> {
        let parents: Vec<u32> = described.fields.iter().map(|field| field.parent).collect();
        let mut fields: Vec<Field> = described.fields.into_iter().map(Field::new).collect();
        let top = join(&mut fields, &parents)?;
        walk_down(&mut fields, &top)?;
        for (id, column) in described.columns.iter().enumerate() {
            add_column(&mut fields, id, column)?;
        }
        for alias in &described.aliases {
            let column = usize_of(alias.column);
            let Some(of) = described.columns.get(column) else {
                return Err(malformed(format!(
                    "an alias of column {column}, which is not there"
                )));
            };
            let source = ColumnOf {
                field: usize_of(of.field),
                position: position_of(&fields, of, column),
            };
            let target = field_at(&mut fields, alias.field)?;
            if target.columns.len() < MAX_COLUMNS && !target.columns.contains(&source) {
                target.columns.push(source);
            }
        }
        Ok(Self {
            fields,
            columns: described.columns,
            top,
        })
    }
}

impl Schema {
    /// Numbers of the columns that a field has, in all representations; not of those below it.
    pub(super) fn numbers_of(&self, field: usize) -> impl Iterator<Item = usize> {
        self.fields[field].columns.iter().flat_map(|of| {
            let representations = self.fields[of.field].representations.iter();
            representations.filter_map(|columns| columns.get(of.position).copied())
        })
    }

    /// Numbers of the columns that a field and those below it have, in all representations.
    pub(super) fn numbers_below(&self, field: usize) -> Vec<usize> {
        let mut numbers = Vec::new();
        let mut open = vec![field];
        while let Some(id) = open.pop() {
            numbers.extend(self.numbers_of(id));
            open.extend(self.fields[id].children.iter().rev());
        }
        numbers
    }
}

impl Field {
    fn new(described: DescribedField) -> Self {
        Self {
            name: described.name,
            type_name: described.type_name,
            role: match described.role {
                0 => Role::Leaf,
                1 => Role::Collection,
                2 => Role::Record,
                3 => Role::Variant,
                4 => Role::Streamed,
                other => Role::Unknown(other),
            },
            length: described.length,
            children: Vec::new(),
            columns: Vec::new(),
            representations: Vec::new(),
            per_entry: None,
            depth: 0,
        }
    }
}

/// Fills in children; returns the fields at the top.
fn join(fields: &mut [Field], parents: &[u32]) -> Result<Vec<usize>> {
    let mut top = Vec::new();
    for (id, &parent) in parents.iter().enumerate() {
        if usize_of(parent) == id {
            top.push(id);
        } else {
            field_at(fields, parent)?.children.push(id);
        }
    }
    Ok(top)
}

/// Fills in depth and number of values, level by level.
fn walk_down(fields: &mut [Field], top: &[usize]) -> Result<()> {
    let mut reached = 0;
    let mut level: Vec<(usize, Option<u64>)> = top.iter().map(|&id| (id, Some(1))).collect();
    let mut depth = 0;
    while !level.is_empty() {
        let mut next = Vec::new();
        for (id, above) in level {
            reached += 1;
            let field = &mut fields[id];
            field.depth = depth;
            field.per_entry = above.and_then(|above| above.checked_mul(field.length.unwrap_or(1)));
            let below = match field.role {
                Role::Leaf | Role::Record => field.per_entry,
                Role::Collection | Role::Variant | Role::Streamed | Role::Unknown(_) => None,
            };
            next.extend(field.children.iter().map(|&child| (child, below)));
        }
        level = next;
        depth += 1;
    }
    if reached < fields.len() {
        let lost = fields.len() - reached;
        return Err(malformed(format!(
            "{lost} fields lie in no top-level field"
        )));
    }
    Ok(())
}

fn add_column(fields: &mut [Field], id: usize, column: &DescribedColumn) -> Result<()> {
    let field_id = usize_of(column.field);
    let field = field_at(fields, column.field)?;
    let representation = usize::from(column.representation);
    if representation == field.representations.len() {
        field.representations.push(Vec::new());
    }
    let Some(columns) = field.representations.get_mut(representation) else {
        let before = field.representations.len();
        return Err(malformed(format!(
            "column {id} of field `{}` has representation {representation}, after {before} others",
            field.name
        )));
    };
    if columns.len() == MAX_COLUMNS {
        let name = &field.name;
        return Err(malformed(format!(
            "field `{name}` has more than {MAX_COLUMNS} columns"
        )));
    }
    columns.push(id);
    if representation == 0 {
        field.columns.push(ColumnOf {
            field: field_id,
            position: field.columns.len(),
        });
    }
    Ok(())
}

/// Which of its field's columns this is.
fn position_of(fields: &[Field], column: &DescribedColumn, id: usize) -> usize {
    let representations = &fields[usize_of(column.field)].representations;
    let same = representations.get(usize::from(column.representation));
    // Columns were added by now, so each is in its field.
    same.and_then(|columns| columns.iter().position(|&other| other == id))
        .unwrap_or(0)
}

fn field_at(fields: &mut [Field], id: u32) -> Result<&mut Field> {
    let there = fields.len();
    fields
        .get_mut(usize_of(id))
        .ok_or_else(|| malformed(format!("field {id} is meant, {there} are there")))
}

fn usize_of(id: u32) -> usize {
    usize::try_from(id).unwrap_or(usize::MAX)
}

fn malformed(why: String) -> RootError {
    RootError::malformed("RNTuple header", 0, why)
}
