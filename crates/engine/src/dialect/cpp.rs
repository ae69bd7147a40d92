//! Habits of C++ and ROOT: `a && b` is `a AND b`; `std::abs(x)` is told how to write it here.

use datafusion::sql::sqlparser::parser::ParserError;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan};

/// Namespaces whose functions people write from habit.
const NAMESPACES: [&str; 3] = ["std", "TMath", "ROOT"];

/// Functions that have another name here than in C++ or ROOT.
const NAMES: [(&str, &str); 9] = [
    ("fabs", "abs"),
    ("log", "ln"),
    ("pow", "power"),
    ("max", "greatest"),
    ("min", "least"),
    ("fmax", "greatest"),
    ("fmin", "least"),
    ("sizeof", "len"),
    ("phi_mpi_pi", "delta_phi"),
];

/// Rewrites `&&` in place.
///
/// # Errors
/// A function with a C++ namespace, with its place and what to write.
pub(super) fn from_cpp(tokens: &mut [TokenWithSpan]) -> Result<(), ParserError> {
    for token in &mut *tokens {
        if token.token == Token::Overlap {
            token.token = Token::make_keyword("AND");
        }
    }
    for parts in tokens.windows(4) {
        let [space, colons, name, bracket] = parts else {
            continue;
        };
        if let (Token::Word(namespace), Token::DoubleColon, Token::Word(function), Token::LParen) =
            (&space.token, &colons.token, &name.token, &bracket.token)
            && namespace.quote_style.is_none()
            && NAMESPACES.contains(&namespace.value.as_str())
        {
            let message = format!(
                "functions have no namespace here: `{namespace}::{function}` is written {}(..){}",
                here(&function.value),
                space.span.start
            );
            return Err(ParserError::ParserError(message));
        }
    }
    Ok(())
}

/// The name that a function of C++ has here.
fn here(function: &str) -> String {
    let lower = function.to_lowercase();
    let known = NAMES.iter().find(|(cpp, _)| *cpp == lower);
    known.map_or(lower, |(_, ours)| (*ours).to_owned())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::parse::parse_statements;

    #[test]
    fn two_ampersands_are_and() {
        let statements = parse_statements("SELECT a > 1 && !b FROM t").unwrap();

        assert_eq!(statements[0].to_string(), "SELECT a > 1 AND (NOT b) FROM t");
    }

    #[rstest]
    #[case::std("SELECT std::abs(x)", "`std::abs` is written abs(..)")]
    #[case::root("SELECT 1,\n TMath::Abs(x)", "written abs(..) (line 2, column 2)")]
    #[case::the_natural_logarithm("SELECT TMath::Log(x)", "written ln(..)")]
    fn a_namespace_is_told_the_name_here(#[case] sql: &str, #[case] said: &str) {
        let error = parse_statements(sql).unwrap_err().to_string();

        assert!(error.contains(said), "{error}");
    }

    #[test]
    fn a_cast_of_a_column_called_like_a_namespace_is_one() {
        assert!(parse_statements("SELECT std::DOUBLE, x::DECIMAL(5, 2) FROM t").is_ok());
    }
}
