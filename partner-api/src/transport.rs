//! The one way every request takes: pace, credentials, attempts, bounds.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::header::HeaderMap;
use reqwest::{Request, Response, StatusCode};
use tokio::time::{Instant, sleep, timeout};
use tracing::Instrument as _;

use crate::operation::Operation;
use crate::retry::is_passing;
use crate::{CallOptions, Client, Error, Retries, call, telling};

/// A successful answer, read to its end.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) progress: Progress,
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
    options: CallOptions,
) -> Result<Answer, Error> {
    let (response, body, progress) = run(client, operation, request, options, true).await?;
    Ok(Answer {
        status: response.status(),
        headers: response.headers().clone(),
        body,
        progress,
    })
}

/// Sends a request until there is an answer, and leaves its body to be read.
pub(crate) async fn open(
    client: &Client,
    operation: &'static Operation,
    request: reqwest::Result<Request>,
    options: CallOptions,
) -> Result<Response, Error> {
    let (response, ..) = run(client, operation, request, options, false).await?;
    Ok(response)
}

async fn run(
    client: &Client,
    operation: &'static Operation,
    request: reqwest::Result<Request>,
    options: CallOptions,
    whole: bool,
) -> Result<(Response, Bytes, Progress), Error> {
    let mut request =
        request.map_err(|error| Error::refused(operation, error.without_url().to_string()))?;
    request.headers_mut().extend(options.headers);
    for (name, value) in &client.inner.credentials {
        request.headers_mut().insert(name, value.clone());
    }
    let settings = &client.inner;
    let mut call = Call {
        client,
        operation,
        whole,
        deadline: options.deadline.unwrap_or(settings.deadline),
        attempt_timeout: options.attempt_timeout.unwrap_or(settings.attempt_timeout),
        retries: options.retries.as_ref().unwrap_or(&settings.retries),
        idempotent: options.idempotent.unwrap_or(operation.idempotent),
        progress: Progress {
            attempts: 0,
            since: Instant::now(),
        },
    };
    let span = telling::span(client, operation);
    let deadline = call.deadline;
    let answer = timeout(deadline, call.attempts(request))
        .instrument(span.clone())
        .await;
    let answer = answer.unwrap_or_else(|_| Err(Error::timeout(operation, deadline)));
    let progress = call.progress;
    let answer = answer.map_err(|error| error.after(progress));
    telling::finish(
        &span,
        answer.as_ref().map(|(response, _)| response.status()),
        progress,
    );
    answer.map(|(response, body)| (response, body, progress))
}

struct Call<'a> {
    client: &'a Client,
    operation: &'static Operation,
    /// Whether the body is read, too.
    whole: bool,
    deadline: Duration,
    attempt_timeout: Duration,
    retries: &'a Retries,
    idempotent: bool,
    progress: Progress,
}

/// Why an attempt failed.
struct Failure {
    error: Error,
    /// The same request may succeed later.
    passing: bool,
    /// Nothing of the request can have been sent.
    unsent: bool,
}

impl Call<'_> {
    async fn attempts(&mut self, mut request: Request) -> Result<(Response, Bytes), Error> {
        let settings = &self.client.inner;
        loop {
            settings.pace.turn(self.operation).await;
            // A body that is read while it is sent can be sent once.
            let next = request.try_clone();
            self.progress.attempts += 1;
            let attempt = timeout(self.attempt_timeout, self.attempt(request)).await;
            let failure = match attempt {
                Ok(Ok(answer)) => {
                    settings.budget.succeeded(self.progress.attempts - 1);
                    return Ok(answer);
                }
                Ok(Err(failure)) => failure,
                Err(_) => Failure {
                    error: Error::timeout(self.operation, self.attempt_timeout),
                    passing: true,
                    unsent: false,
                },
            };
            let (Some(next), Some(wait)) = (next, self.wait_after(&failure)) else {
                return Err(failure.error);
            };
            telling::repeat(&failure.error, self.progress, wait);
            sleep(wait).await;
            request = next;
        }
    }

    /// How long to wait before sending the request again; none if it is not to be.
    fn wait_after(&self, failure: &Failure) -> Option<Duration> {
        let settings = &self.client.inner;
        let asked = failure.error.retry_after();
        let wait = self.retries.wait(self.progress.attempts, asked);
        if failure.error.is_rate_limited() {
            // One call has run into the limit, so all others would.
            let cap = settings.retries.retry_after_cap;
            settings
                .pace
                .hold(wait.or(asked).unwrap_or(settings.retries.base).min(cap));
        }
        let wait = wait?;
        let may = failure.unsent || (self.idempotent && failure.passing);
        let in_time = self.progress.since.elapsed() + wait < self.deadline;
        (may && in_time && settings.budget.pay()).then_some(wait)
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
            let meta = call::meta(self.client, &body);
            let error = Error::response(operation, status, response.headers(), meta);
            return Err(Failure {
                error,
                passing: is_passing(status),
                unsent: false,
            });
        }
        if !self.whole {
            return Ok((response, Bytes::new()));
        }
        let limit = self.client.inner.largest_body;
        match read(&mut response, limit).await {
            Ok(body) => Ok((response, body)),
            Err(broken) => {
                let passing = broken.is_some();
                let error = match broken {
                    Some(error) => Error::connection(operation, error),
                    None => Error::too_large(operation, limit),
                };
                Err(Failure {
                    error: error.with_status(status),
                    passing,
                    unsent: false,
                })
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
