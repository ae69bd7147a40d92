//! How a column of the table comes out of one file: decoded, cast, or null.

use std::ops::Range;
use std::sync::Arc;

use arrow::array::{ArrayRef, new_null_array};
use arrow::compute::cast;
use arrow::datatypes::{DataType, FieldRef};
use datafusion::common::Result;
use hepframe_root_io::{Column, ColumnReader, Place, RootError, SharedOffsets};

use crate::error::{SourceError, placed};
use crate::fetch::FileReader;
use crate::metadata_cache::CachedTree;
use crate::schema::as_binary;

/// A column of the table, in one file.
#[derive(Debug)]
pub(crate) struct ScanColumn {
    field: FieldRef,
    stored: Option<Stored>,
}

#[derive(Debug)]
struct Stored {
    column: Arc<Column>,
    text_as_binary: bool,
    /// As the values are decoded.
    decoded: DataType,
    /// The file holds another type than the table.
    cast: bool,
}

impl ScanColumn {
    /// Finds the table's column in the file's tree.
    ///
    /// # Errors
    ///
    /// A column that cannot be read, or is missing though the table promises values.
    pub(crate) fn find(field: &FieldRef, cached: &CachedTree, reader: &FileReader) -> Result<Self> {
        let field = Arc::clone(field);
        let Some(column) = cached.tree.column(field.name()) else {
            if !field.is_nullable() {
                let why = format!(
                    "tree `{}` has no column `{}`",
                    cached.tree.path,
                    field.name()
                );
                return Err(SourceError::BadPlan {
                    file: reader.name().to_owned(),
                    why,
                }
                .into());
            }
            return Ok(Self {
                field,
                stored: None,
            });
        };
        let place = Place {
            tree: Some(cached.tree.path.clone()),
            branch: Some(column.branch.clone()),
            ..reader.place()
        };
        let in_file = column
            .field()
            .map_err(|e| placed(e, place))?
            .data_type()
            .clone();
        let text_as_binary = holds_text(&in_file) && !holds_text(field.data_type());
        let decoded = if text_as_binary {
            as_binary(&in_file)
        } else {
            in_file
        };
        let cast = decoded != *field.data_type();
        let stored = Stored {
            column: Arc::clone(column),
            text_as_binary,
            decoded,
            cast,
        };
        Ok(Self {
            field,
            stored: Some(stored),
        })
    }

    pub(crate) fn field(&self) -> &FieldRef {
        &self.field
    }

    /// The file's column, if it has one.
    pub(crate) fn column(&self) -> Option<&Arc<Column>> {
        self.stored.as_ref().map(|stored| &stored.column)
    }

    /// How the values come out of the file's baskets, before any cast; `None` if it has none.
    pub(crate) fn decoded_type(&self) -> Option<&DataType> {
        self.stored.as_ref().map(|stored| &stored.decoded)
    }

    /// Decoded values in the table's type, or nulls if the file has none.
    pub(crate) fn in_table_type(&self, decoded: Option<ArrayRef>, rows: usize) -> Result<ArrayRef> {
        match (decoded, &self.stored) {
            (Some(array), Some(stored)) if stored.cast => Ok(cast(&array, self.field.data_type())?),
            (Some(array), _) => Ok(array),
            (None, _) => Ok(new_null_array(self.field.data_type(), rows)),
        }
    }

    /// A reader with no bytes yet.
    pub(crate) fn open(&self) -> OpenColumn<'_> {
        let reader = self
            .stored
            .as_ref()
            .map(|stored| ColumnReader::new(Arc::clone(&stored.column), stored.text_as_binary));
        OpenColumn { scan: self, reader }
    }
}

fn holds_text(data_type: &DataType) -> bool {
    *data_type != as_binary(data_type)
}

/// A column while a step is decoded.
#[derive(Debug)]
pub(crate) struct OpenColumn<'a> {
    pub(crate) scan: &'a ScanColumn,
    /// Absent if the file lacks the column.
    pub(crate) reader: Option<ColumnReader>,
}

impl OpenColumn<'_> {
    /// The values of these entries, in the table's type. Calls must ascend. Columns of one file
    /// that are read over the same entries share `shared`.
    ///
    /// # Errors
    ///
    /// What the reader says of the bytes; `place` adds file and tree.
    pub(crate) fn read(
        &mut self,
        entries: Range<u64>,
        shared: &mut SharedOffsets,
        place: &Place,
    ) -> Result<ArrayRef> {
        let rows = usize::try_from(entries.end - entries.start).unwrap_or(usize::MAX);
        let decoded = match &self.reader {
            Some(_) => Some(self.decode(entries, shared, place)?),
            None => None,
        };
        self.scan.in_table_type(decoded, rows)
    }

    /// As [`read`](Self::read), before any cast; the file must have the column.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub(crate) fn decode(
        &mut self,
        entries: Range<u64>,
        shared: &mut SharedOffsets,
        place: &Place,
    ) -> Result<ArrayRef> {
        let wanted = usize::try_from(entries.end - entries.start).unwrap_or(usize::MAX);
        let (Some(reader), Some(stored)) = (&mut self.reader, &self.scan.stored) else {
            return Ok(new_null_array(self.scan.field.data_type(), wanted));
        };
        let with_branch = || Place {
            branch: Some(stored.column.branch.clone()),
            ..place.clone()
        };
        let array = reader
            .read_sharing(entries, shared)
            .map_err(|e| placed(e, with_branch()))?;
        if array.len() != wanted {
            let why = format!("{wanted} entries were asked for and {} came", array.len());
            let error = RootError::Malformed {
                what: "baskets",
                at: 0,
                why,
            };
            return Err(placed(error, with_branch()));
        }
        Ok(array)
    }
}
