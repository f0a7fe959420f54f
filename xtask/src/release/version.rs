//! The version of the published crates, which is the same for all of them.

use std::fmt;
use std::str::FromStr;

use crate::diff::{Verdict, semver};

/// A version without a pre-release, such as 1.2.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version([u64; 3]);

impl Version {
    /// The git tag of a release.
    pub(super) fn tag(self) -> String {
        format!("v{self}")
    }

    /// The lowest version for changes with this verdict.
    pub(super) fn after(self, verdict: Option<Verdict>) -> Self {
        let (next, _) = semver::next(&self.to_string(), verdict);
        next.parse().unwrap_or(self)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.0;
        write!(f, "{major}.{minor}.{patch}")
    }
}

impl FromStr for Version {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let numbers: Option<Vec<u64>> = text.split('.').map(|number| number.parse().ok()).collect();
        let version = numbers
            .and_then(|numbers| numbers.try_into().ok())
            .map(Self);
        version.ok_or("expected three numbers, such as 1.2.3")
    }
}

/// The version in the manifest of the workspace.
pub(super) fn of_manifest(manifest: &str) -> Option<Version> {
    let manifest: toml::Table = manifest.parse().ok()?;
    let package = manifest.get("workspace")?.get("package")?;
    package.get("version")?.as_str()?.parse().ok()
}

/// The manifest of the workspace with another version of its own crates.
pub(super) fn in_manifest(manifest: &str, old: Version, new: Version) -> String {
    let (old, new) = (
        format!("version = \"{old}\""),
        format!("version = \"{new}\""),
    );
    let is_ours = |line: &str| line.starts_with("version = ") || line.contains("path = ");
    let lines = manifest
        .split_inclusive('\n')
        .map(|line| match is_ours(line) {
            true => line.replace(&old, &new),
            false => line.to_owned(),
        });
    lines.collect()
}
