//! Messages that a consumer sends (DPWS 1.1, WS-Eventing, IEEE 11073-20701) and the answers it reads.

use super::mdib::Mdib;
use super::report::Report;
use super::xml::{Element, Ns, escaped, parse};
use crate::record::device_word;
use crate::{Problem, Refusal};

const SOAP: &str = "http://www.w3.org/2003/05/soap-envelope";
const ADDRESSING: &str = "http://www.w3.org/2005/08/addressing";
const EVENTING: &str = "http://schemas.xmlsoap.org/ws/2004/08/eventing";
const DPWS: &str = "http://docs.oasis-open.org/ws-dd/ns/dpws/2009/01";
const MESSAGE: &str = "http://standards.ieee.org/downloads/11073/11073-10207-2017/message";
const SDC: &str = "http://standards.ieee.org/downloads/11073/11073-20701-2018";

/// Reports that a consumer subscribes to: all that count up an MDIB's version, so that a missing one is noticed.
const ACTIONS: [&str; 9] = [
    "StateEventService/EpisodicMetricReport",
    "StateEventService/EpisodicAlertReport",
    "StateEventService/EpisodicComponentReport",
    "StateEventService/EpisodicOperationalStateReport",
    "ContextService/EpisodicContextReport",
    "DescriptionEventService/DescriptionModificationReport",
    "StateEventService/SystemErrorReport",
    "SetService/OperationInvokedReport",
    "WaveformService/WaveformStream",
];

/// A request: what it does, and its message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The address it goes to.
    pub to: String,
    /// The SOAP action, which HTTP names too.
    pub action: String,
    /// The envelope.
    pub body: String,
}

/// Writes requests; `id` is a new UUID for each.
#[derive(Debug, Clone, Copy)]
pub struct Writer<'a> {
    /// The address a request goes to.
    pub to: &'a str,
    /// The message's own id, `urn:uuid:…`.
    pub id: &'a str,
}

impl Writer<'_> {
    /// Asks a device what it is and where its services are (WS-Transfer Get).
    #[must_use]
    pub fn get_metadata(&self) -> Request {
        self.request("http://schemas.xmlsoap.org/ws/2004/09/transfer/Get", "")
    }

    /// Asks for the whole MDIB.
    #[must_use]
    pub fn get_mdib(&self) -> Request {
        self.request(&format!("{SDC}/GetService/GetMdib"), &format!("<msg:GetMdib xmlns:msg=\"{MESSAGE}\"/>"))
    }

    /// Asks for the states of these handles alone.
    #[must_use]
    pub fn get_states<'a>(&self, handles: impl Iterator<Item = &'a str>) -> Request {
        let handles: String =
            handles.map(|handle| format!("<msg:HandleRef>{}</msg:HandleRef>", escaped(handle))).collect();
        self.request(
            &format!("{SDC}/GetService/GetMdState"),
            &format!("<msg:GetMdState xmlns:msg=\"{MESSAGE}\">{handles}</msg:GetMdState>"),
        )
    }

    /// Subscribes; reports go to `notify`, for `seconds` at most.
    #[must_use]
    pub fn subscribe(&self, notify: &str, seconds: u64) -> Request {
        let actions = ACTIONS.map(|action| format!("{SDC}/{action}")).join(" ");
        let address = escaped(notify);
        let body = format!(
            "<wse:Subscribe xmlns:wse=\"{EVENTING}\"><wse:EndTo><wsa:Address>{address}</wsa:Address></wse:EndTo>\
             <wse:Delivery Mode=\"{EVENTING}/DeliveryModes/Push\"><wse:NotifyTo><wsa:Address>{address}</wsa:Address></wse:NotifyTo></wse:Delivery>\
             <wse:Expires>PT{seconds}S</wse:Expires><wse:Filter Dialect=\"{DPWS}/Action\">{actions}</wse:Filter></wse:Subscribe>"
        );
        self.request(&format!("{EVENTING}/Subscribe"), &body)
    }

    /// Goes on with a subscription.
    #[must_use]
    pub fn renew(&self, seconds: u64) -> Request {
        let body = format!(
            "<wse:Renew xmlns:wse=\"{EVENTING}\"><wse:Expires>PT{seconds}S</wse:Expires></wse:Renew>"
        );
        self.request(&format!("{EVENTING}/Renew"), &body)
    }

    /// Ends a subscription.
    #[must_use]
    pub fn unsubscribe(&self) -> Request {
        self.request(
            &format!("{EVENTING}/Unsubscribe"),
            &format!("<wse:Unsubscribe xmlns:wse=\"{EVENTING}\"/>"),
        )
    }

    fn request(&self, action: &str, body: &str) -> Request {
        let (to, id) = (escaped(self.to), escaped(self.id));
        let body = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><s12:Envelope xmlns:s12=\"{SOAP}\" xmlns:wsa=\"{ADDRESSING}\"><s12:Header>\
             <wsa:Action>{action}</wsa:Action><wsa:MessageID>{id}</wsa:MessageID><wsa:To>{to}</wsa:To>\
             <wsa:ReplyTo><wsa:Address>{ADDRESSING}/anonymous</wsa:Address></wsa:ReplyTo></s12:Header><s12:Body>{body}</s12:Body></s12:Envelope>"
        );
        Request { to: self.to.to_owned(), action: action.to_owned(), body }
    }
}

