//! root-source
