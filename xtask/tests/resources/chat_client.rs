//! Tests of the client of `chat.json`, which `it/other_apis.rs` runs in a copy of the crate.

#![allow(clippy::unwrap_used, deprecated, missing_docs)]

use std::sync::{Arc, Mutex};

use httpmock::{HttpMockResponse, MockServer};
use partner_api::mock::MockServerExt as _;
use partner_api::prelude::*;
use serde_json::{Value, from_value, json, to_value};

/// A server that returns this JSON for every request, and the requests it received: path and query,
/// content type, and body.
struct Server {
    server: MockServer,
    seen: Arc<Mutex<Vec<(String, Option<String>, String)>>>,
}

impl Server {
    fn returning(status: u16, response: &Value) -> Self {
        let server = MockServer::start();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let record = Arc::clone(&seen);
        let body = response.to_string();
        server.mock(|when, then| {
            when.any_request();
            then.respond_with(move |request| {
                let target = request.uri().path_and_query().unwrap().to_string();
                let mut headers = request.headers_vec().iter();
                let content_type =
                    headers.find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
                let content_type = content_type.map(|(_, value)| value.clone());
                record
                    .lock()
                    .unwrap()
                    .push((target, content_type, request.body_string()));
                HttpMockResponse::builder()
                    .status(status)
                    .header("content-type", "application/json")
                    .body(body.clone())
                    .build()
            });
        });
        Self { server, seen }
    }

    fn client(&self) -> Client {
        client(&self.server)
    }

    /// The one request.
    fn request(&self) -> (String, Option<String>, String) {
        let seen = self.seen.lock().unwrap();
        assert_eq!(seen.len(), 1, "{seen:?}");
        seen[0].clone()
    }
}

fn client(server: &MockServer) -> Client {
    Client::with_api_key("key")
        .base_url(server.base_url())
        .build()
        .unwrap()
}

/// Asserts that a value of this type is deserialised and serialised without change.
#[track_caller]
fn round_trip<T: serde::Serialize + serde::de::DeserializeOwned>(value: Value) -> T {
    let read: T = from_value(value.clone()).unwrap();
    assert_eq!(to_value(&read).unwrap(), value);
    read
}

#[test]
fn a_union_is_read_by_its_mapping() {
    let block: types::Block = round_trip(json!({"type": "header", "text": "Hi"}));
    assert!(
        matches!(block, types::Block::SectionBlock(section) if section.text.as_deref() == Some("Hi"))
    );
    let block: types::Block =
        round_trip(json!({"type": "image", "url": "https://a.example/", "alt": "a"}));
    assert!(matches!(block, types::Block::ImageBlock(_)));
}

#[test]
fn a_union_without_a_discriminator_is_read_by_a_distinguishing_property() {
    let event: types::Event =
        round_trip(json!({"event": "member.joined", "member": {"name": "Bo"}}));
    assert!(matches!(event, types::Event::MemberEvent(_)));
}

#[test]
fn an_undocumented_kind_is_kept() {
    let poll = json!({"type": "poll", "options": [1, 2]});
    assert!(matches!(round_trip(poll), types::Block::Unknown(_)));
    let untyped = json!({"text": "no type"});
    assert!(matches!(round_trip(untyped), types::Block::Unknown(_)));
    let number: types::MessageContent = round_trip(json!(5));
    assert_eq!(number, types::MessageContent::Unknown(json!(5)));
}

#[test]
fn a_union_serialises_its_tag() {
    let group = types::GroupBlock {
        children: Some(Vec::new()),
        ..Default::default()
    };
    let written = to_value(types::Block::from(group)).unwrap();
    assert_eq!(written, json!({"type": "group", "children": []}));
}

#[test]
fn a_type_may_be_recursive() {
    let group = json!({"type": "group", "children": [{"type": "group", "children": [{"type": "section", "text": "deep"}]}]});
    let message = json!({
        "id": "1",
        "content": [group],
        "quoted": {"id": "2", "quoted": {"id": "3"}},
        "replies": [{"id": "4", "replies": [{"id": "5"}]}],
        "author": {"name": "Al", "invited_by": {"name": "Bo"}},
    });
    let message: types::Message = round_trip(message);
    assert_eq!(message.replies[0].replies[0].id.as_deref(), Some("5"));
}

#[test]
fn values_of_different_kinds_are_distinguished() {
    for content in [json!("plain"), json!([{"type": "section", "text": "x"}])] {
        round_trip::<types::Message>(json!({ "content": content }));
    }
    for nonce in [json!("n"), json!(7)] {
        round_trip::<types::Message>(json!({ "nonce": nonce }));
    }
}

