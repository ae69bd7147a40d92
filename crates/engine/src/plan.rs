//! From one parsed statement to a logical plan: rewrites, tables, warnings, errors.

use std::collections::HashSet;

use datafusion::common::TableReference;
use datafusion::error::DataFusionError;
use datafusion::execution::SessionState;
use datafusion::logical_expr::{DdlStatement, LogicalPlan};
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::Statement as SqlStatement;

use crate::cache::CacheAction;
use crate::dialect::{
    ColumnNames, Hidden, aliases, bind, cache_query, cache_statement, expand_collections,
    fold_histograms, has_wildcard, listed_columns, made_table, name_columns, parse_statements,
    rewrite_collections, rewrite_lists, rewrite_names, rewrite_relations,
};
use crate::error::{EngineError, Result};
use crate::explain::{Circumstances, NamedTable, explain};
use crate::given::Given;
use crate::physics::with_shown_columns;
use crate::session::Session;
use crate::writes::{check_copied, check_created, check_writes};

/// How many names a warning lists.
const NAMED: usize = 10;

/// A statement and its plan.
#[derive(Debug, Clone)]
pub(crate) struct Planned {
    /// As parsed, before any rewrite: planning again starts here. None for plans built in code.
    pub(crate) statement: Option<Statement>,
    pub(crate) plan: LogicalPlan,
    pub(crate) tables: Vec<NamedTable>,
    pub(crate) aliases: Vec<(String, String)>,
    pub(crate) warnings: Vec<String>,
    /// What a cache statement does; the plan then only tells its tables and columns.
    pub(crate) cache: Option<CacheAction>,
    /// What the statement was given besides its text.
    pub(crate) given: Given,
}

impl Planned {
    /// The error that a user sees for a failure while running.
    pub(crate) fn explain(&self, session: &Session, error: DataFusionError) -> EngineError {
        let state = session.context().state();
        let circumstances = Circumstances {
            state: &state,
            tables: &self.tables,
            aliases: &self.aliases,
            missing: &[],
            session_tables: &session.table_names(),
        };
        explain(error, &circumstances)
    }

    /// Declares a column binary in all ROOT tables of the statement; true if one changed.
    pub(crate) fn read_as_binary(&self, column: &str) -> bool {
        let mut changed = false;
        for table in tables_of_plan(&self.plan) {
            if let Some(root) = hepframe_root_source::root_columns(table.as_ref()) {
                changed |= root.read_as_binary(column);
            }
        }
        changed
    }
}

/// Plans one statement; nothing runs yet.
pub(crate) async fn plan_statement(
    session: &Session,
    statement: Statement,
    given: Given,
) -> Result<Planned> {
    session.paths().begin_statement();
    session.refresh(&named_tables(session, &statement)?).await?;
    let state = given.over(session.context().state());
    let mut session_tables = session.table_names();
    session_tables.extend(given.table_names().cloned());
    let of_cache = cache_statement(&statement);
    let mut rewritten = match &of_cache {
        Some(_) => cache_query(&statement).map_or_else(nothing_to_select, Ok)?,
        None => statement.clone(),
    };
    bind(&mut rewritten, &given.parameters)?;
    name_columns(&mut rewritten);
    rewrite_relations(&mut rewritten, &session_tables)?;
    let aliases = aliases(&rewritten);
    let _made = made_table(&rewritten).map(|name| session.paths().make(name));

    let nothing = Circumstances {
        state: &state,
        tables: &[],
        aliases: &[],
        missing: &[],
        session_tables: &session_tables,
    };
    let (tables, missing) = find_tables(&state, &rewritten)
        .await
        .map_err(|error| explain(error, &nothing))?;
    check_writes(&rewritten, &state, &tables, &session_tables)?;
    let mut columns = ColumnNames::default();
    for table in &tables {
        let unsupported = table
            .unsupported_columns()
            .iter()
            .map(|column| column.name.clone());
        columns.add(table.name.clone(), table.provider.schema(), unsupported);
        if let Some(whole) = table.whole_fields() {
            columns.add_whole(table.name.clone(), whole);
        }
    }
    rewrite_names(&mut rewritten, &columns);
    expand_collections(&mut rewritten, &columns);
    let wildcard = has_wildcard(&rewritten);
    let listed = listed_columns(&rewritten);
    let hidden = rewrite_collections(&mut rewritten, &columns);
    rewrite_lists(&mut rewritten);
    fold_histograms(&mut rewritten);

    let known = Circumstances {
        tables: &tables,
        aliases: &aliases,
        missing: &missing,
        ..nothing
    };
    let plan = state
        .statement_to_plan(rewritten)
        .await
        .and_then(|plan| with_text(plan, &statement))
        .and_then(|plan| hide(plan, &hidden, &listed))
        .map_err(|error| explain(error, &known))?;
    check_copied(&plan, session)?;
    check_created(&plan, session)?;
    let cache = of_cache.map(|of_cache| CacheAction::new(session, of_cache, &plan));
    let cache = cache.transpose().map_err(|error| explain(error, &known))?;
    let mut warnings = Vec::new();
    if wildcard {
        warnings.extend(warnings_of(&tables));
    }
    Ok(Planned {
        statement: Some(statement),
        plan,
        tables,
        aliases,
        warnings,
        cache,
        given,
    })
}

