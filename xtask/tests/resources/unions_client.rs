//! Tests of the client of `unions.json`, which `it/unions.rs` runs in a copy of the crate.

#![allow(clippy::unwrap_used, missing_docs)]

use std::fmt::Debug;

use httpmock::MockServer;
use partner_api::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, from_value, json, to_value};

/// Asserts that a value is deserialised and serialised without change.
#[track_caller]
fn round_trip<T: Serialize + DeserializeOwned>(value: Value) -> T {
    let read: T = from_value(value.clone()).unwrap();
    assert_eq!(to_value(&read).unwrap(), value);
    read
}

/// Asserts that values of any shape are kept, whatever is read of them.
#[track_caller]
fn keeps_anything<T: Serialize + DeserializeOwned + Debug>() {
    for value in [
        json!("text"),
        json!(7),
        json!(7.5),
        json!(u64::MAX),
        json!(-1),
        json!(true),
        json!([]),
        json!([[]]),
        json!([null, {"a": 1}]),
        json!({}),
        json!({"type": 1}),
        json!({"type": "nobody knew", "a": {"b": [1, 2.5, null]}}),
        json!({"kind": ["cat"], "user_id": null}),
        json!({"user_id": {}, "group_id": []}),
        json!({"type": "SOLID", "color": 7}),
        json!({"type": "text", "text": ["a"]}),
    ] {
        let read: T = from_value(value.clone()).unwrap();
        assert_eq!(to_value(&read).unwrap(), value, "{read:?}");
    }
}

/// A client of a server that returns this JSON for every request.
fn client(response: &Value) -> (MockServer, Client) {
    let server = MockServer::start();
    let body = response.clone();
    server.mock(|when, then| {
        when.any_request();
        then.status(200).json_body(body);
    });
    let client = Client::with_api_key("key").base_url(server.base_url());
    (server, client.build().unwrap())
}

#[test]
fn whatever_a_server_sends_is_kept() {
    keeps_anything::<types::Scalar>();
    keeps_anything::<types::Block>();
    keeps_anything::<types::List>();
    keeps_anything::<types::Paint>();
    keeps_anything::<types::Target>();
    keeps_anything::<types::Input>();
    keeps_anything::<types::ChargeCustomer>();
    keeps_anything::<types::ChargeSource>();
    keeps_anything::<types::VersionsVersion>();
    keeps_anything::<types::Endpoint>();
}

#[tokio::test]
async fn json_types_are_distinguished() {
    use types::Scalar;
    for (value, expected) in [
        (json!("a"), Scalar::String("a".to_owned())),
        (json!(7), Scalar::Integer(7)),
        (json!(7.5), Scalar::Number(7.5)),
        (json!(1.0), Scalar::Number(1.0)),
        (json!(true), Scalar::Bool(true)),
        (json!({"a": 1}), Scalar::Unknown(json!({"a": 1}))),
        (json!(u64::MAX), Scalar::Unknown(json!(u64::MAX))),
    ] {
        let (_server, client) = client(&value);
        let read = client.json_types().since(17).body(expected.clone()).send();
        assert_eq!(read.await.unwrap().into_inner(), expected);
        assert_eq!(to_value(expected).unwrap(), value);
    }
    let since: types::JsonTypesSince = "yesterday".into();
    assert_eq!(since.to_string(), "yesterday");
    assert_eq!(types::JsonTypesSince::from(17).to_string(), "17");
}

#[tokio::test]
async fn nested_and_recursive_alternatives_are_read_and_sent() {
    let blocks = json!([
        {"type": "text", "text": "Hi"},
        {"type": "ol", "start": 3, "items": [{"type": "ul", "items": [{"type": "text"}, {"type": "table", "rows": 2}]}]},
        {"type": "table", "rows": 2},
    ]);
    let (server, client) = client(&blocks);
    let read = client.blocks().body(Vec::new()).send().await.unwrap().into_inner();
    assert!(matches!(&read[0], types::Block::Text(text) if text.text.as_deref() == Some("Hi")));
    let types::Block::Ordered(list) = &read[1] else {
        panic!("{read:?}")
    };
    assert_eq!(list.start, Some(3));
    assert!(matches!(&read[2], types::Block::Unknown(value) if value["rows"] == 2));
    assert_eq!(to_value(&read).unwrap(), blocks);

    let sent = server.mock(|when, then| {
        when.path("/blocks").json_body(json!([{"type": "text", "text": "Ho"}]));
        then.status(200).json_body(json!([]));
    });
    drop(sent);
    // The tag is added to a value that is built without it.
    let text: types::Block = from_value(json!({"type": "text", "text": "Ho"})).unwrap();
    let mut built = match text {
        types::Block::Text(text) => *text,
        other => panic!("{other:?}"),
    };
    built.text = Some("Ho".to_owned());
    assert_eq!(
        to_value(types::Block::from(built)).unwrap(),
        json!({"type": "text", "text": "Ho"})
    );
}

