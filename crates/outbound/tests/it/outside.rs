//! Requests to services that a setting names.

use crate::server::{Manner, Server};
use outbound::{Allowed, Fault, Fresh, Limits, Outbound, Place, Validators};
use std::{net::IpAddr, time::Duration};

fn named(hosts: &[&str]) -> Outbound {
    Outbound::outside(hosts.iter().map(|host| Allowed::named(*host))).unwrap()
}

#[tokio::test]
async fn a_host_that_a_setting_names_may_be_inside() {
    let server = Server::start(Manner::page("{}")).await;
    let port = server.address.port();
    let client = named(&["LocalHost", "127.0.0.1"]);
    for host in ["localhost", "LOCALHOST.", "127.0.0.1"] {
        let answer = client.get(&format!("http://{host}:{port}/")).await;
        assert_eq!(answer.unwrap().body, b"{}", "{host}");
    }
}

#[tokio::test]
async fn a_service_of_the_internet_may_not_lead_inside() {
    let server = Server::start(Manner::page("secret")).await;
    let port = server.address.port();
    // A name of this machine's resolver, an address, and an address in disguise.
    for host in [
        "localhost",
        "127.0.0.1",
        "[::ffff:127.0.0.1]",
        "[::1]",
        "192.168.0.1",
    ] {
        let client = Outbound::outside([Allowed::outside(host)]).unwrap();
        let refused = client.get(&format!("http://{host}:{port}/")).await;
        let Err(Fault::Inside { place, .. }) = refused else {
            panic!("{host}: {refused:?}");
        };
        assert!(
            matches!(place, Place::Loopback | Place::Private),
            "{place:?}"
        );
    }
    // What the URL's own rules make an address of.
    let client = Outbound::outside([Allowed::outside("127.0.0.1")]).unwrap();
    for host in ["2130706433", "0x7f.1", "127.1", "0177.0.0.1"] {
        let refused = client.get(&format!("http://{host}:{port}/")).await;
        assert!(
            matches!(refused, Err(Fault::Inside { .. })),
            "{host}: {refused:?}"
        );
    }
    // Nobody means these, even by name.
    for host in ["0.0.0.0", "224.0.0.1", "255.255.255.255"] {
        let refused = named(&[host]).get(&format!("http://{host}:{port}/")).await;
        assert!(
            matches!(refused, Err(Fault::Inside { .. })),
            "{host}: {refused:?}"
        );
    }
    assert_eq!(server.asked(), 0);
}

#[tokio::test]
async fn no_other_host_is_asked() {
    let server = Server::start(Manner::page("secret")).await;
    let port = server.address.port();
    let refused = named(&["api.example"])
        .get(&format!("http://127.0.0.1:{port}/"))
        .await
        .unwrap_err();
    assert_eq!(
        refused.to_string(),
        "127.0.0.1 is not a host that may be asked here; only api.example may"
    );
    let refused = named(&["api.example"]).get("ftp://api.example/").await;
    assert!(matches!(refused, Err(Fault::BadUrl { .. })), "{refused:?}");
    assert_eq!(server.asked(), 0);
}

#[tokio::test]
async fn a_name_that_leads_nowhere_is_told() {
    let refused = named(&["no-such-host.invalid"])
        .get("http://no-such-host.invalid/")
        .await;
    assert!(
        matches!(refused, Err(Fault::Unresolved { .. })),
        "{refused:?}"
    );
}

#[tokio::test]
async fn redirects_stay_within_their_host() {
    let secret = Server::on(IpAddr::from([127, 0, 0, 2]), |_| Manner::page("secret")).await;
    let there = secret.url("/");
    let server = Server::on(IpAddr::from([127, 0, 0, 1]), move |path| match path {
        "/away" => Manner::redirect(&there),
        "/within" => Manner::redirect("/page"),
        "/circle" => Manner::redirect("/circle"),
        _ => Manner::page("page"),
    })
    .await;
    let client = named(&["127.0.0.1", "127.0.0.2"]);
    let answer = client.get(&server.url("/within")).await.unwrap();
    assert_eq!(answer.body, b"page");
    for path in ["/away", "/circle"] {
        let refused = client.get(&server.url(path)).await;
        assert!(
            matches!(refused, Err(Fault::Redirected { .. })),
            "{path}: {refused:?}"
        );
    }
    assert_eq!(secret.asked(), 0);
}

#[tokio::test]
async fn answers_have_a_size_and_a_time() {
    let client = named(&["127.0.0.1"]).with_limits(Limits {
        time: Duration::from_millis(500),
        body: 100_000,
    });
    let endless = Server::start(Manner::Endless).await;
    let refused = client.get(&endless.url("/")).await;
    assert!(
        matches!(refused, Err(Fault::TooLarge { .. })),
        "{refused:?}"
    );
    let drip = Server::start(Manner::Drip).await;
    let refused = client.get(&drip.url("/")).await;
    assert!(matches!(refused, Err(Fault::TooSlow { .. })), "{refused:?}");
}

