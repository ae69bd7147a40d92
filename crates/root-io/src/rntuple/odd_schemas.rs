//! Schemas that are damaged, or that say what is not read: what becomes of them.

use std::sync::Arc;

use rstest::rstest;

use super::clusters::Clusters;
use super::description::{Alias, Described, DescribedColumn, DescribedField};
use super::layout::{Page, PagePlace};
use super::page_list::{Cluster, ClusterColumn};
use super::physical::FileFacts;
use super::schema::{MAX_DEPTH, Schema};
use super::tree_columns::tree_columns;
use crate::error::RootError;
use crate::tree::Column;

const LEAF: u16 = 0;
const COLLECTION: u16 = 1;
const RECORD: u16 = 2;
const VARIANT: u16 = 3;
const STREAMED: u16 = 4;

const INT32: (u16, u16) = (0x07, 32);
const REAL32: (u16, u16) = (0x0c, 32);
const INDEX64: (u16, u16) = (0x0f, 64);

/// Three entries in one cluster; each column has one page of three elements.
const ENTRIES: u64 = 3;
const FILE_BYTES: u64 = 1000;
const MAX_KEY_BYTES: u64 = 500;

fn field(parent: u32, role: u16, name: &str, type_name: &str) -> DescribedField {
    DescribedField {
        parent,
        role,
        length: None,
        name: name.to_owned(),
        type_name: type_name.to_owned(),
    }
}

fn column(field: u32, (code, bits): (u16, u16)) -> DescribedColumn {
    DescribedColumn {
        code,
        bits,
        field,
        representation: 0,
        deferred: None,
        range: None,
    }
}

fn alias((column, field): (u32, u32)) -> Alias {
    Alias { column, field }
}

fn described(fields: Vec<DescribedField>, columns: Vec<DescribedColumn>) -> Described {
    Described {
        fields,
        columns,
        aliases: Vec::new(),
    }
}

fn stored(elements: u64, bytes: std::ops::Range<u64>) -> ClusterColumn {
    let place = PagePlace::File {
        bytes,
        has_checksum: false,
    };
    let page = Page {
        elements: 0..elements,
        place,
    };
    ClusterColumn::Stored {
        pages: vec![page],
        compression: 505,
    }
}

fn columns_stored(described: Described, columns: Vec<ClusterColumn>) -> Vec<Arc<Column>> {
    let schema = Schema::new(described).unwrap();
    let cluster = Cluster {
        first_entry: 0,
        entries: ENTRIES,
        columns,
    };
    let clusters = Clusters::new(vec![cluster], schema.columns.len()).unwrap();
    let facts = FileFacts {
        file_bytes: FILE_BYTES,
        max_key_bytes: MAX_KEY_BYTES,
    };
    tree_columns(&schema, &clusters, facts).unwrap()
}

fn columns_of(described: Described) -> Vec<Arc<Column>> {
    let pages = described.columns.iter().map(|_| stored(ENTRIES, 100..112));
    let pages = pages.collect();
    columns_stored(described, pages)
}

/// The errors of columns, `ok` for those that can be read.
fn errors(columns: &[Arc<Column>]) -> Vec<String> {
    let error = |column: &Arc<Column>| match column.field() {
        Ok(_) => "ok".to_owned(),
        Err(error) => error.to_string(),
    };
    columns.iter().map(error).collect()
}

fn refused(described: Described) -> String {
    Schema::new(described).unwrap_err().to_string()
}

#[test]
fn fields_that_are_their_own_ancestors_are_refused() {
    let fields = vec![
        field(0, LEAF, "n", "float"),
        field(2, RECORD, "a", "A"),
        field(1, RECORD, "b", "B"),
    ];

    let error = refused(described(fields, vec![]));

    assert!(
        error.ends_with("2 fields lie in no top-level field"),
        "{error}"
    );
}

#[rstest]
#[case::a_parent(field(7, LEAF, "m", "float"), 0, None, "field 7 is meant")]
#[case::a_field_of_a_column(field(1, LEAF, "m", "float"), 9, None, "field 9 is meant")]
#[case::a_column_of_an_alias(field(1, LEAF, "m", "float"), 0, Some((3, 1)), "alias of column 3")]
#[case::a_field_of_an_alias(field(1, LEAF, "m", "float"), 0, Some((0, 8)), "field 8 is meant")]
fn numbers_of_what_is_not_there_are_refused(
    #[case] second: DescribedField,
    #[case] of_column: u32,
    #[case] alias: Option<(u32, u32)>,
    #[case] why: &str,
) {
    let fields = vec![field(0, LEAF, "n", "float"), second];
    let mut described = described(fields, vec![column(of_column, REAL32)]);
    described.aliases.extend(alias.map(self::alias));

    let error = refused(described);

    assert!(error.contains(why), "{error}");
}

#[test]
fn representations_out_of_order_are_refused() {
    let mut second = column(0, REAL32);
    second.representation = 2;
    let columns = vec![column(0, REAL32), second];

    let error = refused(described(vec![field(0, LEAF, "n", "float")], columns));

    assert!(
        error.contains("representation 2, after 1 others"),
        "{error}"
    );
}

