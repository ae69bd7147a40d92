//! Executors against a scheduler that does only what a test tells it.

#[cfg(test)]
mod fake;
#[cfg(test)]
mod life;
#[cfg(test)]
mod work;