#[tokio::test]
async fn what_is_known_already_does_not_come_twice() {
    let server = Server::on([127, 0, 0, 1].into(), |path| {
        let head = match path {
            "/new" => {
                "200 OK\r\netag: \"a\"\r\nlast-modified: Mon, 02 Mar 2026 06:00:00 GMT\r\ncache-control: public, max-age=900\r\ncontent-length: 2\r\n\r\n{}"
            }
            "/same" => "304 Not Modified\r\ncache-control: max-age=60\r\n\r\n",
            "/busy" => "429 Too Many Requests\r\nretry-after: 120\r\ncontent-length: 0\r\n\r\n",
            "/down" => "503 Service Unavailable\r\nretry-after: tomorrow\r\ncontent-length: 0\r\n\r\n",
            _ => "404 Not Found\r\ncontent-length: 0\r\n\r\n",
        };
        Manner::Bytes(format!("HTTP/1.1 {head}").into_bytes())
    })
    .await;
    let client = named(&["127.0.0.1"]);
    let none = Validators::default();
    let seconds = |s| Some(Duration::from_secs(s));
    let Ok(Fresh::New {
        answer,
        validators,
        keep,
    }) = client.get_fresh(&server.url("/new"), &none).await
    else {
        panic!("there is something new");
    };
    assert_eq!((answer.body.as_slice(), keep), (&b"{}"[..], seconds(900)));
    assert_eq!(validators.etag.as_deref(), Some("\"a\""));
    assert_eq!(
        validators.last_modified.as_deref(),
        Some("Mon, 02 Mar 2026 06:00:00 GMT")
    );
    let head = server.head(&client, "/same", &validators).await;
    assert!(
        head.contains("if-none-match: \"a\"") && head.contains("if-modified-since: Mon, 02 Mar"),
        "{head}"
    );
    assert_eq!(
        client.get_fresh(&server.url("/same"), &validators).await,
        Ok(Fresh::Unchanged { keep: seconds(60) })
    );
    assert_eq!(
        client.get_fresh(&server.url("/busy"), &none).await,
        Ok(Fresh::Later {
            status: 429,
            wait: seconds(120)
        })
    );
    assert_eq!(
        client.get_fresh(&server.url("/down"), &none).await,
        Ok(Fresh::Later {
            status: 503,
            wait: None
        })
    );
    assert!(matches!(
        client.get_fresh(&server.url("/nothing"), &none).await,
        Err(Fault::Status { status: 404, .. })
    ));
}

#[tokio::test]
async fn an_answer_is_read_as_it_comes_whatever_its_status() {
    let reply = "HTTP/1.1 429 Too Many Requests\r\nretry-after: 7\r\ncontent-length: 2\r\n\r\n{}";
    let server = Server::start(Manner::Bytes(reply.into())).await;
    let url = format!("http://127.0.0.1:{}/", server.address.port());
    let client = named(&["127.0.0.1"]);
    let body = Some(b"{\"a\":1}".to_vec());
    let mut answer = client.open(&url, &[("x-a", "b")], body).await.unwrap();
    assert_eq!(
        (answer.status, answer.wait),
        (429, Some(Duration::from_secs(7)))
    );
    assert_eq!(answer.rest().await.unwrap(), b"{}");
    let asked = server.last_request();
    assert!(
        asked.starts_with("POST / ") && asked.contains("x-a: b"),
        "{asked}"
    );

    // Its time and its size are bounded like any other's.
    let limits = Limits {
        time: Duration::from_millis(300),
        body: 1_024,
    };
    let bounded = named(&["127.0.0.1"]).with_limits(limits);
    for (manner, slow) in [(Manner::Drip, true), (Manner::Endless, false)] {
        let server = Server::start(manner).await;
        let url = format!("http://127.0.0.1:{}/", server.address.port());
        let broken = bounded.open(&url, &[], None).await.unwrap().rest().await;
        match broken {
            Err(Fault::TooSlow { .. }) => assert!(slow),
            Err(Fault::TooLarge { .. }) => assert!(!slow),
            other => panic!("{other:?}"),
        }
    }
    let elsewhere = Server::start(Manner::redirect("http://192.0.2.1/")).await;
    let url = format!("http://127.0.0.1:{}/", elsewhere.address.port());
    let refused = client.open(&url, &[], None).await;
    assert!(
        matches!(refused, Err(Fault::Redirected { .. })),
        "{refused:?}"
    );
}
