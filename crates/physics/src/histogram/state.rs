//! Partial histograms as bytes, to be merged elsewhere.
//!
//! ```text
//! book       version, number of histograms, each: length, histogram
//! histogram  kind (1 weighted, 2 profile), cells, missing, fills, counts, sums
//! counts     each a number; 0 is followed by how many more zeros come
//! sums       each: sign and number of digits, lowest word, digits of 32 bits;
//!            0 is followed by how many more zeros come
//!            then: number of bins with NaN or infinities, each: bin, marks
//! ```
//!
//! Numbers are LEB128. Equal histograms have equal bytes, however they came to be.

use super::digits::Digits;
use super::exact::ExactSums;
use super::fill::Filling;
use super::storage::{Moments, Storage};
use crate::{PhysicsError, Result};

/// First byte of a book; raised when the bytes change their meaning.
const VERSION: u8 = 1;
const WEIGHTED: u8 = 1;
const PROFILE: u8 = 2;
const NEGATIVE: u8 = 0x80;

/// All histograms of a book as bytes.
pub(super) fn write_book(fillings: &[Filling]) -> Vec<u8> {
    let mut out = vec![VERSION];
    put(&mut out, fillings.len() as u64);
    let mut one = Vec::new();
    for filling in fillings {
        one.clear();
        write(filling, &mut one);
        put(&mut out, one.len() as u64);
        out.extend_from_slice(&one);
    }
    out
}

/// Adds the histograms of [`write_book`] to those of the same book.
pub(super) fn merge_book(fillings: &mut [Filling], bytes: &[u8]) -> Result<()> {
    let mut reader = Reader(bytes);
    if reader.byte()? != VERSION {
        return Err(broken("it was written by another version of hepframe"));
    }
    if reader.size()? != fillings.len() {
        return Err(broken("the number of histograms differs"));
    }
    for filling in fillings {
        let len = reader.size()?;
        let mut one = Reader(reader.take(len)?);
        merge(filling, &mut one)?;
        if !one.0.is_empty() {
            return Err(broken("bytes are left over"));
        }
    }
    Ok(())
}

fn write(filling: &Filling, out: &mut Vec<u8>) {
    let storage = &filling.storage;
    out.push(kind(storage));
    put(out, storage.cells() as u64);
    put(out, filling.missing);
    put(out, storage.fills);
    let mut zeros = Zeros::default();
    for count in storage.counts.iter().take(storage.dropped()) {
        if *count == 0 {
            zeros.one_more();
        } else {
            zeros.end(out);
            put(out, *count);
        }
    }
    zeros.end(out);
    for moments in [&storage.weights, &storage.samples].into_iter().flatten() {
        write_sums(&moments.first, storage.dropped(), out);
        write_sums(&moments.second, storage.dropped(), out);
    }
}

fn merge(filling: &mut Filling, reader: &mut Reader<'_>) -> Result<()> {
    let storage = &mut filling.storage;
    if reader.byte()? != kind(storage) || reader.size()? != storage.cells() {
        return Err(broken("axes or weights of the histograms differ"));
    }
    filling.missing = filling.missing.saturating_add(reader.number()?);
    storage.fills = storage.fills.saturating_add(reader.number()?);
    let bins = storage.dropped();
    let mut zeros = 0;
    for count in storage.counts.iter_mut().take(bins) {
        if zeros > 0 {
            zeros -= 1;
            continue;
        }
        match reader.number()? {
            0 => zeros = reader.number()?,
            more => *count = count.saturating_add(more),
        }
    }
    for Moments { first, second } in [&mut storage.weights, &mut storage.samples]
        .into_iter()
        .flatten()
    {
        merge_sums(first, bins, reader)?;
        merge_sums(second, bins, reader)?;
    }
    Ok(())
}

fn kind(storage: &Storage) -> u8 {
    let weighted = storage.weights.as_ref().map_or(0, |_| WEIGHTED);
    weighted | storage.samples.as_ref().map_or(0, |_| PROFILE)
}

fn write_sums(sums: &ExactSums, bins: usize, out: &mut Vec<u8>) {
    let mut zeros = Zeros::default();
    for bin in 0..bins {
        let digits = sums.digits(bin);
        // There are never more than 72 digits.
        let len = u8::try_from(digits.words().len()).unwrap_or(u8::MAX);
        if len == 0 {
            zeros.one_more();
            continue;
        }
        zeros.end(out);
        out.push(len | if digits.negative { NEGATIVE } else { 0 });
        out.push(u8::try_from(digits.low).unwrap_or(u8::MAX));
        for word in digits.words() {
            out.extend_from_slice(&word.to_le_bytes());
        }
    }
    zeros.end(out);
    let marked = || (0..bins).filter(|bin| sums.marks(*bin) != 0);
    put(out, marked().count() as u64);
    for bin in marked() {
        put(out, bin as u64);
        out.push(sums.marks(bin));
    }
}

fn merge_sums(sums: &mut ExactSums, bins: usize, reader: &mut Reader<'_>) -> Result<()> {
    sums.more_digits();
    let mut words = Vec::new();
    let mut bin = 0;
    while bin < bins {
        let head = reader.byte()?;
        if head == 0 {
            bin = reader.size()?.saturating_add(bin + 1);
            continue;
        }
        let low = usize::from(reader.byte()?);
        let bytes = reader.take(4 * usize::from(head & !NEGATIVE))?;
        words.clear();
        words.extend(
            bytes
                .as_chunks()
                .0
                .iter()
                .map(|word| u32::from_le_bytes(*word)),
        );
        let digits = Digits::new(head & NEGATIVE != 0, low, &words)
            .ok_or_else(|| broken("a sum has too many digits"))?;
        sums.add_digits(bin, &digits);
        bin += 1;
    }
    for _ in 0..reader.size()? {
        let bin = reader.size()?;
        let marks = reader.byte()?;
        sums.mark(bin, marks);
    }
    Ok(())
}

/// Zeros that come one after the other.
#[derive(Default)]
struct Zeros(u64);

impl Zeros {
    fn one_more(&mut self) {
        self.0 += 1;
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        if let Some(more) = self.0.checked_sub(1) {
            out.push(0);
            put(out, more);
        }
        self.0 = 0;
    }
}

fn put(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, len: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len).ok_or_else(too_short)?;
        self.0 = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8> {
        self.take(1)?.first().copied().ok_or_else(too_short)
    }

    fn number(&mut self) -> Result<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(broken("a number is too long"))
    }

    fn size(&mut self) -> Result<usize> {
        usize::try_from(self.number()?).map_err(|_| broken("a number is too large"))
    }
}

fn too_short() -> PhysicsError {
    broken("it ends too early")
}

fn broken(why: &str) -> PhysicsError {
    PhysicsError::bad_call(format!("a partial histogram cannot be merged: {why}"))
}
