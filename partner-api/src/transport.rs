//! The one way every request takes: pace, credentials, attempts, bounds.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::HeaderMap;
use reqwest::{Request, Response, StatusCode};
use tokio::time::{Instant, sleep, timeout_at};
use tracing::Instrument as _;

use crate::auth::{Auth, Credential, LOGIN, Pass, Quiet};
use crate::clock::after;
use crate::operation::Operation;
use crate::retry::is_passing;
use crate::{Attempt, CallOptions, Client, Error, ErrorKind, Retries, call, telling};

/// A successful answer, read to its end.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) progress: Progress,
    /// What it was asked with.
    pub(crate) pass: Option<Arc<Pass>>,
}

/// How far a call has come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    /// How many times the request was sent, or tried to be.
    pub(crate) attempts: u32,
    /// When the call began.
    pub(crate) since: Instant,
}

/// Sends a request until there is an answer, and reads it.
pub(crate) async fn exchange(
    client: &Client,
    operation: &'static Operation,
    request: reqwest::Result<Request>,
    options: &CallOptions,
) -> Result<Answer, Error> {
    let (response, body, call) = run(client, operation, request, options, true).await?;
    let (status, mut response) = (response.status(), response);
    Ok(Answer {
        status,
        headers: std::mem::take(response.headers_mut()),
        body,
        progress: call.progress,
        pass: call.pass,
    })
}

/// Sends a request until there is an answer, and leaves its body to be read.
pub(crate) async fn open(
    client: &Client,
    operation: &'static Operation,
    request: reqwest::Result<Request>,
    options: &CallOptions,
) -> Result<Response, Error> {
    let (response, ..) = run(client, operation, request, options, false).await?;
    Ok(response)
}

async fn run<'a>(
    client: &'a Client,
    operation: &'static Operation,
    request: reqwest::Result<Request>,
    options: &CallOptions,
    whole: bool,
) -> Result<(Response, Bytes, Call<'a>), Error> {
    let mut request =
        request.map_err(|error| Error::refused(operation, error.without_url().to_string()))?;
    if !options.headers.is_empty() {
        request.headers_mut().extend(options.headers.clone());
        Credential::remove_from(request.headers_mut());
    }
    let settings = &client.inner;
    let since = Instant::now();
    let deadline = options.deadline.unwrap_or(settings.deadline);
    let mut call = Call {
        client,
        operation,
        whole,
        deadline,
        latest: after(since, deadline),
        attempt_timeout: options.attempt_timeout.unwrap_or(settings.attempt_timeout),
        retries: options.retries.unwrap_or(settings.retries),
        idempotent: options.idempotent.unwrap_or(operation.idempotent),
        progress: Progress { attempts: 0, since },
        pass: None,
    };
    let span = telling::span(client, operation);
    let answer = {
        // Pinned here, they are not moved about.
        let attempts = pin!(call.attempts(request));
        match span.is_disabled() {
            true => attempts.await,
            false => attempts.instrument(span.clone()).await,
        }
    };
    let answer = answer.map_err(|error| error.after(call.progress));
    telling::finish(
        &span,
        answer.as_ref().map(|(response, _)| response.status()),
        call.progress,
    );
    answer.map(|(response, body)| (response, body, call))
}

struct Call<'a> {
    client: &'a Client,
    operation: &'static Operation,
    /// Whether the body is read, too.
    whole: bool,
    deadline: Duration,
    /// When the deadline is over.
    latest: Instant,
    attempt_timeout: Duration,
    retries: Retries,
    idempotent: bool,
    progress: Progress,
    /// What the last attempt showed.
    pass: Option<Arc<Pass>>,
}

/// Why an attempt failed.
struct Failure {
    error: Error,
    /// The same request may succeed later.
    passing: bool,
    /// Nothing of the request can have been sent.
    unsent: bool,
}

impl Failure {
    fn new(error: Error, passing: bool) -> Self {
        Self {
            error,
            passing,
            unsent: false,
        }
    }

