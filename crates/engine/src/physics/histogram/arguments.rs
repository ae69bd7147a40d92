//! What the arguments of `h1` and its sisters mean.

use arrow::array::{Array, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use datafusion::common::plan_datafusion_err;
use datafusion::error::{DataFusionError, Result};
use datafusion::scalar::ScalarValue;
use hepframe_physics::histogram::{Axis, Spec};

use super::words;

/// A function that makes a histogram.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Function {
    /// Along one, two or three axes.
    H1,
    H2,
    H3,
    /// The mean of y in bins of x.
    Profile,
}

/// An argument, as far as it is known while planning.
#[derive(Debug, Clone)]
pub(super) struct Argument {
    pub(super) data_type: DataType,
    /// Its value, if it is the same for all rows.
    pub(super) constant: Option<ScalarValue>,
}

/// Where what stands among the arguments.
#[derive(Debug, PartialEq, Eq)]
struct Places {
    mask: Option<usize>,
    coordinates: Vec<usize>,
    sample: Option<usize>,
    /// The first argument of each axis.
    axes: Vec<usize>,
    weight: Option<usize>,
}

impl Function {
    pub(super) const ALL: [Self; 4] = [Self::H1, Self::H2, Self::H3, Self::Profile];

    /// The name in SQL; with a mask for the first argument it is a private one.
    pub(super) fn name(self, masked: bool) -> &'static str {
        match (self, masked) {
            (Self::H1, false) => "h1",
            (Self::H2, false) => "h2",
            (Self::H3, false) => "h3",
            (Self::Profile, false) => "profile",
            (Self::H1, true) => "hep_h1_if",
            (Self::H2, true) => "hep_h2_if",
            (Self::H3, true) => "hep_h3_if",
            (Self::Profile, true) => "hep_profile_if",
        }
    }

    /// The function of a name, and whether the first argument is a mask.
    pub(super) fn of_name(name: &str) -> Option<(Self, bool)> {
        Self::ALL.into_iter().find_map(|function| {
            let mut masks = [false, true].into_iter();
            let masked = masks.find(|masked| function.name(*masked) == name)?;
            Some((function, masked))
        })
    }

    /// How it is called, for errors.
    fn usage(self) -> &'static str {
        match self {
            Self::H1 => {
                "h1(x, bins, lo, hi [, weight]), h1(x, [edge, ...] [, weight]) or h1(x, ['name', ...] [, weight])"
            }
            Self::H2 => {
                "h2(x, y, xbins, xlo, xhi, ybins, ylo, yhi [, weight]), where a list [edge, ...] may stand for bins, lo, hi"
            }
            Self::H3 => {
                "h3(x, y, z, xbins, xlo, xhi, ybins, ylo, yhi, zbins, zlo, zhi [, weight]), where a list [edge, ...] may stand for bins, lo, hi"
            }
            Self::Profile => {
                "profile(x, y, bins, lo, hi [, weight]) or profile(x, y, [edge, ...] [, weight])"
            }
        }
    }

    fn dimensions(self) -> usize {
        match self {
            Self::H1 | Self::Profile => 1,
            Self::H2 => 2,
            Self::H3 => 3,
        }
    }

    /// Checks numbers and types of the arguments, before their values are known.
    ///
    /// # Errors
    /// An error of planning that shows how the function is called.
    pub(super) fn check(self, masked: bool, types: &[DataType]) -> Result<()> {
        let places = self.places(masked, types)?;
        let numbers = places.sample.iter().chain(&places.weight);
        for place in numbers.copied() {
            self.want(&types[place], place, "numbers", is_number)?;
        }
        for place in places.coordinates {
            self.want(&types[place], place, "numbers or texts", |kind| {
                is_number(kind) || is_text(kind)
            })?;
        }
        match places.mask.map(|mask| &types[mask]) {
            Some(kind) if *element(kind) != DataType::Boolean => Err(plan_datafusion_err!(
                "the filter of {} must be a truth, one or a list of them for each event, not {kind}",
                self.name(false)
            )),
            _ => Ok(()),
        }
    }

    fn want(
        self,
        kind: &DataType,
        place: usize,
        what: &str,
        accept: impl Fn(&DataType) -> bool,
    ) -> Result<()> {
        if accept(element(kind)) {
            return Ok(());
        }
        Err(plan_datafusion_err!(
            "argument {} of {} must be {what}, one or a list of them for each event, not {kind}; call {}",
            place + 1,
            self.name(false),
            self.usage()
        ))
    }

    /// What to fill; columns are the numbers of the arguments.
    ///
    /// # Errors
    /// An error of planning if constants are missing or make no axis.
    pub(super) fn spec(self, masked: bool, arguments: &[Argument]) -> Result<Spec> {
        let types: Vec<_> = arguments.iter().map(|a| a.data_type.clone()).collect();
        let places = self.places(masked, &types)?;
        let axes = places.axes.iter().zip(&places.coordinates);
        let axes = axes.map(|(first, coordinate)| self.axis(arguments, *first, *coordinate));
        let spec = Spec {
            axes: axes.collect::<Result<_>>()?,
            coordinates: places.coordinates,
            sample: places.sample,
            weight: places.weight,
            mask: places.mask,
        };
        spec.cells().map_err(|error| self.bad(&words(&error)))?;
        Ok(spec)
    }

    fn places(self, masked: bool, types: &[DataType]) -> Result<Places> {
        let first = usize::from(masked);
        let coordinates: Vec<_> = (first..first + self.dimensions()).collect();
        let mut next = first + self.dimensions();
        let sample = (self == Self::Profile).then_some(next);
        next += sample.iter().len();
        let mut axes = Vec::with_capacity(self.dimensions());
        for _ in 0..self.dimensions() {
            axes.push(next);
            next += match types.get(next) {
                Some(kind) if is_list(kind) => 1,
                _ => 3,
            };
        }
        let weight = (types.len() == next + 1).then_some(next);
        if types.len() != next + weight.iter().len() {
            return Err(plan_datafusion_err!(
                "{} got {} arguments; call {}",
                self.name(false),
                types.len() - first.min(types.len()),
                self.usage()
            ));
        }
        Ok(Places {
            mask: masked.then_some(0),
            coordinates,
            sample,
            axes,
            weight,
        })
    }

    fn axis(self, arguments: &[Argument], first: usize, coordinate: usize) -> Result<Axis> {
        let constant = |place: usize| {
            let argument = arguments.get(place);
            argument.and_then(|a| a.constant.as_ref()).ok_or_else(|| {
                plan_datafusion_err!(
                    "argument {} of {} must be a constant: the axes are the same for all events; call {}",
                    place + 1,
                    self.name(false),
                    self.usage()
                )
            })
        };
        let head = constant(first)?;
        let axis = if is_list(&head.data_type()) {
            let text = arguments
                .get(coordinate)
                .is_none_or(|x| is_text(element(&x.data_type)));
            self.listed(head, text)?
        } else {
            let (lo, hi) = (constant(first + 1)?, constant(first + 2)?);
            Axis::regular(self.whole(head)?, self.number(lo)?, self.number(hi)?)
        };
        axis.map_err(|error| self.bad(&words(&error)))
    }

    /// An axis from a list: texts are categories, of integers if the column holds numbers.
    fn listed(self, list: &ScalarValue, text: bool) -> Result<hepframe_physics::Result<Axis>> {
        let items = list.to_array()?;
        let wanted = DataType::List(
            arrow::datatypes::Field::new_list_field(
                match element(items.data_type()) {
                    kind if is_text(kind) => DataType::Utf8,
                    _ => DataType::Float64,
                },
                true,
            )
            .into(),
        );
        let items = cast(&items, &wanted)?;
        let items = items.as_list::<i32>().value(0);
        if items.null_count() > 0 {
            return Err(self.bad("an axis cannot have a null in its list"));
        }
        let Some(names) = items.as_string_opt::<i32>() else {
            let edges = items.as_primitive::<Float64Type>().values().to_vec();
            return Ok(Axis::variable(edges));
        };
        let names = names.iter().flatten();
        if text {
            return Ok(Axis::names(names.map(str::to_owned).collect()));
        }
        let integers = names.map(|name| {
            name.trim().parse().map_err(|_| {
                self.bad(&format!(
                    "the column holds numbers, so its categories must be integers, got '{name}'"
                ))
            })
        });
        Ok(Axis::integers(integers.collect::<Result<_>>()?))
    }

    fn whole(self, bins: &ScalarValue) -> Result<i64> {
        match bins.cast_to(&DataType::Int64) {
            Ok(ScalarValue::Int64(Some(whole))) if bins.data_type().is_integer() => Ok(whole),
            _ => Err(self.bad(&format!(
                "the number of bins must be an integer, got {bins}"
            ))),
        }
    }

    fn number(self, value: &ScalarValue) -> Result<f64> {
        match value.cast_to(&DataType::Float64) {
            Ok(ScalarValue::Float64(Some(number))) if value.data_type().is_numeric() => Ok(number),
            _ => Err(self.bad(&format!("the ends of an axis must be numbers, got {value}"))),
        }
    }

    fn bad(self, why: &str) -> DataFusionError {
        plan_datafusion_err!("{}: {why}; call {}", self.name(false), self.usage())
    }
}

fn is_list(kind: &DataType) -> bool {
    matches!(
        kind,
        DataType::List(_)
            | DataType::LargeList(_)
            | DataType::FixedSizeList(..)
            | DataType::ListView(_)
            | DataType::LargeListView(_)
    )
}

/// The type of a list's elements, or of the value itself.
fn element(kind: &DataType) -> &DataType {
    match kind {
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::FixedSizeList(item, _)
        | DataType::ListView(item)
        | DataType::LargeListView(item) => item.data_type(),
        other => other,
    }
}

fn is_number(kind: &DataType) -> bool {
    kind.is_numeric() || kind.is_null() || *kind == DataType::Boolean
}

fn is_text(kind: &DataType) -> bool {
    match kind {
        DataType::Dictionary(_, values) => values.is_string(),
        other => other.is_string(),
    }
}
