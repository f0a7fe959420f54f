//! The version that follows.

use serde::Serialize;

use super::rules::Verdict;

/// How the version changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Level {
    None,
    Patch,
    Minor,
    Major,
}

/// The next version, and how it differs. Before 1.0 the second number counts as the first, and the
/// third as both of the others.
pub(super) fn next(version: &str, verdict: Option<Verdict>) -> (String, Level) {
    let mut numbers = version
        .split(['.', '-', '+'])
        .map(|number| number.parse().unwrap_or(0_u64));
    let mut number = || numbers.next().unwrap_or(0);
    let (major, minor, patch) = (number(), number(), number());
    let level = match (verdict, major) {
        (None, _) => Level::None,
        (Some(Verdict::Breaking | Verdict::Security), 0) => Level::Minor,
        (Some(_), 0) => Level::Patch,
        (Some(Verdict::Breaking | Verdict::Security), _) => Level::Major,
        (Some(Verdict::Additive), _) => Level::Minor,
        (Some(Verdict::DocsOnly), _) => Level::Patch,
    };
    let next = match level {
        Level::None => version.to_owned(),
        Level::Patch => format!("{major}.{minor}.{}", patch + 1),
        Level::Minor => format!("{major}.{}.0", minor + 1),
        Level::Major => format!("{}.0.0", major + 1),
    };
    (next, level)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_follow_semantic_versioning_as_cargo_reads_it() {
        for (version, prose, addition, breaks) in [
            ("0.1.0", "0.1.1", "0.1.1", "0.2.0"),
            ("0.3.7", "0.3.8", "0.3.8", "0.4.0"),
            ("1.2.3", "1.2.4", "1.3.0", "2.0.0"),
        ] {
            let next = |verdict| next(version, verdict).0;
            assert_eq!(next(None), version);
            assert_eq!(next(Some(Verdict::DocsOnly)), prose);
            assert_eq!(next(Some(Verdict::Additive)), addition);
            assert_eq!(next(Some(Verdict::Breaking)), breaks);
            assert_eq!(next(Some(Verdict::Security)), breaks);
        }
    }
}