#[test]
fn a_column_that_cannot_be_read_does_not_stop_the_others() {
    let fields = vec![
        field(0, LEAF, "good", "std::int32_t"),
        field(1, LEAF, "unknown_type", "Mystery"),
        field(2, LEAF, "other_elements", "std::int32_t"),
        field(3, LEAF, "unknown_elements", "float"),
        field(4, STREAMED, "streamed", "TH1F"),
        field(5, RECORD, "empty", "Empty"),
        field(6, COLLECTION, "two_items", "std::vector<float>"),
        field(6, LEAF, "_0", "float"),
        field(6, LEAF, "_1", "float"),
        field(9, 77, "unknown_role", "Mystery"),
        field(10, LEAF, "no_column", "float"),
    ];
    let columns = vec![
        column(0, INT32),
        column(1, INT32),
        column(2, REAL32),
        column(3, (0x99, 5)),
        column(6, INDEX64),
    ];

    let found = columns_of(described(fields, columns));

    let expected = [
        "ok",
        "C++ type `Mystery` is not supported: it is not known here",
        "field `other_elements` of type `std::int32_t`: its elements are stored as Real32",
        "columns of type 0x99 with 5 bits are not known here",
        "C++ type `TH1F` is not supported: its objects are streamed",
        "C++ type `Empty` is not supported: a record without members",
        "field `two_items` of type `std::vector<float>`: it has 2 fields below instead of one",
        "C++ type `Mystery` is not supported: its role 77",
        "field `no_column` of type `float`: it has 0 columns",
    ];
    let errors = errors(&found);
    assert_eq!(errors.len(), expected.len());
    for (error, expected) in errors.iter().zip(expected) {
        assert!(error.contains(expected), "{error} instead of {expected}");
    }
}

#[test]
fn records_nested_too_deeply_are_not_read() {
    let deep = u32::try_from(MAX_DEPTH).unwrap() + 5;
    let record = |id: u32| field(id.saturating_sub(1), RECORD, "r", "R");
    let mut fields: Vec<_> = (0..deep).map(record).collect();
    fields.push(field(deep - 1, LEAF, "n", "float"));

    let found = columns_of(described(fields, vec![column(deep, REAL32)]));

    assert_eq!(found.len(), 1);
    assert!(
        errors(&found)[0].contains("nested deeper"),
        "{:?}",
        errors(&found)
    );
}

#[test]
fn a_missing_value_of_a_missing_value_is_unsupported() {
    let fields = vec![
        field(0, COLLECTION, "o", "std::optional<std::optional<float>>"),
        field(0, COLLECTION, "_0", "std::optional<float>"),
        field(1, LEAF, "_0", "float"),
    ];
    let columns = vec![column(0, INDEX64), column(1, INDEX64), column(2, REAL32)];

    let errors = errors(&columns_of(described(fields, columns)));

    assert!(errors[0].contains("may be missing, too"), "{errors:?}");
}

#[test]
fn a_variant_without_alternatives_is_malformed() {
    let fields = vec![field(0, VARIANT, "v", "std::variant<>")];

    let errors = errors(&columns_of(described(fields, vec![])));

    assert!(
        errors[0].contains("a variant of 0 alternatives"),
        "{errors:?}"
    );
}

#[rstest]
#[case::fewer(stored(ENTRIES - 1, 0..8), "has 2 elements for 3 entries")]
#[case::more(stored(ENTRIES + 1, 0..8), "has 4 elements for 3 entries")]
#[case::behind_the_file(stored(ENTRIES, 990..1002), "wanted 12 bytes at byte 990")]
#[case::split(stored(ENTRIES, 0..501), "split over records of 500 bytes")]
#[case::not_there(ClusterColumn::Suppressed, "cluster 0 has none of its representations")]
fn pages_that_cannot_hold_the_entries_are_an_error(
    #[case] pages: ClusterColumn,
    #[case] why: &str,
) {
    let fields = vec![field(0, LEAF, "n", "float")];

    let found = columns_stored(described(fields, vec![column(0, REAL32)]), vec![pages]);

    assert!(errors(&found)[0].contains(why), "{:?}", errors(&found));
}

#[test]
fn the_second_of_two_fields_of_one_name_is_renamed() {
    let fields = vec![field(0, LEAF, "n", "float"), field(1, LEAF, "n", "float")];
    let columns = vec![column(0, REAL32), column(1, REAL32)];

    let found = columns_of(described(fields, columns));

    let names: Vec<&str> = found.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["n", "n_2"]);
    assert!(found[1].note.is_some());
}

#[test]
fn a_page_outside_of_the_file_is_truncated() {
    let fields = vec![field(0, LEAF, "n", "float")];
    let pages = vec![stored(ENTRIES, u64::MAX - 12..u64::MAX)];

    let found = columns_stored(described(fields, vec![column(0, REAL32)]), pages);

    assert!(matches!(found[0].field(), Err(RootError::Truncated { .. })));
}

#[test]
fn a_projection_of_items_to_entries_is_refused() {
    let list = field(0, COLLECTION, "v", "std::vector<float>");
    let item = field(0, LEAF, "_0", "float");
    let fields = vec![list, item, field(2, LEAF, "p", "float")];
    let mut described = described(fields, vec![column(0, INDEX64), column(1, REAL32)]);
    described.aliases.push(alias((1, 2)));
    let pages = vec![stored(ENTRIES, 0..24), stored(5, 30..50)];
    let errors = errors(&columns_stored(described, pages));

    assert!(errors[1].contains("has 5 elements for 3"), "{errors:?}");
}