    /// What the caller gets of it.
    fn into_error(self, idempotent: bool) -> Error {
        let was_let_in = self
            .error
            .status()
            .is_some_and(|status| status.is_success());
        let unknown = !idempotent && !self.unsent && (self.passing || was_let_in);
        if unknown {
            self.error.with_unknown_outcome()
        } else {
            self.error
        }
    }
}

impl<'a> Call<'a> {
    async fn attempts(&mut self, mut request: Request) -> Result<(Response, Bytes), Error> {
        let client = self.client;
        let settings = &client.inner;
        // The credential that was refused, and the answer that said so.
        let mut refusal: Option<(Arc<Pass>, Error)> = None;
        let mut refusals = 0;
        loop {
            settings.pace.turn(self.operation, self.latest).await?;
            let quiet = self.show_pass(&mut request).await?;
            if let Some((refused, error)) = refusal.take()
                && self
                    .pass
                    .as_ref()
                    .is_some_and(|pass| pass.credential == refused.credential)
            {
                return Err(error);
            }
            // A body that is read while it is sent can be sent once.
            let next = request.try_clone();
            self.progress.attempts += 1;
            let began = Instant::now();
            let end = self.latest.min(after(began, self.attempt_timeout));
            let attempt = timeout_at(end, pin!(self.attempt(request))).await;
            drop(quiet);
            let failure = match attempt {
                Ok(Ok((response, body))) => {
                    self.accepted();
                    settings.budget.succeeded(self.progress.attempts - 1);
                    self.observe(began, Ok(response.status()), None);
                    return Ok((response, body));
                }
                Ok(Err(failure)) => failure,
                Err(_) => {
                    let is_last = end == self.latest;
                    let limit = if is_last {
                        self.deadline
                    } else {
                        self.attempt_timeout
                    };
                    Failure::new(self.timeout(limit), true)
                }
            };
            let may_renew = self.is_refused(&failure) && refusals < self.most_refusals();
            let wait = match next.is_some() {
                true if may_renew => Some(Duration::ZERO),
                true => self.wait_after(&failure),
                false => None,
            };
            self.observe(began, Err(&failure.error), wait);
            let (Some(next), Some(wait)) = (next, wait) else {
                return Err(failure.into_error(self.idempotent));
            };
            request = next;
            if may_renew && let Some(pass) = self.pass.take() {
                refusals += 1;
                refusal = Some((pass, failure.error));
            } else {
                telling::repeat(&failure.error, self.progress, wait);
                sleep(wait).await;
            }
        }
    }

