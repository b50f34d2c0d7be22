//! The nearest known name for a misspelt one.

/// Names longer than this are not compared: the cost is the product of the lengths.
const LONGEST: usize = 128;

/// The candidate that `name` was most likely meant to be: equal but for case, or within a third of its length in
/// single-letter edits. The first of several equally near ones. Linear in the number of candidates.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if name.is_empty() || name.len() > LONGEST {
        return None;
    }
    let budget = (name.chars().count() / 3).max(1);
    let mut best: Option<(usize, &'a str)> = None;
    for candidate in candidates {
        if candidate == name
            || candidate.len() > LONGEST
            || candidate.len().abs_diff(name.len()) > 4 * (budget + 1)
        {
            continue;
        }
        let distance = if candidate.to_lowercase() == name.to_lowercase() {
            0
        } else {
            strsim::damerau_levenshtein(name, candidate)
        };
        let fits = distance <= budget && distance < name.chars().count();
        if fits && best.is_none_or(|(d, _)| distance < d) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, c)| c)
}

/// "did you mean `x`?" where there is a near name.
pub fn did_you_mean<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(name, candidates).map(|n| format!("did you mean `{n}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names() {
        let known = ["image", "imagePullPolicy", "port", "ports", "exposeType"];
        assert_eq!(nearest("imgae", known), Some("image"));
        assert_eq!(nearest("Ports", known), Some("ports"));
        assert_eq!(nearest("imagePulPolicy", known), Some("imagePullPolicy"));
        assert_eq!(nearest("zzz", known), None);
        assert_eq!(nearest("a", ["b"]), None);
        assert_eq!(nearest("", known), None);
        assert_eq!(did_you_mean("prot", known).as_deref(), Some("did you mean `port`?"));
    }
}
