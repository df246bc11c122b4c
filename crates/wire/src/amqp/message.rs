//! A batch with its token as an AMQP message, and back: messages are anybody's until their token and their seal say whose.

use fe2o3_amqp::types::definitions::{Error, ErrorCondition};
use fe2o3_amqp::types::messaging::{ApplicationProperties, Body, Data, Header, Message, Outcome};
use fe2o3_amqp::types::primitives::{Binary, SimpleValue, Symbol, Value};
use seal::Reason;

use super::Settlement;

/// The application property that bears the access token.
const TOKEN: &str = "token";
/// Before a reason's word in the condition of a rejection.
const CONDITION: &str = "medseal:";

/// A durable message.
pub(super) fn write(token: &str, sealed: Vec<u8>) -> Message<Data> {
    Message::builder()
        .header(Header { durable: true, ..Header::default() })
        .application_properties(
            ApplicationProperties::builder().insert(TOKEN, SimpleValue::String(token.to_owned())).build(),
        )
        .body(Data(Binary::from(sealed)))
        .build()
}

/// The token of a message, and the bytes of its body: none when it is not made of bytes.
pub(super) fn read(message: Message<Body<Value>>) -> (Option<String>, Vec<u8>) {
    let token = message.application_properties.and_then(|properties| {
        properties.0.into_iter().find_map(|(name, value)| match value {
            SimpleValue::String(token) if name == TOKEN => Some(token),
            _ => None,
        })
    });
    let sealed = match message.body {
        Body::Data(sections) => sections.into_iter().flat_map(|data| data.0.into_vec()).collect(),
        Body::Value(value) => match value.0 {
            Value::Binary(bytes) => bytes.into_vec(),
            _ => Vec::new(),
        },
        Body::Sequence(_) | Body::Empty => Vec::new(),
    };
    (token, sealed)
}

/// What a gateway says of a message that it refuses for good.
pub(super) fn refusal(reason: Option<Reason>) -> Option<Error> {
    let reason = reason?;
    let condition = ErrorCondition::Custom(Symbol::from(format!("{CONDITION}{reason}")));
    Some(Error { condition, description: Some(reason.to_string()), info: None })
}

/// What the other side says of one.
pub(super) fn settled(outcome: Outcome) -> Settlement {
    match outcome {
        Outcome::Accepted(_) => Settlement::Accepted,
        Outcome::Rejected(rejected) => Settlement::Rejected(rejected.error.as_ref().and_then(reason)),
        Outcome::Released(_) | Outcome::Modified(_) => Settlement::Released,
    }
}

fn reason(error: &Error) -> Option<Reason> {
    match &error.condition {
        ErrorCondition::Custom(word) => word.as_str().strip_prefix(CONDITION)?.parse().ok(),
        ErrorCondition::AmqpError(_)
        | ErrorCondition::ConnectionError(_)
        | ErrorCondition::SessionError(_)
        | ErrorCondition::LinkError(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use fe2o3_amqp::types::messaging::{AmqpValue, Modified, Rejected, Released};

    use super::*;

    fn received(body: Body<Value>, property: (&str, SimpleValue)) -> Message<Body<Value>> {
        let properties = ApplicationProperties::builder().insert(property.0, property.1).build();
        Message::builder().application_properties(properties).body(body).build()
    }

    #[test]
    fn what_is_written_is_read() {
        let Message { application_properties, body, header, .. } = write("abc", vec![1, 2, 3]);
        assert!(header.unwrap().durable);
        let message = Message { application_properties, ..Message::from(Body::Data(vec![body].into())) };
        assert_eq!(read(message), (Some("abc".into()), vec![1, 2, 3]));
    }

    #[test]
    fn bodies_and_properties_of_other_kinds_are_no_batch() {
        let token = || ("token", SimpleValue::String("abc".into()));
        let bytes = |bytes: &[u8]| Value::Binary(Binary::from(bytes.to_vec()));
        let cases = [
            // A JMS client may split a body, or send it as a value.
            (Body::Data(vec![Data(Binary::from(vec![1])), Data(Binary::from(vec![2]))].into()), vec![1, 2]),
            (Body::Value(AmqpValue(bytes(&[7]))), vec![7]),
            (Body::Value(AmqpValue(Value::String("text".into()))), vec![]),
            (Body::Sequence(Vec::new().into()), vec![]),
            (Body::Empty, vec![]),
        ];
        for (body, wanted) in cases {
            assert_eq!(read(received(body, token())), (Some("abc".into()), wanted));
        }
        for other in [("Token", SimpleValue::String("abc".into())), ("token", SimpleValue::Uint(7))] {
            assert_eq!(read(received(Body::Empty, other)), (None, vec![]));
        }
    }

    #[test]
    fn a_refusal_is_told_with_its_reason() {
        let told = |error| settled(Outcome::Rejected(Rejected { error }));
        for reason in [Reason::Token, Reason::CounterGap, Reason::BadSignature] {
            assert_eq!(told(refusal(Some(reason))), Settlement::Rejected(Some(reason)));
        }
        let odd = ErrorCondition::Custom(Symbol::from("medseal:unheard-of"));
        let odd = Error { condition: odd, description: None, info: None };
        assert_eq!(
            [told(refusal(None)), told(Some(odd))],
            [Settlement::Rejected(None), Settlement::Rejected(None)]
        );
        let modified =
            Modified { delivery_failed: None, undeliverable_here: None, message_annotations: None };
        for outcome in [Outcome::Released(Released {}), Outcome::Modified(modified)] {
            assert_eq!(settled(outcome), Settlement::Released);
        }
    }
}
