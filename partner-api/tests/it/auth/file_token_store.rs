//! The token store in a file: its rights, its locks, and files that are none of its own.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use crate::support::logins::{failures_of, get, login, millis, plain, slow, spawn_get};
use partner_api::prelude::*;
use partner_api::secrecy::ExposeSecret as _;
use partner_api::{FileTokenStore, Token, TokenKey, TokenStore as _};
use partner_hub::Hub;
use tokio::task::JoinSet;

/// A folder that goes with its test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("partner-api-file-{}-{name}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    fn path(&self) -> PathBuf {
        self.0.join("token.json")
    }

    fn store(&self) -> FileTokenStore {
        FileTokenStore::new(self.path())
    }

    fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.0).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn key(username: &str) -> TokenKey {
    TokenKey::new(&"https://hub.360dialog.io".parse().unwrap(), username)
}

fn sharing(hub: &Hub, store: &FileTokenStore) -> Client {
    login(hub).token_store(store.clone()).build().unwrap()
}

async fn secret_of(store: &FileTokenStore, key: &TokenKey) -> Option<String> {
    let token = store.load(key).await.unwrap()?;
    Some(token.access_token().expose_secret().to_owned())
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_may_read_the_files() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = Folder::new("mode");
    let path = folder.0.join("new").join("token.json");
    let store = FileTokenStore::new(&path);
    let lock = store.lock(&key("owner")).await.unwrap();
    store
        .save(&key("owner"), &Token::new("t", None))
        .await
        .unwrap();
    drop(lock);
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    let entries = std::fs::read_dir(path.parent().unwrap()).unwrap();
    let paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    assert_eq!(paths.len(), 3, "{paths:?}");
    for path in paths {
        assert_eq!(mode(&path), 0o600, "{path:?}");
    }
    // Rights that someone has loosened are tightened again.
    let all = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(&path, all).unwrap();
    store
        .save(&key("owner"), &Token::new("u", None))
        .await
        .unwrap();
    assert_eq!(mode(&path), 0o600);
}

#[tokio::test]
async fn a_file_keeps_each_token_of_each_key() {
    let folder = Folder::new("keys");
    let ends = SystemTime::UNIX_EPOCH + Duration::from_secs(4_000_000_000);
    let mut saves = JoinSet::new();
    for nth in 0..30 {
        let store = folder.store();
        saves.spawn(async move {
            let token = Token::new(format!("t{nth}"), ends);
            store
                .save(&key(&format!("user {nth}")), &token)
                .await
                .unwrap();
        });
    }
    saves.join_all().await;
    let store = folder.store();
    for nth in 0..30 {
        let token = store
            .load(&key(&format!("user {nth}")))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(token.access_token().expose_secret(), &format!("t{nth}"));
        assert_eq!(token.expires_at(), Some(ends));
    }
    let staging = TokenKey::new(&"https://staging.example".parse().unwrap(), "user 1");
    assert_eq!(secret_of(&store, &staging).await, None);
}

/// A token of this size that ends after so many hours.
fn token(bytes: usize, hours: u64) -> Token {
    let ends = SystemTime::now() + Duration::from_secs(hours * 3600);
    Token::new("x".repeat(bytes), ends)
}

#[tokio::test]
async fn tokens_that_have_ended_are_dropped() {
    let folder = Folder::new("ended");
    let (store, one, other) = (folder.store(), key("one"), key("other"));
    let ended = Token::new("ended", SystemTime::now() - Duration::from_secs(60));
    store.save(&one, &ended).await.unwrap();
    store.save(&other, &token(10, 1)).await.unwrap();
    assert!(store.load(&one).await.unwrap().is_none());
    assert!(store.load(&other).await.unwrap().is_some());
}

#[tokio::test]
async fn a_file_never_has_more_than_can_be_loaded() {
    let folder = Folder::new("full");
    let store = folder.store();
    // A quarter of what fits, each.
    for (nth, hours) in [4, 1, 3, 2, 5, 6].into_iter().enumerate() {
        let key = key(&format!("user {nth}"));
        store.save(&key, &token(250_000, hours)).await.unwrap();
        assert!(store.load(&key).await.unwrap().is_some(), "{nth}");
    }
    let mut left = Vec::new();
    for nth in 0..6 {
        let token = store.load(&key(&format!("user {nth}"))).await.unwrap();
        left.extend(token.map(|_| nth));
    }
    assert_eq!(left, [0, 2, 4, 5], "those that end first are dropped");
    // One that is too large itself changes nothing.
    let large = token(1024 * 1024, 1);
    store.save(&key("large"), &large).await.unwrap_err();
    assert!(store.load(&key("user 0")).await.unwrap().is_some());
}

