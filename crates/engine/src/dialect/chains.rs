//! Long rows of operators, `a OR b OR c ..`: the tree of one is as deep as it is long.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::Token;

/// Operators in a row that are still taken. Planning walks the tree that they make, and the stack of
/// [`STACK_BYTES`] is for this many.
pub(super) const MOST_IN_A_ROW: usize = 1000;

/// The stack that threads need which plan and run queries: in a debug build 400 operators in a row
/// overflow the 2 MiB that tokio gives. It is address space; memory is taken as it is used.
pub const STACK_BYTES: usize = 64 << 20;

/// The most operators between two commas, brackets or statements.
pub(super) fn longest_chain<'a>(tokens: impl IntoIterator<Item = &'a Token>) -> usize {
    let mut longest = 0;
    let mut chain = 0_usize;
    let mut outside = Vec::new();
    for token in tokens {
        match token {
            Token::LParen | Token::LBracket | Token::LBrace => {
                outside.push(chain);
                chain = 0;
            }
            Token::RParen | Token::RBracket | Token::RBrace => {
                chain = outside.pop().unwrap_or(0) + 1;
            }
            Token::Comma | Token::SemiColon => chain = 0,
            Token::Word(word) if is_operator(word.keyword) => chain += 1,
            Token::Word(_)
            | Token::Number(..)
            | Token::Whitespace(_)
            | Token::SingleQuotedString(_) => {}
            _ => chain += 1,
        }
        longest = longest.max(chain);
    }
    longest
}

fn is_operator(keyword: Keyword) -> bool {
    matches!(
        keyword,
        Keyword::AND
            | Keyword::OR
            | Keyword::NOT
            | Keyword::IS
            | Keyword::JOIN
            | Keyword::UNION
            | Keyword::EXCEPT
            | Keyword::INTERSECT
            | Keyword::DIV
            | Keyword::XOR
    )
}

#[cfg(test)]
mod tests {
    use super::super::parse::parse_statements;
    use super::*;

    #[test]
    fn a_row_of_operators_ends_at_a_comma() {
        let items = vec!["1 + 2 + 3"; 5000].join(", ");

        assert!(parse_statements(&format!("SELECT {items}")).is_ok());
    }

    #[test]
    fn too_many_operators_in_a_row_are_refused() {
        let sum = vec!["1"; MOST_IN_A_ROW + 2].join(" + ");

        let error = parse_statements(&format!("SELECT {sum}")).unwrap_err();

        assert!(error.to_string().contains("operators in a row"), "{error}");
    }

    #[test]
    fn unary_operators_and_fields_count_too() {
        let not = "NOT ".repeat(MOST_IN_A_ROW + 1);
        let fields = "x".to_owned() + &".a".repeat(MOST_IN_A_ROW + 1);

        assert!(parse_statements(&format!("SELECT {not} TRUE")).is_err());
        assert!(parse_statements(&format!("SELECT {fields}")).is_err());
    }
}
