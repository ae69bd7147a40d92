//! What `hepframe inspect` shows of a file.

use console::{measure_text_width, truncate_str};
use hepframe_engine::{ColumnReport, FileReport, TreeReport};

use super::table::{counted, grouped};

const HEADER: [&str; 7] = [
    "column",
    "C++ type",
    "Arrow type",
    "codec",
    "baskets",
    "on disk",
    "in memory",
];
/// C++ types of hundreds of characters are cut to this; `--json` has them whole.
const MOST_TYPE_WIDTH: usize = 40;
/// Columns from here on are numbers.
const FIRST_NUMBER: usize = 4;

/// The report as aligned text.
pub(crate) fn render(report: &FileReport) -> String {
    let mut text = format!(
        "{}: {}, written by ROOT {}\n",
        report.file,
        bytes(report.bytes),
        report.root_version
    );
    if report.file_count > 1 {
        text.push_str(&format!(
            "this is the first of {} files; name another to see that one\n",
            grouped(report.file_count as u64)
        ));
    }
    if report.recovered {
        text.push_str("never closed: these are the records that were written before its end\n");
    }
    if report.trees.is_empty() {
        text.push_str("no trees in this file\n");
    }
    for tree in &report.trees {
        text.push('\n');
        text.push_str(&render_tree(tree));
        let on_disk = tree
            .columns
            .iter()
            .map(|column| column.disk_bytes)
            .sum::<u64>();
        // Totals of branches are what their writer said, of an RNTuple they are counted here.
        if tree.class.contains("RNTuple") && on_disk > report.bytes {
            text.push_str("  bytes that columns share are counted for each of them\n");
        }
    }
    if !report.other_objects.is_empty() {
        let objects: Vec<_> = report
            .other_objects
            .iter()
            .map(|object| format!("{} {}", grouped(object.count as u64), object.class))
            .collect();
        text.push_str(&format!("\nother objects: {}\n", objects.join(", ")));
    }
    text
}

fn render_tree(tree: &TreeReport) -> String {
    let title = match tree.title.as_str() {
        "" => String::new(),
        title if title == tree.path => String::new(),
        title => format!(" \"{title}\""),
    };
    let mut text = format!(
        "{};{} ({}){title}: {}, {}, {}\n",
        tree.path,
        tree.cycle,
        tree.class,
        counted(tree.entries, "entry").replace("entrys", "entries"),
        counted(tree.clusters as u64, "cluster"),
        counted(tree.columns.len() as u64, "column"),
    );
    if let Some(reason) = &tree.reason {
        text.push_str(&format!("  cannot be read: {reason}\n"));
    }
    if tree.columns.is_empty() {
        return text;
    }
    let mut rows: Vec<Vec<String>> = tree.columns.iter().map(cells).collect();
    rows.push(totals(&tree.columns));
    text.push_str(&aligned(&rows));
    for column in &tree.columns {
        if let Some(reason) = &column.unsupported_reason {
            text.push_str(&format!("  {}: not supported: {reason}\n", column.name));
        }
        if let Some(note) = &column.note {
            text.push_str(&format!("  {}: {note}\n", column.name));
        }
    }
    text
}

fn cells(column: &ColumnReport) -> Vec<String> {
    vec![
        column.name.clone(),
        cut(&column.cpp_type),
        cut(column.arrow_type.as_deref().unwrap_or("not supported")),
        column.codec.clone(),
        grouped(column.baskets as u64),
        bytes(column.disk_bytes),
        bytes(column.memory_bytes),
    ]
}

fn cut(type_name: &str) -> String {
    truncate_str(type_name, MOST_TYPE_WIDTH, "…").into_owned()
}

fn totals(columns: &[ColumnReport]) -> Vec<String> {
    let readable = columns
        .iter()
        .filter(|column| column.arrow_type.is_some())
        .count();
    let baskets: usize = columns.iter().map(|column| column.baskets).sum();
    vec![
        "total".to_owned(),
        String::new(),
        format!("{readable} of {} readable", columns.len()),
        String::new(),
        grouped(baskets as u64),
        bytes(columns.iter().map(|column| column.disk_bytes).sum()),
        bytes(columns.iter().map(|column| column.memory_bytes).sum()),
    ]
}

