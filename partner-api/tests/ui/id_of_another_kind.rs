use partner_api::prelude::*;

fn main() {
    let client = Client::with_api_key("key").build().unwrap();
    let client_id = types::ClientId::from("xyzCL");
    let _ = client.get_partner().partner_id(&client_id);
    let _ = client.partner(client_id);
}
