//! Requests to the docs site: conditional, retried, within limits, and to that site only.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::header::{self, HeaderMap};
use reqwest::{Client, Response, StatusCode, Url, redirect};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::time::{Instant, timeout_at};

use super::blocks::{self, Link, shown};
use super::cache::{Cache, Entry};
use super::page_error::{PageError, for_status, transient};

/// The connect timeout.
const CONNECT: Duration = Duration::from_secs(10);
const REDIRECTS: usize = 5;
const MIB: usize = 1 << 20;

/// The limits of one fetch.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// The most bytes of one decompressed body.
    body: usize,
    /// The most bytes of all decompressed bodies together.
    all_bodies: usize,
    /// The timeout of one attempt, with its body.
    attempt_timeout: Duration,
    /// The timeout of all pages together.
    timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 8 * MIB,
            all_bodies: 128 * MIB,
            attempt_timeout: Duration::from_secs(60),
            timeout: Duration::from_secs(10 * 60),
        }
    }
}

/// The docs site.
#[derive(Clone)]
pub(super) struct Site {
    client: Client,
    limits: Limits,
    /// The bytes read so far.
    read: Arc<AtomicUsize>,
    deadline: Instant,
}

/// A page as the site sent it, or as it was cached.
pub(super) struct PageResponse {
    /// Its URL after redirects.
    pub(super) url: Url,
    /// The text, with its validators.
    pub(super) entry: Entry,
    /// Whether the site sent a body; otherwise the cached one is unchanged.
    pub(super) sent: bool,
    /// Whether its `Content-Type` is HTML.
    pub(super) html: bool,
    /// The specifications that it links to, for a page.
    pub(super) links: Vec<(String, Option<Link>)>,
}

impl Site {
    /// A client that uses the proxy of the environment and the certificates of the system.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub(super) fn new(limits: Limits) -> Result<Self, PageError> {
        let tls_error = |why: &dyn std::error::Error| {
            PageError::permanent(format!("TLS cannot be set up: {why}"))
        };
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(BuilderVerifierExt::with_platform_verifier)
            .map_err(|error| tls_error(&error))?
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT)
            .timeout(limits.attempt_timeout)
            .user_agent(concat!("partner-api-xtask/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self {
            client: client.map_err(|error| tls_error(&error))?,
            limits,
            read: Arc::default(),
            deadline: Instant::now() + limits.timeout,
        })
    }

    /// Gets a page, without signatures and with its links to specifications.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub(super) async fn page(&self, url: &Url, known: &Cache) -> Result<PageResponse, PageError> {
        let mut response = self.get(url, known).await?;
        response.links = blocks::take(&mut response.entry.text);
        Ok(response)
    }

    /// Fetches a page or specification, or takes the cached one if it did not change.
    ///
    /// # Errors
    /// When the site has no such page, redirects to another site, keeps failing, or exceeds a limit.
    pub(super) async fn get(&self, url: &Url, known: &Cache) -> Result<PageResponse, PageError> {
        let response = timeout_at(self.deadline, self.retried(url, known)).await;
        response.unwrap_or_else(|_| {
            let timeout = self.limits.timeout;
            Err(PageError::permanent(format!(
                "was not fetched within {timeout:?}, the timeout of all pages together"
            )))
        })
    }

    async fn retried(&self, url: &Url, known: &Cache) -> Result<PageResponse, PageError> {
        let mut attempt = 1;
        loop {
            let error = match self.attempt(url, known).await {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            match error.retry_delay(attempt) {
                Some(delay) => tokio::time::sleep(delay).await,
                None => return Err(error),
            }
            attempt += 1;
        }
    }

    async fn attempt(&self, url: &Url, known: &Cache) -> Result<PageResponse, PageError> {
        let mut at = url.clone();
        for _ in 0..=REDIRECTS {
            // A cached response is valid for its own URL only.
            let known = known.get(at.as_str());
            let response = self.send(&at, known).await?;
            match response.status() {
                StatusCode::NOT_MODIFIED => {
                    let entry = known.cloned().ok_or_else(|| {
                        PageError::permanent(
                            "returned 304 Not Modified, but there is no cached copy",
                        )
                    })?;
                    return Ok(PageResponse {
                        url: at,
                        entry,
                        sent: false,
                        html: false,
                        links: Vec::new(),
                    });
                }
                status if status.is_redirection() => at = target(&at, response.headers())?,
                status if status.is_success() => return self.read(at, response).await,
                status => return Err(for_status(status, response.headers())),
            }
        }
        Err(PageError::permanent(format!(
            "redirects more than {REDIRECTS} times"
        )))
    }

    async fn send(&self, url: &Url, known: Option<&Entry>) -> Result<Response, PageError> {
        let mut request = self.client.get(url.clone());
        let conditions = known.map(|entry| {
            [
                (header::IF_NONE_MATCH, &entry.etag),
                (header::IF_MODIFIED_SINCE, &entry.last_modified),
            ]
        });
        for (name, value) in conditions.into_iter().flatten() {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        request
            .send()
            .await
            .map_err(|error| transient("cannot be reached", error))
    }

    async fn read(&self, url: Url, mut response: Response) -> Result<PageResponse, PageError> {
        let text_of = |name| {
            let value = response.headers().get(name);
            value
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned)
        };
        let etag = text_of(header::ETAG);
        let last_modified = text_of(header::LAST_MODIFIED);
        let html = text_of(header::CONTENT_TYPE).is_some_and(|kind| kind.starts_with("text/html"));
        let Limits {
            body: max_body,
            all_bodies,
            ..
        } = self.limits;
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| transient("was cut off", error))?
        {
            if body.len() + chunk.len() > max_body {
                let reason = format!("is larger than {} MiB", max_body / MIB);
                return Err(PageError::permanent(reason));
            }
            let read = self.read.fetch_add(chunk.len(), Ordering::Relaxed);
            if read + chunk.len() > all_bodies {
                let all = all_bodies / MIB;
                let reason = format!("exceeds the limit of {all} MiB for all pages together");
                return Err(PageError::permanent(reason));
            }
            body.extend_from_slice(&chunk);
        }
        let text =
            String::from_utf8(body).map_err(|_| PageError::permanent("is not UTF-8 text"))?;
        let entry = Entry {
            etag,
            last_modified,
            text,
        };
        Ok(PageResponse {
            url,
            entry,
            sent: true,
            html,
            links: Vec::new(),
        })
    }
}

