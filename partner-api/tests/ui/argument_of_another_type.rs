use partner_api::prelude::*;

fn main() {
    let client = Client::with_api_key("key").build().unwrap();
    let list = client.list_clients().partner_id("abcPA");
    let _ = list.clone().limit("100");
    let _ = list.clone().limit(Some(1.5));
    let _ = list.clone().sort(types::PartnerChangeRequestSort::Status);
    let _ = list.filters(types::PartnerChangeRequestFilters::default());
}
