use partner_api::prelude::*;

fn main() {
    let client = Client::with_api_key("key").build().unwrap();
    let _ = client.get_partner().partner_id("abcPA").stream();
}
