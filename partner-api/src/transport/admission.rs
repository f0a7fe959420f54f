//! What a call waits for before an attempt: a credential and the rate limits.

use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use reqwest::{Request, StatusCode};
use tokio::time::timeout_at;

use super::{Call, Transport};
use crate::auth::{ActiveCredential, Auth, Fetched, RefreshBlock};
use crate::error::{Error, ErrorKind};

/// What an attempt starts with.
pub(super) struct Admitted<'a> {
    pub(super) credential: Option<Arc<ActiveCredential>>,
    /// Keeps the token alive for a call that is not idempotent.
    pub(super) refresh_block: Option<RefreshBlock<'a, Transport>>,
}

impl<'a> Call<'a> {
    /// Waits until an attempt may start. The steps, each limited by the call's deadline:
    ///
    /// 1. Get a credential. A call that waits for one waits for nothing else.
    /// 2. Wait until the operation's limit, the client's limit and the server's pause all admit a
    ///    request at the same moment. A login goes ahead of the calls that wait for it.
    /// 3. Check that the credential is still valid. If it is not, return the permit and start again
    ///    at 1; the call keeps its place among those that wait.
    pub(super) async fn admit(&mut self) -> Result<Admitted<'a>, Error> {
        loop {
            let credential = self.credential().await?;
            if self.is_rejected(credential.as_deref())
                && let Some(last) = self.last_failure.take()
            {
                return Err(last.into_error(self.idempotent));
            }
            let limiter = &self.transport.rate_limiter;
            let permit = limiter.acquire(self.operation, self.deadline, &mut self.place);
            let permit = permit.await.map_err(|wait| match wait {
                Duration::ZERO => self.not_admitted(ErrorKind::Timeout(self.timeout)),
                wait => self.not_admitted(ErrorKind::ClientThrottled(wait)),
            })?;
            if let Some(admitted) = self.confirm(credential)? {
                permit.use_up();
                return Ok(admitted);
            }
        }
    }

    /// A credential to send, after a wait if one has to be fetched; `None` for a login.
    async fn credential(&self) -> Result<Option<Arc<ActiveCredential>>, Error> {
        match &self.transport.auth {
            _ if !self.operation.authenticated => Ok(None),
            Auth::ApiKey(credential) => Ok(Some(Arc::clone(credential))),
            Auth::Fetched(source) => {
                let last = self.credential.as_ref();
                let rejected = last.filter(|it| self.is_rejected(Some(it)));
                let fetched =
                    source.credential(self.transport, self.operation, self.idempotent, rejected);
                let fetched = timeout_at(self.deadline, fetched)
                    .await
                    .unwrap_or_else(|_| {
                        let kind = ErrorKind::Timeout(self.timeout);
                        Err(Error::for_operation(self.operation, kind))
                    });
                // The refresh block is dropped: the call may still wait for the rate limits.
                fetched.map(|(credential, _)| Some(credential))
            }
        }
    }

    /// The credential to send now, without a wait; `None` if it has to be fetched again first.
    fn confirm(
        &self,
        credential: Option<Arc<ActiveCredential>>,
    ) -> Result<Option<Admitted<'a>>, Error> {
        let auth = &self.transport.auth;
        if credential.as_ref().is_some_and(|it| !auth.is_current(it)) {
            return Ok(None);
        }
        let (true, Auth::Fetched(source @ Fetched::Login(_))) = (!self.idempotent, auth) else {
            return Ok(Some(Admitted {
                credential,
                refresh_block: None,
            }));
        };
        let fetched = source.credential(self.transport, self.operation, false, None);
        let fetched = fetched.now_or_never().transpose()?;
        Ok(fetched.map(|(credential, refresh_block)| Admitted {
            credential: Some(credential),
            refresh_block,
        }))
    }

    /// Adds the credential to the request.
    pub(super) fn authenticate(
        &mut self,
        credential: Option<Arc<ActiveCredential>>,
        request: &mut Request,
    ) {
        let Some(credential) = credential else { return };
        let (headers, name) = (request.headers_mut(), &self.transport.api_key_header);
        if let Some(last) = &self.credential {
            // It may be of another kind.
            last.credential.remove_from(headers, name);
        }
        credential.credential.add_to(headers, name);
        self.credential = Some(credential);
    }

    /// Whether the server rejected the last attempt with this same credential.
    fn is_rejected(&self, credential: Option<&ActiveCredential>) -> bool {
        let Some(last) = &self.last_failure else {
            return false;
        };
        let rejected = self.credential.as_ref().zip(credential);
        last.error.status() == Some(StatusCode::UNAUTHORIZED)
            && rejected.is_some_and(|(rejected, it)| rejected.credential == it.credential)
    }

    /// The error of a call that is not admitted. If an attempt failed before, its error is more
    /// useful than the reason why there is no further one.
    pub(super) fn not_admitted(&mut self, kind: ErrorKind) -> Error {
        match (self.last_failure.take(), kind) {
            (Some(last), _) => last.into_error(self.idempotent),
            (None, ErrorKind::ClientThrottled(wait)) => Error::throttled(self.operation, wait),
            (None, kind) => Error::for_operation(self.operation, kind),
        }
    }
}
