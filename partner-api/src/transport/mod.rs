//! Sends calls: admission, attempts, retries, timeouts and size limits.

mod admission;
mod attempt;
pub(crate) mod connections;
mod context;
mod error_body;
mod failed_credentials;
mod failure;
pub(crate) mod footprint;
mod login;
mod masking;
pub(crate) mod observer;
mod options;
mod rate_limit;
pub(crate) mod response;
mod retry;
pub(crate) mod tls;
pub(crate) mod trace;

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::HeaderMap;
use reqwest::{Request, Response, StatusCode};
use tokio::time::{Instant, sleep};
use tracing::{Instrument as _, Span};

pub use self::options::CallOptions;
pub use self::rate_limit::RateLimit;
pub use self::retry::RetryPolicy;

pub(crate) use self::context::{Server, Shared, Transport};
pub(crate) use self::failed_credentials::FailedCredentials;
pub(crate) use self::rate_limit::RateLimiter;
pub(crate) use self::retry::Budget;

use self::attempt::Limits;
use self::failure::Failure;
use self::observer::Attempt;
use self::rate_limit::Place;
use self::retry::{Decision, State, decide};
use crate::auth::ActiveCredential;
use crate::error::{Error, ErrorKind, Progress};
use crate::operation::Operation;
use crate::time::after;

/// A successful response whose body was read and is not decoded yet.
pub(crate) struct RawResponse {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) progress: Progress,
    pub(crate) idempotent: bool,
    /// The credential that the request was sent with.
    pub(crate) credential: Option<Arc<ActiveCredential>>,
    /// The span of the call, which ends when the response is decoded.
    pub(crate) span: Span,
}

/// Sends a request until there is a response, and reads its body.
pub(crate) async fn exchange(
    transport: &Transport,
    operation: &'static Operation,
    request: reqwest::Result<Request>,
    options: &CallOptions,
) -> Result<RawResponse, Error> {
    let (mut response, body, call, span) =
        run(transport, operation, request, options, true).await?;
    Ok(RawResponse {
        status: response.status(),
        headers: std::mem::take(response.headers_mut()),
        body,
        progress: call.progress,
        idempotent: call.idempotent,
        credential: call.credential,
        span,
    })
}

/// Sends a request until there is a response, and leaves its body unread.
pub(crate) async fn open(
    transport: &Transport,
    operation: &'static Operation,
    request: reqwest::Result<Request>,
    options: &CallOptions,
) -> Result<Response, Error> {
    let (response, ..) = run(transport, operation, request, options, false).await?;
    Ok(response)
}

async fn run<'a>(
    transport: &'a Transport,
    operation: &'static Operation,
    request: reqwest::Result<Request>,
    options: &CallOptions,
    reads_body: bool,
) -> Result<(Response, Bytes, Call<'a>, Span), Error> {
    let mut request = request
        .map_err(|error| Error::invalid_request(operation, error.without_url().to_string()))?;
    options
        .add_headers(request.headers_mut(), &transport.api_key_header)
        .map_err(|why| Error::invalid_request(operation, why))?;
    let server = transport.server(operation)?;
    let mut call = Call::new(transport, server, operation, options, reads_body);
    let span = trace::span(transport, server, operation, &request);
    let outcome = {
        // Pinned here, the futures are not moved.
        let attempts = pin!(call.send_until_done(request));
        match span.is_disabled() {
            true => attempts.await,
            false => attempts.instrument(span.clone()).await,
        }
    };
    let outcome = outcome.map_err(|error| error.with_progress(call.progress));
    trace::record_outcome(
        &span,
        outcome.as_ref().map(|(response, _)| response.status()),
        call.progress,
    );
    outcome.map(|(response, body)| (response, body, call, span))
}

/// One call, with all its attempts.
struct Call<'a> {
    transport: &'a Transport,
    server: &'a Server,
    operation: &'static Operation,
    reads_body: bool,
    timeout: Duration,
    /// The end of the timeout.
    deadline: Instant,
    attempt_timeout: Duration,
    retry_policy: RetryPolicy,
    idempotent: bool,
    progress: Progress,
    /// The credential of the last attempt.
    credential: Option<Arc<ActiveCredential>>,
    /// The place among the calls that wait for a rate limit, from the first wait on.
    place: Option<Place>,
    rejections: Rejections,
    last_failure: Option<Failure>,
}

/// How many credentials of a call the server rejected.
#[derive(Default)]
struct Rejections {
    own: u32,
    /// Tokens that another process fetched.
    adopted: u32,
}

impl<'a> Call<'a> {
    fn new(
        transport: &'a Transport,
        server: &'a Server,
        operation: &'static Operation,
        options: &CallOptions,
        reads_body: bool,
    ) -> Self {
        let since = Instant::now();
        let timeout = options.timeout.unwrap_or(transport.timeout);
        Self {
            transport,
            server,
            operation,
            reads_body,
            timeout,
            deadline: after(since, timeout),
            attempt_timeout: options.attempt_timeout.unwrap_or(transport.attempt_timeout),
            retry_policy: options.retry_policy.unwrap_or(transport.retry_policy),
            idempotent: options.idempotent.unwrap_or(operation.idempotent),
            progress: Progress { attempts: 0, since },
            credential: None,
            place: None,
            rejections: Rejections::default(),
            last_failure: None,
        }
    }

