//! Names of columns: the path of a branch joined with `.`, without what repeats.
//!
//! Array suffixes and trailing dots are dropped, and so is an ancestor's name in front of a
//! segment: `Tracks/Tracks.fP[5]` becomes `Tracks.fP`.

use std::collections::HashMap;

/// The column name of a branch with these names from the top down.
pub(crate) fn column_name(path: &[&str]) -> String {
    let mut ancestors: Vec<String> = Vec::new();
    let mut parts: Vec<String> = Vec::new();
    for segment in path {
        let bare = without_brackets(segment);
        let bare = bare.trim_end_matches('.');
        let mut longest_first: Vec<&String> = ancestors.iter().collect();
        longest_first.sort_by_key(|name| std::cmp::Reverse(name.len()));
        let own = longest_first
            .into_iter()
            .find_map(|name| bare.strip_prefix(name.as_str())?.strip_prefix('.'))
            .unwrap_or(bare);
        if !own.is_empty() {
            parts.push(own.to_owned());
        }
        let prefixes: Vec<String> = bare
            .match_indices('.')
            .map(|(dot, _)| bare[..dot].to_owned())
            .collect();
        ancestors.push(bare.to_owned());
        ancestors.extend(prefixes);
    }
    parts.join(".")
}

fn without_brackets(name: &str) -> String {
    let mut out = String::new();
    let mut rest = name;
    while let Some(open) = rest.find('[') {
        let Some(close) = rest[open..].find(']') else {
            break;
        };
        out.push_str(&rest[..open]);
        rest = &rest[open + close + 1..];
    }
    out.push_str(rest);
    out
}

/// Gives out names, each once.
#[derive(Debug, Default)]
pub(crate) struct UniqueNames {
    used: HashMap<String, usize>,
}

impl UniqueNames {
    /// The name, or the name with the first free suffix `_2`, `_3`…
    pub(crate) fn claim(&mut self, name: String) -> String {
        if !self.used.contains_key(&name) {
            self.used.insert(name.clone(), 1);
            return name;
        }
        let mut suffix = self.used.get(&name).copied().unwrap_or(1);
        loop {
            suffix += 1;
            let candidate = format!("{name}_{suffix}");
            if !self.used.contains_key(&candidate) {
                self.used.insert(name, suffix);
                self.used.insert(candidate.clone(), 1);
                return candidate;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ancestor_is_not_repeated() {
        assert_eq!(column_name(&["Tracks", "Tracks.fP[5]"]), "Tracks.fP");
        assert_eq!(column_name(&["evt", "N"]), "evt.N");
        assert_eq!(column_name(&["evt.", "evt.P.x"]), "evt.P.x");
        assert_eq!(column_name(&["a.b.", "a.b.c.", "a.b.c.d"]), "a.b.c.d");
    }

    #[test]
    fn a_second_branch_of_one_name_gets_a_suffix() {
        let mut names = UniqueNames::default();

        let claimed = ["x", "x", "x_2", "x"].map(|name| names.claim(name.to_owned()));

        assert_eq!(claimed, ["x", "x_2", "x_2_2", "x_3"]);
    }
}
