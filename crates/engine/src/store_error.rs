//! What a store of files says, as a sentence about a file.

use hepframe_root_source::is_closed;

/// The message of a store's error: the file and the reason, without the store's own names.
pub(crate) fn store_message(error: &object_store::Error) -> String {
    if let object_store::Error::NotFound { path, .. } = error {
        return format!("/{}: no such file", path.trim_start_matches('/'));
    }
    let text = error.to_string();
    let text = text
        .strip_prefix("Generic LocalFileSystem error: ")
        .unwrap_or(&text)
        .to_owned();
    if is_closed(error) {
        return format!("{text}; ask its owner for permission");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_file_has_one_slash_whether_its_store_says_it_or_not() {
        for path in ["data/x.csv", "/data/x.csv"] {
            let error = object_store::Error::NotFound {
                path: path.to_owned(),
                source: "gone".into(),
            };

            assert_eq!(store_message(&error), "/data/x.csv: no such file");
        }
    }

    #[test]
    fn a_closed_file_is_told_with_what_to_do() {
        let error = object_store::Error::Generic {
            store: "LocalFileSystem",
            source: Box::new(std::io::Error::from(std::io::ErrorKind::PermissionDenied)),
        };

        assert_eq!(
            store_message(&error),
            "permission denied; ask its owner for permission"
        );
    }
}
