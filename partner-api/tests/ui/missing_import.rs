use partner_api::Client;

fn main() {
    let _ = Client::with_api_key("key");
}

fn list(client: &Client) {
    let _ = client.list_clients().partner_id("abcPA").stream();
}
