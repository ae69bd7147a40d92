//! Text that turns out to be no text.

use arrow::datatypes::DataType;
use hepframe_root_write::{Column, FileWriter, TreeOptions};

use crate::files::Desk;

fn write_bytes(desk: &Desk) {
    let texts: Vec<&[u8]> = vec![b"plain", b"\xff\xfe", b"again"];
    let columns = [
        ("id", Column::flat(vec![1_i32, 2, 3])),
        ("name", Column::std_string(&texts)),
    ];
    let mut file = FileWriter::create(desk.path("names.root")).unwrap();
    file.tree("T", TreeOptions::new(), &columns).unwrap();
    file.finish().unwrap();
}

#[tokio::test]
async fn bytes_that_are_no_text_come_as_binary_without_being_asked() {
    let desk = Desk::new();
    write_bytes(&desk);

    let rows = desk.rows("SELECT id, name FROM '@/names.root'").await;

    assert_eq!(rows[0].schema().field(1).data_type(), &DataType::Binary);
    assert_eq!(rows.iter().map(|batch| batch.num_rows()).sum::<usize>(), 3);
}

#[tokio::test]
async fn a_view_over_such_bytes_works_too() {
    let desk = Desk::new();
    write_bytes(&desk);

    let rows = desk
        .rows("CREATE VIEW v AS SELECT name FROM '@/names.root'; SELECT name FROM v WHERE true")
        .await;

    assert_eq!(rows[0].schema().field(0).data_type(), &DataType::Binary);
}

#[tokio::test]
async fn other_columns_of_the_file_do_not_notice() {
    let desk = Desk::new();
    write_bytes(&desk);

    assert_eq!(
        desk.table("SELECT sum(id) AS s FROM '@/names.root'").await,
        ["s", "6"]
    );
}

#[tokio::test]
async fn a_frame_over_bytes_that_are_no_text_says_to_take_it_anew() {
    let desk = Desk::new();
    write_bytes(&desk);
    let location = desk.path("names.root").display().to_string();
    let frame = desk.session.read(&location).await.unwrap();

    let names = frame.select(&["name"]).unwrap();
    let error = names.collect().await.unwrap_err().to_string();

    assert!(
        error.contains("a frame: from where the file is read"),
        "{error}"
    );
    let again = desk.session.read(&location).await.unwrap();
    let rows = again.select(&["name"]).unwrap().collect().await.unwrap();
    assert_eq!(rows[0].schema().field(0).data_type(), &DataType::Binary);
}
