//! The HTTPS listener: who gets in, what they see, and what a hostile peer cannot do.

use std::time::{Duration, Instant};

use gateway::http;
use gateway::http::session::Role;
use gateway::pipeline::Outcome;
use gateway::store::Page;
use http_body_util::BodyExt as _;
use hyper::{Request, StatusCode};
use seal::Micros;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

use crate::browser::Browser;
use crate::fixture::{Site, TestDevice};

/// A site with a listener, a device with a patient, and somebody signed in.
struct Ward {
    site: Site,
    device: TestDevice,
    patient: String,
    browser: Browser,
}

async fn listening() -> (Site, Browser) {
    let site = Site::new().await;
    let address = http::start("127.0.0.1:0".parse().unwrap(), &site.services).await.unwrap();
    let browser = Browser::new(address, site.maker.ca.der());
    (site, browser)
}

fn link(site: &Site) -> String {
    let secret = site.services.sessions.issue_link("https://localhost", "ada", Role::Clinician).unwrap();
    secret.expose_secret().to_owned()
}

async fn ward() -> Ward {
    let (site, mut browser) = listening().await;
    let device = site.device("mon-1").await;
    let patient = site.patient("P1").await;
    site.admin().associate(&device.id, patient, "Bed 1", Micros(0)).await.unwrap();
    assert_eq!(browser.sign_in(&link(&site)).await.status, StatusCode::SEE_OTHER);
    eventually(&browser, |ward| ward["beds"][0]["patient"]["bed"] == "Bed 1").await;
    Ward { site, device, patient: patient.to_string(), browser }
}

