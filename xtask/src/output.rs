//! The last stage: writing what was made, all or nothing.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use similar::TextDiff;
use tempfile::NamedTempFile;

use crate::{console, regular_file};

/// What the names of files that are not in place yet begin with; git ignores them.
const STAGED: &str = ".xtask-";

/// A file the pipeline makes.
#[derive(Debug)]
pub struct GeneratedFile {
    /// Where it belongs.
    pub path: PathBuf,
    /// Its whole text.
    pub text: String,
}

impl GeneratedFile {
    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    /// Whether the file on disk is not this one.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        regular_file::read(&self.path).ok().as_deref() != Some(self.text.as_bytes())
    }

    /// What would change in the file, as a unified diff.
    #[must_use]
    pub fn diff(&self) -> String {
        let old = regular_file::read(&self.path).unwrap_or_default();
        let name = self.path.display();
        TextDiff::from_lines(&*String::from_utf8_lossy(&old), &*self.text)
            .unified_diff()
            .header(
                &format!("{name} (on disk)"),
                &format!("{name} (from the docs)"),
            )
            .to_string()
    }
}

/// Why the files could not be written; all of them are as they were before.
#[derive(Debug, thiserror::Error)]
#[error("{}: cannot be written: {source}; nothing was changed", path.display())]
pub struct Error {
    path: PathBuf,
    source: std::io::Error,
}

/// Writes the files that changed and returns their paths.
///
/// # Errors
/// When one cannot be written; those already replaced are put back.
pub fn write(made: &[GeneratedFile]) -> Result<Vec<&Path>, Error> {
    replace(made, &[])
}

/// Writes the files that changed, removes those that are gone, and returns the paths of the first.
///
/// # Errors
/// When one cannot be written or removed; those already replaced are put back.
pub fn replace<'a>(made: &'a [GeneratedFile], gone: &[PathBuf]) -> Result<Vec<&'a Path>, Error> {
    let stale: Vec<_> = made.iter().filter(|made| made.is_stale()).collect();
    // From here on Ctrl-C waits: every file is written or none, and nothing else is left behind.
    let _uninterrupted = uninterrupted();
    let paths = made.iter().map(|made| &made.path).chain(gone);
    let folders: BTreeSet<_> = paths.filter_map(|path| path.parent()).collect();
    folders.into_iter().for_each(remove_abandoned);
    // Dropped after the files in them.
    let mut folders = NewFolders::default();
    let mut staged = Vec::with_capacity(stale.len());
    for made in &stale {
        let stage = folders.create(made.folder()).and_then(|()| stage(made));
        staged.push(stage.map_err(|source| Error {
            path: made.path.clone(),
            source,
        })?);
    }
    let mut replaced = Replaced(Vec::new());
    for (file, made) in staged.into_iter().zip(&stale) {
        let put = |path: &Path| file.persist(path).map(drop).map_err(|error| error.error);
        replaced.with(&made.path, put)?;
    }
    for path in gone {
        replaced.with(path, |path| fs::remove_file(path))?;
    }
    folders.keep();
    Ok(stale.iter().map(|made| &*made.path).collect())
}

/// The files that are new already, and what they were.
struct Replaced(Vec<(PathBuf, Option<Vec<u8>>)>);

impl Replaced {
    /// Replaces one more, or puts all of them back.
    fn with(
        &mut self,
        path: &Path,
        replace: impl FnOnce(&Path) -> std::io::Result<()>,
    ) -> Result<(), Error> {
        let before = regular_file::read(path).ok();
        if let Err(source) = replace(path) {
            for (path, before) in self.0.drain(..) {
                // Best effort: the disk has just refused us.
                let _ = match before {
                    Some(bytes) => fs::write(path, bytes),
                    None => fs::remove_file(path),
                };
            }
            let path = path.to_owned();
            return Err(Error { path, source });
        }
        self.0.push((path.to_owned(), before));
        Ok(())
    }
}

/// Folders that were created for the files; without [`Self::keep`] they are removed again.
#[derive(Default)]
struct NewFolders(Vec<PathBuf>);

