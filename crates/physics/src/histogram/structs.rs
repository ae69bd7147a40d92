//! Histograms as rows of an Arrow struct, and back.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, Float64Array, Float64Builder, Int64Builder, ListArray, ListBuilder,
    StringArray, StringBuilder, StructArray, UInt64Array,
};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Field, Fields, Float64Type, Int64Type, UInt64Type,
};

use super::axis::{Axis, Kind};
use super::value::{BinKind, Histogram};
use crate::{PhysicsError, Result};

/// Key of the metadata of a field that names an extension of Arrow's types.
pub const EXTENSION_KEY: &str = "ARROW:extension:name";
/// Name of the extension for histograms.
pub const EXTENSION_NAME: &str = "hepframe.histogram";

/// True if a column of this type holds histograms. Only the type is asked: subqueries and files
/// may lose the metadata, which tells other programs.
#[must_use]
pub fn is_histogram(data_type: &DataType) -> bool {
    *data_type == struct_type()
}

/// The type of a column of histograms: its fields are those of [`Histogram`].
#[must_use]
pub fn struct_type() -> DataType {
    DataType::Struct(fields())
}

fn fields() -> Fields {
    let doubles = || list_of(DataType::Float64);
    Fields::from(vec![
        Field::new("kind", DataType::Utf8, false),
        Field::new("axes", list_of(DataType::Struct(axis_fields())), false),
        Field::new("values", doubles(), false),
        Field::new("variances", doubles(), false),
        Field::new("weights", doubles(), false),
        Field::new("squared_weights", doubles(), false),
        Field::new("entries", DataType::UInt64, false),
        Field::new("nan", DataType::Float64, false),
        Field::new("missing", DataType::UInt64, false),
    ])
}

fn axis_fields() -> Fields {
    Fields::from(vec![
        Field::new("kind", DataType::Utf8, false),
        Field::new("bins", DataType::Int64, false),
        Field::new("lo", DataType::Float64, true),
        Field::new("hi", DataType::Float64, true),
        Field::new("edges", list_of(DataType::Float64), true),
        Field::new("categories", list_of(DataType::Utf8), true),
    ])
}

fn list_of(item: DataType) -> DataType {
    DataType::List(Arc::new(Field::new_list_field(item, true)))
}

/// Histograms as rows of type [`struct_type`].
///
/// # Errors
/// [`PhysicsError::Arrow`] if they have more bins together than Arrow's lists can hold.
pub fn structs_of(histograms: &[Histogram]) -> Result<StructArray> {
    let kinds = histograms.iter().map(|h| Some(h.kind.name()));
    let numbers = |numbers: fn(&Histogram) -> &Vec<f64>| doubles(histograms, numbers);
    let columns: Vec<ArrayRef> = vec![
        Arc::new(kinds.collect::<StringArray>()),
        Arc::new(axes(histograms)?),
        numbers(|h| &h.values)?,
        numbers(|h| &h.variances)?,
        numbers(|h| &h.weights)?,
        numbers(|h| &h.squared_weights)?,
        Arc::new(UInt64Array::from_iter_values(
            histograms.iter().map(|h| h.entries),
        )),
        Arc::new(Float64Array::from_iter_values(
            histograms.iter().map(|h| h.nan),
        )),
        Arc::new(UInt64Array::from_iter_values(
            histograms.iter().map(|h| h.missing),
        )),
    ];
    Ok(StructArray::try_new(fields(), columns, None)?)
}

fn doubles(histograms: &[Histogram], numbers: fn(&Histogram) -> &Vec<f64>) -> Result<ArrayRef> {
    let offsets = offsets(histograms.iter().map(|h| numbers(h).len()))?;
    let all: Vec<f64> = histograms.iter().flat_map(numbers).copied().collect();
    let item = Arc::new(Field::new_list_field(DataType::Float64, true));
    let values = Arc::new(Float64Array::from(all));
    Ok(Arc::new(ListArray::try_new(item, offsets, values, None)?))
}

fn offsets(lengths: impl Iterator<Item = usize>) -> Result<OffsetBuffer<i32>> {
    let mut end = 0_usize;
    let mut offsets = vec![0];
    for length in lengths {
        end += length;
        let offset = i32::try_from(end).map_err(|_| PhysicsError::TooManyElements {
            what: "histograms of one result".to_owned(),
            count: end as u64,
        })?;
        offsets.push(offset);
    }
    Ok(OffsetBuffer::new(ScalarBuffer::from(offsets)))
}

