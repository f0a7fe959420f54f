//! The one way every request takes: pace, credentials, attempts, bounds.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::HeaderMap;
use reqwest::{Request, Response, StatusCode};
use tokio::time::{Instant, sleep, timeout_at};
use tracing::{Instrument as _, Span};

use crate::attempt::{self, Failure, Limits};
use crate::auth::{ActiveCredential, Auth, Credential, LOGIN, RefreshBlock};
use crate::clock::after;
use crate::operation::Operation;
use crate::{Attempt, CallOptions, Client, Error, ErrorKind, Retries, telling};

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
    let (mut response, body, call, span) = run(client, operation, request, options, true).await?;
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
) -> Result<(Response, Bytes, Call<'a>, Span), Error> {
    let mut request =
        request.map_err(|error| Error::refused(operation, error.without_url().to_string()))?;
    options
        .add_headers(request.headers_mut())
        .map_err(|why| Error::refused(operation, why))?;
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
    answer.map(|(response, body)| (response, body, call, span))
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
    pass: Option<Arc<ActiveCredential>>,
}

/// How many credentials of a call were refused.
#[derive(Default)]
struct Refusals {
    own: u32,
    adopted: u32,
}

impl<'a> Call<'a> {
    async fn attempts(&mut self, mut request: Request) -> Result<(Response, Bytes), Error> {
        let client = self.client;
        let settings = &client.inner;
        let mut last: Option<Failure> = None;
        let mut refused: Option<Arc<ActiveCredential>> = None;
        let mut refusals = Refusals::default();
        loop {
            // Whoever waited for a login after their turn would go with all others at once.
            self.wait_for_pass().await?;
            if let Err(error) = settings.pace.turn(self.operation, self.latest).await {
                // What the hub said counts, not that there is no turn to ask it again.
                return Err(last.map_or(error, |last| last.into_error(self.idempotent)));
            }
            let quiet = self.show_pass(&mut request).await?;
            let same = |refused: Arc<ActiveCredential>| {
                self.pass
                    .as_ref()
                    .is_some_and(|it| it.credential == refused.credential)
            };
            if refused.take().is_some_and(same)
                && let Some(last) = last.take()
            {
                return Err(last.into_error(self.idempotent));
            }
            // A body that is read while it is sent can be sent once.
            let next = request.try_clone();
            self.progress.attempts += 1;
            let began = Instant::now();
            let outcome = {
                let limits = self.limits(began);
                pin!(attempt::run(limits, self.pass.as_deref(), request)).await
            };
            drop(quiet);
            let failure = match outcome {
                Ok((response, body)) => {
                    self.accepted();
                    settings.budget.succeeded(self.progress.attempts - 1);
                    self.observe(began, Ok(response.status()), None);
                    return Ok((response, body));
                }
                Err(failure) => failure,
            };
            let may_renew = self.is_refused(&failure) && self.may_be_refused(&refusals);
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
                match pass.is_adopted {
                    true => refusals.adopted += 1,
                    false => refusals.own += 1,
                }
                refused = Some(pass);
            } else {
                telling::repeat(&failure.error, self.progress, wait);
                sleep(wait).await;
            }
            last = Some(failure);
        }
    }

    /// What an attempt that begins now may take.
    fn limits(&self, began: Instant) -> Limits<'a> {
        let end = after(began, self.attempt_timeout);
        let is_last = self.latest <= end;
        Limits {
            client: self.client,
            operation: self.operation,
            whole: self.whole,
            end: end.min(self.latest),
            limit: if is_last {
                self.deadline
            } else {
                self.attempt_timeout
            },
        }
    }

    /// Waits until there is a credential.
    async fn wait_for_pass(&self) -> Result<(), Error> {
        match &self.client.inner.auth {
            Auth::Fetched(source) if self.operation.id != LOGIN.id => {
                self.in_time(source.ready(self.client, self.operation, self.idempotent))
                    .await
            }
            _ => Ok(()),
        }
    }

    /// Adds the credential, which a call that may not be sent twice keeps alive; a login has none.
    async fn show_pass(
        &mut self,
        request: &mut Request,
    ) -> Result<Option<RefreshBlock<'a>>, Error> {
        let client = self.client;
        if self.operation.id == LOGIN.id {
            return Ok(None);
        }
        let (pass, quiet) = match &client.inner.auth {
            Auth::ApiKey(pass) => (Arc::clone(pass), None),
            Auth::Fetched(source) => {
                self.in_time(source.pass(client, self.operation, self.idempotent))
                    .await?
            }
        };
        if self.progress.attempts > 0 {
            // The one of the last attempt may be of another kind.
            Credential::remove_from(request.headers_mut());
        }
        pass.credential.add_to(request.headers_mut());
        self.pass = Some(pass);
        Ok(quiet)
    }

    /// What a source of credentials gives before the deadline.
    async fn in_time<T>(&self, given: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let given = timeout_at(self.latest, given).await;
        given.unwrap_or_else(|_| {
            let kind = ErrorKind::Timeout(self.deadline);
            Err(Error::of(self.operation, kind))
        })
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

    /// Whether one more refused credential is replaced. That of another process may be out of
    /// date, so it does not count as one of ours.
    fn may_be_refused(&self, so_far: &Refusals) -> bool {
        let is_adopted = self.pass.as_ref().is_some_and(|pass| pass.is_adopted);
        self.idempotent
            && match is_adopted {
                true => so_far.adopted < 2,
                false => so_far.own < 1,
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
}
