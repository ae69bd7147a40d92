//! Mistakes that DataFusion tells only in sentences, which name columns with their tables.

use crate::error::EngineError;
use crate::explain::Circumstances;

/// `... column "events.root:Events.nMuon" must appear in the GROUP BY clause ...`
pub(crate) fn ungrouped_column(
    message: &str,
    circumstances: &Circumstances<'_>,
) -> Option<EngineError> {
    let (_, rest) = message.split_once("column \"")?;
    let (column, _) = rest.split_once("\" must appear")?;
    Some(EngineError::NotGrouped {
        column: without_table(column, circumstances).to_owned(),
    })
}

/// `... the expression "events.root:Events.nMuon" at position 0 and ...`
pub(crate) fn same_names(message: &str, circumstances: &Circumstances<'_>) -> Option<EngineError> {
    let (_, rest) = message.split_once("the expression \"")?;
    let (written, _) = rest.split_once("\" at position")?;
    // Of `x + 1 AS n` the name is the alias.
    let name = written
        .rsplit_once(" AS ")
        .map_or(written, |(_, name)| name);
    Some(EngineError::SameNames {
        name: without_table(name, circumstances).to_owned(),
    })
}

/// `Cannot create filter with non-boolean predicate 'events.root:Events.nMuon' returning Int32`
pub(crate) fn no_condition(
    message: &str,
    circumstances: &Circumstances<'_>,
) -> Option<EngineError> {
    let (_, rest) = message.split_once("predicate '")?;
    let (written, data_type) = rest.rsplit_once("' returning ")?;
    Some(EngineError::NoCondition {
        written: without_table(written, circumstances).to_owned(),
        data_type: data_type.to_owned(),
    })
}

/// A column as it may be written: DataFusion puts the full name of its table in front.
fn without_table<'a>(column: &'a str, circumstances: &Circumstances<'_>) -> &'a str {
    let names = circumstances.tables.iter().map(|table| &table.name);
    let aliases = circumstances.aliases.iter().map(|(alias, _)| alias);
    names
        .chain(aliases)
        .find_map(|table| column.strip_prefix(table.as_str())?.strip_prefix('.'))
        .unwrap_or(column)
}
