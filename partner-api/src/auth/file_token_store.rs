//! A token store in a file.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};

use super::token_store::{Pause, Token, TokenKey, TokenStore, TokenStoreLock};
use crate::error::BoxError;

/// A [`TokenStore`] in a file that all processes of this machine share; for Linux, macOS and
/// Windows.
///
/// ```no_run
/// use partner_api::FileTokenStore;
/// use partner_api::prelude::*;
///
/// let client = Client::with_login("owner@shop.example", "secret")
///     .token_store(FileTokenStore::new("/var/lib/billing/360dialog-token.json"))
///     .build()?;
/// # Ok::<(), partner_api::Error>(())
/// ```
///
/// The file contains plain tokens, of any number of users and base URLs. Only its owner may read it
/// (mode 0600 on Unix; on Windows the permissions of the folder apply), so the processes have to run as
/// the same system user. It is replaced atomically, so a process that is killed never leaves a partial
/// file. Missing folders are created.
///
/// The folder also has empty files whose names start with the name of the file and end with `.lock`.
/// They are not deleted. The locks are those of the operating system, which end with their process. On
/// a network file system without such locks, processes log in more often, with a warning.
///
/// If the file is not a token file, the process logs in and reports a warning. When the next token is
/// saved, that file is renamed: `.invalid` is appended to its name, and a number if there is such a
/// file already. Only a regular file that could be read is renamed. A folder, a pipe, a file that may
/// not be read, or one of more than 1 MiB is not changed: each process then uses its own token, with a
/// warning.
///
/// Each change removes expired tokens, and those that expire first if there are more than fit in
/// 1 MiB.
///
/// A symbolic link is followed: its target is replaced, and the other files are in the folder of the
/// target.
#[derive(Clone, Debug)]
pub struct FileTokenStore {
    path: PathBuf,
}

/// The most bytes of a token file.
const MAX_BYTES: usize = 1024 * 1024;

/// How many symbolic links in a row are followed. Reading the file reports a loop.
const MAX_LINKS: usize = 40;

/// How long a change of the file may wait for changes by other processes.
const CHANGE_TIMEOUT: Duration = Duration::from_secs(2);

/// The content of the file.
#[derive(Default, Serialize, Deserialize)]
struct Content {
    tokens: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    #[serde(flatten)]
    key: TokenKey,
    #[serde(flatten)]
    token: Token,
}

impl FileTokenStore {
    /// A store in this file, which need not exist. Nothing is read or written yet.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The path with a suffix.
    fn sibling(&self, suffix: &str) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(suffix);
        name.into()
    }

    /// The store with symbolic links resolved. The file need not exist.
    fn followed(&self) -> Self {
        let mut path = self.path.clone();
        for _ in 0..MAX_LINKS {
            let Ok(target) = fs::read_link(&path) else {
                break;
            };
            path = path.parent().unwrap_or(Path::new("")).join(target);
        }
        Self { path }
    }

    /// Creates the folder of the file.
    fn create_folder(&self) -> Result<(), BoxError> {
        if self.path.file_name().is_none() {
            return Err(self.invalid());
        }
        // No lock files beside something that is not a regular file.
        if fs::metadata(&self.path).is_ok_and(|metadata| !metadata.is_file()) {
            return Err(self.invalid());
        }
        let Some(folder) = self.path.parent().filter(|folder| !folder.exists()) else {
            return Ok(());
        };
        let mut builder = fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        Ok(builder.recursive(true).create(folder)?)
    }

    /// The content of the file. The inner error is that of a file that was read and is not a token
    /// file.
    fn read(&self) -> Result<Result<Content, BoxError>, BoxError> {
        let content = match fs::metadata(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Ok(Content::default()));
            }
            // Opening a pipe would wait for its other end.
            Ok(metadata) if metadata.is_file() && metadata.len() <= MAX_BYTES as u64 => {
                fs::read(&self.path)?
            }
            Ok(_) => return Err(self.invalid()),
            Err(error) => return Err(error.into()),
        };
        Ok(serde_json::from_slice(&content).map_err(|_| self.invalid()))
    }

    /// Renames a file that is not a token file.
    fn put_aside(&self, error: &BoxError) -> Result<(), BoxError> {
        let mut invalid = self.sibling(".invalid");
        let mut number = 1_u32;
        while fs::symlink_metadata(&invalid).is_ok() {
            number += 1;
            invalid = self.sibling(&format!(".invalid.{number}"));
        }
        tracing::warn!(target: "partner_api", %error, renamed_to = %invalid.display(), "the token file is replaced");
        Ok(fs::rename(&self.path, invalid)?)
    }

    fn invalid(&self) -> BoxError {
        format!("{:?} is not a token file", self.path).into()
    }

    /// Changes the file, without losing changes by other processes.
    fn change(&self, change: impl FnOnce(&mut Vec<Entry>)) -> Result<(), BoxError> {
        self.create_folder()?;
        let _lock = wait_for(&self.sibling(".lock"))?;
        let mut content = match self.read()? {
            Ok(content) => content,
            Err(error) => {
                self.put_aside(&error)?;
                Content::default()
            }
        };
        let now = SystemTime::now();
        let is_over = |entry: &Entry| entry.token.expires_at().is_some_and(|at| at <= now);
        content.tokens.retain(|entry| !is_over(entry));
        change(&mut content.tokens);
        let content = encode(content)?;
        let new = self.sibling(".new");
        // A process that was killed may have left it. Only the holder of the lock writes it.
        match fs::remove_file(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        let written = create(&new, true).and_then(|mut file| {
            file.write_all(&content)?;
            file.sync_all()?;
            drop(file);
            fs::rename(&new, &self.path)
        });
        if written.is_err() {
            let _ = fs::remove_file(&new);
        }
        Ok(written?)
    }

    /// Runs a function on a thread that may block.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, BoxError> + Send + 'static,
    ) -> Result<T, BoxError> {
        let store = self.clone();
        tokio::task::spawn_blocking(move || work(&store.followed())).await?
    }
}

