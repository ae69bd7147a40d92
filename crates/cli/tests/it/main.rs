//! The command `hepframe`, run as a user runs it.

#[cfg(test)]
mod desk;
#[cfg(test)]
mod inspect;
#[cfg(test)]
mod services;
#[cfg(test)]
mod sql;
