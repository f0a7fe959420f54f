//! Asking the docs site for a page: conditionally, patiently within bounds, and nobody else.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use reqwest::header::{self, HeaderMap};
use reqwest::{Client, Response, StatusCode, Url, redirect};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio::time::{Instant, timeout_at};

use super::cache::{Cache, Entry};
use super::failure::{Failure, passing, refused};

/// How long a connection may take to be there.
const CONNECT: Duration = Duration::from_secs(10);
const REDIRECTS: usize = 5;
const MIB: usize = 1 << 20;

/// What a site may cost, whatever it sends.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    /// The bytes of one body, decompressed.
    body: usize,
    /// The bytes of all bodies together, decompressed.
    all_bodies: usize,
    /// The time that one attempt takes with its body.
    attempt: Duration,
    /// The time that all pages take together.
    all: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 8 * MIB,
            all_bodies: 128 * MIB,
            attempt: Duration::from_secs(60),
            all: Duration::from_secs(10 * 60),
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

/// What the site has at an address.
pub(super) struct Answer {
    /// Where it was found in the end.
    pub(super) url: Url,
    /// The text, and how to ask for it again.
    pub(super) entry: Entry,
    /// Whether it was sent; if not, it is as it was last time.
    pub(super) sent: bool,
    /// Whether the site calls it HTML.
    pub(super) html: bool,
}

impl Site {
    /// A client with the proxy of the environment and the certificates of the system.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub(super) fn new(limits: Limits) -> Result<Self, Failure> {
        let refuse =
            |why: &dyn std::error::Error| Failure::lasting(format!("TLS cannot be set up: {why}"));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(BuilderVerifierExt::with_platform_verifier)
            .map_err(|error| refuse(&error))?
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT)
            .timeout(limits.attempt)
            .user_agent(concat!("partner-api-xtask/", env!("CARGO_PKG_VERSION")))
            .build();
        Ok(Self {
            client: client.map_err(|error| refuse(&error))?,
            limits,
            read: Arc::default(),
            deadline: Instant::now() + limits.all,
        })
    }

    /// Gets a page, or learns that it is as it was.
    ///
    /// # Errors
    /// When the site has no such page, sends it elsewhere, keeps failing, or exceeds a limit.
    pub(super) async fn get(&self, url: &Url, known: &Cache) -> Result<Answer, Failure> {
        let answer = timeout_at(self.deadline, self.retried(url, known)).await;
        answer.unwrap_or_else(|_| {
            let all = self.limits.all;
            Err(Failure::lasting(format!(
                "was not read within {all:?}, the timeout of all pages together"
            )))
        })
    }

    async fn retried(&self, url: &Url, known: &Cache) -> Result<Answer, Failure> {
        let mut attempt = 1;
        loop {
            let failure = match self.once(url, known).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            match failure.pause(attempt) {
                Some(pause) => tokio::time::sleep(pause).await,
                None => return Err(failure),
            }
            attempt += 1;
        }
    }

    async fn once(&self, url: &Url, known: &Cache) -> Result<Answer, Failure> {
        let mut at = url.clone();
        for _ in 0..=REDIRECTS {
            // What was read at one address says nothing of another.
            let known = known.get(at.as_str());
            let response = self.ask(&at, known).await?;
            match response.status() {
                StatusCode::NOT_MODIFIED => {
                    let entry = known.cloned().ok_or_else(|| {
                        Failure::lasting("answers 304 Not Modified, but it was never read before")
                    })?;
                    let (sent, html) = (false, false);
                    return Ok(Answer {
                        url: at,
                        entry,
                        sent,
                        html,
                    });
                }
                status if status.is_redirection() => at = target(&at, response.headers())?,
                status if status.is_success() => return self.read(at, response).await,
                status => return Err(refused(status, response.headers())),
            }
        }
        Err(Failure::lasting(format!(
            "redirects more than {REDIRECTS} times"
        )))
    }

    async fn ask(&self, url: &Url, known: Option<&Entry>) -> Result<Response, Failure> {
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
            .map_err(|error| passing("cannot be reached", &error))
    }

    async fn read(&self, url: Url, mut response: Response) -> Result<Answer, Failure> {
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
            body: longest,
            all_bodies,
            ..
        } = self.limits;
        let mut body = Vec::new();
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| passing("was cut off", &error))?
        {
            if body.len() + chunk.len() > longest {
                let reason = format!("is larger than {} MiB", longest / MIB);
                return Err(Failure::lasting(reason));
            }
            let read = self.read.fetch_add(chunk.len(), Ordering::Relaxed);
            if read + chunk.len() > all_bodies {
                let all = all_bodies / MIB;
                let reason = format!("with it, the pages are larger than {all} MiB together");
                return Err(Failure::lasting(reason));
            }
            body.extend_from_slice(&chunk);
        }
        let text = String::from_utf8(body).map_err(|_| Failure::lasting("is not UTF-8 text"))?;
        let entry = Entry {
            etag,
            last_modified,
            text,
        };
        Ok(Answer {
            url,
            entry,
            sent: true,
            html,
        })
    }
}

/// Where a redirect leads, which must be on the same site.
fn target(from: &Url, headers: &HeaderMap) -> Result<Url, Failure> {
    let location = headers
        .get(header::LOCATION)
        .and_then(|value| value.to_str().ok());
    let to = location.and_then(|location| from.join(location).ok());
    let to = to.ok_or_else(|| Failure::lasting("redirects to nowhere"))?;
    if to.origin() == from.origin() {
        Ok(to)
    } else {
        Err(Failure::lasting(format!("redirects to another site, {to}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A server on this machine that sends bodies of 500 bytes, byte by byte with these pauses.
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

    /// Gets as many pages, one after the other; the last one fails.
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
        let got = got.map(|answer| answer.entry.text);
        got.expect_err("it exceeds a limit").to_string()
    }

    #[test]
    fn a_body_that_trickles_ends_with_its_attempt_and_with_the_fetch() {
        let trickled = |attempt, all| {
            let limits = Limits {
                attempt: Duration::from_millis(attempt),
                all: Duration::from_millis(all),
                ..Limits::default()
            };
            failing(limits, Duration::from_millis(20), 1)
        };
        let start = Instant::now();
        assert!(trickled(100, 9_000).starts_with("was cut off: "));
        assert!(trickled(9_000, 100).starts_with("was not read within 100ms"));
        let took = start.elapsed();
        assert!(took < Duration::from_secs(9), "{took:?}");
    }

    #[test]
    fn all_bodies_together_have_a_limit() {
        let limits = Limits {
            all_bodies: 1400,
            ..Limits::default()
        };
        assert!(failing(limits, Duration::ZERO, 3).contains("the pages are larger than 0 MiB"));
    }
}
