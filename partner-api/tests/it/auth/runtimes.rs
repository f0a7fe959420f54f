//! One client in several runtimes, and after the runtime of its login has ended.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use partner_api::prelude::*;
use partner_api::{CallOptions, Error, RetryPolicy};
use partner_hub::{Hub, HubBuilder};
use tokio::runtime::{Builder, Runtime};

use crate::support::folder::Folder;
use crate::support::logins::{
    approve, change_request, get, get_with, login, millis, plain, slow, status_of,
};

/// An emulator in a runtime of its own, for a client that runs in others.
struct Elsewhere {
    hub: Hub,
    client: Client,
    _runtime: Runtime,
}

impl Elsewhere {
    fn new(hub: HubBuilder) -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let hub = runtime.block_on(hub.start()).unwrap();
        let client = login(&hub)
            .timeout(Duration::from_secs(10))
            .build()
            .unwrap();
        Self {
            hub,
            client,
            _runtime: runtime,
        }
    }

    /// A call in this runtime.
    fn get(&self, runtime: &Runtime) -> Result<(), Error> {
        runtime.block_on(get(&self.client, &self.hub))
    }

    /// A call in this runtime that is cancelled while its login is in flight.
    fn give_up(&self, runtime: &Runtime) {
        let hurried = CallOptions::new().timeout(millis(200));
        let call = get_with(&self.client, &self.hub, hurried);
        assert!(runtime.block_on(call).unwrap_err().is_timeout());
        assert_eq!(self.hub.count("token"), 1);
    }
}

/// A runtime that runs only while something blocks on it.
fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

#[test]
fn one_client_serves_several_runtimes_with_one_login() {
    let it = Elsewhere::new(plain());
    it.hub.fault(slow(50).on("token")).unwrap();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let runtime = runtime();
                for _ in 0..5 {
                    it.get(&runtime).unwrap();
                }
            });
        }
    });
    assert_eq!(it.hub.count("token"), 1);
}

#[test]
fn a_runtime_of_its_own_for_each_call_needs_one_login() {
    let it = Elsewhere::new(plain());
    for _ in 0..5 {
        it.get(&runtime()).unwrap();
    }
    assert_eq!(it.hub.count("token"), 1);
}

#[test]
fn a_login_dropped_with_its_runtime_is_done_by_the_next_caller() {
    for background in [false, true] {
        let it = Elsewhere::new(plain());
        it.hub.fault(slow(800).on("token").nth(1)).unwrap();
        let first = runtime();
        it.give_up(&first);
        match background {
            true => first.shutdown_background(),
            false => drop(first),
        }
        let start = Instant::now();
        it.get(&runtime()).unwrap();
        assert!(
            start.elapsed() < Duration::from_secs(3),
            "{:?}",
            start.elapsed()
        );
        assert_eq!(it.hub.count("token"), 2);
    }
}

#[test]
fn a_caller_that_waits_takes_over_the_login_of_a_runtime_that_ends() {
    let it = Elsewhere::new(plain());
    it.hub.fault(slow(60_000).on("token").nth(1)).unwrap();
    let first = runtime();
    it.give_up(&first);
    thread::scope(|scope| {
        let (send_done, done) = mpsc::channel();
        let it = &it;
        scope.spawn(move || send_done.send(it.get(&runtime())).unwrap());
        assert!(done.recv_timeout(millis(100)).is_err(), "it waits");
        drop(first);
        done.recv_timeout(Duration::from_secs(5)).unwrap().unwrap();
    });
    assert_eq!(it.hub.count("token"), 2);
}

#[test]
fn a_login_of_a_runtime_that_nobody_drives_is_done_by_the_next_caller() {
    let mut it = Elsewhere::new(plain());
    // Connections that nobody drives are tested elsewhere.
    let http = login(&it.hub).configure_http(|http| http.pool_max_idle_per_host(0));
    let client = http.timeout(Duration::from_secs(10)).build();
    it.client = client.unwrap();
    it.hub.fault(slow(800).on("token").nth(1)).unwrap();
    let first = runtime();
    it.give_up(&first);
    // The runtime still exists, but nothing in it runs.
    let start = Instant::now();
    it.get(&runtime()).unwrap();
    let took = start.elapsed();
    assert!(took < Duration::from_secs(3), "{took:?}");
    assert_eq!(it.hub.count("token"), 2);
    // The rest of the login changes nothing when the runtime runs again.
    for _ in 0..3 {
        it.get(&first).unwrap();
        first.block_on(async { tokio::time::sleep(millis(100)).await });
        it.get(&runtime()).unwrap();
    }
    assert_eq!(it.hub.count("token"), 2);
}

