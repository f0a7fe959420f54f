//! The one way every request takes: admission, attempts, retries, bounds.

mod attempt;
pub(crate) mod connections;
pub(crate) mod error_body;
pub(crate) mod footprint;
mod login;
pub(crate) mod masking;
pub(crate) mod observer;
pub(crate) mod options;
mod rate_limit;
pub(crate) mod response;
mod retry;

pub(crate) mod tls;
pub(crate) mod trace;

use std::fmt;
use std::ops::Deref;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt as _;
use reqwest::header::HeaderMap;
use reqwest::{Request, Response, StatusCode, Url};
use tokio::time::{Instant, sleep, timeout_at};
use tracing::{Instrument as _, Span};

pub use self::options::CallOptions;
pub use self::rate_limit::RateLimit;
pub use self::retry::RetryPolicy;

pub(crate) use self::rate_limit::RateLimiter;
pub(crate) use self::retry::Budget;

use self::attempt::{Failure, Limits};
use self::connections::Connections;
use self::error_body::FailedCredentials;
use self::observer::{Attempt, Observer};
use self::rate_limit::Place;
use self::retry::{Decision, State, decide};
use crate::auth::{ActiveCredential, Auth, Credential, Fetched, RefreshBlock};
use crate::error::{Error, ErrorKind, Progress};
use crate::operation::Operation;
use crate::time::after;

/// What every call of a client needs; shared by the client's clones.
#[derive(Clone)]
pub(crate) struct Transport(Arc<Shared>);

/// See [`ClientBuilder`](crate::ClientBuilder) for the defaults.
pub(crate) struct Shared {
    pub(crate) auth: Auth,
    pub(crate) connections: Connections,
    pub(crate) server: Server,
    pub(crate) base_url: Url,
    pub(crate) attempt_timeout: Duration,
    pub(crate) timeout: Duration,
    pub(crate) max_response_bytes: usize,
    pub(crate) retry_policy: RetryPolicy,
    pub(crate) budget: Budget,
    pub(crate) rate_limiter: RateLimiter,
    pub(crate) observer: Option<Observer>,
    pub(crate) failed_credentials: FailedCredentials,
    /// The size of the largest type of a response, in bytes.
    pub(crate) largest_type: usize,
}

/// Where requests go, as traces name it.
pub(crate) struct Server {
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Transport {
    pub(crate) fn new(shared: Shared) -> Self {
        Self(Arc::new(shared))
    }
}

impl Deref for Transport {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transport").finish_non_exhaustive()
    }
}

/// A successful answer, read to its end.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) progress: Progress,
    /// Whether asking twice does no more than asking once.
    pub(crate) idempotent: bool,
    /// What it was asked with.
    pub(crate) pass: Option<Arc<ActiveCredential>>,
    /// Of the call, which ends when the answer is decoded.
    pub(crate) span: Span,
}

/// Sends a request until there is a response, and reads it.
pub(crate) async fn exchange(
    transport: &Transport,
    operation: &'static Operation,
    request: reqwest::Result<Request>,
    options: &CallOptions,
) -> Result<Answer, Error> {
    let (mut response, body, call, span) =
        run(transport, operation, request, options, true).await?;
    Ok(Answer {
        status: response.status(),
        headers: std::mem::take(response.headers_mut()),
        body,
        progress: call.progress,
        idempotent: call.idempotent,
        pass: call.pass,
        span,
    })
}

/// Sends a request until there is a response, and leaves its body to be read.
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
    whole: bool,
) -> Result<(Response, Bytes, Call<'a>, Span), Error> {
    let mut request = request
        .map_err(|error| Error::invalid_request(operation, error.without_url().to_string()))?;
    options
        .add_headers(request.headers_mut())
        .map_err(|why| Error::invalid_request(operation, why))?;
    let settings = transport;
    let since = Instant::now();
    let timeout = options.timeout.unwrap_or(settings.timeout);
    let mut call = Call {
        transport,
        operation,
        whole,
        timeout,
        deadline: after(since, timeout),
        attempt_timeout: options.attempt_timeout.unwrap_or(settings.attempt_timeout),
        retry_policy: options.retry_policy.unwrap_or(settings.retry_policy),
        idempotent: options.idempotent.unwrap_or(operation.idempotent),
        progress: Progress { attempts: 0, since },
        pass: None,
        place: None,
        rejections: Rejections::default(),
        last: None,
    };
    let span = trace::span(transport, operation);
    let answer = {
        // Pinned here, they are not moved about.
        let attempts = pin!(call.attempts(request));
        match span.is_disabled() {
            true => attempts.await,
            false => attempts.instrument(span.clone()).await,
        }
    };
    let answer = answer.map_err(|error| error.with_progress(call.progress));
    trace::finish(
        &span,
        answer.as_ref().map(|(response, _)| response.status()),
        call.progress,
    );
    answer.map(|(response, body)| (response, body, call, span))
}

