//! Trees for people who know Arrow: entries are rows, branches are columns.

pub(crate) mod basket;
mod basket_header;
mod baskets;
mod clusters;
mod columns;
mod layout;
mod leaves;
mod naming;
mod old;
pub(crate) mod raw;
mod reader;
mod shared;
mod tree;

pub(crate) use columns::{FileFacts, columns_of};
pub use reader::ColumnReader;
pub use shared::SharedOffsets;
pub use tree::{Basket, BasketPlace, Column, EmbeddedBasket, Tree};

pub(crate) use clusters::cluster_borders;
