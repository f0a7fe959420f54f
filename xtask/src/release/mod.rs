//! `cargo xtask release`: checks that the checkout can be released, or prepares a release of it.

mod changelog;
mod version;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use clap::Args;

use crate::{console, diff, workspace};
pub use changelog::Error as ChangelogError;
pub use version::Version;

/// The options of `cargo xtask release`.
#[derive(Args, Debug)]
pub struct Options {
    /// Sets this version in Cargo.toml and CHANGELOG.md, and packs and compiles what would be published;
    /// without it, nothing is changed, and only the version and the changelog are checked
    pub version: Option<Version>,
}

/// Why the checkout cannot be released.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The command was run outside of a checkout.
    #[error(transparent)]
    Workspace(#[from] workspace::Missing),
    /// A file of the checkout cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
    /// The manifest has no version.
    #[error("Cargo.toml: `workspace.package.version` is not a version such as 1.2.3")]
    NoVersion,
    /// The document cannot be compared with that of the last release.
    #[error("diff: {0}")]
    Diff(#[from] diff::Error),
    /// The version is lower than the changes of the API ask for.
    #[error(
        "the version is {version}, but the changes of the API since {last} ask for {required} or higher \
         ({summary}); `cargo xtask diff {last}` lists them, and `version` in Cargo.toml sets the version"
    )]
    TooLow {
        /// The version of the checkout, or the one to release.
        version: Version,
        /// The tag of the last release.
        last: String,
        /// The lowest version for the changes.
        required: Version,
        /// The number of changes of each kind.
        summary: String,
    },
    /// The version is not higher than that of the last release.
    #[error("{version} cannot be released: the last release is {last}")]
    NotHigher {
        /// The version to release.
        version: Version,
        /// The tag of the last release.
        last: String,
    },
    /// The changelog has nothing to release.
    #[error(transparent)]
    Changelog(#[from] ChangelogError),
    /// A program cannot be run or fails.
    #[error("`{program}` fails: {reason}")]
    Program {
        /// Its name.
        program: &'static str,
        /// Its error, or that of the system.
        reason: String,
    },
}

/// Checks the version and the changelog. If a version is given, sets it first, and packs and compiles
/// what would be published.
///
/// # Errors
/// When the checkout cannot be released.
pub fn run(options: &Options) -> Result<(), Error> {
    let folder = workspace::folder()?;
    let path = folder.join("Cargo.toml");
    let manifest = read(&path)?;
    let current = version::of_manifest(&manifest).ok_or(Error::NoVersion)?;
    let version = options.version.unwrap_or(current);
    let last = last_release(&folder)?;
    check_version(version, last)?;

    let log = folder.join("CHANGELOG.md");
    let text = read(&log)?;
    let Some(version) = options.version else {
        // The released version has nothing to release yet.
        if last != Some(current) {
            changelog::check(&text, current)?;
        }
        console::print(&format!("{current} can be released\n"));
        return Ok(());
    };
    if let Some(last) = last.filter(|last| *last >= version) {
        return Err(Error::NotHigher {
            version,
            last: last.tag(),
        });
    }
    let text = changelog::release(&text, version, &today())?;
    write(&path, &version::in_manifest(&manifest, current, version))?;
    write(&log, &text)?;
    publish(&folder)?;
    console::print(&next_steps(version));
    Ok(())
}

/// Checks that the version is as high as the changes of the API since the last release ask for.
fn check_version(version: Version, last: Option<Version>) -> Result<(), Error> {
    let Some(last) = last else {
        console::log("there is no release yet: any version is high enough");
        return Ok(());
    };
    let report = diff::report(&diff::Options {
        base: last.tag(),
        ..diff::Options::default()
    })?;
    let required = last.after(report.verdict());
    if version >= required {
        return Ok(());
    }
    Err(Error::TooLow {
        version,
        last: last.tag(),
        required,
        summary: report.counts(),
    })
}

/// The version of the last release that this checkout contains.
fn last_release(folder: &Path) -> Result<Option<Version>, Error> {
    let mut git = Command::new("git");
    git.current_dir(folder)
        .args(["tag", "--list", "--merged", "HEAD", "v*"]);
    let tags = output("git", &mut git)?;
    let versions = tags.lines().filter_map(|tag| tag.strip_prefix('v'));
    Ok(versions.filter_map(|tag| tag.parse().ok()).max())
}

/// Packs the crates in the order of their dependencies and compiles what the archives contain.
fn publish(folder: &Path) -> Result<(), Error> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut cargo = Command::new(cargo);
    cargo.current_dir(folder).stderr(Stdio::inherit()).args([
        "publish",
        "--workspace",
        "--all-features",
        "--dry-run",
        // The new version is not committed yet.
        "--allow-dirty",
    ]);
    output("cargo publish", &mut cargo)?;
    Ok(())
}

/// What a person does next: each step is visible to others or cannot be undone.
fn next_steps(version: Version) -> String {
    let tag = version.tag();
    format!(
        "\n{version} is ready. Review it with `git diff`, then:\n\n    \
         git commit --all --message 'Release {version}'\n    \
         git tag --annotate --message 'Release {version}' {tag}\n    \
         git push origin main {tag}\n    \
         cargo publish --workspace --all-features\n"
    )
}

/// The standard output of a program.
fn output(program: &'static str, command: &mut Command) -> Result<String, Error> {
    let failed = |reason: String| Error::Program { program, reason };
    let output = command
        .output()
        .map_err(|error| failed(error.to_string()))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let error = String::from_utf8_lossy(&output.stderr);
    Err(failed(
        error.lines().next().unwrap_or("see above").to_owned(),
    ))
}

/// Today's date in UTC, such as 2026-01-31.
fn today() -> String {
    const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let now = httpdate::fmt_http_date(SystemTime::now());
    // Such as `Sun, 06 Nov 1994 08:49:37 GMT`.
    let words: Vec<_> = now.split(' ').collect();
    let [_, day, month, year, ..] = words[..] else {
        return now;
    };
    let month = MONTHS.find(month).unwrap_or_default() / 3 + 1;
    format!("{year}-{month:02}-{day}")
}

fn read(path: &Path) -> Result<String, Error> {
    fs::read_to_string(path).map_err(|source| Error::File {
        path: path.to_owned(),
        source,
    })
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    fs::write(path, text).map_err(|source| Error::File {
        path: path.to_owned(),
        source,
    })
}
