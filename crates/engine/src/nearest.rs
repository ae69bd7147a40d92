//! Names that someone may have meant: for "did you mean".

/// How many names are offered.
const OFFERED: usize = 3;

/// The names nearest to `wanted`, best first, at most three.
///
/// Near is: the same but for case and underscores; a few letters off (a third of the length at
/// most); or one name inside the other.
pub(crate) fn nearest<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let folded = fold(wanted);
    let allowed = (folded.chars().count() / 3).max(1);
    let mut ranked: Vec<(usize, usize, &str)> = names
        .into_iter()
        .filter_map(|name| {
            let other = fold(name);
            let distance = edit_distance(&folded, &other, allowed);
            let rank = match distance {
                Some(distance) => distance,
                None if is_inside(&folded, &other) => allowed + 1,
                None => return None,
            };
            Some((rank, name.len().abs_diff(wanted.len()), name))
        })
        .collect();
    ranked.sort_unstable();
    ranked.dedup();
    ranked
        .into_iter()
        .take(OFFERED)
        .map(|(_, _, name)| name.to_owned())
        .collect()
}

fn fold(name: &str) -> String {
    name.chars()
        .filter(|c| *c != '_')
        .flat_map(char::to_lowercase)
        .collect()
}

/// Three letters in common say something, fewer do not.
fn is_inside(a: &str, b: &str) -> bool {
    let shorter = a.len().min(b.len());
    shorter >= 3 && (a.contains(b) || b.contains(a))
}

/// Changes, insertions, deletions and swaps of neighbours from one text to the other; `None` if
/// more than `limit`.
fn edit_distance(a: &str, b: &str, limit: usize) -> Option<usize> {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    if a.len().abs_diff(b.len()) > limit {
        return None;
    }
    let mut before: Vec<usize> = vec![];
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut next = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let changed = row[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            next[j] = changed.min(row[j] + 1).min(next[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                next[j] = next[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().filter(|distance| *distance <= limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 6] = ["Muon_pt", "Muon_phi", "nMuon", "MET_pt", "Jet_pt", "run"];

    #[test]
    fn another_case_is_the_nearest() {
        assert_eq!(nearest("muonpt", NAMES)[0], "Muon_pt");
    }

    #[test]
    fn swapped_letters_are_one_mistake() {
        assert_eq!(nearest("Muon_tp", NAMES)[0], "Muon_pt");
    }

    #[test]
    fn a_part_of_a_name_finds_it() {
        assert_eq!(nearest("Muon", NAMES), ["nMuon", "Muon_pt", "Muon_phi"]);
    }

    #[test]
    fn nothing_alike_gives_nothing() {
        assert!(nearest("vertex_chi2", NAMES).is_empty());
    }
}