impl TokenStore for FileTokenStore {
    async fn load(&self, key: &TokenKey) -> Result<Option<Token>, BoxError> {
        let key = key.clone();
        self.blocking(move |store| {
            let mut tokens = store.read()??.tokens.into_iter();
            Ok(tokens.find(|entry| entry.key == key).map(|it| it.token))
        })
        .await
    }

    async fn save(&self, key: &TokenKey, token: &Token) -> Result<(), BoxError> {
        let (key, token) = (key.clone(), token.clone());
        self.blocking(move |store| {
            store.change(|tokens| {
                tokens.retain(|entry| entry.key != key);
                tokens.push(Entry { key, token });
            })
        })
        .await
    }

    async fn lock(&self, key: &TokenKey) -> Result<Option<TokenStoreLock>, BoxError> {
        // One lock for each user, so that no login waits for that of another user.
        let suffix = format!(".{:016x}.lock", hash(key));
        let mut pause = Pause::default();
        loop {
            let suffix = suffix.clone();
            let locked = self.blocking(move |store| {
                store.create_folder()?;
                Ok(try_lock(&store.sibling(&suffix))?)
            });
            if let Some(file) = locked.await? {
                return Ok(Some(TokenStoreLock::new(file)));
            }
            // A thread that waits for the lock could not be cancelled.
            pause.next().await;
        }
    }

    async fn reject(&self, key: &TokenKey, token: &Token) -> Result<(), BoxError> {
        let (key, rejected) = (key.clone(), token.clone());
        self.blocking(move |store| {
            store.change(|tokens| {
                let secret = rejected.access_token().expose_secret();
                tokens.retain(|Entry { key: its, token }| {
                    *its != key || token.access_token().expose_secret() != secret
                });
            })
        })
        .await
    }
}

/// Serialises the content without the tokens that do not fit. The last token is the latest one.
fn encode(mut content: Content) -> Result<Vec<u8>, BoxError> {
    let bytes = serde_json::to_vec(&content)?;
    let mut excess = bytes.len().saturating_sub(MAX_BYTES);
    if excess == 0 {
        return Ok(bytes);
    }
    while excess > 0 {
        let others = content.tokens.split_last().map_or(&[][..], |it| it.1);
        let ends = others.iter().map(|entry| entry.token.expires_at());
        let first = ends.enumerate().min_by_key(|(_, at)| (at.is_none(), *at));
        let (first, _) = first.ok_or("the token is larger than a token file may be")?;
        // With its comma.
        let freed = serde_json::to_vec(&content.tokens.remove(first))?.len() + 1;
        excess = excess.saturating_sub(freed);
    }
    Ok(serde_json::to_vec(&content)?)
}

/// A file that only its owner may read.
fn create(path: &Path, new: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.write(true).create(true).create_new(new).open(path)
}

/// The lock, unless another process has it.
fn try_lock(path: &Path) -> io::Result<Option<File>> {
    let file = create(path, false)?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// The lock. Other processes hold it only for a moment.
fn wait_for(path: &Path) -> io::Result<File> {
    let start = Instant::now();
    loop {
        if let Some(file) = try_lock(path)? {
            return Ok(file);
        }
        if start.elapsed() > CHANGE_TIMEOUT {
            return Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "another process keeps the token file locked",
            ));
        }
        std::thread::sleep(Duration::from_millis(fastrand::u64(1..5)));
    }
}

/// FNV-1a, the same in every process and version.
fn hash(key: &TokenKey) -> u64 {
    let bytes = key.base_url.bytes().chain([0]).chain(key.username.bytes());
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
