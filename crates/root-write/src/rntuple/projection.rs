//! Fields that show the columns of other fields: what ROOT's importer makes of `Muon_pt[nMuon]`.

use super::schema::{FieldRecord, Role, Schema};

/// Another field seen in another way.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Projection {
    /// How many items a list field of the top has for each entry.
    CountsOf(String),
    /// A member of the records in a list field of the top, as list.
    MemberOf(String, String),
    /// A field of the top once more.
    CopyOf(String),
}

impl Projection {
    /// C++ type, where the source does not decide.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::CountsOf(_) => "ROOT::RNTupleCardinality<std::uint32_t>",
            Self::MemberOf(..) | Self::CopyOf(_) => "",
        }
    }

    /// Adds the field `name`; `type_name` overrides the type it would have.
    ///
    /// Errors say what is wrong with the source.
    pub(crate) fn add(
        &self,
        name: &str,
        type_name: &str,
        schema: &mut Schema,
    ) -> Result<(), String> {
        match self {
            Self::CountsOf(list) => {
                let source = list_field(list, schema)?;
                let mut record = FieldRecord::new(name, None, Role::Leaf, type_name);
                record.source = Some(source);
                let field = schema.push_field(record);
                alias_columns(source, field, schema);
                Ok(())
            }
            Self::MemberOf(list, member) => {
                let source = list_field(list, schema)?;
                let of_list = schema.child(Some(source), "_0");
                let source_member = of_list.and_then(|item| schema.child(Some(item), member));
                let source_member = source_member
                    .ok_or_else(|| format!("the items of `{list}` have no member `{member}`"))?;
                let type_name = match &schema.fields[source_member].type_name {
                    _ if !type_name.is_empty() => type_name.to_owned(),
                    item if item.is_empty() => String::new(),
                    item => format!("ROOT::VecOps::RVec<{item}>"),
                };
                let mut record = FieldRecord::new(name, None, Role::Collection, &type_name);
                record.source = Some(source);
                let field = schema.push_field(record);
                alias_columns(source, field, schema);
                copy(source_member, "_0", Some(field), schema)
            }
            Self::CopyOf(of) => {
                let source = schema.child(None, of);
                let source = source.ok_or_else(|| format!("no field `{of}` comes before it"))?;
                copy(source, name, None, schema)
            }
        }
    }
}

fn list_field(name: &str, schema: &Schema) -> Result<usize, String> {
    let field = schema.child(None, name);
    let field = field.ok_or_else(|| format!("no field `{name}` comes before it"))?;
    if schema.fields[field].role != Role::Collection {
        return Err(format!("`{name}` has no items"));
    }
    Ok(field)
}

fn copy(
    source: usize,
    name: &str,
    parent: Option<usize>,
    schema: &mut Schema,
) -> Result<(), String> {
    let original = &schema.fields[source];
    if original.role == Role::Variant || original.repetition.is_some() {
        let what = &original.type_name;
        return Err(format!("RNTuple cannot project a `{what}`"));
    }
    let mut record = original.clone();
    name.clone_into(&mut record.name);
    record.parent = parent;
    record.source = Some(source);
    let field = schema.push_field(record);
    alias_columns(source, field, schema);
    for (child, child_name) in schema.children(source) {
        copy(child, &child_name, Some(field), schema)?;
    }
    Ok(())
}

fn alias_columns(source: usize, field: usize, schema: &mut Schema) {
    // A copy of a copy shows the columns of the first.
    for column in schema.columns_of(source) {
        schema.aliases.push((column, field));
    }
}
