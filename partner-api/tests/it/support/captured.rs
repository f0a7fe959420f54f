//! A `tracing` layer that records the spans and events of this crate.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use tracing::field::{Field, Visit};
use tracing::span::{self, Attributes, Id};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::{LookupSpan, Registry};

/// A span that ended, or an event.
#[derive(Clone, Debug)]
pub struct TraceRecord {
    pub is_span: bool,
    pub name: String,
    pub target: &'static str,
    pub level: Level,
    pub fields: BTreeMap<String, String>,
    /// The names of the spans it is in, from the outermost.
    pub within: Vec<&'static str>,
}

impl TraceRecord {
    fn new(
        metadata: &'static Metadata<'static>,
        fields: Fields,
        within: Vec<&'static str>,
    ) -> Self {
        Self {
            is_span: metadata.is_span(),
            name: metadata.name().to_owned(),
            target: metadata.target(),
            level: *metadata.level(),
            fields: fields.0,
            within,
        }
    }

    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
    }
}

#[derive(Clone, Default)]
pub struct Captured(Arc<Mutex<Vec<TraceRecord>>>);

impl Captured {
    /// Records what this crate logs on this thread, until the guard is dropped.
    pub fn start() -> (Self, tracing::subscriber::DefaultGuard) {
        let captured = Self::default();
        let guard = tracing::subscriber::set_default(Registry::default().with(captured.clone()));
        (captured, guard)
    }

    pub fn all(&self) -> Vec<TraceRecord> {
        self.0.lock().unwrap().clone()
    }

    /// The spans that ended, in that order.
    pub fn spans(&self) -> Vec<TraceRecord> {
        self.all()
            .into_iter()
            .filter(|record| record.is_span)
            .collect()
    }

    /// The events with this in their message.
    pub fn events(&self, message: &str) -> Vec<TraceRecord> {
        let has = |record: &TraceRecord| {
            record
                .field("message")
                .is_some_and(|text| text.contains(message))
        };
        self.all().into_iter().filter(has).collect()
    }
}

#[derive(Clone, Default)]
struct Fields(BTreeMap<String, String>);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.to_owned());
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Captured {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let span = context.span(id).expect("a span");
        span.extensions_mut().insert(fields);
    }

    fn on_record(&self, id: &Id, values: &span::Record<'_>, context: Context<'_, S>) {
        let span = context.span(id).expect("a span");
        if let Some(fields) = span.extensions_mut().get_mut::<Fields>() {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if !event.metadata().target().starts_with("partner_api") {
            return;
        }
        let mut fields = Fields::default();
        event.record(&mut fields);
        let within = context.event_scope(event).map(|scope| {
            let names = scope.from_root().map(|span| span.name());
            names.collect()
        });
        let record = TraceRecord::new(event.metadata(), fields, within.unwrap_or_default());
        self.0.lock().unwrap().push(record);
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let span = context.span(&id).expect("a span");
        if !span.metadata().target().starts_with("partner_api") {
            return;
        }
        let fields = span.extensions().get::<Fields>().cloned();
        let within = span.scope().skip(1).map(|span| span.name()).collect();
        let record = TraceRecord::new(span.metadata(), fields.unwrap_or_default(), within);
        self.0.lock().unwrap().push(record);
    }
}
