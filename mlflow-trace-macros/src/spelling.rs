//! "Did you mean …?": the accepted word that is nearest to the one that was written.

/// The nearest of `accepted`, unless even that one differs too much to be what was meant.
pub(crate) fn nearest<'a>(written: &str, accepted: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let limit = written.chars().count().div_ceil(4).min(written.chars().count() / 2);
    accepted
        .map(|word| (distance(written, word), word))
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// How many letters must be inserted, removed, replaced or swapped with their neighbour to get from `a` to `b`.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    const WORDS: [&str; 4] = ["name", "span_type", "skip", "skip_all"];

    #[test]
    fn swapped_and_missing_letters_find_the_word() {
        assert_eq!(nearest("nmae", WORDS.into_iter()), Some("name"));
        assert_eq!(nearest("spantype", WORDS.into_iter()), Some("span_type"));
        assert_eq!(nearest("skipall", WORDS.into_iter()), Some("skip_all"));
    }

    #[test]
    fn a_word_unlike_all_others_finds_none() {
        assert_eq!(nearest("level", WORDS.into_iter()), None);
        assert_eq!(nearest("b", ["a"].into_iter()), None);
    }
}
