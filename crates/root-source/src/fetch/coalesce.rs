//! Byte ranges → requests: neighbours become one request.
//!
//! ```text
//! wanted    ├─ a ─┤ ├ b ┤                        ├─ c ─┤
//! requests  ├─────────────┤                      ├─────┤
//!                  ↑ a gap of at most `gap` bytes is read in vain
//! ```

use std::ops::Range;

/// Requests, and where in them each wanted range lies.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Requests {
    /// Ascending by start.
    pub(crate) ranges: Vec<Range<u64>>,
    /// For each wanted range: its request, and how far into the request it starts.
    pub(crate) places: Vec<(usize, u64)>,
}

/// Joins ranges that are at most `gap` bytes apart, as long as a request stays within
/// `most` bytes (a single range may be longer).
pub(crate) fn coalesce(wanted: &[Range<u64>], gap: u64, most: u64) -> Requests {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_unstable_by_key(|&i| (wanted[i].start, wanted[i].end));

    let mut ranges: Vec<Range<u64>> = Vec::new();
    let mut places = vec![(0, 0); wanted.len()];
    for i in order {
        let range = &wanted[i];
        match ranges.last_mut() {
            Some(last)
                if range.start <= last.end.saturating_add(gap)
                    && range.end.max(last.end) - last.start <= most =>
            {
                last.end = last.end.max(range.end);
            }
            _ => ranges.push(range.clone()),
        }
        let request = ranges.len() - 1;
        places[i] = (request, range.start - ranges[request].start);
    }
    Requests { ranges, places }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_become_one_request_and_far_ranges_stay_alone() {
        let requests = coalesce(&[100..200, 10..50, 210..220, 5000..5001], 64, 1 << 20);

        assert_eq!(requests.ranges, [10..220, 5000..5001]);
        assert_eq!(requests.places, [(0, 90), (0, 0), (0, 200), (1, 0)]);
    }

    #[test]
    fn a_request_grows_no_longer_than_the_limit() {
        let requests = coalesce(&[0..60, 60..120, 120..400], 0, 100);

        assert_eq!(requests.ranges, [0..60, 60..120, 120..400]);
    }

    #[test]
    fn overlapping_and_equal_ranges_share_their_bytes() {
        let requests = coalesce(&[0..100, 50..80, 0..100], 0, 1000);

        assert_eq!((requests.ranges.len(), &requests.ranges[0]), (1, &(0..100)));
        assert_eq!(requests.places, [(0, 0), (0, 50), (0, 0)]);
    }

    #[test]
    fn nothing_wanted_is_nothing_asked() {
        assert_eq!(
            coalesce(&[], 10, 10),
            Requests {
                ranges: vec![],
                places: vec![]
            }
        );
    }
}