/// A message that came, as an element: what is in the body of its envelope.
#[derive(Debug)]
pub(super) struct Envelope {
    body: Element,
}

impl Envelope {
    /// Reads an envelope; a fault in it is refused with its words.
    pub(super) fn parse(document: &[u8]) -> Result<Self, Refusal> {
        let root = parse(document)?;
        let wrong = |at: usize, found: &str| {
            let found = found.chars().take(80).collect();
            Refusal::at(
                at,
                Problem::Value { what: "the message", found, wanted: "an envelope of SOAP 1.2 with a body" },
            )
        };
        if (root.ns, root.name.as_str()) != (Ns::Soap, "Envelope") {
            return Err(wrong(root.at, &root.name));
        }
        let body = root
            .child(Ns::Soap, "Body")
            .cloned()
            .ok_or_else(|| wrong(root.at, "an envelope without a body"))?;
        if let Some(fault) = body.child(Ns::Soap, "Fault") {
            let mut words = String::new();
            fault.walk(&mut |element| {
                if matches!(element.name.as_str(), "Text" | "Value") {
                    words = format!("{words} {}", element.text());
                }
            });
            return Err(wrong(fault.at, &format!("a fault:{words}")));
        }
        Ok(Self { body })
    }

    /// What is in the body; an empty body has none.
    pub(super) fn content(&self) -> Option<&Element> {
        self.body.children.first()
    }
}

/// What a device says it is, and where its services are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// Its serial number, else its endpoint's address.
    pub device: Option<String>,
    /// Where the MDIB is asked for.
    pub get: Option<String>,
    /// Where reports are subscribed to.
    pub events: Option<String>,
}

impl Metadata {
    /// Reads the answer to [`Writer::get_metadata`].
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(document: &[u8]) -> Result<Self, Refusal> {
        Self::of(&Envelope::parse(document)?).ok_or_else(|| {
            let found = "another message".to_owned();
            Refusal::at(0, Problem::Value { what: "the answer", found, wanted: "metadata" })
        })
    }

    pub(super) fn of(envelope: &Envelope) -> Option<Self> {
        let metadata =
            envelope.content().filter(|it| (it.ns, it.name.as_str()) == (Ns::Exchange, "Metadata"))?;
        let (mut serial, mut endpoint, mut get, mut events) = (None, None, None, None);
        metadata.walk(&mut |element| {
            if element.ns != Ns::Dpws {
                return;
            }
            let address = || {
                element.path(Ns::Addressing, &["EndpointReference", "Address"]).map(|it| it.text().to_owned())
            };
            match element.name.as_str() {
                "SerialNumber" => serial = device_word(element.text()),
                "Host" => endpoint = address().as_deref().and_then(device_word),
                "Hosted" => {
                    let types = element.child(Ns::Dpws, "Types").map(Element::text).unwrap_or_default();
                    let has = |name: &str| {
                        types.split_ascii_whitespace().any(|it| it.rsplit(':').next() == Some(name))
                    };
                    if has("GetService") {
                        get = address();
                    }
                    if has("StateEventService") {
                        events = address();
                    }
                }
                _ => {}
            }
        });
        Some(Self { device: serial.or(endpoint), get, events })
    }
}

