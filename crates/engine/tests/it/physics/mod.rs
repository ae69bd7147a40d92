//! Physics in SQL: lists, collections, combinations and four-vectors.

mod cases;
mod explain;
mod integers;
mod language;
mod nan;

use hepframe_root_write::{Column, FileWriter, TreeOptions};

use crate::files::Desk;

/// A desk with the table `ev`: four events with muons and jets in a ROOT file of two clusters.
///
/// ```text
/// event  MET_pt  Muon_pt        Muon_charge  Jet_pt         grid (fixed size)
///     0      10  [30, 20]       [1, -1]      [60]           [0, 1, 2]
///     1      20  []             []           [50, 25]       [3, 4, 5]
///     2      30  [15]           [1]          []             [6, 7, 8]
///     3      40  [50, 40, 7]    [1, -1, 1]   [100, 60, 30]  [9, 10, 11]
/// ```
async fn desk() -> Desk {
    let desk = Desk::new();
    let directions = |n: i16| {
        (0..n)
            .map(|i| f32::from(i) * 0.7 - 1.0)
            .collect::<Vec<f32>>()
    };
    let columns = [
        ("event", Column::flat(vec![0_i32, 1, 2, 3])),
        ("MET_pt", Column::flat(vec![10_f32, 20.0, 30.0, 40.0])),
        ("nMuon", Column::flat(vec![2_i32, 0, 1, 3])),
        (
            "Muon_pt",
            Column::counted("nMuon", vec![30_f32, 20.0, 15.0, 50.0, 40.0, 7.0]),
        ),
        ("Muon_eta", Column::counted("nMuon", directions(6))),
        ("Muon_phi", Column::counted("nMuon", directions(6))),
        ("Muon_mass", Column::counted("nMuon", vec![0.1_f32; 6])),
        (
            "Muon_charge",
            Column::counted("nMuon", vec![1_i32, -1, 1, 1, -1, 1]),
        ),
        ("nJet", Column::flat(vec![1_i32, 2, 0, 3])),
        (
            "Jet_pt",
            Column::counted("nJet", vec![60_f32, 50.0, 25.0, 100.0, 60.0, 30.0]),
        ),
        ("Jet_eta", Column::counted("nJet", directions(6))),
        ("Jet_phi", Column::counted("nJet", directions(6))),
        ("Jet_mass", Column::counted("nJet", vec![5_f32; 6])),
        (
            "grid",
            Column::array(&[3], (0_i16..12).map(f32::from).collect::<Vec<f32>>()),
        ),
    ];
    let mut file = FileWriter::create(desk.path("physics.root")).unwrap();
    let options = TreeOptions::new().entries_per_cluster(2);
    file.tree("Events", options, &columns).unwrap();
    file.finish().unwrap();
    desk.register("ev", "physics.root").await;
    desk
}
