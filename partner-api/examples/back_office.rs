//! A service for the back office of a partner: lists and changes its clients, and approves change
//! requests.
//!
//! ```sh
//! PARTNER_API_KEY=… PARTNER_ID=… cargo run -p partner-api --example back_office -- 127.0.0.1:8080
//! curl '127.0.0.1:8080/clients?status=active&limit=10'
//! curl -X PATCH 127.0.0.1:8080/clients/xyzCL -H 'content-type: application/json' -d '{"max_channels": 3}'
//! curl -X POST 127.0.0.1:8080/change-requests/ID/approval
//! ```

use std::env;
use std::error::Error;
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, patch, post};
use axum::{Json, Router};
use partner_api::builder::PartnerScope;
use partner_api::prelude::*;
use partner_api::workflows::change_requests::{Approval, ChangeRequests, NotApproved};
use partner_api::{CallOptions, RateLimit, RetryPolicy};
use serde::Deserialize;
use serde_json::{Value, json};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = env::args().nth(1).unwrap_or("127.0.0.1:8080".into());
    let client = Client::from_env()?
        .timeout(Duration::from_secs(20))
        .retry_policy(RetryPolicy::max(4))
        .rate_limit(RateLimit::new(50, Duration::from_secs(1)))
        .on_attempt(|attempt| eprintln!("{} {:?}", attempt.operation, attempt.duration))
        .build()?;
    let partner_id = client.default_partner_id().ok_or("set PARTNER_ID")?;
    let partner = client.partner(partner_id);
    let service = Service {
        change_requests: ChangeRequests::new(partner.clone()),
        partner,
    };
    let app = Router::new()
        .route("/clients", get(list_clients))
        .route("/clients/{id}", patch(update_client))
        .route("/change-requests/{id}/approval", post(approve))
        .with_state(service);
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("http://{}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}

/// The state of the service. Every request gets a clone, and all clones share connections, limits and
/// approvals.
#[derive(Clone)]
struct Service {
    partner: PartnerScope,
    change_requests: ChangeRequests,
}

/// What `GET /clients` can be asked for.
#[derive(Deserialize)]
struct Wanted {
    status: Option<String>,
    sort: Option<String>,
    limit: Option<u32>,
    offset: Option<u32>,
}

async fn list_clients(
    State(service): State<Service>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Value>, Failure> {
    let page = service
        .partner
        .list_clients()
        .filters(types::ClientFilters {
            status: wanted.status,
            ..Default::default()
        })
        .sort(wanted.sort)
        .limit(wanted.limit)
        .offset(wanted.offset)
        .send()
        .await?
        .into_inner();
    Ok(Json(json!({"total": page.total, "clients": page.clients})))
}

async fn update_client(
    State(service): State<Service>,
    Path(id): Path<String>,
    Json(update): Json<types::ClientUpdate>,
) -> Result<Json<types::ClientAccount>, Failure> {
    let call = service.partner.update_client().client_id(id).body(update);
    // Somebody waits for the response, so this fails sooner than a call of a background task.
    let options = CallOptions::new().timeout(Duration::from_secs(10));
    Ok(Json(call.send_with(options).await?.into_inner()))
}

async fn approve(
    State(service): State<Service>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Failure> {
    let outcome = match service.change_requests.approve(id).await {
        Ok(Approval::Approved { .. }) => "approved",
        Ok(Approval::AlreadyApproved { .. }) => "already approved",
        Ok(_) => "in doubt; try again later",
        Err(NotApproved::Call(error)) => return Err(Failure::from(&*error)),
        Err(not_approved) => return Err(Failure::of(StatusCode::CONFLICT, &not_approved)),
    };
    Ok(Json(json!({"outcome": outcome})))
}

/// An error response.
struct Failure {
    status: StatusCode,
    retry_after: Option<Duration>,
    body: Value,
}

impl Failure {
    fn of(status: StatusCode, error: &dyn Error) -> Self {
        Self {
            status,
            retry_after: None,
            body: json!({"error": error.to_string()}),
        }
    }
}

impl From<partner_api::Error> for Failure {
    fn from(error: partner_api::Error) -> Self {
        Self::from(&error)
    }
}

impl From<&partner_api::Error> for Failure {
    fn from(error: &partner_api::Error) -> Self {
        eprintln!("{error}");
        let status = match error.status() {
            // The caller can mend these.
            Some(StatusCode::NOT_FOUND) => StatusCode::NOT_FOUND,
            Some(StatusCode::BAD_REQUEST) => StatusCode::BAD_REQUEST,
            _ if error.is_rate_limited() => StatusCode::SERVICE_UNAVAILABLE,
            _ if error.is_timeout() => StatusCode::GATEWAY_TIMEOUT,
            None if error.attempts() == 0 => StatusCode::BAD_REQUEST,
            _ => StatusCode::BAD_GATEWAY,
        };
        Self {
            status,
            retry_after: error.retry_after(),
            body: json!({
                "error": error.label(),
                "message": error.developer_message(),
                "trace_id": error.trace_id(),
                "is_outcome_unknown": error.is_outcome_unknown(),
            }),
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body)).into_response();
        if let Some(wait) = self.retry_after {
            let seconds = HeaderValue::from(wait.as_secs().max(1));
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        response
    }
}