/// Cells in columns; the last row is set apart.
fn aligned(rows: &[Vec<String>]) -> String {
    let header: Vec<String> = HEADER.iter().map(|&name| name.to_owned()).collect();
    let mut widths = vec![0; HEADER.len()];
    for row in rows.iter().chain([&header]) {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(measure_text_width(cell));
        }
    }
    let line = |row: &[String]| {
        let mut line = String::from("  ");
        for (index, (cell, width)) in row.iter().zip(&widths).enumerate() {
            let space = " ".repeat(width - measure_text_width(cell));
            let (before, after) = if index >= FIRST_NUMBER {
                (space.as_str(), "")
            } else {
                ("", space.as_str())
            };
            line.push_str(&format!("{before}{cell}{after}  "));
        }
        format!("{}\n", line.trim_end())
    };
    let rule: usize = widths.iter().map(|width| width + 2).sum::<usize>() - 2;
    let rule = format!("  {}\n", "─".repeat(rule));
    let mut text = line(&header);
    text.push_str(&rule);
    for (index, row) in rows.iter().enumerate() {
        if index + 1 == rows.len() {
            text.push_str(&rule);
        }
        text.push_str(&line(row));
    }
    text
}

/// `812 B`, `4.2 kB`, `1.3 GB`: powers of 1000, as disks are sold.
#[expect(clippy::cast_precision_loss, reason = "two digits are shown")]
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if count < 1000 {
        return format!("{count} B");
    }
    let mut value = count as f64 / 1e3;
    let mut unit = 0;
    while value >= 999.95 && unit + 1 < UNITS.len() {
        value /= 1e3;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str, arrow_type: Option<&str>) -> ColumnReport {
        ColumnReport {
            name: name.to_owned(),
            branch: name.to_owned(),
            cpp_type: "Float_t".to_owned(),
            arrow_type: arrow_type.map(str::to_owned),
            unsupported_reason: arrow_type.is_none().then(|| "maps are not read".to_owned()),
            codec: "zstd 5".to_owned(),
            baskets: 1200,
            disk_bytes: 4_200_000,
            memory_bytes: 8_000_000,
            note: None,
        }
    }

    fn report(columns: Vec<ColumnReport>) -> FileReport {
        FileReport {
            file: "x.root".to_owned(),
            file_count: 1,
            bytes: 8_120_000,
            root_version: "6.32/06".to_owned(),
            uuid: String::new(),
            recovered: false,
            trees: vec![TreeReport {
                path: "Events".to_owned(),
                cycle: 1,
                class: "TTree".to_owned(),
                title: String::new(),
                entries: 1_000_000,
                clusters: 10,
                supported: true,
                reason: None,
                columns,
            }],
            other_objects: vec![],
        }
    }

    #[test]
    fn a_tree_is_a_table_with_a_total() {
        let text = render(&report(vec![
            column("x", Some("Float32")),
            column("m", None),
        ]));

        assert!(text.contains("Events;1 (TTree): 1 000 000 entries, 10 clusters, 2 columns"));
        assert!(text.contains("1 of 2 readable"), "{text}");
        assert!(text.contains("8.4 MB"), "{text}");
        assert!(
            text.contains("m: not supported: maps are not read"),
            "{text}"
        );
    }

    #[test]
    fn the_first_of_many_files_says_so() {
        let mut report = report(vec![]);
        report.file_count = 1200;

        assert!(render(&report).contains("this is the first of 1 200 files"));
    }

    #[test]
    fn a_long_type_is_cut() {
        let mut long = column("x", None);
        long.cpp_type = "std::map<".repeat(50);

        let text = render(&report(vec![long]));

        assert!(text.contains('…'), "{text}");
        assert!(
            text.lines().all(|line| line.chars().count() < 140),
            "{text}"
        );
    }

    #[test]
    fn shared_bytes_are_told_only_where_the_columns_have_more_than_the_file() {
        let shown = |columns| {
            let mut report = report(columns);
            report.trees[0].class = "ROOT::RNTuple".to_owned();
            render(&report)
        };

        let one = shown(vec![column("x", None)]);
        let two = shown(vec![column("x", None), column("y", None)]);

        assert!(!one.contains("columns share"), "{one}");
        assert!(two.contains("columns share"), "{two}");
    }

    #[test]
    fn a_file_without_trees_says_so() {
        let mut report = report(vec![]);
        report.trees.clear();
        report.other_objects = vec![hepframe_engine::ObjectCount {
            class: "TH1F".to_owned(),
            count: 3,
        }];

        let text = render(&report);

        assert!(text.contains("no trees in this file"), "{text}");
        assert!(text.contains("3 TH1F"), "{text}");
    }

    #[test]
    fn sizes_have_a_unit_that_fits() {
        let sizes = [0, 999, 1_000, 999_949, 999_999, 1_300_000_000].map(bytes);

        assert_eq!(
            sizes,
            ["0 B", "999 B", "1.0 kB", "999.9 kB", "1.0 MB", "1.3 GB"]
        );
    }
}
