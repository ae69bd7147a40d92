//! Programs over combinations whose values are never stored.
