//! The next version of the crate.

use serde::Serialize;

use super::rules::Verdict;

/// Which part of the version changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Level {
    None,
    Patch,
    Minor,
    Major,
}

/// The next version, and which part changes. Before 1.0 a breaking change is a minor version, and any
/// other change a patch.
pub(crate) fn next(version: &str, verdict: Option<Verdict>) -> (String, Level) {
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
    fn versions_follow_the_semantic_versioning_of_cargo() {
        for (version, docs_only, additive, breaking) in [
            ("0.1.0", "0.1.1", "0.1.1", "0.2.0"),
            ("0.3.7", "0.3.8", "0.3.8", "0.4.0"),
            ("1.2.3", "1.2.4", "1.3.0", "2.0.0"),
        ] {
            let next = |verdict| next(version, verdict).0;
            assert_eq!(next(None), version);
            assert_eq!(next(Some(Verdict::DocsOnly)), docs_only);
            assert_eq!(next(Some(Verdict::Additive)), additive);
            assert_eq!(next(Some(Verdict::Breaking)), breaking);
            assert_eq!(next(Some(Verdict::Security)), breaking);
        }
    }
}
