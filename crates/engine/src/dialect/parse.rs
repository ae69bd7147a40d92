//! SQL text to statements, with syntax errors that point at the place.

use std::collections::VecDeque;

use datafusion::error::DataFusionError;
use datafusion::sql::parser::{DFParser, DFParserBuilder, Statement};
use datafusion::sql::sqlparser::dialect::DuckDbDialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::parser::ParserError;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};

use super::cache_statements::parse_cache_statement;
use super::chains::{MOST_IN_A_ROW, longest_chain};
use super::cpp::from_cpp;
use super::grammar::Grammar;
use crate::error::{EngineError, Result, SyntaxError};

/// Nesting that is still parsed: generated SQL nests deeper than people do, and each level costs
/// stack.
const RECURSION_LIMIT: usize = 100;

/// All statements of a text, in order; empty ones (`;;`) are left out.
///
/// # Errors
/// [`EngineError::Syntax`] for the first place that is no SQL; nothing has run by then.
pub(crate) fn parse_statements(text: &str) -> Result<VecDeque<Statement>> {
    let grammar = Grammar(DuckDbDialect {});
    tokens(text, &grammar)
        .and_then(|tokens| {
            if longest_chain(tokens.iter().map(|token| &token.token)) > MOST_IN_A_ROW {
                let message = format!(
                    "there are more than {MOST_IN_A_ROW} operators in a row; put parts of them in \
                     brackets, or write `x IN (1, 2, ..)`"
                );
                let error = ParserError::ParserError(message);
                return Err(DataFusionError::SQL(Box::new(error), None));
            }
            DFParserBuilder::new(tokens)
                .with_dialect(&grammar)
                .with_recursion_limit(RECURSION_LIMIT)
                .build()
        })
        .and_then(|mut parser| parse_all(&mut parser))
        .map_err(|error| syntax_error(&error, text))
}

/// The text in tokens. `SELECT all(mask)` and `x > 1 AND any(mask)` call functions: SQL would read
/// `SELECT ALL (mask)`, which is `SELECT mask`, and miss a comparison before `ANY`. After a comma
/// `sort(x)` would end the list, as if `SORT BY` followed; so would `top` and `cluster`, which are
/// words of physics here and nothing else.
fn tokens(text: &str, grammar: &Grammar) -> Result<Vec<TokenWithSpan>, DataFusionError> {
    let mut tokens = Tokenizer::new(grammar, text)
        .tokenize_with_location()
        .map_err(|error| DataFusionError::SQL(Box::new(error.into()), None))?;
    from_cpp(&mut tokens).map_err(|error| DataFusionError::SQL(Box::new(error), None))?;
    let mut before = None;
    for index in 0..tokens.len() {
        let after = tokens[index + 1..]
            .iter()
            .map(|next| &next.token)
            .find(|next| !matches!(next, Token::Whitespace(_)));
        let is_call = matches!(after, Some(Token::LParen));
        let Token::Word(word) = &mut tokens[index].token else {
            if !matches!(tokens[index].token, Token::Whitespace(_)) {
                before = None;
            }
            continue;
        };
        let keyword = word.keyword;
        if matches!(keyword, Keyword::TOP | Keyword::CLUSTER) {
            word.keyword = Keyword::NoKeyword;
        }
        let is_function = match keyword {
            Keyword::ALL => matches!(
                before,
                Some(
                    Keyword::SELECT | Keyword::DISTINCT | Keyword::BY | Keyword::AND | Keyword::OR
                )
            ),
            Keyword::ANY => matches!(before, Some(Keyword::AND | Keyword::OR)),
            Keyword::SORT => true,
            _ => false,
        };
        if is_function && is_call {
            word.quote_style = Some('"');
            word.keyword = Keyword::NoKeyword;
            word.value = word.value.to_lowercase();
        }
        before = Some(keyword);
    }
    Ok(tokens)
}

fn parse_all(parser: &mut DFParser<'_>) -> Result<VecDeque<Statement>, DataFusionError> {
    let sql = |error| DataFusionError::SQL(Box::new(error), None);
    let mut statements = VecDeque::new();
    let mut is_separated = true;
    loop {
        while parser.parser.consume_token(&Token::SemiColon) {
            is_separated = true;
        }
        let next = parser.parser.peek_token();
        if next == Token::EOF {
            return Ok(statements);
        }
        if !is_separated {
            let expected = parser.parser.expected("end of statement", next);
            return expected.map_err(sql);
        }
        let of_cache = parse_cache_statement(&mut parser.parser).map_err(sql)?;
        statements.push_back(match of_cache {
            Some(statement) => statement,
            None => parser.parse_statement()?,
        });
        is_separated = false;
    }
}

fn syntax_error(error: &DataFusionError, text: &str) -> EngineError {
    let message = match error.find_root() {
        DataFusionError::SQL(parser_error, _) => match parser_error.as_ref() {
            ParserError::TokenizerError(message) | ParserError::ParserError(message) => {
                message.clone()
            }
            ParserError::RecursionLimitExceeded => {
                format!("expressions are nested more than {RECURSION_LIMIT} levels deep")
            }
        },
        other => other.strip_backtrace(),
    };
    let (message, place) = split_place(&message);
    let excerpt = place
        .and_then(|(line, _)| text.lines().nth(line - 1))
        .map(str::to_owned);
    EngineError::Syntax(SyntaxError {
        message: message.to_owned(),
        place,
        excerpt,
    })
}

/// Splits `Expected: x, found: y at Line: 2, Column: 7`; the parser offers the place only as text.
fn split_place(message: &str) -> (&str, Option<(usize, usize)>) {
    let Some((head, tail)) = message.rsplit_once(" at Line: ") else {
        return (message, None);
    };
    let Some((line, column)) = tail.split_once(", Column: ") else {
        return (message, None);
    };
    match (line.trim().parse(), column.trim().parse()) {
        // Line 0 is the parser's way to say that it does not know.
        (Ok(line), Ok(column)) if line > 0 => (head, Some((line, column))),
        (Ok(0), Ok(_)) => (head, None),
        _ => (message, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_statements_come_in_order_and_empty_ones_are_left_out() {
        let statements = parse_statements("SELECT 1;; SELECT 2 ;\n-- the end\n").unwrap();

        let texts: Vec<_> = statements.iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["SELECT 1", "SELECT 2"]);
    }

    #[test]
    fn top_and_cluster_are_names() {
        let text = "SELECT a, top.pt, cluster FROM t";
        let statements = parse_statements(text).unwrap();

        assert_eq!(statements[0].to_string(), text);
    }

    #[test]
    fn a_syntax_error_shows_line_column_and_a_caret() {
        let message = parse_statements("SELECT a\nFROM t WHERE )")
            .unwrap_err()
            .to_string();

        assert!(message.contains("line 2, column"), "{message}");
        assert!(message.contains("FROM t WHERE )\n"), "{message}");
        assert!(message.trim_end().ends_with('^'), "{message}");
    }

    #[test]
    fn an_open_string_is_a_syntax_error() {
        let message = parse_statements("SELECT 'abc").unwrap_err().to_string();

        assert!(message.contains("nterminated string"), "{message}");
    }
}
