//! What of the security of the house is kept, and how much.

use crate::fixture::{Folder, at};
use store::{KeptSecurityEvent, Record, SecurityFilter};

fn event(kind: &str, second: i64) -> Record {
    Record::SecurityEvent(Box::new(KeptSecurityEvent {
        number: 0,
        at: at(second),
        kind: kind.to_owned(),
        severity: "info".to_owned(),
        who: "anna".to_owned(),
        address: String::new(),
        detail: second.to_string(),
        cause: None,
    }))
}

#[tokio::test]
async fn devices_that_come_and_go_push_no_sign_in_out() {
    let folder = Folder::new();
    let (store, _) = folder.lead().await;
    store.keep(vec![event("signed_in", 0)]).await.unwrap();
    for batch in 0..21 {
        let lost = (0..1_000).map(|n| event("device_lost", batch * 1_000 + n));
        store.keep(lost.collect()).await.unwrap();
    }
    let of = |kind: &str| SecurityFilter {
        kind: Some(kind.to_owned()),
        ..SecurityFilter::default()
    };
    let signed_in = store.security_events(&of("signed_in"), 10).await.unwrap();
    assert_eq!(signed_in.len(), 1);
    // Their own number is bounded, and it is the oldest that go.
    let mut lost = of("device_lost");
    let (mut many, mut last) = (0, String::new());
    loop {
        let page = store.security_events(&lost, 500).await.unwrap();
        let Some(oldest) = page.last() else { break };
        if many == 0 {
            assert_eq!(page[0].detail, "20999");
        }
        many += page.len();
        (lost.before, last) = (Some(oldest.number), oldest.detail.clone());
    }
    assert!((5_000..5_200).contains(&many), "{many}");
    assert_eq!(last, (21_000 - many).to_string());
}
