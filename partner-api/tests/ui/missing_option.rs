use partner_api::prelude::*;

fn main() {
    let client = Client::with_api_key("key").build().unwrap();
    let partner_id: Option<types::PartnerId> = None;
    let _ = client.get_partner().partner_id(partner_id);
}