    /// Sends the request until it succeeds or [`decide`] ends the call.
    async fn send_until_done(&mut self, mut request: Request) -> Result<(Response, Bytes), Error> {
        loop {
            let admitted = pin!(self.admit()).await?;
            let started = Instant::now();
            if self.deadline <= started {
                return Err(self.not_admitted(ErrorKind::Timeout(self.timeout)));
            }
            self.authenticate(admitted.credential, &mut request);
            // `None` for a body that is read while it is sent: it can be sent only once.
            let next = request.try_clone();
            self.progress.attempts += 1;
            let outcome = {
                let limits = self.limits(started);
                pin!(attempt::run(limits, self.credential.as_deref(), request)).await
            };
            drop(admitted.refresh_block);
            let failure = match outcome {
                Ok((response, body)) => {
                    self.succeeded(started, response.status());
                    return Ok((response, body));
                }
                Err(failure) => failure,
            };
            let decision = self.decide(&failure, next.is_some());
            let wait = match decision {
                Decision::Return => None,
                Decision::RetryAfter(wait) => Some(wait),
                Decision::RenewCredential => Some(Duration::ZERO),
            };
            self.report(started, Err(&failure.error), wait);
            let (Some(next), Some(wait)) = (next, wait) else {
                return Err(failure.into_error(self.idempotent));
            };
            request = next;
            if decision != Decision::RenewCredential {
                trace::warn_of_retry(&failure.error, self.progress, wait);
                sleep(wait).await;
            }
            self.last_failure = Some(failure);
        }
    }

    /// The limits of an attempt that starts now.
    fn limits(&self, started: Instant) -> Limits<'a> {
        let end = after(started, self.attempt_timeout);
        let is_last = self.deadline <= end;
        Limits {
            transport: self.transport,
            safeguards: self.server.safeguards,
            operation: self.operation,
            reads_body: self.reads_body,
            deadline: end.min(self.deadline),
            timeout: if is_last {
                self.timeout
            } else {
                self.attempt_timeout
            },
        }
    }

    fn succeeded(&self, started: Instant, status: StatusCode) {
        if let Some(credential) = &self.credential {
            credential.accept();
        }
        let retries = self.progress.attempts - 1;
        self.transport.budget.succeeded(retries);
        self.report(started, Ok(status), None);
    }

    /// Decides whether the call is retried after a failed attempt, and pauses the other calls after
    /// a 429.
    fn decide(&mut self, failure: &Failure, resendable: bool) -> Decision {
        let transport = self.transport;
        if failure.error.is_rate_limited() {
            // The limit of the server holds for all calls.
            let policy = &transport.retry_policy;
            let pause = policy.pause(failure.error.retry_after());
            transport.rate_limiter.pause(pause, policy.min_pause());
        }
        let state = State {
            policy: self.retry_policy,
            attempts: self.progress.attempts,
            idempotent: self.idempotent,
            resendable,
            renewable: self.is_renewable(failure),
            left: self.deadline.saturating_duration_since(Instant::now()),
            random: fastrand::f64(),
        };
        match decide(failure, &state) {
            Decision::RetryAfter(_) if !transport.budget.try_withdraw() => Decision::Return,
            Decision::RenewCredential => {
                match self.is_adopted() {
                    true => self.rejections.adopted += 1,
                    false => self.rejections.own += 1,
                }
                Decision::RenewCredential
            }
            decision => decision,
        }
    }

    /// Whether the server rejected the credential and this call may use another one. The token of
    /// another process may be out of date, so its rejection does not count as one of our own.
    fn is_renewable(&self, failure: &Failure) -> bool {
        let is_rejected = match (failure.error.status(), &self.credential) {
            (Some(StatusCode::UNAUTHORIZED), Some(credential)) => {
                self.transport.auth.reject(credential)
            }
            (Some(_), Some(credential)) => {
                credential.accept();
                false
            }
            _ => false,
        };
        is_rejected
            && match self.is_adopted() {
                true => self.rejections.adopted < 2,
                false => self.rejections.own < 1,
            }
    }

    fn is_adopted(&self) -> bool {
        self.credential.as_ref().is_some_and(|it| it.is_adopted)
    }

    /// Passes the attempt to the function of
    /// [`on_attempt`](crate::ClientBuilder::on_attempt).
    fn report(
        &self,
        started: Instant,
        outcome: Result<StatusCode, &Error>,
        retry_in: Option<Duration>,
    ) {
        if let Some(observer) = &self.transport.observer {
            let Operation {
                id, method, path, ..
            } = *self.operation;
            observer(&Attempt {
                operation: id,
                method,
                path,
                number: self.progress.attempts,
                duration: started.elapsed(),
                status: outcome.map_or_else(Error::status, Some),
                error: outcome.err(),
                retry_in,
            });
        }
    }
}