/// The target of a redirect, which must be on the same site.
fn target(from: &Url, headers: &HeaderMap) -> Result<Url, PageError> {
    let location = headers
        .get(header::LOCATION)
        .and_then(|value| value.to_str().ok());
    let to = location.and_then(|location| from.join(location).ok());
    let to = to.ok_or_else(|| PageError::permanent("redirects without a valid `Location`"))?;
    if to.origin() == from.origin() {
        Ok(to)
    } else {
        Err(PageError::permanent(format!(
            "redirects to another site, {}",
            shown(&to)
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A local server that sends bodies of 500 bytes, one byte after each pause.
    fn server(pause: Duration) -> Url {
        use std::io::{Read as _, Write as _};
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                std::thread::spawn(move || {
                    let _ = stream.read(&mut [0; 1024]);
                    let head =
                        b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 500\r\n\r\n";
                    let mut sent = stream.write_all(head);
                    for _ in 0..500 {
                        if sent.is_err() {
                            return;
                        }
                        std::thread::sleep(pause);
                        sent = stream.write_all(b"x");
                    }
                });
            }
        });
        Url::parse(&format!("http://{address}/")).expect("an address")
    }

    /// Fetches this many pages, one after the other, and returns the error of the last one.
    fn failing(limits: Limits, pause: Duration, pages: usize) -> String {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let got = runtime.expect("a runtime").block_on(async {
            let site = Site::new(limits).expect("a site");
            let url = server(pause);
            for _ in 1..pages {
                site.get(&url, &Cache::default()).await.expect("read");
            }
            site.get(&url, &Cache::default()).await
        });
        let got = got.map(|response| response.entry.text);
        got.expect_err("it exceeds a limit").to_string()
    }

    #[test]
    fn a_slow_body_is_ended_by_both_timeouts() {
        let trickled = |attempt_timeout, timeout| {
            let limits = Limits {
                attempt_timeout: Duration::from_millis(attempt_timeout),
                timeout: Duration::from_millis(timeout),
                ..Limits::default()
            };
            failing(limits, Duration::from_millis(20), 1)
        };
        let start = Instant::now();
        assert!(trickled(100, 9_000).starts_with("was cut off: "));
        assert!(trickled(9_000, 100).starts_with("was not fetched within 100ms"));
        let took = start.elapsed();
        assert!(took < Duration::from_secs(9), "{took:?}");
    }

    #[test]
    fn all_bodies_together_have_a_limit() {
        let limits = Limits {
            all_bodies: 1400,
            ..Limits::default()
        };
        assert!(failing(limits, Duration::ZERO, 3).contains("exceeds the limit of 0 MiB"));
    }
}
