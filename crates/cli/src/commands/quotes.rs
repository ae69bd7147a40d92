//! Files in quotes, for Tab.

use std::path::PathBuf;

/// Where the quote begins that the end of the text is in; a doubled one is part of its text.
pub(super) fn open_quote(text: &str) -> Option<usize> {
    let mut open: Option<(usize, char)> = None;
    let mut chars = text.char_indices().peekable();
    while let Some((index, c)) = chars.next() {
        match open {
            Some((_, quote)) if c == quote => {
                let doubled = chars.next_if(|(_, next)| *next == quote);
                open = doubled.and(open);
            }
            None if c == '\'' || c == '"' => open = Some((index, c)),
            _ => {}
        }
    }
    open.map(|(index, _)| index)
}

/// The text inside quotes, as it is meant. A single one at its end is half of a doubled one.
pub(super) fn unquoted(typed: &str, quote: Option<char>) -> String {
    match quote {
        Some(quote) => typed.replace(&format!("{quote}{quote}"), &quote.to_string()),
        None => typed.to_owned(),
    }
}

/// The text as it is written inside quotes.
pub(super) fn quoted(text: &str, quote: Option<char>) -> String {
    match quote {
        Some(quote) => text.replace(quote, &format!("{quote}{quote}")),
        None => text.to_owned(),
    }
}

/// Files and directories that continue a path, as it begins; `~/` is the home directory.
pub(super) fn files(typed: &str) -> Vec<String> {
    let (directory, start) = match typed.rfind('/') {
        Some(slash) => typed.split_at(slash + 1),
        None => ("", typed),
    };
    let listed = match (directory.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ if directory.is_empty() => PathBuf::from("."),
        _ => PathBuf::from(directory),
    };
    let Ok(entries) = std::fs::read_dir(listed) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            let hidden = name.starts_with('.') && !start.starts_with('.');
            let slash = if entry.path().is_dir() { "/" } else { "" };
            (name.starts_with(start) && !hidden).then(|| format!("{directory}{name}{slash}"))
        })
        .collect();
    names.sort_unstable();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_doubled_quote_does_not_end_the_text() {
        assert_eq!(open_quote("FROM 'ev"), Some(5));
        assert_eq!(open_quote("FROM 'it''s"), Some(5));
        assert_eq!(open_quote("FROM 'ev' "), None);
        assert_eq!(unquoted("it''s", Some('\'')), "it's");
        assert_eq!(quoted("it's", Some('\'')), "it''s");
        assert_eq!(quoted("it's", Some('"')), "it's");
    }

    #[test]
    fn the_home_directory_is_listed_by_its_sign() {
        let Some(home) = std::env::home_dir() else {
            return;
        };
        let in_home = std::fs::read_dir(home).map_or(0, |entries| {
            let names = entries.flatten().map(|entry| entry.file_name());
            names
                .filter(|name| !name.to_string_lossy().starts_with('.'))
                .count()
        });

        let found = files("~/");

        assert_eq!(found.len(), in_home);
        assert!(found.iter().all(|path| path.starts_with("~/")), "{found:?}");
    }
}
