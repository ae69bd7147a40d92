//! Histograms as JSON that Python's histogram packages read.
//!
//! The schema is that of the package `uhi` (`uhi.schema`, version 1).

use std::fmt::Write;

use super::axis::{Axis, Kind};
use super::value::{BinKind, Histogram};

impl Histogram {
    /// The histogram in the serialisation schema of UHI, for `boost_histogram`, `hist` and others.
    ///
    /// Entries, NaN and missing stand in the metadata. NaN and infinite bins are written `NaN` and
    /// `Infinity`, which Python reads although the standard of JSON knows no such numbers.
    #[must_use]
    pub fn to_uhi_json(&self) -> String {
        let mut out = String::with_capacity(64 + 20 * self.values.len());
        out.push_str("{\"uhi_schema\":1,\"writer_info\":{\"hepframe\":{\"version\":");
        put_text(&mut out, env!("CARGO_PKG_VERSION"));
        out.push_str("}},\"metadata\":{\"entries\":");
        // Writing to a string cannot fail.
        let _ = write!(out, "{},\"nan\":", self.entries);
        put_number(&mut out, self.nan);
        let _ = write!(out, ",\"missing\":{}}},\"axes\":[", self.missing);
        put_joined(&mut out, &self.axes, put_axis);
        let _ = write!(out, "],\"storage\":{{\"type\":\"{}\"", self.kind.name());
        match self.kind {
            BinKind::Int => self.put_bins(&mut out, "values", &self.values, |out, count| {
                let _ = write!(out, "{count:.0}");
            }),
            BinKind::Weighted => {}
            BinKind::Mean => self.put_bins(&mut out, "counts", &self.weights, put_number),
            BinKind::WeightedMean => {
                self.put_bins(&mut out, "sum_of_weights", &self.weights, put_number);
                let squares = &self.squared_weights;
                self.put_bins(&mut out, "sum_of_weights_squared", squares, put_number);
            }
        }
        if self.kind != BinKind::Int {
            self.put_bins(&mut out, "values", &self.values, put_number);
            self.put_bins(&mut out, "variances", &self.variances, put_number);
        }
        out.push_str("}}");
        out
    }

    fn put_bins(&self, out: &mut String, name: &str, bins: &[f64], put: fn(&mut String, f64)) {
        let _ = write!(out, ",\"{name}\":");
        let extents: Vec<usize> = self.axes.iter().map(Axis::extent).collect();
        put_nested(out, &extents, bins, put);
    }
}

/// A list of lists, the first axis outermost.
fn put_nested(out: &mut String, extents: &[usize], bins: &[f64], put: fn(&mut String, f64)) {
    out.push('[');
    match extents {
        [] | [_] => put_joined(out, bins, |out, bin| put(out, *bin)),
        [_, inner @ ..] => {
            let stride = inner.iter().product::<usize>().max(1);
            for (at, part) in bins.chunks(stride).enumerate() {
                if at > 0 {
                    out.push(',');
                }
                put_nested(out, inner, part, put);
            }
        }
    }
    out.push(']');
}

fn put_axis(out: &mut String, axis: &Axis) {
    const FLOW: &str = ",\"underflow\":true,\"overflow\":true,\"circular\":false}";
    match axis.kind() {
        Kind::Regular { bins, lo, hi } => {
            out.push_str("{\"type\":\"regular\",\"lower\":");
            put_number(out, *lo);
            out.push_str(",\"upper\":");
            put_number(out, *hi);
            let _ = write!(out, ",\"bins\":{bins}{FLOW}");
        }
        Kind::Variable { edges } => {
            out.push_str("{\"type\":\"variable\",\"edges\":[");
            put_joined(out, edges, |out, edge| put_number(out, *edge));
            let _ = write!(out, "]{FLOW}");
        }
        Kind::Names { names, .. } => {
            out.push_str("{\"type\":\"category_str\",\"categories\":[");
            put_joined(out, names, |out, name| put_text(out, name));
            out.push_str("],\"flow\":true}");
        }
        Kind::Integers { integers, .. } => {
            out.push_str("{\"type\":\"category_int\",\"categories\":[");
            put_joined(out, integers, |out, integer| {
                let _ = write!(out, "{integer}");
            });
            out.push_str("],\"flow\":true}");
        }
    }
}

fn put_joined<T>(out: &mut String, items: &[T], put: impl Fn(&mut String, &T)) {
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        put(out, item);
    }
}

/// The shortest text that reads back as the same double.
fn put_number(out: &mut String, number: f64) {
    let _ = match number {
        f64::INFINITY => write!(out, "Infinity"),
        f64::NEG_INFINITY => write!(out, "-Infinity"),
        number => write!(out, "{number:?}"),
    };
}

fn put_text(out: &mut String, text: &str) {
    out.push_str(&serde_json::Value::from(text).to_string());
}

#[cfg(test)]
#[path = "uhi_tests.rs"]
mod tests;
