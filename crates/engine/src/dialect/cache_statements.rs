//! `CACHE TABLE t [(columns)]`, `UNCACHE TABLE t`, `CLEAR CACHE`, `SHOW CACHE`.
//!
//! The first two are kept as the syntax tree's own statements, which hold a query: so names,
//! locations and errors are those of `SELECT columns FROM t`.

use datafusion::sql::parser::{ResetStatement, Statement};
use datafusion::sql::sqlparser::ast::{
    Expr, Ident, ObjectName, Query, SetExpr, Statement as SqlStatement,
};
use datafusion::sql::sqlparser::dialect::DuckDbDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::Token;

/// What a cache statement wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CacheStatement {
    /// Load columns of a table and keep them.
    Load {
        /// As written, without quotes.
        table: String,
    },
    /// Let columns of a table go when room is needed.
    Release {
        /// As written, without quotes.
        table: String,
    },
    /// Drop all columns.
    Clear,
    /// Say what is there.
    Show,
}

/// The cache statement that the parser stands before; `None` if it is something else.
pub(super) fn parse_cache_statement(
    parser: &mut Parser<'_>,
) -> Result<Option<Statement>, ParserError> {
    let word = |n: usize| match &parser.peek_nth_token_ref(n).token {
        Token::Word(word) if word.quote_style.is_none() => word.value.to_ascii_uppercase(),
        _ => String::new(),
    };
    let first = word(0);
    Ok(Some(match first.as_str() {
        "CACHE" => {
            parser.next_token();
            parser.expect_keyword(Keyword::TABLE)?;
            let name = parser.parse_object_name(true)?;
            let columns = if parser.consume_token(&Token::LParen) {
                let columns = parser.parse_comma_separated(parse_column)?;
                parser.expect_token(&Token::RParen)?;
                Some(columns)
            } else {
                None
            };
            cache(name, &selection(columns))?
        }
        "UNCACHE" => {
            parser.next_token();
            parser.expect_keyword(Keyword::TABLE)?;
            let if_exists = parser.parse_keywords(&[Keyword::IF, Keyword::EXISTS]);
            let table_name = parser.parse_object_name(true)?;
            sql(SqlStatement::UNCache {
                table_name,
                if_exists,
            })
        }
        "CLEAR" => {
            parser.next_token();
            if !matches!(word_of(parser).as_str(), "CACHE") {
                let found = parser.peek_token();
                return parser.expected("CACHE after CLEAR", found);
            }
            let name = parser.parse_object_name(false)?;
            Statement::Reset(ResetStatement::Variable(name))
        }
        _ => return Ok(None),
    }))
}

fn word_of(parser: &Parser<'_>) -> String {
    match &parser.peek_nth_token_ref(0).token {
        Token::Word(word) if word.quote_style.is_none() => word.value.to_ascii_uppercase(),
        _ => String::new(),
    }
}

/// A column, maybe with dots in its name, but no expression.
fn parse_column(parser: &mut Parser<'_>) -> Result<Expr, ParserError> {
    let found = parser.peek_token();
    match parser.parse_expr()? {
        column @ (Expr::Identifier(_) | Expr::CompoundIdentifier(_)) => Ok(column),
        _ => parser.expected("the name of a column", found),
    }
}

fn selection(columns: Option<Vec<Expr>>) -> String {
    let Some(columns) = columns else {
        return "*".to_owned();
    };
    let columns: Vec<String> = columns.iter().map(ToString::to_string).collect();
    columns.join(", ")
}

fn cache(table_name: ObjectName, columns: &str) -> Result<Statement, ParserError> {
    let query = Some(select(columns, &table_name)?);
    Ok(sql(SqlStatement::Cache {
        table_flag: None,
        table_name,
        has_as: true,
        options: Vec::new(),
        query,
    }))
}

fn select(columns: &str, table: &ObjectName) -> Result<Box<Query>, ParserError> {
    let text = format!("SELECT {columns} FROM {table}");
    Parser::new(&DuckDbDialect {})
        .try_with_sql(&text)?
        .parse_query()
}

fn sql(statement: SqlStatement) -> Statement {
    Statement::Statement(Box::new(statement))
}

