//! `**`: all directories below one.

use std::path::PathBuf;

use datafusion::error::Result;
use glob::Pattern;
use object_store::ObjectMeta;
use object_store::path::Path;

use super::local::{
    described, is_link_to_nothing, is_nothing, joined, leads_nowhere, names_in, place_of,
    unreadable,
};
use super::{AS_SHELL, is_hidden};

/// Files at any depth whose paths match; hidden directories are entered only by a pattern that
/// names hidden ones.
///
/// # Errors
///
/// A directory that may not be read; a matching name that cannot be looked at.
pub(super) fn walk(base: &Path, pattern: &Pattern) -> Result<Vec<ObjectMeta>> {
    let place = place_of(base);
    let mut walk = Walk {
        pattern,
        hidden: pattern.as_str().contains("/."),
        files: Vec::new(),
    };
    match place.canonicalize() {
        Ok(real) => walk.enter(base, &mut vec![real])?,
        Err(error) if is_nothing(&error) => {}
        Err(error) => return Err(unreadable(&place, &error)),
    }
    Ok(walk.files)
}

struct Walk<'a> {
    pattern: &'a Pattern,
    hidden: bool,
    files: Vec<ObjectMeta>,
}

impl Walk<'_> {
    /// `within` are the directories from the first one to this one, without links.
    fn enter(&mut self, directory: &Path, within: &mut Vec<PathBuf>) -> Result<()> {
        let is_match = |name: &str| {
            joined(directory, name)
                .is_ok_and(|path| self.pattern.matches_with(path.as_ref(), AS_SHELL))
        };
        for name in names_in(directory, &|_| true, &is_match)? {
            let path = joined(directory, &name)?;
            let place = place_of(&path);
            let matches = self.pattern.matches_with(path.as_ref(), AS_SHELL);
            match std::fs::metadata(&place) {
                Ok(there) if there.is_file() && matches => {
                    self.files.push(described(path, &there)?);
                }
                Ok(there) if there.is_dir() && (self.hidden || !is_hidden(&name)) => {
                    let real = place
                        .canonicalize()
                        .map_err(|error| unreadable(&place, &error))?;
                    // A link back to where the walk came from.
                    if !within.contains(&real) {
                        within.push(real);
                        self.enter(&path, within)?;
                        within.pop();
                    }
                }
                Ok(_) => {}
                Err(_) if !matches => {}
                Err(_) if is_link_to_nothing(&place) => return Err(leads_nowhere(&place)),
                Err(error) if is_nothing(&error) => {}
                Err(error) => return Err(unreadable(&place, &error)),
            }
        }
        Ok(())
    }
}
