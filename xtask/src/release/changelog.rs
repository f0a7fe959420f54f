//! The sections of `CHANGELOG.md`, in the format of <https://keepachangelog.com>.

use super::version::Version;

/// The heading of what is not released yet.
const UNRELEASED: &str = "## Unreleased\n";

/// The changelog does not say what is in the release.
#[derive(Debug, thiserror::Error)]
#[error("CHANGELOG.md: {version} has no entry; write under `## Unreleased` what users will notice")]
pub struct Error {
    version: Version,
}

/// Checks that the version, or what is not released yet, has an entry.
///
/// # Errors
/// When neither has one.
pub(super) fn check(changelog: &str, version: Version) -> Result<(), Error> {
    let heading = heading(version);
    let sections = [section(changelog, &heading), section(changelog, UNRELEASED)];
    let mut entries = sections.into_iter().flatten();
    if entries.any(|section| section.lines().any(|line| line.starts_with("- "))) {
        Ok(())
    } else {
        Err(Error { version })
    }
}

/// The changelog with the entries that are not released yet as those of this version. A version that has
/// its section already keeps it.
///
/// # Errors
/// When there is no entry.
pub(super) fn release(changelog: &str, version: Version, date: &str) -> Result<String, Error> {
    check(changelog, version)?;
    let heading = heading(version);
    if section(changelog, &heading).is_some() {
        return Ok(changelog.to_owned());
    }
    Ok(changelog.replacen(UNRELEASED, &format!("{UNRELEASED}\n{heading}{date}\n"), 1))
}

/// The start of a version's heading; its date follows.
fn heading(version: Version) -> String {
    format!("## {version} - ")
}

/// What follows a heading, up to the next one of its level.
fn section<'a>(changelog: &'a str, heading: &str) -> Option<&'a str> {
    let (_, rest) = changelog.split_once(&format!("\n{heading}"))?;
    rest.split("\n## ").next()
}
