//! Lists of values per event: masks, subscripts, sorts and reductions.
//!
//! Rules that hold for every kernel here:
//!
//! - A null list gives a null result; its elements, if any, are never looked at.
//! - Kernels that keep elements keep their nulls; reductions skip null elements.
//! - Positions count from 0, from the end if negative.
//! - Lists that come out have nullable elements named `item` ([`list_type`]).

mod broadcast;
mod number;
mod order;
mod reduce;
mod reduce_bool;
mod reduce_order;
mod select;
mod shape;
mod view;

pub use broadcast::{Broadcast, Operand};
pub use order::{Order, argsort, sort, top_k};
pub use reduce::{mean, sum};
pub use reduce_bool::{all, any, count};
pub use reduce_order::{argmax, argmin, max, min};
pub use select::{Position, at, first, mask, slice, take};
pub use shape::{concat, index, len, repeat_values, reverse};
pub use view::list_type;

pub(crate) use number::{Number, NumberKernel, dispatch, is_number};
pub(crate) use view::{View, as_i64, count_as_offset, index_of, make_list, position, same_rows};