fn axes(histograms: &[Histogram]) -> Result<ListArray> {
    let mut kinds = StringBuilder::new();
    let mut bins = Int64Builder::new();
    let (mut los, mut his) = (Float64Builder::new(), Float64Builder::new());
    let mut all_edges = ListBuilder::new(Float64Builder::new());
    let mut categories = ListBuilder::new(StringBuilder::new());
    for axis in histograms.iter().flat_map(|h| &h.axes) {
        let (kind, ends, edges, names) = match axis.kind() {
            Kind::Regular { lo, hi, .. } => ("regular", Some((*lo, *hi)), None, None),
            Kind::Variable { edges } => ("variable", None, Some(edges), None),
            Kind::Names { names, .. } => ("names", None, None, Some(names.clone())),
            Kind::Integers { integers, .. } => {
                let names = integers.iter().map(i64::to_string).collect();
                ("integers", None, None, Some(names))
            }
        };
        kinds.append_value(kind);
        bins.append_value(i64::try_from(axis.bins()).unwrap_or(i64::MAX));
        los.append_option(ends.map(|(lo, _)| lo));
        his.append_option(ends.map(|(_, hi)| hi));
        all_edges.append_option(edges.map(|edges| edges.iter().copied().map(Some)));
        categories.append_option(names.map(|names: Vec<String>| names.into_iter().map(Some)));
    }
    let columns: Vec<ArrayRef> = vec![
        Arc::new(kinds.finish()),
        Arc::new(bins.finish()),
        Arc::new(los.finish()),
        Arc::new(his.finish()),
        Arc::new(all_edges.finish()),
        Arc::new(categories.finish()),
    ];
    let structs = StructArray::try_new(axis_fields(), columns, None)?;
    let item = Arc::new(Field::new_list_field(structs.data_type().clone(), true));
    let offsets = offsets(histograms.iter().map(|h| h.axes.len()))?;
    Ok(ListArray::try_new(item, offsets, Arc::new(structs), None)?)
}

impl Histogram {
    /// The histogram in a row of a column of histograms; `None` if it is null.
    ///
    /// # Errors
    /// [`PhysicsError::BadCall`] if the column holds no histograms.
    pub fn from_struct(column: &StructArray, row: usize) -> Result<Option<Self>> {
        if row >= column.len() || !is_histogram(column.data_type()) {
            return Err(PhysicsError::bad_call(format!(
                "row {row} of a column of {} rows is no histogram",
                column.len()
            )));
        }
        if column.is_null(row) {
            return Ok(None);
        }
        let field = |at: usize| column.column(at);
        let kind = field(0).as_string::<i32>().value(row);
        let axes = field(1).as_list::<i32>().value(row);
        let numbers = |at: usize| {
            let list = field(at).as_list::<i32>().value(row);
            list.as_primitive::<Float64Type>().values().to_vec()
        };
        let histogram = Self {
            kind: BinKind::of_name(kind).ok_or_else(|| {
                PhysicsError::bad_call(format!("there is no histogram of kind {kind:?}"))
            })?,
            axes: (0..axes.len())
                .map(|axis| axis_of(axes.as_struct(), axis))
                .collect::<Result<_>>()?,
            values: numbers(2),
            variances: numbers(3),
            weights: numbers(4),
            squared_weights: numbers(5),
            entries: at::<UInt64Type>(field(6), row),
            nan: at::<Float64Type>(field(7), row),
            missing: at::<UInt64Type>(field(8), row),
        };
        histogram.checked().map(Some)
    }

    /// Refuses lists that do not have a number for each bin.
    fn checked(self) -> Result<Self> {
        let extents = self.axes.iter().map(Axis::extent);
        let cells = extents.fold(1, usize::saturating_mul);
        let weights = if self.kind.is_profile() { cells } else { 0 };
        let lengths = (self.values.len(), self.variances.len(), self.weights.len());
        if lengths == (cells, cells, weights) {
            return Ok(self);
        }
        Err(PhysicsError::bad_call(format!(
            "a histogram of {cells} bins has {} values, {} variances and {} weights",
            lengths.0, lengths.1, lengths.2
        )))
    }
}

fn at<T: ArrowPrimitiveType>(column: &ArrayRef, row: usize) -> T::Native {
    column.as_primitive::<T>().value(row)
}

fn axis_of(axes: &StructArray, row: usize) -> Result<Axis> {
    let text = |list: &ArrayRef| -> Vec<String> {
        let list = list.as_list::<i32>().value(row);
        let texts = list.as_string::<i32>().iter().flatten();
        texts.map(str::to_owned).collect()
    };
    match axes.column(0).as_string::<i32>().value(row) {
        "regular" => Axis::regular(
            at::<Int64Type>(axes.column(1), row),
            at::<Float64Type>(axes.column(2), row),
            at::<Float64Type>(axes.column(3), row),
        ),
        "variable" => {
            let edges = axes.column(4).as_list::<i32>().value(row);
            Axis::variable(edges.as_primitive::<Float64Type>().values().to_vec())
        }
        "names" => Axis::names(text(axes.column(5))),
        _ => {
            let integers = text(axes.column(5)).into_iter().map(|name| {
                name.parse()
                    .map_err(|_| PhysicsError::bad_call(format!("{name:?} is no integer category")))
            });
            Axis::integers(integers.collect::<Result<_>>()?)
        }
    }
}
