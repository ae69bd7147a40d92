//! Checks that data flows one way: the table of `docs/architecture.md`.

use std::process::Command;

use serde::Deserialize;

/// Each crate of ours and those it may use.
const MAY_USE: &[(&str, &[&str])] = &[
    ("hepframe-root-io", &[]),
    ("hepframe-physics", &[]),
    ("hepframe-root-write", &[]),
    ("hepframe-root-source", &["hepframe-root-io"]),
    (
        "hepframe-engine",
        &["hepframe-physics", "hepframe-root-source"],
    ),
    (
        "hepframe-scheduler",
        &["hepframe-engine", "hepframe-root-source"],
    ),
    (
        "hepframe-executor",
        &["hepframe-engine", "hepframe-root-source"],
    ),
    (
        "hepframe-cli",
        &[
            "hepframe-engine",
            "hepframe-executor",
            "hepframe-root-write",
            "hepframe-scheduler",
        ],
    ),
    (
        "hepframe-python",
        &["hepframe-engine", "hepframe-root-write"],
    ),
    ("xtask", &[]),
];

/// Tests of every crate may write files with it, except its own.
const TEST_WRITER: &str = "hepframe-root-write";

/// What `cargo metadata` says, as far as it matters.
#[derive(Debug, Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Debug, Deserialize)]
struct Package {
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Debug, Deserialize)]
struct Dependency {
    name: String,
    /// `dev`, `build`, or nothing for a normal one.
    kind: Option<String>,
}

/// Looks at every crate of the workspace; says how many edges there are, or which are forbidden.
pub(crate) fn check() -> Result<String, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args([
            "metadata",
            "--format-version",
            "1",
            "--no-deps",
            "--offline",
        ])
        .output()
        .map_err(|error| format!("cargo metadata does not start: {error}"))?;
    if !output.status.success() {
        return Err(format!(
            "cargo metadata failed: {}",
            String::from_utf8_lossy(&output.stderr)
        ));
    }
    let metadata: Metadata = serde_json::from_slice(&output.stdout)
        .map_err(|error| format!("cargo metadata is not what it was: {error}"))?;
    let (edges, problems) = judge(&metadata);
    if problems.is_empty() {
        Ok(format!("layers: {edges} edges, all of them allowed"))
    } else {
        Err(format!("{}\nsee docs/architecture.md", problems.join("\n")))
    }
}

/// Number of edges between our crates, and what is wrong with them.
fn judge(metadata: &Metadata) -> (usize, Vec<String>) {
    let ours: Vec<&str> = metadata
        .packages
        .iter()
        .map(|package| package.name.as_str())
        .collect();
    let mut edges = 0;
    let mut problems = Vec::new();
    for package in &metadata.packages {
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == package.name) else {
            problems.push(format!(
                "{} has no row in the table of layers",
                package.name
            ));
            continue;
        };
        for dependency in &package.dependencies {
            let name = dependency.name.as_str();
            if !ours.contains(&name) {
                continue;
            }
            edges += 1;
            let is_for_tests = dependency.kind.as_deref() == Some("dev")
                && name == TEST_WRITER
                && package.name != TEST_WRITER;
            if !allowed.contains(&name) && !is_for_tests {
                problems.push(format!("{} must not use {name}", package.name));
            }
        }
    }
    (edges, problems)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(edges: &[(&str, &str, Option<&str>)]) -> Metadata {
        let packages = MAY_USE
            .iter()
            .map(|(name, _)| Package {
                name: (*name).to_owned(),
                dependencies: edges
                    .iter()
                    .filter(|(from, ..)| from == name)
                    .map(|(_, to, kind)| Dependency {
                        name: (*to).to_owned(),
                        kind: kind.map(str::to_owned),
                    })
                    .collect(),
            })
            .collect();
        Metadata { packages }
    }

    #[test]
    fn an_edge_against_the_flow_is_named() {
        let found = judge(&metadata(&[("hepframe-root-io", "hepframe-engine", None)]));

        assert_eq!(
            found,
            (
                1,
                vec!["hepframe-root-io must not use hepframe-engine".to_owned()]
            )
        );
    }

    #[test]
    fn tests_may_write_files_but_not_the_writers_own() {
        let fine = judge(&metadata(&[("hepframe-root-io", TEST_WRITER, Some("dev"))]));
        let wrong = judge(&metadata(&[(TEST_WRITER, TEST_WRITER, Some("dev"))]));

        assert!(fine.1.is_empty());
        assert_eq!(wrong.1.len(), 1);
    }

    #[test]
    fn a_crate_without_a_row_is_named() {
        let package = Package {
            name: "hepframe-new".to_owned(),
            dependencies: Vec::new(),
        };

        let (_, problems) = judge(&Metadata {
            packages: vec![package],
        });

        assert_eq!(problems, ["hepframe-new has no row in the table of layers"]);
    }
}
