//! Lowering webhooks and callbacks: the requests that the API sends, and programs receive.

use partner_api_codegen::contract::{EnumValue, Extension as _, SchemaExtension, Webhook};
use serde_json::{Map, Value, json};

use super::context::{Lowering, string_at};
use super::doc;
use super::media_type::is_json;
use super::usage::{RESPONSE, Received, received};
use crate::document::pointer::{self, inlined};
use crate::document::visit::METHODS;
use crate::pipeline::lower::naming::names;

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

impl Lowering<'_> {
    /// Lowers every webhook and callback.
    pub(super) fn webhooks(&mut self) -> Vec<Webhook> {
        let mut lowered = Vec::new();
        for received in received(self.document) {
            let before = self.problems.len();
            let webhook = self.webhook(&received);
            let name = format!("the webhook {}", received.name);
            if !self.leaves_out(before, &received.at, &name) {
                lowered.push(webhook);
            }
        }
        self.webhooks_without_request();
        lowered
    }

    fn webhook(&mut self, received: &Received<'_>) -> Webhook {
        let Received {
            at,
            name,
            callback_of,
            request,
        } = received;
        self.lookalike(name, at);
        let docs = string_at(request, "/externalDocs/url");
        let summary = doc::line(match string_at(request, "/summary") {
            "" => string_at(request, "/description"),
            summary => summary,
        });
        if members(&request["responses"]).any(|(_, response)| {
            let response = inlined(self.document, response);
            response["content"]
                .as_object()
                .is_some_and(|it| !it.is_empty())
        }) {
            let text = "the body of the response to this request is not generated";
            self.note(&format!("{at}/responses"), text);
        }
        if request["parameters"]
            .as_array()
            .is_some_and(|it| !it.is_empty())
        {
            let text = "the parameters of a request that the API sends are not generated";
            self.note(&format!("{at}/parameters"), text);
        }
        Webhook {
            name: (*name).to_owned(),
            callback_of: callback_of.clone(),
            payload: self.payload(received),
            summary,
            docs: doc::is_address(docs).then(|| docs.to_owned()),
        }
    }

    /// The lowered schema of the payload, if it is JSON.
    fn payload(&mut self, received: &Received<'_>) -> Option<Value> {
        let at = format!("{}/requestBody", received.at);
        let mut content = members(&received.body(self.document)?["content"]);
        let Some((kind, media)) = content.find(|(kind, _)| is_json(kind)) else {
            let text =
                "this request that the API sends has no JSON payload, so there is no type for it";
            self.note(&at, text);
            return None;
        };
        let at = format!("{}/schema", pointer::join(&format!("{at}/content"), kind));
        let hint = format!("{}Payload", names::pascal(received.name));
        let schema = media.get("schema").cloned().unwrap_or_else(|| json!({}));
        Some(self.schema(&schema, &at, &hint, RESPONSE))
    }

    /// Notes the webhooks that have no request.
    fn webhooks_without_request(&mut self) {
        let document = self.document;
        for (name, item) in members(&document["webhooks"]) {
            let item = inlined(document, item);
            if !METHODS.iter().any(|method| item.get(method).is_some()) {
                let at = pointer::join("/webhooks", name);
                self.note(&at, "this webhook has no request, so it is left out");
            }
        }
    }

    /// Adds the enum of the names of all webhooks, which keeps names it does not know.
    pub(super) fn event_kind(&mut self, webhooks: &[Webhook]) -> Option<String> {
        let own = webhooks
            .iter()
            .filter(|webhook| webhook.callback_of.is_none());
        let summaries: Map<_, _> = own
            .map(|webhook| (webhook.name.clone(), webhook.summary.clone().into()))
            .collect();
        let names: Vec<_> = summaries.keys().cloned().collect();
        let source = json!({"type": "string", "enum": names});
        let mut schema = self.enumeration(source.as_object()?, "/webhooks")?;
        if let Some(SchemaExtension::Enum { mut values, sort }) = SchemaExtension::of(&schema) {
            for EnumValue {
                value, description, ..
            } in &mut values
            {
                let summary = summaries.get(value).and_then(Value::as_str);
                *description = summary.filter(|it| !it.is_empty()).map(str::to_owned);
            }
            schema = SchemaExtension::Enum { values, sort }.on(schema);
        }
        schema["description"] = "The name of a webhook.".into();
        Some(self.component(None, "EventKind", "/webhooks", schema))
    }
}
