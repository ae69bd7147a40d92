//! DataFusion's sentences in the words of those who write queries.
//!
//! DataFusion tells most mistakes only as text. What is not known here is shown as it is.

use datafusion::error::DataFusionError;

use crate::error::{plain_message, without_prefixes};

/// What physicists meet first: one value wanted, a list of values found.
const ABOUT_LISTS: &str = "\nhint: a list column holds several values per event; take one of them \
    (`x[0]`), some (`x[x > 20]`), a number of the whole list (`sum(x)`, `count(x > 20)`), or make a \
    row of each (`unnest(x)`)";

/// The message that a user sees.
pub(crate) fn told(error: &DataFusionError) -> String {
    let message = plain_message(error);
    let is_about_lists = message.contains("List(")
        && ["comparison", "coerce", "arithmetic", "any signature"]
            .iter()
            .any(|word| message.contains(word));
    if message.contains("non-boolean predicate") && message.contains("List(") {
        return "WHERE takes one true or false per event, and this is one for each element of a list; \
                say which events you want: any(..), all(..) or count(..) >= 2"
            .to_owned();
    }
    if message.contains("OuterReferenceColumn") {
        return "a sub-query cannot use the collections of the query around it; join the two instead"
            .to_owned();
    }
    let mut text = wrong_arguments(&message)
        .or_else(|| no_conditions(&message))
        .or_else(|| no_value(&message))
        .unwrap_or(message);
    if is_about_lists {
        text.push_str(ABOUT_LISTS);
    }
    text
}

/// `.. No function matches the given name and argument types 'f(Int64)'. You might .. Candidate
/// functions: ..`, often with a reason in front.
fn wrong_arguments(message: &str) -> Option<String> {
    let (before, after) =
        message.split_once("No function matches the given name and argument types '")?;
    let (call, candidates) = after.split_once("'.")?;
    let (name, types) = call.split_once('(')?;
    let reason = before.split_once("user-defined coercion failed with: ");
    let reason = reason.map_or("", |(_, reason)| {
        without_prefixes(reason).trim_end().trim_end_matches('.')
    });
    if reason.starts_with("min/max was called with") {
        let other = if name == "min" { "least" } else { "greatest" };
        return Some(format!(
            "{name}() takes one argument; of several values in an event, write {other}(a, b)"
        ));
    }
    // A reason of ours is a sentence already; DataFusion's lists its signatures.
    if !reason.is_empty() && !reason.contains("signature") {
        return Some(no_conditions(reason).unwrap_or_else(|| reason.to_owned()));
    }
    let mut text = format!("{name}() does not take ({types}");
    let takes: Vec<&str> = candidates
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with(name) && !line.contains("UserDefined"))
        .collect();
    if !takes.is_empty() {
        text.push_str(&format!("; it takes {}", takes.join(" or ")));
    } else if let Some(count) = uniform_count(reason) {
        let noun = if count == "1" { "number" } else { "numbers" };
        text.push_str(&format!("; it takes {count} {noun}"));
    }
    Some(text)
}

/// How many arguments of one kind a signature has: `.. to the signature Uniform(2, [Float64]) failed`.
fn uniform_count(reason: &str) -> Option<&str> {
    let (_, after) = reason.split_once("signature Uniform(")?;
    Some(after.split_once(',')?.0)
}

/// `Cannot infer common argument type for logical boolean operation Boolean AND Int32`.
fn no_conditions(message: &str) -> Option<String> {
    let (_, operation) = message.split_once("logical boolean operation ")?;
    let [left, operator, right] =
        <[&str; 3]>::try_from(operation.split_whitespace().collect::<Vec<_>>()).ok()?;
    let found: Vec<&str> = [left, right]
        .into_iter()
        .filter(|of| *of != "Boolean")
        .collect();
    Some(format!(
        "{operator} takes a condition at both sides, and here is {}; compare it with something, such \
         as x > 0",
        found.join(" and ")
    ))
}

/// `Unsupported ast node in sqltorel: Lambda(LambdaFunction { ..`: a dump of the parser's tree.
fn no_value(message: &str) -> Option<String> {
    let (_, node) = message.split_once("Unsupported ast node in sqltorel: ")?;
    let end = node
        .find(|c: char| !c.is_alphanumeric())
        .unwrap_or(node.len());
    Some(match &node[..end] {
        "Lambda" => "`x -> ..` is no value by itself; it is an argument of functions such as \
                     array_transform(list, x -> x + 1)"
            .to_owned(),
        kind => format!("an expression of the kind {kind} is not understood here"),
    })
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::a_reason(
        "Function 'mine' user-defined coercion failed with: Error during planning: function `mine` takes \
         2 arguments, got 1. No function matches the given name and argument types 'mine(Int64)'. You \
         might need to add explicit type casts.\n\tCandidate functions:\n\tmine(UserDefined)",
        "function `mine` takes 2 arguments, got 1"
    )]
    #[case::a_signature(
        "Function 'sqrt' user-defined coercion failed with: Error during planning: Failed to coerce \
         arguments to satisfy a call to 'sqrt' function: coercion from Utf8 to the signature Uniform(1, \
         [Float64, Float32]) failed. No function matches the given name and argument types \
         'sqrt(Utf8)'. You might need to add explicit type casts.\n\tCandidate \
         functions:\n\tsqrt(UserDefined)",
        "sqrt() does not take (Utf8); it takes 1 number"
    )]
    #[case::candidates(
        "Internal error: Function 'median' failed to match any signature, errors: ..\nThis issue was \
         likely caused by a bug in DataFusion's code. No function matches the given name and argument \
         types 'median(Utf8)'. You might ..\n\tCandidate \
         functions:\n\tmedian(Decimal)\n\tmedian(Float)",
        "median() does not take (Utf8); it takes median(Decimal) or median(Float)"
    )]
    #[case::a_number_in_and(
        "Cannot infer common argument type for logical boolean operation Boolean AND Int32",
        "AND takes a condition at both sides, and here is Int32; compare it with something, such as x > 0"
    )]
    #[case::a_tree(
        "Unsupported ast node in sqltorel: Prior(Identifier(Ident { value: \"x\" }))",
        "an expression of the kind Prior is not understood here"
    )]
    fn what_the_query_engine_says_is_told_in_the_words_of_the_query(
        #[case] said: &str,
        #[case] meant: &str,
    ) {
        assert_eq!(told(&DataFusionError::Plan(said.to_owned())), meant);
    }
}
