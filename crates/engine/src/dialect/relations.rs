//! Rewrites of what stands in FROM: `read_root(..)`, and names in the wrong case.

use std::collections::HashSet;
use std::ops::ControlFlow;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, FunctionArgExpr, Ident, ObjectName, Query, Select, SelectFlavor, SelectItem,
    Statement as SqlStatement, TableFactor, Value, VisitorMut, WildcardAdditionalOptions,
};

use super::tree::walk_mut;
use super::{LOCATION_SEPARATOR, parse_statements};
use crate::error::{EngineError, Result};

/// What `SHOW TABLES` means: one's own tables, not those that describe the session.
const SHOW_TABLES: &str = "SELECT table_name, table_type FROM information_schema.tables \
                           WHERE table_schema <> 'information_schema' ORDER BY table_name";

/// Rewrites the relations of a statement in place.
///
/// * `read_root('run*.root', 'Events')` becomes the table `'run*.root:Events'`;
///   `read_root(['a.root', 'b.root'], 'Events')` one table of both files.
/// * `EVENTS` becomes `Events` if that is the only table which differs just in case.
/// * `FROM t` alone becomes `SELECT * FROM t`.
///
/// # Errors
/// [`EngineError::ReadRoot`] if the arguments are not what the function takes.
pub(crate) fn rewrite_relations(statement: &mut Statement, tables: &[String]) -> Result<()> {
    if let Statement::Statement(sql) = statement
        && matches!(sql.as_ref(), SqlStatement::ShowTables { .. })
        && let Some(list) = parse_statements(SHOW_TABLES)?.pop_front()
    {
        *statement = list;
    }
    let mut relations = Relations {
        tables,
        ctes: HashSet::new(),
        error: None,
    };
    walk_mut(statement, &mut relations);
    relations.error.map_or(Ok(()), Err)
}

/// The name of the table that a statement makes, if it is one word: it may look like a file's.
pub(crate) fn made_table(statement: &Statement) -> Option<&str> {
    let name = match statement {
        Statement::Statement(sql) => match sql.as_ref() {
            SqlStatement::CreateTable(create) => &create.name,
            _ => return None,
        },
        Statement::CreateExternalTable(create) => &create.name,
        _ => return None,
    };
    one_word(name)
}

/// A name that is one word, however it is quoted.
pub(crate) fn one_word(name: &ObjectName) -> Option<&str> {
    match name.0.as_slice() {
        [part] => part.as_ident().map(|ident| ident.value.as_str()),
        _ => None,
    }
}

struct Relations<'a> {
    tables: &'a [String],
    ctes: HashSet<String>,
    error: Option<EngineError>,
}

impl VisitorMut for Relations<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        if let Some(with) = &query.with {
            self.ctes.extend(
                with.cte_tables
                    .iter()
                    .map(|cte| cte.alias.name.value.clone()),
            );
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        if select.flavor == SelectFlavor::FromFirstNoSelect {
            let everything = WildcardAdditionalOptions::default();
            select.projection = vec![SelectItem::Wildcard(everything)];
            select.flavor = SelectFlavor::Standard;
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        if let Some(result) = read_root_name(factor) {
            match result {
                Ok(replacement) => *factor = replacement,
                Err(error) => self.error = Some(error),
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, name: &mut ObjectName) -> ControlFlow<()> {
        let [part] = name.0.as_slice() else {
            return ControlFlow::Continue(());
        };
        let Some(ident) = part.as_ident() else {
            return ControlFlow::Continue(());
        };
        let written = &ident.value;
        if ident.quote_style.is_some()
            || self.ctes.contains(written)
            || self.tables.contains(written)
        {
            return ControlFlow::Continue(());
        }
        let mut alike = self
            .tables
            .iter()
            .filter(|table| table.eq_ignore_ascii_case(written));
        if let (Some(table), None) = (alike.next(), alike.next()) {
            *name = quoted_name(table);
        }
        ControlFlow::Continue(())
    }
}

/// The table that a call of `read_root` stands for; `None` if this is something else.
fn read_root_name(factor: &TableFactor) -> Option<Result<TableFactor>> {
    let (name, args, alias) = match factor {
        TableFactor::Table {
            name,
            args: Some(args),
            alias,
            ..
        } => (name, &args.args, alias),
        TableFactor::Function {
            name, args, alias, ..
        } => (name, args, alias),
        _ => return None,
    };
    let [part] = name.0.as_slice() else {
        return None;
    };
    if !part.as_ident()?.value.eq_ignore_ascii_case("read_root") {
        return None;
    }
    let text = match args.as_slice() {
        [files] => locations(files, None),
        [files, tree] => match text_of(tree) {
            Some(tree) => locations(files, Some(&tree)),
            None => None,
        },
        _ => None,
    };
    Some(
        text.ok_or_else(|| EngineError::ReadRoot {
            written: factor.to_string(),
        })
        .map(|text| TableFactor::Table {
            name: quoted_name(&text),
            alias: alias.clone(),
            args: None,
            with_hints: vec![],
            version: None,
            with_ordinality: false,
            partitions: vec![],
            json_path: None,
            sample: None,
            index_hints: vec![],
        }),
    )
}

fn locations(files: &FunctionArg, tree: Option<&str>) -> Option<String> {
    let files = match argument(files)? {
        Expr::Array(array) => array.elem.iter().map(text).collect::<Option<Vec<_>>>()?,
        single => vec![text(single)?],
    };
    if files.is_empty() {
        return None;
    }
    let named: Vec<_> = files
        .into_iter()
        .map(|file| match tree {
            Some(tree) => format!("{file}:{tree}"),
            None => file,
        })
        .collect();
    Some(named.join(&LOCATION_SEPARATOR.to_string()))
}

fn text_of(arg: &FunctionArg) -> Option<String> {
    argument(arg).and_then(text)
}

fn argument(arg: &FunctionArg) -> Option<&Expr> {
    match arg {
        FunctionArg::Named {
            arg: FunctionArgExpr::Expr(expr),
            ..
        }
        | FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
        _ => None,
    }
}

fn text(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) | Value::DoubleQuotedString(text) => Some(text.clone()),
            _ => None,
        },
        Expr::Identifier(ident) if ident.quote_style.is_some() => Some(ident.value.clone()),
        _ => None,
    }
}

