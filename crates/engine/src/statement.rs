//! One parsed statement: what it is given, and how it becomes a query.

use std::fmt;

use datafusion::sql::parser::Statement as ParsedStatement;

use crate::error::Result;
use crate::given::Given;
use crate::plan::plan_statement;
use crate::query::Query;
use crate::session::Session;
use crate::statistics::Progress;

/// One parsed statement of a session.
#[derive(Debug)]
pub struct Statement {
    session: Session,
    parsed: ParsedStatement,
    given: Given,
}

impl Statement {
    pub(crate) fn new(session: Session, parsed: ParsedStatement) -> Self {
        Self {
            session,
            parsed,
            given: Given::default(),
        }
    }

    /// Opens the tables that the statement names and plans it.
    ///
    /// # Errors
    /// Unknown names, files that cannot be opened, types that do not fit.
    pub async fn plan(self) -> Result<Query> {
        self.plan_watched(&Progress::default()).await
    }

    /// As [`Statement::plan`], watched from elsewhere.
    pub(crate) async fn plan_watched(self, progress: &Progress) -> Result<Query> {
        let progress = progress.clone();
        let planned = Box::pin(plan_statement(&self.session, self.parsed, self.given)).await?;
        Ok(Query::new(self.session, planned, progress))
    }

    /// The statement with values and tables of its own.
    pub(crate) fn given(mut self, given: Given) -> Self {
        self.given = given;
        self
    }

    /// True for statements whose rows are their purpose: SELECT, VALUES, SHOW, DESCRIBE, EXPLAIN.
    #[must_use]
    pub fn is_query(&self) -> bool {
        crate::dialect::is_query(&self.parsed)
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parsed.fmt(f)
    }
}
