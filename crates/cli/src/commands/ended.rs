//! When a text of several lines can be run.

use super::backslash::plain_word;

/// True if the text can be run: it ends with `;`, or is a command or a word for one, or is blank.
pub(super) fn is_complete(text: &str) -> bool {
    let text = text.trim();
    text.is_empty()
        || text.starts_with('\\')
        || plain_word(text).is_some()
        || ends_with_semicolon(text)
}

/// True if the last thing outside quotes and comments is a `;`.
fn ends_with_semicolon(text: &str) -> bool {
    let mut last = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\'' | '"' => {
                if !chars.by_ref().any(|inside| inside == c) {
                    return false;
                }
                last = Some(c);
            }
            '-' if chars.peek() == Some(&'-') => {
                // The comment ends with the line.
                let _ = chars.by_ref().find(|inside| *inside == '\n');
            }
            c if c.is_whitespace() => {}
            c => last = Some(c),
        }
    }
    last == Some(';')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_complete_at_its_semicolon() {
        assert!(is_complete("SELECT 1;"));
        assert!(is_complete("SELECT 1; -- done"));
        assert!(is_complete("\\d"));
        assert!(is_complete("quit"));
        assert!(!is_complete("SELECT 1"));
        assert!(!is_complete("SELECT ';"));
        assert!(!is_complete("SELECT 1; SELECT"));
        assert!(!is_complete("SELECT 1 -- ;"));
    }
}
