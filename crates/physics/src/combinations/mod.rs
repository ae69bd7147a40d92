//! Pairs, triples and cross products of the elements of lists.
