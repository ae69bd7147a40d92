//! The command `hepframe`, run as a user runs it.

#[cfg(test)]
mod desk;
#[cfg(test)]
mod disk;
#[cfg(test)]
mod everywhere;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod inspect;
#[cfg(test)]
mod services;
#[cfg(test)]
mod sql;

/// The engine's tests look for their files here.
#[cfg(test)]
use everywhere::files;