struct Call<'a> {
    transport: &'a Transport,
    operation: &'static Operation,
    /// Whether the body is read, too.
    whole: bool,
    timeout: Duration,
    /// When the timeout ends.
    deadline: Instant,
    attempt_timeout: Duration,
    retry_policy: RetryPolicy,
    idempotent: bool,
    progress: Progress,
    /// The credential of the last attempt.
    pass: Option<Arc<ActiveCredential>>,
    /// Among the calls that wait for a rate limit; it has one from its first wait to its end.
    place: Option<Place>,
    rejections: Rejections,
    /// Why the last attempt failed.
    last: Option<Failure>,
}

/// How many credentials of a call were rejected.
#[derive(Default)]
struct Rejections {
    own: u32,
    adopted: u32,
}

/// What an attempt may begin with.
struct Admitted<'a> {
    pass: Option<Arc<ActiveCredential>>,
    /// Keeps the token alive for a call that is not idempotent.
    quiet: Option<RefreshBlock<'a, Transport>>,
}

impl<'a> Call<'a> {
    /// Sends the request until [`decide`] says that it is enough.
    async fn attempts(&mut self, mut request: Request) -> Result<(Response, Bytes), Error> {
        let transport = self.transport;
        let settings = transport;
        loop {
            let admitted = pin!(self.admit()).await?;
            let began = Instant::now();
            if self.deadline <= began {
                return Err(self.ended(ErrorKind::Timeout(self.timeout)));
            }
            self.show(admitted.pass, &mut request);
            // A body that is read while it is sent can be sent once.
            let next = request.try_clone();
            self.progress.attempts += 1;
            let outcome = {
                let limits = self.limits(began);
                pin!(attempt::run(limits, self.pass.as_deref(), request)).await
            };
            drop(admitted.quiet);
            let failure = match outcome {
                Ok((response, body)) => {
                    self.accepted();
                    settings.budget.succeeded(self.progress.attempts - 1);
                    self.report(began, Ok(response.status()), None);
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
            self.report(began, Err(&failure.error), wait);
            let (Some(next), Some(wait)) = (next, wait) else {
                return Err(failure.into_error(self.idempotent));
            };
            request = next;
            if decision != Decision::RenewCredential {
                trace::repeat(&failure.error, self.progress, wait);
                sleep(wait).await;
            }
            self.last = Some(failure);
        }
    }

    /// Waits until an attempt may begin. In this order, and each wait ends at the call's deadline:
    ///
    /// 1. There is a credential. Whoever waits for one waits for nothing else.
    /// 2. The operation's limit, the client's limit and the server's pause let a request through,
    ///    all at one moment; a login goes ahead of the calls that wait for it.
    /// 3. The credential is still good. If it is not, the permit is given back, and the call starts
    ///    again at 1, with its place among the calls that wait.
    async fn admit(&mut self) -> Result<Admitted<'a>, Error> {
        loop {
            let pass = self.credential().await?;
            if self.is_rejected(pass.as_deref())
                && let Some(last) = self.last.take()
            {
                return Err(last.into_error(self.idempotent));
            }
            let limiter = &self.transport.rate_limiter;
            let permit = limiter.acquire(self.operation, self.deadline, &mut self.place);
            let permit = permit.await.map_err(|wait| match wait {
                Duration::ZERO => self.ended(ErrorKind::Timeout(self.timeout)),
                wait => self.ended(ErrorKind::ClientThrottled(wait)),
            })?;
            if let Some(admitted) = self.confirm(pass)? {
                permit.use_up();
                return Ok(admitted);
            }
        }
    }

    /// What an attempt that begins now may take.
    fn limits(&self, began: Instant) -> Limits<'a> {
        let end = after(began, self.attempt_timeout);
        let is_last = self.deadline <= end;
        Limits {
            transport: self.transport,
            operation: self.operation,
            whole: self.whole,
            end: end.min(self.deadline),
            limit: if is_last {
                self.timeout
            } else {
                self.attempt_timeout
            },
        }
    }

