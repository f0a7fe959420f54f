//! The emulator's clock: in dates, in migrations, and its limit.

use std::time::{Duration, SystemTime};

use crate::support::{get, http, plain, request, send};
use partner_api::reqwest::Method;
use partner_api::types::PartnerChangeRequestStatus;
use partner_hub::{Fault, RetryAfter};
use serde_json::json;

const DAY: Duration = Duration::from_secs(86_400);

fn date(response: &crate::support::Received, name: &str) -> SystemTime {
    let date = response.headers[name].to_str().unwrap();
    httpdate::parse_http_date(date).unwrap()
}

#[tokio::test]
async fn all_dates_of_a_response_follow_the_clock() {
    let hub = plain().start().await.unwrap();
    let before = date(&get(&hub, "").await, "date");
    hub.advance(DAY).unwrap();
    let after = date(&get(&hub, "").await, "date");
    assert!(after >= before + DAY, "{before:?} {after:?}");
    let fault = Fault::status_with_retry_after(503, RetryAfter::DateInSeconds(60));
    hub.fault(fault.on("get_partner").after_work()).unwrap();
    hub.fault(Fault::latency(Duration::from_millis(5))).unwrap();
    let response = get(&hub, "").await;
    let minute = Duration::from_secs(60);
    assert_eq!(
        date(&response, "retry-after"),
        date(&response, "date") + minute
    );
}

#[tokio::test]
async fn a_migration_is_dated_by_its_end_and_not_by_the_first_look() {
    let migration = Duration::from_secs(3_600);
    let hub = plain().clients(400).migration_time(migration);
    let hub = hub.start().await.unwrap();
    let partner = hub.partner_id();
    let created = hub.change_requests(partner).into_iter().find(|request| {
        request.status == Some(PartnerChangeRequestStatus::Created)
            && request.is_full_migration == Some(true)
    });
    let created = created.unwrap();
    let id = created.id.unwrap();
    let path = format!("/selective_partner_change_requests/{id}/approve");
    let approved = send(request(&hub, Method::POST, &path)).await;
    let approved_at = date(&approved, "date");
    hub.advance(DAY).unwrap();
    let requests = hub.change_requests(partner).into_iter();
    let request = requests
        .clone()
        .find(|request| request.id.as_ref() == Some(&id));
    let request = request.unwrap();
    assert_eq!(request.status, Some(PartnerChangeRequestStatus::Completed));
    let client = hub.client(created.source_client_id.unwrap()).unwrap();
    for modified in [request.modified_at, client.modified_at] {
        let modified = modified.unwrap().to_system_time().unwrap();
        let took = modified.duration_since(approved_at).unwrap();
        assert!(
            took.abs_diff(migration) < Duration::from_secs(60),
            "{took:?}"
        );
    }
}

#[tokio::test]
async fn a_time_without_a_date_of_http_is_rejected() {
    let after = |years: u32| SystemTime::UNIX_EPOCH + DAY * 365 * years;
    for now in [SystemTime::UNIX_EPOCH - DAY, after(7_100), after(50_000)] {
        let error = plain().now(now).start().await.unwrap_err().to_string();
        assert!(error.contains("1970"), "{error}");
    }
    let hub = plain().now(after(6_900)).start().await.unwrap();
    hub.advance(DAY * 365 * 100).unwrap();
    assert_eq!(date(&get(&hub, "").await, "date"), after(7_000));
}

#[tokio::test]
async fn the_clock_reports_that_it_cannot_be_advanced_further() {
    let hub = plain().start().await.unwrap();
    let century = DAY * 365 * 100;
    let before = date(&get(&hub, "").await, "date");
    for by in [century + DAY, Duration::MAX] {
        let error = hub.advance(by).unwrap_err().to_string();
        assert!(error.contains("100 years"), "{error}");
    }
    hub.advance(century).unwrap();
    assert!(date(&get(&hub, "").await, "date") >= before + century);
    let advance = http().post(format!("{}/__hub/advance", hub.url()));
    let advance = send(advance.json(&json!({"seconds": 1}))).await;
    assert_eq!(advance.status, 400);
    assert!(advance.message().contains("100 years"), "{}", advance.text);
}
