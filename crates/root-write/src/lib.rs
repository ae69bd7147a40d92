//! root-write