/// `SELECT *` shows what is in the files, not what the statement uses beside.
fn hide(
    plan: LogicalPlan,
    hidden: &Hidden,
    listed: &HashSet<String>,
) -> datafusion::error::Result<LogicalPlan> {
    if hidden.is_empty() {
        return Ok(plan);
    }
    with_shown_columns(plan, &|relation, name| {
        let shown = hidden.shown(relation, name);
        shown.or_else(|| listed.contains(name).then_some(name))
    })
}

/// A view remembers the statement as it was written: planning it again starts there.
fn with_text(plan: LogicalPlan, statement: &Statement) -> datafusion::error::Result<LogicalPlan> {
    Ok(match plan {
        LogicalPlan::Ddl(DdlStatement::CreateView(mut view)) => {
            view.definition = Some(statement.to_string());
            LogicalPlan::Ddl(DdlStatement::CreateView(view))
        }
        other => other,
    })
}

/// The plan of statements that are about no table.
fn nothing_to_select() -> Result<Statement> {
    let mut statements = parse_statements("SELECT 1")?;
    statements
        .pop_front()
        .ok_or(EngineError::NotOneStatement { found: 0 })
}

/// The tables that a statement names, and the names that are no table (yet: it may create them).
async fn find_tables(
    state: &SessionState,
    statement: &Statement,
) -> datafusion::error::Result<(Vec<NamedTable>, Vec<String>)> {
    let mut tables = Vec::new();
    let mut missing = Vec::new();
    for reference in state.resolve_table_references(statement)? {
        if reference.schema() == Some("information_schema") {
            continue;
        }
        let name = written_name(&reference);
        let provider = match state.schema_for_ref(reference.clone()) {
            Ok(schema) => schema.table(reference.table()).await?,
            Err(_) => None,
        };
        match provider {
            Some(provider) => tables.push(NamedTable { name, provider }),
            None => missing.push(name),
        }
    }
    Ok((tables, missing))
}

/// The session's tables that a statement reads.
fn named_tables(session: &Session, statement: &Statement) -> Result<Vec<String>> {
    if let Statement::Statement(sql) = statement
        && matches!(sql.as_ref(), SqlStatement::Drop { .. })
    {
        return Ok(Vec::new());
    }
    let state = session.context().state_ref();
    let references = state.read().resolve_table_references(statement);
    let references = references.map_err(|error| session.explain(error))?;
    let names = references.iter().map(|reference| reference.table());
    let known = session.table_names();
    Ok(names
        .filter(|name| known.iter().any(|known| known == name))
        .map(str::to_owned)
        .collect())
}

fn written_name(reference: &TableReference) -> String {
    let parts = [
        reference.catalog(),
        reference.schema(),
        Some(reference.table()),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(".")
}

/// What a user of all columns of these tables should know.
pub(crate) fn warnings_of(tables: &[NamedTable]) -> Vec<String> {
    let renamed = tables.iter().filter_map(renamed);
    renamed.chain(tables.iter().filter_map(left_out)).collect()
}

/// One warning per table whose `*` is not all there is.
fn left_out(table: &NamedTable) -> Option<String> {
    let columns = table.unsupported_columns();
    let first = columns.first()?;
    let mut names: Vec<_> = columns
        .iter()
        .take(NAMED)
        .map(|column| format!("`{}`", column.name))
        .collect();
    if columns.len() > NAMED {
        names.push(format!("{} more", columns.len() - NAMED));
    }
    let (noun, verb) = if columns.len() == 1 {
        ("column", "is")
    } else {
        ("columns", "are")
    };
    Some(format!(
        "{} {noun} of `{}` {verb} left out, because the C++ type is not supported: {}; see `hepframe \
         inspect {}`",
        columns.len(),
        shown_name(&table.name),
        names.join(", "),
        first.file,
    ))
}

/// One warning per table with branches that share a name.
fn renamed(table: &NamedTable) -> Option<String> {
    const SHOWN: usize = 2;
    let notes = table.root()?.notes();
    let shown = notes
        .iter()
        .take(SHOWN)
        .cloned()
        .collect::<Vec<_>>()
        .join("; ");
    match notes.len() {
        0 => None,
        1..=SHOWN => Some(shown),
        more => Some(format!("{shown}; and {} more like these", more - SHOWN)),
    }
}

/// Tables of several locations have them joined by line breaks.
fn shown_name(name: &str) -> String {
    name.replace(crate::dialect::LOCATION_SEPARATOR, ", ")
}

/// The providers behind all scans of a plan, those inside views and sub-queries included.
pub(crate) fn tables_of_plan(
    plan: &LogicalPlan,
) -> Vec<std::sync::Arc<dyn datafusion::catalog::TableProvider>> {
    use datafusion::common::tree_node::TreeNodeRecursion;

    let mut tables = Vec::new();
    // The closure never fails, so neither does the walk.
    let walked = plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node
            && let Ok(table) = datafusion::datasource::source_as_provider(&scan.source)
        {
            match table.get_logical_plan() {
                Some(inner) => tables.extend(tables_of_plan(&inner)),
                None => tables.push(table),
            }
        }
        Ok(TreeNodeRecursion::Continue)
    });
    debug_assert!(walked.is_ok());
    tables
}
