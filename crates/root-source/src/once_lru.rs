//! A bounded map whose values are made once, however many ask for them at the same time.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::OnceCell;

/// Keeps values of at most `limit_bytes` in all; the least recently used go first. Whoever asks
/// for a value that someone else is making waits for that one.
#[derive(Debug)]
pub(crate) struct OnceLru<K, V> {
    limit_bytes: usize,
    shelf: Mutex<Shelf<K, V>>,
}

#[derive(Debug)]
struct Shelf<K, V> {
    slots: HashMap<K, Slot<V>>,
    bytes: usize,
    clock: u64,
}

#[derive(Debug)]
struct Slot<V> {
    cell: Arc<OnceCell<Arc<V>>>,
    /// 0 while the value is being made.
    bytes: usize,
    used: u64,
}

impl<K: Clone + Eq + Hash, V> OnceLru<K, V> {
    pub(crate) fn new(limit_bytes: usize) -> Self {
        let shelf = Shelf {
            slots: HashMap::new(),
            bytes: 0,
            clock: 0,
        };
        Self {
            limit_bytes,
            shelf: Mutex::new(shelf),
        }
    }

    /// The value of this key, made by `make` if it is not here. `weigh` tells its bytes.
    pub(crate) async fn get_or_make<E>(
        &self,
        key: &K,
        make: impl Future<Output = Result<Arc<V>, E>>,
        weigh: impl FnOnce(&V) -> usize,
    ) -> Result<Arc<V>, E> {
        let cell = self.shelf.lock().cell(key);
        let value = Arc::clone(cell.get_or_try_init(|| make).await?);
        self.shelf
            .lock()
            .settle(key, || weigh(&value), self.limit_bytes);
        Ok(value)
    }

    /// Makes a value known under another key, unless that has one.
    pub(crate) fn put(&self, key: &K, value: &Arc<V>, weigh: impl FnOnce(&V) -> usize) {
        let mut shelf = self.shelf.lock();
        if shelf.cell(key).set(Arc::clone(value)).is_ok() {
            shelf.settle(key, || weigh(value), self.limit_bytes);
        }
    }
}

impl<K: Clone + Eq + Hash, V> Shelf<K, V> {
    fn cell(&mut self, key: &K) -> Arc<OnceCell<Arc<V>>> {
        self.clock += 1;
        let new = || Slot {
            cell: Arc::default(),
            bytes: 0,
            used: 0,
        };
        let slot = self.slots.entry(key.clone()).or_insert_with(new);
        slot.used = self.clock;
        Arc::clone(&slot.cell)
    }

    /// Counts a slot that was filled and makes room.
    fn settle(&mut self, key: &K, weigh: impl FnOnce() -> usize, limit_bytes: usize) {
        if let Some(slot) = self.slots.get_mut(key)
            && slot.bytes == 0
        {
            slot.bytes = weigh().max(1);
            self.bytes += slot.bytes;
        }
        while self.bytes > limit_bytes {
            let oldest = self
                .slots
                .iter()
                .filter(|(_, slot)| slot.bytes > 0)
                .min_by_key(|(_, slot)| slot.used)
                .map(|(key, _)| key.clone());
            let Some(slot) = oldest.and_then(|key| self.slots.remove(&key)) else {
                return;
            };
            self.bytes -= slot.bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    async fn get(lru: &OnceLru<&'static str, usize>, key: &'static str, value: usize) -> usize {
        let make = async { Ok::<_, Infallible>(Arc::new(value)) };
        *lru.get_or_make(&key, make, |_| 10).await.unwrap()
    }

    #[tokio::test]
    async fn concurrent_misses_of_one_key_make_one_value() {
        let lru = OnceLru::new(100);
        let made = AtomicUsize::new(0);
        let make = || async {
            made.fetch_add(1, Ordering::SeqCst);
            tokio::task::yield_now().await;
            Ok::<_, Infallible>(Arc::new(7))
        };

        let (left, right) = tokio::join!(
            lru.get_or_make(&"a", make(), |_| 1),
            lru.get_or_make(&"a", make(), |_| 1)
        );

        assert!(Arc::ptr_eq(&left.unwrap(), &right.unwrap()));
        assert_eq!(made.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn the_least_recently_used_value_goes_first() {
        let lru = OnceLru::new(20);

        assert_eq!(get(&lru, "a", 1).await, 1);
        assert_eq!(get(&lru, "b", 2).await, 2);
        assert_eq!(get(&lru, "a", 3).await, 1);
        assert_eq!(get(&lru, "c", 4).await, 4);

        assert_eq!(get(&lru, "a", 5).await, 1);
        assert_eq!(get(&lru, "b", 6).await, 6);
        assert!(lru.shelf.lock().bytes <= 20);
    }

    #[tokio::test]
    async fn a_value_larger_than_the_limit_is_given_out_but_not_kept() {
        let lru = OnceLru::new(5);

        assert_eq!(get(&lru, "a", 1).await, 1);
        assert_eq!(get(&lru, "a", 2).await, 2);
    }

    #[tokio::test]
    async fn a_failed_make_is_tried_again() {
        let lru = OnceLru::new(100);

        let failed = lru
            .get_or_make(&"a", async { Err::<Arc<i32>, _>("no") }, |_| 1)
            .await;
        let made = lru
            .get_or_make(&"a", async { Ok::<_, &str>(Arc::new(1)) }, |_| 1)
            .await;

        assert_eq!(failed, Err("no"));
        assert_eq!(made, Ok(Arc::new(1)));
    }
}
