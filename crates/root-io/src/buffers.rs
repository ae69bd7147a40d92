//! Buffers that baskets are unpacked into, kept by each thread for the next basket.
//!
//! Fresh memory must be cleared and mapped page by page, which costs as much as unpacking LZ4.

use std::cell::RefCell;

/// Buffers a thread keeps, and the largest it keeps: a few baskets of a few columns.
const MOST_BUFFERS: usize = 32;
const MOST_BYTES: usize = 4 << 20;

thread_local! {
    static KEPT: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

/// A used buffer of this thread, or a new one.
pub(crate) fn take() -> Vec<u8> {
    KEPT.with_borrow_mut(|kept| kept.pop().unwrap_or_default())
}

/// Keeps a buffer for the next basket of this thread.
pub(crate) fn give_back(buffer: Vec<u8>) {
    if buffer.capacity() == 0 || buffer.capacity() > MOST_BYTES {
        return;
    }
    // A thread that is going away has nothing to keep it for.
    let _gone = KEPT.try_with(|kept| {
        if let Ok(mut kept) = kept.try_borrow_mut()
            && kept.len() < MOST_BUFFERS
        {
            kept.push(buffer);
        }
    });
}
