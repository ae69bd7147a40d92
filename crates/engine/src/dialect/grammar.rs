//! `DuckDB`'s grammar, where a subscript and an argument may hold a comparison:
//! `Jet_pt[Jet_eta < 1]`, `any(Muon_charge = 1)` (an argument called `Muon_charge` in `DuckDB`).
//!
//! `^` is power and binds as in `DuckDB` and `PostgreSQL`: stronger than `*`, from the left, and weaker
//! than the minus of `-x ^ 2`. `!x` is `NOT x` of what follows it, as in C++.

use std::any::TypeId;

use datafusion::sql::sqlparser::ast::{Expr, UnaryOperator};
use datafusion::sql::sqlparser::dialect::{Dialect, DuckDbDialect, Precedence};
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::Token;

/// How strongly `^` binds: the parser has 40 for `*` and 50 for `::`.
const POWER: u8 = 45;

/// The grammar of all our SQL.
#[derive(Debug)]
pub(super) struct Grammar(pub(super) DuckDbDialect);

macro_rules! as_duckdb {
    ($($method:ident),* $(,)?) => {
        $(fn $method(&self) -> bool { self.0.$method() })*
    };
}

impl Dialect for Grammar {
    /// The parser asks for some dialects by type.
    fn dialect(&self) -> TypeId {
        self.0.dialect()
    }

    fn is_identifier_start(&self, character: char) -> bool {
        self.0.is_identifier_start(character)
    }

    fn is_identifier_part(&self, character: char) -> bool {
        self.0.is_identifier_part(character)
    }

    /// An index is parsed down to the precedence of `:`, which must be below comparisons.
    fn prec_value(&self, precedence: Precedence) -> u8 {
        match precedence {
            Precedence::Colon => 4,
            other => self.0.prec_value(other),
        }
    }

    fn get_next_precedence(&self, parser: &Parser<'_>) -> Option<Result<u8, ParserError>> {
        matches!(parser.peek_token_ref().token, Token::Caret).then_some(Ok(POWER))
    }

    fn parse_prefix(&self, parser: &mut Parser<'_>) -> Option<Result<Expr, ParserError>> {
        let op = match parser.peek_token_ref().token {
            Token::Minus => UnaryOperator::Minus,
            Token::Plus => UnaryOperator::Plus,
            Token::ExclamationMark => UnaryOperator::Not,
            _ => return None,
        };
        parser.advance_token();
        let signed = parser.parse_subexpr(POWER).map(|of| {
            let expr = Expr::UnaryOp {
                op,
                expr: Box::new(of),
            };
            match op {
                // Written out, NOT would take in more than `!` did.
                UnaryOperator::Not => Expr::Nested(Box::new(expr)),
                _ => expr,
            }
        });
        Some(signed)
    }

    as_duckdb!(
        supports_trailing_commas,
        supports_filter_during_aggregation,
        supports_group_by_expr,
        supports_bitwise_shift_operators,
        supports_named_fn_args_with_assignment_operator,
        supports_dictionary_syntax,
        support_map_literal_syntax,
        supports_lambda_functions,
        allow_extract_single_quotes,
        supports_explain_with_utility_options,
        supports_load_extension,
        supports_array_typedef_with_brackets,
        supports_from_first_select,
        supports_order_by_all,
        supports_select_wildcard_exclude,
        supports_notnull_operator,
        supports_install,
        supports_detach,
        supports_select_wildcard_replace,
        supports_comma_separated_trim,
    );
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::dialect::expression::parse_literal;

    #[rstest]
    #[case::above_a_product("2 * x ^ 2", "(2 * (x ^ 2))")]
    #[case::above_a_sum("a + b ^ 2", "(a + (b ^ 2))")]
    #[case::from_the_left("x ^ 2 ^ 3", "((x ^ 2) ^ 3)")]
    #[case::below_a_minus("-x ^ 2", "((-x) ^ 2)")]
    #[case::with_a_minus_at_the_right("2 ^ -x ^ 2", "((2 ^ (-x)) ^ 2)")]
    #[case::a_difference("0 - x ^ 2", "(0 - (x ^ 2))")]
    #[case::below_a_cast("x ^ 2::INT", "(x ^ 2::INT)")]
    #[case::a_product_of_minus("-x * y", "((-x) * y)")]
    #[case::not_as_in_cpp("!a AND b", "((NOTa) AND b)")]
    #[case::not_as_in_sql("NOT a AND b", "((NOTa) AND b)")]
    #[case::not_of_a_part("!a = b", "((NOTa) = b)")]
    #[case::not_of_a_comparison("NOT a = b", "(NOT(a = b))")]
    fn operators_bind_as_if_in_brackets(#[case] written: &str, #[case] meant: &str) {
        assert_eq!(bracketed(&parse_literal(written).unwrap()), meant);
    }

    fn bracketed(expr: &Expr) -> String {
        match expr {
            Expr::Nested(inner) => bracketed(inner),
            Expr::UnaryOp { op, expr } => format!("({op}{})", bracketed(expr)),
            Expr::BinaryOp { left, op, right } => {
                format!("({} {op} {})", bracketed(left), bracketed(right))
            }
            other => other.to_string(),
        }
    }
}
