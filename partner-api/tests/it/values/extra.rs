//! Members that the documentation does not name.

use partner_api::types::ClientAccount;
use serde_json::{Value, json};

/// Undocumented members of every JSON type, with keys that need escapes, on two levels.
const CLIENT: &str = r#"{
    "id": "xyzCL",
    "a \"quoted\" \u00fcber key": [1, {"deep": null}],
    "": false,
    "extra": 1.5,
    "contact_info": {"id": {"was": "a string"}, "fa\u0078": "+49"},
    "name": "Example",
    "region": "eu"
}"#;

#[test]
fn undocumented_members_are_kept_and_written_back() {
    let client: ClientAccount = serde_json::from_str(CLIENT).unwrap();
    assert_eq!(client.name.as_deref(), Some("Example"));
    assert_eq!(
        client.extra["a \"quoted\" über key"],
        json!([1, {"deep": null}])
    );
    let sent: Value = serde_json::from_str(CLIENT).unwrap();
    assert_eq!(serde_json::to_value(&client).unwrap(), sent);
}

#[test]
fn they_are_kept_from_every_source_of_json() {
    let sent: Value = serde_json::from_str(CLIENT).unwrap();
    let owned: ClientAccount = serde_json::from_value(sent.clone()).unwrap();
    let reader: ClientAccount = serde_json::from_reader(CLIENT.as_bytes()).unwrap();
    let borrowed: ClientAccount = serde::Deserialize::deserialize(&sent).unwrap();
    for client in [owned, reader, borrowed] {
        assert_eq!(serde_json::to_value(&client).unwrap(), sent);
    }
}

#[test]
fn an_array_in_place_of_an_object_is_an_error() {
    let error = serde_json::from_str::<ClientAccount>(r#"[null, "xyzCL"]"#).unwrap_err();
    assert!(
        error.to_string().contains("invalid type: sequence"),
        "{error}"
    );
}

#[test]
fn a_documented_member_that_is_there_twice_is_an_error() {
    let twice = r#"{"id": "xyzCL", "new": 1, "new": 2, "id": "abcCL"}"#;
    let error = serde_json::from_str::<ClientAccount>(twice).unwrap_err();
    assert!(
        error.to_string().contains("duplicate field `id`"),
        "{error}"
    );
}
