//! Real processes share a token through a file. Each runs [`a_process_that_shares_the_token`].

use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant, SystemTime};

use partner_api::prelude::*;
use partner_api::{FileTokenStore, Token, TokenKey, TokenStore as _};
use partner_hub::Hub;

use crate::support::folder::Folder;
use crate::support::logins::{get_partner, millis, plain, quick, rejections, slow, until};
use crate::support::process;

const PROCESSES: usize = 20;
const HOUR: Duration = Duration::from_secs(3600);

async fn save(folder: &Folder, hub: &Hub, token: Token) {
    folder.store().save(&key(hub), &token).await.unwrap();
}

fn key(hub: &Hub) -> TokenKey {
    TokenKey::new(&hub.url().parse().unwrap(), hub.username())
}

/// Processes that wait for [`go`](Self::go) before their first call.
struct Processes(Vec<Child>);

impl Processes {
    async fn start(hub: &Hub, folder: &Folder, count: usize, calls_for: Duration) -> Self {
        let children = (0..count).map(|nth| {
            process::ignored_test(module_path!(), "a_process_that_shares_the_token")
                .env("HUB_URL", hub.url())
                .env("HUB_USERNAME", hub.username())
                .env("HUB_PASSWORD", hub.password())
                .env("HUB_PARTNER", hub.partner_id())
                .env("FOLDER", folder.path())
                .env("NTH", nth.to_string())
                .env("CALLS_FOR", calls_for.as_millis().to_string())
                .stdout(Stdio::null())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        });
        let children = Self(children.collect());
        let is_ready = |name: &String| name.starts_with("ready");
        until("all are ready", || {
            folder
                .file_names()
                .iter()
                .filter(|name| is_ready(name))
                .count()
                >= count
        })
        .await;
        children
    }

    fn go(&self, folder: &Folder) {
        std::fs::write(folder.join("go"), "").unwrap();
    }

    /// Fails if any of them failed.
    async fn succeed(self) {
        let ended = tokio::task::spawn_blocking(|| {
            let outputs = self.0.into_iter().map(Child::wait_with_output);
            outputs.collect::<Result<Vec<_>, _>>().unwrap()
        });
        let ended = ended.await.unwrap();
        let failed = ended.iter().filter(|output| !output.status.success());
        let failed: Vec<_> = failed
            .map(|output| String::from_utf8_lossy(&output.stderr))
            .collect();
        assert!(failed.is_empty(), "{} failed: {}", failed.len(), failed[0]);
    }
}

/// Not a test by itself: one of many processes.
#[tokio::test]
#[ignore = "run by the other tests, in processes of their own"]
async fn a_process_that_shares_the_token() {
    let Ok(folder) = std::env::var("FOLDER") else {
        return;
    };
    let variable = |name| std::env::var(name).unwrap();
    let folder = Path::new(&folder);
    let client = Client::with_login(variable("HUB_USERNAME"), variable("HUB_PASSWORD"))
        .base_url(variable("HUB_URL"))
        .retry_policy(quick())
        .token_store(FileTokenStore::new(folder.join("token.json")))
        .build()
        .unwrap();
    std::fs::write(folder.join(format!("ready-{}", variable("NTH"))), "").unwrap();
    until("it may go", || folder.join("go").exists()).await;
    let start = Instant::now();
    let calls_for = millis(variable("CALLS_FOR").parse().unwrap());
    loop {
        get_partner(&client, &variable("HUB_PARTNER"))
            .await
            .unwrap();
        if start.elapsed() >= calls_for {
            break;
        }
        tokio::time::sleep(millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_processes_that_start_together_log_in_once() {
    let hub = plain().start().await.unwrap();
    let folder = Folder::new();
    // Long enough that all of them look for a token before there is one.
    hub.fault(slow(300).on("token")).unwrap();
    let processes = Processes::start(&hub, &folder, PROCESSES, millis(0)).await;
    processes.go(&folder);
    processes.succeed().await;
    assert_eq!((hub.count("token"), rejections(&hub)), (1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_processes_with_an_expired_token_log_in_once() {
    let hub = plain().start().await.unwrap();
    let folder = Folder::new();
    let expired = Token::new("0ld", SystemTime::now() - HOUR);
    save(&folder, &hub, expired).await;
    hub.fault(slow(300).on("token")).unwrap();
    let processes = Processes::start(&hub, &folder, PROCESSES, millis(0)).await;
    processes.go(&folder);
    processes.succeed().await;
    assert_eq!((hub.count("token"), rejections(&hub)), (1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_processes_with_a_token_that_the_server_rejects_log_in_once() {
    let hub = plain().start().await.unwrap();
    let folder = Folder::new();
    let rejected = Token::new("st4le", SystemTime::now() + HOUR);
    save(&folder, &hub, rejected).await;
    hub.fault(slow(300).on("token")).unwrap();
    let processes = Processes::start(&hub, &folder, PROCESSES, millis(0)).await;
    processes.go(&folder);
    processes.succeed().await;
    assert_eq!(hub.count("token"), 1);
    assert!((1..=PROCESSES).contains(&rejections(&hub)), "each once");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_login_follows_when_the_process_that_holds_the_lock_is_killed() {
    let hub = plain().start().await.unwrap();
    let folder = Folder::new();
    hub.fault(slow(60_000).on("token").nth(1)).unwrap();
    let mut killed = Processes::start(&hub, &folder, 1, millis(0)).await;
    killed.go(&folder);
    until("it logs in", || hub.count("token") == 1).await;
    let others = Processes::start(&hub, &folder, PROCESSES, millis(0)).await;
    // They wait for the lock.
    tokio::time::sleep(millis(500)).await;
    assert_eq!((hub.count("token"), hub.count("get_partner")), (1, 0));
    killed.0[0].kill().unwrap();
    killed.0[0].wait().unwrap();
    others.succeed().await;
    assert_eq!((hub.count("token"), rejections(&hub)), (2, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_processes_refresh_their_token_once() {
    // A token is refreshed 3.75 to 4.25 seconds after its login.
    let lifetime = Duration::from_secs(5);
    let hub = plain().token_lifetime(lifetime).start().await.unwrap();
    let folder = Folder::new();
    let processes = Processes::start(&hub, &folder, PROCESSES, millis(4_400)).await;
    processes.go(&folder);
    processes.succeed().await;
    assert_eq!(hub.count("token"), 2);
}