#[tokio::test]
async fn a_rejected_token_is_deleted_unless_there_is_a_newer_one() {
    let folder = Folder::new("reject");
    let (store, one, other) = (folder.store(), key("one"), key("other"));
    for key in [&one, &other] {
        store.save(key, &Token::new("new", None)).await.unwrap();
    }
    store.reject(&one, &Token::new("0ld", None)).await.unwrap();
    assert_eq!(secret_of(&store, &one).await.unwrap(), "new");
    store.reject(&one, &Token::new("new", None)).await.unwrap();
    assert_eq!(secret_of(&store, &one).await, None);
    assert_eq!(secret_of(&store, &other).await.unwrap(), "new");
}

#[tokio::test]
async fn a_lock_is_one_processs_at_a_time_and_one_for_each_key() {
    let folder = Folder::new("lock");
    let (one, other) = (folder.store(), folder.store());
    let lock = one.lock(&key("owner")).await.unwrap().unwrap();
    let waits = tokio::time::timeout(millis(200), other.lock(&key("owner"))).await;
    assert!(waits.is_err(), "it is locked");
    other.lock(&key("another")).await.unwrap().unwrap();
    // A change of the file needs no lock of the caller's.
    other
        .save(&key("owner"), &Token::new("t", None))
        .await
        .unwrap();
    drop(lock);
    other.lock(&key("owner")).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_lock_that_nobody_frees_costs_its_time_and_no_call() {
    let hub = plain().start().await.unwrap();
    let folder = Folder::new("hangs");
    let its = TokenKey::new(&hub.url().parse().unwrap(), hub.username());
    let _lock = folder.store().lock(&its).await.unwrap().unwrap();
    let client = login(&hub)
        .token_store(folder.store())
        .timeout(millis(2_000))
        .build()
        .unwrap();
    let start = Instant::now();
    assert!(failures_of(&client, &hub, 20).await.is_empty());
    let took = start.elapsed();
    assert!(took >= millis(1_000) && took < millis(2_000), "{took:?}");
    assert_eq!(hub.count("token"), 1);
    // Its token is there for the others, who need no lock to find it.
    get(&sharing(&hub, &folder.store()), &hub).await.unwrap();
    assert_eq!(hub.count("token"), 1);
}

#[tokio::test]
async fn a_file_that_is_not_of_this_store_costs_one_login_and_is_kept() {
    let foreign: [&[u8]; 7] = [
        b"",
        b"\0\0\0\0",
        b"\xff\xfe",
        b"{",
        b"{\"name\": \"not ours\"}",
        b"[1]",
        b"{\"tokens\": [{\"base_url\": 7}]}",
    ];
    for (nth, content) in foreign.into_iter().enumerate() {
        let hub = plain().start().await.unwrap();
        let folder = Folder::new(&format!("foreign-{nth}"));
        std::fs::write(folder.path(), content).unwrap();
        for _ in 0..3 {
            get(&sharing(&hub, &folder.store()), &hub).await.unwrap();
        }
        assert_eq!(hub.count("token"), 1, "{content:?}");
        let kept = std::fs::read(folder.0.join("token.json.invalid")).unwrap();
        assert_eq!(kept, content);
    }
}

#[tokio::test]
async fn what_a_killed_process_left_is_in_nobodys_way() {
    let folder = Folder::new("left");
    std::fs::write(folder.0.join("token.json.new"), "{\"tok").unwrap();
    let store = folder.store();
    for secret in ["a", "b"] {
        store
            .save(&key("owner"), &Token::new(secret, None))
            .await
            .unwrap();
        assert_eq!(secret_of(&store, &key("owner")).await.unwrap(), secret);
    }
    let mut names = folder.names();
    names.sort();
    assert_eq!(names, ["token.json", "token.json.lock"]);
}

#[cfg(unix)]
#[tokio::test]
async fn a_path_that_cannot_be_a_file_costs_no_call() {
    let hub = plain().start().await.unwrap();
    let folder = Folder::new("odd");
    std::fs::create_dir(folder.0.join("folder")).unwrap();
    std::fs::write(folder.0.join("file"), "").unwrap();
    let pipe = folder.0.join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let paths = ["folder", "file/token.json", "pipe", "zero\0byte", ""];
    for path in paths {
        hub.clear_requests();
        let store = match path {
            "" => FileTokenStore::new(""),
            path => FileTokenStore::new(folder.0.join(path)),
        };
        let start = Instant::now();
        get(&sharing(&hub, &store), &hub).await.unwrap();
        assert!(start.elapsed() < millis(2_000), "{path}");
        assert_eq!(hub.count("token"), 1);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn what_is_no_regular_file_is_never_renamed() {
    let hub = plain().start().await.unwrap();
    let folder = Folder::new("never-renamed");
    let billing = folder.0.join("billing");
    std::fs::create_dir(&billing).unwrap();
    std::fs::write(billing.join("precious"), "data").unwrap();
    let pipe = folder.0.join("pipe");
    let created = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(created.unwrap().success());
    let link = folder.0.join("link");
    std::os::unix::fs::symlink("billing", &link).unwrap();
    let large = folder.0.join("large");
    std::fs::write(&large, vec![b' '; 1024 * 1024 + 1]).unwrap();
    let with_slash = PathBuf::from(format!("{}/", billing.display()));
    for path in [&billing, &with_slash, &pipe, &link, &large] {
        let store = FileTokenStore::new(path);
        get(&sharing(&hub, &store), &hub).await.unwrap();
        store
            .save(&key("owner"), &Token::new("t", None))
            .await
            .unwrap_err();
    }
    assert_eq!(std::fs::read(billing.join("precious")).unwrap(), b"data");
    assert_eq!(std::fs::read_dir(&billing).unwrap().count(), 1);
    assert!(link.is_symlink());
    assert_eq!(std::fs::metadata(large).unwrap().len(), 1024 * 1024 + 1);
    let mut names = folder.names();
    names.retain(|name| !name.starts_with("large."));
    names.sort();
    assert_eq!(names, ["billing", "large", "link", "pipe"]);
}

#[tokio::test]
async fn a_file_that_was_put_aside_is_never_overwritten() {
    let folder = Folder::new("put-aside");
    let foreign = ["first", "second", "third"];
    for content in foreign {
        std::fs::write(folder.path(), content).unwrap();
        let token = Token::new("t", None);
        folder.store().save(&key("owner"), &token).await.unwrap();
    }
    let names = ["invalid", "invalid.2", "invalid.3"];
    for (content, name) in foreign.into_iter().zip(names) {
        let kept = std::fs::read_to_string(folder.0.join(format!("token.json.{name}")));
        assert_eq!(kept.unwrap(), content);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_is_followed_and_stays() {
    let folder = Folder::new("link");
    let (link, second) = (folder.0.join("link"), folder.0.join("second"));
    std::os::unix::fs::symlink("second", &link).unwrap();
    // Its target does not exist yet.
    std::os::unix::fs::symlink("data/token.json", &second).unwrap();
    let store = FileTokenStore::new(&link);
    let target = FileTokenStore::new(folder.0.join("data").join("token.json"));
    for secret in ["a", "b"] {
        let token = Token::new(secret, None);
        store.save(&key("owner"), &token).await.unwrap();
        assert_eq!(secret_of(&target, &key("owner")).await.unwrap(), secret);
    }
    let lock = store.lock(&key("owner")).await.unwrap();
    let waits = tokio::time::timeout(millis(200), target.lock(&key("owner"))).await;
    assert!(waits.is_err(), "it is locked by the path that leads to it");
    drop(lock);
    assert!(link.is_symlink() && second.is_symlink());
    let mut names = folder.names();
    names.sort();
    assert_eq!(names, ["data", "link", "second"]);
}

#[tokio::test]
async fn clients_that_give_up_a_lock_use_the_token_of_the_first() {
    let hub = plain().start().await.unwrap();
    let folder = Folder::new("given-up");
    let its = TokenKey::new(&hub.url().parse().unwrap(), hub.username());
    let _lock = folder.store().lock(&its).await.unwrap().unwrap();
    let client = |deadline| {
        let client = login(&hub).token_store(folder.store());
        client.timeout(deadline).build().unwrap()
    };
    let (first, second) = (client(millis(2_000)), client(millis(20_000)));
    let start = Instant::now();
    let (one, other) = tokio::join!(get(&first, &hub), get(&second, &hub));
    one.unwrap();
    other.unwrap();
    assert_eq!(hub.count("token"), 1);
    // The second does not wait for the lock once there is a token.
    assert!(start.elapsed() < millis(5_000), "{:?}", start.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_with_a_short_deadline_wait_for_a_slow_login() {
    let hub = plain().start().await.unwrap();
    let folder = Folder::new("slow-login");
    hub.fault(slow(1_500).on("token")).unwrap();
    let calls = (0..20).map(|_| {
        let client = login(&hub).token_store(folder.store());
        spawn_get(&client.timeout(millis(4_500)).build().unwrap(), &hub)
    });
    for call in calls.collect::<Vec<_>>() {
        call.await.unwrap().unwrap();
    }
    assert_eq!(hub.count("token"), 1);
}
