//! `docs/physics.md`: every word of physics in our SQL, from the functions that there are.

use std::fmt::Write as _;

use super::functions::{LIFTED, catalog};

/// Something to write in SQL.
#[derive(Clone, Copy)]
struct Word {
    usage: &'static str,
    meaning: &'static str,
    example: &'static str,
}

const fn word(usage: &'static str, meaning: &'static str, example: &'static str) -> Word {
    Word {
        usage,
        meaning,
        example,
    }
}

const OPERATORS: [Word; 11] = [
    word(
        "+ - * / %",
        "Arithmetic with two lists of the same lengths, or a list and one value for all elements.",
        "Jet_pt * 1.02",
    ),
    word(
        "x ^ y",
        "Power, in double precision, of numbers and of elements. As in DuckDB and PostgreSQL it binds from the left and \
         less than the minus: `-x ^ 2` is `(-x) ^ 2`, where ROOT has `-(x ^ 2)`.",
        "sqrt(Jet_pt ^ 2 + Jet_mass ^ 2)",
    ),
    word(
        "= <> < <= > >=",
        "A list of true and false. As in C++, nothing is less or more than NaN.",
        "Jet_pt > 30",
    ),
    word(
        "& << >>",
        "The bits of integers, for each element; a bar is their OR.",
        "Muon_charge & 1",
    ),
    word(
        "AND OR NOT",
        "Of lists of true and false.",
        "Jet_pt > 30 AND NOT (abs(Jet_eta) > 2.4)",
    ),
    word(
        "BETWEEN, IN",
        "For each element.",
        "Jet_pt BETWEEN 30 AND 50",
    ),
    word(
        "-x, CAST(x AS type)",
        "For each element.",
        "CAST(Muon_charge AS DOUBLE)",
    ),
    word(
        "list[number]",
        "The element at a position, counted from 0, from the end if negative; null where there is none.",
        "Muon_pt[0]",
    ),
    word(
        "list[from:to]",
        "The elements from a position up to, not including, another.",
        "Jet_pt[0:2]",
    ),
    word(
        "list[mask]",
        "The elements where the mask is true.",
        "Jet_pt[abs(Jet_eta) < 1]",
    ),
    word(
        "list[positions]",
        "The elements at these positions.",
        "Jet_pt[argsort(Jet_pt)]",
    ),
];

const REDUCTIONS: [Word; 8] = [
    word(
        "sum(list)",
        "The sum, in double precision; of four-vectors, their sum. 0 for an empty list.",
        "sum(Jet_pt)",
    ),
    word(
        "min(list)",
        "The smallest, NaN passed over; null for an empty list.",
        "min(Jet_pt)",
    ),
    word(
        "max(list)",
        "The largest, NaN passed over; null for an empty list.",
        "max(Jet_pt)",
    ),
    word(
        "mean(list)",
        "The mean; null for an empty list.",
        "mean(Jet_pt)",
    ),
    word(
        "count(list)",
        "How many elements there are; of a mask, how many are true.",
        "count(Jet_pt > 30)",
    ),
    word(
        "any(mask)",
        "Whether one is true; false for an empty list.",
        "any(Jet_pt > 30)",
    ),
    word(
        "all(mask)",
        "Whether all are true; true for an empty list.",
        "all(Jet_pt > 10)",
    ),
    word(
        "first(list)",
        "The first element; null for an empty list.",
        "first(Jet_pt)",
    ),
];

const LISTS: [Word; 2] = [
    word(
        "concat(list, list, ...)",
        "One list after the other; of collections, with the fields they have in common.",
        "concat(Muon, Jet).pt",
    ),
    word("reverse(list)", "The list from its end.", "reverse(Jet_pt)"),
];

const COLLECTIONS: [Word; 4] = [
    word(
        "Muon",
        "All lists `Muon_*` of a table (or list branches `Muon.*`) as one collection; only the fields that a query uses are read.",
        "len(Muon)",
    ),
    word("Muon.pt", "A field: the list `Muon_pt`.", "Muon.pt"),
    word("Muon[0].pt", "A field of one member.", "Muon[0].pt"),
    word(
        "vector.px",
        "Of anything with `pt`, `eta`, `phi`, `mass` or `px`, `py`, `pz`, `energy`: `.pt`, `.eta`, `.phi`, `.mass`, `.px`, `.py`, `.pz`, `.energy`, `.p`, `.rapidity`, in double precision. `+` and `-` work on such vectors.",
        "(Muon[0] + Muon[1]).mass",
    ),
];