fn quoted_name(text: &str) -> ObjectName {
    ObjectName::from(vec![Ident::with_quote('"', text)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::parse_statements;

    fn rewritten(sql: &str) -> String {
        let mut statement = parse_statements(sql).unwrap().pop_front().unwrap();
        let tables = ["Events".to_owned(), "runs".to_owned(), "RUNS".to_owned()];
        rewrite_relations(&mut statement, &tables).unwrap();
        statement.to_string()
    }

    #[test]
    fn read_root_becomes_a_table_named_after_file_and_tree() {
        let sql = rewritten("SELECT * FROM READ_ROOT('run*.root', 'dir/tree') AS e");

        assert_eq!(sql, r#"SELECT * FROM "run*.root:dir/tree" AS e"#);
    }

    #[test]
    fn read_root_takes_a_list_of_files() {
        let sql = rewritten("SELECT * FROM read_root(['a.root', 'b.root'], 'T')");

        assert_eq!(sql, "SELECT * FROM \"a.root:T\nb.root:T\"");
    }

    #[test]
    fn read_root_without_a_tree_leaves_it_to_the_file() {
        assert_eq!(
            rewritten("SELECT 1 FROM read_root('a.root')"),
            r#"SELECT 1 FROM "a.root""#
        );
    }

    #[test]
    fn read_root_with_a_column_as_argument_is_refused() {
        let mut statement = parse_statements("SELECT 1 FROM read_root(x)")
            .unwrap()
            .pop_front()
            .unwrap();

        let error = rewrite_relations(&mut statement, &[]).unwrap_err();

        assert!(
            error.to_string().contains("read_root('file.root', 'tree')"),
            "{error}"
        );
    }

    #[test]
    fn a_table_in_the_wrong_case_is_found_when_there_is_one() {
        assert_eq!(
            rewritten("SELECT 1 FROM events"),
            r#"SELECT 1 FROM "Events""#
        );
        assert_eq!(rewritten("SELECT 1 FROM Runs"), "SELECT 1 FROM Runs");
    }

    #[test]
    fn a_common_table_expression_hides_the_table() {
        let sql = rewritten("WITH events AS (SELECT 1) SELECT * FROM events");

        assert_eq!(sql, "WITH events AS (SELECT 1) SELECT * FROM events");
    }

    #[test]
    fn explain_and_copy_are_rewritten_inside() {
        assert!(rewritten("EXPLAIN SELECT 1 FROM events").contains("\"Events\""));
        assert!(rewritten("COPY (SELECT 1 FROM events) TO 'x.csv'").contains("\"Events\""));
        assert!(rewritten("COPY events TO 'x.csv'").contains("\"Events\""));
    }
}
