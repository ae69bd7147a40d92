//! Where a table is: `run*.root:dir/tree;2`.

use std::fmt;

/// A location of ROOT files and the name of a tree in them.
///
/// ```
/// use hepframe_root_source::RootUri;
///
/// let uri = RootUri::parse("run*.root:dir/tree;2");
/// assert_eq!(uri.location, "run*.root");
/// assert_eq!(uri.tree.as_deref(), Some("dir/tree;2"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RootUri {
    /// A path, a glob, a directory or a URL.
    pub location: String,
    /// `dir/tree;cycle`, the cycle may be left out; `None` means the only tree there is.
    pub tree: Option<String>,
}

impl RootUri {
    /// Takes apart what a user wrote.
    ///
    /// The tree follows the last `:`, or the `:` after `.root` if there is one (C++ names may
    /// hold colons). The colons of `file://`, of `host:1094` and of a local file that exists
    /// under the whole text are part of the location.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let whole = || Self {
            location: text.to_owned(),
            tree: None,
        };
        let is_local_file = text.contains(':')
            && !text.contains("://")
            && std::path::Path::new(text).try_exists().unwrap_or(false);
        if is_local_file {
            return whole();
        }
        let Some(colon) = split_at(text) else {
            return whole();
        };
        let (location, tree) = (&text[..colon], text[colon + 1..].trim_start_matches('/'));
        if location.is_empty() {
            return whole();
        }
        let tree = (!tree.is_empty()).then(|| tree.to_owned());
        Self {
            location: location.to_owned(),
            tree,
        }
    }
}

/// The colon between location and tree.
fn split_at(text: &str) -> Option<usize> {
    const AFTER: &str = ".root:";
    let lower = text.to_ascii_lowercase();
    if let Some(dot) = lower.rfind(AFTER) {
        return Some(dot + AFTER.len() - 1);
    }
    let colon = text.rfind(':')?;
    let (before, after) = (&text[..colon], &text[colon + 1..]);
    let ends_scheme = after.starts_with('/') && before.chars().all(|c| c.is_ascii_alphabetic());
    let is_port = before.contains("://")
        && !before
            .split_once("://")
            .is_some_and(|(_, rest)| rest.contains('/'))
        && after
            .split('/')
            .next()
            .is_some_and(|p| p.chars().all(|c| c.is_ascii_digit()));
    let starts_path = after.starts_with("//");
    (!ends_scheme && !is_port && !starts_path).then_some(colon)
}

impl fmt::Display for RootUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.tree {
            Some(tree) => write!(f, "{}:{tree}", self.location),
            None => write!(f, "{}", self.location),
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::a_file("a.root", "a.root", None)]
    #[case::a_tree("a.root:Events", "a.root", Some("Events"))]
    #[case::a_cycle_in_a_directory("run*.root:dir/tree;2", "run*.root", Some("dir/tree;2"))]
    #[case::another_suffix("a.dat:Events", "a.dat", Some("Events"))]
    #[case::a_directory("dir/", "dir/", None)]
    #[case::a_tree_of_a_directory("dir/:Events", "dir/", Some("Events"))]
    #[case::a_url("file:///x.root", "file:///x.root", None)]
    #[case::a_short_url("file:/x.dat", "file:/x.dat", None)]
    #[case::a_tree_of_a_url("file:///x.root:Events", "file:///x.root", Some("Events"))]
    #[case::a_port("root://host:1094//p/x", "root://host:1094//p/x", None)]
    #[case::a_bare_port("root://host:1094", "root://host:1094", None)]
    #[case::a_tree_behind_a_port(
        "root://host:1094//p/x.root:t",
        "root://host:1094//p/x.root",
        Some("t")
    )]
    #[case::a_digit_tree("file:///p/x.dat:7", "file:///p/x.dat", Some("7"))]
    #[case::a_cpp_name("a.root:ns::tree", "a.root", Some("ns::tree"))]
    #[case::capital_letters("A.ROOT:t", "A.ROOT", Some("t"))]
    #[case::an_empty_tree("a.root:", "a.root", None)]
    #[case::a_leading_slash("a.root:/dir/t", "a.root", Some("dir/t"))]
    #[case::nothing_before(":t", ":t", None)]
    #[case::nothing("", "", None)]
    fn a_text_splits_into_location_and_tree(
        #[case] text: &str,
        #[case] location: &str,
        #[case] tree: Option<&str>,
    ) {
        let uri = RootUri::parse(text);

        assert_eq!(
            (uri.location.as_str(), uri.tree.as_deref()),
            (location, tree)
        );
    }

    #[test]
    fn a_local_file_with_a_colon_in_its_name_is_a_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("run:7");
        std::fs::write(&path, b"").unwrap();
        let text = path.to_str().unwrap();

        assert_eq!(
            RootUri::parse(text),
            RootUri {
                location: text.to_owned(),
                tree: None
            }
        );
    }

    #[test]
    fn displaying_undoes_parsing() {
        for text in ["a.root:dir/t;2", "dir/", "file:///x.root"] {
            assert_eq!(RootUri::parse(text).to_string(), text);
        }
    }
}