const HISTOGRAMS: [Word; 8] = [
    word(
        "h1(x, bins, lo, hi [, weight])",
        "A histogram of equal bins, with under- and overflow; NaN is counted apart. Every element of a list fills.",
        "h1(Jet_pt, 50, 0, 100)",
    ),
    word(
        "h1(x, [edges] [, weight])",
        "A histogram of bins between these edges.",
        "h1(MET_pt, [0.0, 20.0, 50.0, 100.0])",
    ),
    word(
        "h1(x, ['a', 'b'] [, weight])",
        "A bin for each text, and one for all others.",
        "h1(if_else(nMuon = 2, 'two', 'other'), ['two', 'other'])",
    ),
    word(
        "h2(x, y, x axis, y axis [, weight])",
        "A histogram of two columns. An axis is `bins, lo, hi` or a list.",
        "h2(Jet_pt, Jet_eta, 10, 0, 100, 10, -5, 5)",
    ),
    word(
        "h3(x, y, z, x axis, y axis, z axis [, weight])",
        "A histogram of three columns.",
        "h3(Jet_pt, Jet_eta, Jet_phi, 4, 0, 100, 4, -5, 5, 4, -4, 4)",
    ),
    word(
        "profile(x, y, bins, lo, hi [, weight])",
        "The mean of y and its spread in bins of x.",
        "profile(nJet, MET_pt, 10, 0, 10)",
    ),
    word(
        "... FILTER (WHERE condition)",
        "Fills from some events only; many histograms behind different filters take one scan.",
        "h1(MET_pt, 50, 0, 100) FILTER (WHERE nMuon = 2)",
    ),
    word(
        "uhi(histogram)",
        "UHI JSON, which hist, boost-histogram and ROOT read.",
        "uhi(h1(MET_pt, 5, 0, 100))",
    ),
];

/// Words of the catalog, by section.
const SECTIONS: [(&str, &[&str]); 4] = [
    (
        "Lists",
        &[
            "last", "take", "sort", "argsort", "top_k", "index", "len", "if_else", "argmin",
            "argmax",
        ],
    ),
    (
        "Combinations",
        &[
            "pairs",
            "combinations",
            "cartesian",
            "best_by",
            "with_field",
        ],
    ),
    (
        "Four-vectors",
        &[
            "p4",
            "p4_cartesian",
            "inv_mass",
            "boost",
            "delta_phi",
            "delta_r",
            "transverse_mass",
        ],
    ),
    ("Matching", &["any_within", "nearest"]),
];

const INTRODUCTION: &str = "\
# Physics in SQL

Each event holds lists of muons and jets. Here a list is a value like others: operators and functions work on its elements, \
`Muon` stands for all lists `Muon_*`, pairs and four-vectors are part of the language. Momenta, masses and energies are in the \
unit of the file (GeV in NanoAOD), angles in radians. Formulas are those of ROOT's `GenVector`, in double precision. A function \
that takes lists takes lists of the same lengths; anything else is an error that names the event's lengths. Null lists give null.

Inside a query of its own, `sum(x)` of a number is the SQL aggregate over events; of a list it is one value per event: \
`sum(sum(Jet_pt))` is the sum over all jets. With `DISTINCT`, `FILTER` or `OVER` the word is always the aggregate.

`<`, `<=`, `>` and `>=` are those of C++ and ROOT: a comparison with NaN is false, of numbers (`WHERE x > 1`) as of elements of \
lists. `=` and `<>` of lists are too; of numbers they are SQL's, as are `ORDER BY`, `GROUP BY`, `min` and `max` over \
events: NaN equals itself and is above all other numbers. But a NaN with a sign, as `0 / 0` and `sqrt(-1)` are on x86, is \
another one, below all numbers: `WHERE NOT isnan(x)` removes both.