impl NewFolders {
    fn create(&mut self, folder: &Path) -> std::io::Result<()> {
        let missing = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.exists();
        let missing: Vec<_> = folder.ancestors().take_while(missing).collect();
        for folder in missing.into_iter().rev() {
            fs::create_dir(folder)?;
            self.0.push(folder.to_owned());
        }
        Ok(())
    }

    fn keep(mut self) {
        self.0.clear();
    }
}

impl Drop for NewFolders {
    fn drop(&mut self) {
        for folder in self.0.iter().rev() {
            // One that has something in it by now stays.
            let _ = fs::remove_dir(folder);
        }
    }
}

/// Writes a file's text beside it, so that putting it in place cannot fail half-way.
fn stage(made: &GeneratedFile) -> std::io::Result<NamedTempFile> {
    let mut file = tempfile::Builder::new()
        .prefix(STAGED)
        .tempfile_in(made.folder())?;
    // Until the file is in place, the lock says that a process still needs it.
    file.as_file().lock()?;
    file.write_all(made.text.as_bytes())?;
    file.as_file().sync_all()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(file.path(), fs::Permissions::from_mode(0o644))?;
    }
    Ok(file)
}

/// Removes what processes that were killed left in a folder.
fn remove_abandoned(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_staged = entry.file_name().to_string_lossy().starts_with(STAGED);
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if is_staged
            && is_file
            && File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok())
        {
            // What cannot be removed harms nobody.
            let _ = fs::remove_file(entry.path());
        }
    }
}

static WRITING: Mutex<()> = Mutex::new(());
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

fn uninterrupted() -> MutexGuard<'static, ()> {
    WRITING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether Ctrl-C was pressed.
#[must_use]
pub fn is_interrupted() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

/// Has Ctrl-C end the program with nothing half-written.
pub fn end_cleanly_on_interrupt() {
    // Where no handler can be set, Ctrl-C ends the program as it always did.
    let _ = ctrlc::set_handler(|| {
        INTERRUPTED.store(true, Ordering::SeqCst);
        let _written = uninterrupted();
        console::log("interrupted");
        std::process::exit(130);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_stale_files_are_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let made = |name: &str, text: &str| GeneratedFile {
            path: folder.path().join(name),
            text: text.into(),
        };
        fs::write(folder.path().join("same"), "same").expect("written");
        let files = [made("same", "same"), made("new/file", "text")];
        assert!(files[1].diff().contains("+text"));
        assert_eq!(
            write(&files).expect("written"),
            [folder.path().join("new/file")]
        );
        assert!(!files[1].is_stale());
    }

    #[test]
    fn a_file_that_cannot_be_removed_puts_the_others_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        fs::write(path("gone"), "gone").expect("written");
        fs::write(path("changed"), "old").expect("written");
        let made = [GeneratedFile {
            path: path("changed"),
            text: "new".into(),
        }];
        let gone = [path("gone"), path("never there")];
        replace(&made, &gone).expect_err("one cannot be removed");
        let read = |name: &str| fs::read_to_string(path(name)).expect("read");
        assert_eq!(
            (read("changed"), read("gone")),
            ("old".into(), "gone".into())
        );
        replace(&made, &gone[..1]).expect("both can be done");
        assert_eq!(
            (read("changed"), path("gone").exists()),
            ("new".into(), false)
        );
    }

    #[test]
    fn after_a_failure_every_file_is_as_before() {
        let folder = tempfile::tempdir().expect("a folder");
        let made = |name: &str| GeneratedFile {
            path: folder.path().join(name),
            text: "new".into(),
        };
        fs::write(folder.path().join("first"), "old").expect("written");
        // A folder stands where the third file belongs, so it cannot be put in place.
        fs::create_dir_all(folder.path().join("third/occupied")).expect("created");
        let error = write(&[made("first"), made("second"), made("third")])
            .expect_err("it cannot be written");
        assert!(
            error.to_string().contains("third: cannot be written"),
            "{error}"
        );
        assert_eq!(
            fs::read_to_string(folder.path().join("first")).expect("read"),
            "old"
        );
        let names: Vec<_> = fs::read_dir(folder.path())
            .expect("read")
            .flatten()
            .map(|entry| entry.file_name())
            .collect();
        assert_eq!(names.len(), 2, "nothing else is left: {names:?}");
    }
}
