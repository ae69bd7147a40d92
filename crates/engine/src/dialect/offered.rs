//! What a statement's tables offer it beside their columns: collections and whole fields.
//!
//! ```text
//! SELECT len(Muon) FROM t AS e
//!   ──▶  FROM (SELECT *, hep_make('pt', "Muon_pt", 'eta', "Muon_eta") AS "Muon" FROM t) AS e
//!
//! SELECT * FROM t WHERE evt.id = 3         where columns of t are parts of fields
//!   ──▶  FROM (SELECT "run", hep_make_class('id', "evt.id", ...) AS "evt", "evt.id" FROM t) AS t
//! ```
//!
//! Only tables of which a collection or a whole field is wanted are rewritten, so other statements
//! plan as fast as before. What `*` would show too much of, the caller takes out of the result.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    Expr, Ident, Select, SelectItem, SetExpr, TableAlias, TableFactor, VisitorMut,
    WildcardAdditionalOptions,
};

use super::collections::{Mentioned, collection, collections, mentioned, select_everything};
use super::headers::name_fields;
use super::hidden::{self, Hidden, LISTED};
use super::scope::{ColumnNames, name_parts, quoted};
use super::stars::{Stars, spell_out};
use super::tree::{is_star, walk_mut};

/// Adds the collections and whole fields that the statement wants to its tables; returns the
/// columns that `*` does not show, unless they are listed.
pub(crate) fn rewrite_collections(statement: &mut Statement, columns: &ColumnNames) -> Hidden {
    spell_out(statement, columns);
    let found = hidden::relations(statement);
    let Mentioned { names, relations } = mentioned(statement);
    let mut rewriter = Rewriter {
        columns,
        mentioned: names,
        stars: Vec::new(),
        hidden: BTreeSet::new(),
    };
    walk_mut(statement, &mut rewriter);
    name_fields(statement, relations);
    Hidden::new(rewriter.hidden, &found, columns)
}

struct Rewriter<'a> {
    columns: &'a ColumnNames,
    mentioned: BTreeSet<String>,
    /// The wildcards of the SELECTs that the walk is in.
    stars: Vec<Stars>,
    hidden: BTreeSet<String>,
}

impl VisitorMut for Rewriter<'_> {
    type Break = ();

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        self.stars.push(Stars::of(select));
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        self.stars.pop();
        if !self.hidden.is_empty() && select.projection.iter().any(is_star) {
            for item in &mut select.projection {
                self.tell_apart(item);
            }
        }
        ControlFlow::Continue(())
    }

    fn post_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        if let Some(wrapped) = self.wrapped(factor) {
            *factor = wrapped;
        }
        ControlFlow::Continue(())
    }
}

impl Rewriter<'_> {
    /// `SELECT *, evt.id`: `*` has a hidden `evt.id` too.
    fn tell_apart(&self, item: &mut SelectItem) {
        let named = match item {
            SelectItem::ExprWithAlias { expr, alias } => Some((&*expr, &*alias)),
            SelectItem::UnnamedExpr(expr) => last_name(expr).map(|name| (&*expr, name)),
            _ => None,
        };
        if let Some((expr, name)) = named
            && self.hidden.contains(&name.value)
        {
            *item = SelectItem::ExprWithAlias {
                expr: expr.clone(),
                alias: quoted(format!("{LISTED}{}", name.value)),
            };
        }
    }

    fn wrapped(&mut self, factor: &TableFactor) -> Option<TableFactor> {
        let TableFactor::Table { name, alias, .. } = factor else {
            return None;
        };
        let parts = name_parts(name)?;
        let written = parts.join(".");
        let alias = match alias {
            Some(alias) if alias.columns.is_empty() => alias.clone(),
            Some(_) => return None,
            None => TableAlias {
                explicit: true,
                name: quoted(parts.last()?.clone()),
                columns: Vec::new(),
                at: None,
            },
        };
        let stars = self.stars.last();
        let is_shown = stars.is_some_and(|stars| stars.show(&alias.name.value));
        let projection = self.offered(&written, is_shown)?;
        let mut inner = factor.clone();
        if let TableFactor::Table { alias, .. } = &mut inner {
            *alias = None;
        }
        let mut subquery = select_everything()?;
        if let SetExpr::Select(select) = subquery.body.as_mut() {
            select.from.first_mut()?.relation = inner;
            select.projection = projection;
        }
        Some(TableFactor::Derived {
            lateral: false,
            subquery: Box::new(subquery),
            alias: Some(alias),
            sample: None,
        })
    }

    /// What the table offers; `None` if that is just its columns.
    fn offered(&mut self, table: &str, is_shown: bool) -> Option<Vec<SelectItem>> {
        let schema = self.columns.schema_of(table)?;
        let whole = self.columns.whole_fields_of(table);
        let is_whole = |name: &str| whole.is_some_and(|whole| whole.get(name).is_some());
        let wanted = |name: &str| self.mentioned.contains(name) && !is_whole(name);
        let mut found: BTreeMap<String, Expr> = collections(schema, &wanted)
            .into_iter()
            .map(|(name, fields)| (name, collection(&fields)))
            .collect();
        if is_shown {
            self.hidden.extend(found.keys().cloned());
        }
        let Some(whole) = whole else {
            return (!found.is_empty()).then(|| beside(found));
        };
        if !is_shown {
            for name in &self.mentioned {
                found.extend(whole.get(name).map(|part| (name.clone(), part.sql())));
            }
            return (!found.is_empty()).then(|| beside(found));
        }
        let fields = whole.fields().iter();
        let mut shown = items(fields.map(|(name, part)| (name.clone(), part.sql())));
        let parts: Vec<String> = whole
            .parts()
            .intersection(&self.mentioned)
            .cloned()
            .collect();
        self.hidden.extend(parts.iter().cloned());
        let column = |name: String| SelectItem::UnnamedExpr(Expr::Identifier(quoted(name)));
        shown.extend(parts.into_iter().map(column));
        shown.extend(items(found));
        Some(shown)
    }
}

