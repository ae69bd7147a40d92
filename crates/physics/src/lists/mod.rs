//! Lists of values per event: masks, subscripts, sorts and reductions.
