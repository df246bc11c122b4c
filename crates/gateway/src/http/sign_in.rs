//! Signing in by a one-time link, and out again.
//!
//! Mail scanners, chat previews and browsers fetch links before a person does, so opening the link uses nothing up: it
//! shows a page with one button, and only that button's POST does. The pages hold no script.

use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Form, Query, State};
use axum::http::header::SET_COOKIE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{AppendHeaders, Html, IntoResponse, Redirect, Response};
use serde::Deserialize;

use super::Http;
use super::auth::{COOKIE_NAME, same_origin, session_secret};
use super::server::Peer;
use crate::audit::{Action, Entry};
use crate::limits;

/// The link's only parameter.
#[derive(Deserialize)]
pub(crate) struct Link {
    #[serde(default)]
    t: String,
}

/// GET: asks for the confirmation.
pub(crate) async fn ask(link: Result<Query<Link>, QueryRejection>) -> Response {
    let token = link.map(|Query(link)| link.t).unwrap_or_default();
    if is_token(&token) {
        let form = format!(
            "<p>You are about to open the ward's dashboard on this computer.</p>\
             <form method=\"post\" action=\"/sign-in\"><input type=\"hidden\" name=\"t\" value=\"{token}\">\
             <button type=\"submit\" autofocus>Sign in</button></form>"
        );
        return page(StatusCode::OK, &form);
    }
    page(
        StatusCode::OK,
        "<p>Open the one-time link that the gateway's operator gave you. \
        A link works once and for fifteen minutes; ask for a new one when yours is over.</p>",
    )
}

/// POST: uses the link up and sets the session's cookie.
pub(crate) async fn confirm(
    State(http): State<Http>,
    Extension(Peer(peer)): Extension<Peer>,
    headers: HeaderMap,
    Form(link): Form<Link>,
) -> Response {
    if !same_origin(&headers) {
        return page(StatusCode::FORBIDDEN, "<p>This form was not sent from here. Open your link again.</p>");
    }
    if !http.attempts.may(&peer.ip()) {
        return page(
            StatusCode::TOO_MANY_REQUESTS,
            "<p>Too many failed attempts. Wait a minute, then try again.</p>",
        );
    }
    let redeemed = if is_token(&link.t) { http.sessions.redeem(&link.t) } else { Ok(None) };
    match redeemed {
        Ok(Some((who, secret))) => {
            http.audit(
                Entry::done(who.actor(), Action::SignIn, "dashboard").with_detail(peer.ip().to_string()),
            )
            .await;
            let cookie = cookie(secret.expose_secret(), limits::SESSION_LIFE.as_secs());
            (AppendHeaders([(SET_COOKIE, cookie)]), Redirect::to("/")).into_response()
        }
        Ok(None) => {
            http.attempts.failed(peer.ip());
            http.audit(Entry::refused(format!("address:{}", peer.ip()), Action::SignIn, "dashboard")).await;
            page(StatusCode::FORBIDDEN, "<p>This link was used already or is over. Ask for a new one.</p>")
        }
        Err(error) => {
            tracing::error!(%error, "cannot open a session");
            page(StatusCode::SERVICE_UNAVAILABLE, "<p>No session can be opened at the moment.</p>")
        }
    }
}

/// POST: ends the session. Needs no more than the form's origin: being signed out harms nobody.
pub(crate) async fn sign_out(State(http): State<Http>, headers: HeaderMap) -> Response {
    if !same_origin(&headers) {
        return page(StatusCode::FORBIDDEN, "<p>This form was not sent from here.</p>");
    }
    if let Some(secret) = session_secret(&headers)
        && let Some(who) = http.sessions.session(secret)
    {
        http.sessions.sign_out(secret);
        http.audit(Entry::done(who.actor(), Action::SignOut, "dashboard")).await;
    }
    (AppendHeaders([(SET_COOKIE, cookie("", 0))]), Redirect::to("/sign-in")).into_response()
}

/// Only what [`super::session::Sessions::issue_link`] writes; so the page may hold it unescaped.
fn is_token(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

fn cookie(secret: &str, seconds: u64) -> String {
    format!("{COOKIE_NAME}={secret}; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age={seconds}")
}

fn page(status: StatusCode, body: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <meta name=\"robots\" content=\"noindex\"><title>Sign in · Medseal</title><link rel=\"stylesheet\" href=\"/sign-in.css\">\
         <link rel=\"icon\" href=\"/favicon.svg\"></head><body><main><h1>Medseal</h1>{body}</main></body></html>"
    );
    (status, Html(html)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_cannot_carry_markup() {
        assert!(is_token(&"a-_Z".repeat(11)[..43]));
        let accents = format!("{}a", "é".repeat(21));
        for bad in ["", "short", &"\"><script>".repeat(5)[..43], &accents] {
            assert!(!is_token(bad), "{bad}");
        }
    }
}
