//! `TTree`: branches are columns, baskets hold their entries.

pub(crate) mod basket;
mod basket_header;
mod basket_reader;
mod baskets;
mod clusters;
mod columns;
mod layout;
mod leaves;
mod old;
pub(crate) mod raw;

pub(crate) use basket_reader::BasketReader;
pub(crate) use baskets::TreeRecord;
pub(crate) use columns::{FileFacts, columns_of};

pub(crate) use clusters::cluster_borders;