#[test]
fn an_enum_keeps_an_undocumented_value() {
    let message: types::Message = round_trip(json!({"type": "poll: closed"}));
    assert_eq!(
        message.type_,
        Some(types::MessageType::Unknown("poll: closed".into()))
    );
    let message: types::Message = round_trip(json!({"type": "system: joined", "self": true}));
    assert_eq!(message.type_, Some(types::MessageType::SystemJoined));
    let member: types::Member = round_trip(json!({"presence": "", "display name": "B"}));
    assert_eq!(member.presence, Some(types::MemberPresence::Empty));
}

#[test]
fn null_is_read_as_empty() {
    let null = json!({"match": null, "replies": null, "reactions": null, "content": null, "type": null, "author": null});
    assert_eq!(
        from_value::<types::Message>(null).unwrap(),
        types::Message::default()
    );
    let some =
        json!({"match": [[1, 2], null], "embeds": [null], "reactions": {"+1": ["U1"], "-1": null}});
    let some: types::Message = from_value(some).unwrap();
    assert_eq!(some.match_, [[1, 2]]);
    assert_eq!(some.embeds, []);
    assert_eq!(some.reactions.len(), 1);
}

#[test]
fn null_is_left_out_of_other_members_and_of_lists_in_lists() {
    let member: types::Member =
        from_value(json!({"name": "Al", "team": "red", "pet": null})).unwrap();
    assert_eq!(
        to_value(member).unwrap(),
        json!({"name": "Al", "team": "red"})
    );
    let message: types::Message = from_value(json!({"match": [[1, null], [null]]})).unwrap();
    assert_eq!(message.match_, [vec![1], vec![]]);
}

#[test]
fn other_members_are_kept() {
    round_trip::<types::Problem>(json!({"type": "about:blank", "trace": {"id": 1}, "extra": null}));
}

#[tokio::test]
async fn an_update_distinguishes_absent_null_and_value() {
    let change = |body: types::ChatUpdateBody| async move {
        let server = Server::returning(200, &json!({"id": "1"}));
        server
            .client()
            .chat_update()
            .channel_id("C1")
            .message_id("M1")
            .body(body)
            .send()
            .await
            .unwrap();
        let (target, content_type, body) = server.request();
        assert_eq!(target, "/channels/C1/messages/M1");
        assert_eq!(content_type.as_deref(), Some("application/json"));
        serde_json::from_str::<Value>(&body).unwrap()
    };
    let nothing = types::ChatUpdateBody::default();
    let null = types::ChatUpdateBody {
        text: Some(None),
        attachment: Some(None),
        blocks: Some(None),
        thread_ts: Some(None),
        mentions: Some(Vec::new()),
        ..nothing.clone()
    };
    assert_eq!(
        change(null).await,
        json!({"text": null, "attachment": null, "blocks": null, "thread_ts": null, "mentions": []})
    );
    let value = types::ChatUpdateBody {
        text: Some(Some("new".into())),
        attachment: Some(Some(types::Attachment {
            size: Some(u64::MAX),
            ..Default::default()
        })),
        blocks: Some(Some(Vec::new())),
        flags: Some(4),
        ..nothing
    };
    assert_eq!(
        change(value).await,
        json!({"text": "new", "attachment": {"size": u64::MAX}, "blocks": [], "flags": 4})
    );
}

#[tokio::test]
async fn an_empty_update_is_rejected() {
    let server = Server::returning(200, &json!({"id": "1"}));
    let client = server.client();
    let call = client.chat_update().channel_id("C1").message_id("M1");
    let error = call.body(types::ChatUpdateBody::default()).send().await;
    let error = error.unwrap_err().to_string();
    assert!(error.contains("body: sets nothing"), "{error}");
    assert_eq!(server.seen.lock().unwrap().len(), 0);
}

#[test]
fn a_timestamp_keeps_what_was_sent() {
    for at in ["2026-03-01T09:30:00+02:00", "2026-03-01 09:30", "soon"] {
        let message: types::Message = round_trip(json!({ "edited.at": at }));
        assert_eq!(message.edited_at.unwrap(), at);
    }
    let message: types::Message = from_value(json!({"edited.at": 17})).unwrap();
    assert_eq!(message.edited_at.unwrap(), "17");
}

#[tokio::test]
async fn lists_enums_and_flags_are_sent_in_the_query() {
    let server = Server::returning(200, &json!([{"id": "1"}, null]));
    let messages = server
        .client()
        .chat_messages_list()
        .channel_id("C 1")
        .types(vec![
            types::MessageType::SystemLeft,
            types::MessageType::Unknown("poll".into()),
        ])
        .author_id(vec![1, 2])
        .order(types::ChatMessagesListOrder::OldestFirst)
        .with_replies(true)
        .match_("a&b=c")
        .send()
        .await
        .unwrap();
    assert_eq!(messages.len(), 1);
    let (target, _, _) = server.request();
    let (path, query) = target.split_once('?').unwrap();
    assert_eq!(path, "/channels/C%201/messages");
    let mut query: Vec<_> = query.split('&').collect();
    query.sort_unstable();
    assert_eq!(
        query,
        [
            "author.id=1",
            "author.id=2",
            "match=a%26b%3Dc",
            "order=oldest+first",
            "types=poll",
            "types=system%3A+left",
            "with-replies=true"
        ]
    );
}