/// Reads the answer to [`Writer::get_mdib`].
///
/// # Errors
/// When it is none, or not formed as it must be.
pub fn mdib(document: &[u8]) -> Result<Mdib, Refusal> {
    let envelope = Envelope::parse(document)?;
    match envelope.content() {
        Some(response) if (response.ns, response.name.as_str()) == (Ns::Message, "GetMdibResponse") => {
            Mdib::of(response)
        }
        _ => {
            let found = "another message".to_owned();
            Err(Refusal::at(0, Problem::Value { what: "the answer", found, wanted: "an MDIB" }))
        }
    }
}

/// A subscription as a device granted it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Where it is renewed and ended; unchanged by a renewal.
    pub manager: Option<String>,
    /// For how many seconds it holds.
    pub seconds: u64,
}

/// Reads the answer to [`Writer::subscribe`] or [`Writer::renew`].
///
/// # Errors
/// When it is none.
pub fn subscription(document: &[u8]) -> Result<Subscription, Refusal> {
    let envelope = Envelope::parse(document)?;
    let answer = envelope.content().filter(|it| {
        it.ns == Ns::Eventing && matches!(it.name.as_str(), "SubscribeResponse" | "RenewResponse")
    });
    let expires = answer.and_then(|answer| seconds(answer.child(Ns::Eventing, "Expires")?.text()));
    let (Some(answer), Some(seconds)) = (answer, expires) else {
        let found = "another message".to_owned();
        return Err(Refusal::at(0, Problem::Value { what: "the answer", found, wanted: "a subscription" }));
    };
    let manager =
        answer.child(Ns::Eventing, "SubscriptionManager").and_then(|it| it.child(Ns::Addressing, "Address"));
    Ok(Subscription { manager: manager.map(|it| it.text().to_owned()), seconds })
}

/// Whole seconds of a duration such as `PT1H30M` or `PT7.9S`.
fn seconds(duration: &str) -> Option<u64> {
    let mut rest = duration.strip_prefix("PT")?;
    let mut total: u64 = 0;
    for (unit, worth) in [('H', 3600), ('M', 60), ('S', 1)] {
        if let Some((number, behind)) = rest.split_once(unit) {
            let whole: u64 = number.split('.').next()?.parse().ok()?;
            total = total.checked_add(whole.checked_mul(worth)?)?;
            rest = behind;
        }
    }
    rest.is_empty().then_some(total)
}

/// What a notification is.
pub(super) enum Notification<'a> {
    Report(Result<Report<'a>, Refusal>),
    /// The subscription is over.
    End,
    Metadata(Metadata),
    Mdib(Result<Mdib, Refusal>),
    /// Answers and requests of others.
    Other(String),
}

impl Envelope {
    /// What it is.
    pub(super) fn notification(&self) -> Notification<'_> {
        if let Some(metadata) = Metadata::of(self) {
            return Notification::Metadata(metadata);
        }
        let Some(content) = self.content() else { return Notification::Other("an empty message".into()) };
        match (content.ns, content.name.as_str()) {
            (Ns::Message, "GetMdibResponse") => Notification::Mdib(Mdib::of(content)),
            (Ns::Eventing, "SubscriptionEnd") => Notification::End,
            (_, name) => match Report::of(content) {
                Some(report) => Notification::Report(report),
                None => Notification::Other(name.chars().take(60).collect()),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, wanted) in
            [("PT7.9S", Some(7)), ("PT1H30M", Some(5400)), ("PT60S", Some(60)), ("P1D", None), ("PTS", None)]
        {
            assert_eq!(seconds(text), wanted, "{text}");
        }
    }

    #[test]
    fn requests_are_documents_and_addresses_are_escaped() {
        let writer = Writer { to: "https://x/?a=1&b=2", id: "urn:uuid:1" };
        for request in [
            writer.get_metadata(),
            writer.get_mdib(),
            writer.get_states(["lamp", "<a & b>"].into_iter()),
            writer.subscribe("https://y/<z>", 60),
            writer.renew(60),
            writer.unsubscribe(),
        ] {
            assert!(Envelope::parse(request.body.as_bytes()).is_ok(), "{}", request.body);
        }
    }
}
