//! The manager's side of an association (8.9): states, answers, and a record of each report.

use clinical::hl7::Zone;
use seal::Micros;

use super::apdu::{
    self, AARE, AARQ, ABRT, Association, AssociationResult, CONFIG, Data, Message, PRST, RLRE, RLRQ,
};
use super::configuration::Configuration;
use super::{NAME, report, standard};
use crate::{Answers, Cursor, Event, Inbox, Problem, Record, Refusal, Session};

/// A manager that speaks with one agent.
pub(super) struct Manager {
    inbox: Inbox,
    /// The association, if there is one.
    agent: Option<Agent>,
}

struct Agent {
    device: String,
    /// The configuration report in force; `None` until it has come.
    configuration: Option<Vec<u8>>,
}

impl Manager {
    pub(super) fn new() -> Self {
        Self { inbox: Inbox::default(), agent: None }
    }

    /// Adds the events of the next APDU, if the whole of it waits.
    fn step(&mut self, at: Micros, events: &mut Vec<Event>) -> bool {
        let &[high, low, long, short, ..] = self.inbox.waiting() else { return false };
        let choice = u16::from_be_bytes([high, low]);
        let length = apdu::HEAD + usize::from(u16::from_be_bytes([long, short]));
        if !matches!(choice, AARQ | AARE | RLRQ | RLRE | ABRT | PRST) {
            // No APDU: nothing says where the next one begins.
            let problem = Problem::Unknown { what: "APDU", found: format!("{choice:04X}") };
            events.push(self.inbox.report(apdu::HEAD, "APDU", problem));
            self.inbox.lose();
            return true;
        }
        let Some(whole) = self.inbox.waiting().get(..length) else { return false };
        let whole = whole.to_vec();
        let read = apdu::body(&whole).and_then(|(_, body)| match choice {
            AARQ => self.associate(body, length, events),
            PRST => self.present(body, &whole, at, events),
            RLRQ => {
                self.agent = None;
                events.push(self.inbox.keep(length, "release request", "ends the association"));
                events.push(Event::Reply(apdu::released()));
                Ok(())
            }
            _ => {
                self.agent = self.agent.take().filter(|_| choice != ABRT);
                let what = if choice == ABRT { "abort" } else { "answer" };
                events.push(self.inbox.keep(length, what, "says nothing of what was measured"));
                Ok(())
            }
        });
        if let Err(refusal) = read {
            events.push(self.inbox.report(length, "APDU", refusal.problem));
            events.push(Event::Reply(apdu::abort(ABORT_UNDEFINED)));
            self.agent = None;
        }
        true
    }

    fn associate(&mut self, body: Cursor<'_>, length: usize, events: &mut Vec<Event>) -> Result<(), Refusal> {
        let asked = Association::read(body)?;
        let Some(asked) = asked else {
            let problem = Problem::Unknown { what: "protocol of the association", found: String::new() };
            events.push(self.inbox.report(length, "association request", problem));
            events.push(Event::Reply(apdu::associated(AssociationResult::NoCommonProtocol)));
            return Ok(());
        };
        if !asked.speaks_mder {
            let problem = Problem::Unknown { what: "encoding of the association", found: String::new() };
            events.push(self.inbox.report(length, "association request", problem));
            events.push(Event::Reply(apdu::associated(AssociationResult::NoCommonParameter)));
            return Ok(());
        }
        let device = hex::encode_upper(&asked.system_id);
        let configuration = standard::report(asked.configuration);
        let result = match configuration {
            Some(_) => AssociationResult::Accepted,
            None => AssociationResult::AcceptedUnknownConfiguration,
        };
        self.agent = Some(Agent { device, configuration });
        events.push(self.inbox.keep(length, "association request", "names the device and its configuration"));
        events.push(Event::Reply(apdu::associated(result)));
        Ok(())
    }

    fn present(
        &mut self,
        body: Cursor<'_>,
        whole: &[u8],
        at: Micros,
        events: &mut Vec<Event>,
    ) -> Result<(), Refusal> {
        let Data { invoke, message } = Data::read(body)?;
        let length = whole.len();
        let (confirmed, kind, info) = match message {
            Message::Other(choice) => {
                let problem = Problem::Unknown { what: "request", found: format!("{choice:04X}") };
                events.push(self.inbox.report(length, "message", problem));
                return Ok(());
            }
            Message::Event { confirmed, kind, info, .. } => (confirmed, kind, info),
        };
        let Some(agent) = &mut self.agent else {
            let problem = Problem::Order("a report before the association");
            events.push(self.inbox.report(length, "report", problem));
            events.push(Event::Reply(apdu::abort(ABORT_UNDEFINED)));
            return Ok(());
        };
        if kind == CONFIG {
            let report = info.clone().rest().to_vec();
            let configuration = Configuration::read(info)?;
            agent.configuration = Some(report);
            let reply = [configuration.id.to_be_bytes(), [0, 0]].concat();
            events.push(self.inbox.keep(
                length,
                "configuration",
                "lays out what follows; stands in each record",
            ));
            events.extend(confirmed.then(|| Event::Reply(apdu::event_answer(invoke, kind, &reply))));
            return Ok(());
        }
        let Some(context) = agent.configuration.clone() else {
            let problem = Problem::Order("a report before the configuration");
            events.push(self.inbox.report(length, "report", problem));
            events.extend(confirmed.then(|| Event::Reply(apdu::error(invoke))));
            return Ok(());
        };
        let device = agent.device.clone();
        // Whether it bears its times is seen without knowing when it came; what is wrong with it is told by who reads the record.
        let is_untimed = report::read(&context, whole, None, &Zone::UTC).is_ok_and(|scan| scan.is_untimed);
        let answers = match confirmed {
            true => Answers { stored: apdu::event_answer(invoke, kind, &[]), refused: apdu::error(invoke) },
            false => Answers::default(),
        };
        let (span, original) = self.inbox.take(length);
        let received = is_untimed.then_some(at);
        let record = Record { adapter: NAME.into(), device, received, context, original };
        events.push(Event::Record { span, lead: 0, record, answers });
        Ok(())
    }
}

/// `undefined` among the reasons of an abort.
const ABORT_UNDEFINED: u16 = 0;

impl Session for Manager {
    fn push(&mut self, bytes: &[u8], at: Micros) -> Vec<Event> {
        let mut events = Vec::new();
        self.inbox.push(bytes);
        while self.step(at, &mut events) {}
        events
    }

    fn end(&mut self, _: Micros) -> Vec<Event> {
        let missing = match self.inbox.waiting() {
            &[_, _, long, short, ref body @ ..] => {
                usize::from(u16::from_be_bytes([long, short])).saturating_sub(body.len())
            }
            fewer => apdu::HEAD.saturating_sub(fewer.len()),
        };
        self.inbox.abandon("APDU", missing).into_iter().collect()
    }

    fn is_lost(&self) -> bool {
        self.inbox.is_lost()
    }
}
