//! The file token store: permissions, locks, and files that it did not write.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use partner_api::prelude::*;
use partner_api::secrecy::ExposeSecret as _;
use partner_api::{FileTokenStore, Token, TokenKey, TokenStore as _};
use partner_hub::Hub;
use tokio::task::JoinSet;

use crate::support::folder::Folder;
use crate::support::logins::{failures_of, get, login, millis, plain, slow, spawn_get};

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
    let folder = Folder::new();
    let path = folder.join("new").join("token.json");
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
    // Permissions that someone has loosened are tightened again.
    let all = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(&path, all).unwrap();
    store
        .save(&key("owner"), &Token::new("u", None))
        .await
        .unwrap();
    assert_eq!(mode(&path), 0o600);
}

#[tokio::test]
async fn a_file_stores_one_token_for_each_key() {
    let folder = Folder::new();
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

/// A token of this size that expires after this many hours.
fn token(bytes: usize, hours: u64) -> Token {
    let ends = SystemTime::now() + Duration::from_secs(hours * 3600);
    Token::new("x".repeat(bytes), ends)
}

#[tokio::test]
async fn expired_tokens_are_dropped() {
    let folder = Folder::new();
    let (store, one, other) = (folder.store(), key("one"), key("other"));
    let ended = Token::new("ended", SystemTime::now() - Duration::from_secs(60));
    store.save(&one, &ended).await.unwrap();
    store.save(&other, &token(10, 1)).await.unwrap();
    assert!(store.load(&one).await.unwrap().is_none());
    assert!(store.load(&other).await.unwrap().is_some());
}

#[tokio::test]
async fn a_file_never_grows_beyond_what_can_be_loaded() {
    let folder = Folder::new();
    let store = folder.store();
    // Each takes a quarter of the space.
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
    // A token that is too large by itself changes nothing.
    let large = token(1024 * 1024, 1);
    store.save(&key("large"), &large).await.unwrap_err();
    assert!(store.load(&key("user 0")).await.unwrap().is_some());
}

#[tokio::test]
async fn a_rejected_token_is_deleted_unless_there_is_a_newer_one() {
    let folder = Folder::new();
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
async fn each_key_has_a_lock_that_one_process_holds_at_a_time() {
    let folder = Folder::new();
    let (one, other) = (folder.store(), folder.store());
    let lock = one.lock(&key("owner")).await.unwrap().unwrap();
    let waits = tokio::time::timeout(millis(200), other.lock(&key("owner"))).await;
    assert!(waits.is_err(), "it is locked");
    other.lock(&key("another")).await.unwrap().unwrap();
    // A caller can change the file without holding the lock.
    other
        .save(&key("owner"), &Token::new("t", None))
        .await
        .unwrap();
    drop(lock);
    other.lock(&key("owner")).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_lock_that_is_never_released_delays_calls_but_fails_none() {
    let hub = plain().start().await.unwrap();
    let folder = Folder::new();
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
    // The others find the token without the lock.
    get(&sharing(&hub, &folder.store()), &hub).await.unwrap();
    assert_eq!(hub.count("token"), 1);
}

#[tokio::test]
async fn a_file_of_another_format_is_kept_and_costs_one_login() {
    let foreign: [&[u8]; 7] = [
        b"",
        b"\0\0\0\0",
        b"\xff\xfe",
        b"{",
        b"{\"name\": \"not ours\"}",
        b"[1]",
        b"{\"tokens\": [{\"base_url\": 7}]}",
    ];
    for content in foreign {
        let hub = plain().start().await.unwrap();
        let folder = Folder::new();
        std::fs::write(folder.token_file(), content).unwrap();
        for _ in 0..3 {
            get(&sharing(&hub, &folder.store()), &hub).await.unwrap();
        }
        assert_eq!(hub.count("token"), 1, "{content:?}");
        let kept = std::fs::read(folder.join("token.json.invalid")).unwrap();
        assert_eq!(kept, content);
    }
}

#[tokio::test]
async fn files_left_by_a_killed_process_do_no_harm() {
    let folder = Folder::new();
    std::fs::write(folder.join("token.json.new"), "{\"tok").unwrap();
    let store = folder.store();
    for secret in ["a", "b"] {
        store
            .save(&key("owner"), &Token::new(secret, None))
            .await
            .unwrap();
        assert_eq!(secret_of(&store, &key("owner")).await.unwrap(), secret);
    }
    let mut names = folder.file_names();
    names.sort();
    assert_eq!(names, ["token.json", "token.json.lock"]);
}

#[cfg(unix)]
#[tokio::test]
async fn a_path_that_cannot_be_a_file_fails_no_call() {
    let hub = plain().start().await.unwrap();
    let folder = Folder::new();
    std::fs::create_dir(folder.join("folder")).unwrap();
    std::fs::write(folder.join("file"), "").unwrap();
    let pipe = folder.join("pipe");
    let created = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(created.unwrap().success());
    let paths = ["folder", "file/token.json", "pipe", "zero\0byte", ""];
    for path in paths {
        hub.clear_requests();
        let store = match path {
            "" => FileTokenStore::new(""),
            path => FileTokenStore::new(folder.join(path)),
        };
        let start = Instant::now();
        get(&sharing(&hub, &store), &hub).await.unwrap();
        assert!(start.elapsed() < millis(2_000), "{path}");
        assert_eq!(hub.count("token"), 1);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn only_regular_files_are_renamed() {
    let hub = plain().start().await.unwrap();
    let folder = Folder::new();
    let billing = folder.join("billing");
    std::fs::create_dir(&billing).unwrap();
    std::fs::write(billing.join("precious"), "data").unwrap();
    let pipe = folder.join("pipe");
    let created = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(created.unwrap().success());
    let link = folder.join("link");
    std::os::unix::fs::symlink("billing", &link).unwrap();
    let large = folder.join("large");
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
    let mut names = folder.file_names();
    names.retain(|name| !name.starts_with("large."));
    names.sort();
    assert_eq!(names, ["billing", "large", "link", "pipe"]);
}

#[tokio::test]
async fn a_file_that_was_set_aside_is_never_overwritten() {
    let folder = Folder::new();
    let foreign = ["first", "second", "third"];
    for content in foreign {
        std::fs::write(folder.token_file(), content).unwrap();
        let token = Token::new("t", None);
        folder.store().save(&key("owner"), &token).await.unwrap();
    }
    let names = ["invalid", "invalid.2", "invalid.3"];
    for (content, name) in foreign.into_iter().zip(names) {
        let kept = std::fs::read_to_string(folder.join(&format!("token.json.{name}")));
        assert_eq!(kept.unwrap(), content);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_symlink_is_followed_and_kept() {
    let folder = Folder::new();
    let (link, second) = (folder.join("link"), folder.join("second"));
    std::os::unix::fs::symlink("second", &link).unwrap();
    // The target does not exist yet.
    std::os::unix::fs::symlink("data/token.json", &second).unwrap();
    let store = FileTokenStore::new(&link);
    let target = FileTokenStore::new(folder.join("data").join("token.json"));
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
    let mut names = folder.file_names();
    names.sort();
    assert_eq!(names, ["data", "link", "second"]);
}

#[tokio::test]
async fn clients_that_time_out_on_the_lock_use_the_first_ones_token() {
    let hub = plain().start().await.unwrap();
    let folder = Folder::new();
    let its = TokenKey::new(&hub.url().parse().unwrap(), hub.username());
    let _lock = folder.store().lock(&its).await.unwrap().unwrap();
    let client = |timeout| {
        let client = login(&hub).token_store(folder.store());
        client.timeout(timeout).build().unwrap()
    };
    let (first, second) = (client(millis(2_000)), client(millis(20_000)));
    let start = Instant::now();
    let (one, other) = tokio::join!(get(&first, &hub), get(&second, &hub));
    one.unwrap();
    other.unwrap();
    assert_eq!(hub.count("token"), 1);
    // The second client does not wait for the lock once there is a token.
    assert!(start.elapsed() < millis(5_000), "{:?}", start.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_with_a_short_timeout_wait_for_a_slow_login() {
    let hub = plain().start().await.unwrap();
    let folder = Folder::new();
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
