//! Settings of ours that travel with every query: `hepframe.*`.

use datafusion::common::extensions_options;
use datafusion::config::ConfigExtension;

extensions_options! {
    /// Who asks, and how.
    pub struct QueryOptions {
        /// Whose query it is; users share the cluster fairly.
        pub user: String, default = String::new()
    }
}

impl ConfigExtension for QueryOptions {
    const PREFIX: &'static str = "hepframe";
}
