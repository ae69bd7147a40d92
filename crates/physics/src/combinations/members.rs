//! Which element each combination has as one of its members, in one tight pass.

use crate::lists::index_of;

use super::MAX_MEMBERS;

/// Appends member `k` of all combinations of `n` out of `len` elements, the
/// first of which is element `start`.
pub(super) fn append(out: &mut Vec<u32>, start: usize, len: usize, n: usize, k: usize) {
    if len < n {
        return;
    }
    let first = index_of(start);
    let end = index_of(start + len);
    match (n, k) {
        (1, _) => out.extend(first..end),
        (2, 0) => {
            for i in first..end {
                out.extend(std::iter::repeat_n(i, (end - i - 1) as usize));
            }
        }
        (2, _) => {
            for i in first..end {
                out.extend(i + 1..end);
            }
        }
        (3, 0) => {
            for i in first..end {
                let left = u64::from(end - i - 1);
                let pairs = left * left.saturating_sub(1) / 2;
                out.extend(std::iter::repeat_n(i, usize::try_from(pairs).unwrap_or(0)));
            }
        }
        (3, 1) => {
            for i in first..end {
                for j in i + 1..end {
                    out.extend(std::iter::repeat_n(j, (end - j - 1) as usize));
                }
            }
        }
        (3, _) => {
            for i in first..end {
                for j in i + 1..end {
                    out.extend(j + 1..end);
                }
            }
        }
        _ => append_any(out, start, len, n, k),
    }
}

/// The same for any number of members: steps through the combinations.
fn append_any(out: &mut Vec<u32>, start: usize, len: usize, n: usize, k: usize) {
    let mut members = [0; MAX_MEMBERS];
    for (slot, member) in members.iter_mut().enumerate() {
        *member = slot;
    }
    loop {
        out.push(index_of(start + members[k]));
        if !step(&mut members[..n], len) {
            return;
        }
    }
}

/// Moves to the next combination; false after the last one.
pub(crate) fn step(members: &mut [usize], len: usize) -> bool {
    let n = members.len();
    let Some(slot) = (0..n).rev().find(|&slot| members[slot] < len - n + slot) else {
        return false;
    };
    members[slot] += 1;
    for later in slot + 1..n {
        members[later] = members[later - 1] + 1;
    }
    true
}
