//! Branches of files from before ROOT 5, which were streamed by hand: no description covers them.
//!
//! Source: ROOT `TBranch::Streamer`.

use super::raw::{read_i32s, skip_versioned};
use crate::error::Result;
use crate::members::Value;
use crate::object::ObjectReader;

/// Versions 6 to 9.
pub(super) fn read_6_to_9(
    reader: &mut ObjectReader<'_>,
    version: i16,
    sink: &mut dyn FnMut(&str, Value),
) -> Result<()> {
    let (name, title) = reader.read_tnamed()?;
    sink("fName", Value::Text(name));
    sink("fTitle", Value::Text(title));
    if version > 7 {
        skip_versioned(reader)?; // attributes of fills
    }
    sink("fCompress", int(reader)?);
    reader.cursor.skip(2 * 4)?; // size of baskets and of entry offsets
    sink("fWriteBasket", int(reader)?);
    sink("fEntryNumber", int(reader)?);
    reader.cursor.skip(4)?; // offset of the branch
    let max_baskets = reader.cursor.len_i32("number of baskets")?;
    if version > 6 {
        reader.cursor.skip(4)?; // split level
    }
    read_totals_and_parts(reader, sink)?;
    reader.cursor.skip(1)?;
    sink("fBasketBytes", ints(reader, max_baskets)?);
    reader.cursor.skip(1)?;
    sink("fBasketEntry", ints(reader, max_baskets)?);
    let wide = reader.cursor.u8()? == 2;
    let seeks = if wide {
        longs(reader, max_baskets)?
    } else {
        ints(reader, max_baskets)?
    };
    sink("fBasketSeek", seeks);
    sink("fFileName", Value::Text(reader.cursor.tstring()?));
    Ok(())
}

/// Versions 1 to 5.
pub(super) fn read_1_to_5(
    reader: &mut ObjectReader<'_>,
    version: i16,
    sink: &mut dyn FnMut(&str, Value),
) -> Result<()> {
    let (name, title) = reader.read_tnamed()?;
    sink("fName", Value::Text(name));
    sink("fTitle", Value::Text(title));
    sink("fCompress", int(reader)?);
    reader.cursor.skip(2 * 4)?; // size of baskets and of entry offsets
    let max_baskets = reader.cursor.len_i32("number of baskets")?;
    sink("fWriteBasket", int(reader)?);
    sink("fEntryNumber", int(reader)?);
    for name in ["fEntries", "fTotBytes", "fZipBytes"] {
        sink(name, Value::Float(reader.cursor.f64()?));
    }
    reader.cursor.skip(4)?; // offset of the branch
    for name in ["fBranches", "fLeaves", "fBaskets"] {
        let objects = reader.read_array()?;
        sink(name, Value::Objects(objects));
    }
    let entry_count = reader.cursor.len_i32("number of baskets")?;
    sink("fBasketEntry", ints(reader, entry_count)?);
    if version > 4 {
        let count = reader.cursor.len_i32("number of baskets")?;
        sink("fBasketBytes", ints(reader, count)?);
    }
    if version > 1 {
        reader.cursor.skip(4)?;
        sink("fBasketSeek", ints(reader, max_baskets)?);
    }
    Ok(())
}

fn read_totals_and_parts(
    reader: &mut ObjectReader<'_>,
    sink: &mut dyn FnMut(&str, Value),
) -> Result<()> {
    for name in ["fEntries", "fTotBytes", "fZipBytes"] {
        sink(name, Value::Float(reader.cursor.f64()?));
    }
    for name in ["fBranches", "fLeaves", "fBaskets"] {
        let objects = reader.read_array()?;
        sink(name, Value::Objects(objects));
    }
    Ok(())
}

fn int(reader: &mut ObjectReader<'_>) -> Result<Value> {
    Ok(Value::Integer(reader.cursor.i32()?.into()))
}

fn ints(reader: &mut ObjectReader<'_>, count: usize) -> Result<Value> {
    Ok(Value::Integers(
        read_i32s(&mut reader.cursor, count)?
            .into_iter()
            .map(i64::from)
            .collect(),
    ))
}

fn longs(reader: &mut ObjectReader<'_>, count: usize) -> Result<Value> {
    let raw = reader.cursor.take(count.saturating_mul(8))?;
    let all = raw
        .as_chunks::<8>()
        .0
        .iter()
        .map(|word| i64::from_be_bytes(*word));
    Ok(Value::Integers(all.collect()))
}
