//! The link to the onboarding page.

use partner_api::reqwest::Url;
use partner_api::types::{ClientId, PartnerId};
use partner_api::workflows::onboarding::ConnectUrl;

#[test]
fn every_documented_parameter_is_in_the_link() {
    let url = ConnectUrl::new(PartnerId::from("abcPA"))
        .email("owner@shop.example")
        .name("Ana & Söhne")
        .partner_payload("crm=17")
        .state("s+t/a?t#e")
        .redirect_url("https://shop.example/back?tenant=7")
        .login_first()
        .hosting_type("cloud")
        .plan_selection("basic")
        .connect_client_user("true")
        .client_id(ClientId::from("xyzCL"))
        .number("+49 30 1234")
        .build()
        .unwrap();
    let expected = "https://hub.360dialog.com/dashboard/app/abcPA/permissions\
        ?email=owner%40shop.example\
        &name=Ana%20%26%20S%C3%B6hne\
        &partner=crm%3D17\
        &state=s%2Bt%2Fa%3Ft%23e\
        &redirect_url=https%3A%2F%2Fshop.example%2Fback%3Ftenant%3D7\
        &next=login\
        &hosting_type=cloud\
        &plan_selection=basic\
        &connect_client_user=true\
        &client_id=xyzCL\
        &number=%2B49%2030%201234";
    assert_eq!(url.as_str(), expected);
}

#[test]
fn a_link_needs_no_parameter() {
    let url = ConnectUrl::new("abcPA").build().unwrap();
    let expected = "https://hub.360dialog.com/dashboard/app/abcPA/permissions";
    assert_eq!(url.as_str(), expected);
}

#[test]
fn the_last_value_of_a_parameter_counts() {
    let url = ConnectUrl::new("abcPA")
        .email("a@b.example")
        .email("c@d.example");
    assert_eq!(url.build().unwrap().query(), Some("email=c%40d.example"));
}

#[test]
fn the_dashboard_can_be_elsewhere() {
    for dashboard in ["http://127.0.0.1:8360/hub", "http://127.0.0.1:8360/hub/"] {
        let url = ConnectUrl::new("abcPA")
            .dashboard(dashboard)
            .build()
            .unwrap();
        let expected = "http://127.0.0.1:8360/hub/dashboard/app/abcPA/permissions";
        assert_eq!(url.as_str(), expected);
    }
}

#[test]
fn random_values_come_back_as_they_were() {
    let mut rng = fastrand::Rng::with_seed(7);
    for _ in 0..2_000 {
        let mut random = || {
            let length = rng.usize(1..20);
            let chars = std::iter::repeat_with(|| rng.char('\u{20}'..'\u{2fff}'));
            let chars = chars.filter(|char| !char.is_control());
            chars.take(length).collect::<String>()
        };
        let (name, state, id) = (random(), random(), random());
        let url = ConnectUrl::new(&*id).name(&name).state(&state).build();
        if id.contains(['/', '\\']) || id == "." || id == ".." {
            assert_eq!(url.unwrap_err().name, "partner_id");
            continue;
        }
        let url = url.unwrap();
        let pairs: Vec<_> = url.query_pairs().into_owned().collect();
        let expected = [("name".to_owned(), name), ("state".to_owned(), state)];
        assert_eq!(pairs, expected);
        assert_eq!(url.path_segments().unwrap().count(), 4, "{url}");
        assert_eq!(Url::parse(url.as_str()).unwrap(), url);
    }
}

#[test]
fn an_invalid_value_names_its_method() {
    let link = || ConnectUrl::new("abcPA");
    for (link, name) in [
        (ConnectUrl::new(""), "partner_id"),
        (ConnectUrl::new(".."), "partner_id"),
        (ConnectUrl::new("a/b"), "partner_id"),
        (link().client_id("../x"), "client_id"),
        (link().email(""), "email"),
        (link().partner_payload("a\nb"), "partner_payload"),
        (link().state(""), "state"),
        (link().state("a\0b"), "state"),
        (link().redirect_url("shop.example/back"), "redirect_url"),
        (link().redirect_url("/back"), "redirect_url"),
        (link().redirect_url("javascript:alert(1)"), "redirect_url"),
        (link().redirect_url("data:text/html,x"), "redirect_url"),
        (link().redirect_url("https://"), "redirect_url"),
        (
            link().redirect_url("https://me:pw@shop.example/"),
            "redirect_url",
        ),
        (
            link().redirect_url("https://shop.example/#back"),
            "redirect_url",
        ),
        (link().dashboard(""), "dashboard"),
        (link().dashboard("ftp://hub.example"), "dashboard"),
        (link().dashboard("https://hub.example/?a=b"), "dashboard"),
    ] {
        let error = link.build().unwrap_err();
        assert_eq!(error.name, name, "{error}");
        assert!(
            error.to_string().starts_with(&format!("`{name}` ")),
            "{error}"
        );
    }
}

#[test]
fn debug_output_has_no_values() {
    let link = ConnectUrl::new("abcPA")
        .state("s3cret")
        .email("owner@shop.example");
    let printed = format!("{link:?}");
    assert!(
        printed.contains("state") && printed.contains("abcPA"),
        "{printed}"
    );
    assert!(
        !printed.contains("s3cret") && !printed.contains("owner"),
        "{printed}"
    );
}