/// All columns, and these.
fn beside(found: BTreeMap<String, Expr>) -> Vec<SelectItem> {
    let mut all = vec![SelectItem::Wildcard(WildcardAdditionalOptions::default())];
    all.extend(items(found));
    all
}

fn items(named: impl IntoIterator<Item = (String, Expr)>) -> Vec<SelectItem> {
    let item = |(name, expr)| SelectItem::ExprWithAlias {
        expr,
        alias: quoted(name),
    };
    named.into_iter().map(item).collect()
}

fn last_name(expr: &Expr) -> Option<&Ident> {
    match expr {
        Expr::Identifier(name) => Some(name),
        Expr::CompoundIdentifier(names) => names.last(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::Arc;

    use arrow::datatypes::{DataType, Field, Schema};
    use rstest::rstest;

    use super::*;
    use crate::dialect::whole::PATH;
    use crate::dialect::{WholeFields, parse_statements, rewrite_names};

    /// Columns of an RNTuple `t`, and of a tree `b` that was split.
    fn columns() -> ColumnNames {
        let list = || DataType::new_list(DataType::Float32, false);
        let part = |name: &str, data_type, path: &str| {
            let metadata = HashMap::from([(PATH.to_owned(), path.to_owned())]);
            Field::new(name, data_type, false).with_metadata(metadata)
        };
        let fields = Schema::new(vec![
            Field::new("run", DataType::Int32, false),
            part("Muon.pt", list(), "Muon[].pt"),
            part("evt.id", DataType::Int32, "evt.id"),
            part("evt.hits.e", list(), "evt.hits[].e"),
        ]);
        let branches = Schema::new(vec![
            Field::new("evt.hits.e", list(), false),
            Field::new("evt.id", DataType::Int32, false),
        ]);
        let mut columns = ColumnNames::default();
        if let Some(whole) = WholeFields::of(&fields) {
            columns.add_whole("t".to_owned(), whole);
        }
        columns.add("t".to_owned(), Arc::new(fields), []);
        columns.add("b".to_owned(), Arc::new(branches), []);
        columns
    }

    const MUON: &str = r#"hep_make('pt', "Muon.pt") AS "Muon""#;
    const EVT: &str =
        r#"hep_make_class('id', "evt.id", 'hits', hep_make('e', "evt.hits.e")) AS "evt""#;

    fn rewritten(sql: &str) -> (String, Vec<String>) {
        let mut statement = parse_statements(sql).unwrap().pop_front().unwrap();
        let columns = columns();
        rewrite_names(&mut statement, &columns);
        let hidden = rewrite_collections(&mut statement, &columns);
        let text = statement.to_string();
        let text = text.replace(MUON, "<Muon>").replace(EVT, "<evt>");
        (text, hidden.names.into_iter().collect())
    }

    #[rstest]
    #[case::columns("SELECT run, Muon.pt FROM t", r#"SELECT run, "Muon.pt" FROM t"#)]
    #[case::a_field(
        "SELECT evt FROM t",
        "SELECT evt FROM (SELECT *, <evt> FROM t) AS \"t\""
    )]
    #[case::a_collection_in_a_field(
        "SELECT len(evt.hits) FROM t",
        r#"SELECT len("evt.hits") FROM (SELECT *, hep_make('e', "evt.hits.e") AS "evt.hits" FROM t) AS "t""#
    )]
    #[case::a_collection_in_a_branch(
        "SELECT len(x.evt.hits) FROM b AS x",
        r#"SELECT len(x."evt.hits") FROM (SELECT *, hep_make('e', "evt.hits.e") AS "evt.hits" FROM b) AS x"#
    )]
    #[case::a_star(
        "SELECT * FROM t",
        r#"SELECT * FROM (SELECT "run" AS "run", <Muon>, <evt> FROM t) AS "t""#
    )]
    #[case::of_a_tree("SELECT * FROM b", "SELECT * FROM b")]
    #[case::of_one_table(
        "SELECT b.*, t.run FROM t JOIN b ON t.run = b.evt.id",
        r#"SELECT b.*, t.run FROM t JOIN b ON t.run = b."evt.id""#
    )]
    #[case::below_it(
        "SELECT * FROM (SELECT evt.id FROM t) AS d",
        r#"SELECT * FROM (SELECT "evt.id" FROM t) AS d"#
    )]
    #[case::a_copy(
        "COPY t TO 'x.parquet'",
        r#"COPY (SELECT * FROM (SELECT "run" AS "run", <Muon>, <evt> FROM t) AS "t") TO x.parquet"#
    )]
    #[case::a_description(
        "DESCRIBE t",
        r#"DESCRIBE SELECT * FROM (SELECT "run" AS "run", <Muon>, <evt> FROM t) AS "t""#
    )]
    fn tables_offer_what_is_wanted(#[case] written: &str, #[case] meant: &str) {
        assert_eq!(rewritten(written), (meant.to_owned(), vec![]));
    }

    #[test]
    fn parts_beside_a_star_are_there_and_hidden() {
        let (text, hidden) = rewritten("SELECT *, evt.id FROM t WHERE Muon.pt[0] > 5");

        assert_eq!(
            text,
            r##"SELECT *, "evt.id" AS "#listed.evt.id" FROM (SELECT "run" AS "run", <Muon>, <evt>, "Muon.pt", "evt.id" FROM t) AS "t" WHERE "Muon.pt"[0] > 5"##
        );
        assert_eq!(hidden, ["Muon.pt", "evt.id"]);
    }
}