/// What a statement wants of the cache; `None` if it is no cache statement.
pub(crate) fn cache_statement(statement: &Statement) -> Option<CacheStatement> {
    let is_cache = |name: &[Ident]| matches!(name, [only] if only.quote_style.is_none() && only.value.eq_ignore_ascii_case("cache"));
    match statement {
        Statement::Reset(ResetStatement::Variable(name)) => {
            let parts: Option<Vec<Ident>> =
                name.0.iter().map(|part| part.as_ident().cloned()).collect();
            is_cache(&parts?).then_some(CacheStatement::Clear)
        }
        Statement::Statement(sql) => match sql.as_ref() {
            SqlStatement::ShowVariable { variable } if is_cache(variable) => {
                Some(CacheStatement::Show)
            }
            SqlStatement::Cache { table_name, .. } => Some(CacheStatement::Load {
                table: plain(table_name),
            }),
            SqlStatement::UNCache { table_name, .. } => Some(CacheStatement::Release {
                table: plain(table_name),
            }),
            _ => None,
        },
        _ => None,
    }
}

fn plain(name: &ObjectName) -> String {
    let parts = name.0.iter().filter_map(|part| part.as_ident());
    let parts: Vec<&str> = parts.map(|ident| ident.value.as_str()).collect();
    parts.join(".")
}

/// The query that tells which tables and columns a cache statement is about.
pub(crate) fn cache_query(statement: &Statement) -> Option<Statement> {
    let Statement::Statement(sql) = statement else {
        return None;
    };
    let query = match sql.as_ref() {
        SqlStatement::Cache { query, .. } => query.clone()?,
        SqlStatement::UNCache { table_name, .. } => select("*", table_name).ok()?,
        _ => return None,
    };
    debug_assert!(matches!(query.body.as_ref(), SetExpr::Select(_)));
    Some(Statement::Statement(Box::new(SqlStatement::Query(query))))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::dialect::parse_statements;

    fn parsed(sql: &str) -> Statement {
        let mut statements = parse_statements(sql).unwrap();
        assert_eq!(statements.len(), 1, "{sql}");
        statements.pop_front().unwrap()
    }

    fn load(table: &str) -> CacheStatement {
        CacheStatement::Load {
            table: table.to_owned(),
        }
    }

    #[rstest]
    #[case::whole("CACHE TABLE t", "SELECT * FROM t", "t")]
    #[case::columns("cache table t (a, b)", "SELECT a, b FROM t", "t")]
    #[case::dots("CACHE TABLE t(evt.N, \"a b\")", "SELECT evt.N, \"a b\" FROM t", "t")]
    #[case::path(
        "CACHE TABLE 'a.root:Events'",
        "SELECT * FROM 'a.root:Events'",
        "a.root:Events"
    )]
    fn caching_is_selecting(#[case] sql: &str, #[case] query: &str, #[case] table: &str) {
        let statement = parsed(sql);

        assert_eq!(cache_statement(&statement), Some(load(table)));
        assert_eq!(cache_query(&statement).unwrap().to_string(), query);
    }

    #[test]
    fn the_other_statements_are_known_in_any_case() {
        let release = CacheStatement::Release {
            table: "t".to_owned(),
        };

        assert_eq!(cache_statement(&parsed("uncache table t")), Some(release));
        assert_eq!(
            cache_statement(&parsed("Clear Cache;")),
            Some(CacheStatement::Clear)
        );
        assert_eq!(
            cache_statement(&parsed("show cache")),
            Some(CacheStatement::Show)
        );
        assert_eq!(cache_statement(&parsed("SHOW TABLES")), None);
        assert_eq!(cache_statement(&parsed("SELECT cache FROM clear")), None);
    }

    #[rstest]
    #[case("CACHE t", "Expected: TABLE")]
    #[case("CLEAR TABLE t", "CACHE after CLEAR")]
    #[case("CACHE TABLE t (a + 1)", "the name of a column")]
    #[case("CACHE TABLE t (a", "Expected: )")]
    #[case("CACHE TABLE t b", "end of statement")]
    fn a_mistake_says_what_was_expected(#[case] sql: &str, #[case] part: &str) {
        let message = parse_statements(sql).unwrap_err().to_string();

        assert!(message.contains(part), "{message}");
    }
}
