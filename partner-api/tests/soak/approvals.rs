//! Approves change requests from several tasks and two clients at once.

use std::sync::Arc;

use partner_api::prelude::*;
use partner_api::types::PartnerChangeRequest;
use partner_api::workflows::change_requests::{Approval, ChangeRequests, NotApproved};
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::{MILLI, Soak};

pub async fn run(soak: Arc<Soak>, key: Client, login: Client) {
    let workflow = |client: &Client| {
        ChangeRequests::new(client.partner(soak.hub.partner_id()))
            .confirm_for(500 * MILLI)
            .backoff(10 * MILLI, 50 * MILLI)
    };
    let workflows = [workflow(&key), workflow(&login)];
    while !soak.is_over() {
        let request = PartnerChangeRequest {
            target_partner_id: Some(soak.hub.partner_id().into()),
            status: Some("created".into()),
            ..Default::default()
        };
        let id = soak.hub.insert_change_request(request).unwrap();
        let mut approvals = JoinSet::new();
        for number in 0..4 {
            let (workflow, id) = (workflows[number % 2].clone(), id.clone());
            approvals.spawn(async move { workflow.approve(id).await });
        }
        while let Some(outcome) = approvals.join_next().await {
            report(&soak, &id, outcome.unwrap()).await;
        }
        // The emulator keeps every request.
        sleep(300 * MILLI).await;
    }
}

/// Compares an outcome with the status in the emulator.
async fn report(soak: &Soak, id: &str, outcome: Result<Approval, NotApproved>) {
    let requests = soak.hub.change_requests(soak.hub.partner_id());
    let request = requests
        .iter()
        .find(|request| request.id == Some(id.into()));
    let status = request.unwrap().status.as_ref().map(ToString::to_string);
    let is_approved = status.as_deref() != Some("created");
    match outcome {
        Ok(approval @ (Approval::Approved { .. } | Approval::AlreadyApproved { .. })) => {
            assert!(is_approved, "{id} is {status:?}: {approval}");
            soak.tally.count(format!("approval: {approval}"));
        }
        Ok(Approval::InDoubt { error, .. }) => {
            soak.failed("approval: in doubt", &error).await;
        }
        Err(NotApproved::Call(error)) => {
            soak.failed("approval", &error).await;
        }
        // The migration failed before this task looked.
        Err(NotApproved::Status(_)) if status.as_deref() == Some("failed") => {
            soak.tally.count("approval: of a failed request");
        }
        other => panic!("{id}: {other:?}"),
    }
}