Integers, and lists of them, are those of C++ and ROOT too: `/` gives a whole number, less than 32 bits are computed in \
32, and nothing is said of what wraps around: `nMuon - nJet` of columns without a sign (`UInt32`) is 4294967295 where it \
should be -1, `event - k` of `UInt64` is never below 0, whatever `k`, and a sum of integers over events is one of 64 bits. \
`CAST(nMuon AS BIGINT) - nJet` and `sum(CAST(x AS DOUBLE))` do not wrap. Otherwise than in C++, 32 bits with a sign and 32 \
without make 64, and a division by 0 is null, so that `k <> 0 AND 10 / k > 2` holds in any order.

`&&` and `!` are `AND` and `NOT`; `||` joins texts and lists, so write `OR`. `log(x)` is the logarithm to base 10, as in \
PostgreSQL and DuckDB (that of C++ is `ln(x)`).

This page is made from the functions that there are (`cargo test -p hepframe-engine reference` tells when it is not).
";

/// The page, in Markdown.
#[must_use]
pub fn physics_reference() -> String {
    let mut page = String::from(INTRODUCTION);
    section(
        &mut page,
        "Operators and subscripts",
        OPERATORS.iter().map(Word::cells),
    );
    section(
        &mut page,
        "One value per event from a list",
        REDUCTIONS.iter().map(Word::cells),
    );
    section(
        &mut page,
        "Collections and four-vectors",
        COLLECTIONS.iter().map(Word::cells),
    );
    for (title, names) in SECTIONS {
        let more = if title == "Lists" { &LISTS[..] } else { &[] };
        let entries = catalog()
            .iter()
            .filter(|entry| entry.words.first().is_some_and(|word| names.contains(word)))
            .map(|entry| (entry.usage, entry.meaning, entry.example));
        section(
            &mut page,
            title,
            more.iter().map(Word::cells).chain(entries),
        );
    }
    section(&mut page, "Histograms", HISTOGRAMS.iter().map(Word::cells));
    // Writing to a String does not fail.
    let _ = writeln!(
        page,
        "\nDataFusion's functions of numbers work on lists element by element: {}.",
        LIFTED.map(|name| format!("`{name}`")).join(", ")
    );
    page
}

impl Word {
    fn cells(&self) -> (&str, &str, &str) {
        (self.usage, self.meaning, self.example)
    }
}

fn section<'a>(
    page: &mut String,
    title: &str,
    words: impl Iterator<Item = (&'a str, &'a str, &'a str)>,
) {
    let _ = write!(
        page,
        "\n## {title}\n\n| written | gives | for example |\n|---|---|---|\n"
    );
    for (usage, meaning, example) in words {
        let _ = writeln!(page, "| `{usage}` | {meaning} | `{example}` |");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Session;

    #[test]
    fn the_page_in_docs_is_this_one() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/physics.md");
        if std::env::var_os("HEPFRAME_WRITE_DOCS").is_some() {
            std::fs::write(path, physics_reference()).unwrap();
        }
        let page = std::fs::read_to_string(path).unwrap();
        assert_eq!(
            page,
            physics_reference(),
            "write it anew: HEPFRAME_WRITE_DOCS=1 cargo test -p hepframe-engine reference"
        );
    }

    #[test]
    fn every_word_of_the_catalog_is_on_the_page() {
        let page = physics_reference();
        for entry in catalog() {
            for word in entry.words {
                assert!(page.contains(&format!("| `{word}(")), "{word}");
            }
        }
    }

    #[tokio::test]
    async fn every_example_runs() {
        let directory = tempfile::TempDir::new().unwrap();
        let path = directory.path().join("demo.root");
        let codec = hepframe_root_write::Codec::Lz4;
        hepframe_root_write::write_demo_file(&path, 200, 1, codec, |_| ()).unwrap();
        let session = Session::local().unwrap();
        session
            .register("events", &[path.display().to_string()])
            .await
            .unwrap();
        let entries = catalog().iter().filter(|entry| !entry.words.is_empty());
        let words = [
            &OPERATORS[..],
            &REDUCTIONS,
            &LISTS,
            &COLLECTIONS,
            &HISTOGRAMS,
        ]
        .concat();
        let examples = words.iter().map(|word| word.example);
        for example in examples.chain(entries.map(|entry| entry.example)) {
            let sql = format!("SELECT {example} FROM events");
            let rows = session.collect(&sql).await;
            assert!(rows.is_ok(), "{sql}\n{}", rows.unwrap_err());
        }
    }
}
