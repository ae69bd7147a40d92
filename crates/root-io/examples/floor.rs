//! Times reading columns of a tree batch by batch on one thread: `floor FILE TREE REPEATS COLUMN...`.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use hepframe_root_io::{BasketPlace, ColumnReader, FileOpener, Step, Tree, TreeOpener, Want};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn pread(file: &File, range: std::ops::Range<u64>) -> Bytes {
    let mut bytes = vec![0; (range.end - range.start) as usize];
    file.read_exact_at(&mut bytes, range.start).unwrap();
    bytes.into()
}

fn open(file: &File, name: &str) -> Tree {
    let mut opener = FileOpener::new(file.metadata().unwrap().len(), Want::Tree(name.to_owned()));
    let index = loop {
        match opener.step().unwrap() {
            Step::NeedBytes(range) => opener.feed(range.start, pread(file, range)),
            Step::Done(index) => break index,
        }
    };
    let mut opener = TreeOpener::new(&index, index.find_tree(Some(name)).unwrap()).unwrap();
    loop {
        match opener.step().unwrap() {
            Step::NeedBytes(range) => opener.feed(range.start, pread(file, range)),
            Step::Done(tree) => return tree,
        }
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let file = File::open(&arguments[1]).unwrap();
    let tree = open(&file, &arguments[2]);
    let repeats: usize = arguments[3].parse().unwrap();
    let batch: u64 = 8192;
    for _ in 0..repeats {
        let start = Instant::now();
        let (mut rows, mut values) = (0, 0);
        for borders in tree.cluster_borders.windows(2) {
            let mut readers: Vec<ColumnReader> = arguments[4..]
                .iter()
                .map(|name| {
                    let column = tree.column(name).expect(name);
                    let mut reader = ColumnReader::new(Arc::clone(column), false);
                    for i in column.baskets_of(borders[0]..borders[1]) {
                        if let BasketPlace::File(range) = &column.baskets[i].place {
                            reader.feed(i, pread(&file, range.clone()));
                        }
                    }
                    reader
                })
                .collect();
            let mut at = borders[0];
            while at < borders[1] {
                let end = (at + batch).min(borders[1]);
                for reader in &mut readers {
                    let array = reader.read(at..end).unwrap();
                    values += array.get_buffer_memory_size();
                }
                rows += end - at;
                at = end;
            }
        }
        println!("{rows} rows, {} MB, {:.1} ms", values >> 20, start.elapsed().as_secs_f64() * 1e3);
    }
}
