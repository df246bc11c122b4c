//! Who asks: from a request's cookie or bearer token to a [`Principal`], and the proof that a change was meant.

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName, Method};
use axum::middleware::Next;
use axum::response::Response;

use super::Http;
use super::error::Fault;
use super::session::{Principal, Right};
use crate::tokens::{Client, Scope};

/// The session's cookie. The prefix makes browsers insist on `Secure`, on `Path=/` and on this very host (RFC 6265bis 4.1.3.2).
pub(crate) const COOKIE_NAME: &str = "__Host-medseal";

/// The header that the dashboard sends with every call. A page of another origin cannot set it without being asked first,
/// which this server never grants.
pub(crate) const CALL_HEADER: HeaderName = HeaderName::from_static("x-medseal");

/// How the request proved who asks.
enum Proof {
    /// By a cookie, which a browser sends by itself: a change needs more.
    Cookie(Principal),
    /// By a token that a program added on purpose.
    Bearer(Principal),
}

fn prove(http: &Http, headers: &HeaderMap) -> Option<Proof> {
    let sessions = &http.sessions;
    if let Some(value) = headers.get(AUTHORIZATION) {
        let token = value.to_str().ok()?.strip_prefix("Bearer ")?;
        return sessions.token(token).or_else(|| system(http, token)).map(Proof::Bearer);
    }
    sessions.session(session_secret(headers)?).map(Proof::Cookie)
}

/// The system that got this access token from the token endpoint.
fn system(http: &Http, token: &str) -> Option<Principal> {
    let grant = http.tokens.as_ref()?.check(Some(token), Scope::ReadRecords, None).ok()?;
    match grant.client {
        Client::System(id) => Some(Principal::system(id, token)),
        Client::Device(_) => None,
    }
}

/// The session's secret in the request's cookies.
pub(crate) fn session_secret(headers: &HeaderMap) -> Option<&str> {
    headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok()).find_map(|line| {
        let pair = line.split(';').map(str::trim).find_map(|pair| pair.strip_prefix(COOKIE_NAME));
        pair.and_then(|rest| rest.strip_prefix('='))
    })
}

/// Lets only authenticated requests through, with their [`Principal`] among the request's extensions; a change
/// asked for with a cookie must also come from the dashboard itself.
pub(crate) async fn require(
    State(http): State<Http>,
    mut request: Request,
    next: Next,
) -> Result<Response, Fault> {
    let who = match prove(&http, request.headers()) {
        Some(Proof::Bearer(who)) => who,
        Some(Proof::Cookie(who)) => {
            let own = request.headers().contains_key(CALL_HEADER) && same_origin(request.headers());
            if !is_safe(request.method()) && !own {
                return Err(Fault::Forged);
            }
            who
        }
        None => return Err(Fault::NotSignedIn),
    };
    request.extensions_mut().insert(who);
    Ok(next.run(request).await)
}

fn is_safe(method: &Method) -> bool {
    method == Method::GET || method == Method::HEAD
}

/// Whether the browser says that the request comes from a page of this server. A request that says nothing of its origin
/// is not accepted: all browsers say it for changes.
pub(crate) fn same_origin(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(HOST).and_then(|host| host.to_str().ok()) else { return false };
    let origin = headers.get(ORIGIN).and_then(|origin| origin.to_str().ok());
    origin.and_then(|origin| origin.strip_prefix("https://")) == Some(host)
}

impl Principal {
    /// Passes when the role carries the right.
    pub(crate) fn needs(&self, right: Right) -> Result<(), Fault> {
        if self.role().may(right) { Ok(()) } else { Err(Fault::NotAllowed(right)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn headers(pairs: &[(HeaderName, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        let found = |cookie| session_secret(&headers(&[(COOKIE, cookie)])).map(str::to_owned);
        assert_eq!(found("a=b; __Host-medseal=xyz; c=d").as_deref(), Some("xyz"));
        assert_eq!(found("__Host-medseal=xyz").as_deref(), Some("xyz"));
        assert_eq!(found("x__Host-medseal=xyz"), None);
        assert_eq!(found("__Host-medsealed=xyz"), None);
    }

    #[test]
    fn only_this_host_over_https_is_the_same_origin() {
        let case = |origin| same_origin(&headers(&[(HOST, "ward.example:8443"), (ORIGIN, origin)]));
        assert!(case("https://ward.example:8443"));
        for other in ["https://ward.example", "http://ward.example:8443", "https://evil.example", "null"] {
            assert!(!case(other), "{other}");
        }
        assert!(!same_origin(&headers(&[(HOST, "ward.example:8443")])));
    }
}