#[test]
fn a_call_with_a_short_timeout_takes_over_a_login_that_nobody_drives() {
    let it = Elsewhere::new(plain());
    it.hub.fault(slow(800).on("token").nth(1)).unwrap();
    let first = runtime();
    it.give_up(&first);
    thread::sleep(millis(1_100));
    let hurried = CallOptions::new().timeout(millis(700));
    let call = get_with(&it.client, &it.hub, hurried);
    runtime().block_on(call).unwrap();
    drop(first);
}

#[test]
fn a_login_that_nobody_drives_releases_the_lock_of_its_store() {
    let mut it = Elsewhere::new(plain());
    let folder = Folder::new();
    it.client = login(&it.hub)
        .timeout(Duration::from_secs(20))
        .token_store(folder.store())
        .build()
        .unwrap();
    it.hub.fault(slow(800).on("token").nth(1)).unwrap();
    let first = runtime();
    it.give_up(&first);
    thread::sleep(millis(1_100));
    let start = Instant::now();
    it.get(&runtime()).unwrap();
    let took = start.elapsed();
    assert!(took < Duration::from_secs(2), "it waited for its own lock");
    assert_eq!(it.hub.count("token"), 2);
    drop(first);
}

#[test]
fn a_panic_of_another_task_does_not_break_the_login() {
    let it = Elsewhere::new(plain());
    it.hub.fault(slow(800).on("token").nth(1)).unwrap();
    thread::scope(|scope| {
        let call = scope.spawn(|| {
            let first = runtime();
            it.give_up(&first);
            // The thread drops the runtime, and with it the login.
            panic!("a bug of the program's");
        });
        call.join().unwrap_err();
    });
    it.get(&runtime()).unwrap();
    assert_eq!(it.hub.count("token"), 2);
}

#[test]
fn connections_of_a_runtime_that_ended_are_not_used() {
    let it = Elsewhere::new(plain());
    let strict = login(&it.hub)
        .retry_policy(RetryPolicy::none())
        .build()
        .unwrap();
    for _ in 0..3 {
        runtime().block_on(get(&strict, &it.hub)).unwrap();
        let id = change_request(&it.hub);
        runtime().block_on(approve(&strict, &it.hub, &id)).unwrap();
        assert_ne!(status_of(&it.hub, &id).as_deref(), Some("created"));
    }
}

#[test]
fn a_refresh_dropped_with_its_runtime_fails_no_call() {
    let hour = Duration::from_secs(3600);
    let it = Elsewhere::new(plain().token_lifetime(hour));
    it.get(&runtime()).unwrap();
    it.hub.fault(slow(200).on("token")).unwrap();
    // In a runtime by whose clock a refresh is due.
    let due = |rest: Duration| {
        let runtime = runtime();
        runtime.block_on(async {
            tokio::time::pause();
            tokio::time::advance(hour * 86 / 100).await;
            tokio::time::resume();
            get(&it.client, &it.hub).await.unwrap();
            tokio::time::sleep(rest).await;
        });
    };
    for _ in 0..3 {
        due(millis(20));
    }
    let cut = it.hub.count("token");
    assert!(cut > 1, "a refresh was in flight when its runtime ended");
    due(millis(400));
    let logins = it.hub.count("token");
    it.get(&runtime()).unwrap();
    due(millis(0));
    assert_eq!(it.hub.count("token"), logins);
}

#[test]
fn refreshes_under_load_fail_neither_calls_nor_approvals() {
    let it = Elsewhere::new(
        plain()
            .token_lifetime(Duration::from_secs(2))
            .recorded_requests(0),
    );
    let ids: Vec<_> = (0..2_300).map(|_| change_request(&it.hub)).collect();
    let runtime = Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    let (over, it) = (AtomicBool::new(false), &it);
    thread::scope(|scope| {
        let handle = runtime.handle();
        let (over, mut ids) = (&over, ids.iter());
        for _ in 0..3 {
            scope.spawn(move || {
                while !over.load(Ordering::SeqCst) {
                    handle.block_on(get(&it.client, &it.hub)).unwrap();
                }
            });
        }
        scope.spawn(move || {
            let start = Instant::now();
            let mut outcome = Ok(());
            while start.elapsed() < millis(2_200) && outcome.is_ok() {
                let Some(id) = ids.next() else { break };
                thread::sleep(millis(1));
                outcome = handle.block_on(approve(&it.client, &it.hub, id));
            }
            over.store(true, Ordering::SeqCst);
            outcome.unwrap();
        });
    });
    let logins = it.hub.count("token");
    assert!((2..=3).contains(&logins), "{logins}");
}
