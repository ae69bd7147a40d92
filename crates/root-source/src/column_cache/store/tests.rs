//! What the store keeps, whatever is put in, pinned and dropped.

use arrow::array::{ArrayRef, UInt8Array};
use arrow::datatypes::DataType;
use proptest::prelude::*;

use super::*;
use crate::column_cache::identity::{ColumnIdentity, Directory, FileIdentity};

fn chunk(bytes: usize) -> Arc<Chunk> {
    let file = FileIdentity {
        file: "a".to_owned(),
        size: 1,
        modified_ns: None,
        e_tag: None,
        uuid: String::new(),
        tree: "t;1".to_owned(),
    };
    let column = ColumnIdentity {
        name: "x".to_owned(),
        data_type: DataType::UInt8,
        batch_rows: 1,
    };
    let entries = Directory::default().entries(file, std::iter::once(Some(column)));
    let values: ArrayRef = Arc::new(UInt8Array::from(vec![0; bytes]));
    let entry = entries.into_iter().next().flatten().unwrap();
    Arc::new(Chunk::new(entry, vec![values]))
}

fn key(column: u64) -> ChunkKey {
    ChunkKey {
        column,
        start: 0,
        end: 1,
    }
}

async fn put(store: &Store, column: u64, bytes: usize) -> bool {
    match store.ask(key(column)).await {
        Asked::Found(_) => false,
        Asked::Missing(claim) => {
            claim.fill(&chunk(bytes));
            true
        }
    }
}

#[derive(Debug, Clone)]
enum Act {
    Put(u64, usize),
    Get(u64),
    Pin(u64, usize),
    Unpin,
    Clear,
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        8 => (0..40_u64, 0..30_000_usize).prop_map(|(k, n)| Act::Put(k, n)),
        4 => (0..40_u64).prop_map(Act::Get),
        3 => (0..40_u64, 0..30_000_usize).prop_map(|(k, n)| Act::Pin(k, n)),
        1 => Just(Act::Unpin),
        1 => Just(Act::Clear),
    ]
}

proptest! {
    #[test]
    fn the_budget_holds_whatever_is_put_in(acts in proptest::collection::vec(act(), 1..120)) {
        const BUDGET: u64 = 100_000;
        let store = Store::new(BUDGET);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut pinned = std::collections::HashSet::new();
        for act in acts {
            match act {
                Act::Put(column, bytes) => {
                    runtime.block_on(put(&store, column, bytes));
                }
                Act::Get(column) => drop(store.get(&key(column))),
                Act::Pin(column, bytes) => {
                    if store.pin(key(column), &chunk(bytes)).is_ok() {
                        pinned.insert(column);
                    }
                }
                Act::Unpin => {
                    store.unpin(|_| true);
                    pinned.clear();
                }
                Act::Clear => {
                    store.drop_all();
                    pinned.clear();
                }
            }
            prop_assert!(store.charge() <= BUDGET);
            for &column in &pinned {
                prop_assert!(store.get(&key(column)).is_some());
            }
            let of_all: u64 = store.chunks().iter().map(|(_, chunk, _)| chunk.charge()).sum();
            prop_assert_eq!(of_all, store.charge());
        }
    }
}

#[tokio::test]
async fn a_chunk_larger_than_the_budget_is_handed_out_but_not_kept() {
    let store = Store::new(10_000);

    assert!(put(&store, 1, 50_000).await);

    assert!(store.get(&key(1)).is_none());
    assert_eq!(store.bytes(), 0);
}

#[tokio::test]
async fn who_waits_for_a_dropped_claim_gets_it() {
    let store = Store::new(1 << 20);
    let Asked::Missing(claim) = store.ask(key(1)).await else {
        panic!("an empty store")
    };
    let waiter = store.ask(key(1));
    let mut waiter = std::pin::pin!(waiter);
    assert!(futures::poll!(waiter.as_mut()).is_pending());

    drop(claim);

    assert!(matches!(waiter.await, Asked::Missing(_)));
}

#[tokio::test]
async fn who_waits_for_a_chunk_that_is_pinned_finds_it() {
    let store = Store::new(1 << 20);
    let Asked::Missing(claim) = store.ask(key(1)).await else {
        panic!("an empty store")
    };
    let mut waiter = std::pin::pin!(store.ask(key(1)));
    assert!(futures::poll!(waiter.as_mut()).is_pending());

    claim.fill_pinned(&chunk(100)).unwrap();

    assert!(matches!(waiter.await, Asked::Found(_)));
}

#[tokio::test]
async fn one_pass_over_a_large_table_does_not_drive_out_what_is_used_often() {
    let store = Store::new(1 << 20);
    for round in 0..4 {
        for column in 0..8 {
            put(&store, column, 20_000).await;
        }
        assert!(round == 0 || store.get(&key(3)).is_some());
    }

    for column in 100..400 {
        put(&store, column, 20_000).await;
    }

    let left = (0..8)
        .filter(|&column| store.get(&key(column)).is_some())
        .count();
    assert_eq!(left, 8);
}