    /// Adds the credential, which a call that may not be sent twice keeps alive; a login has none.
    async fn show_pass(&mut self, request: &mut Request) -> Result<Option<Quiet<'a>>, Error> {
        let client = self.client;
        if self.operation.id == LOGIN.id {
            return Ok(None);
        }
        let (pass, quiet) = match &client.inner.auth {
            Auth::ApiKey(pass) => (Arc::clone(pass), None),
            Auth::Fetched(source) => {
                let pass = source.pass(client, self.operation, self.idempotent);
                let given = timeout_at(self.latest, pass).await;
                given.unwrap_or_else(|_| Err(self.timeout(self.deadline)))?
            }
        };
        pass.credential.add_to(request.headers_mut());
        self.pass = Some(pass);
        Ok(quiet)
    }

    fn timeout(&self, limit: Duration) -> Error {
        Error::of(self.operation, ErrorKind::Timeout(limit))
    }

    fn accepted(&self) {
        if let Some(pass) = &self.pass {
            pass.accept();
        }
    }

    /// Whether the credential was refused, and there may be another one.
    fn is_refused(&self, failure: &Failure) -> bool {
        match (failure.error.status(), &self.pass) {
            (Some(StatusCode::UNAUTHORIZED), Some(pass)) => self.client.inner.auth.refused(pass),
            (Some(_), Some(pass)) => {
                pass.accept();
                false
            }
            _ => false,
        }
    }

    /// How many refused credentials are replaced. That of another process may be out of date, so
    /// it does not count.
    fn most_refusals(&self) -> u32 {
        match &self.pass {
            _ if !self.idempotent => 0,
            Some(pass) if pass.is_adopted => 2,
            _ => 1,
        }
    }

    /// How long to wait before sending the request again; none if it is not to be.
    fn wait_after(&self, failure: &Failure) -> Option<Duration> {
        let settings = &self.client.inner;
        let asked = failure.error.retry_after();
        let wait = self.retries.wait(self.progress.attempts, asked);
        if failure.error.is_rate_limited() {
            // One call has run into the limit, so all others would.
            let pause = wait.or(asked).unwrap_or(settings.retries.base);
            settings
                .pace
                .hold(pause.min(settings.retries.retry_after_cap));
        }
        let wait = wait?;
        let may = failure.unsent || (self.idempotent && failure.passing);
        let in_time = after(Instant::now(), wait) < self.latest;
        (may && in_time && settings.budget.pay()).then_some(wait)
    }

    fn observe(&self, began: Instant, outcome: Result<StatusCode, &Error>, wait: Option<Duration>) {
        if let Some(observer) = &self.client.inner.observer {
            let Operation {
                id, method, path, ..
            } = *self.operation;
            observer(&Attempt {
                operation: id,
                method,
                path,
                number: self.progress.attempts,
                duration: began.elapsed(),
                status: outcome.map_or_else(Error::status, Some),
                error: outcome.err(),
                repeated_in: wait,
            });
        }
    }

    async fn attempt(&self, request: Request) -> Result<(Response, Bytes), Failure> {
        let operation = self.operation;
        let mut response = match self.client.client.execute(request).await {
            Ok(response) => response,
            Err(error) => {
                let (unsent, passing) = (error.is_connect(), !error.is_builder());
                return Err(Failure {
                    error: Error::connection(operation, error),
                    passing,
                    unsent,
                });
            }
        };
        let status = response.status();
        if !status.is_success() {
            // Of an error the status is what matters, so its body may be broken.
            let body = read(&mut response, LARGEST_ERROR).await.unwrap_or_default();
            let meta = call::meta(self.client, operation, self.pass.as_deref(), &body);
            let error = Error::response(operation, status, response.headers(), meta);
            return Err(Failure::new(error, is_passing(status)));
        }
        if !self.whole {
            return Ok((response, Bytes::new()));
        }
        let limit = self.client.inner.largest_body;
        match read(&mut response, limit).await {
            Ok(body) => Ok((response, body)),
            Err(Some(error)) => {
                let error = Error::connection(operation, error).with_status(status);
                Err(Failure::new(error, true))
            }
            Err(None) => {
                let error = Error::of(operation, ErrorKind::TooLarge { limit });
                Err(Failure::new(error.with_status(status), false))
            }
        }
    }
}

/// The most that is read of an error's body.
const LARGEST_ERROR: usize = 256 * 1024;

/// The whole body, decompressed; the error is none when it has more bytes than `limit`.
async fn read(response: &mut Response, limit: usize) -> Result<Bytes, Option<reqwest::Error>> {
    let Some(first) = response.chunk().await? else {
        return Ok(Bytes::new());
    };
    if first.len() > limit {
        return Err(None);
    }
    let Some(second) = response.chunk().await? else {
        return Ok(first);
    };
    let expected = response
        .content_length()
        .and_then(|length| usize::try_from(length).ok());
    let mut body = BytesMut::with_capacity(expected.unwrap_or(2 * first.len()).min(limit));
    body.extend_from_slice(&first);
    let mut next = Some(second);
    while let Some(chunk) = next {
        if body.len() + chunk.len() > limit {
            return Err(None);
        }
        body.extend_from_slice(&chunk);
        next = response.chunk().await?;
    }
    Ok(body.freeze())
}
