//! Files that the project writes itself, read back: values of every type, and damage.

#[cfg(test)]
mod corrupt;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod rntuple;
#[cfg(test)]
mod rntuple_clusters;
#[cfg(test)]
mod rntuple_fixture;
#[cfg(test)]
mod rntuple_schema;
#[cfg(test)]
mod types;
