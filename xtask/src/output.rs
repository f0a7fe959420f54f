//! Writing the generated files: all of them or none.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use similar::TextDiff;
use tempfile::NamedTempFile;

use crate::{console, regular_file};

/// The prefix of temporary files, which git ignores.
const TEMPORARY: &str = ".xtask-";

/// A file that the pipeline generates.
#[derive(Debug)]
pub struct GeneratedFile {
    /// Its path.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
}

impl GeneratedFile {
    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("."))
    }

    /// Whether the file on disk differs.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        regular_file::read(&self.path).ok().as_deref() != Some(self.text.as_bytes())
    }

    /// The unified diff from the file on disk.
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

/// Why the files could not be written; none of them is changed.
#[derive(Debug, thiserror::Error)]
#[error("{}: cannot be written: {source}; no file was changed", path.display())]
pub struct Error {
    path: PathBuf,
    source: std::io::Error,
}

/// Writes the files that changed and returns their paths.
///
/// # Errors
/// When one cannot be written; those already replaced are restored.
pub fn write(files: &[GeneratedFile]) -> Result<Vec<&Path>, Error> {
    replace(files, &[])
}

/// Writes the files that changed, removes those that are gone, and returns the paths of those written.
///
/// # Errors
/// When one cannot be written or removed; those already replaced are restored.
pub fn replace<'a>(files: &'a [GeneratedFile], gone: &[PathBuf]) -> Result<Vec<&'a Path>, Error> {
    let stale: Vec<_> = files.iter().filter(|file| file.is_stale()).collect();
    // From here on Ctrl-C waits until all files are written, or none.
    let _uninterrupted = uninterrupted();
    let paths = files.iter().map(|file| &file.path).chain(gone);
    let folders: BTreeSet<_> = paths.filter_map(|path| path.parent()).collect();
    folders.into_iter().for_each(remove_abandoned);
    // Declared before the temporary files, and so dropped after them.
    let mut folders = NewFolders::default();
    let mut staged = Vec::with_capacity(stale.len());
    for file in &stale {
        let temporary = folders.create(file.folder()).and_then(|()| stage(file));
        staged.push(temporary.map_err(|source| Error {
            path: file.path.clone(),
            source,
        })?);
    }
    let mut replaced = Replaced(Vec::new());
    for (temporary, file) in staged.into_iter().zip(&stale) {
        let persist = |path: &Path| {
            temporary
                .persist(path)
                .map(drop)
                .map_err(|error| error.error)
        };
        replaced.with(&file.path, persist)?;
    }
    for path in gone {
        replaced.with(path, |path| fs::remove_file(path))?;
    }
    folders.keep();
    Ok(stale.iter().map(|file| &*file.path).collect())
}

/// The files that are already replaced, with their former contents.
struct Replaced(Vec<(PathBuf, Option<Vec<u8>>)>);

impl Replaced {
    /// Replaces one more file, or restores all of them.
    fn with(
        &mut self,
        path: &Path,
        replace: impl FnOnce(&Path) -> std::io::Result<()>,
    ) -> Result<(), Error> {
        let before = regular_file::read(path).ok();
        if let Err(source) = replace(path) {
            for (path, before) in self.0.drain(..) {
                // Best effort: the disk has just failed.
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

/// The folders that were created for the files; they are removed again unless [`Self::keep`] is called.
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
            // A folder that is not empty stays.
            let _ = fs::remove_dir(folder);
        }
    }
}

/// Writes the text to a temporary file in the same folder, so that replacing the file is atomic.
fn stage(generated: &GeneratedFile) -> std::io::Result<NamedTempFile> {
    let mut file = tempfile::Builder::new()
        .prefix(TEMPORARY)
        .tempfile_in(generated.folder())?;
    // Until the file is persisted, the lock marks it as in use.
    file.as_file().lock()?;
    file.write_all(generated.text.as_bytes())?;
    file.as_file().sync_all()?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(file.path(), fs::Permissions::from_mode(0o644))?;
    }
    Ok(file)
}

/// Removes the temporary files that killed processes left in a folder.
fn remove_abandoned(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let is_temporary = entry.file_name().to_string_lossy().starts_with(TEMPORARY);
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if is_temporary
            && is_file
            && File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok())
        {
            // A file that cannot be removed does no harm.
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

/// Makes Ctrl-C end the program only when no write is half done.
pub fn end_cleanly_on_interrupt() {
    // If no handler can be set, Ctrl-C ends the program as by default.
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
        let file = |name: &str, text: &str| GeneratedFile {
            path: folder.path().join(name),
            text: text.into(),
        };
        fs::write(folder.path().join("same"), "same").expect("written");
        let files = [file("same", "same"), file("new/file", "text")];
        assert!(files[1].diff().contains("+text"));
        assert_eq!(
            write(&files).expect("written"),
            [folder.path().join("new/file")]
        );
        assert!(!files[1].is_stale());
    }

    #[test]
    fn a_failed_removal_restores_the_other_files() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name);
        fs::write(path("gone"), "gone").expect("written");
        fs::write(path("changed"), "old").expect("written");
        let files = [GeneratedFile {
            path: path("changed"),
            text: "new".into(),
        }];
        let gone = [path("gone"), path("never there")];
        replace(&files, &gone).expect_err("one cannot be removed");
        let read = |name: &str| fs::read_to_string(path(name)).expect("read");
        assert_eq!(
            (read("changed"), read("gone")),
            ("old".into(), "gone".into())
        );
        replace(&files, &gone[..1]).expect("both can be done");
        assert_eq!(
            (read("changed"), path("gone").exists()),
            ("new".into(), false)
        );
    }

    #[test]
    fn a_failed_write_changes_no_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = |name: &str| GeneratedFile {
            path: folder.path().join(name),
            text: "new".into(),
        };
        fs::write(folder.path().join("first"), "old").expect("written");
        // A folder has the path of the third file, so that one cannot be written.
        fs::create_dir_all(folder.path().join("third/occupied")).expect("created");
        let error = write(&[file("first"), file("second"), file("third")])
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
