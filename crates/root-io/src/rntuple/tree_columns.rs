//! Fields to the columns of a tree: records taken apart, down to one level of collection.
//!
//! See `docs/adr/0002-flat-dotted-columns.md`.

use std::sync::Arc;

use super::clusters::Clusters;
use super::column_borders::baskets_of;
use super::column_sizes::{Size, sizes};
use super::enough::check_elements;
use super::fields::{Layouts, Member, check_depth, is_optional, members_of, type_name};
use super::layout::FieldLayout;
use super::physical::{FileFacts, PhysicalColumns};
use super::schema::{Field, Role, Schema};
use crate::compress::setting_name;
use crate::error::{Result, RootError};
use crate::naming::UniqueNames;
use crate::tree::{Column, Stored};

/// Most baskets told of all columns together; beyond, a column has one for all entries.
///
/// Fields share columns, so the bytes of a file do not bound this number.
const MAX_BASKETS: usize = 10_000_000;
/// Most bytes of all names together, for files whose names are long and whose fields are many.
const MAX_NAME_BYTES: usize = 1 << 28;

/// All columns of an RNTuple, in the order of its fields.
///
/// A column that cannot be read says why; it does not stop the others.
///
/// # Errors
///
/// Names that take more memory than is sane.
pub(super) fn tree_columns(
    schema: &Schema,
    clusters: &Clusters,
    facts: FileFacts,
) -> Result<Vec<Arc<Column>>> {
    let layouts = Layouts {
        schema,
        columns: PhysicalColumns::new(schema, clusters, facts),
    };
    let mut walk = Walk {
        schema,
        clusters,
        layouts,
        sizes: sizes(schema, clusters),
        names: UniqueNames::default(),
        found: Vec::new(),
        baskets_left: MAX_BASKETS,
        name_bytes_left: MAX_NAME_BYTES,
    };
    for &id in &schema.top {
        let name = schema.fields[id].name.clone();
        let path = Path {
            name: name.clone(),
            parts: None,
            branch: name,
            note: None,
        };
        walk.visit(id, path)?;
    }
    Ok(walk.found.into_iter().map(Arc::new).collect())
}

/// The way to a field.
#[derive(Debug, Clone)]
struct Path {
    name: String,
    /// As the name, with `[]` after a collection; none at the top.
    parts: Option<String>,
    /// As ROOT names the field, without base classes.
    branch: String,
    note: Option<String>,
}

impl Path {
    fn member(&self, member: &Member, schema: &Schema) -> Self {
        let (name, field) = (&member.name, &schema.fields[member.field]);
        Self {
            name: format!("{}.{name}", self.name),
            parts: Some(format!(
                "{}.{name}",
                self.parts.as_ref().unwrap_or(&self.name)
            )),
            branch: format!("{}.{}", self.branch, field.name),
            note: match &member.wanted {
                Some(wanted) => Some(renamed("member", wanted, name)),
                None => self.note.clone(),
            },
        }
    }

    fn items(&self, field: &Field) -> Self {
        Self {
            name: self.name.clone(),
            parts: Some(format!("{}[]", self.parts.as_ref().unwrap_or(&self.name))),
            branch: format!("{}.{}", self.branch, field.name),
            note: self.note.clone(),
        }
    }
}

fn renamed(what: &str, wanted: &str, name: &str) -> String {
    format!("another {what} is named `{wanted}`, so this one is `{name}`")
}

struct Walk<'a> {
    schema: &'a Schema,
    clusters: &'a Clusters,
    layouts: Layouts<'a>,
    /// By number of the column.
    sizes: Vec<Size>,
    names: UniqueNames,
    found: Vec<Column>,
    baskets_left: usize,
    name_bytes_left: usize,
}

impl Walk<'_> {
    /// Adds the columns of a field that is in no collection.
    fn visit(&mut self, id: usize, path: Path) -> Result<()> {
        let schema = self.schema;
        let field = &schema.fields[id];
        let cpp_type = type_name(field).to_owned();
        let members = match field.role {
            Role::Record => check_depth(field).and_then(|()| members_of(schema, field)),
            _ => Ok(Vec::new()),
        };
        let members = match members {
            Ok(members) => members,
            Err(error) => return self.add(path, cpp_type, Err(error), &[id]),
        };
        for member in &members {
            self.visit(member.field, path.member(member, schema))?;
        }
        if !members.is_empty() {
            return Ok(());
        }
        let Some((item, members)) = self.members_of_items(field) else {
            let layout = self.layouts.of(id);
            return self.add(path, cpp_type, layout, &[id]);
        };
        let items = path.items(item);
        for member in members {
            let inner = &schema.fields[member.field];
            let layout = self.layouts.list_of(field, member.field);
            let cpp_type = format!("std::vector<{}>", type_name(inner));
            let path = items.member(&member, schema);
            self.add(path, cpp_type, layout, &[id, member.field])?;
        }
        Ok(())
    }

    /// The item of a collection and its members, if this is a collection of records.
    fn members_of_items(&self, field: &Field) -> Option<(&'_ Field, Vec<Member>)> {
        let [item] = field.children[..] else {
            return None;
        };
        let item = &self.schema.fields[item];
        if field.role != Role::Collection || is_optional(field) || item.role != Role::Record {
            return None;
        }
        // Without members it is left to the layout to say so.
        Some((item, members_of(self.schema, item).ok()?))
    }

    /// Adds a column; its bytes are those of the fields `of`, without what lies below all but the
    /// last of them.
    fn add(
        &mut self,
        path: Path,
        cpp_type: String,
        layout: Result<FieldLayout>,
        of: &[usize],
    ) -> Result<()> {
        let borders = &self.clusters.borders;
        let layout = layout.and_then(|layout| check_elements(&layout, borders).map(|()| layout));
        let taken = 3 * path.name.len() + path.branch.len() + cpp_type.len();
        let Some(left) = self.name_bytes_left.checked_sub(taken) else {
            let why = format!("names of columns take more than {MAX_NAME_BYTES} bytes");
            return Err(RootError::malformed("RNTuple header", 0, why));
        };
        self.name_bytes_left = left;
        let mut numbers = Vec::new();
        if let [above @ .., last] = of {
            numbers.extend(above.iter().flat_map(|&id| self.schema.numbers_of(id)));
            numbers.extend(self.schema.numbers_below(*last));
        }
        let name = self.names.claim(path.name.clone());
        let is_renamed = name != path.name;
        let note = if is_renamed {
            Some(renamed("field", &path.name, &name))
        } else {
            path.note
        };
        let compression = numbers
            .iter()
            .rev()
            .find_map(|&number| self.clusters.compression(number));
        let baskets = match &layout {
            Ok(layout) => baskets_of(layout, &self.clusters.borders, self.baskets_left),
            Err(_) => Vec::new(),
        };
        self.baskets_left = self.baskets_left.saturating_sub(baskets.len());
        let sum = |of: fn(&Size) -> u64| {
            let all = numbers.iter().map(|&number| of(&self.sizes[number]));
            all.fold(0, u64::saturating_add)
        };
        self.found.push(Column {
            name,
            branch: path.branch,
            cpp_type,
            codec: setting_name(compression.map_or(0, u32::cast_signed)),
            baskets,
            zip_bytes: sum(|size| size.packed_bytes),
            tot_bytes: sum(|size| size.unpacked_bytes),
            note,
            parts: path.parts.filter(|_| !is_renamed),
            counted_by: match &layout {
                Ok(FieldLayout::List { offsets, .. }) => Some(offsets.id),
                _ => None,
            },
            stored: layout.map(Stored::Field),
        });
        Ok(())
    }
}