    /// A credential to send, for which the call may have to wait; a login has none.
    async fn credential(&self) -> Result<Option<Arc<ActiveCredential>>, Error> {
        match &self.transport.auth {
            _ if !self.operation.authenticated => Ok(None),
            Auth::ApiKey(pass) => Ok(Some(Arc::clone(pass))),
            Auth::Fetched(source) => {
                let rejected = self.pass.as_ref().filter(|it| self.is_rejected(Some(it)));
                let given =
                    source.credential(self.transport, self.operation, self.idempotent, rejected);
                // Nothing is kept alive for a call that may still have to wait for its turn.
                self.in_time(given).await.map(|(pass, _)| Some(pass))
            }
        }
    }

    /// The credential to send now, without a wait; none if there has to be another one first.
    fn confirm(&self, pass: Option<Arc<ActiveCredential>>) -> Result<Option<Admitted<'a>>, Error> {
        let transport = self.transport;
        let auth = &transport.auth;
        if pass.as_ref().is_some_and(|pass| !auth.is_current(pass)) {
            return Ok(None);
        }
        let (true, Auth::Fetched(source @ Fetched::Login(_))) = (!self.idempotent, auth) else {
            return Ok(Some(Admitted { pass, quiet: None }));
        };
        let given = source.credential(transport, self.operation, false, None);
        let given = given.now_or_never().transpose()?;
        Ok(given.map(|(pass, quiet)| Admitted {
            pass: Some(pass),
            quiet,
        }))
    }

    /// Adds the credential to the request.
    fn show(&mut self, pass: Option<Arc<ActiveCredential>>, request: &mut Request) {
        let Some(pass) = pass else { return };
        if self.progress.attempts > 0 {
            // The one of the last attempt may be of another kind.
            Credential::remove_from(request.headers_mut());
        }
        pass.credential.add_to(request.headers_mut());
        self.pass = Some(pass);
    }

    /// Whether the last attempt was rejected with this very credential.
    fn is_rejected(&self, pass: Option<&ActiveCredential>) -> bool {
        let Some(last) = &self.last else { return false };
        let rejected = self.pass.as_ref().zip(pass);
        last.error.status() == Some(StatusCode::UNAUTHORIZED)
            && rejected.is_some_and(|(rejected, pass)| rejected.credential == pass.credential)
    }

    /// The end of a call that is not admitted. What the server said counts, if it was asked.
    fn ended(&mut self, kind: ErrorKind) -> Error {
        match (self.last.take(), kind) {
            (Some(last), _) => last.into_error(self.idempotent),
            (None, ErrorKind::ClientThrottled(wait)) => Error::throttled(self.operation, wait),
            (None, kind) => Error::for_operation(self.operation, kind),
        }
    }

    /// What a source of credentials gives before the deadline.
    async fn in_time<T>(&self, given: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let given = timeout_at(self.deadline, given).await;
        given.unwrap_or_else(|_| {
            let kind = ErrorKind::Timeout(self.timeout);
            Err(Error::for_operation(self.operation, kind))
        })
    }

    fn accepted(&self) {
        if let Some(pass) = &self.pass {
            pass.accept();
        }
    }

    /// What becomes of the call after a failed attempt, and what other calls learn from it.
    fn decide(&mut self, failure: &Failure, resendable: bool) -> Decision {
        let settings = &self.transport;
        if failure.error.is_rate_limited() {
            // One call has run into the limit, so all others would.
            let pause = settings.retry_policy.pause(failure.error.retry_after());
            settings
                .rate_limiter
                .pause(pause, settings.retry_policy.least());
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
            Decision::RetryAfter(_) if !settings.budget.try_withdraw() => Decision::Return,
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

    /// Whether the credential was rejected, and this call may ask for another one. That of another
    /// process may be out of date, so it does not count as one of ours.
    fn is_renewable(&self, failure: &Failure) -> bool {
        let is_rejected = match (failure.error.status(), &self.pass) {
            (Some(StatusCode::UNAUTHORIZED), Some(pass)) => self.transport.auth.reject(pass),
            (Some(_), Some(pass)) => {
                pass.accept();
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
        self.pass.as_ref().is_some_and(|pass| pass.is_adopted)
    }

    fn report(&self, began: Instant, outcome: Result<StatusCode, &Error>, wait: Option<Duration>) {
        if let Some(observer) = &self.transport.observer {
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
                retry_in: wait,
            });
        }
    }
}
