//! Statements that would change files in ways there are not: refused in words of files.

use std::path::Path;

use datafusion::execution::SessionState;
use datafusion::sql::parser::{CopyToStatement, Statement};
use datafusion::sql::sqlparser::ast::{ObjectName, Statement as SqlStatement, TableObject};
use hepframe_root_source::RootUri;

use crate::error::{EngineError, Result};
use crate::explain::NamedTable;
use crate::tables::existing_path;

/// What COPY has writers for.
const WRITTEN: &str = ".parquet, .csv, .json or .arrow";

/// Refuses to copy to formats that are not written, to drop files and to insert into ROOT files.
///
/// `tables` are those that the statement names, `session_tables` the names of the session's own.
///
/// # Errors
/// [`EngineError::Write`], [`EngineError::NotDropped`].
pub(crate) fn check_writes(
    statement: &Statement,
    state: &SessionState,
    tables: &[NamedTable],
    session_tables: &[String],
) -> Result<()> {
    match statement {
        Statement::CopyTo(copy) => check_copy(copy, state),
        Statement::Statement(sql) => match sql.as_ref() {
            SqlStatement::Drop { names, .. } => names
                .iter()
                .filter_map(one_word)
                .filter(|name| !session_tables.iter().any(|known| known == name))
                .try_for_each(check_drop),
            SqlStatement::Insert(insert) => match &insert.table {
                TableObject::TableName(name) => check_insert(name, tables),
                _ => Ok(()),
            },
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}

fn check_copy(copy: &CopyToStatement, state: &SessionState) -> Result<()> {
    let is_written = |format: &str| state.get_file_format_factory(format).is_some();
    let extension = Path::new(&copy.target).extension().and_then(|e| e.to_str());
    let why = match (&copy.stored_as, extension) {
        (Some(format), _) if !is_written(format) => {
            format!("{format} is not written; copy to {WRITTEN}")
        }
        (None, Some(extension)) if extension.eq_ignore_ascii_case("root") => {
            format!("ROOT files are not written; copy to {WRITTEN}")
        }
        (None, Some(extension)) if !is_written(extension) => {
            format!("the name must end in {WRITTEN}, or STORED AS say the format")
        }
        (None, None) => format!("the name must end in {WRITTEN}, or STORED AS say the format"),
        _ => return Ok(()),
    };
    let path = copy.target.clone().into();
    Err(EngineError::Write { path, why })
}

fn check_drop(name: &str) -> Result<()> {
    let location = RootUri::parse(name).location;
    if existing_path(&location).is_none() {
        return Ok(());
    }
    Err(EngineError::NotDropped { location })
}

fn check_insert(name: &ObjectName, tables: &[NamedTable]) -> Result<()> {
    let is_root = |table: &&NamedTable| table.root().is_some();
    let Some(name) = one_word(name) else {
        return Ok(());
    };
    if tables
        .iter()
        .filter(is_root)
        .any(|table| table.name == name)
    {
        let why = format!("ROOT files are only read; copy the rows to {WRITTEN}");
        let path = name.into();
        return Err(EngineError::Write { path, why });
    }
    Ok(())
}

fn one_word(name: &ObjectName) -> Option<&str> {
    match name.0.as_slice() {
        [part] => part.as_ident().map(|ident| ident.value.as_str()),
        _ => None,
    }
}