/// Asks for the ward until it is as wanted.
async fn eventually(browser: &Browser, wanted: impl Fn(&serde_json::Value) -> bool) {
    let begun = Instant::now();
    loop {
        let ward = browser.get("/api/ward").await.json();
        if wanted(&ward) {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(5), "{ward}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn actions(site: &Site) -> Vec<String> {
    let rows = site.services.store.read(|reader| reader.audit(Page::default())).await.unwrap();
    rows.into_iter()
        .map(|row| format!("{} {} {} {}", row.actor, row.action, row.object, row.outcome))
        .collect()
}

#[tokio::test]
async fn nothing_is_shown_to_whoever_is_not_signed_in() {
    let (_site, browser) = listening().await;
    for path in
        ["/api/ward", "/api/live", "/api/me", "/api/patients/1", "/api/audit", "/api/refused", "/api/none"]
    {
        assert_eq!(browser.get(path).await.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    let page = browser.get("/").await;
    assert_eq!((page.status, page.header("location")), (StatusCode::SEE_OTHER, "/sign-in"));
    let forged = browser.ask("GET", "/api/ward", &[("cookie", "__Host-medseal=AAAA")], "").await;
    assert_eq!(forged.status, StatusCode::UNAUTHORIZED);
    let token = browser.ask("GET", "/api/ward", &[("authorization", "Bearer AAAA")], "").await;
    assert_eq!(token.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_link_survives_prefetch_and_works_once() {
    let (site, mut browser) = listening().await;
    let link = link(&site);
    let path = link.strip_prefix("https://localhost").unwrap();
    for _ in 0..3 {
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.text().contains("<button"), "{}", page.text());
    }
    let answer = browser.sign_in(&link).await;
    let cookie = answer.header("set-cookie").to_owned();
    for word in ["__Host-", "; Path=/", "; Secure", "; HttpOnly", "; SameSite=Strict"] {
        assert!(cookie.contains(word), "{cookie}");
    }
    assert_eq!(browser.get("/api/me").await.json()["name"], "ada");
    let mut other = browser.clone();
    assert_eq!(other.sign_in(&link).await.status, StatusCode::FORBIDDEN);
    let actions = actions(&site).await;
    assert!(actions.contains(&"user:ada sign-in dashboard done".into()), "{actions:?}");
    assert!(actions.contains(&"address:127.0.0.1 sign-in dashboard refused".into()), "{actions:?}");
}

#[tokio::test]
async fn failed_sign_ins_are_slowed_down() {
    let (site, browser) = listening().await;
    let wrong = format!("t={}", "A".repeat(43));
    let mut seen = Vec::new();
    for _ in 0..12 {
        seen.push(browser.post("/sign-in", &wrong).await.status);
    }
    assert_eq!(seen[9], StatusCode::FORBIDDEN);
    assert_eq!(seen[10], StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(actions(&site).await.iter().filter(|row| row.contains("sign-in")).count(), 10);
}

#[tokio::test]
async fn a_change_asked_for_by_another_page_is_refused() {
    let ward = ward().await;
    let path = "/api/alarms/1/acknowledge";
    let ask = |more| ward.browser.ask("POST", path, more, "");
    for (why, more) in [
        ("no header", &[("x-medseal", "")][..]),
        ("no origin", &[("origin", "")]),
        ("other origin", &[("origin", "https://evil.example")]),
        ("null origin", &[("origin", "null")]),
    ] {
        assert_eq!(ask(more).await.status, StatusCode::FORBIDDEN, "{why}");
    }
    assert_eq!(ask(&[]).await.status, StatusCode::NOT_FOUND);
    let forged = ward.browser.ask("POST", "/sign-in", &[("origin", "https://evil.example")], "t=x").await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn signing_out_ends_session_and_live_stream() {
    let ward = ward().await;
    let request =
        Request::get("/api/live").header("host", "x").header("cookie", ward.browser.cookie.clone().unwrap());
    let mut live = ward.browser.send(request.body(Default::default()).unwrap()).await;
    assert_eq!(live.headers()["content-type"], "text/event-stream");
    assert_eq!(ward.browser.post("/sign-out", "").await.status, StatusCode::SEE_OTHER);
    assert_eq!(ward.browser.get("/api/ward").await.status, StatusCode::UNAUTHORIZED);
    let ended = async { while let Some(Ok(_)) = live.frame().await {} };
    timeout(Duration::from_secs(5), ended).await.expect("the stream outlived its session");
}

#[tokio::test]
async fn the_dashboard_is_in_the_binary_or_says_how_to_get_it_there() {
    let ward = ward().await;
    for path in ["/", "/patients/1", "/refused", "/delivery", "/audit"] {
        let page = ward.browser.get(path).await;
        if http::embedded() {
            assert_eq!(page.status, StatusCode::OK, "{path}");
            let script = page.text().split("src=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
            let script = ward.browser.get(&script).await;
            assert!(script.header("content-type").starts_with("text/javascript"), "{path}");
            assert!(script.header("cache-control").contains("immutable"), "{path}");
        } else {
            assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
            assert!(page.text().contains("cargo xtask web"), "{path}");
        }
    }
    assert_eq!(ward.browser.get("/assets/../Cargo.toml").await.status, StatusCode::NOT_FOUND);
    assert_eq!(ward.browser.get("/index.html").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_ward_is_live() {
    let mut ward = ward().await;
    let request =
        Request::get("/api/live").header("host", "x").header("cookie", ward.browser.cookie.clone().unwrap());
    let mut live = ward.browser.send(request.body(Default::default()).unwrap()).await;
    let bytes = ward.device.next(2);
    assert!(matches!(ward.site.send(&ward.device, bytes).await, Outcome::Committed(_)));
    let mut seen = String::new();
    let wanted = async {
        while !(seen.contains("event: ward\n") && seen.contains("event: batch\n")) {
            let frame = live.frame().await.unwrap().unwrap();
            seen.push_str(&String::from_utf8_lossy(frame.data_ref().unwrap()));
        }
    };
    timeout(Duration::from_secs(5), wanted).await.unwrap();
    let line = seen.split("event: batch\ndata: ").nth(1).unwrap().lines().next().unwrap();
    let batch: serde_json::Value = serde_json::from_str(line).unwrap();
    assert_eq!((batch["device"].as_str(), batch["proof"]["counter"].as_u64()), (Some("mon-1"), Some(1)));
    assert_eq!(batch["n"][0]["v"], "60");
    assert!(batch["stored"].as_i64().unwrap() - batch["time"].as_i64().unwrap() < 1_000_000);
}

#[tokio::test]
async fn a_patients_page_trends_and_record() {
    let mut ward = ward().await;
    for _ in 0..60 {
        let bytes = ward.device.next(1);
        ward.site.send(&ward.device, bytes).await;
    }
    let path = format!("/api/patients/{}", ward.patient);
    let page = ward.browser.get(&path).await.json();
    assert_eq!(
        (page["patient"]["name"].as_str(), page["patient"]["bed"].as_str()),
        (Some("Eve Example"), Some("Bed 1"))
    );
    assert_eq!(
        (page["items"][0]["proof"]["counter"].as_u64(), page["items"].as_array().unwrap().len()),
        (Some(60), 50)
    );
    let older = ward.browser.get(&format!("{path}?before={}", page["before"])).await.json();
    assert_eq!(
        (older["items"][0]["proof"]["counter"].as_u64(), &older["before"]),
        (Some(10), &serde_json::Value::Null)
    );
    let trends = ward.browser.get(&format!("{path}/trends?minutes=10")).await.json();
    assert_eq!(trends["series"][0]["mean"][0].as_f64(), Some(60.0));
    assert_eq!(ward.browser.get(&format!("{path}/trends?minutes=0")).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(ward.browser.get("/api/patients/99").await.status, StatusCode::NOT_FOUND);

    let record = ward.browser.get(&format!("{path}/record")).await;
    assert!(record.header("content-disposition").starts_with("attachment"));
    assert_eq!(record.text().lines().count(), 61);
    let trust = seal::Maker::from_der(ward.site.maker.ca.der()).unwrap();
    let report = seal::record::verify_record(&record.body[..], &trust).unwrap();
    assert!(report.is_whole(), "{report:?}");

    let actions = actions(&ward.site).await;
    let reads =
        actions.iter().filter(|row| **row == format!("user:ada read-patient patient {} done", ward.patient));
    assert_eq!(reads.count(), 1, "one look at the patient: {actions:?}");
    assert!(
        actions.contains(&format!("user:ada export-record patient {} done", ward.patient)),
        "{actions:?}"
    );
}

#[tokio::test]
async fn what_is_refused_is_listed_with_its_reason() {
    let mut ward = ward().await;
    let mut bytes = ward.device.next(1);
    *bytes.last_mut().unwrap() ^= 1;
    assert!(matches!(ward.site.send(&ward.device, bytes).await, Outcome::Refused(_)));
    let page = ward.browser.get("/api/refused").await.json();
    assert_eq!(page["items"][0]["device"], "mon-1");
    assert_eq!(page["items"][0]["reason"], page["reasons"][0]["reason"]);
    assert_eq!(page["reasons"][0]["count"], 1);
    eventually(&ward.browser, |ward| ward["beds"][0]["refused"] == 1 && ward["beds"][0]["seal"] == "refused")
        .await;
}

#[tokio::test]
async fn programs_use_bearer_tokens() {
    let ward = ward().await;
    let token =
        ward.site.services.sessions.issue_token("probe", Role::Clinician, Duration::from_secs(60)).unwrap();
    let bearer = format!("Bearer {}", token.expose_secret());
    let more = [("authorization", bearer.as_str()), ("cookie", ""), ("x-medseal", ""), ("origin", "")];
    assert_eq!(ward.browser.ask("GET", "/api/me", &more, "").await.json()["name"], "probe");
    assert_eq!(
        ward.browser.ask("POST", "/api/alarms/1/acknowledge", &more, "").await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn every_answer_bears_the_security_headers() {
    let (_site, browser) = listening().await;
    for path in ["/sign-in", "/", "/api/ward", "/none"] {
        let answer = browser.get(path).await;
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(answer.header("strict-transport-security"), "", "for localhost: {path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
    }
    let named = browser.ask("GET", "/sign-in", &[("host", "ward.example")], "").await;
    assert!(named.header("strict-transport-security").starts_with("max-age="));
}

#[tokio::test]
async fn hostile_requests_are_refused_and_disturb_nobody() {
    let ward = ward().await;
    let long = "a".repeat(40_000);
    let cases: &[(&str, Vec<u8>)] = &[
        ("a head too large", format!("GET / HTTP/1.1\r\nhost: x\r\nx: {long}\r\n\r\n").into()),
        ("too many fields", format!("GET / HTTP/1.1\r\nhost: x\r\n{}\r\n", "a: b\r\n".repeat(100)).into()),
        ("not HTTP", vec![0xff; 64]),
        (
            "two lengths",
            b"POST /sign-in HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab".into(),
        ),
        (
            "a body too large",
            format!(
                "POST /sign-in HTTP/1.1\r\nhost: localhost:{}\r\norigin: https://localhost:{}\r\n\
            content-type: application/x-www-form-urlencoded\r\ncontent-length: 40000\r\n\r\n{long}",
                ward.browser.host().split_once(':').unwrap().1,
                ward.browser.host().split_once(':').unwrap().1
            )
            .into(),
        ),
    ];
    for (what, bytes) in cases {
        let mut stream = ward.browser.connect().await;
        // The server may close before it has read all.
        let _ = stream.write_all(bytes).await;
        let mut answer = vec![0; 64];
        let read = timeout(Duration::from_secs(5), stream.read(&mut answer)).await.expect(what).unwrap_or(0);
        let answer = String::from_utf8_lossy(&answer[..read]).into_owned();
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{what}: {answer}");
        assert_eq!(ward.browser.get("/api/me").await.status, StatusCode::OK, "after {what}");
    }
    let mut plain = tokio::net::TcpStream::connect(("127.0.0.1", port(&ward.browser))).await.unwrap();
    plain.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let mut answer = Vec::new();
    let _ = timeout(Duration::from_secs(5), plain.read_to_end(&mut answer)).await.unwrap();
    assert!(!answer.starts_with(b"HTTP"), "plain HTTP was answered");
}

#[tokio::test]
async fn mutated_requests_neither_crash_nor_stay() {
    let (_site, browser) = listening().await;
    let plain = b"POST /sign-in HTTP/1.1\r\nhost: localhost\r\norigin: https://localhost\r\ncookie: __Host-medseal=AAAA; a=b\r\n\
        content-type: application/x-www-form-urlencoded\r\ncontent-length: 6\r\n\r\nt=AAAA";
    let paths = [
        "/api/patients/1/trends?minutes=5",
        "/api/audit?before=-1",
        "/sign-in?t=%ff",
        "/assets/..%2f..",
        "/api/live",
    ];
    let mut seed = 0x2545_f491_u64;
    let mut random = move |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed % below as u64) as usize
    };
    for turn in 0..150 {
        let mut bytes = match turn % 3 {
            0 => plain.to_vec(),
            1 => format!(
                "GET {} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer x\r\n\r\n",
                paths[random(paths.len())]
            )
            .into(),
            _ => (0..random(300)).map(|_| random(256) as u8).collect(),
        };
        for _ in 0..random(4) {
            if !bytes.is_empty() {
                let at = random(bytes.len());
                bytes[at] = random(256) as u8;
            }
        }
        bytes.truncate(bytes.len() - random(bytes.len() / 4 + 1));
        let mut stream = browser.connect().await;
        let _ = stream.write_all(&bytes).await;
        let _ = stream.shutdown().await;
        let mut answer = Vec::new();
        let _ = timeout(Duration::from_secs(5), stream.read_to_end(&mut answer)).await.expect("it stays");
        let answer = String::from_utf8_lossy(&answer);
        assert!(
            !answer.starts_with("HTTP/1.1 5") && !answer.starts_with("HTTP/1.1 2"),
            "{bytes:?}: {answer}"
        );
    }
    assert_eq!(browser.get("/sign-in").await.status, StatusCode::OK);
}

fn port(browser: &Browser) -> u16 {
    browser.host().split_once(':').unwrap().1.parse().unwrap()
}

#[tokio::test]
async fn a_stop_ends_live_streams_and_connections() {
    let ward = ward().await;
    let request =
        Request::get("/api/live").header("host", "x").header("cookie", ward.browser.cookie.clone().unwrap());
    let mut live = ward.browser.send(request.body(Default::default()).unwrap()).await;
    live.frame().await.unwrap().unwrap();
    let begun = Instant::now();
    ward.site.services.shutdown.cancel();
    ward.site.services.tasks.close();
    timeout(Duration::from_secs(5), ward.site.services.tasks.wait()).await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(5));
}
