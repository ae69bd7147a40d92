//! Executors against a scheduler that does only what a test tells it.

mod fake;
mod life;
mod work;