#[test]
fn tags_and_required_members_tell_objects_apart() {
    let paint: types::Paint = round_trip(json!({"type": "RADIAL", "stops": [0.5]}));
    assert!(!matches!(paint, types::Paint::Unknown(_)), "{paint:?}");
    let paint: types::Paint = round_trip(json!({"type": "IMAGE", "url": "u"}));
    assert!(matches!(paint, types::Paint::Unknown(_)), "{paint:?}");
    let target: types::Target = round_trip(json!({"group_id": "g", "note": "n"}));
    assert!(matches!(target, types::Target::GroupId(it) if it.note.as_deref() == Some("n")));
    // A server may send null for what the other alternative has.
    let target: types::Target = from_value(json!({"user_id": null, "group_id": "g"})).unwrap();
    assert!(matches!(target, types::Target::GroupId(_)), "{target:?}");
    let target: types::Target = round_trip(json!({"team_id": "t"}));
    assert!(matches!(target, types::Target::Unknown(_)), "{target:?}");
}

#[tokio::test]
async fn alternatives_are_values_of_a_map() {
    let targets = json!({"a": {"user_id": "u"}, "b": {"group_id": "g"}, "c": {"x": 1}, "d": 7});
    let (_server, client) = client(&targets);
    let read = client.targets().send().await.unwrap().into_inner();
    assert!(matches!(read["a"], types::Target::UserId(_)));
    assert!(matches!(read["d"], types::Target::Unknown(_)));
    assert_eq!(to_value(&read).unwrap(), targets);
}

#[test]
fn members_that_need_not_be_there_tell_objects_apart() {
    let endpoint: types::Endpoint = round_trip(json!({"node": "n", "magnet": "m"}));
    assert!(matches!(endpoint, types::Endpoint::Magnet(it) if it.node.as_deref() == Some("n")));
    for undecided in [json!({"node": "n"}), json!({"magnet": "m", "position": 1})] {
        let endpoint: types::Endpoint = round_trip(undecided);
        assert!(matches!(endpoint, types::Endpoint::Unknown(_)), "{endpoint:?}");
    }
    let range: types::Range = round_trip(json!({"gt": "today"}));
    assert!(matches!(range, types::Range::Dates(_)), "{range:?}");
    let range: types::Range = round_trip(json!({"lt": 1.5, "gt": 0.5}));
    assert!(matches!(range, types::Range::Numbers(_)), "{range:?}");
}

#[test]
fn shared_members_are_neither_lost_nor_doubled() {
    let shared: types::Shared = round_trip(json!({"id": "1", "right": "r"}));
    assert!(matches!(shared, types::Shared::Right(it) if it.id.as_deref() == Some("1")));
    let shared: types::Shared = round_trip(json!({"id": "1", "neither": "r"}));
    assert!(matches!(shared, types::Shared::Unknown(_)));
    let both: types::Both = round_trip(json!({"left": "l", "down": 2}));
    assert!(!matches!(both, types::Both::Unknown(_)), "{both:?}");
    let both: types::Both = round_trip(json!({"left": "l"}));
    assert!(matches!(both, types::Both::Unknown(_)), "{both:?}");
}

#[test]
fn items_tell_arrays_apart() {
    use types::Input;
    let input: Input = round_trip(json!(["a", "b"]));
    assert!(matches!(input, Input::StringArray(_)), "{input:?}");
    let input: Input = round_trip(json!([1, 2]));
    assert!(matches!(input, Input::IntegerArray(_)), "{input:?}");
    let input: Input = round_trip(json!([[1], []]));
    assert!(matches!(input, Input::ArrayArray(_)), "{input:?}");
    let input: Input = round_trip(json!([]));
    assert!(matches!(input, Input::StringArray(_)), "{input:?}");
    let input: Input = round_trip(json!([1, "a"]));
    assert!(matches!(input, Input::Unknown(_)), "{input:?}");
}

