//! Statements about files that cannot be carried out: refused in words of files, before any is touched.

use std::path::Path;

use datafusion::datasource::listing::ListingTableUrl;
use datafusion::execution::SessionState;
use datafusion::logical_expr::{DdlStatement, LogicalPlan};
use datafusion::sql::parser::{CopyToStatement, Statement};
use datafusion::sql::sqlparser::ast::{ObjectName, Statement as SqlStatement, TableObject};
use hepframe_root_source::{RootUri, check_readable};

use crate::dialect::one_word;
use crate::error::{EngineError, Result};
use crate::explain::NamedTable;
use crate::output::{check_place, not_for_copy};
use crate::session::Session;
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

/// Says before a COPY starts that its file cannot be made, or cannot hold the columns.
///
/// # Errors
/// [`EngineError::Write`].
pub(crate) fn check_copied(plan: &LogicalPlan, session: &Session) -> Result<()> {
    let LogicalPlan::Copy(copy) = plan else {
        return Ok(());
    };
    let target = copy.output_url.as_str();
    if let Some(why) = not_for_copy(&copy.file_type.get_ext(), copy.input.schema().as_arrow()) {
        let path = target.into();
        return Err(EngineError::Write { path, why });
    }
    let Some((scheme, _)) = target.split_once("://") else {
        return check_place(target.as_ref());
    };
    let runtime = session.context().runtime_env();
    let store = ListingTableUrl::parse(target).map(|url| url.object_store());
    if store.is_ok_and(|store| runtime.object_store(&store).is_ok()) {
        return Ok(());
    }
    let path = target.into();
    let why = format!("remote files ({scheme}) are not written; name a path of this machine");
    Err(EngineError::Write { path, why })
}

/// Refuses tables of files that no reader could read; ROOT files say so themselves.
///
/// # Errors
/// As a query that names the files.
pub(crate) fn check_created(plan: &LogicalPlan, session: &Session) -> Result<()> {
    let LogicalPlan::Ddl(DdlStatement::CreateExternalTable(create)) = plan else {
        return Ok(());
    };
    let is_root = create.file_type.eq_ignore_ascii_case("root");
    if is_root || create.unbounded || session.cluster().is_some() {
        return Ok(());
    }
    let state = session.context().state();
    let mut locations = create.locations.iter();
    locations
        .try_for_each(|location| check_readable(&state, location))
        .map_err(|error| session.explain(error))
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
