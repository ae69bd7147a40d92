//! The engine from SQL to rows, over files that the tests write.

#[cfg(test)]
mod adl;
#[cfg(test)]
mod cache;
#[cfg(test)]
mod changed_files;
#[cfg(test)]
mod errors;
#[cfg(test)]
mod files;
#[cfg(test)]
mod folding;
#[cfg(test)]
mod formats;
#[cfg(test)]
mod frame;
#[cfg(test)]
mod given;
#[cfg(test)]
mod here;
#[cfg(test)]
mod histograms;
#[cfg(test)]
mod joins;
#[cfg(test)]
mod lengths;
#[cfg(test)]
mod names;
#[cfg(test)]
mod physics;
#[cfg(test)]
mod places;
#[cfg(test)]
mod queries;
#[cfg(test)]
mod rows_in_memory;
#[cfg(test)]
mod text;
#[cfg(test)]
mod user_functions;
#[cfg(test)]
mod whole_fields;