#[tokio::test]
async fn a_field_holds_an_id_or_the_whole_of_it() {
    let charge = json!({
        "customer": {"id": "c", "object": "customer", "parent": {"id": "p", "object": "customer", "parent": "q"}},
        "source": {"value": ["a"]}, "port": 80, "created": "2024-05-06T07:08:09Z",
    });
    let (_server, client) = client(&charge);
    let read = client.charge().send().await.unwrap().into_inner();
    assert_eq!(to_value(&read).unwrap(), charge);
    assert!(matches!(read.customer, Some(types::ChargeCustomer::Customer(_))));
    assert!(matches!(read.port, Some(types::ChargePort::Number(80))));
    assert!(matches!(read.created, Some(types::ChargeCreated::String(_))));

    let deleted = json!({"customer": {"id": "c", "object": "customer", "deleted": true}, "port": "http"});
    let read: types::Charge = round_trip(deleted);
    assert!(matches!(read.customer, Some(types::ChargeCustomer::DeletedCustomer(_))));
    let read: types::Charge = round_trip(json!({"customer": "c", "created": 7}));
    assert!(matches!(read.customer, Some(types::ChargeCustomer::String(_))));
    let read: types::Charge = from_value(json!({"customer": null})).unwrap();
    assert_eq!(read.customer, None);
}

#[tokio::test]
async fn a_base_is_read_as_its_subtypes() {
    let kitten = json!({"kind": "kitten", "name": "Tom", "lives": 9, "friends": [{"kind": "Dog", "breed": "pug"}, {"kind": "fish"}]});
    let (_server, client) = client(&kitten);
    let fish: types::Pet = round_trip(json!({"kind": "fish", "name": "Wanda"}));
    assert!(matches!(&fish, types::Pet::Base(pet) if pet.name.as_deref() == Some("Wanda")));
    let read = client.pet().body(fish).send().await.unwrap().into_inner();
    assert_eq!(to_value(&read).unwrap(), kitten);
    let types::Pet::Cat(cat) = read else {
        panic!("{read:?}")
    };
    let friends = cat.friends.as_deref().unwrap_or_default();
    assert!(matches!(&friends[0], types::Pet::Dog(dog) if dog.breed.as_deref() == Some("pug")));
    assert!(matches!(&friends[1], types::Pet::Base(_)));
    assert!(matches!(round_trip(json!(7)), types::Pet::Unknown(_)));
}

#[tokio::test]
async fn integers_have_names_and_unknown_ones_are_kept() {
    let modes = json!({"mode": 2, "modes": [1, 99, -1]});
    let (server, client) = client(&modes);
    let read = client.mode().mode(types::Mode::Full).send().await.unwrap().into_inner();
    assert_eq!(read.mode, Some(types::Mode::Full));
    assert_eq!(read.modes[1], types::Mode::Unknown(99));
    assert_eq!(read.modes[1], 99);
    assert_eq!(to_value(&read).unwrap(), modes);
    drop(server);
}

#[test]
fn null_is_no_value_in_every_spelling() {
    let nulls = json!({"usage": null, "owner": null, "stop": null, "nothing": null, "block": null});
    let read: types::Nulls = from_value(nulls).unwrap();
    assert_eq!((read.usage, read.owner, read.stop, read.block), (None, None, None, None));
    let values = json!({
        "usage": {"type": "text"}, "owner": {"type": "text", "text": "o"}, "stop": ["a"],
        "block": {"type": "ul", "items": [{"type": "text"}]}, "voice": "alloy",
    });
    let read: types::Nulls = round_trip(values);
    assert!(matches!(read.stop, Some(types::NullsStop::Array(_))));
    let read: types::Nulls = round_trip(json!({"stop": "s", "voice": {"id": "v"}}));
    assert!(matches!(read.stop, Some(types::NullsStop::String(_))));
    assert!(matches!(read.voice, Some(types::NullsVoice::Object(_))));
    let read: types::Nulls = round_trip(json!({"voice": "nobody knew", "nothing": "something"}));
    assert!(matches!(read.voice, Some(types::NullsVoice::String(_))));
}

#[test]
fn an_enum_keeps_values_of_every_type() {
    for value in [json!(4.1), json!("4.1"), json!(3.0), json!("3_lite"), json!("5"), json!(true)] {
        let read: types::Versions = round_trip(json!({ "version": value }));
        assert!(read.version.is_some());
    }
    for value in [json!(true), json!("true"), json!("maybe"), json!("perhaps"), json!(1)] {
        round_trip::<types::Versions>(json!({ "flag": value }));
    }
    round_trip::<types::Versions>(json!({"point": [1.5, "a"]}));
}

#[test]
fn the_types_have_a_schema() {
    let schema = to_value(schemars::schema_for!(types::Block)).unwrap();
    assert_eq!(schema["anyOf"].as_array().unwrap().len(), 3, "{schema}");
    let schema = to_value(schemars::schema_for!(types::Mode)).unwrap();
    assert_eq!(schema["type"], "integer");
}