#[tokio::test]
async fn an_object_in_the_query_is_one_parameter_for_each_of_its_members() {
    let server = Server::returning(200, &json!({}));
    let filter = types::ChannelsMembersFilter {
        is_bot: Some(false),
        joined_after: Some("2026-01-01".into()),
        ..Default::default()
    };
    server
        .client()
        .channels_members()
        .channel_id("C1")
        .filter(filter)
        .send()
        .await
        .unwrap();
    assert_eq!(
        server.request().0,
        "/channels/C1/members?is_bot=false&joined-after=2026-01-01"
    );
}

#[tokio::test]
async fn values_of_different_kinds_are_sent_in_the_query() {
    let server = Server::returning(200, &json!({"events": null}));
    let since = types::GetAuditEventsSince::Number(17);
    let events = server
        .client()
        .get_audit_events()
        .since(since)
        .send()
        .await
        .unwrap();
    assert!(events.events.is_empty());
    assert_eq!(server.request().0, "/audit/events?since=17");
}

#[tokio::test]
async fn bodies_are_sent_as_what_they_are() {
    let form = types::OauthAccessBody {
        grant_type: types::OauthAccessBodyGrantType::AuthorizationCode,
        code: Some("a b&c".into()),
        single_use: Some(true),
    };
    let server = Server::returning(200, &json!({"expires_in": 60}));
    server
        .client()
        .oauth_access()
        .body(form)
        .send()
        .await
        .unwrap();
    let (_, content_type, body) = server.request();
    assert_eq!(
        content_type.as_deref(),
        Some("application/x-www-form-urlencoded")
    );
    assert_eq!(
        body,
        "code=a+b%26c&grant_type=authorization_code&single-use=true"
    );

    let server = Server::returning(204, &json!(null));
    server
        .client()
        .channels_topic()
        .channel_id("C1")
        .body("Hi \"all\"")
        .send()
        .await
        .unwrap();
    let (_, content_type, body) = server.request();
    assert_eq!(content_type.as_deref(), Some("text/plain"));
    assert_eq!(body, "Hi \"all\"");

    let server = Server::returning(201, &json!({"size": 3}));
    let file = server
        .client()
        .files_upload()
        .filename("a.txt")
        .body("abc")
        .send()
        .await
        .unwrap();
    assert_eq!(file.size, Some(3));
    let (target, content_type, body) = server.request();
    assert_eq!(target, "/files?filename=a.txt");
    assert_eq!(content_type.as_deref(), Some("application/octet-stream"));
    assert_eq!(body, "abc");
}

#[tokio::test]
async fn an_invalid_header_is_rejected_before_sending() {
    let server = Server::returning(204, &json!(null));
    let delete = |reason: &'static str| {
        let client = server.client();
        async move {
            let id = "7e3d5e52-6a5c-4f0a-8e43-0d3a7a6f5a10";
            let call = client.delete_channels_channel_id_messages_message_id();
            call.channel_id("C1")
                .message_id(id)
                .x_audit_reason(reason)
                .send()
                .await
        }
    };
    let error = delete("two\nlines").await.unwrap_err();
    assert_eq!(
        error.operation(),
        Some("delete_channels_channel_id_messages_message_id")
    );
    assert_eq!(server.seen.lock().unwrap().len(), 0);
    delete("spam").await.unwrap();
    assert_eq!(
        server.request().0,
        "/channels/C1/messages/7e3d5e52-6a5c-4f0a-8e43-0d3a7a6f5a10"
    );
}

#[tokio::test]
async fn a_typed_mock_matches_what_the_client_sends() {
    let server = MockServer::start();
    let response = types::Message {
        id: Some("1".into()),
        ..Default::default()
    };
    let mock = server.chat_messages_list(|when, then| {
        when.channel_id("C1")
            .limit(5)
            .author_id(&vec![1, 2])
            .types(&vec![types::MessageType::Default])
            .order(&types::ChatMessagesListOrder::NewestFirst);
        then.ok(&vec![response.clone()]);
    });
    let client = client(&server);
    let call = client.chat_messages_list().channel_id("C1").limit(5);
    let call = call
        .author_id(vec![1, 2])
        .types(vec![types::MessageType::Default]);
    let messages = call
        .order(types::ChatMessagesListOrder::NewestFirst)
        .send()
        .await
        .unwrap();
    mock.assert();
    assert_eq!(messages.into_inner(), [response]);
}
