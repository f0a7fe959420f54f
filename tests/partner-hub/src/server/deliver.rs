//! The task that delivers events to the partners' `webhook_url`, one after another.

use std::sync::Arc;

use tokio::time::Instant;

use crate::api::operations::WEBHOOK;
use crate::lock::lock;
use crate::server::context::Context;
use crate::webhooks::post::post;
use crate::webhooks::sender::InFlight;

/// Delivers events until the future is dropped.
pub(crate) async fn deliver(context: Arc<Context>) {
    let sender = &context.sender;
    loop {
        // The end of a migration is an event, also without a request that would complete it.
        let migration = context.next_migration();
        if let Some(delivery) = sender.begin(context.clock.now()) {
            attempt(&context, delivery).await;
            continue;
        }
        let due = [sender.next_due(), migration].into_iter().flatten().min();
        tokio::select! {
            () = sender.changed.notified() => {}
            () = context.clock.sleep_until(due) => {}
        }
    }
}

async fn attempt(context: &Context, delivery: InFlight) {
    // The state is not locked during the delivery.
    let url = context.with_state(|state| {
        let partner = state.partner(&delivery.waiting.event.partner_id)?;
        partner.partner.webhook_url.clone()
    });
    let started = Instant::now();
    let body = delivery.waiting.event.body.clone();
    let response = match url {
        Some(url) => post(&url, &delivery.signature, body).await,
        None => Err("the partner has no `webhook_url`".to_owned()),
    };
    let is_delivered = matches!(response, Ok(200..=299));
    // Scheduled before it is recorded: who sees the record can advance the clock.
    if !is_delivered && delivery.waiting.is_retried() {
        let injected = lock(&context.faults).next(Some(WEBHOOK), context.clock.now());
        let failed = delivery.waiting.clone();
        context.sender.retry(failed, injected, &context.clock);
    }
    let (duration, now) = (started.elapsed(), context.clock.now());
    context.sender.end(&delivery, response, duration, now);
}
